"""What an approver does with a running notice: hold, go on, send again, end, withdraw. By role, and what it changes."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from communities.models import Household
from notices.gateways import budget, providers
from notices.ladder import taking
from notices.models import ConfirmedVia, Delivery, Gateway, Notice, Reach, Recipient, Refused, Rung, VillageTask
from notices.publishing import fanning_out, lifecycle
from notices.residents import confirmations
from notices.sending import claims, eligibility, outcomes
from tests import factories
from tests.markup import read

STEPS = ("notice_pause", "notice_resume", "notice_resend", "notice_close", "notice_withdraw")


@pytest.fixture(autouse=True)
def clock(at):
    """Ten minutes after publishing."""
    with time_machine.travel(at + timedelta(minutes=10), tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def quiet_gateways(monkeypatch):
    """These tests stop at the queue."""
    monkeypatch.setattr("notices.sending.engine.send_due", lambda **_: 0)


@pytest.fixture
def homes(villages) -> list[Household]:
    """Two with a phone, one without, in the first village."""
    return [*factories.make_households(2, villages[0]), factories.make_household(villages[0], phone=None)]


@pytest.fixture
def notice(publish, homes) -> Notice:
    """Published ten minutes ago; both messages still wait."""
    return publish(urgency="KHAN")


def take(client, name: str, notice: Notice, **body):
    return client.post(reverse(name, args=[notice.pk]), body)


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def statuses(notice: Notice) -> dict[str, int]:
    found: dict[str, int] = {}
    for status in notice.deliveries.values_list("status", flat=True):
        found[status] = found.get(status, 0) + 1
    return found


def page_for(client, notice) -> str:
    return " ".join(client.get(reverse("notice", args=[notice.pk])).content.decode().split())


def hand_over(notice: Notice, at) -> None:
    """As if both messages had gone out and nothing came back."""
    notice.deliveries.advance("SENDING")
    notice.deliveries.advance("SENT", sent_at=at)
    Recipient.objects.filter(notice=notice, deliveries__isnull=False).raise_reach(Reach.SENT, at)


# --- who --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("person", "status"), [("editor", 403), ("viewer", 403), ("head", 403), ("helper", 403), ("outsider", 404)]
)
def test_only_who_may_publish_runs_a_notice(request, client_for, notice, step, person, status):
    before = list(Notice.objects.values()), list(Delivery.objects.values()), list(Rung.objects.values())

    response = take(client_for(request.getfixturevalue(person)), step, notice, after="2")

    assert response.status_code == status
    assert (list(Notice.objects.values()), list(Delivery.objects.values()), list(Rung.objects.values())) == before


def test_others_see_no_buttons(client_for, editor, head, approver, notice):
    for person in (editor, head):
        page = page_for(client_for(person), notice)
        assert "Tạm dừng gửi" not in page and "Kết thúc thông báo" not in page and "Gửi lại" not in page
    assert "Tạm dừng gửi" in page_for(client_for(approver), notice)


# --- pause and resume ---------------------------------------------------------------------------------------


def test_a_pause_holds_what_is_queued_and_says_who_and_when(client_for, approver, admin, editor, notice):
    response = take(client_for(approver), "notice_pause", notice)

    assert said(response) == ["Đã tạm dừng. 2 tin chờ đến khi gửi tiếp."]
    assert statuses(notice) == {"HELD": 2}
    page = page_for(client_for(editor), notice)
    assert "<b>Lê Văn Quang tạm dừng gửi lúc 09:10, 05/12/2026.</b> 2 tin chờ đến khi gửi tiếp." in page
    assert 'hx-trigger="every 20s"' in page
    assert "Xã tạm dừng gửi, tin Zalo chờ gửi tiếp." in page
    assert "Sắp làm" not in page and "Chờ đến khi gửi tiếp." in page
    assert "Gửi tiếp" in page_for(client_for(admin), notice)


def test_a_second_pause_and_a_needless_resume_are_said_to_change_nothing(client_for, approver, admin, notice):
    assert said(take(client_for(approver), "notice_resume", notice)) == ["Thông báo này không tạm dừng."]
    take(client_for(approver), "notice_pause", notice)

    response = take(client_for(admin), "notice_pause", notice)

    assert said(response) == ["Thông báo này đang tạm dừng, hoặc đã kết thúc."]
    assert Notice.objects.get().paused_by == approver


def test_a_paused_notice_goes_on_where_it_stood(client_for, approver, notice, run_tasks):
    client = client_for(approver)
    take(client, "notice_pause", notice)

    with run_tasks():
        response = take(client, "notice_resume", notice)

    assert said(response)[-1] == "Đã gửi tiếp. 2 tin đang đi."
    assert statuses(notice) == {"PENDING": 2}
    assert "tạm dừng gửi lúc" not in page_for(client, notice)


def test_what_a_worker_found_held_goes_on_when_the_notice_was_resumed_meanwhile(notice, approver, at):
    """Its last look fell into the pause; when it writes that down, nobody would ask for the row any more."""
    [gateway] = Gateway.objects.filter(channel="ZALO")
    batch = claims.claim(gateway=gateway, at=at)
    lifecycle.pause(notice=notice, by=approver, at=at)
    messages, held = eligibility.compose(gateway, batch, {}, at)
    assert (messages, [found.status for found in held.values()]) == ({}, ["HELD", "HELD"])
    lifecycle.resume(notice=notice, by=approver, at=at)
    adapter = providers.adapter_for(gateway)
    outcomes.record(gateway=gateway, adapter=adapter, batch=batch, outcomes=held, at=at)
    assert list(notice.deliveries.values_list("status", flat=True)) == ["PENDING", "PENDING"]


def test_households_confirm_and_are_ticked_while_a_notice_is_paused(client_for, approver, head, notice):
    take(client_for(approver), "notice_pause", notice)
    first, second = notice.recipients.filter(deliveries__isnull=False).order_by("pk")

    confirmations.confirm_by_phone(recipient_id=first.pk, via=ConfirmedVia.LINK, at=notice.published_at)
    client_for(head).post(reverse("visit_tick", args=[second.pk]), {"via": "IN_PERSON"})

    assert statuses(notice) == {"SKIPPED": 2}
    assert notice.recipients.filter(reach=Reach.CONFIRMED).count() == 2


# --- sending again ------------------------------------------------------------------------------------------


def test_sending_again_says_how_many_and_reaches_those_left(client_for, approver, notice, at):
    hand_over(notice, at)
    client = client_for(approver)
    page = page_for(client, notice)
    assert "Gửi lại cho 2 hộ chưa được báo?" in page and '<input type="hidden" name="after" value="2">' in page
    assert "1 hộ khác không có số nhận được tin, phải báo trực tiếp." in page
    assert "Mỗi hộ nhận nhiều nhất 3 tin của một thông báo; giờ yên lặng không gửi." in page

    response = take(client, "notice_resend", notice, after="2")

    assert said(response) == ["Đang gửi lại 2 tin."]
    assert statuses(notice) == {"SENT": 2, "PENDING": 2}
    assert Rung.objects.get(notice=notice, number=3).taken_by == approver
    assert "09:10 05/12: gửi lại, Zalo; hộ không có Zalo thì SMS" in page_for(client, notice)


@pytest.mark.parametrize("after", ["2", "", "abc", "-1", "9" * 30, "²"])
def test_a_double_click_sends_once(client_for, approver, notice, at, after):
    hand_over(notice, at)
    client = client_for(approver)
    take(client, "notice_resend", notice, after="2")

    response = take(client, "notice_resend", notice, after=after)

    assert said(response)[-1].startswith("Chưa gửi lại: vừa có lần gửi khác")
    assert statuses(notice) == {"SENT": 2, "PENDING": 2}


def test_nobody_with_a_number_left_is_said_so(client_for, approver, notice, at):
    hand_over(notice, at)
    Recipient.objects.filter(deliveries__isnull=False).raise_reach(Reach.DELIVERED, at)

    response = take(client_for(approver), "notice_resend", notice, after="2")

    assert said(response)[0].startswith("Không có tin nào để gửi lại")
    assert statuses(notice) == {"SENT": 2}


def test_sending_again_is_offered_only_where_somebody_can_get_it(client_for, approver, notice, at):
    hand_over(notice, at)
    client = client_for(approver)
    offered = page_for(client, notice)
    Recipient.objects.filter(deliveries__isnull=False).raise_reach(Reach.DELIVERED, at)

    page = page_for(client, notice)

    assert 'name="after"' in offered
    assert "<b>Còn 1 hộ</b> chưa nhận được tin: 1 chưa có số." in page and 'name="after"' not in page


def test_sending_again_is_offered_once_the_answers_are_in(client_for, approver, notice, clock, at):
    hand_over(notice, at)
    Rung.objects.filter(notice=notice, number=0).update(taken_at=at)
    client = client_for(approver)
    clock.move_to(at + timedelta(minutes=1))
    page = page_for(client, notice)
    address = read(page).one("#hoi")["hx-get"]
    clock.move_to(at + timedelta(minutes=4))

    answer = client.get(address).content.decode()

    assert 'name="after"' not in page and "hx-swap-oob" not in read(page).one("#gui-lai")
    assert read(answer).all("#gui-lai[hx-swap-oob=true]") and answer.count("Gửi lại cho 2 hộ") == 2


def test_a_paused_notice_is_not_sent_again(client_for, approver, notice):
    client = client_for(approver)
    take(client, "notice_pause", notice)

    take(client, "notice_resend", notice, after="2")

    assert statuses(notice) == {"HELD": 2}
    assert 'name="after"' not in page_for(client, notice)


# --- in the quiet hours -------------------------------------------------------------------------------------

SLEEPS = "Tin bắt đầu gửi lúc 06:00 06/12 (giờ yên lặng 22:00–06:00)."


@pytest.fixture
def night(request, settings) -> Notice:
    """Published at 22:20, ten minutes ago."""
    settings.QUIET_HOURS = time(22), time(6)
    return request.getfixturevalue("notice")


NIGHT = pytest.mark.parametrize("at", [datetime(2026, 12, 5, 22, 20, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))])


def claimed(notice: Notice, channel: str, at: datetime) -> int:
    """How many messages a worker takes for a channel."""
    return len(claims.claim(gateway=Gateway.objects.get(channel=channel), at=at))


@NIGHT
def test_in_a_demo_one_tap_sends_what_waits_for_the_morning(client_for, approver, editor, night, clock, at, run_tasks):
    client, now = client_for(approver), at + timedelta(minutes=10)
    assert taking.take_due(at=now) == 0
    page = page_for(client, night)
    assert SLEEPS in page and reverse("notice_wake", args=[night.pk]) in page
    page = page_for(client_for(editor), night)
    assert SLEEPS in page and reverse("notice_wake", args=[night.pk]) not in page

    with run_tasks():
        response = take(client, "notice_wake", night)

    assert said(response) == ["Đang gửi ngay, không chờ hết giờ yên lặng. Chỉ bản chạy thử làm được vậy."]
    page = page_for(client, night)
    assert SLEEPS not in page and reverse("notice_wake", args=[night.pk]) not in page
    assert claimed(night, "ZALO", now) == 2
    # The next channel of who has no Zalo goes in the night as well; the steps to come keep their mornings.
    taking.take_next_channel(notice=Notice.objects.get(), rung_number=0, recipient_ids=_failed(night), at=now)
    assert claimed(night, "SMS", now) == 2
    due = night.rungs.order_by("number").values_list("due_at", flat=True)
    assert [timezone.localtime(moment).strftime("%d %H:%M") for moment in due] == ["05 22:30", "06 06:30", "06 08:00"]


@NIGHT
def test_a_second_tap_and_other_notices_change_nothing(client_for, approver, night, run_tasks, at):
    other = factories.NoticeFactory(ward=night.ward, created_by=night.created_by, villages=night.villages.all())
    lifecycle.submit(notice=other, by=other.created_by, at=at)
    lifecycle.publish(notice=other, by=approver, at=at)
    with run_tasks():
        take(client_for(approver), "notice_wake", night)
    before = list(night.deliveries.order_by("pk").values())

    with run_tasks():
        take(client_for(approver), "notice_wake", night)

    assert list(night.deliveries.order_by("pk").values()) == before
    assert SLEEPS in page_for(client_for(approver), other)
    assert not other.deliveries.exists()


@NIGHT
def test_what_a_night_overtook_in_the_queue_is_sent_by_the_same_tap(client_for, approver, night, at, run_tasks):
    night.rungs.filter(number=0).update(due_at=at - timedelta(hours=1))
    taking.take_due(at=at)
    assert "Đang giờ yên lặng: 2 tin chờ đến 06:00 06/12." in page_for(client_for(approver), night)
    assert claimed(night, "ZALO", at) == 0

    with run_tasks():
        take(client_for(approver), "notice_wake", night)

    assert "Đang giờ yên lặng" not in page_for(client_for(approver), night)
    assert claimed(night, "ZALO", at + timedelta(minutes=10)) == 2


@NIGHT
def test_the_night_after_a_tap_is_quiet_again(client_for, approver, night, at, run_tasks):
    with run_tasks():
        take(client_for(approver), "notice_wake", night)
    night.deliveries.advance("SENDING")
    night.deliveries.advance("SENT", sent_at=at)
    next_night = at + timedelta(days=1)

    lifecycle.resend(notice=Notice.objects.get(), by=approver, at=next_night, after=2)

    assert statuses(night) == {"SENT": 2, "PENDING": 2}
    assert claimed(night, "ZALO", next_night) == 0


@NIGHT
def test_outside_of_a_demo_nothing_wakes_people(client_for, approver, night, at, settings):
    settings.DEMO = False
    before = list(Notice.objects.values()), list(Rung.objects.values())

    response = take(client_for(approver), "notice_wake", night)

    assert response.status_code == 404
    assert (list(Notice.objects.values()), list(Rung.objects.values())) == before
    page = page_for(client_for(approver), night)
    assert SLEEPS in page and reverse("notice_wake", args=[night.pk]) not in page


def _failed(notice: Notice) -> list[int]:
    """Its recipients, after Zalo could not reach them."""
    notice.deliveries.advance("FAILED", settled_at=timezone.now(), error_code="-118")
    return list(notice.deliveries.values_list("recipient", flat=True))


# --- the end ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "status", "sentence", "why"),
    [
        ("notice_close", "CLOSED", "Đã kết thúc thông báo. 2 tin chờ gửi đã dừng.", "Thông báo đã kết thúc."),
        ("notice_withdraw", "WITHDRAWN", "Đã thu hồi thông báo. 2 tin chờ gửi đã dừng.", "Thông báo đã thu hồi."),
    ],
)
def test_ending_by_hand_stops_everything_to_come(client_for, approver, notice, at, step, status, sentence, why):
    client = client_for(approver)

    response = take(client, step, notice)

    notice.refresh_from_db()
    assert (said(response), notice.status, notice.ended_at) == ([sentence], status, at + timedelta(minutes=10))
    assert statuses(notice) == {"CANCELLED": 2}
    assert list(notice.rungs.order_by("number").values_list("status", flat=True)) == ["TAKEN", "PASSED", "PASSED"]
    assert taking.take_due(at=at + timedelta(days=1)) == 0
    page = page_for(client, notice)
    assert page.count(why) == 2 and "Bỏ qua 09:30 05/12: SMS" in page
    assert "hx-get" not in page.partition('id="hoi"')[2].partition("</span>")[0]


def test_ending_a_held_notice_cancels_what_was_held(client_for, approver, notice):
    client = client_for(approver)
    take(client, "notice_pause", notice)

    response = take(client, "notice_close", notice)

    assert said(response)[-1] == "Đã kết thúc thông báo. 2 tin chờ gửi đã dừng."
    assert statuses(notice) == {"CANCELLED": 2}


def test_ending_twice_changes_nothing_more(client_for, approver, notice):
    client = client_for(approver)
    take(client, "notice_close", notice)
    ended_at = Notice.objects.get().ended_at

    response = take(client, "notice_withdraw", notice)

    assert "Đã kết thúc" in said(response)[-1]
    assert (Notice.objects.get().status, Notice.objects.get().ended_at) == ("CLOSED", ended_at)


def test_close_is_for_approvers_also_from_code(notice, editor, at):
    with pytest.raises(Refused, match="không có quyền kết thúc"):
        lifecycle.close(notice=notice, by=editor, at=at)
    assert Notice.objects.get().is_open


# --- the plan -----------------------------------------------------------------------------------------------


def steps(client, notice) -> list[tuple[str, str, list[str]]]:
    board = client.get(reverse("notice", args=[notice.pk])).context["board"]
    return [(step.state, step.title, list(step.details)) for step in board.steps]


def test_the_plan_says_what_was_done_and_what_comes(client_for, editor, notice, at, clock):
    hand_over(notice, at)
    by_people = "vào việc hôm nay của trưởng thôn; đọc trên loa truyền thanh"

    assert steps(client_for(editor), notice) == [
        ("done", "09:00 05/12: Zalo; hộ không có Zalo thì SMS", ["Zalo: gửi được 2 tin"]),
        ("next", f"Sau đó lúc 09:30: SMS; {by_people}", ["Cho hộ lúc đó chưa xác nhận"]),
        ("later", "Lúc 11:00: Zalo; hộ không có Zalo thì SMS", ["Cho hộ lúc đó chưa xác nhận"]),
    ]
    clock.move_to(at + timedelta(minutes=31))
    taking.take_due(at=at + timedelta(minutes=31))
    VillageTask.objects.filter(channel="LOUDSPEAKER").update(done_at=at)
    second = steps(client_for(editor), notice)[1]
    assert second == (
        "next",
        f"09:31 05/12: SMS; {by_people}",
        [
            "SMS: còn 2 tin chờ",
            "Loa: 1 trên 1 thôn đã phát",
            "Báo tận nhà: giao trưởng thôn 3 hộ",
        ],
    )


def test_reminders_that_repeat_are_one_step_of_the_plan(client_for, editor, publish, homes, at, clock):
    notice = publish(urgency="HOA_TOC")
    for minutes in (0, 10, 30, 60, 90):
        taking.take_due(at=at + timedelta(minutes=minutes))
        notice.deliveries.filter(status="PENDING").advance("SENDING")
        notice.deliveries.filter(status="SENDING").advance("SENT", sent_at=at)
    clock.move_to(at + timedelta(minutes=91))

    found = steps(client_for(editor), notice)

    assert [title for _, title, _ in found] == [
        "09:00 05/12: Zalo và SMS cùng lúc",
        "09:10 05/12: vào việc hôm nay của trưởng thôn; đọc trên loa truyền thanh",
        "09:30 05/12 đến 10:30 05/12, 3 lần: Zalo và SMS cùng lúc",
        "Sau đó lúc 11:00: Zalo và SMS cùng lúc",
    ]
    assert found[2][2] == ["Zalo: gửi được 6 tin", "SMS: gửi được 6 tin"]


@pytest.mark.parametrize(
    ("hour", "fields", "sentence"),
    [
        (23, {}, "Tin bắt đầu gửi lúc 06:00 06/12 (giờ yên lặng 22:00–06:00)."),
        (10, {"urgency": "THUONG", "is_for_evening": True}, "Tin bắt đầu gửi lúc 18:30 (khung tối 18:30–21:00)."),
    ],
)
def test_a_notice_that_waits_says_until_when(
    client_for, editor, approver, draft, homes, gateways, clock, settings, at, hour, fields, sentence
):
    settings.QUIET_HOURS = (time(22), time(6))
    now = at.replace(hour=hour)
    clock.move_to(now)
    Notice.objects.filter(pk=draft.pk).update(**({"urgency": "KHAN"} | fields))
    draft.refresh_from_db()
    lifecycle.submit(notice=draft, by=editor, at=now)
    lifecycle.publish(notice=draft, by=approver, at=now)
    fanning_out.fan_out(notice=draft, at=now)
    clock.shift(timedelta(minutes=1))

    page = page_for(client_for(editor), draft)
    assert page.count(sentence) == 2
    assert 'hx-trigger="every 20s"' in page and "Gửi lại" not in page
    assert Delivery.objects.count() == 0
    assert "hộ vào việc" not in page and "Chưa có số điện thoại." in page


def test_messages_that_wait_for_the_morning_are_not_said_to_be_on_their_way(
    client_for, editor, approver, notice, clock, settings, at
):
    settings.QUIET_HOURS = (time(9), time(12))
    Rung.objects.filter(notice=notice, number=0).update(taken_at=at + timedelta(minutes=10))

    page = page_for(client_for(editor), notice)

    assert "<b>Đang giờ yên lặng: 2 tin chờ đến 12:00.</b> Giờ này chỉ gửi thông báo hỏa tốc." in page
    assert "Đang gửi" not in page and page.count("Chờ đến 12:00, giờ yên lặng.") == 2
    assert 'name="after"' not in page_for(client_for(approver), notice)
    settings.QUIET_HOURS = None
    assert "giờ yên lặng:" not in page_for(client_for(editor), notice)


def test_a_reminder_does_not_make_who_has_no_number_wait(client_for, editor, notice, clock, at):
    hand_over(notice, at)
    first = page_for(client_for(editor), notice)
    taking.take_due(at=at + timedelta(minutes=31))
    clock.move_to(at + timedelta(minutes=31))

    assert notice.deliveries.filter(status="PENDING").exists()
    for page in (first, page_for(client_for(editor), notice)):
        assert "Chưa liên hệ được" in page and "Đang chờ gửi</span>" not in page


def test_messages_held_back_by_the_budget_are_said(client_for, editor, head, notice, ward, at):
    budget.set_limit(ward=ward, limit=1000, at=at)
    notice.deliveries.update(status="SKIPPED", error_code="budget")

    page = page_for(client_for(editor), notice)

    assert "<b>2 tin chưa gửi vì hết ngân sách tin nhắn tháng này.</b>" in page and 'href="/kenh-gui/"' in page
    assert "Hết ngân sách tin nhắn tháng này, tin chưa gửi." in page
    assert "vì hết ngân sách" not in page_for(client_for(head), notice)


def test_a_shared_phone_is_one_message(client_for, editor, publish, villages, at):
    for name in ("Lê Thị Thúy", "Nguyễn Văn Hòa"):
        factories.make_household(villages[0], head_name=name, phone="+84510200001")
    notice = publish(urgency="KHAN")
    hand_over(notice, at)

    assert steps(client_for(editor), notice)[0][2] == ["Zalo: gửi được 1 tin"]
    assert "1 tin Zalo: 0 đồng" in page_for(client_for(editor), notice)
