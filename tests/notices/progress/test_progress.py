"""The numbers of the dashboard, and why a household is left."""

from datetime import timedelta

import pytest

from notices.models import ConfirmedVia, Delivery, Reach, Recipient
from notices.progress import counting, remaining, traffic
from notices.progress.counting import Counts
from notices.residents import confirmations
from tests.factories import make_household, make_households


@pytest.fixture
def notice(publish, villages, head, at):
    """Seven households: one in each reach, one told in person, one more not reached in the second village."""
    make_households(6, villages[0])
    make_household(villages[1], phone=None)
    notice = publish()
    first = list(notice.recipients.filter(village=villages[0]).order_by("pk").values_list("pk", flat=True))
    for pk, reach in zip(first[1:4], (Reach.SENT, Reach.DELIVERED, Reach.SEEN), strict=True):
        Recipient.objects.filter(pk=pk).raise_reach(reach, at)
    confirmations.confirm(recipient_id=first[4], via=ConfirmedVia.LINK, at=at)
    confirmations.confirm(recipient_id=first[5], via=ConfirmedVia.PHONE_CALL, at=at, by=head)
    return notice


def test_every_household_is_counted_once(notice, villages, django_assert_num_queries):
    with django_assert_num_queries(2):
        found = counting.for_notice(notice)
    assert found.counts == Counts(none=2, sent=1, delivered=1, seen=1, confirmed=1, in_person=1)
    assert (found.counts.households, found.counts.told, found.counts.left) == (7, 4, 3)
    by_village = {row.village: (row.counts.told, row.counts.households, row.head) for row in found.villages}
    assert by_village == {villages[0]: (4, 6, "Nguyễn Văn Sơn"), villages[1]: (0, 1, "")}
    assert [row.village for row in found.villages] == [villages[0], villages[1]]  # most left first


def test_a_head_sees_the_numbers_of_the_own_village(notice, villages):
    assert counting.for_notice(notice, villages=[villages[1]]).counts == Counts(none=1)


def test_several_notices_take_one_query(notice, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = counting.for_notices([notice])
    assert found[notice.pk].told == 4


def test_numbers_move_until_all_have_confirmed_or_the_notice_ends(notice, at):
    counts = counting.for_notice(notice).counts
    assert counting.may_still_change(notice, counts, at)
    assert not counting.may_still_change(notice, Counts(confirmed=6, in_person=1), at)
    notice.status = "WITHDRAWN"
    assert not counting.may_still_change(notice, counts, at)


def test_timeline_rises_from_publishing_to_the_last_change(publish, villages, head, at, django_assert_num_queries):
    make_households(4, villages[0])
    notice = publish()
    first, second, third, _fourth = notice.recipients.order_by("pk").values_list("pk", flat=True)
    Recipient.objects.filter(pk=first).raise_reach(Reach.DELIVERED, at + timedelta(minutes=1))
    confirmations.confirm(recipient_id=first, via=ConfirmedVia.LINK, at=at + timedelta(minutes=30))
    confirmations.confirm(
        recipient_id=second, via=ConfirmedVia.IN_PERSON, at=at + timedelta(minutes=59, seconds=59), by=head
    )
    Recipient.objects.filter(pk=third).raise_reach(Reach.SENT, at + timedelta(minutes=2))  # sent is not told

    with django_assert_num_queries(1):
        moments = traffic.timeline(notice, at + timedelta(days=9), steps=13)

    assert moments[0] == traffic.ReachAt(at, 0, 0)
    assert moments[-1] == traffic.ReachAt(at + timedelta(minutes=65), 2, 2)
    assert [(moment.told, moment.confirmed) for moment in moments] == [
        (0, 0), *[(1, 0)] * 5, *[(1, 1)] * 6, *[(2, 2)] * 2,
    ]  # fmt: skip


def test_timeline_is_empty_until_somebody_is_told(publish, villages, at):
    make_households(2, villages[0])
    assert traffic.timeline(publish(), at) == []


def test_timeline_ends_now_when_numbers_still_rise(notice, at):
    moments = traffic.timeline(notice, at)
    assert moments[-1] == traffic.ReachAt(at + timedelta(minutes=1), 4, 2)


@pytest.mark.parametrize(
    ("contact", "delivery", "reason"),
    [
        (None, None, "Chưa có số điện thoại."),
        ({"phone_kind": "LANDLINE"}, None, "Chỉ có máy bàn, không nhận được tin nhắn."),
        ({"refused": ["ZALO", "SMS"]}, None, "Gia đình đã ngừng nhận tin."),
        ({}, {}, "Đang chờ gửi qua Zalo."),
        ({}, {"status": "SENT"}, "Zalo đã gửi lúc 09:00 05/12, máy chưa báo nhận."),
        ({}, {"status": "FAILED"}, "Số này không nhận được Zalo."),
        ({}, {"status": "UNKNOWN"}, "Mạng đứt khi gửi Zalo, không rõ tin đã đi chưa."),
    ],
)
def test_why_a_household_is_left_is_said_in_plain_words(publish, villages, at, contact, delivery, reason):
    if contact is None:
        make_household(villages[0], phone=None)
    else:
        make_household(villages[0], contact=contact)
    notice = publish()
    if delivery:
        Delivery.objects.update(**delivery, sent_at=at)
    (left,) = remaining.left(notice, at=at)
    assert left.reason == reason


def test_the_list_of_those_left_takes_few_queries_however_long(notice, at, django_assert_num_queries):
    with django_assert_num_queries(3):
        found = remaining.left(notice, limit=50, at=at)
    assert len(found) == 3
    assert remaining.left(notice, limit=1, offset=3, at=at) == []


def test_channels_say_what_they_carried_and_cost(notice, at):
    Delivery.objects.filter(pk__in=Delivery.objects.order_by("pk")[:2]).update(
        status="SENT", price=300, sent_at=at + timedelta(minutes=1)
    )
    (zalo,) = traffic.channels(traffic.sends(notice))
    assert (zalo.channel, zalo.sent, zalo.price, zalo.first_sent_at) == ("ZALO", 2, 600, at + timedelta(minutes=1))
