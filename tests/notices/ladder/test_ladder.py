"""What a notice does by itself, hour by hour, for each urgency; with a frozen clock and the provider's own book."""

from collections import Counter
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from notices.adapters.base import ErrorKind, SendError
from notices.ladder import rules, taking
from notices.models import ConfirmedVia, Delivery, Notice, Reach, Refused, Rung, Urgency, VillageTask, WardLadder
from notices.publishing import fanning_out, lifecycle
from notices.residents import confirmations
from notices.sending import engine
from tests.factories import make_household
from tests.notices.memory import providers, tick

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MINUTE = timedelta(minutes=1)
ZALO_PHONE, SMS_PHONE = "+84510300001", "+84510300002"


def on(clock: str, day: int = 5) -> datetime:
    """A moment in December 2026."""
    return datetime.combine(datetime(2026, 12, day), time.fromisoformat(clock), ZONE)  # noqa: DTZ001


@pytest.fixture
def book(settings, gateways):
    settings.QUIET_HOURS = (time(22), time(6))
    with providers(settings, gateways) as book:
        yield book


@pytest.fixture
def houses(villages):
    """One household reached by Zalo, one by SMS only, one without a phone."""
    return [
        make_household(villages[0], phone=ZALO_PHONE),
        make_household(villages[0], phone=SMS_PHONE, contact={"refused": ["ZALO"]}),
        make_household(villages[1], phone=None),
    ]


@pytest.fixture
def publish_at(draft, editor, approver, book, houses):
    """`publish_at(moment, urgency=…)`: the draft, published and fanned out at that moment."""

    def go(moment: datetime, **fields) -> Notice:
        Notice.objects.filter(pk=draft.pk).update(**fields)
        draft.refresh_from_db()
        with time_machine.travel(moment, tick=False):
            lifecycle.submit(notice=draft, by=editor, at=moment)
            lifecycle.publish(notice=draft, by=approver, at=moment)
            fanning_out.fan_out(notice=draft, at=moment)
        draft.refresh_from_db()
        return draft

    return go


def plan(notice: Notice) -> list[tuple[datetime, list[str], str]]:
    return [
        (rung.due_at.astimezone(ZONE), rung.channels, rung.status) for rung in notice.rungs.order_by("due_at", "number")
    ]


def messages(book) -> list[tuple[str, str, str]]:
    """(clock, channel, phone) of what the providers were given."""
    return sorted(
        (moment.astimezone(ZONE).strftime("%d %H:%M"), slug.removeprefix("memory_"), address[-2:])
        for slug, address, _, moment in book.given
    )


# --- thường -------------------------------------------------------------------------------------------


def test_thuong_goes_by_zalo_else_sms_then_the_head_then_a_reminder(publish_at, book):
    notice = publish_at(on("09:00"), confirm_by=on("17:00", day=8))
    assert plan(notice) == [
        (on("09:00"), ["ZALO", "SMS"], "TAKEN"),
        (on("09:00", day=6), ["VISIT"], "WAITING"),
        (on("13:00", day=8), ["ZALO"], "WAITING"),
    ]
    tick(on("09:00"))
    assert messages(book) == [("05 09:00", "sms", "02"), ("05 09:00", "zalo", "01")]
    tick(on("08:59", day=6))
    assert not VillageTask.objects.exists()
    tick(on("09:00", day=6))
    assert sorted(VillageTask.objects.values_list("channel", "village__name", "households")) == [
        ("VISIT", "Thôn Hòa Bình", 1),
        ("VISIT", "Thôn Đông Phú", 2),
    ]
    tick(on("12:59", day=8))
    assert len(book.given) == 2
    tick(on("13:00", day=8))
    assert messages(book)[2:] == [("08 13:00", "zalo", "01")]
    tick(on("13:01", day=8))
    assert len(book.given) == 3
    assert {status for _, _, status in plan(notice)} == {"TAKEN"}


def test_a_reminder_taken_seconds_late_does_not_put_the_visit_off(publish_at, book):
    notice = publish_at(on("15:00"), confirm_by=on("17:00", day=6))
    second = timedelta(seconds=3)
    for moment in (on("15:00"), on("13:00", day=6), on("15:00", day=6)):
        tick(moment + second)
    assert [status for _, _, status in plan(notice)] == ["TAKEN"] * 3
    assert VillageTask.objects.filter(rung__due_at__lte=on("15:01", day=6)).count() == 2


@pytest.mark.parametrize("urgency", ["THUONG", "KHAN", "HOA_TOC"])
def test_a_notice_about_what_has_just_begun_is_sent_all_the_same(publish_at, book, urgency):
    notice = publish_at(on("14:02"), urgency=urgency, happens_at=on("14:00"))
    tick(on("14:02"))
    assert len(book.given) == (3 if urgency == "HOA_TOC" else 2)
    assert notice.stops_at == (on("14:02", day=6) if urgency == "HOA_TOC" else None)


def test_a_first_step_that_falls_due_while_wards_are_written_reaches_all(draft, editor, approver, book, houses):
    Notice.objects.filter(pk=draft.pk).update(is_for_evening=True)
    draft.refresh_from_db()
    lifecycle.submit(notice=draft, by=editor, at=on("18:29"))
    lifecycle.publish(notice=draft, by=approver, at=on("18:29"))
    fanning_out._fan_out_ward(draft, draft.ward_id, on("18:29"))  # and the worker dies
    fanning_out.fan_out(notice=draft, at=on("18:30"))
    tick(on("18:30"))
    assert len(book.given) == 2


def test_thuong_without_a_deadline_reminds_nobody(publish_at, book):
    assert [channels for _, channels, _ in plan(publish_at(on("09:00")))] == [["ZALO", "SMS"], ["VISIT"]]


@pytest.mark.parametrize(
    ("deadline", "reminder"),
    [
        ("13:29", None),  # 4 h before is 29 min after the first message: it would remind nobody of anything
        ("13:30", "09:30"),
        ("12:00", None),  # 4 h before has passed already
        ("21:00", "17:00"),
    ],
)
def test_a_reminder_needs_some_distance_to_the_first_message(publish_at, book, deadline, reminder):
    notice = publish_at(on("09:00"), confirm_by=on(deadline))
    tick(on("09:00"))
    assert messages(book) == [("05 09:00", "sms", "02"), ("05 09:00", "zalo", "01")]
    rung = notice.rungs.get(channels=["ZALO"])
    assert rung.status == ("PASSED" if reminder is None else "WAITING")
    if reminder:
        assert rung.due_at == on(reminder)


@pytest.mark.parametrize(
    ("deadline", "reminder"),
    [
        (on("09:30", day=7), on("06:00", day=7)),  # 05:30 is quiet: when people get up
        (on("06:00", day=7), on("21:00", day=6)),  # 02:00 is quiet, and 06:00 too late: the evening before
    ],
)
def test_a_reminder_never_falls_into_the_night_nor_behind_its_deadline(publish_at, deadline, reminder):
    assert publish_at(on("09:00"), confirm_by=deadline).rungs.get(channels=["ZALO"]).due_at == reminder


@pytest.mark.parametrize(
    ("published", "first"),
    [
        (on("09:00"), on("18:30")),
        (on("18:29"), on("18:30")),
        (on("18:30"), on("18:30")),
        (on("20:59"), on("20:59")),  # inside the window of the same day
        (on("21:00"), on("18:30", day=6)),
        (on("23:30"), on("18:30", day=6)),
    ],
)
def test_the_evening_window_on_the_day_of_publication_and_after(publish_at, book, published, first):
    notice = publish_at(published, is_for_evening=True)
    assert plan(notice)[0][0] == first
    assert notice.recipients.count() == 3, "the dashboard knows its households at once"
    if first > published:
        tick(first - MINUTE)
        assert book.given == []
    tick(first)
    assert len(book.given) == 2


# --- quiet hours --------------------------------------------------------------------------------------


@pytest.mark.parametrize("urgency", ["THUONG", "KHAN", "THUONG_KHAN"])
@pytest.mark.parametrize(
    ("published", "first"),
    [
        (on("21:59"), on("21:59")),
        (on("22:00"), on("06:00", day=6)),
        (on("23:59"), on("06:00", day=6)),
        (on("00:00"), on("06:00")),
        (on("05:59"), on("06:00")),
        (on("06:00"), on("06:00")),
    ],
)
def test_below_hoa_toc_nothing_leaves_in_the_quiet_hours(publish_at, book, urgency, published, first):
    notice = publish_at(published, urgency=urgency)
    tick(published)
    assert len(book.given) == (2 if first == published else 0)
    if first > published:
        tick(first - MINUTE)
        assert book.given == []
        tick(first)
        assert len(book.given) == 2
    assert plan(notice)[0][0] == first


def test_hoa_toc_knows_no_quiet_hours(publish_at, book):
    publish_at(on("02:00"), urgency="HOA_TOC")
    tick(on("02:00"))
    assert messages(book) == [("05 02:00", "sms", "01"), ("05 02:00", "sms", "02"), ("05 02:00", "zalo", "01")]


def test_a_send_that_runs_into_the_night_stops_and_goes_on_in_the_morning(publish_at, book, villages):
    publish_at(on("21:59"), urgency="KHAN")
    tick(on("22:00"))  # written at 21:59, and no worker was free
    assert book.given == []
    tick(on("05:59", day=6))
    assert book.given == []
    tick(on("06:00", day=6))
    # The half hour is over as well, so SMS goes to all unconfirmed; to whom it already waits for, once.
    assert sorted(book.told()) == [("sms", ZALO_PHONE), ("sms", SMS_PHONE), ("zalo", ZALO_PHONE)]


def test_steps_pushed_out_of_the_night_keep_their_distance(publish_at):
    notice = publish_at(on("21:45"), urgency="KHAN")
    assert [due for due, _, _ in plan(notice)] == [on("21:45"), on("06:00", day=6), on("07:30", day=6)]


# --- khẩn and thượng khẩn -----------------------------------------------------------------------------


@pytest.mark.parametrize("urgency", ["KHAN", "THUONG_KHAN"])
def test_khan_escalates_after_half_an_hour_and_reminds_after_two(publish_at, book, urgency):
    notice = publish_at(on("09:00"), urgency=urgency)
    tick(on("09:00"))
    assert messages(book) == [("05 09:00", "sms", "02"), ("05 09:00", "zalo", "01")]
    tick(on("09:29"))
    assert len(book.given) == 2
    tick(on("09:30"))
    assert messages(book)[2:] == [("05 09:30", "sms", "01"), ("05 09:30", "sms", "02")]
    assert Counter(VillageTask.objects.values_list("channel", flat=True)) == {"VISIT": 2, "LOUDSPEAKER": 2}
    tick(on("11:00"))
    assert messages(book)[4:] == [("05 11:00", "sms", "02"), ("05 11:00", "zalo", "01")]
    assert [status for _, _, status in plan(notice)] == ["TAKEN"] * 3


def test_khan_sends_sms_at_once_where_zalo_fails(publish_at, book):
    publish_at(on("09:00"), urgency="KHAN")
    book.answer = lambda slug, message: (
        SendError("-118", ErrorKind.NEXT_CHANNEL, has_no_account=True) if slug == "memory_zalo" else _accepted()
    )
    tick(on("09:00"))
    assert messages(book) == [
        ("05 09:00", "sms", "01"), ("05 09:00", "sms", "02"), ("05 09:00", "zalo", "01"),
    ]  # fmt: skip


def test_at_most_three_messages_below_hoa_toc(publish_at, book, ward, editor):
    rungs = [
        {"after_minutes": 0, "channels": ["ZALO", "SMS"], "mode": "all"},
        {"after_minutes": 30, "every_minutes": 30, "channels": ["ZALO", "SMS"], "mode": "all"},
    ]
    rules.check(rungs)
    WardLadder.objects.create(ward=ward, urgency="KHAN", rungs=rungs, changed_by=editor)
    publish_at(on("09:00"), urgency="KHAN")
    for minutes in range(0, 241, 30):
        tick(on("09:00") + timedelta(minutes=minutes))
    sent = Counter(address for _, address, _, _ in book.given)
    assert sent == {ZALO_PHONE: 3, SMS_PHONE: 3}


def test_failed_messages_reached_nobody_and_do_not_count_for_the_three(publish_at, book):
    notice = publish_at(on("09:00"), urgency="KHAN")
    book.answers.extend([SendError("-118", ErrorKind.NEXT_CHANNEL)])
    for clock in ("09:00", "09:30", "11:00"):
        tick(on(clock))
    delivered = notice.deliveries.filter(address=ZALO_PHONE).exclude(status="FAILED")
    assert Counter(delivered.values_list("channel", flat=True)) == {"SMS": 2, "ZALO": 1}


# --- hỏa tốc ------------------------------------------------------------------------------------------


def test_hoa_toc_goes_by_both_at_once_and_repeats_until_the_notice_ends(publish_at, book):
    notice = publish_at(on("09:00"), urgency="HOA_TOC", valid_until=on("10:20"))
    assert notice.stops_at == on("10:20")
    for minutes in range(0, 121, 10):
        tick(on("09:00") + timedelta(minutes=minutes))
    both = {("zalo", "01"), ("sms", "01"), ("sms", "02")}
    by_clock: dict[str, set] = {}
    for clock, channel, phone in messages(book):
        by_clock.setdefault(clock, set()).add((channel, phone))
    assert by_clock == {"05 09:00": both, "05 09:30": both, "05 10:00": both}
    assert len(book.given) == 9
    tasks = VillageTask.objects.values_list("rung__due_at", "channel").distinct()
    assert sorted(tasks) == [(on("09:10"), "LOUDSPEAKER"), (on("09:10"), "VISIT")]
    assert not Rung.objects.filter(status="WAITING").exists()


def test_hoa_toc_without_any_date_stops_reminding_after_a_day(publish_at, book):
    notice = publish_at(on("09:00"), urgency="HOA_TOC")
    assert notice.stops_at == on("09:00", day=6)
    tick(on("08:45", day=6))
    late = len(book.given)
    assert late > 0
    tick(on("09:00", day=6))
    tick(on("12:00", day=6))
    assert len(book.given) == late
    assert notice.is_open, "households may still confirm"


# --- who is left is asked at the moment of the step ---------------------------------------------------


def test_who_confirmed_gets_no_reminder(publish_at, book, houses, head):
    notice = publish_at(on("09:00"), urgency="KHAN")
    tick(on("09:00"))
    zalo, sms = (notice.recipients.get(household=house).pk for house in houses[:2])
    assert confirmations.confirm(recipient_id=zalo, via=ConfirmedVia.LINK, at=on("09:10"))
    tick(on("09:30"))
    assert messages(book)[2:] == [("05 09:30", "sms", "02")]
    assert confirmations.confirm(recipient_id=sms, via=ConfirmedVia.IN_PERSON, at=on("09:40"), by=head)
    tick(on("11:00"))
    assert len(book.given) == 3


def test_without_wanted_confirmation_told_is_enough(publish_at, book, houses):
    notice = publish_at(on("09:00"), urgency="KHAN", is_confirmation_wanted=False)
    tick(on("09:00"))
    notice.recipients.filter(household=houses[0]).raise_reach(Reach.DELIVERED, on("09:01"))
    tick(on("09:30"))
    assert messages(book)[2:] == [("05 09:30", "sms", "02")]


def test_what_is_queued_for_who_was_told_meanwhile_does_not_go(publish_at, book, gateways, houses):
    notice = publish_at(on("09:00"), urgency="KHAN", is_confirmation_wanted=False)
    book.answers.extend([SendError("timeout", ErrorKind.AMBIGUOUS)])
    tick(on("09:00"))
    engine.sweep(at=on("09:02"))
    waiting = notice.deliveries.get(recipient__household=houses[0], channel="SMS")
    assert waiting.status == "PENDING"
    notice.recipients.filter(household=houses[0]).raise_reach(Reach.DELIVERED, on("09:02"))
    tick(on("09:02"))
    waiting.refresh_from_db()
    assert (waiting.status, waiting.error_code) == ("SKIPPED", "")
    assert messages(book) == [("05 09:00", "sms", "02"), ("05 09:00", "zalo", "01")]


def test_withdrawal_stops_every_later_step(publish_at, book, approver):
    notice = publish_at(on("09:00"), urgency="KHAN")
    tick(on("09:00"))
    lifecycle.withdraw(notice=notice, by=approver, at=on("09:05"))
    for clock in ("09:30", "11:00"):
        tick(on(clock))
    assert len(book.given) == 2
    assert not VillageTask.objects.exists()


def test_opting_out_stops_what_is_queued_and_leaves_the_next_channel(publish_at, book, houses):
    publish_at(on("09:00"), urgency="KHAN")
    houses[0].contacts.update(refused=["ZALO"])
    houses[1].contacts.update(refused=["SMS"])
    tick(on("09:00"))
    assert messages(book) == [("05 09:00", "sms", "01")]
    assert sorted(Delivery.objects.values_list("channel", "status", "error_code")) == [
        ("SMS", "SENT", ""), ("SMS", "SKIPPED", "opted-out"), ("ZALO", "SKIPPED", "opted-out"),
    ]  # fmt: skip
    tick(on("09:30"))
    assert messages(book)[1:] == [("05 09:30", "sms", "01")]


def test_a_household_that_moved_away_is_told_nothing_more(publish_at, book, houses):
    publish_at(on("09:00"), urgency="KHAN")
    houses[0].is_active = False
    houses[0].save()
    for clock in ("09:00", "09:30", "11:00"):
        tick(on(clock))
    assert {address for _, address, _, _ in book.given} == {SMS_PHONE}


def test_what_comes_too_late_to_be_of_use_is_dropped(publish_at, book):
    notice = publish_at(on("09:00"), happens_at=on("10:00"))
    assert notice.stops_at == on("10:00")
    tick(on("10:00"))  # all workers were down until now
    assert book.given == []
    assert set(notice.deliveries.values_list("status", flat=True)) == {"EXPIRED"}
    assert [status for _, _, status in plan(notice)] == ["TAKEN", "PASSED"]
    assert lifecycle.drop_expired(at=on("10:05")) == 0


@pytest.mark.parametrize(
    ("published", "fields", "begins"),
    [
        ("09:00", {"is_for_evening": True, "valid_until": on("17:00")}, "18:30 05/12"),
        ("22:30", {"valid_until": on("06:00", 6)}, "06:00 06/12"),
    ],
)
def test_a_notice_that_ends_before_it_may_begin_is_refused_and_tells_when_it_would(
    draft, editor, approver, houses, settings, published, fields, begins
):
    settings.QUIET_HOURS = time(22), time(6)
    lifecycle.submit(notice=draft, by=editor, at=on("08:00"))
    Notice.objects.filter(pk=draft.pk).update(**fields)
    draft.refresh_from_db()
    with pytest.raises(Refused, match=f"bắt đầu gửi lúc {begins}, khi"):
        lifecycle.publish(notice=draft, by=approver, at=on(published))
    draft.refresh_from_db()
    assert (draft.status, draft.rungs.count()) == ("SUBMITTED", 0)
    Notice.objects.filter(pk=draft.pk).update(urgency="HOA_TOC")  # goes out at once
    draft.refresh_from_db()
    lifecycle.publish(notice=draft, by=approver, at=on(published))
    assert draft.status == "PUBLISHED"


# --- late, twice, paused ------------------------------------------------------------------------------


def test_after_a_standstill_late_steps_keep_their_distance(publish_at, book):
    publish_at(on("09:00"), urgency="KHAN")
    tick(on("12:00"))  # nothing ran for three hours
    assert messages(book) == [("05 12:00", "sms", "01"), ("05 12:00", "sms", "02"), ("05 12:00", "zalo", "01")]
    tick(on("13:29"))
    assert len(book.given) == 3
    tick(on("13:30"))
    assert len(book.given) == 5


def test_a_step_is_taken_once_however_often_it_is_tried(publish_at, book):
    notice = publish_at(on("09:00"), urgency="KHAN")
    tick(on("09:00"))
    rung = notice.rungs.get(number=1)
    assert [taking.take(rung_id=rung.pk, at=on("09:30")) for _ in range(3)] == [True, False, False]
    assert taking.take_due(at=on("09:30")) == 0
    assert notice.deliveries.filter(rung=1).count() == 2
    assert VillageTask.objects.count() == 4


def test_pause_holds_everything_and_resume_goes_on_where_it_stood(publish_at, book, approver):
    notice = publish_at(on("09:00"), urgency="KHAN")
    assert lifecycle.pause(notice=notice, by=approver, at=on("09:00")) == 2
    for clock in ("09:00", "09:30", "11:00"):
        tick(on(clock))
    assert book.given == []
    assert set(notice.deliveries.values_list("status", flat=True)) == {"HELD"}
    assert lifecycle.resume(notice=notice, by=approver, at=on("12:00")) == 2
    tick(on("12:00"))
    assert [clock for clock, _, _ in messages(book)] == ["05 12:00"] * 3  # the first, and the overdue second step
    tick(on("13:29"))
    assert len(book.given) == 3
    tick(on("13:30"))
    assert len(book.given) == 5
    with pytest.raises(Refused):
        lifecycle.resume(notice=notice, by=approver, at=on("13:31"))


def test_resend_reaches_those_left_and_a_double_click_once(publish_at, book, approver, houses):
    notice = publish_at(on("09:00"))
    tick(on("09:00"))
    notice.recipients.filter(household=houses[0]).raise_reach(Reach.DELIVERED, on("09:01"))
    last = max(notice.rungs.values_list("number", flat=True))
    assert lifecycle.resend(notice=notice, by=approver, at=on("10:00"), after=last) == 1
    with pytest.raises(Refused):
        lifecycle.resend(notice=notice, by=approver, at=on("10:00"), after=last)
    tick(on("10:00"))
    assert messages(book)[2:] == [("05 10:00", "sms", "02")]


def test_a_mark_taken_back_gives_the_household_the_step_it_missed(publish_at, book, houses, head):
    notice = publish_at(on("09:00"), urgency="KHAN")
    tick(on("09:00"))
    pk = notice.recipients.get(household=houses[0]).pk
    confirmations.confirm(recipient_id=pk, via=ConfirmedVia.IN_PERSON, at=on("09:05"), by=head)
    tick(on("09:30"))
    assert confirmations.undo_staff_mark(recipient_id=pk, by=head, at=on("09:31"))
    tick(on("09:31"))
    assert messages(book)[2:] == [("05 09:30", "sms", "02"), ("05 09:31", "sms", "01")]


def test_a_ward_changes_its_ladder_and_running_notices_keep_theirs(publish_at, ward, editor):
    notice = publish_at(on("09:00"), urgency="KHAN")
    rungs = [{"after_minutes": 0, "channels": ["SMS"], "mode": "first"}]
    WardLadder.objects.create(ward=ward, urgency="KHAN", rungs=rungs, changed_by=editor)
    assert len(plan(notice)) == 3
    assert notice.ladder == rules.DEFAULTS[Urgency.URGENT]
    assert rules.rungs_for("KHAN", ward) == rungs
    assert rules.rungs_for("THUONG", ward) == rules.DEFAULTS[Urgency.NORMAL]


def _accepted():
    from notices.adapters.base import Sent

    return Sent("x")
