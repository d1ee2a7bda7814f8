"""From draft to household: who may take which step, and what fan-out writes."""

from datetime import timedelta

import pytest

from communities.models import Contact
from notices.models import Delivery, Notice, Recipient
from notices.models.notice import Refused
from notices.publishing import fanning_out, lifecycle
from notices.writing import audience
from tests.factories import make_household


def _deliveries(notice: Notice) -> list[tuple[str, str, str]]:
    return list(notice.deliveries.order_by("address", "channel").values_list("address", "channel", "status"))


def test_a_second_person_publishes(submitted, editor, approver, at):
    with pytest.raises(Refused, match="Cần một người khác duyệt"):
        lifecycle.publish(notice=submitted, by=editor, at=at)
    lifecycle.publish(notice=submitted, by=approver, at=at)
    submitted.refresh_from_db()
    assert (submitted.status, submitted.published_by, submitted.published_at) == ("PUBLISHED", approver, at)


def test_publishing_twice_is_refused_with_what_happened(submitted, approver, at):
    lifecycle.publish(notice=submitted, by=approver, at=at)
    with pytest.raises(Refused, match="Trạng thái bây giờ: Đã gửi"):
        lifecycle.publish(notice=submitted, by=approver, at=at)


@pytest.mark.parametrize("who", ["viewer", "outsider", "head"])
def test_others_may_not_publish(who, request, submitted, at):
    with pytest.raises(Refused, match="không có quyền duyệt"):
        lifecycle.publish(notice=submitted, by=request.getfixturevalue(who), at=at)
    submitted.refresh_from_db()
    assert submitted.status == "SUBMITTED"


def test_sending_back_needs_a_reason_and_keeps_it(submitted, editor, approver, at):
    with pytest.raises(Refused, match="cần sửa gì"):
        lifecycle.send_back(notice=submitted, by=approver, reason="  ", at=at)
    lifecycle.send_back(notice=submitted, by=approver, reason="Ghi rõ giờ.", at=at)
    assert (submitted.status, submitted.returned_reason) == ("RETURNED", "Ghi rõ giờ.")
    assert lifecycle.may_edit(editor, submitted)
    assert not lifecycle.may_edit(approver, Notice(ward=submitted.ward, status="SUBMITTED"))


def test_a_notice_without_audience_is_refused_and_stays_a_draft(draft, editor, household, at):
    draft.villages.clear()
    with pytest.raises(Refused, match="Chưa chọn thôn nào"):
        lifecycle.submit(notice=draft, by=editor, at=at)
    draft.refresh_from_db()
    assert draft.status == "DRAFT"


def test_villages_without_households_are_refused(draft, editor, at):
    with pytest.raises(Refused, match="chưa có hộ nào"):
        lifecycle.submit(notice=draft, by=editor, at=at)
    assert Recipient.objects.count() == 0


def test_a_deadline_in_the_past_is_refused(draft, editor, household, at):
    draft.confirm_by = at
    with pytest.raises(Refused, match="Hạn chót đã qua"):
        lifecycle.submit(notice=draft, by=editor, at=at)


def test_fan_out_gives_each_household_its_best_channel(publish, villages, at):
    make_household(villages[0], phone="+84510000001")
    make_household(villages[0], phone="+84510000002", contact={"no_account": {"ZALO": at.isoformat()}})
    make_household(villages[1], phone="+84510000003", contact={"refused": ["ZALO"]})
    make_household(villages[1], phone="+84510000004", contact={"phone_kind": "LANDLINE"})
    make_household(villages[1], phone=None)
    make_household(villages[1], phone="+84510000005", is_active=False)
    make_household(villages[2], phone="+84510000006")  # not in the audience
    notice = publish()
    assert notice.recipients.count() == 5
    assert notice.fanned_out_at == at
    assert _deliveries(notice) == [
        ("+84510000001", "ZALO", "PENDING"),
        ("+84510000002", "SMS", "PENDING"),
        ("+84510000003", "SMS", "PENDING"),
    ]


def test_the_second_contact_serves_where_the_first_cannot(publish, villages):
    household = make_household(villages[0], phone="+84510000001", contact={"phone_kind": "LANDLINE"})
    Contact.objects.create(household=household, phone="+84510000009", rank=2, relation="con gái")
    assert _deliveries(publish()) == [("+84510000009", "ZALO", "PENDING")]


def test_a_flash_notice_goes_over_both_channels_at_once(publish, villages):
    make_household(villages[0], phone="+84510000001")
    assert _deliveries(publish(urgency="HOA_TOC")) == [
        ("+84510000001", "SMS", "PENDING"),
        ("+84510000001", "ZALO", "PENDING"),
    ]


def test_fan_out_twice_writes_nothing_twice(publish, household, at):
    notice = publish()
    Notice.objects.filter(pk=notice.pk).update(fanned_out_at=None)  # as if the worker died before this line
    assert fanning_out.fan_out(notice=notice, at=at) == 0
    assert (Recipient.objects.count(), Delivery.objects.count()) == (1, 1)


def test_the_count_before_publishing_is_what_fan_out_does(ward, villages, gateways, at):
    make_household(villages[0], phone="+84510000001")
    make_household(villages[0], phone="+84510000002", contact={"no_account": {"ZALO": at.isoformat()}})
    make_household(villages[0], phone=None)
    counted = audience.count(ward=ward, village_ids=[villages[0].pk])
    assert (counted.households, counted.by_channel, counted.in_person) == (3, {"ZALO": 1, "SMS": 1}, 1)
    assert audience.count(ward=ward, village_ids=[]).by_channel == {"ZALO": 0, "SMS": 0}


def test_without_a_gateway_every_household_is_told_in_person(ward, villages):
    make_household(villages[0])
    counted = audience.count(ward=ward, village_ids=[villages[0].pk])
    assert (counted.households, counted.by_channel, counted.in_person) == (1, {"ZALO": 0, "SMS": 0}, 1)


def test_withdrawing_cancels_what_is_queued(publish, household, approver, editor, at):
    notice = publish()
    with pytest.raises(Refused, match="không có quyền thu hồi"):
        lifecycle.withdraw(notice=notice, by=editor, at=at)
    assert lifecycle.withdraw(notice=notice, by=approver, at=at) == 1
    assert _deliveries(notice)[0][2] == "CANCELLED"
    notice.refresh_from_db()
    assert (notice.status, notice.ended_at) == ("WITHDRAWN", at)


@pytest.mark.parametrize("last", ["confirm_by", "happens_at", "valid_until"])
def test_a_notice_closes_thirty_days_after_its_last_date(publish, household, at, last):
    notice = publish(**{last: at + timedelta(days=10)})
    assert lifecycle.close_ended(at=at + timedelta(days=39)) == 0
    assert lifecycle.close_ended(at=at + timedelta(days=41)) == 1
    assert lifecycle.close_ended(at=at + timedelta(days=41)) == 0
    notice.refresh_from_db()
    assert (notice.status, notice.ended_at) == ("CLOSED", at + timedelta(days=41))
    assert _deliveries(notice)[0][2] == "CANCELLED"


def test_only_the_words_the_approver_read_are_published(submitted, editor, approver, client_for, at):
    read = lifecycle.version(submitted)
    page = client_for(approver).get(f"/thong-bao/{submitted.pk}/duyet/").content.decode()
    assert f'name="as_read" value="{read}"' in page
    lifecycle.send_back(notice=submitted, by=approver, reason="Ghi rõ giờ.", at=at)
    submitted.body = "Những lời khác hẳn."
    submitted.save()
    lifecycle.submit(notice=submitted, by=editor, at=at + timedelta(minutes=1))
    answer = client_for(approver).post(f"/thong-bao/{submitted.pk}/duyet/", {"as_read": read}, follow=True)
    assert "Hãy đọc bản mới rồi duyệt" in answer.content.decode()
    submitted.refresh_from_db()
    assert submitted.status == "SUBMITTED"
