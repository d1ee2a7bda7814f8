"""A ward's money: counted before a message leaves, warned at 80 %, never in the way of a warning."""

from collections import Counter
from datetime import timedelta

import pytest

from notices.adapters.base import ErrorKind, SendError, Sent
from notices.gateways import budget
from notices.models import Budget, Gateway
from tests.factories import make_households
from tests.notices.memory import providers, tick


@pytest.fixture
def book(settings, gateways):
    with providers(settings, gateways) as book:
        yield book


@pytest.fixture
def ten(villages):
    """Ten households by SMS only: 650 đồng each."""
    return make_households(10, villages[0], contact={"refused": ["ZALO"]})


def states(notice) -> Counter:
    return Counter(notice.deliveries.values_list("status", "error_code"))


def spent(ward) -> int:
    return Budget.objects.get(ward=ward).spent


def test_thuong_stops_at_the_limit_to_the_dong(book, ten, ward, publish, at):
    budget.set_limit(ward=ward, limit=4 * 650, at=at)
    notice = publish()
    tick(at)
    assert states(notice) == {("SENT", ""): 4, ("SKIPPED", "budget"): 6}
    assert len(book.given) == 4
    assert spent(ward) == 2600
    tick(at + timedelta(minutes=1))
    assert len(book.given) == 4


@pytest.mark.parametrize("urgency", ["KHAN", "THUONG_KHAN", "HOA_TOC"])
def test_urgent_notices_go_out_and_are_counted(book, ten, ward, publish, at, urgency):
    budget.set_limit(ward=ward, limit=650, at=at)
    notice = publish(urgency=urgency)
    tick(at)
    assert states(notice) == {("SENT", ""): 10}
    assert spent(ward) == 6500
    assert budget.standing(ward, at).percent == 1000


def test_no_sum_is_too_large_to_count_for_a_warning(book, ten, ward, publish, at):
    budget.set_limit(ward=ward, limit=2**31 - 1, at=at)
    Budget.objects.update(spent=2**31 - 1000)
    notice = publish(urgency="HOA_TOC")
    tick(at)
    assert states(notice) == {("SENT", ""): 10}
    assert spent(ward) == 2**31 - 1000 + 6500


def test_what_was_not_sent_is_given_back(book, ten, ward, publish, at):
    budget.set_limit(ward=ward, limit=100_000, at=at)
    book.answers.extend([SendError("http-500", ErrorKind.RETRY_LATER)] * 3)
    book.answers.extend([SendError("timeout", ErrorKind.AMBIGUOUS)] * 2)
    publish()
    tick(at)
    assert spent(ward) == 7 * 650  # five sent, two that may have been


def test_the_providers_own_price_counts(book, ten, ward, publish, at):
    budget.set_limit(ward=ward, limit=100_000, at=at)
    book.answers.extend([Sent("a", price=850), Sent("b", price=0)])
    publish()
    tick(at)
    assert spent(ward) == 850 + 8 * 650


def test_messages_without_a_price_need_no_budget(book, ten, ward, publish, gateways, at):
    Gateway.objects.update(price=0)
    budget.set_limit(ward=ward, limit=0, at=at)
    notice = publish()
    tick(at)
    assert states(notice) == {("SENT", ""): 10}


@pytest.mark.parametrize(
    ("so_far", "is_near", "is_reached"),
    [(7_999, False, False), (8_000, True, False), (9_999, True, False), (10_000, False, True)],
)
def test_warnings_begin_at_eighty_percent(ward, at, so_far, is_near, is_reached):
    Budget.objects.create(ward=ward, limit=10_000, month=budget.month_of(at), spent=so_far)
    standing = budget.standing(ward, at)
    assert (standing.is_near, standing.is_reached, standing.left) == (is_near, is_reached, 10_000 - so_far)


def test_a_new_month_begins_at_zero(book, ten, ward, publish, at):
    Budget.objects.create(ward=ward, limit=6500, month=budget.month_of(at - timedelta(days=31)), spent=6500)
    assert budget.standing(ward, at).spent == 0
    notice = publish()
    tick(at)
    assert states(notice) == {("SENT", ""): 10}
    assert (spent(ward), Budget.objects.get().month) == (6500, budget.month_of(at))


def test_a_limit_set_in_the_middle_of_a_month_counts_what_has_been_spent(book, ten, ward, publish, at):
    publish()
    tick(at)
    assert budget.standing(ward, at) == budget.Standing(6500, None)
    budget.set_limit(ward=ward, limit=7000, at=at)
    assert budget.standing(ward, at) == budget.Standing(6500, 7000)
    budget.set_limit(ward=ward, limit=None, at=at)
    assert not Budget.objects.exists()


def test_another_wards_budget_is_its_own(book, ten, ward, other_ward, publish, at):
    budget.set_limit(ward=other_ward, limit=0, at=at)
    notice = publish()
    tick(at)
    assert states(notice) == {("SENT", ""): 10}
    assert Budget.objects.get(ward=other_ward).spent == 0
