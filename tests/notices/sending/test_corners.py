"""Things that happen between the steps everybody thinks of: switched off, withdrawn, rewritten, rotated, undone."""

import threading
from datetime import timedelta

import pytest
from django.db import Error, connection, transaction
from django.urls import reverse
from django.utils import timezone

from notices import adapters, tasks
from notices.adapters.base import ErrorKind, SendError, Sent
from notices.gateways import credentials, providers
from notices.models import Delivery, Gateway, Notice, Receipt, Recipient, Rung, reference
from notices.progress import remaining
from notices.publishing import fanning_out, lifecycle
from notices.receipts import applying
from notices.residents import confirmations, links
from notices.sending import claims, eligibility, engine, outcomes, run
from tests.factories import make_household, make_households

NO_ACCOUNT = SendError("-118", ErrorKind.NEXT_CHANNEL)


@pytest.fixture
def claimed(publish, household, gateways, at):
    """The one delivery of a published notice, in a worker's hands."""
    publish()
    [row] = claims.claim(gateway=gateways[0], at=at)
    return row


def _record(row, gateway, outcome, at) -> None:
    adapter = providers.adapter_for(gateway)
    outcomes.record(gateway=gateway, adapter=adapter, batch=[row], outcomes={row.pk: outcome}, at=at)


def test_an_undone_mark_gives_the_household_the_channel_it_had_stopped(claimed, gateways, head, at):
    assert confirmations.confirm(recipient_id=claimed.recipient_id, via="IN_PERSON", at=at, by=head)
    _record(claimed, gateways[0], NO_ACCOUNT, at)
    assert Delivery.objects.count() == 1
    assert confirmations.undo_staff_mark(recipient_id=claimed.recipient_id, by=head, at=at)
    states = Delivery.objects.order_by("pk").values_list("channel", "status")
    assert list(states) == [("ZALO", "FAILED"), ("SMS", "PENDING")]


def test_a_mark_taken_back_between_the_last_look_and_its_record_stops_nothing(claimed, gateways, head, at):
    assert confirmations.confirm(recipient_id=claimed.recipient_id, via="IN_PERSON", at=at, by=head)
    _, needless = eligibility.compose(gateways[0], [claimed], {}, at)
    assert confirmations.undo_staff_mark(recipient_id=claimed.recipient_id, by=head, at=at)
    _record(claimed, gateways[0], needless[claimed.pk], at)
    assert list(Delivery.objects.values_list("status", "attempts")) == [("PENDING", 0)]


def test_a_mark_taken_back_sends_what_had_waited_for_another_try(claimed, gateways, head, at):
    _record(claimed, gateways[0], SendError("http-500", ErrorKind.RETRY_LATER), at)
    assert confirmations.confirm(recipient_id=claimed.recipient_id, via="IN_PERSON", at=at, by=head)
    assert list(Delivery.objects.values_list("status", "error_code")) == [("SKIPPED", "")]
    assert confirmations.undo_staff_mark(recipient_id=claimed.recipient_id, by=head, at=at)
    assert list(Delivery.objects.values_list("status", "error_code")) == [("PENDING", "")]


@pytest.mark.parametrize("kind", [ErrorKind.STOP_GATEWAY, ErrorKind.WAIT_UNTIL])
def test_what_waited_for_money_or_the_morning_is_still_tried_again_when_the_provider_is_busy(
    claimed, gateways, at, kind
):
    for _ in range(6):
        _record(claimed, gateways[0], SendError("-115", kind, until=at), at)
        [claimed] = claims.claim(gateway=gateways[0], at=at)
    _record(claimed, gateways[0], SendError("http-500", ErrorKind.RETRY_LATER), at)
    assert list(Delivery.objects.values_list("channel", "status", "attempts", "not_before")) == [
        ("ZALO", "PENDING", 1, at + outcomes.RETRIES[0])
    ]


def test_a_failure_after_withdrawal_queues_nothing(claimed, gateways, approver, at):
    lifecycle.withdraw(notice=claimed.notice, by=approver, at=at)
    _record(claimed, gateways[0], NO_ACCOUNT, at)
    assert list(Delivery.objects.values_list("status", flat=True)) == ["FAILED"]


def test_a_receipt_settles_a_message_that_was_queued_again(claimed, at):
    Delivery.objects.update(status="PENDING")  # its worker died after the request had left
    known = reference(claimed.notice.code, claimed.pk)
    query = {"SMSID": "1", "SendStatus": "5", "SendSuccess": "1", "RequestId": known}
    Gateway.objects.filter(pk=claimed.gateway_id).update(adapter="esms")
    Receipt.objects.create(
        gateway_id=claimed.gateway_id, key="x", payload={"method": "GET", "query": query, "body": ""}, received_at=at
    )
    applying.apply_waiting(at=at)
    assert Delivery.objects.get().status == "DELIVERED"


def test_a_gateway_switched_off_in_the_middle_sends_no_further_batch(publish, villages, gateways, monkeypatch):
    class Provider:
        removes_duplicates = False
        sent = 0

        async def send(self, session, messages, known):
            self.sent += len(messages)
            return [Sent("x") for _ in messages]

    make_households(3, villages[0])
    publish().deliveries.update(not_before=timezone.now())
    credentials.write(gateways[0], {"access_token": "a"})
    provider, record = Provider(), outcomes.record

    def record_and_switch_off(**known):
        record(**known)
        Gateway.objects.update(is_active=False)

    monkeypatch.setattr(adapters, "build", lambda *known: provider)
    monkeypatch.setattr(run, "BATCH", 1)
    monkeypatch.setattr(outcomes, "record", record_and_switch_off)
    assert engine.send_due(gateway_id=gateways[0].pk) == 1
    assert provider.sent == 1
    assert Delivery.objects.filter(status="PENDING").count() == 2


@pytest.mark.parametrize("how", [{"is_active": False}, {"stopped_at": timezone.now()}])
def test_a_channel_that_stands_still_hides_nobody_who_is_left(client_for, admin, publish, household, villages, how):
    make_household(villages[0], phone=None)
    notice = publish()
    Delivery.objects.update(not_before=timezone.now())
    Notice.objects.update(published_at=timezone.now() - timedelta(hours=5))
    Rung.objects.update(taken_at=timezone.now() - timedelta(hours=5))
    Gateway.objects.update(**how)
    board = client_for(admin).get(reverse("notice", args=[notice.pk])).context["board"]
    assert not board.is_settling
    assert {row.kind for row in board.left} == {"stopped", "no_phone"}
    assert {row.kind for row in remaining.left(notice, at=timezone.now())} == {"stopped", "no_phone"}
    assert client_for(admin).get(reverse("today")).context["urgent"].notice == notice


def test_the_approver_sees_as_many_households_as_will_be_told(client_for, approver, submitted, villages):
    make_household(villages[1])
    villages[1].is_active = False
    villages[1].save()
    page = client_for(approver).get(reverse("notice_approve", args=[submitted.pk])).context
    lifecycle.publish(notice=submitted, by=approver, at=timezone.now())
    assert fanning_out.fan_out(notice=submitted, at=timezone.now()) == page["preview"].audience.households == 2
    assert [village.name for village in page["villages"]] == ["Thôn Đông Phú", "Thôn Hòa Bình"]


def test_who_rewrites_a_notice_does_not_approve_it(client_for, approver, draft, household):
    browser = client_for(approver)
    villages = [village.pk for village in draft.villages.all()]
    text = {"title": "Chuyện khác", "body": "Khác hẳn", "urgency": "THUONG", "villages": villages, "submit": "1"}
    browser.post(reverse("notice_edit", args=[draft.pk]), text)
    browser.post(reverse("notice_approve", args=[draft.pk]))
    draft.refresh_from_db()
    assert (draft.title, draft.status, draft.created_by) == ("Chuyện khác", "SUBMITTED", approver)


def test_links_in_messages_outlive_a_change_of_the_key(settings, recipient):
    token = links.token(recipient.pk)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key altogether"
    assert links.recipient_id_of(token) == recipient.pk
    assert links.token(recipient.pk) != token
    settings.SECRET_KEY_FALLBACKS = []
    assert links.recipient_id_of(token) is None


def test_a_broker_that_is_away_fails_no_page_and_the_sweep_does_the_work(
    client_for, approver, submitted, monkeypatch, run_tasks
):
    def away(*args, **kwargs):
        raise ConnectionError("no broker")

    with monkeypatch.context() as patch, run_tasks():
        patch.setattr(tasks.fan_out, "apply_async", away)
        assert client_for(approver).post(reverse("notice_approve", args=[submitted.pk])).status_code == 302
    submitted.refresh_from_db()
    assert (submitted.status, submitted.fanned_out_at) == ("PUBLISHED", None)
    assert fanning_out.waiting_for_fan_out(at=timezone.now()) == [submitted.pk]


@pytest.mark.django_db(transaction=True)
def test_a_tap_while_receipts_are_applied_does_not_deadlock(recipient, at):
    row = recipient.deliveries.get()  # queued again after a lost answer; now its receipt comes
    problems, is_held, is_confirmed = [], threading.Event(), threading.Event()

    def apply_receipts() -> None:
        try:
            with transaction.atomic():
                list(Delivery.objects.select_for_update(no_key=True).filter(pk=row.pk))
                is_held.set()
                is_confirmed.wait(5)  # at once, unless the tap waits for us
                outcomes.lock_in_order([row.pk])
                Recipient.objects.filter(pk=recipient.pk).raise_reach(2, at)
        except Error as error:
            problems.append(error)
        finally:
            connection.close()

    batch = threading.Thread(target=apply_receipts)
    batch.start()
    is_held.wait(5)
    assert confirmations.confirm(recipient_id=recipient.pk, via="LINK", at=at) is True
    is_confirmed.set()
    batch.join()
    assert problems == []
    recipient.refresh_from_db()
    assert (recipient.reach, recipient.confirmed_via, recipient.delivered_at) == (4, "LINK", at)
