"""From a published notice to one recipient row and the first messages per household, set-wise."""

from datetime import datetime

from django.db import connection, transaction

from communities.models import Household
from notices.ladder import next_messages, taking
from notices.models import Notice, Recipient, Rung

#: From so many new rows the planner is told at once: until its own next look it would take the tables for small.
MANY = 10_000


def fan_out(*, notice: Notice, at: datetime, is_second: bool = False) -> int:
    """Write one recipient per household of the audience, and the first deliveries if they are due; ward by ward.

    Returns recipients written now. Each ward is one transaction: a killed worker leaves whole wards, the sweep goes
    on with the next. Memory stays flat however many households there are; no row passes through this process.
    Several workers share the wards of a province: each takes those that nobody has in hand, a second one from the
    end. (Two wards written in the same second do not see each other's phones; a number that stands in both lists
    may then get two messages.)
    """
    written = analyzed = 0
    wards = _wards(notice)
    for ward_id in reversed(wards) if is_second else wards:
        written += _fan_out_ward(notice, ward_id, at)
        # The planner takes a table for small until it is told, and it is told by itself only minutes later.
        if written - analyzed >= MANY * (10 if analyzed else 1):
            analyzed = written
            _analyze()
    with transaction.atomic():
        # The row lock keeps two workers from finishing the same notice side by side.
        current = Notice.objects.select_for_update(no_key=True).get(pk=notice.pk)
        if current.fanned_out_at or not current.is_open:
            return written
        if any(_is_missing(current, ward_id) for ward_id in _wards(current)):
            return written  # another worker has a ward in hand; the sweep comes back
        Notice.objects.filter(pk=current.pk).update(fanned_out_at=at)
        # One that fell due while wards were being written is taken by the sweep, for those that came too early.
        first = current.rungs.filter(number=0, status=Rung.Status.WAITING, due_at__lte=current.published_at).first()
        if first is not None:
            taking.mark_taken(rung=first, written=current.deliveries.filter(rung=0).count(), at=at)
    return written


def _fan_out_ward(notice: Notice, ward_id: int, at: datetime) -> int:
    """The recipients of one ward, with their first deliveries; nothing when another worker is at it or was."""
    with transaction.atomic():
        if not _take_ward(notice, ward_id):
            return 0
        current = Notice.objects.get(pk=notice.pk)
        if not current.is_open or not _is_missing(current, ward_id):
            return 0
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO notices_recipient (notice_id, household_id, ward_id, village_id, reach, confirmed_via)
                SELECT %s, h.id, h.ward_id, h.village_id, 0, ''
                FROM communities_household h
                WHERE h.is_active AND h.ward_id = %s AND h.village_id IN (
                    SELECT village_id FROM notices_notice_villages WHERE notice_id = %s
                )
                ON CONFLICT DO NOTHING
                """,
                [current.pk, ward_id, current.pk],
            )
            written = cursor.rowcount
        rung = current.rungs.filter(number=0).first()
        if rung is not None and rung.due_at <= at and current.may_send(at):
            next_messages.write_first(notice=current, rung=rung, ward_id=ward_id, at=at)
    return int(written)


def _take_ward(notice: Notice, ward_id: int) -> bool:
    """Whether this worker has the ward of the notice to itself for the length of the transaction. The notice is held
    as it is meanwhile: a pause or a withdrawal comes before or after a ward, never into the middle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM notices_notice WHERE id = %s FOR SHARE", [notice.pk])
        key = f"fan-out {notice.pk} {ward_id}"
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        return bool(cursor.fetchone()[0])


def is_for_many_wards(notice: Notice) -> bool:
    """Whether a second worker finds something to do."""
    return len(_wards(notice)) > 1


def _wards(notice: Notice) -> list[int]:
    """The wards of the audience."""
    return list(notice.villages.order_by("ward").values_list("ward", flat=True).distinct())


def _is_missing(notice: Notice, ward_id: int) -> bool:
    """Whether fan-out has still to write this ward: it has households in the audience and no recipient."""
    villages = list(notice.villages.filter(ward=ward_id).values_list("pk", flat=True))
    if Recipient.objects.filter(notice=notice.pk, village__in=villages).exists():
        return False
    return Household.objects.filter(village__in=villages, is_active=True).exists()


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notices_recipient, notices_delivery")


def waiting_for_fan_out(*, at: datetime) -> list[int]:
    """Notices published before `at` whose recipients nobody has written yet."""
    waiting = Notice.objects.filter(status=Notice.Status.PUBLISHED, fanned_out_at__isnull=True, published_at__lt=at)
    return list(waiting.values_list("pk", flat=True))
