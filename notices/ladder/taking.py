"""Taking the steps of a notice whose moment has come, and what is asked for beside them: fallback, a person's resend.

Whoever is still left is asked in the very statement that takes a step, so a confirmation needs to cancel nothing.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from communities.models import User
from notices import clock
from notices.ladder import next_messages
from notices.models import BY_PEOPLE, MESSAGES, Notice, Rung, Urgency

log = logging.getLogger(__name__)


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
        written = next_messages.write_deliveries(notice=notice, rung=rung, at=at)
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
        written = next_messages.write_deliveries(notice=current, rung=rung, at=at, only_untold=True)
        Rung.objects.filter(pk=rung.pk).update(status=Rung.Status.TAKEN, taken_at=at, deliveries_written=written)
    return written


def take_next_channel(*, notice: Notice, rung_number: int, recipient_ids: Sequence[int], at: datetime) -> int:
    """Give recipients whose channel failed the next channel of the rung, if one is left. Returns how many.

    Written so that it may run twice: a household that has the next channel already, or confirmed meanwhile,
    is passed over; so is everybody once the notice has ended.
    """
    if not recipient_ids or not notice.may_send(at):
        return 0
    rung = Rung.objects.filter(notice=notice.pk, number=rung_number).first()
    return next_messages.write_next_channel(notice=notice, rung=rung, recipient_ids=recipient_ids, at=at) if rung else 0


def write_missed(*, notice: Notice, recipient_id: int, at: datetime) -> int:
    """Give a household what it missed while a mark stood that has been taken back: the last rung of messages."""
    taken = notice.rungs.filter(status=Rung.Status.TAKEN, channels__overlap=[c.value for c in MESSAGES])
    rung = taken.order_by("-taken_at", "-number").first()
    if rung is None or not notice.may_send(at):
        return 0
    return next_messages.write_deliveries(notice=notice, rung=rung, at=at, recipient_ids=[recipient_id])


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
            [rung.pk, at, carried, notice.pk, next_messages.goal(notice)],
        )
