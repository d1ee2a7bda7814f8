"""Gateways trip, are tried out, rest and stop; another one of the channel takes over, and the history says so."""

from collections import Counter
from datetime import timedelta
from itertools import product

import pytest
import time_machine

from notices import clock
from notices.adapters.base import ErrorKind, SendError, Sent
from notices.gateways import budget, choice, switching, transfer
from notices.models import Delivery, Gateway, GatewayDay, GatewayEvent, Reach
from notices.publishing import lifecycle
from notices.sending import engine
from tests import factories
from tests.factories import make_households
from tests.notices.memory import providers, tick

MINUTE = timedelta(minutes=1)
BUSY = SendError("http-500", ErrorKind.RETRY_LATER)


@pytest.fixture
def book(settings, gateways):
    with providers(settings, gateways) as book:
        yield book


@pytest.fixture
def spare(book, gateways, ward) -> Gateway:
    """A second SMS account of the ward, after the first."""
    return Gateway.objects.create(
        ward=ward, channel="SMS", adapter="memory_sms", name="SMS dự phòng", position=2, price=700
    )


@pytest.fixture
def sms_only(villages):
    """Forty households whom only SMS reaches."""
    return make_households(40, villages[0], contact={"refused": ["ZALO"]})


def history(gateway) -> list[tuple[str, str, int]]:
    return list(GatewayEvent.objects.filter(gateway=gateway).order_by("pk").values_list("kind", "code", "moved"))


def at_each(notice) -> Counter:
    return Counter(notice.deliveries.values_list("gateway__name", "status"))


def test_many_failures_trip_a_gateway_and_the_spare_takes_over(book, spare, sms_only, publish, gateways, at):
    notice = publish()
    book.answers.extend([BUSY] * 25)
    tick(at)
    assert at_each(notice) == {("eSMS", "SENT"): 15, ("SMS dự phòng", "SENT"): 25}
    sms = Gateway.objects.get(pk=gateways[1].pk)
    assert (sms.tripped_at, sms.probe_at) == (at, at + MINUTE)
    assert history(sms) == [("TRIPPED", "http-500", 25)]
    assert GatewayEvent.objects.get().moved_to == spare
    day = GatewayDay.objects.get(gateway=sms)
    assert (day.day, day.sent, day.failed) == (clock.day(at), 15, 25)


def test_fewer_failures_are_tried_again_where_they_were(book, spare, sms_only, publish, gateways, at):
    notice = publish()
    book.answers.extend([BUSY] * (switching.TRIPS_AT - 1))
    tick(at)
    assert at_each(notice) == {("eSMS", "SENT"): 21, ("eSMS", "PENDING"): 19}
    assert history(gateways[1]) == []
    tick(at + MINUTE)
    assert at_each(notice) == {("eSMS", "SENT"): 40}


def test_a_number_unknown_to_the_provider_is_no_trouble_of_the_gateway(book, sms_only, publish, gateways, at):
    publish()
    book.answers.extend([SendError("-118", ErrorKind.NEXT_CHANNEL), SendError("-132", ErrorKind.OUR_BUG)])
    tick(at)
    sms = Gateway.objects.get(pk=gateways[1].pk)
    assert (sms.last_error_code, sms.last_error_at) == ("-132", at)
    book.answers.extend([SendError("-118", ErrorKind.NEXT_CHANNEL)])
    Delivery.objects.filter(status="SENT").update(status="PENDING")
    tick(at + MINUTE)
    sms.refresh_from_db()
    assert (sms.last_error_code, sms.last_error_at) == ("-132", at)
    assert GatewayDay.objects.get(gateway=sms).failed == 3


def test_failures_of_long_ago_do_not_add_up(book, spare, sms_only, publish, gateways, at):
    publish()
    book.answers.extend([BUSY] * 19)
    tick(at)
    book.answers.extend([BUSY] * 10)
    tick(at + switching.WINDOW + MINUTE)
    assert history(gateways[1]) == []


def test_a_gateway_without_a_spare_goes_on_as_long_as_something_arrives(book, sms_only, publish, gateways, at):
    notice = publish()
    book.answers.extend([BUSY] * 30)
    tick(at)
    assert Gateway.objects.get(pk=gateways[1].pk).tripped_at is None
    tick(at + MINUTE)
    assert at_each(notice) == {("eSMS", "SENT"): 40}


def test_a_dead_gateway_without_a_spare_trips_and_loses_nothing(book, sms_only, publish, gateways, at):
    notice = publish()
    book.answer = lambda slug, message: BUSY
    tick(at)
    assert history(gateways[1]) == [("TRIPPED", "http-500", 0)]
    book.answer = None
    tick(at + MINUTE)  # a trial of five, and it works again
    assert history(gateways[1])[1:] == [("RECOVERED", "", 0)]
    assert at_each(notice) == {("eSMS", "SENT"): 40}


def test_a_trial_uses_five_messages_and_backs_off_when_it_fails(book, spare, sms_only, publish, gateways, at):
    notice = publish()
    book.answers.extend([BUSY] * 40)
    tick(at)
    assert at_each(notice) == {("SMS dự phòng", "SENT"): 40}
    sms = gateways[1].pk
    given = len(book.given)
    for minutes, probe_after, tried in ((1, 2, 5), (2, None, 0), (3, 4, 5), (7, 8, 5), (15, 15, 5), (30, 15, 5)):
        # Later steps of the ladder would be the work; here the same rows are due again at the spare.
        Delivery.objects.update(status="PENDING", gateway=spare, not_before=at)
        Gateway.objects.filter(pk=spare.pk).update(is_active=False)  # nobody else may take them now
        book.answers.extend([BUSY] * tried)
        tick(at + minutes * MINUTE)
        assert len(book.given) - given == tried, minutes
        given = len(book.given)
        Gateway.objects.filter(pk=spare.pk).update(is_active=True)
        if probe_after is not None:
            assert Gateway.objects.get(pk=sms).probe_at == at + (minutes + probe_after) * MINUTE
    assert [kind for kind, _, _ in history(gateways[1])] == ["TRIPPED", *["PROBE_FAILED"] * 5]


def test_a_trial_of_a_paced_gateway_waits_for_its_token(book, spare, sms_only, publish, gateways, at):
    Gateway.objects.filter(pk=gateways[1].pk).update(rate=100, tripped_at=at, probe_at=at)
    publish()
    tick(at)
    assert history(gateways[1])[0][0] == "RECOVERED"


def test_what_was_lent_for_a_trial_is_not_taken_back_before_it(book, spare, sms_only, publish, gateways, at):
    publish()
    Delivery.objects.update(gateway=spare)
    Gateway.objects.filter(pk=gateways[1].pk).update(tripped_at=at, probe_at=at)
    assert transfer.start_trials(at) == [gateways[1].pk]
    assert transfer.move_from_idle(at) == 0


def test_new_notices_go_to_the_working_gateway(book, spare, sms_only, publish, gateways, ward, at):
    Gateway.objects.filter(pk=gateways[1].pk).update(tripped_at=at, probe_at=at + MINUTE)
    assert choice.gateways_of(ward.pk, at)["SMS"] == spare.pk
    publish()
    tick(at)
    assert set(Delivery.objects.values_list("gateway__name", flat=True)) == {"SMS dự phòng"}


def test_money_run_out_stops_one_and_the_spare_carries_the_rest(book, spare, sms_only, publish, gateways, at):
    notice = publish()
    book.answers.append(SendError("103", ErrorKind.STOP_GATEWAY))
    tick(at)
    assert at_each(notice)["eSMS", "PENDING"] == 0
    assert sum(at_each(notice).values()) == 40
    assert set(notice.deliveries.values_list("status", flat=True)) == {"SENT"}
    assert history(gateways[1])[0][:2] == ("STOPPED", "103")
    assert Gateway.objects.get(pk=gateways[1].pk).stopped_reason == "103"


def test_what_may_have_left_stays_with_the_gateway_that_was_given_it(book, spare, sms_only, publish, gateways, at):
    """Only the gateway that got a reference can tell a repeat; another one would send it a second time."""
    notice = publish()
    book.answers.extend([SendError("timeout", ErrorKind.AMBIGUOUS)] * 25)
    tick(at)
    assert at_each(notice) == {("eSMS", "PENDING"): 25, ("eSMS", "SENT"): 15}
    assert notice.deliveries.filter(is_pinned=True).count() == 25
    assert history(gateways[1]) == [("TRIPPED", "timeout", 0)]
    tick(at + MINUTE)
    assert at_each(notice) == {("eSMS", "SENT"): 40}
    references = Counter(reference for _, _, reference, _ in book.given)
    assert sorted(references.values()) == [1] * 15 + [2] * 25


def test_the_days_quota_is_kept_and_the_rest_goes_to_the_spare(book, spare, sms_only, publish, gateways, at):
    Gateway.objects.filter(pk=gateways[1].pk).update(daily_quota=15)
    notice = publish()
    tick(at)
    assert at_each(notice) == {("eSMS", "SENT"): 15, ("SMS dự phòng", "SENT"): 25}
    sms = Gateway.objects.get(pk=gateways[1].pk)
    assert sms.rests_until == clock.midnight_after(at)
    assert history(sms) == [("RESTING", "quota", 25)]
    assert GatewayDay.objects.get(gateway=sms).reserved == 15


def test_without_a_spare_the_quota_waits_for_the_next_day(book, sms_only, publish, gateways, at):
    Gateway.objects.filter(pk=gateways[1].pk).update(daily_quota=30)
    notice = publish()
    tick(at)
    tick(at + 5 * MINUTE)
    assert at_each(notice) == {("eSMS", "SENT"): 30, ("eSMS", "PENDING"): 10}
    tick(clock.midnight_after(at) - MINUTE)
    assert len(book.given) == 30
    tick(clock.midnight_after(at))
    assert at_each(notice) == {("eSMS", "SENT"): 40}


def test_refused_messages_do_not_eat_the_quota(book, sms_only, publish, gateways, at):
    Gateway.objects.filter(pk=gateways[1].pk).update(daily_quota=40)
    book.answers.extend([SendError("99", ErrorKind.NEXT_CHANNEL)] * 10)
    publish()
    tick(at)
    assert GatewayDay.objects.get(gateway=gateways[1]).reserved == 30


def test_a_provider_that_says_its_quota_is_used_up_rests(book, spare, sms_only, publish, gateways, at):
    until = clock.midnight_after(at) + 5 * MINUTE
    book.answers.append(SendError("-144", ErrorKind.WAIT_UNTIL, until=until))
    notice = publish()
    tick(at)
    assert Gateway.objects.get(pk=gateways[1].pk).rests_until == until
    assert set(notice.deliveries.values_list("status", flat=True)) == {"SENT"}
    assert [kind for kind, _, _ in history(gateways[1])] == ["RESTING"]


def test_two_sweeps_try_a_tripped_gateway_out_once(book, spare, sms_only, publish, gateways, at):
    publish()
    Delivery.objects.update(gateway=spare)
    Gateway.objects.filter(pk=gateways[1].pk).update(tripped_at=at, probe_at=at)
    assert transfer.start_trials(at) == [gateways[1].pk]
    assert transfer.start_trials(at) == []
    assert Delivery.objects.filter(gateway=gateways[1]).count() == 5


def test_a_wards_own_account_is_never_tried_out_with_another_wards_messages(
    book, sms_only, publish, gateways, other_ward, at
):
    shared = Gateway.objects.create(channel="SMS", adapter="memory_sms", name="SMS chung")
    own = Gateway.objects.create(
        ward=other_ward, channel="SMS", adapter="memory_sms", name="SMS Sao Mai", tripped_at=at, probe_at=at
    )
    publish()
    Delivery.objects.update(gateway=shared)
    assert transfer.start_trials(at) == []
    assert not Delivery.objects.filter(gateway=own).exists()


def test_what_a_shared_account_took_over_comes_back_when_that_stops_and_the_wards_own_works(
    book, sms_only, publish, gateways, admin, other_ward, at
):
    shared = Gateway.objects.create(channel="SMS", adapter="memory_spare", name="SMS chung")
    Gateway.objects.create(ward=other_ward, channel="SMS", adapter="memory_sms", name="SMS Sao Mai")
    notice = publish()
    switching.switch_off(gateway=gateways[1], by=admin, at=at)
    assert at_each(notice) == {("SMS chung", "PENDING"): 40}
    switching.stop(shared, "103", at)
    assert transfer.move_from_idle(at) == 0
    switching.switch_on(gateway=gateways[1], by=admin, at=at)
    tick(at)
    assert at_each(notice) == {("eSMS", "SENT"): 40}


def test_switched_off_hands_over_and_on_again_forgets_its_troubles(book, spare, sms_only, publish, gateways, admin, at):
    notice = publish()
    switching.switch_off(gateway=gateways[1], by=admin, at=at)
    assert at_each(notice) == {("SMS dự phòng", "PENDING"): 40}
    Gateway.objects.filter(pk=gateways[1].pk).update(stopped_at=at, stopped_reason="103", tripped_at=at, rests_until=at)
    switching.switch_on(gateway=gateways[1], by=admin, at=at)
    row = Gateway.objects.get(pk=gateways[1].pk)
    assert (row.is_active, row.stopped_at, row.stopped_reason, row.tripped_at, row.rests_until) == (
        True, None, "", None, None,
    )  # fmt: skip
    assert history(row) == [("SWITCHED_OFF", "", 40), ("SWITCHED_ON", "", 0)]


def test_the_provider_says_what_is_left_of_the_day(book, gateways, publish, villages, at):
    make_households(2, villages[0])
    book.answers.extend([Sent("a", left_today=3800), Sent("b", left_today=3796)])
    publish()
    tick(at)
    assert GatewayDay.objects.get(gateway=gateways[0]).left == 3796


def test_more_workers_than_allowed_find_the_gateway_taken(book, publish, villages, gateways, at):
    from django.db import connections

    make_households(1, villages[0])
    publish()
    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            for slot in range(choice.SENDERS):
                cursor.execute("SELECT pg_advisory_lock(%s, %s)", [gateways[0].pk, slot])
        with time_machine.travel(at, tick=False):
            assert engine.send_due(gateway_id=gateways[0].pk) == 0
    finally:
        other.close()
    assert book.given == []


def test_the_state_of_a_row_is_the_state_the_database_tells(gateways, at):
    """All combinations of what can be wrong with a gateway, each asked both ways."""
    gateway, minute = gateways[0], timedelta(minutes=1)
    for active, stopped, tripped, rests in product(
        (True, False), (None, at), (None, at), (None, at - minute, at + minute)
    ):
        fields = {"is_active": active, "stopped_at": stopped, "tripped_at": tripped, "rests_until": rests}
        Gateway.objects.filter(pk=gateway.pk).update(**fields)
        gateway.refresh_from_db()
        found = [state for state in Gateway.State if Gateway.objects.in_state(at, state).filter(pk=gateway.pk).exists()]
        assert found == [gateway.state(at)], fields
    resting = Gateway(tripped_at=at, rests_until=at + minute)
    assert resting.state(at) == Gateway.State.RESTING, "what is tripped is not tried out before it has rested"
    assert resting.state(at + minute) == Gateway.State.TRIPPED


# --- steps over several channels ----------------------------------------------------------------------------

NO_ZALO = SendError("-118", ErrorKind.NEXT_CHANNEL)
NO_MONEY = SendError("-1321", ErrorKind.STOP_GATEWAY)


def by_channel(notice) -> Counter:
    return Counter(notice.deliveries.values_list("channel", "status"))


@pytest.fixture
def sms_off(book, gateways) -> Gateway:
    """The SMS account is switched off."""
    Gateway.objects.filter(pk=gateways[1].pk).update(is_active=False)
    return gateways[1]


def test_a_channel_switched_on_later_reaches_those_whose_fallback_met_it_switched_off(
    book, sms_off, publish, villages, admin, at
):
    make_households(3, villages[0])  # Zalo fails for two of them
    make_households(2, villages[0], contact={"refused": ["ZALO"]})
    notice = publish()
    book.answers.extend([NO_ZALO, NO_ZALO])
    tick(at)
    assert by_channel(notice) == {("ZALO", "FAILED"): 2, ("ZALO", "SENT"): 1}

    switching.switch_on(gateway=sms_off, by=admin, at=at + 5 * MINUTE)
    tick(at + 5 * MINUTE)

    assert by_channel(notice) == {("ZALO", "FAILED"): 2, ("ZALO", "SENT"): 1, ("SMS", "SENT"): 4}
    switching.switch_off(gateway=sms_off, by=admin, at=at + 6 * MINUTE)
    switching.switch_on(gateway=sms_off, by=admin, at=at + 7 * MINUTE)
    for minutes in (7, 8, 20):
        tick(at + minutes * MINUTE)
    assert len(book.told("sms")) == 4


def test_a_channel_switched_on_while_a_message_fails_is_found_by_the_next_look(
    book, sms_off, publish, household, admin, at
):
    """The worker that records the failure looked for a channel just before."""
    notice = publish()
    switching.switch_on(gateway=sms_off, by=admin, at=at)
    engine.sweep(at=at)
    notice.deliveries.advance("SENDING")
    notice.deliveries.advance("FAILED", settled_at=at)

    tick(at + MINUTE)
    tick(at + 2 * MINUTE)

    assert by_channel(notice) == {("ZALO", "FAILED"): 1, ("SMS", "SENT"): 1}
    assert Gateway.objects.get(pk=sms_off.pk).switched_on_at is None


def test_what_was_switched_on_writes_once_for_several_steps_and_nothing_old_or_ended(
    book, sms_off, publish, villages, editor, approver, admin, at
):
    make_households(2, villages[0], contact={"refused": ["ZALO"]})
    notice = publish(urgency="KHAN")
    tick(at)
    tick(at + 31 * MINUTE)  # SMS to all, and nobody carries it
    assert not notice.deliveries.exists()

    switching.switch_on(gateway=sms_off, by=admin, at=at + 40 * MINUTE)
    tick(at + 40 * MINUTE)
    assert list(notice.deliveries.values_list("channel", "rung", "status")) == [("SMS", 1, "SENT")] * 2

    Delivery.objects.all().delete()
    for moment in (at + timedelta(days=8), at + timedelta(days=1)):  # a week later; and once it has been withdrawn
        Gateway.objects.update(is_active=False, switched_on_at=None)
        switching.switch_on(gateway=sms_off, by=admin, at=moment)
        engine.sweep(at=moment)
        assert not notice.deliveries.exists()
        lifecycle.withdraw(notice=notice, by=approver, at=moment) if notice.is_open else None
        notice.refresh_from_db()


def test_what_waits_at_a_stopped_account_goes_over_the_next_channel(book, publish, villages, gateways, admin, at):
    make_households(3, villages[0])
    alone = make_households(1, villages[0], contact={"refused": ["SMS"]})
    notice = publish(urgency="THUONG")
    book.answers.extend([NO_MONEY] * 4)

    tick(at)

    assert by_channel(notice) == {("ZALO", "SKIPPED"): 3, ("SMS", "SENT"): 3, ("ZALO", "PENDING"): 1}
    assert notice.deliveries.get(status="PENDING").recipient.household in alone
    assert history(gateways[0]) == [("STOPPED", "-1321", 3)]
    switching.switch_on(gateway=gateways[0], by=admin, at=at + MINUTE)
    tick(at + MINUTE)
    assert by_channel(notice) == {("ZALO", "SKIPPED"): 3, ("SMS", "SENT"): 3, ("ZALO", "SENT"): 1}
    assert len(book.told("sms")) == 3


def test_a_reminder_and_what_may_have_left_wait_for_their_own_account(book, publish, villages, gateways, at):
    """Whoever has been told needs no SMS; a message that may have left is not repeated elsewhere."""
    make_households(2, villages[0])
    notice = publish(urgency="THUONG")
    told, lost = notice.recipients.order_by("pk")
    notice.recipients.filter(pk=told.pk).raise_reach(Reach.DELIVERED, at)
    notice.deliveries.filter(recipient=lost).update(is_pinned=True)
    switching.stop(gateways[0], "-1321", at)

    tick(at)

    assert by_channel(notice) == {("ZALO", "PENDING"): 2}


def test_a_shared_phone_waits_or_goes_over_the_next_channel_as_one(book, publish, villages, gateways, at):
    phone = {"phone": "+84510000077"}
    factories.make_household(villages[0], **phone)
    second = factories.make_household(villages[0], **phone)
    notice = publish(urgency="THUONG")
    second.contacts.update(refused=["SMS"])
    switching.stop(gateways[0], "-1321", at)
    tick(at)
    assert by_channel(notice) == {("ZALO", "PENDING"): 2}

    second.contacts.update(refused=[])
    tick(at + MINUTE)

    assert by_channel(notice) == {("ZALO", "SKIPPED"): 2, ("SMS", "SENT"): 2}
    assert book.told() == [("sms", "+84510000077")]


def test_without_money_for_the_next_channel_ordinary_messages_wait_for_their_own(
    book, publish, household, ward, gateways, at
):
    notice = publish(urgency="THUONG")
    budget.set_limit(ward=ward, limit=100, at=at)
    switching.stop(gateways[0], "-1321", at)

    tick(at)
    assert by_channel(notice) == {("ZALO", "PENDING"): 1}

    budget.set_limit(ward=ward, limit=10_000, at=at)
    tick(at + MINUTE)
    assert by_channel(notice) == {("ZALO", "SKIPPED"): 1, ("SMS", "SENT"): 1}
