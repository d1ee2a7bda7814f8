"""Provider events, stored and then applied forward only."""

import json
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from notices.adapters.base import Sent, WebhookRequest
from notices.adapters.zalo.adapter import ZaloTemplates
from notices.gateways import providers
from notices.models import Delivery, Reach, Receipt
from notices.publishing import lifecycle
from notices.receipts import applying, storing
from notices.sending import claims, outcomes
from tests.factories import make_household
from tests.notices.hooks import esms_call, zalo_call, zalo_event


def test_a_receipt_moves_delivery_and_household_forward(sent, run_tasks):
    with run_tasks():
        assert zalo_call(sent.gateway, zalo_event(sent)).status_code == 200
    sent.refresh_from_db()
    sent.recipient.refresh_from_db()
    assert (sent.status, sent.recipient.reach) == ("DELIVERED", Reach.DELIVERED)
    assert Receipt.objects.get().outcome == "APPLIED"


def test_the_same_receipt_twice_is_kept_once(sent, run_tasks):
    event = zalo_event(sent)
    for _ in range(2):
        with run_tasks():
            assert zalo_call(sent.gateway, event).status_code == 200
    assert Receipt.objects.count() == 1


def test_the_button_on_zalo_confirms(sent, run_tasks):
    event = zalo_event(sent, "user_click_response_button", button_type="response", data="Tôi đã đọc")
    with run_tasks():
        assert zalo_call(sent.gateway, event).status_code == 200
    sent.recipient.refresh_from_db()
    assert (sent.recipient.reach, sent.recipient.confirmed_via) == (Reach.CONFIRMED, "ZALO_BUTTON")
    assert Delivery.objects.get(pk=sent.pk).status == "SEEN"


@pytest.mark.parametrize("label", ["TÔI ĐÃ ĐỌC", " Tôi đã đọc ", unicodedata.normalize("NFD", "Tôi đã đọc")])
def test_the_button_is_known_however_the_template_writes_it(sent, label):
    store(sent, "user_click_response_button", data=label)
    applying.apply_waiting(at=timezone.now())
    sent.recipient.refresh_from_db()
    assert sent.recipient.reach == Reach.CONFIRMED


@pytest.mark.parametrize("button", ["Tôi cần giúp", "Tôi chưa đọc", "Tôi đã đọc nhưng không đồng ý", "", None, 1])
def test_another_button_says_that_it_was_opened_and_no_more(sent, run_tasks, button):
    with run_tasks():
        zalo_call(sent.gateway, zalo_event(sent, "user_click_response_button", data=button))
    sent.recipient.refresh_from_db()
    assert (sent.recipient.reach, sent.recipient.confirmed_at) == (Reach.SEEN, None)


def test_a_late_delivered_does_not_undo_a_confirmation(sent, run_tasks):
    with run_tasks():
        zalo_call(sent.gateway, zalo_event(sent, "user_click_response_button", data="Tôi đã đọc"))
    with run_tasks():
        zalo_call(sent.gateway, zalo_event(sent))
    sent.recipient.refresh_from_db()
    assert sent.recipient.reach == Reach.CONFIRMED
    assert Delivery.objects.get(pk=sent.pk).status == "SEEN"


@pytest.mark.parametrize("status", ["SENDING", "UNKNOWN"])
def test_a_receipt_may_overtake_or_settle_our_own_record(sent, run_tasks, status):
    Delivery.objects.filter(pk=sent.pk).update(status=status)
    with run_tasks():
        zalo_call(sent.gateway, zalo_event(sent))
    assert Delivery.objects.get(pk=sent.pk).status == "DELIVERED"


@pytest.mark.parametrize("tracking_id", ["ZZZZZZ-1", "K7M2QX-99999999999999999999", "nonsense"])
def test_an_event_about_nothing_we_sent_is_kept_and_answered(sent, run_tasks, tracking_id):
    with run_tasks():
        assert zalo_call(sent.gateway, zalo_event(sent, tracking_id=tracking_id)).status_code == 200
    assert Receipt.objects.get().outcome == "UNKNOWN_REFERENCE"
    assert Delivery.objects.get(pk=sent.pk).status == "SENT"


def test_one_gateway_cannot_move_what_another_carried(sent, gateways, run_tasks):
    _, sms = gateways
    reference = f"{sent.notice.code}-{sent.pk}"
    with run_tasks():
        answer = esms_call(sms, SMSID="x", RequestId=reference, SendStatus="5", SendSuccess="1", SendFailed="0")
    assert answer.status_code == 200
    assert Receipt.objects.get().outcome == "UNKNOWN_REFERENCE"
    assert Delivery.objects.get(pk=sent.pk).status == "SENT"


def test_esms_reports_by_get(sent, gateways, run_tasks):
    _, sms = gateways
    Delivery.objects.filter(pk=sent.pk).update(channel="SMS", gateway=sms)
    reference = f"{sent.notice.code}-{sent.pk}"
    with run_tasks():
        esms_call(sms, SMSID="x", RequestId=reference, SendStatus="5", SendSuccess="1", SendFailed="0", TypeId="2")
    sent.recipient.refresh_from_db()
    assert sent.recipient.reach == Reach.DELIVERED


def test_a_failed_report_sends_nobody_back_but_names_the_failure(sent, gateways, run_tasks):
    _, sms = gateways
    Delivery.objects.filter(pk=sent.pk).update(channel="SMS", gateway=sms)
    with run_tasks():
        esms_call(
            sms, SMSID="x", RequestId=f"{sent.notice.code}-{sent.pk}", SendStatus="5", SendSuccess="0",
            SendFailed="1", TypeId="2", error_info="absent",
        )  # fmt: skip
    sent.recipient.refresh_from_db()
    assert Delivery.objects.get(pk=sent.pk).status == "FAILED"
    assert sent.recipient.reach == Reach.SENT  # it was handed over; that stays true


def test_receipts_stored_while_no_worker_ran_are_applied_later_and_twice_is_boring(sent):
    event = json.dumps(zalo_event(sent)).encode()
    request = WebhookRequest("POST", {}, {}, event)
    storing.store(gateway=sent.gateway, request=request, at=timezone.now())
    assert applying.apply_waiting(at=timezone.now()) == 1
    first = Delivery.objects.get(pk=sent.pk)
    Receipt.objects.update(applied_at=None)
    assert applying.apply_waiting(at=timezone.now() + timedelta(days=1)) == 1
    assert Delivery.objects.get(pk=sent.pk).settled_at == first.settled_at
    assert applying.apply_waiting(at=timezone.now()) == 0


def store(row: Delivery, name: str = "user_received_message", **message) -> Receipt:
    """One event of Zalo stored, and not applied yet."""
    body = json.dumps(zalo_event(row, name, **message)).encode()
    storing.store(gateway=row.gateway, request=WebhookRequest("POST", {}, {}, body), at=timezone.now())
    return Receipt.objects.latest("pk")


def milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def test_delivered_before_our_own_sent_and_a_late_sent_does_not_undo_it(sent, run_tasks):
    Delivery.objects.filter(pk=sent.pk).update(status="SENDING", sent_at=None)
    with run_tasks():
        zalo_call(sent.gateway, zalo_event(sent))
    at = timezone.now()
    outcomes.record(
        gateway=sent.gateway, adapter=providers.adapter_for(sent.gateway), batch=[sent],
        outcomes={sent.pk: Sent("m1")}, at=at,
    )  # fmt: skip
    sent.refresh_from_db()
    sent.recipient.refresh_from_db()
    assert (sent.status, sent.sent_at, sent.external_id) == ("DELIVERED", at, "m1")
    assert sent.recipient.reach == Reach.DELIVERED


def test_a_receipt_a_day_late_counts_from_when_the_message_arrived(sent, run_tasks):
    arrived = datetime(2026, 12, 5, 2, 30, 15, 250_000, tzinfo=UTC)
    event = zalo_event(sent, delivery_time=milliseconds(arrived))
    with time_machine.travel(arrived + timedelta(days=1)), run_tasks():
        zalo_call(sent.gateway, event)
    sent.refresh_from_db()
    sent.recipient.refresh_from_db()
    assert (sent.status, sent.settled_at, sent.recipient.delivered_at) == ("DELIVERED", arrived, arrived)


def test_a_provider_whose_clock_runs_ahead_is_not_believed(sent, run_tasks):
    now = datetime(2026, 12, 5, 2, 30, tzinfo=UTC)
    event = zalo_event(sent, delivery_time=milliseconds(now + timedelta(hours=7)))
    with time_machine.travel(now, tick=False), run_tasks():
        zalo_call(sent.gateway, event)
    sent.recipient.refresh_from_db()
    assert sent.recipient.delivered_at == now


def test_of_one_batch_each_message_has_its_own_moment_and_the_first_one_counts(sent, villages):
    first = datetime(2026, 11, 5, 2, 30, tzinfo=UTC)
    notice = sent.notice
    make_household(villages[1], phone="+84510000002")
    notice.recipients.create(
        household=villages[1].households.get(), ward=notice.ward, village=villages[1], reach=Reach.SENT
    )
    other = Delivery.objects.create(
        recipient=notice.recipients.latest("pk"), notice=notice, channel="ZALO", address="+84510000002",
        gateway=sent.gateway, status="SENT", not_before=first,
    )  # fmt: skip
    store(sent, delivery_time=milliseconds(first), msg_id="m1")
    store(other, delivery_time=milliseconds(first + timedelta(seconds=1)), msg_id="m2")
    store(sent, delivery_time=milliseconds(first - timedelta(hours=1)), msg_id="m3")
    assert applying.apply_waiting(at=timezone.now()) == 3
    moments = [first, first + timedelta(seconds=1)]
    assert list(notice.deliveries.order_by("pk").values_list("settled_at", flat=True)) == moments
    assert list(notice.recipients.order_by("pk").values_list("delivered_at", flat=True)) == moments


def test_seen_before_delivered_in_one_batch_keeps_both_moments_and_the_higher_status(sent):
    seen = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
    store(sent, "user_click_response_button", submit_time=milliseconds(seen), data="Tôi đã đọc")
    store(sent, delivery_time=milliseconds(seen - timedelta(hours=1)))
    assert applying.apply_waiting(at=timezone.now()) == 2
    sent.refresh_from_db()
    sent.recipient.refresh_from_db()
    assert (sent.status, sent.settled_at) == ("SEEN", seen)
    assert (sent.recipient.delivered_at, sent.recipient.seen_at) == (seen - timedelta(hours=1), seen)
    assert (sent.recipient.reach, sent.recipient.confirmed_at) == (Reach.CONFIRMED, seen)


@pytest.mark.parametrize("status", ["HELD", "PENDING"])
def test_a_message_that_waits_and_had_arrived_all_the_same_is_not_sent_again(sent, run_tasks, approver, status):
    Delivery.objects.filter(pk=sent.pk).update(status=status)
    if status == "HELD":
        lifecycle.pause(notice=sent.notice, by=approver, at=timezone.now())
    with run_tasks():
        zalo_call(sent.gateway, zalo_event(sent))
    if status == "HELD":
        lifecycle.resume(notice=sent.notice, by=approver, at=timezone.now())
    sent.refresh_from_db()
    assert sent.status == "DELIVERED"
    assert claims.claim(gateway=sent.gateway, at=timezone.now() + timedelta(hours=1)) == []


@pytest.mark.parametrize("status", ["HELD", "PENDING", "SENDING"])
def test_a_message_that_waits_and_had_failed_all_the_same_is_not_sent_again(sent, gateways, run_tasks, status):
    """A provider that removes duplicates would say that it knows the message, and report nothing a second time."""
    _, sms = gateways
    Delivery.objects.filter(pk=sent.pk).update(channel="SMS", gateway=sms, status=status, is_pinned=True, sent_at=None)
    with run_tasks():
        esms_call(
            sms, SMSID="x", RequestId=f"{sent.notice.code}-{sent.pk}", SendStatus="5", SendSuccess="0",
            SendFailed="1", TypeId="2", error_info="absent",
        )  # fmt: skip
    assert list(Delivery.objects.values_list("status", "error_code")) == [("FAILED", "absent")]
    assert claims.claim(gateway=sms, at=timezone.now() + timedelta(hours=1)) == []


def test_a_receipt_for_a_shared_phone_tells_all_its_households(publish, villages, gateways):
    for village in villages[:2]:
        make_household(village, phone="+84510000009")
    notice = publish()
    sent = notice.deliveries.get(covered_by__isnull=True)
    notice.deliveries.update(status="SENT")
    moment = datetime(2026, 11, 5, 2, 30, tzinfo=UTC)
    store(sent, delivery_time=milliseconds(moment))
    assert applying.apply_waiting(at=timezone.now()) == 1
    assert list(notice.deliveries.values_list("status", "settled_at")) == [("DELIVERED", moment)] * 2
    assert list(notice.recipients.values_list("reach", "delivered_at")) == [(Reach.DELIVERED, moment)] * 2


def test_a_button_pressed_on_a_shared_phone_confirms_for_all_its_households(publish, villages, gateways):
    for village in villages[:2]:
        make_household(village, phone="+84510000009")
    notice = publish()
    notice.deliveries.update(status="SENT")
    store(notice.deliveries.get(covered_by__isnull=True), "user_click_response_button", data="Tôi đã đọc")
    assert applying.apply_waiting(at=timezone.now()) == 1
    assert set(notice.deliveries.values_list("status", flat=True)) == {"SEEN"}
    assert list(notice.recipients.values_list("reach", "confirmed_via")) == [(Reach.CONFIRMED, "ZALO_BUTTON")] * 2


def test_a_batch_that_meets_a_deadlock_is_applied_again(sent, monkeypatch):
    met = []

    def lock_in_order(ids, lock=outcomes.lock_in_order):
        if not met:
            met.append(ids)
            raise OperationalError("deadlock detected") from DeadlockDetected()
        lock(ids)

    monkeypatch.setattr(outcomes, "lock_in_order", lock_in_order)
    store(sent)
    assert applying.apply_waiting(at=timezone.now()) == 1
    assert (met, Delivery.objects.get(pk=sent.pk).status) == ([[sent.pk]], "DELIVERED")


def test_a_receipt_that_breaks_the_adapter_holds_up_no_others(sent, monkeypatch):
    def parse_events(self, request, parse=ZaloTemplates.parse_events):
        if b"odd" in request.body:
            raise KeyError("odd")
        return parse(self, request)

    monkeypatch.setattr(ZaloTemplates, "parse_events", parse_events)
    store(sent, msg_id="odd")
    store(sent)
    assert applying.apply_waiting(at=timezone.now()) == 2
    assert list(Receipt.objects.order_by("pk").values_list("outcome", flat=True)) == ["UNREADABLE", "APPLIED"]
    assert Delivery.objects.get(pk=sent.pk).status == "DELIVERED"


def test_more_than_a_batch_is_applied_to_the_end(sent, monkeypatch):
    monkeypatch.setattr(applying, "BATCH", 2)
    for number in range(5):
        store(sent, msg_id=f"m{number}")
    assert applying.apply_waiting(at=timezone.now()) == 5
    assert not Receipt.objects.waiting().exists()
