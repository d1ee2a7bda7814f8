"""The engine against the sandbox over HTTP: what was handed over stands in the sandbox's own list."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from communities.models import Contact
from notices.gateways import credentials
from notices.ladder import timetable
from notices.models import ConfirmedVia, Delivery, Gateway, Reach
from notices.publishing import fanning_out, lifecycle
from notices.residents import confirmations
from notices.sandbox.people import has_zalo
from notices.sandbox.server import running
from notices.sandbox.state import Options
from notices.sending import claims, engine, run
from notices.writing import composing
from tests import factories
from tests.factories import make_household, make_households

NO_ZALO = next(f"+84510{n:06}" for n in range(1000) if not has_zalo(f"+84510{n:06}", 50))
ZALO = next(f"+84510{n:06}" for n in range(1000) if has_zalo(f"+84510{n:06}", 50))


@pytest.fixture
def sandbox(settings, gateways):
    """Both providers, answering at once; half of all numbers have no Zalo. Receipts stay away."""
    zalo, sms = gateways
    credentials.write(zalo, {**APP, "refresh_token": "r1", "template_id": "100001"})
    credentials.write(sms, {"api_key": "key", "secret_key": "secret", "brandname": "XA HOADONG"})
    with running(Options(no_zalo_percent=50, receipt_delay_ms=0)) as client:
        settings.PROVIDER_URLS = client.base_urls
        client.register_zalo_app(**APP, refresh_token="r1")
        client.register_esms_account(api_key="key", secret_key="secret", brandname="XA HOADONG")
        client.set_faults(receipts={"drop": True})
        yield client


APP = {"app_id": "43", "app_secret": "s", "oa_secret_key": "k", "access_token": "a1"}


@pytest.fixture
def due(publish, at):
    """`due()`: the notice published in the past, so that everything is due now."""

    def go(**fields):
        notice = publish(**fields)
        notice.deliveries.update(not_before=timezone.now() - timedelta(minutes=1))
        return notice

    return go


def _accepted(sandbox) -> list[tuple[str, str, str]]:
    return sorted((m["provider"], m["phone"], m["reference"]) for m in sandbox.messages(accepted=1))


def _states(notice) -> Counter:
    return Counter(notice.deliveries.values_list("channel", "status"))


def test_zalo_first_and_sms_where_zalo_cannot(sandbox, due, villages, gateways):
    zalo, sms = gateways
    with_zalo, without = make_household(villages[0], phone=ZALO), make_household(villages[0], phone=NO_ZALO)
    notice = due()
    assert engine.send_due(gateway_id=zalo.pk) == 1
    assert engine.send_due(gateway_id=sms.pk) == 1
    by_zalo = notice.deliveries.get(channel="ZALO", status="SENT")
    by_sms = notice.deliveries.get(channel="SMS")
    assert _accepted(sandbox) == [
        ("esms", NO_ZALO, f"{notice.code}-{by_sms.pk}"),
        ("zalo", ZALO, f"{notice.code}-{by_zalo.pk}"),
    ]
    assert (by_zalo.parts, by_zalo.price) == (1, 300)
    assert (by_sms.status, by_sms.parts, by_sms.price) == ("SENT", 1, 650)
    assert notice.deliveries.get(status="FAILED").error_code == "-118"
    assert Contact.objects.get(household=without).no_account_since("ZALO") is not None
    assert Contact.objects.get(household=with_zalo).no_account_since("ZALO") is None
    assert set(notice.recipients.values_list("reach", flat=True)) == {Reach.SENT}


def test_every_household_of_a_larger_send_gets_exactly_one_message(sandbox, due, villages, gateways):
    make_households(250, villages[0])
    notice = due()
    for gateway in gateways:
        engine.send_due(gateway_id=gateway.pk)
    phones = [phone for _, phone, _ in _accepted(sandbox)]
    assert sorted(phones) == sorted(Contact.objects.values_list("phone", flat=True))
    assert sandbox.counts().get("duplicates", 0) == 0
    assert notice.deliveries.filter(status="SENT").count() == 250


def test_an_urgent_notice_overtakes_what_waits(sandbox, due, villages, gateways, ward, editor):
    make_household(villages[0], phone=ZALO)
    slow = due()
    urgent = factories.NoticeFactory(
        ward=ward, created_by=editor, status="PUBLISHED", urgency="KHAN", ladder=slow.ladder, villages=villages[:1],
        published_at=(at := timezone.now()),
    )  # fmt: skip
    timetable.write_rungs(notice=urgent, at=at)
    fanning_out.fan_out(notice=urgent, at=at)
    (first,) = claims.claim(gateway=gateways[0], at=timezone.now(), limit=1)
    assert first.notice_id == urgent.pk


def test_a_message_that_cannot_be_composed_holds_up_nobody(sandbox, due, villages, gateways, monkeypatch):
    for phone in (ZALO, NO_ZALO):
        make_household(villages[0], phone=phone, contact={"refused": ["SMS"]})
    notice = due()
    compose = composing.message_for

    def stumbles(delivery, **known):
        if delivery.address == NO_ZALO:
            raise ValueError
        return compose(delivery, **known)

    monkeypatch.setattr(composing, "message_for", stumbles)
    assert engine.send_due(gateway_id=gateways[0].pk) == 1
    assert sorted(notice.deliveries.values_list("status", "error_code")) == [("FAILED", "compose"), ("SENT", "")]


def test_a_claim_takes_no_more_than_it_was_asked_to_whatever_the_planner_thinks(due, villages, gateways):
    make_households(8, villages[0])
    due()
    with connection.cursor() as cursor:
        # It takes the table for tiny: then a nested loop with the limited part inside looks as good as any.
        cursor.execute("UPDATE pg_class SET reltuples = 1, relpages = 1 WHERE relname = 'notices_delivery'")
        cursor.execute(
            "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off"
        )
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
    assert len(claims.claim(gateway=gateways[0], at=timezone.now(), limit=3)) == 3


def test_two_workers_never_claim_the_same_row(due, villages, gateways):
    make_households(5, villages[0])
    due()
    at = timezone.now()
    taken = [d.pk for _ in range(3) for d in claims.claim(gateway=gateways[0], at=at, limit=2)]
    assert len(taken) == len(set(taken)) == 5


def test_a_dead_token_is_replaced_once_and_nothing_is_lost_or_doubled(sandbox, due, villages, gateways):
    zalo, _ = gateways
    make_household(villages[0], phone=ZALO)
    notice = due()
    sandbox.register_zalo_app(**APP | {"access_token": "somebody-elses"}, refresh_token="r1")
    assert engine.send_due(gateway_id=zalo.pk) == 1
    assert _states(notice) == {("ZALO", "SENT"): 1}
    assert notice.deliveries.get().attempts == 1
    zalo.refresh_from_db()
    kept = credentials.read(zalo)
    assert kept["access_token"] != "a1"
    assert kept["refresh_token"] != "r1"
    assert sandbox.counts()["accepted"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_while_a_token_is_replaced_loses_no_outcome(
    sandbox, due, villages, gateways, monkeypatch
):
    make_households(5, villages[0])
    notice = due()
    sandbox.register_zalo_app(**APP | {"access_token": "another"}, refresh_token="r1")

    def away(*args, **kwargs):
        raise OperationalError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(engine.credentials, "refresh", away)
        assert engine.send_due(gateway_id=gateways[0].pk) == 0
    assert Counter(notice.deliveries.values_list("status", "attempts", "error_code")) == {("PENDING", 0, "token"): 5}
    assert Gateway.objects.get(pk=gateways[0].pk).stopped_at is None
    engine.send_due(gateway_id=gateways[0].pk)
    assert not notice.deliveries.filter(status__in=("PENDING", "SENDING", "UNKNOWN"), channel="ZALO").exists()


def test_a_spent_refresh_token_stops_the_gateway_and_keeps_the_messages(sandbox, due, villages, gateways):
    zalo, _ = gateways
    make_household(villages[0], phone=ZALO)
    notice = due()
    sandbox.register_zalo_app(**APP | {"access_token": "x"}, refresh_token="another")
    assert engine.send_due(gateway_id=zalo.pk) == 0
    zalo.refresh_from_db()
    assert zalo.stopped_at is not None
    assert zalo.stopped_reason == "token -14020"
    assert _states(notice) == {("ZALO", "PENDING"): 1}
    assert engine.send_due(gateway_id=zalo.pk) == 0  # stays stopped until a person acts


def test_a_busy_provider_is_asked_again_later(sandbox, due, villages, gateways):
    zalo, _ = gateways
    make_household(villages[0], phone=ZALO)
    notice = due()
    sandbox.set_faults(zalo={"http_status": 500}, receipts={"drop": True})
    before = timezone.now()
    assert engine.send_due(gateway_id=zalo.pk) == 0
    row = notice.deliveries.get()
    assert (row.status, row.attempts) == ("PENDING", 1)
    assert timedelta(seconds=55) < row.not_before - before < timedelta(seconds=75)
    for attempt in (2, 3, 4, 5):
        Delivery.objects.update(not_before=timezone.now())
        engine.send_due(gateway_id=zalo.pk)
        assert notice.deliveries.get(channel="ZALO").attempts == attempt
    assert _states(notice) == {("ZALO", "FAILED"): 1, ("SMS", "PENDING"): 1}


def test_money_run_out_stops_the_gateway_and_loses_nothing(sandbox, due, villages, gateways):
    zalo, _ = gateways
    make_households(3, villages[0], contact={"refused": ["SMS"]})
    notice = due()
    sandbox.set_faults(zalo={"error_code": -115}, receipts={"drop": True})
    engine.send_due(gateway_id=zalo.pk)
    zalo.refresh_from_db()
    assert zalo.stopped_reason == "-115"
    assert _states(notice) == {("ZALO", "PENDING"): 3}


def test_a_lost_answer_at_zalo_is_never_repeated_there_but_the_household_is_told(sandbox, due, villages, gateways):
    zalo, sms = gateways
    make_household(villages[0], phone=ZALO)
    notice = due()
    sandbox.set_faults(zalo={"drop_replies": True}, receipts={"drop": True})
    engine.send_due(gateway_id=zalo.pk)
    assert _states(notice) == {("ZALO", "UNKNOWN"): 1}
    at = timezone.now()
    assert engine.sweep(at=at) == []
    assert engine.sweep(at=at + engine.GRACE * 2) == [sms.pk]
    assert _states(notice) == {("ZALO", "UNKNOWN"): 1, ("SMS", "PENDING"): 1}
    engine.sweep(at=at + engine.GRACE * 3)
    assert notice.deliveries.count() == 2


def test_a_lost_answer_at_esms_is_repeated_under_the_same_reference(sandbox, due, villages, gateways):
    _, sms = gateways
    make_household(villages[0], contact={"refused": ["ZALO"]})
    notice = due()
    sandbox.set_faults(esms={"drop_replies": True, "times": 1}, receipts={"drop": True})
    engine.send_due(gateway_id=sms.pk)
    row = notice.deliveries.get()
    assert row.status == "PENDING"
    Delivery.objects.update(not_before=timezone.now())
    assert engine.send_due(gateway_id=sms.pk) == 1
    assert [(m["reference"], m["accepted"]) for m in sandbox.messages()] == [
        (f"{notice.code}-{row.pk}", True),
        (f"{notice.code}-{row.pk}", False),  # eSMS says 124: it has this one
    ]
    assert _states(notice) == {("SMS", "SENT"): 1}


def test_a_lost_answer_is_not_repeated_when_the_provider_has_forgotten_the_first(sandbox, due, villages, gateways):
    _, sms = gateways
    make_household(villages[0], contact={"refused": ["ZALO"]}, phone="+84510000001")
    make_household(villages[0], contact={"refused": ["ZALO"]}, phone="+84510000001")
    notice = due()
    sandbox.set_faults(esms={"drop_replies": True, "times": 1}, receipts={"drop": True})
    engine.send_due(gateway_id=sms.pk)
    Gateway.objects.filter(pk=sms.pk).update(stopped_at=timezone.now())
    last_try = notice.deliveries.get(covered_by=None).not_before

    engine.sweep(at=last_try + claims.MEMORY)
    assert _states(notice) == {("SMS", "PENDING"): 2}
    engine.sweep(at=last_try + claims.MEMORY + timedelta(seconds=1))
    assert _states(notice) == {("SMS", "UNKNOWN"): 2}
    Gateway.objects.filter(pk=sms.pk).update(stopped_at=None)
    assert engine.send_due(gateway_id=sms.pk) == 0
    assert len(sandbox.messages()) == 1


def test_what_was_in_doubt_before_days_of_standstill_is_not_repeated(due, villages, gateways, sandbox):
    _, sms = gateways
    make_household(villages[0], contact={"refused": ["ZALO"]})
    notice = due()
    at = timezone.now()
    assert len(claims.claim(gateway=sms, at=at)) == 1
    assert engine.sweep(at=at + claims.LEASE + claims.MEMORY + timedelta(seconds=1)) == []
    assert _states(notice) == {("SMS", "UNKNOWN"): 1}
    assert sandbox.messages() == []


def test_what_was_in_doubt_before_a_long_pause_is_not_repeated(due, villages, gateways, sandbox, approver):
    _, sms = gateways
    make_household(villages[0], contact={"refused": ["ZALO"]})
    notice = due()
    sandbox.set_faults(esms={"drop_replies": True, "times": 1}, receipts={"drop": True})
    engine.send_due(gateway_id=sms.pk)
    lifecycle.pause(notice=notice, by=approver, at=timezone.now())
    Delivery.objects.update(not_before=timezone.now() - claims.MEMORY - timedelta(seconds=1))
    lifecycle.resume(notice=notice, by=approver, at=timezone.now())
    assert engine.send_due(gateway_id=sms.pk) == 0  # by a worker that was at it already
    engine.sweep(at=timezone.now())
    assert _states(notice) == {("SMS", "UNKNOWN"): 1}
    assert len(sandbox.messages()) == 1


def test_a_stop_or_an_undone_mark_does_not_lengthen_the_providers_memory(due, villages, gateways, sandbox, head):
    _, sms = gateways
    make_household(villages[0], contact={"refused": ["ZALO"]})
    notice = due()
    sandbox.set_faults(esms={"drop_replies": True, "times": 1}, receipts={"drop": True})
    engine.send_due(gateway_id=sms.pk)
    Delivery.objects.update(not_before=timezone.now() - timedelta(minutes=1))
    [last_try] = notice.deliveries.values_list("not_before", flat=True)
    sandbox.set_faults(esms={"error_code": 103}, receipts={"drop": True})
    engine.send_due(gateway_id=sms.pk)
    recipient = notice.recipients.get().pk
    confirmations.confirm(recipient_id=recipient, via=ConfirmedVia.IN_PERSON, at=timezone.now(), by=head)
    assert confirmations.undo_staff_mark(recipient_id=recipient, by=head, at=timezone.now())
    assert list(notice.deliveries.values_list("status", "is_pinned", "not_before")) == [("PENDING", True, last_try)]


def test_what_a_killed_worker_left_is_found_after_its_lease(due, villages, gateways, sandbox):
    _, sms = gateways
    make_household(villages[0], phone=ZALO)
    make_household(villages[0], contact={"refused": ["ZALO"]})
    notice = due()
    at = timezone.now()
    for gateway in gateways:
        claims.claim(gateway=gateway, at=at)  # and the worker dies here
    assert engine.sweep(at=at + claims.LEASE / 2) == []
    assert engine.sweep(at=at + claims.LEASE * 2) == [sms.pk]
    assert _states(notice) == {("ZALO", "UNKNOWN"): 1, ("SMS", "PENDING"): 1}


@pytest.mark.django_db(transaction=True)
def test_what_was_claimed_when_the_database_went_away_is_due_again_and_not_in_doubt(
    sandbox, due, villages, gateways, monkeypatch
):
    for phone in [f"+84510{n:06}" for n in range(1000) if has_zalo(f"+84510{n:06}", 50)][:20]:
        make_household(villages[0], phone=phone)
    notice = due()
    compose, calls = run.eligibility.compose, iter([True, False])

    def once_away(*args):
        if next(calls):
            raise OperationalError("the database is away")
        return compose(*args)

    monkeypatch.setattr(run, "PATIENCE_BEFORE", 0.0)
    monkeypatch.setattr(run.eligibility, "compose", once_away)
    assert engine.send_due(gateway_id=gateways[0].pk) == 0
    assert set(notice.deliveries.values_list("status", "attempts", "lease_until")) == {("PENDING", 0, None)}
    assert sandbox.messages() == []

    assert engine.send_due(gateway_id=gateways[0].pk) == 20
    assert _states(notice) == {("ZALO", "SENT"): 20}
    assert len({reference for _, _, reference in _accepted(sandbox)}) == len(_accepted(sandbox)) == 20


@pytest.mark.django_db(transaction=True)
def test_a_number_deleted_while_it_becomes_the_next_channel_loses_no_outcome(
    sandbox, due, villages, gateways, monkeypatch
):
    for phone in (ZALO, NO_ZALO):
        household = make_household(villages[0], phone=phone, contact={"refused": ["SMS"]})
        household.contacts.create(phone="+84510999999", rank=2, refused=["ZALO"])
    notice = due()
    try_next_channel = engine.outcomes.try_next_channel

    def and_somebody_deletes_the_number(failed, at):
        try_next_channel(failed, at)
        in_another_session(lambda: Contact.objects.filter(rank=2).delete())

    monkeypatch.setattr(engine.outcomes, "try_next_channel", and_somebody_deletes_the_number)
    assert engine.send_due(gateway_id=gateways[0].pk) == 1
    assert _states(notice) == {("ZALO", "SENT"): 1, ("ZALO", "FAILED"): 1}
    assert len(sandbox.messages()) == 2


def in_another_session(work) -> None:
    def go():
        work()
        connection.close()

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()


def test_who_confirmed_or_whose_notice_ended_gets_nothing(sandbox, due, villages, gateways, head, approver, at):
    zalo, _ = gateways
    confirmed, _ = make_households(2, villages[0], phone=ZALO)
    notice = due()
    claimed = claims.claim(gateway=zalo, at=timezone.now())
    Delivery.objects.update(status="PENDING")
    pk = notice.recipients.get(household=confirmed).pk
    confirmations.confirm(recipient_id=pk, via=ConfirmedVia.IN_PERSON, at=at, by=head)
    lifecycle.withdraw(notice=notice, by=approver, at=at)
    Delivery.objects.update(status="PENDING")  # the race: claimed by a worker at that very moment
    assert len(claimed) == 1  # both share the phone
    assert engine.send_due(gateway_id=zalo.pk) == 0
    assert _states(notice) == {("ZALO", "CANCELLED"): 2}
    assert sandbox.messages() == []
    assert Gateway.objects.get(pk=zalo.pk).stopped_at is None


def test_a_gateway_that_cannot_speak_stops_before_it_claims_anything(due, villages, gateways):
    zalo, sms = gateways
    make_household(villages[0])
    notice = due()
    Gateway.objects.filter(pk=zalo.pk).update(credentials=b"encrypted with another key")
    assert engine.send_due(gateway_id=zalo.pk) == 0
    Gateway.objects.filter(pk=sms.pk).update(adapter="gone")
    assert engine.send_due(gateway_id=sms.pk) == 0
    assert _states(notice) == {("ZALO", "PENDING"): 1}
    assert Gateway.objects.filter(stopped_at__isnull=False).count() == 2
    assert engine.sweep(at=timezone.now()) == []
