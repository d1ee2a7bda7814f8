"""/healthz says whether the portal does its work, to machines that act on it."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from notices.gateways import switching
from notices.models import Channel, Delivery, Gateway, Urgency
from tests import factories


@pytest.fixture
def due(ward, villages, editor, household, gateways):
    """`due(minutes)`: a message due that long ago, at the Zalo account."""

    def make(minutes: float, **fields) -> Delivery:
        notice = factories.NoticeFactory(ward=ward, created_by=editor, villages=villages)
        row = {
            "recipient": factories.RecipientFactory(notice=notice, household=household),
            "notice": notice,
            "contact": household.contacts.get(),
            "channel": Channel.ZALO,
            "address": "+84510200001",
            "gateway": gateways[0],
            "not_before": timezone.now() - timedelta(minutes=minutes),
        }
        return Delivery.objects.create(**row | fields)

    return make


@pytest.fixture
def zalo(gateways):
    """`zalo(field=…)`: the Zalo account, changed."""

    def change(**fields) -> None:
        Gateway.objects.filter(pk=gateways[0].pk).update(**fields)

    return change


@pytest.fixture
def asked(client):
    """`asked(moment)`: what /healthz answers then."""

    def ask(moment: datetime) -> int:
        with time_machine.travel(moment, tick=False):
            return client.get("/healthz").status_code

    return ask


def test_well(db, client):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": True, "redis": True, "oldest_due_seconds": 0}


def test_a_message_waiting_a_moment_is_no_illness(due, client):
    due(minutes=4)
    assert client.get("/healthz").status_code == 200


def test_a_message_waiting_too_long_is(due, client):
    due(minutes=6)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["status"] == "unwell"
    assert 360 <= response.json()["oldest_due_seconds"] < 380


def test_what_waits_for_a_stopped_gateway_makes_nobody_late(due, client, gateways):
    due(minutes=6)
    type(gateways[0]).objects.update(stopped_at=timezone.now())
    assert client.get("/healthz").status_code == 200


# --- what waits with a reason -------------------------------------------------------------------------


def moment(hour: int, minute: int = 0, second: int = 0, day: int = 5) -> datetime:
    return datetime(2026, 12, day, hour, minute, second, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def test_at_night_only_hoa_toc_can_be_late(due, asked, settings):
    settings.QUIET_HOURS = (time(22), time(6))
    due(0, not_before=moment(21, 59), priority=Urgency.VERY_URGENT.rank)

    assert asked(moment(22, 30)) == asked(moment(3, day=6)) == asked(moment(5, 59, 59, day=6)) == 200
    assert asked(moment(6, 4, 59, day=6)) == 200  # everybody's morning begins at six
    assert asked(moment(6, 5, 1, day=6)) == 503
    due(0, not_before=moment(3, day=6), priority=Urgency.FLASH.rank)
    assert asked(moment(3, 4, day=6)) == 200
    assert asked(moment(3, 6, day=6)) == 503


def test_nobody_is_late_at_an_account_that_rests_nor_in_the_minute_it_wakes(due, asked, zalo):
    due(0, not_before=moment(10))
    zalo(rests_until=moment(0, day=6))

    assert asked(moment(23)) == 200
    assert asked(moment(0, 4, day=6)) == 200
    assert asked(moment(0, 6, day=6)) == 503


def test_a_used_up_quota_is_no_trouble(due, asked, gateways):
    """As it comes about: the quota is found used up, the account rests till midnight, the messages wait."""
    due(0, not_before=moment(10))
    switching.rest(gateways[0], moment(0, day=6), "quota", moment(10, 1))

    assert asked(moment(10, 30)) == asked(moment(23, 59)) == 200


def test_nobody_is_late_at_a_tripped_account_before_it_should_have_been_tried(due, asked, zalo):
    due(0, not_before=moment(10))
    zalo(tripped_at=moment(10), probe_at=moment(10, 15))

    assert asked(moment(10, 14)) == asked(moment(10, 19)) == 200
    assert asked(moment(10, 21)) == 503
    zalo(probe_at=moment(10, 22), trial_until=moment(10, 21, 50))
    assert asked(moment(10, 21)) == 200


def test_nobody_is_late_at_an_account_that_is_off_nor_when_it_has_just_been_switched_on(
    due, asked, zalo, gateways, admin
):
    due(0, not_before=moment(10))
    zalo(is_active=False)

    assert asked(moment(12)) == 200
    switching.switch_on(gateway=gateways[0], by=admin, at=moment(12))
    assert asked(moment(12, 4)) == 200
    assert asked(moment(12, 6)) == 503


def test_what_waits_for_the_evening_or_is_paused_is_not_due(due, asked):
    due(0, not_before=moment(18, 30))
    due(0, not_before=moment(10), status=Delivery.Status.HELD)

    assert asked(moment(18, 34)) == 200
    assert asked(moment(18, 36)) == 503


def test_what_its_provider_has_forgotten_is_not_late_and_what_is_tied_to_it_is(due, asked):
    due(0, not_before=moment(10), is_pinned=True)

    assert asked(moment(10, 6)) == 503
    assert asked(moment(8, 1, day=6)) == 200  # 22 hours on the sweep gives it up


@pytest.mark.parametrize("code", ["budget", "opted-out"])
def test_what_is_not_to_be_sent_is_not_late(due, asked, code):
    due(0, not_before=moment(10), status=Delivery.Status.SKIPPED, error_code=code)

    assert asked(moment(12)) == 200


def test_where_messages_move_none_is_late_however_many_wait(due, asked, zalo, make_household, villages):
    """A million take hours at any pace."""
    due(0, not_before=moment(10))
    zalo(window_from=moment(11, 58))  # an answer was recorded then
    assert asked(moment(12)) == 200
    zalo(window_from=moment(11, 49))
    assert asked(moment(12)) == 503

    other = make_household(villages[0], head_name="Vi Văn Tâm", phone="+84510200002")
    due(
        0, not_before=moment(10), status=Delivery.Status.SENDING, lease_until=moment(12, 0, 30),
        recipient=factories.RecipientFactory(notice=Delivery.objects.get().notice, household=other),
    )  # fmt: skip
    assert asked(moment(12)) == 200  # a worker has one
    assert asked(moment(12, 1)) == 503  # and does not come back with it


def test_one_look_costs_a_query_however_many_accounts_there_are(due, client, ward, django_assert_num_queries):
    for number in range(4):
        Gateway.objects.create(ward=ward, channel=Channel.SMS, adapter="esms", name=f"eSMS {number}")
    due(6)
    with django_assert_num_queries(1):
        client.get("/healthz")


def test_what_was_sent_is_not_late(due, client):
    due(minutes=6, status=Delivery.Status.SENT)
    assert client.get("/healthz").status_code == 200


def test_without_redis_it_is_unwell(db, client, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {"status": "unwell", "database": True, "redis": False, "oldest_due_seconds": 0}


def test_without_the_database_it_is_unwell_and_says_so(db, client, monkeypatch):
    from django.db import OperationalError

    from portal import health

    def gone(_at) -> None:
        raise OperationalError

    monkeypatch.setattr(health.lateness, "longest_wait", gone)
    monkeypatch.setattr(health.connection, "close", lambda: None)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["database"] is False
