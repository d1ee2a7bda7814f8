"""A notice's steps as lines of a page: those taken with what they did, those to come with their moment."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from communities.templatetags.page import dong
from notices.ladder import rules, timetable, wording
from notices.ladder.rules import ALL, FIRST
from notices.ladder.timetable import TOO_NEAR
from notices.models import BY_PEOPLE, MESSAGES, Channel, Notice, Rung, VillageTask
from notices.progress import reasons, traffic, waiting
from notices.progress.traffic import ChannelLine
from notices.progress.waiting import Cause

Status = Rung.Status
_ICONS = {
    Channel.VISIT: "walk",
    Channel.LOUDSPEAKER: "speakerphone",
    Channel.GROUP: "users-group",
    Channel.POSTER: "note",
}
#: How many of the villages did what people carry.
_DONE_BY_PEOPLE: dict[str, str] = {
    Channel.LOUDSPEAKER: gettext_noop("Loa: %(done)s trên %(all)s thôn đã phát"),
    Channel.GROUP: gettext_noop("Nhóm Zalo: %(done)s trên %(all)s thôn đã đăng"),
    Channel.POSTER: gettext_noop("Bảng tin: %(done)s trên %(all)s thôn đã dán"),
}


@dataclass(frozen=True)
class Line:
    """One step. `state` is `done`, `next` (the first to come), `later` or `passed`; `details` are short sentences
    without a full stop."""

    state: str
    icon: str
    title: str
    details: Sequence[str] = ()


def of_rungs(notice: Notice, rungs: Sequence[Rung], sends: Iterable[ChannelLine], at: datetime) -> list[Line]:
    """The steps of a published notice, those that came first on top. At most one query."""
    by_rung: dict[int, list[ChannelLine]] = {}
    for send in sends:
        by_rung.setdefault(send.rung, []).append(send)
    tasks = _tasks(notice, rungs)
    upcoming = next((rung.pk for rung in rungs if rung.status == Status.WAITING), None)
    lines = []
    for series in _in_series(rungs):
        rung, last = series[0], series[-1]
        how = wording.channels_words(rung.channels, ALL if rung.is_all else FIRST)
        words = {"time": _day_and_clock(rung.taken_at or rung.due_at), "how": how}
        if rung.status == Status.TAKEN:
            title = _("%(time)s: gửi lại, %(how)s") if rung.taken_by_id else _("%(time)s: %(how)s")
            if last is not rung:
                title = _("%(time)s đến %(end)s, %(n)s lần: %(how)s")
                words |= {"end": _day_and_clock(last.taken_at or last.due_at), "n": intcomma(len(series))}
            of_series = traffic.channels(send for one in series for send in by_rung.get(one.number, []))
            details = [*_of_sends(rung, of_series), *tasks.get(rung.number, [])]
            is_under_way = any(send.waiting or send.held for send in of_series)
            lines.append(Line("next" if is_under_way else "done", _icon(rung), title % words, details))
        elif rung.status == Status.PASSED:
            title = _("Bỏ qua %(time)s: %(how)s") % words
            lines.append(Line("passed", "x", title, [_why_passed(notice, rung)]))
        else:
            lines.append(_to_come(notice, rung, how, is_next=rung.pk == upcoming, at=at))
    return lines


def expected(
    notice: Notice, at: datetime, rungs: rules.Rungs, cost_of: Callable[[Mapping[str, Any]], int]
) -> tuple[datetime | None, list[Line]]:
    """What a notice that is not published yet would do with these rungs if it were, now: when it begins, and its steps.

    `cost_of` a rung: its messages to everybody, in đồng, which a later step may come to if nobody confirms.
    """
    steps = timetable.plan(notice, at, rungs)
    begins_at = next((step.due_at for step in steps if wording.is_first(step.rung)), None)
    lines = []
    for place, step in enumerate(steps):
        how = wording.channels_words(step.rung["channels"], step.rung["mode"])
        is_first = wording.is_first(step.rung)
        words = {"time": reasons.until(step.due_at, at), "how": how}
        details = [] if is_first else [_repeats(notice, step.rung.get("every_minutes", 0))]
        if not is_first and (cost := cost_of(step.rung)):
            most = _("Mỗi lần nhiều nhất %(cost)s") if step.rung.get("every_minutes") else _("Nhiều nhất %(cost)s")
            details.append(most % {"cost": dong(cost)})
        if step.is_passed:
            lines.append(Line("passed", "x", _("Bỏ qua: %(how)s") % words, [_why_not(notice, step.due_at)]))
        elif is_first and step.due_at <= at:
            lines.append(Line("next", "send", _("Ngay lúc duyệt: %(how)s") % words, details))
        else:
            title = _("Lúc %(time)s: %(how)s") % words
            lines.append(Line("later" if place else "next", _icon_of(step.rung["channels"]), title, details))
    return begins_at, lines


def begins_words(notice: Notice, begins_at: datetime | None, at: datetime) -> str:
    """When messages begin to go out and why not at once; blank if they do."""
    wait = waiting.of(notice, begins_at, at)
    if wait is None:
        return ""
    words = {"time": reasons.until(wait.until, at), "hours": "–".join(f"{hour:%H:%M}" for hour in wait.hours)}
    if wait.cause is Cause.EVENING:
        return _("Tin bắt đầu gửi lúc %(time)s (khung tối %(hours)s).") % words
    if wait.cause is Cause.QUIET_HOURS:
        return _("Tin bắt đầu gửi lúc %(time)s (giờ yên lặng %(hours)s).") % words
    return _("Tin bắt đầu gửi lúc %(time)s.") % words


def _in_series(rungs: Iterable[Rung]) -> list[list[Rung]]:
    """The rungs, those taken again and again as one: a hỏa tốc notice reminds some fifty times in a day."""
    found: list[list[Rung]] = []
    for rung in rungs:
        before = found[-1][-1] if found else None
        if before is not None and rung.every_minutes and _repeated(before) == _repeated(rung):
            found[-1].append(rung)
        else:
            found.append([rung])
    return found


def _repeated(rung: Rung) -> tuple[Any, ...]:
    """What two rungs have in common of which one repeats the other, both taken; a rung by itself has nothing."""
    if rung.status != Status.TAKEN or not rung.every_minutes:
        return (rung.number,)
    return (rung.every_minutes, rung.is_all, *rung.channels)


def _to_come(notice: Notice, rung: Rung, how: str, *, is_next: bool, at: datetime) -> Line:
    words = {"time": reasons.until(rung.due_at, at), "how": how}
    if rung.due_at <= at:  # the sweep takes it in a moment, or when the notice goes on
        title = _("Sắp làm: %(how)s") % words
    elif is_next and rung.number:
        title = _("Sau đó lúc %(time)s: %(how)s") % words
    else:
        title = _("Lúc %(time)s: %(how)s") % words
    details = [_repeats(notice, rung.every_minutes)] if rung.number else []
    if is_next and notice.paused_at is not None:
        details = [_("Chờ đến khi gửi tiếp")]
    return Line("next" if is_next else "later", _icon(rung), title, details)


def _repeats(notice: Notice, every_minutes: int) -> str:
    """For whom a later step is, and how long it is repeated."""
    if not every_minutes:
        return _("Cho hộ lúc đó chưa xác nhận") if notice.is_confirmation_wanted else _("Cho hộ lúc đó chưa được báo")
    every = {"every": wording.duration(every_minutes)}
    if (ends_at := _ends_at(notice)) is not None:
        every["time"] = _day_and_clock(ends_at)
        return _("Rồi cứ %(every)s một lần cho hộ còn lại, đến %(time)s") % every
    return _("Rồi cứ %(every)s một lần cho hộ còn lại, đến khi có người kết thúc") % every


def _of_sends(rung: Rung, sends: Sequence[ChannelLine]) -> list[str]:
    """What became of a step's messages, a sentence per channel."""
    said = []
    for send in sends:
        unpaid = send.over_budget
        counted = [
            (send.sent, ngettext("gửi được %(n)s tin", "gửi được %(n)s tin", send.sent)),
            (send.waiting, ngettext("còn %(n)s tin chờ", "còn %(n)s tin chờ", send.waiting)),
            (send.held, ngettext("%(n)s tin tạm dừng", "%(n)s tin tạm dừng", send.held)),
            (send.failed, ngettext("%(n)s tin không đến được", "%(n)s tin không đến được", send.failed)),
            (unpaid, ngettext("%(n)s tin chưa gửi vì hết ngân sách", "%(n)s tin chưa gửi vì hết ngân sách", unpaid)),
        ]
        parts = [words % {"n": intcomma(n)} for n, words in counted if n]
        what = ", ".join(parts) or _("không gửi tin nào")
        said.append(f"{send.channel_name}: {what}")
    if not sends and set(rung.channels) & set(MESSAGES):
        said.append(_("Không hộ nào cần tin này, hoặc không hộ nào có số nhận được"))
    return said


def _tasks(notice: Notice, rungs: Sequence[Rung]) -> dict[int, list[str]]:
    """By rung, what people were asked to do and how many villages did it."""
    if not any(rung.status == Status.TAKEN and set(rung.channels) & set(BY_PEOPLE) for rung in rungs):
        return {}
    rows = (
        VillageTask.objects.filter(rung__notice=notice)
        .order_by("rung__number", "channel")
        .values_list("rung__number", "channel")
        .annotate(n=Count("pk"), done=Count("pk", filter=Q(done_at__isnull=False)), left=Sum("households"))
    )
    said: dict[int, list[str]] = {}
    for rung_number, channel, villages, done, left in rows:
        if channel == Channel.VISIT:
            words = ngettext(
                "Báo tận nhà: giao trưởng thôn %(n)s hộ", "Báo tận nhà: giao trưởng thôn %(n)s hộ", left
            ) % {"n": intcomma(left)}
        else:
            words = _(_DONE_BY_PEOPLE[channel]) % {"done": done, "all": villages}
        said.setdefault(rung_number, []).append(words)
    return said


def _why_passed(notice: Notice, rung: Rung) -> str:
    if notice.ended_at is not None and rung.due_at >= notice.ended_at:
        return _("Thông báo đã thu hồi") if notice.status == Notice.Status.WITHDRAWN else _("Thông báo đã kết thúc")
    return _why_not(notice, rung.due_at)


def _ends_at(notice: Notice) -> datetime | None:
    """From when on nothing more is sent; of a notice that is not published, if it were now."""
    if notice.published_at is not None:
        return notice.stops_at
    return timetable.end_of_use(notice, timetable.begins_at(notice, timezone.now()))


def _why_not(notice: Notice, due_at: datetime) -> str:
    """Why a step makes no sense at its moment."""
    ends_at = _ends_at(notice)
    if notice.expired_at is not None or (ends_at is not None and due_at >= ends_at):
        return _("Lúc đó thông báo đã hết hiệu lực")
    return _("Quá sát lần gửi đầu (dưới %(time)s)") % {"time": wording.duration(TOO_NEAR // timedelta(minutes=1))}


def _icon(rung: Rung) -> str:
    return _icon_of(rung.channels)


def _icon_of(channels: Sequence[str]) -> str:
    by_people = [channel for channel in channels if channel in BY_PEOPLE]
    return "send" if len(by_people) < len(channels) else _ICONS[Channel(by_people[0])]


def _day_and_clock(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "H:i d/m")
