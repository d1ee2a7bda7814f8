"""Whatever order sends, receipts, retries, confirmations, pauses and withdrawals come in: reach never falls, nothing
is given to a provider after a confirmation or a withdrawal, no reference is accepted twice, and nothing is lost.

A rule-based state machine draws the order; the providers live in this process and answer as the machine says.
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from communities.models import Contact, Household, Membership, Province, User, Village, Ward
from notices.adapters.base import ErrorKind, SendError, Sent, WebhookRequest
from notices.gateways import providers
from notices.ladder import taking
from notices.models import ConfirmedVia, Delivery, Gateway, Notice, Reach, Recipient, Refused
from notices.progress import folding
from notices.publishing import fanning_out, lifecycle
from notices.receipts import applying, storing
from notices.residents import confirmations
from notices.sending import claims, eligibility, engine, outcomes
from tests.notices.memory import ADAPTERS, BOOK

#: Orders drawn, always the same ones; others, and more of them, by hand: STORMS=1000.
STORMS = int(os.environ.get("STORMS", "40"))
START = datetime(2026, 12, 5, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
ANSWERS = {
    "accepted": lambda: Sent("m"),
    "busy": lambda: SendError("http-500", ErrorKind.RETRY_LATER),
    "no-zalo": lambda: SendError("-118", ErrorKind.NEXT_CHANNEL),
    "lost": lambda: SendError("timeout", ErrorKind.AMBIGUOUS),
    "bug": lambda: SendError("-132", ErrorKind.OUR_BUG),
}
_numbers = count(1)


class Event(NamedTuple):
    """Something that may happen next in a storm."""

    happen: Callable[..., None]
    when: Callable[[Any], bool]
    details: dict[str, st.SearchStrategy]


EVENTS: list[Event] = []


def event(*, when: Callable[[Any], bool] = lambda self: True, **details: st.SearchStrategy):
    """The method is an event. As rules of their own, drawn by hypothesis, some would hardly ever happen: it favours
    the first, and the same again."""

    def note(method):
        EVENTS.append(Event(method, when, details))
        return method

    return note


class Storm(RuleBasedStateMachine):
    """One notice to eight households, two of which share a phone and one of which has none."""

    @initialize(urgency=st.sampled_from(["THUONG", "KHAN", "HOA_TOC"]), random=st.randoms(use_true_random=True))
    def publish(self, urgency, random):
        self.random = random
        self.now, self.is_paused, self.has_ended = START, False, False
        BOOK.given.clear()
        BOOK.answers.clear()
        BOOK.answer = self.answer
        self.next_answers: list[str] = []
        self.accepted: Counter = Counter()  # how often a message reached a phone, over any provider
        self.known: set[tuple[str, str]] = set()
        self.claims: list[tuple[Gateway, list[Delivery]]] = []
        self.reach: dict[int, int] = {}
        self.without_number: set[int] = set()  # who gave theirs up before anything had left for it
        self.events = count()
        number = next(_numbers)
        province = Province.objects.create(
            code="38", valid_from=START.date() - timedelta(days=number), name="Thanh Hóa"
        )
        ward = Ward.objects.create(
            province=province, code=f"{number:05}", valid_from=START.date(), kind="COMMUNE", name="Xã Hoa Đồng"
        )
        village = Village.objects.create(ward=ward, name="Thôn Đông Phú", code="ĐP")
        phones = [
            "+84510600001",
            "+84510600002",
            "+84510600003",
            "+84510600003",
            None,
            "+84510600004",
            "+84510600005",
            "+84510600006",
        ]
        for place, phone in enumerate(phones):
            household = Household.objects.create(
                ward=ward, village=village, code=f"ĐP-{place}", head_name=f"Hộ Văn {place}"
            )
            if phone:  # the first two take no Zalo: their way begins at the two accounts of SMS
                Contact.objects.create(household=household, phone=phone, rank=1, refused=[] if place > 1 else ["ZALO"])
        self.editor, self.approver = (User.objects.create(username=f"{name}{number}") for name in ("e", "a"))
        for user, role in ((self.editor, "EDITOR"), (self.approver, "APPROVER")):
            Membership.objects.create(user=user, role=role, ward=ward)
        self.gateways = [
            Gateway.objects.create(ward=ward, channel=channel, adapter=adapter, name=name, position=position, price=100)
            for channel, adapter, name, position in (
                ("ZALO", "memory_zalo", "Zalo", 1),
                ("SMS", "memory_sms", "SMS 1", 1),
                ("SMS", "memory_spare", "SMS 2", 2),
            )
        ]
        self.notice = Notice.objects.create(
            ward=ward, title="Bão gần bờ", body="Sơ tán.", urgency=urgency, created_by=self.editor
        )
        self.notice.villages.set([village])
        lifecycle.submit(notice=self.notice, by=self.editor, at=self.now)
        lifecycle.publish(notice=self.notice, by=self.approver, at=self.now)
        fanning_out.fan_out(notice=self.notice, at=self.now)

    def answer(self, slug, message):
        """What a provider says. Whether it should have been asked at all is looked at afterwards, by `send`: the
        dispatcher's thread does not see the test's transaction."""
        delivery_id = int(message.reference.split("-")[1])
        kind = self.next_answers.pop(0) if self.next_answers else "accepted"
        if slug != "memory_zalo" and (slug, message.reference) in self.known:
            return Sent("m")  # eSMS: 124
        if kind in ("accepted", "lost"):
            self.accept(slug, message.reference)
        self.handed.append(delivery_id)
        return ANSWERS[kind]()

    def accept(self, slug, reference):
        """A provider takes a message; eSMS sends one it knows already no second time."""
        if slug == "memory_zalo" or (slug, reference) not in self.known:
            self.accepted[reference] += 1
        self.known.add((slug, reference))

    @rule(data=st.data())
    def something_happens(self, data):
        happening = self.random.choice([event for event in EVENTS if event.when(self)])
        happening.happen(self, **data.draw(st.fixed_dictionaries(happening.details), label=happening.happen.__name__))

    # --- what happens ---------------------------------------------------------------------------------

    @event(answers=st.lists(st.sampled_from(sorted(ANSWERS)), max_size=8), which=st.sets(st.integers(0, 2), min_size=1))
    def workers_send(self, answers, which):
        """Not always over every account, so that there is something left to do for the other rules."""
        self.send(answers, which)

    def send(self, answers, which=(0, 1, 2)):
        chosen = {self.gateways[place].pk for place in which}
        self.next_answers, self.handed = list(answers), []
        allowed = self.may_be_told()
        with time_machine.travel(self.now, tick=False):
            for gateway_id in chosen.intersection(engine.sweep(at=self.now)):
                engine.send_due(gateway_id=gateway_id)
        self.look_at_what_was_handed_over(allowed)

    def look_at_what_was_handed_over(self, allowed):
        for delivery_id in self.handed:
            row = Delivery.objects.get(pk=delivery_id)
            households = {row.recipient_id, *row.covered.values_list("recipient", flat=True)}
            assert households & allowed, "sent after confirmation, withdrawal or pause"

    @event(minutes=st.sampled_from([1, 5, 61, 24 * 60]))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)
        lifecycle.drop_expired(at=self.now)
        taking.take_due(at=self.now)

    @event(answers=st.lists(st.sampled_from(sorted(ANSWERS)), min_size=2, max_size=2))
    def a_worker_dies_with_a_claim(self, answers):
        """It had claimed and handed over some, and recorded nothing."""
        for gateway in Gateway.objects.filter(pk__in=[row.pk for row in self.gateways]):
            for row, kind in zip(claims.claim(gateway=gateway, at=self.now, limit=2), answers, strict=False):
                if kind in ("accepted", "lost"):
                    self.accept(gateway.adapter, f"{self.notice.code}-{row.pk}")
                self.without_number.discard(row.recipient_id)  # its last look was before they gave the number up

    @event(when=lambda self: not self.claims, which=st.integers(0, 2))
    def a_slow_worker_claims(self, which):
        """Between the claim and the last look anything may happen."""
        gateway = Gateway.objects.get(pk=self.gateways[which].pk)
        if batch := claims.claim(gateway=gateway, at=self.now, limit=3):
            self.claims.append((gateway, batch))

    @event(when=lambda self: self.claims, answers=st.lists(st.sampled_from(sorted(ANSWERS)), max_size=3))
    def the_slow_worker_goes_on(self, answers):
        """Its lease may be over by now: the last look is then one too late, which a lease is long enough to avoid."""
        gateway, batch = self.claims.pop()
        batch = [row for row in batch if Delivery.objects.get(pk=row.pk).lease_until == row.lease_until]
        if Delivery.objects.filter(pk__in=[row.pk for row in batch], lease_until__lt=self.now).exists() or not batch:
            return
        self.next_answers, self.handed = list(answers), []
        allowed = self.may_be_told()
        messages, results = eligibility.compose(gateway, batch, {}, self.now)
        results = dict(results)
        with time_machine.travel(self.now, tick=False):
            results |= {pk: self.answer(gateway.adapter, message) for pk, message in messages.items()}
        self.look_at_what_was_handed_over(allowed)
        adapter = providers.adapter_for(gateway)
        outcomes.record(gateway=gateway, adapter=adapter, batch=batch, outcomes=results, at=self.now)
        outcomes.correct_budgets(batch, results, self.now)

    @event(which=st.integers(0, 2), answers=st.lists(st.sampled_from(sorted(ANSWERS)), max_size=3))
    def something_happens_between_claim_and_answer(self, which, answers):
        """The two above with another between them, which events of their own meet too seldom."""
        meanwhile = self.random.choice(["pause", "withdrawal", "confirmation", "receipt", "switch"])
        if not self.claims:
            self.a_slow_worker_claims(which)
        if not self.claims:
            self.time_passes(61)  # what failed is tried again, the next step begins
            self.a_slow_worker_claims(which)
        if not self.claims:
            return
        first = next(iter(self.claims[0][1]))
        if meanwhile == "pause" and not self.is_paused and not self.has_ended:
            self.somebody_pauses()
        elif meanwhile == "withdrawal" and not self.has_ended and self.random.random() < 0.5:  # storms should be long
            self.somebody_withdraws()
        elif meanwhile == "confirmation":
            confirmations.confirm_by_phone(recipient_id=first.recipient_id, via=ConfirmedVia.LINK, at=self.now)
        elif meanwhile == "receipt":
            self.report(first, "delivered")
        elif meanwhile == "switch":
            self.a_gateway_is_switched(which)
        self.the_slow_worker_goes_on(answers)

    @event(which=st.integers(1, 2), is_killed=st.booleans())
    def an_account_is_switched_off_with_answers_outstanding(self, which, is_killed):
        """Only that account can tell a repeat, so what it may have must wait for it."""
        if is_killed:
            self.a_worker_dies_with_a_claim(["accepted", "accepted"])
        else:
            self.send(["lost"] * 8, which={which})
        Gateway.objects.filter(pk=self.gateways[which].pk).update(is_active=False)

    @event(which=st.integers(0, 20), kind=st.sampled_from(["delivered", "failed", "pressed"]), times=st.integers(1, 2))
    def a_receipt_comes(self, which, kind, times):
        """In any order, twice, also for what we do not know to be sent: it may overtake the provider's answer."""
        rows = list(Delivery.objects.filter(notice=self.notice, covered_by__isnull=True, attempts__gt=0).order_by("pk"))
        if not rows:
            return
        for _ in range(times):
            self.report(rows[which % len(rows)], kind)

    def report(self, row, kind):
        self.without_number.discard(row.recipient_id)  # what a provider says of a household's own message is believed
        query = {"kind": kind, "reference": f"{self.notice.code}-{row.pk}", "key": str(next(self.events))}
        gateway = Delivery.objects.get(pk=row.pk).gateway
        storing.store(gateway=gateway, request=WebhookRequest("GET", {}, query, b""), at=self.now)
        applying.apply_waiting(at=self.now)

    @event(which=st.integers(0, 7), via=st.sampled_from([ConfirmedVia.LINK, ConfirmedVia.MEETING]))
    def a_household_confirms(self, which, via):
        pk = list(self.notice.recipients.order_by("pk").values_list("pk", flat=True))[which]
        by = self.approver if via == ConfirmedVia.MEETING else None
        if via == ConfirmedVia.LINK:
            confirmations.confirm_by_phone(recipient_id=pk, via=via, at=self.now)
        else:
            confirmations.confirm(recipient_id=pk, via=via, at=self.now, by=by)

    @event(which=st.sampled_from([2, 3]))
    def a_household_gives_up_its_number(self, which):
        """One of the two that share a phone: the message still goes there."""
        recipient = self.notice.recipients.order_by("pk")[which]
        Contact.objects.filter(household=recipient.household).delete()
        tried = Q(recipient=recipient, attempts__gt=0) | Q(recipient=recipient, covered_by__attempts__gt=0)
        if recipient.reach == Reach.NOT_REACHED and not Delivery.objects.filter(tried).exists():
            self.without_number.add(recipient.pk)

    @event(which=st.integers(0, 7))
    def a_mark_is_taken_back(self, which):
        pk = list(self.notice.recipients.order_by("pk").values_list("pk", flat=True))[which]
        if confirmations.undo_staff_mark(recipient_id=pk, by=self.approver, at=self.now):
            self.reach.pop(pk, None)  # the one thing that may lower reach

    @event(when=lambda self: not self.is_paused and not self.has_ended)
    def somebody_pauses(self):
        lifecycle.pause(notice=self.notice, by=self.approver, at=self.now)
        self.is_paused = True

    @event(when=lambda self: self.is_paused and not self.has_ended)
    def somebody_resumes(self):
        lifecycle.resume(notice=self.notice, by=self.approver, at=self.now)
        self.is_paused = False

    @event(when=lambda self: not self.has_ended)
    def somebody_sends_to_those_left(self):
        last = max(self.notice.rungs.values_list("number", flat=True))
        try:
            lifecycle.resend(notice=self.notice, by=self.approver, at=self.now, after=last)
        except Refused:
            assert self.is_paused or not Notice.objects.get(pk=self.notice.pk).may_send(self.now)

    @event(when=lambda self: not self.has_ended and self.now > START + timedelta(minutes=60))
    def somebody_withdraws(self):
        self.notice.refresh_from_db()
        lifecycle.withdraw(notice=self.notice, by=self.approver, at=self.now)
        self.has_ended = True

    @event(which=st.integers(0, 2))
    def a_gateway_is_switched(self, which):
        gateway = self.gateways[which]
        Gateway.objects.filter(pk=gateway.pk).update(
            is_active=not Gateway.objects.get(pk=gateway.pk).is_active, tripped_at=None, stopped_at=None
        )

    @event()
    def counts_are_folded(self):
        folding.fold(at=self.now)
        self.counts_say_what_the_rows_say()

    def counts_say_what_the_rows_say(self):
        assert not any(folding.recount(self.notice).values())

    # --- what always holds ----------------------------------------------------------------------------

    @invariant()
    def reach_never_falls(self):
        for pk, reach in Recipient.objects.filter(notice=self.notice).values_list("pk", "reach"):
            assert reach >= self.reach.get(pk, 0)
            self.reach[pk] = reach

    @invariant()
    def no_provider_accepts_a_reference_twice(self):
        assert all(times == 1 for times in self.accepted.values())

    @invariant()
    def what_was_handed_over_is_not_forgotten(self):
        """A household whose message a provider accepted and we recorded is at least SENT."""
        sent = Delivery.objects.filter(notice=self.notice, status__in=("SENT", "DELIVERED", "SEEN"))
        assert not sent.filter(recipient__reach=Reach.NOT_REACHED).exists()

    @invariant()
    def nothing_tells_who_gave_up_the_number_before(self):
        """Whatever reaches the phone for others: only a confirmation counts."""
        rows = Recipient.objects.filter(pk__in=self.without_number)
        assert set(rows.values_list("reach", flat=True)) <= {Reach.NOT_REACHED, Reach.CONFIRMED}

    @invariant()
    def those_who_share_a_message_share_its_fate(self):
        for row in Delivery.objects.filter(notice=self.notice, covered_by__isnull=False).select_related("covered_by"):
            if row.covered_by.status in ("SENT", "DELIVERED", "SEEN", "FAILED", "UNKNOWN"):
                assert row.status in (row.covered_by.status, "SKIPPED", "CANCELLED", "EXPIRED")

    @invariant()
    def at_most_three_messages_below_hoa_toc(self):
        if self.notice.urgency == "HOA_TOC":
            return
        per_household = Counter(
            Delivery.objects.filter(notice=self.notice)
            .exclude(status__in=("FAILED", "SKIPPED", "CANCELLED", "EXPIRED"))
            .values_list("recipient", flat=True)
        )
        assert max(per_household.values(), default=0) <= 3

    def may_be_told(self) -> set[int]:
        """Recipients whom a message may still reach."""
        if self.is_paused or self.has_ended:
            return set()
        return set(self.notice.recipients.filter(confirmed_at__isnull=True).values_list("pk", flat=True))

    def teardown(self):
        """Nothing is lost: with everything working, everybody who can be told and has not confirmed has a message."""
        self.counts_say_what_the_rows_say()
        if self.has_ended:
            return
        if self.is_paused:
            lifecycle.resume(notice=self.notice, by=self.approver, at=self.now)
            self.is_paused = False
        Gateway.objects.filter(pk__in=[gateway.pk for gateway in self.gateways]).update(
            is_active=True, stopped_at=None, tripped_at=None, probe_at=None, rests_until=None
        )
        for _ in range(8):
            self.now += timedelta(minutes=61)
            self.send([])
            self.no_provider_accepts_a_reference_twice()
            self.reach_never_falls()
        waiting = self.notice.deliveries.filter(status__in=("PENDING", "SENDING", "HELD"))
        assert list(waiting.values_list("status", flat=True)) == []


@pytest.mark.django_db
def test_no_order_of_events_breaks_a_promise(settings_of_test):
    run_state_machine_as_test(
        InTransaction,
        settings=settings(
            max_examples=STORMS,
            derandomize="STORMS" not in os.environ,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


class InTransaction(Storm):
    """Each storm in a transaction of its own, rolled back at its end."""

    def __init__(self):
        super().__init__()
        self._block = transaction.atomic()
        self._block.__enter__()

    def teardown(self):
        try:
            super().teardown()
        finally:
            transaction.set_rollback(True)
            self._block.__exit__(None, None, None)


@pytest.fixture
def settings_of_test(settings):
    settings.NOTICE_ADAPTERS = ADAPTERS
    return settings
