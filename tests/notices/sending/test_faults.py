"""Providers that are slow, broken, lie or lose answers, over HTTP: every household is handed over, none twice by one
provider. What counts is the provider's own list."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from notices import tasks
from notices.gateways import credentials
from notices.models import Delivery, Gateway, Refused
from notices.publishing import fanning_out, lifecycle
from notices.sandbox.server import running
from notices.sending import engine
from tests.factories import make_households
from tests.notices.locks import until_somebody_waits
from tests.notices.sending.test_delivery import APP

HOUSEHOLDS = 120
QUIET = {"drop": True}


@pytest.fixture
def sandbox(settings, gateways):
    """Both providers, everybody with Zalo, no receipts."""
    zalo, sms = gateways
    credentials.write(zalo, {**APP, "refresh_token": "r1", "template_id": "100001"})
    credentials.write(sms, {"api_key": "key", "secret_key": "secret", "brandname": "XA HOADONG"})
    with running() as client:
        settings.PROVIDER_URLS = client.base_urls
        client.register_zalo_app(**APP, refresh_token="r1")
        client.register_esms_account(api_key="key", secret_key="secret", brandname="XA HOADONG")
        client.set_faults(receipts=QUIET)
        yield client


def send_all(hours: int = 4) -> None:
    """Sweeps and sends, a minute apart by the clock, until nothing waits."""
    at = timezone.now()
    for _ in range(hours * 60):
        with time_machine.travel(at, tick=False):
            for gateway_id in engine.sweep(at=at):
                engine.send_due(gateway_id=gateway_id)
        at += timedelta(minutes=1)
        if not Delivery.objects.filter(status__in=("PENDING", "SENDING", "UNKNOWN")).exists():
            break
        if not Delivery.objects.filter(status__in=("PENDING", "SENDING")).exists() and _all_unknown_have_sms():
            break


def _all_unknown_have_sms() -> bool:
    unknown = Delivery.objects.filter(status="UNKNOWN", channel="ZALO")
    return not unknown.exclude(recipient__deliveries__channel="SMS").exists()


FAULTS = {
    "slow": {"zalo": {"latency_ms": 200, "share": 0.3}},
    "500": {"zalo": {"http_status": 500, "share": 0.3, "is_random": True}},
    "429": {"zalo": {"http_status": 429, "share": 0.5}},
    "502, perhaps carried out": {"zalo": {"http_status": 502, "share": 0.3}},
    "time-out after accepting": {"zalo": {"drop_replies": True, "share": 0.3}},
    "garbage": {"zalo": {"garbage": True, "share": 0.3}},
    "HTTP 200 with an error": {"zalo": {"error_code": -32, "share": 0.4}},
    "HTTP 200 with an unknown error": {"zalo": {"error_code": -99999, "share": 0.2}},
    "SMS too: lost answers": {"zalo": {"error_code": -118, "share": 0.5}, "esms": {"drop_replies": True, "times": 70}},
    "SMS too: garbage": {"zalo": {"error_code": -118, "share": 0.5}, "esms": {"garbage": True, "times": 70}},
    "SMS too: 500": {"zalo": {"error_code": -118, "share": 0.5}, "esms": {"http_status": 500, "times": 70}},
    "token dies in the middle": {"zalo": {"error_code": -124, "times": 30}},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_every_household_is_handed_over_and_no_reference_twice(sandbox, publish, villages, gateways, fault):
    make_households(HOUSEHOLDS, villages[0])
    notice = publish()
    notice.deliveries.update(not_before=timezone.now() - timedelta(minutes=1))
    sandbox.set_faults(**fault, receipts=QUIET)
    send_all()
    accepted = sandbox.messages(accepted=1, limit=1000)
    references = Counter((message["provider"], message["reference"]) for message in accepted)
    assert set(references.values()) == {1}
    households = dict(notice.deliveries.values_list("pk", "recipient"))
    told = {households[int(message["reference"].split("-")[1])] for message in accepted}
    assert len(told) == HOUSEHOLDS
    assert Gateway.objects.filter(stopped_at__isnull=False).count() == 0
    assert not Delivery.objects.filter(status__in=("PENDING", "SENDING")).exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_race_for_a_refresh_token_that_works_once(sandbox, publish, villages, gateways):
    make_households(HOUSEHOLDS, villages[0])
    notice = publish()
    notice.deliveries.update(not_before=timezone.now() - timedelta(minutes=1))
    sandbox.register_zalo_app(**APP | {"access_token": "another"}, refresh_token="r1")
    _together([lambda: engine.send_due(gateway_id=gateways[0].pk)] * 2)
    send_all(hours=1)
    assert sandbox.counts()["tokens_refreshed"] == 1
    assert sandbox.counts()["zalo_accepted"] == HOUSEHOLDS
    assert sandbox.counts().get("duplicates", 0) == 0
    assert Gateway.objects.get(pk=gateways[0].pk).stopped_at is None
    assert Counter(notice.deliveries.values_list("status", flat=True)) == {"SENT": HOUSEHOLDS}


@pytest.mark.django_db(transaction=True)
def test_two_fan_outs_two_sweeps_and_three_workers_at_once_send_one_message_each(
    sandbox, draft, editor, approver, villages, gateways, settings
):
    make_households(HOUSEHOLDS, villages[0])
    at = timezone.now()
    lifecycle.submit(notice=draft, by=editor, at=at)
    lifecycle.publish(notice=draft, by=approver, at=at)
    _together([lambda: fanning_out.fan_out(notice=draft, at=at)] * 2)
    assert draft.deliveries.count() == HOUSEHOLDS
    work = [lambda: engine.send_due(gateway_id=gateways[0].pk)] * 3
    _together([*work, lambda: tasks.sweep(), lambda: tasks.sweep()])
    send_all(hours=1)
    phones = Counter(message["phone"] for message in sandbox.messages(limit=1000))
    assert len(phones) == HOUSEHOLDS
    assert set(phones.values()) == {1}


@pytest.mark.django_db(transaction=True)
def test_two_approvers_press_publish_at_once_and_one_is_told_so(sandbox, draft, editor, approver, admin, villages):
    make_households(3, villages[0])
    at = timezone.now()
    lifecycle.submit(notice=draft, by=editor, at=at)
    refused = []

    def press(by):
        try:
            lifecycle.publish(notice=type(draft).objects.get(pk=draft.pk), by=by, at=at)
        except Refused as refusal:
            refused.append(str(refusal))

    _together([lambda: press(approver), lambda: press(admin)])
    assert len(refused) == 1
    assert draft.rungs.filter(number=0).count() == 1
    fanning_out.fan_out(notice=draft, at=at)
    assert draft.deliveries.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_resend_that_meets_a_repeating_step_is_told_so(sandbox, publish, approver, villages):
    make_households(3, villages[0])
    notice = publish()
    last = max(notice.rungs.values_list("number", flat=True))
    has_number = threading.Event()

    def step():
        with transaction.atomic():
            notice.rungs.create(number=last + 1, channels=["SMS"], due_at=timezone.now())
            has_number.set()
            until_somebody_waits()  # the resend has looked, and waits for the number

    def resend():
        has_number.wait(10)
        with pytest.raises(Refused):
            lifecycle.resend(notice=notice, by=approver, at=timezone.now(), after=last)

    _together([step, resend])
    assert notice.rungs.filter(number__gt=last).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("module", "broken"),
    [(lifecycle, "drop_expired"), (lifecycle, "close_ended"), (fanning_out, "waiting_for_fan_out")],
)
def test_one_step_of_the_sweep_that_fails_keeps_no_message_waiting(
    sandbox, publish, villages, monkeypatch, module, broken
):
    def fails(**_):
        raise RuntimeError("our bug")

    make_households(3, villages[0])
    notice = publish()
    notice.deliveries.update(not_before=timezone.now() - timedelta(minutes=1))
    monkeypatch.setattr(module, broken, fails)
    tasks.sweep()
    assert len(sandbox.messages(accepted=1)) == 3


def _together(jobs) -> None:
    """All jobs at once, each in a thread with a connection of its own. Raises what one of them raised."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(jobs))

    def work(job):
        try:
            start.wait(10)
            job()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_wards_of_a_province_and_write_each_household_once(
    draft, editor, approver, villages, other_village, gateways
):
    make_households(20, villages[0])
    make_households(30, other_village)
    draft.villages.set([villages[0], other_village])
    at = timezone.now()
    lifecycle.submit(notice=draft, by=editor, at=at)
    lifecycle.publish(notice=draft, by=approver, at=at)
    written: list[int] = []
    jobs = [lambda n=n: written.append(fanning_out.fan_out(notice=draft, at=at, is_second=n > 0)) for n in range(3)]
    _together(jobs)
    fanning_out.fan_out(notice=draft, at=at)  # as the sweep does, in case each found the other's ward taken
    draft.refresh_from_db()
    assert (sum(written), draft.recipients.count(), draft.fanned_out_at) == (50, 50, at)
    assert draft.rungs.get(number=0).status == "TAKEN"
