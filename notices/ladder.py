"""What a notice does about households that have not confirmed: the one mechanism for fallback, reminders and
escalation (product §5).

A ladder is a list of rungs, stored as JSON: a ward's own or DEFAULTS, frozen into the notice at publishing. A rung
has one clock rule, its channels, and whether a household gets the first that works (`first`) or `all`:

    after_minutes             so long after the messages may begin to go out
    evening_after_days        in the evening window (18:30–21:00) so many days on
    before_deadline_minutes   so long before `confirm_by`; left out when the notice has no deadline
    every_minutes             with after_minutes: again and again, until the notice ends

`plan` turns it into moments, `write_rungs` keeps these as Rung rows, `take_due` takes what is due. Whoever is
still left is asked in the very statement that takes the rung, so a confirmation needs to cancel nothing.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from communities.models import User, Ward
from notices import clock, queueing
from notices.models import BY_PEOPLE, MESSAGES, Channel, Notice, Rung, Urgency, WardLadder

log = logging.getLogger(__name__)

FIRST, ALL = "first", "all"
#: A reminder nearer to the first message than this reminds nobody of anything.
TOO_NEAR = timedelta(minutes=30)
MAX_RUNGS = 8
#: How long a hỏa tốc notice without an end of validity goes on reminding.
FLASH_LASTS = timedelta(hours=24)
LONGEST = 30 * 24 * 60  # minutes
Rungs = list[dict[str, Any]]


def _rung(*channels: Channel, mode: str = FIRST, **rule: int) -> dict[str, Any]:
    return {**rule, "channels": [channel.value for channel in channels], "mode": mode}


_URGENT = [
    _rung(Channel.ZALO, Channel.SMS, after_minutes=0),
    _rung(Channel.SMS, Channel.VISIT, Channel.LOUDSPEAKER, mode=ALL, after_minutes=30),
    _rung(Channel.ZALO, Channel.SMS, after_minutes=120),
]
#: Product §5. The voice call of hỏa tốc joins when a gateway can carry calls.
DEFAULTS: dict[str, Rungs] = {
    Urgency.NORMAL: [
        _rung(Channel.ZALO, Channel.SMS, after_minutes=0),
        _rung(Channel.VISIT, after_minutes=24 * 60),
        _rung(Channel.ZALO, before_deadline_minutes=4 * 60),
    ],
    Urgency.URGENT: _URGENT,
    Urgency.VERY_URGENT: _URGENT,
    Urgency.FLASH: [
        _rung(Channel.ZALO, Channel.SMS, mode=ALL, after_minutes=0),
        _rung(Channel.VISIT, Channel.LOUDSPEAKER, mode=ALL, after_minutes=10),
        _rung(Channel.ZALO, Channel.SMS, mode=ALL, after_minutes=30, every_minutes=30),
    ],
}


class BadLadder(ValueError):
    """A ladder that cannot be used; the message is the sentence to show, beside the step if it is about one."""

    def __init__(self, sentence: str, step: int | None = None) -> None:
        super().__init__(sentence)
        self.step = step  # from 1


@dataclass(frozen=True)
class Step:
    """A rung with its moment. `is_passed`: it comes too late, or too soon after the first, to be taken."""

    rung: dict[str, Any]
    due_at: datetime
    gap_minutes: int
    is_passed: bool


def rungs_for(urgency: str, ward: Ward | None = None) -> Rungs:
    """The rungs a notice of this urgency is published with: the ward's own, else the defaults."""
    own = WardLadder.objects.filter(ward=ward, urgency=urgency).first() if ward else None
    return own.rungs if own else DEFAULTS[urgency]


def check(rungs: Rungs) -> None:
    """Raises BadLadder with a sentence for a ladder that makes no sense."""
    if not rungs:
        raise BadLadder(_("Cần ít nhất một bước."))
    if len(rungs) > MAX_RUNGS:
        raise BadLadder(_("Nhiều nhất %(n)s bước.") % {"n": MAX_RUNGS})
    first = rungs[0]
    if first.get("after_minutes") != 0 or first.get("every_minutes"):
        raise BadLadder(_("Bước đầu tiên là lúc gửi thông báo, một lần."), 1)
    if not set(first["channels"]) & set(MESSAGES):
        raise BadLadder(_("Bước đầu tiên cần có Zalo hoặc SMS."), 1)
    for number, rung in enumerate(rungs, start=1):
        if (sentence := _wrong_with(rung)) is not None:
            raise BadLadder(sentence % {"n": number}, number)


def _wrong_with(rung: dict[str, Any]) -> str | None:
    """A sentence with the number of the step left open, or None."""
    if not rung["channels"]:
        return _("Bước %(n)s chưa chọn kênh nào.")
    every = rung.get("every_minutes", 0)
    if every and not 10 <= every <= LONGEST:
        return _("Bước %(n)s: nhắc lại cách nhau ít nhất 10 phút, nhiều nhất 30 ngày.")
    if every and set(rung["channels"]) & set(BY_PEOPLE):
        return _("Bước %(n)s: chỉ tin nhắn mới lặp lại được, việc của trưởng thôn thì không.")
    days = rung.get("evening_after_days", 0)
    minutes = int(rung.get("after_minutes") or rung.get("before_deadline_minutes") or days * 24 * 60)
    if not 0 <= minutes <= LONGEST:
        return _("Bước %(n)s: nhiều nhất 30 ngày.")
    return None


def set_own(*, ward: Ward, urgency: str, rungs: Rungs, by: User) -> None:
    """Give a ward its own ladder for an urgency; what is published already keeps its own. Raises BadLadder."""
    check(rungs)
    WardLadder.objects.update_or_create(ward=ward, urgency=urgency, defaults={"rungs": rungs, "changed_by": by})


def return_to_default(*, ward: Ward, urgency: str) -> None:
    """Let the defaults hold again for this urgency."""
    WardLadder.objects.filter(ward=ward, urgency=urgency).delete()


def begins_at(notice: Notice, at: datetime) -> datetime:
    """When the first messages of a notice published at `at` may go out."""
    if notice.urgency == Urgency.FLASH:
        return at
    return clock.waking(clock.evening(at) if notice.is_for_evening else at)


def end_of_use(notice: Notice, start: datetime) -> datetime | None:
    """From when on messages of a notice that begins to go out at `start` are of no use; None if it names no end.

    A date that has passed by then does not silence a notice somebody publishes nevertheless. A hỏa tốc notice
    outlasts the moment it warns of, and stops after FLASH_LASTS, since nobody may remember to end it.
    """
    if notice.valid_until:
        return notice.valid_until
    moment = notice.last_useful_moment
    if notice.urgency == Urgency.FLASH:
        return max(moment or start, start + FLASH_LASTS)
    return moment if moment and moment > start else None


def plan(notice: Notice, at: datetime, rungs: Rungs | None = None) -> list[Step]:
    """The notice's rungs as moments, if it is published at `at`; in the order they come.

    Below hỏa tốc nothing falls into the quiet hours: what would is done when they end, and what follows keeps its
    distance, so that no household finds two messages at six in the morning.
    """
    is_flash = notice.urgency == Urgency.FLASH
    awake = (lambda moment: moment) if is_flash else clock.waking
    start = begins_at(notice, at)
    ends_at = end_of_use(notice, start)
    steps: list[Step] = []
    asked, due = start, start  # of the last rung that counts from the first message
    for rung in notice.ladder if rungs is None else rungs:
        gap = 0
        if "before_deadline_minutes" in rung:
            if notice.confirm_by is None:
                continue
            wanted = notice.confirm_by - timedelta(minutes=rung["before_deadline_minutes"])
            moment = awake(wanted) if awake(wanted) < notice.confirm_by else clock.before_quiet(wanted)
            is_passed = moment < start + TOO_NEAR
        else:
            if "evening_after_days" in rung:
                wanted = clock.evening(start, rung["evening_after_days"])
            else:
                wanted = start + timedelta(minutes=rung["after_minutes"])
            distance = wanted - asked
            moment = awake(max(wanted, due + distance))
            gap = max(0, round(distance.total_seconds() / 60))
            is_passed = False
            asked, due = wanted, moment
        is_passed = is_passed or (ends_at is not None and moment >= ends_at)
        steps.append(Step(rung, moment, gap, is_passed))
    # The first step stays number 0, whatever moment before it a reminder would have had.
    return steps[:1] + sorted(steps[1:], key=lambda step: step.due_at)


def write_rungs(*, notice: Notice, at: datetime) -> None:
    """Keep the rungs of a notice published at `at`, each with its moment. For publishing.publish."""
    Rung.objects.bulk_create(
        Rung(
            notice=notice,
            number=number,
            channels=step.rung["channels"],
            is_all=step.rung["mode"] == ALL,
            gap_minutes=step.gap_minutes,
            every_minutes=step.rung.get("every_minutes", 0),
            due_at=step.due_at,
            status=Rung.Status.PASSED if step.is_passed else Rung.Status.WAITING,
        )
        for number, step in enumerate(plan(notice, at))
    )


def take_due(*, at: datetime) -> int:
    """Take every rung whose moment has come. Returns how many. Safe in two workers at once, and after a crash."""
    taken = 0
    for pk in list(Rung.objects.due(at).values_list("pk", flat=True)[:100]):
        try:
            taken += take(rung_id=pk, at=at)
        except Exception:  # one notice's trouble must not keep the others' households waiting
            if connection.in_atomic_block:
                raise
            log.exception("rung %s cannot be taken", pk)
    return taken


def take(*, rung_id: int, at: datetime) -> bool:
    """Take one waiting rung: deliveries and village tasks for households still left. False if another has it.

    One transaction: a worker that dies in it leaves nothing behind, and the next sweep takes the rung whole.
    """
    with transaction.atomic():
        rung = Rung.objects.due(at).filter(pk=rung_id).select_for_update(skip_locked=True, of=("self",)).first()
        if rung is None:
            return False
        notice = Notice.objects.select_related("ward").get(pk=rung.notice_id)
        if not notice.may_send(at):
            return bool(Rung.objects.filter(pk=rung.pk).update(status=Rung.Status.PASSED))
        written = queueing.write_deliveries(notice=notice, rung=rung, at=at)
        _write_tasks(notice, rung, at)
        mark_taken(rung=rung, written=written, at=at)
    return True


def mark_taken(*, rung: Rung, written: int, at: datetime) -> None:
    """Record that a rung was taken; what follows keeps its distance when this one came late, and repeats follow."""
    Rung.objects.filter(pk=rung.pk).update(status=Rung.Status.TAKEN, taken_at=at, deliveries_written=written)
    is_flash = Urgency(rung.notice.urgency) == Urgency.FLASH
    following = Rung.objects.filter(
        notice=rung.notice_id, status=Rung.Status.WAITING, gap_minutes__gt=0, due_at__gte=rung.due_at
    )
    # Reminders, repeats and what a person asked for stand beside the chain: nothing counts from them.
    is_link = rung.number == 0 or rung.gap_minutes > 0
    following_one = following.exclude(pk=rung.pk).order_by("due_at", "pk").first()
    if is_link and following_one and at > rung.due_at:
        kept = at + timedelta(minutes=following_one.gap_minutes)
        kept = kept if is_flash else clock.waking(kept)
        Rung.objects.filter(pk=following_one.pk, due_at__lt=kept).update(due_at=kept)
    if rung.every_minutes:
        again = at + timedelta(minutes=rung.every_minutes)
        _add(
            rung.notice_id, rung.channels, is_all=rung.is_all, every_minutes=rung.every_minutes,
            due_at=again if is_flash else clock.waking(again),
        )  # fmt: skip


def resend(*, notice: Notice, by: User, at: datetime, after: int) -> int | None:
    """A rung that a person asks for: all channels of the first rung, to the households not told yet.

    `after`: the highest rung number the person's page knew; a double click finds a higher one and does nothing.
    Returns deliveries written, or None when nothing was done. Cap and quiet hours hold as for every rung.
    """
    with transaction.atomic():
        current = Notice.objects.select_for_update(no_key=True).select_related("ward").get(pk=notice.pk)
        if not current.may_send(at) or current.paused_at or current.fanned_out_at is None:
            return None
        first = current.rungs.get(number=0)
        if current.rungs.aggregate(n=Max("number"))["n"] != after:
            return None
        channels = [channel for channel in first.channels if channel in MESSAGES]
        try:
            with transaction.atomic():
                rung = _add(current.pk, channels, is_all=first.is_all, due_at=at, taken_by=by)
        except IntegrityError:  # a repeating step took the number in this very moment
            return None
        rung.notice = current
        written = queueing.write_deliveries(notice=current, rung=rung, at=at, only_untold=True)
        Rung.objects.filter(pk=rung.pk).update(status=Rung.Status.TAKEN, taken_at=at, deliveries_written=written)
    return written


def fall_back(*, notice: Notice, rung_number: int, recipient_ids: Sequence[int], at: datetime) -> int:
    """Give recipients whose channel failed the next channel of the rung, if one is left. Returns how many.

    Written so that it may run twice: a household that has the next channel already, or confirmed meanwhile,
    is passed over; so is everybody once the notice has ended.
    """
    if not recipient_ids or not notice.may_send(at):
        return 0
    rung = Rung.objects.filter(notice=notice.pk, number=rung_number).first()
    return queueing.write_next_channel(notice=notice, rung=rung, recipient_ids=recipient_ids, at=at) if rung else 0


def catch_up(*, notice: Notice, recipient_id: int, at: datetime) -> int:
    """Give a household what it missed while a mark stood that has been taken back: the last rung of messages."""
    taken = notice.rungs.filter(status=Rung.Status.TAKEN, channels__overlap=[c.value for c in MESSAGES])
    rung = taken.order_by("-taken_at", "-number").first()
    if rung is None or not notice.may_send(at):
        return 0
    return queueing.write_deliveries(notice=notice, rung=rung, at=at, recipient_ids=[recipient_id])


def _add(notice_id: int, channels: Sequence[str], **fields: Any) -> Rung:
    last = Rung.objects.filter(notice=notice_id).aggregate(n=Max("number"))["n"]
    return Rung.objects.create(notice_id=notice_id, number=last + 1, channels=list(channels), **fields)


def _write_tasks(notice: Notice, rung: Rung, at: datetime) -> None:
    """One task per village with households left, for each channel that people carry."""
    carried = [channel for channel in rung.channels if channel in BY_PEOPLE]
    if not carried:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO notices_villagetask (rung_id, village_id, channel, households, created_at)
            SELECT %s, r.village_id, c.channel, count(*), %s
            FROM notices_recipient r CROSS JOIN unnest(%s::text[]) AS c (channel)
            WHERE r.notice_id = %s AND r.reach < %s
            GROUP BY r.village_id, c.channel
            ON CONFLICT DO NOTHING
            """,
            [rung.pk, at, carried, notice.pk, queueing.goal(notice)],
        )
