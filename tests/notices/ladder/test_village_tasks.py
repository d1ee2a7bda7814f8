"""Announcing, posting and pinning up: what stands on the head's list, and who says it is done."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.urls import reverse

from notices.ladder import taking
from notices.models import Notice, Reach, Recipient, Rung, VillageTask
from notices.publishing import lifecycle
from notices.writing import scripts
from tests import factories
from tests.markup import read

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def clock(at):
    """An hour after publishing, the second rung taken."""
    with time_machine.travel(at + timedelta(hours=1), tick=False) as traveller:
        yield traveller


@pytest.fixture
def notice(publish, villages, at) -> Notice:
    """To two villages; one household of each has it on the device, one in the first was never reached."""
    factories.make_household(villages[0], head_name="Lê Thị Thúy")
    factories.make_household(villages[0], head_name="Nguyễn Thị Lụa", phone=None)
    factories.make_household(villages[1], head_name="Mai Xuân Thục")
    notice = publish(urgency="KHAN", happens_at=at + timedelta(hours=9, minutes=30))
    Recipient.objects.filter(household__contacts__isnull=False).raise_reach(Reach.DELIVERED, at)
    taking.take_due(at=at + timedelta(minutes=30))
    return notice


@pytest.fixture
def task(notice, villages) -> VillageTask:
    """The first village's loudspeaker."""
    return VillageTask.objects.get(village=villages[0], channel="LOUDSPEAKER")


def page_for(client) -> str:
    return " ".join(client.get(reverse("visits")).content.decode().split())


def post(client, name, task, **more):
    return client.post(reverse(name, args=[task.pk]), **more)


def test_a_visit_brings_those_who_have_it_and_said_nothing(client_for, head, notice):
    page = page_for(client_for(head))

    assert read(page).one("#con-phai-bao").text == "Còn 1 hộ chưa được báo 1 hộ đã nhận tin, chưa xác nhận"
    group = read(page).one(f"#da-nhan-{notice.pk}")
    assert read(page).texts("article.household h3") == ["Nguyễn Thị Lụa", "Lê Thị Thúy"]
    assert group.texts("article h3") == ["Lê Thị Thúy"] and "Đã đến máy, chưa xác nhận." in group.text
    assert "Mai Xuân Thục" not in page


def test_no_visit_is_asked_where_no_confirmation_is_wanted(client_for, head, notice):
    Notice.objects.update(is_confirmation_wanted=False)

    assert "Lê Thị Thúy" not in page_for(client_for(head))


def test_the_loudspeaker_stands_on_top_with_its_words(client_for, head, task):
    page = page_for(client_for(head))

    assert page.index("Loa, nhóm, bảng tin") < page.index("Phát loa:") < page.index("Nguyễn Thị Lụa")
    words = read(client_for(head).get(reverse("visits"))).one("pre").raw
    assert "Kính thưa bà con! UBND xã Hoa Đồng thông báo khẩn: Họp nhân dân" in words
    assert words == words.strip(), "what is read aloud or copied has no lines of the template's"
    assert reverse("task_done", args=[task.pk]) in page
    assert [one["id"] for one in read(page).all("article.task")] == [f"viec-{task.pk}"]
    assert read(page).one("#viec-con").text == "1 việc"


def test_from_the_fourth_on_they_are_folded(client_for, head, notice, villages, at):
    for number in range(11, 14):
        rung = Rung.objects.create(
            notice=notice, number=number, channels=["POSTER"], due_at=at, status="TAKEN", taken_at=at
        )
        VillageTask.objects.create(rung=rung, village=villages[0], channel="POSTER", households=1, created_at=at)
    client = client_for(head)

    page = page_for(client)

    more = read(page).one("details.fold")
    assert read(page).one("#viec-con").text == "4 việc"
    assert (len(read(page).all("article.task")), len(more.all("article.task"))) == (4, 1)
    assert "open" not in more and "Xem thêm 1 việc" in more.text
    assert "open" in read(client.get(reverse("visits"), {"xem": "viec"})).one("details.fold")


def test_the_most_urgent_stands_first(client_for, head, notice, editor, villages, at):
    Notice.objects.filter(pk=notice.pk).update(urgency="HOA_TOC", title="Sơ tán khẩn cấp tránh bão")
    later = factories.NoticeFactory(
        ward=notice.ward, created_by=editor, villages=villages[:1], title="Lịch cắt điện", status="PUBLISHED"
    )
    rung = Rung.objects.create(notice=later, number=1, channels=["POSTER"], due_at=at, status="TAKEN", taken_at=at)
    VillageTask.objects.create(
        rung=rung, village=villages[0], channel="POSTER", households=1, created_at=at + timedelta(minutes=50)
    )

    page = page_for(client_for(head))

    assert page.index("Phát loa:</b> Sơ tán khẩn cấp tránh bão") < page.index("Dán bảng tin:</b> Lịch cắt điện")


def test_done_is_recorded_once_and_raises_no_reach(client_for, head, helper, task, at):
    before = list(Recipient.objects.order_by("pk").values())

    response = post(client_for(head), "task_done", task)
    again = post(client_for(helper), "task_done", task)

    task.refresh_from_db()
    assert response.url == f"{reverse('visits')}?xem=viec#viec-{task.pk}"
    assert (task.done_by, task.done_at) == (head, at + timedelta(hours=1))
    assert [str(m) for m in get_messages(again.wsgi_request)] == [
        "Không ghi thêm: đã có người ghi, hoặc thông báo đã kết thúc."
    ]
    assert list(Recipient.objects.order_by("pk").values()) == before
    page = page_for(client_for(helper))
    assert "Đã phát loa lúc 10:00 05/12, Nguyễn Văn Sơn" in page
    assert reverse("task_undo", args=[task.pk]) not in page
    assert reverse("task_undo", args=[task.pk]) in page_for(client_for(head))


def test_with_scripts_the_card_is_answered(client_for, head, task):
    answer = post(client_for(head), "task_done", task, headers=HTMX).content.decode().strip()

    assert read(answer).all(f"article.is-done#viec-{task.pk}")
    assert read(answer).one("#viec-con[hx-swap-oob=true]").text == "đã làm xong"
    assert "Hoàn tác" in answer and "<html" not in answer


def test_whoever_did_it_takes_it_back_and_nobody_else(client_for, head, helper, task):
    post(client_for(head), "task_done", task)

    refused = post(client_for(helper), "task_undo", task)

    assert [str(m) for m in get_messages(refused.wsgi_request)] == ["Không hoàn tác được: không phải do ông/bà ghi."]
    assert VillageTask.objects.get(pk=task.pk).done_by == head
    post(client_for(head), "task_undo", task)
    assert VillageTask.objects.get(pk=task.pk).done_at is None


def test_done_leaves_the_list_the_next_day(client_for, head, task, clock):
    post(client_for(head), "task_done", task)
    clock.shift(timedelta(hours=13))

    assert "Phát loa" not in page_for(client_for(head))


def test_an_ended_notice_asks_for_nothing(client_for, head, approver, notice, task, at):
    lifecycle.close(notice=notice, by=approver, at=at)

    post(client_for(head), "task_done", task)

    assert VillageTask.objects.get(pk=task.pk).done_at is None
    assert "Phát loa" not in page_for(client_for(head))


@pytest.mark.parametrize("name", ["task_done", "task_undo"])
@pytest.mark.parametrize(
    ("person", "status"),
    [("other_head", 404), ("editor", 403), ("approver", 403), ("viewer", 403), ("outsider", 403)],
)
def test_others_do_not_mark(request, client_for, task, name, person, status):
    before = VillageTask.objects.filter(pk=task.pk).values().get()

    assert post(client_for(request.getfixturevalue(person)), name, task).status_code == status
    assert VillageTask.objects.filter(pk=task.pk).values().get() == before


def test_a_visit_is_ticked_per_household_and_not_as_a_task(client_for, head, notice, villages):
    visit = VillageTask.objects.get(village=villages[0], channel="VISIT")

    assert post(client_for(head), "task_done", visit).status_code == 404
    assert VillageTask.objects.get(pk=visit.pk).done_at is None


# --- the words ------------------------------------------------------------------------------------------------


def test_the_loudspeaker_reads_hours_as_they_are_spoken(notice):
    assert scripts.loudspeaker(notice).split("\n\n") == [
        "Loa truyền thanh xã Hoa Đồng.",
        "Kính thưa bà con! UBND xã Hoa Đồng thông báo khẩn: Họp nhân dân bàn việc làm đường nội thôn.",
        "Thời gian: 18 giờ 30, ngày 5 tháng 12.",
        "Địa điểm: Nhà văn hóa thôn.",
        "Kính mời đại diện hộ đến dự cuộc họp thôn. Đề nghị bà con đến đúng giờ.",
        "Bà con cần hỏi, xin liên hệ Trưởng thôn, 0510 000 001. Xin nhắc lại: Trưởng thôn, 0510 000 001.",
        "Đề nghị bà con báo cho hàng xóm cùng biết. Xin cảm ơn bà con!",
    ]


def test_the_group_gets_code_and_contact_and_no_link(notice):
    assert scripts.text_for("GROUP", notice).split("\n") == [
        "THÔNG BÁO KHẨN: Họp nhân dân bàn việc làm đường nội thôn",
        "Thời gian: 18:30, 05/12/2026",
        "Địa điểm: Nhà văn hóa thôn",
        "",
        "Kính mời đại diện hộ đến dự cuộc họp thôn. Đề nghị bà con đến đúng giờ.",
        "",
        "Bà con bấm “Tôi đã đọc” trong tin riêng mà xã gửi tới từng hộ.",
        f"Hỏi lại: Trưởng thôn, 0510 000 001. Mã thông báo: {notice.code}.",
    ]


def test_the_poster_begins_with_the_office(notice):
    lines = scripts.text_for("POSTER", notice).split("\n")

    assert lines[:2] == ["UBND XÃ HOA ĐỒNG", "THÔNG BÁO KHẨN: Họp nhân dân bàn việc làm đường nội thôn"]
    assert lines[-1] == f"Hỏi lại: Trưởng thôn, 0510 000 001. Mã thông báo: {notice.code}."


@pytest.mark.parametrize("channel", ["LOUDSPEAKER", "GROUP", "POSTER"])
def test_no_household_link_stands_in_a_text(notice, channel):
    assert "/t/" not in scripts.text_for(channel, notice)


def test_a_visit_has_no_text(notice):
    assert scripts.text_for("VISIT", notice) == ""
