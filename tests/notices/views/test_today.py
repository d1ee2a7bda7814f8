"""The desk's first page: what holds a running notice, when it begins, and whether the month's money lasts."""

from datetime import time, timedelta

import pytest
import time_machine
from django.urls import reverse

from notices.gateways import budget
from notices.models import Budget, Delivery, Notice
from notices.publishing import fanning_out, lifecycle
from tests import factories
from tests.markup import read

QUIET = (time(22), time(6))


@pytest.fixture(autouse=True)
def clock(at):
    """A minute after publishing."""
    with time_machine.travel(at + timedelta(minutes=1), tick=False) as traveller:
        yield traveller


@pytest.fixture
def home(villages):
    """A household with a phone."""
    return factories.make_household(villages[0])


def page_for(client) -> str:
    return " ".join(client.get(reverse("today")).content.decode().split())


def test_a_paused_notice_says_so_and_is_left_for_people(client_for, viewer, approver, home, publish, at):
    notice = publish()
    sending = page_for(client_for(viewer))
    lifecycle.pause(notice=notice, by=approver, at=at)

    response = client_for(viewer).get(reverse("today"))

    assert "Đang gửi, còn 1 tin" in sending and "Tạm dừng gửi" not in sending
    page = response.content.decode()
    assert page.count("Tạm dừng gửi") == 1 and "Đang gửi" not in page and "tự cập nhật" not in page
    assert response.context["urgent"].notice == notice


@pytest.mark.parametrize(
    ("hour", "fields", "words"),
    [
        (23, {}, "Tin bắt đầu gửi lúc 06:00 06/12 (giờ yên lặng 22:00–06:00)."),
        (10, {"is_for_evening": True}, "Tin bắt đầu gửi lúc 18:30 (khung tối 18:30–21:00)."),
    ],
)
def test_a_notice_that_waits_for_its_hour_says_until_when(
    client_for, viewer, draft, editor, approver, gateways, home, clock, settings, at, hour, fields, words
):
    settings.QUIET_HOURS = QUIET
    moment = at.replace(hour=hour)
    clock.move_to(moment)
    Notice.objects.filter(pk=draft.pk).update(**fields)
    draft.refresh_from_db()
    lifecycle.submit(notice=draft, by=editor, at=moment)
    lifecycle.publish(notice=draft, by=approver, at=moment)
    fanning_out.fan_out(notice=draft, at=moment)

    response = client_for(viewer).get(reverse("today"))
    lifecycle.pause(notice=draft, by=approver, at=moment)
    paused = page_for(client_for(viewer))

    page = response.content.decode()
    assert words in page and "Đang gửi" not in page and "tự cập nhật" not in page
    assert response.context["urgent"] is None
    assert "Tạm dừng gửi" in paused and "Tin bắt đầu gửi" not in paused


@pytest.mark.parametrize(("urgency", "is_sending"), [("KHAN", False), ("HOA_TOC", True)])
def test_in_quiet_hours_only_hoa_toc_is_being_sent(
    client_for, viewer, home, publish, clock, settings, at, urgency, is_sending
):
    settings.QUIET_HOURS = QUIET
    publish(urgency=urgency)
    clock.move_to(at.replace(hour=23))
    Delivery.objects.filter(status="PENDING").update(not_before=at)

    page = page_for(client_for(viewer))

    assert ("Đang gửi, còn" in page) is is_sending and ("1 tin chờ gửi" in page) is not is_sending
    assert "còn 1 hộ</span>" not in page


@pytest.mark.parametrize(
    ("spent", "words"),
    [
        (79_999, None),
        (80_000, "Ngân sách tin nhắn tháng này đã dùng 80 %, còn 20.000 đồng."),
        (100_000, "Ngân sách tin nhắn tháng này đã hết."),
    ],
)
def test_the_month_s_money_is_one_line_where_it_runs_out(client_for, viewer, ward, at, spent, words):
    budget.set_limit(ward=ward, limit=100_000, at=at)
    Budget.objects.update(spent=spent)

    page = page_for(client_for(viewer))

    if words is None:
        assert "Ngân sách" not in page
    else:
        line = f"{words} Xem ngân sách"
        assert [one["href"] for one in read(page).all("p.note a")] == [reverse("gateways")]
        assert read(page).texts("p.note") == [line]


def test_a_new_month_and_a_ward_without_a_limit_warn_of_nothing(client_for, viewer, ward, clock, at):
    before = page_for(client_for(viewer))
    budget.set_limit(ward=ward, limit=100_000, at=at)
    Budget.objects.update(spent=100_000)
    clock.move_to(at + timedelta(days=31))

    assert "Ngân sách" not in before and "Ngân sách" not in page_for(client_for(viewer))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "chạy tốt"),
        ({"rests_until": timedelta(hours=2)}, "đang nghỉ đến 11:01"),
        ({"tripped_at": timedelta(0), "probe_at": timedelta(minutes=3)}, "sẽ gửi dò thử lúc 09:04"),
        ({"stopped_at": timedelta(0), "stopped_reason": "-115"}, "đang dừng"),
    ],
)
def test_a_channel_says_what_holds_it(client_for, viewer, gateways, at, fields, words):
    now = at + timedelta(minutes=1)
    for name, value in fields.items():
        setattr(gateways[0], name, now + value if isinstance(value, timedelta) else value)
    gateways[0].save()
    gateways[1].delete()

    page = page_for(client_for(viewer))

    assert words in page and ("chạy tốt" in page) is (words == "chạy tốt")


def test_pauses_hours_and_money_cost_few_queries(
    client_for, viewer, approver, home, publish, ward, at, django_assert_num_queries
):
    lifecycle.pause(notice=publish(), by=approver, at=at)
    budget.set_limit(ward=ward, limit=1, at=at)
    client = client_for(viewer)

    with django_assert_num_queries(12):
        client.get(reverse("today"))


def test_a_notice_to_several_wards_is_shown_by_ward(client_for, viewer, home, publish, other_village, at, clock):
    notice = publish()
    notice.villages.add(other_village)
    factories.RecipientFactory(notice=notice, household=factories.make_household(other_village))
    Delivery.objects.update(status="FAILED")
    clock.move_to(at + timedelta(hours=1))

    page = read(page_for(client_for(viewer)))

    rows = [row.text for row in page.all("section:has(#h-left) tbody td.bold:first-child")]
    assert sorted(rows) == sorted([home.ward.name, other_village.ward.name])
    assert "còn 2 hộ phải báo" in page.text
