"""Provider events at the door: verified, stored, applied forward only."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notices import credentials, receipts
from notices.adapters.base import WebhookRequest
from notices.models import Delivery, Gateway, Reach, Receipt
from tests.factories import make_household

APP_ID, OA_KEY = "43", "oa-key"


@pytest.fixture
def sent(publish, villages, gateways):
    """A delivery handed to Zalo, of a household that can fall back to SMS."""
    zalo, sms = gateways
    credentials.write(zalo, {"app_id": APP_ID, "app_secret": "s", "oa_secret_key": OA_KEY, "access_token": "a"})
    credentials.write(sms, {"api_key": "key", "secret_key": "secret", "brandname": "XA HOADONG"})
    make_household(villages[0], phone="+84510000001")
    notice = publish()
    at = timezone.now() - timedelta(minutes=1)
    notice.deliveries.update(status="SENT", sent_at=at)
    notice.recipients.raise_reach(Reach.SENT, at)
    return notice.deliveries.select_related("notice", "recipient").get()


def _event(delivery: Delivery, name: str = "user_received_message", **message) -> dict:
    stamp = str(int(timezone.now().timestamp() * 1000))
    fields = {"delivery_time": stamp, "submit_time": stamp, "msg_id": "m1"} | message
    fields.setdefault("tracking_id", f"{delivery.notice.code}-{delivery.pk}")
    return {
        "event_name": name,
        "app_id": APP_ID,
        "sender": {"id": "oa"},
        "recipient": {"id": "84510000001"},
        "msg_id": "m1",
        "message": fields,
        "timestamp": stamp,
    }


def _call(gateway: Gateway, event: dict | bytes, key: str = OA_KEY):
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    stamp = event["timestamp"] if isinstance(event, dict) else ""
    mac = hashlib.sha256(APP_ID.encode() + body + f"{stamp}{key}".encode()).hexdigest()
    return Client().post(
        reverse("webhook", args=[gateway.webhook_key]),
        body,
        content_type="application/json",
        headers={"X-ZEvent-Signature": f"mac={mac}", "X-ZEvent-Timestamp": stamp},
    )


def _sms_call(gateway: Gateway, **query):
    return Client().get(reverse("webhook", args=[gateway.webhook_key]), query)


def test_a_receipt_moves_delivery_and_household_forward(sent, run_tasks):
    with run_tasks():
        assert _call(sent.gateway, _event(sent)).status_code == 200
    sent.refresh_from_db()
    sent.recipient.refresh_from_db()
    assert (sent.status, sent.recipient.reach) == ("DELIVERED", Reach.DELIVERED)
    assert Receipt.objects.get().outcome == "APPLIED"


def test_the_same_receipt_twice_is_kept_once(sent, run_tasks):
    event = _event(sent)
    for _ in range(2):
        with run_tasks():
            assert _call(sent.gateway, event).status_code == 200
    assert Receipt.objects.count() == 1


def test_the_button_on_zalo_confirms(sent, run_tasks):
    event = _event(sent, "user_click_response_button", button_type="response", data="Tôi đã đọc")
    with run_tasks():
        assert _call(sent.gateway, event).status_code == 200
    sent.recipient.refresh_from_db()
    assert (sent.recipient.reach, sent.recipient.confirmed_via) == (Reach.CONFIRMED, "ZALO_BUTTON")
    assert Delivery.objects.get(pk=sent.pk).status == "SEEN"


def test_a_late_delivered_does_not_undo_a_confirmation(sent, run_tasks):
    with run_tasks():
        _call(sent.gateway, _event(sent, "user_click_response_button", data="Tôi đã đọc"))
    with run_tasks():
        _call(sent.gateway, _event(sent))
    sent.recipient.refresh_from_db()
    assert sent.recipient.reach == Reach.CONFIRMED
    assert Delivery.objects.get(pk=sent.pk).status == "SEEN"


@pytest.mark.parametrize("status", ["SENDING", "UNKNOWN"])
def test_a_receipt_may_overtake_or_settle_our_own_record(sent, run_tasks, status):
    Delivery.objects.filter(pk=sent.pk).update(status=status)
    with run_tasks():
        _call(sent.gateway, _event(sent))
    assert Delivery.objects.get(pk=sent.pk).status == "DELIVERED"


def test_a_forged_call_is_refused_and_changes_nothing(sent, run_tasks):
    with run_tasks():
        assert _call(sent.gateway, _event(sent), key="guessed").status_code == 403
    sent.refresh_from_db()
    assert (sent.status, Receipt.objects.count()) == ("SENT", 0)


def test_an_altered_body_is_refused(sent, run_tasks):
    event = _event(sent)
    body = json.dumps(event).encode()
    mac = hashlib.sha256(APP_ID.encode() + body + f"{event['timestamp']}{OA_KEY}".encode()).hexdigest()
    with run_tasks():
        answer = Client().post(
            reverse("webhook", args=[sent.gateway.webhook_key]),
            body.replace(b"m1", b"m2"),
            content_type="application/json",
            headers={"X-ZEvent-Signature": f"mac={mac}"},
        )
    assert (answer.status_code, Receipt.objects.count()) == (403, 0)


def test_the_unsigned_probe_is_answered_and_not_kept(sent):
    for body in (b"", b"{}"):
        assert _call(sent.gateway, body).status_code == 200
    assert Receipt.objects.count() == 0


def test_an_unknown_address_or_a_huge_body_is_refused(sent):
    assert Client().post("/webhooks/nobody-knows/", b"{}", content_type="application/json").status_code == 404
    assert _call(sent.gateway, b'{"x": "' + b"a" * 10_000_000 + b'"}').status_code == 413
    assert Receipt.objects.count() == 0


@pytest.mark.parametrize("tracking_id", ["ZZZZZZ-1", "K7M2QX-99999999999999999999", "nonsense"])
def test_an_event_about_nothing_we_sent_is_kept_and_answered(sent, run_tasks, tracking_id):
    with run_tasks():
        assert _call(sent.gateway, _event(sent, tracking_id=tracking_id)).status_code == 200
    assert Receipt.objects.get().outcome == "UNKNOWN_REFERENCE"
    assert Delivery.objects.get(pk=sent.pk).status == "SENT"


def test_one_gateway_cannot_move_what_another_carried(sent, gateways, run_tasks):
    _, sms = gateways
    reference = f"{sent.notice.code}-{sent.pk}"
    with run_tasks():
        answer = _sms_call(sms, SMSID="x", RequestId=reference, SendStatus="5", SendSuccess="1", SendFailed="0")
    assert answer.status_code == 200
    assert Receipt.objects.get().outcome == "UNKNOWN_REFERENCE"
    assert Delivery.objects.get(pk=sent.pk).status == "SENT"


def test_esms_reports_by_get(sent, gateways, run_tasks):
    _, sms = gateways
    Delivery.objects.filter(pk=sent.pk).update(channel="SMS", gateway=sms)
    reference = f"{sent.notice.code}-{sent.pk}"
    with run_tasks():
        _sms_call(sms, SMSID="x", RequestId=reference, SendStatus="5", SendSuccess="1", SendFailed="0", TypeId="2")
    sent.recipient.refresh_from_db()
    assert sent.recipient.reach == Reach.DELIVERED


def test_a_failed_report_sends_nobody_back_but_names_the_failure(sent, gateways, run_tasks):
    _, sms = gateways
    Delivery.objects.filter(pk=sent.pk).update(channel="SMS", gateway=sms)
    with run_tasks():
        _sms_call(
            sms, SMSID="x", RequestId=f"{sent.notice.code}-{sent.pk}", SendStatus="5", SendSuccess="0",
            SendFailed="1", TypeId="2", error_info="absent",
        )  # fmt: skip
    sent.recipient.refresh_from_db()
    assert Delivery.objects.get(pk=sent.pk).status == "FAILED"
    assert sent.recipient.reach == Reach.SENT  # it was handed over; that stays true


def test_receipts_stored_while_no_worker_ran_are_applied_later_and_twice_is_boring(sent):
    event = json.dumps(_event(sent)).encode()
    request = WebhookRequest("POST", {}, {}, event)
    receipts.store(gateway=sent.gateway, request=request, at=timezone.now())
    assert receipts.apply_waiting(at=timezone.now()) == 1
    first = Delivery.objects.get(pk=sent.pk)
    Receipt.objects.update(applied_at=None)
    assert receipts.apply_waiting(at=timezone.now() + timedelta(days=1)) == 1
    assert Delivery.objects.get(pk=sent.pk).settled_at == first.settled_at
    assert receipts.apply_waiting(at=timezone.now()) == 0
