"""The health of gateways: what they carried today, when one trips, rests or stops, and who takes over.

    working ─► tripped ─► probing ─► working         too many failures; a few messages try it out (half-open)
       ├─────► resting ─► working                    the day's quota is used up, or a night ban holds
       └─────► stopped ─► (a person) ─► working      money, permission, a dead account

What waits at a gateway that does not work moves to another one of the channel, except messages that may have left
already: only the gateway that was given them can tell a repeat (Delivery.is_tied).
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Greatest, Least

from communities.models import User
from notices import clock
from notices.models import Delivery, Gateway, GatewayDay, GatewayEvent

log = logging.getLogger(__name__)

#: Workers that may send for one gateway at the same time.
SENDERS = 2
#: Failures are counted over so long.
WINDOW = timedelta(minutes=5)
#: So many of them, and this share of what was tried, trip a gateway that another one can stand in for …
TRIPS_AT, TRIPS_AT_PERCENT = 20, 10
#: … and this share one that stands alone: most of its messages still arrive, which is better than none.
ALONE_PERCENT = 90
#: Waits before a tripped gateway is tried out again; the last one repeats.
PROBE_AFTER = tuple(timedelta(minutes=n) for n in (1, 2, 4, 8, 15))
#: How long a trial may take; after that it is held to have come to nothing, and the next one begins.
TRIAL = timedelta(seconds=50)
#: Messages that try a tripped gateway out; of those that may go nowhere else, more.
PROBE_MESSAGES, PROBE_TIED = 5, 50

Kind = GatewayEvent.Kind


def usable(gateway_id: int, at: datetime) -> Gateway | None:
    """The gateway as it is now, if messages may go through it; a tripped one only while it is being tried out."""
    gateway = Gateway.objects.filter(pk=gateway_id).first()
    if gateway is None or not gateway.is_active or gateway.stopped_at:
        return None
    if gateway.rests_until and gateway.rests_until > at:
        return None
    if gateway.tripped_at and not (gateway.trial_until and gateway.trial_until > at):
        return None
    return gateway


@contextmanager
def sender_slot(gateway_id: int) -> Iterator[bool]:
    """Whether this worker has a place among a gateway's SENDERS, for the length of the block: an advisory lock.
    PostgreSQL frees it when a killed worker's connection dies."""
    with connection.cursor() as cursor:
        for slot in range(SENDERS):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [gateway_id, slot])
            if cursor.fetchone()[0]:
                break
        else:
            yield False
            return
    try:
        yield True
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [gateway_id, slot])


def record_batch(
    *, gateway: Gateway, sent: int, failed: int, refused: int, code: str, left: int | None, at: datetime
) -> None:
    """Count what became of some messages: `failed` by the provider's fault (busy, unwell, silent), `refused` for
    other reasons. `code` is that of the last error which is about the gateway, not about one number. Trips the
    gateway, or ends its trial."""
    if sent or failed or refused:
        counted: dict[str, Any] = {"sent": F("sent") + sent, "failed": F("failed") + failed + refused}
        if left is not None:
            counted["left"] = left
        _count(gateway, at, **counted)
    if refused and code:
        Gateway.objects.filter(pk=gateway.pk).update(last_error_code=code[:40], last_error_at=at)
    if not sent and not failed:
        return
    if not failed and gateway.tripped_at is None:  # all is well, and was: one cheap statement
        window = Gateway.objects.filter(pk=gateway.pk, window_from__gte=at - WINDOW, tripped_at__isnull=True)
        if window.update(window_tried=F("window_tried") + sent):
            return
    with transaction.atomic():
        row = Gateway.objects.select_for_update(no_key=True).get(pk=gateway.pk)
        if row.window_from is None or row.window_from < at - WINDOW:
            row.window_from, row.window_tried, row.window_failed = at, 0, 0
        row.window_tried += sent + failed
        row.window_failed += failed
        if failed:
            row.last_error_code, row.last_error_at = code[:40], at
        if row.tripped_at is not None:
            _judge_probe(row, sent, failed, code, at)
        elif failed and _is_too_much(row, at):
            _trip(row, code, at)
        health = ("window_from", "window_tried", "window_failed", "last_error_code", "last_error_at")
        row.save(update_fields=[*health, "tripped_at", "probe_at", "failed_probes", "trial_until"])
    if row.tripped_at is not None:
        _move_and_tell(row, at)


def stop(gateway: Gateway, code: str, at: datetime) -> None:
    """Stop a gateway until a person acts. What waits goes to another gateway, or waits; nothing is lost."""
    stopped = Gateway.objects.filter(pk=gateway.pk, stopped_at__isnull=True)
    if stopped.update(stopped_at=at, stopped_reason=code[:200], last_error_code=code[:40], last_error_at=at):
        log.error("gateway %s stopped itself: %s", gateway.pk, code)
        GatewayEvent.objects.create(gateway=gateway, at=at, kind=Kind.STOPPED, code=code[:40])
        _move_and_tell(gateway, at)


def rest(gateway: Gateway, until: datetime, code: str, at: datetime) -> None:
    """Let a gateway rest until the provider takes messages again."""
    awake = Gateway.objects.filter(pk=gateway.pk).exclude(rests_until__gte=until)
    if awake.update(rests_until=until, last_error_code=code[:40], last_error_at=at):
        log.warning("gateway %s rests until %s: %s", gateway.pk, until, code)
        GatewayEvent.objects.create(gateway=gateway, at=at, kind=Kind.RESTING, code=code[:40])
        _move_and_tell(gateway, at)


def switch_on(*, gateway: Gateway, by: User, at: datetime) -> None:
    """A person says it works again: stopped, tripped or resting are forgotten, and what waits there goes out."""
    Gateway.objects.filter(pk=gateway.pk).update(
        is_active=True, stopped_at=None, stopped_reason="", tripped_at=None, probe_at=None, failed_probes=0,
        trial_until=None, rests_until=None, window_from=None, window_tried=0, window_failed=0,
    )  # fmt: skip
    GatewayEvent.objects.create(gateway=gateway, at=at, kind=Kind.SWITCHED_ON, by=by)


def switch_off(*, gateway: Gateway, by: User, at: datetime) -> None:
    """A person takes it out of service; what waits there goes to another gateway, or waits."""
    if Gateway.objects.filter(pk=gateway.pk, is_active=True).update(is_active=False):
        GatewayEvent.objects.create(gateway=gateway, at=at, kind=Kind.SWITCHED_OFF, by=by)
        _move_and_tell(gateway, at)


def reserve(gateway: Gateway, wanted: int, at: datetime) -> int:
    """How many of `wanted` messages the day's quota still allows, counted before they are sent. PostgreSQL holds
    the count, so that an emptied Redis grants nothing. Give back by `release` what was not handed over."""
    if wanted <= 0:
        return 0
    with transaction.atomic():
        day = _of_today(gateway, at).select_for_update().get()
        granted = min(wanted, max(0, gateway.daily_quota - day.reserved)) if gateway.daily_quota else wanted
        _of_today(gateway, at).update(reserved=F("reserved") + granted)
    return granted


def release(gateway: Gateway, unused: int, at: datetime) -> None:
    """Reserved, and not handed over after all."""
    if unused > 0:
        _count(gateway, at, reserved=Greatest(F("reserved") - unused, 0))


def lend_to_probes(at: datetime) -> list[int]:
    """Give every tripped gateway that may be tried out now a few due messages. Returns the gateways that have some.

    Its own first, those tied to it above all; else some that wait at another gateway of the channel. The next
    trial is put off in the same breath, so that two sweeps try a gateway out once.
    """
    ready = []
    for gateway in Gateway.objects.probing(at):
        taken = Gateway.objects.filter(pk=gateway.pk, probe_at=gateway.probe_at)
        if not taken.update(probe_at=at + PROBE_AFTER[0], trial_until=at + TRIAL):
            continue
        own = Delivery.objects.filter(gateway=gateway, status="PENDING", not_before__lte=at)
        lent = 0 if own.exists() else _lend(gateway, at)
        if lent or own.exists():
            ready.append(gateway.pk)
        else:  # nothing to try it with: ready for the first message that comes
            Gateway.objects.filter(pk=gateway.pk).update(probe_at=at, trial_until=None)
    return ready


def relieve(at: datetime) -> int:
    """Move what waits at gateways that do not work to ones that do by now. Returns messages moved."""
    # From the few gateways to their rows: the other way round reads everything that waits, every few seconds.
    waiting = Delivery.objects.filter(gateway=OuterRef("pk"), status="PENDING", is_tied=False)
    idle = Gateway.objects.exclude(pk__in=Gateway.objects.working(at).values("pk")).filter(Exists(waiting))
    idle = idle.exclude(trial_until__gt=at)  # those it was lent are on trial
    return sum(move_waiting(gateway, at)[0] or _return_to_wards(gateway, at) for gateway in idle)


def move_waiting(gateway: Gateway, at: datetime) -> tuple[int, Gateway | None]:
    """Move what waits at a gateway to the first working one of its channel. (messages moved, where to).

    A wait that this gateway's trouble had imposed is over: the other one may send at once.
    """
    other = stand_in(gateway, at)
    if other is None:
        return 0, None
    rows = Delivery.objects.filter(gateway=gateway, status="PENDING", is_tied=False)
    moved = rows.update(gateway=other, not_before=Least(F("not_before"), at))
    return moved, other


def stand_in(gateway: Gateway, at: datetime) -> Gateway | None:
    """The gateway of the channel that takes over when this one does not work, if one does."""
    working = set(Gateway.objects.working(at).values_list("pk", flat=True))
    return next((row for row in _siblings(gateway) if row.pk in working), None)


def _siblings(gateway: Gateway) -> QuerySet[Gateway]:
    """Other gateways of the channel that the wards behind this one may use; in their order."""
    rows = Gateway.objects.filter(channel=gateway.channel).exclude(pk=gateway.pk)
    if gateway.ward_id is None:
        return rows.filter(ward__isnull=True).order_by("position", "pk")
    return rows.for_ward(gateway.ward_id)


def _return_to_wards(gateway: Gateway, at: datetime) -> int:
    """Move what waits at a shared gateway that nobody stands in for to the working accounts of the wards themselves:
    it came from there when those were in trouble. Returns messages moved."""
    if gateway.ward_id is not None:
        return 0
    own = Gateway.objects.working(at).filter(channel=gateway.channel, ward__isnull=False)
    first = dict(own.order_by("-position", "-pk").values_list("ward", "pk"))  # a later one goes before
    if not first:
        return 0
    with connection.cursor() as cursor:
        # One statement, however many wards have accounts: it reads all that waits here.
        cursor.execute(
            """
            UPDATE notices_delivery d SET gateway_id = own.gateway, not_before = least(d.not_before, %s)
            FROM notices_recipient r
            JOIN unnest(%s::bigint[], %s::bigint[]) AS own (ward, gateway) ON own.ward = r.ward_id
            WHERE d.gateway_id = %s AND d.status = 'PENDING' AND NOT d.is_tied AND r.id = d.recipient_id
            """,
            [at, list(first), list(first.values()), gateway.pk],
        )
        return cursor.rowcount


def _is_too_much(row: Gateway, at: datetime) -> bool:
    if row.window_failed < TRIPS_AT:
        return False
    percent = TRIPS_AT_PERCENT if stand_in(row, at) else ALONE_PERCENT
    return row.window_failed * 100 >= row.window_tried * percent


def _trip(row: Gateway, code: str, at: datetime) -> None:
    row.tripped_at, row.probe_at, row.failed_probes = at, at + PROBE_AFTER[0], 0
    row.window_from = None
    GatewayEvent.objects.create(gateway=row, at=at, kind=Kind.TRIPPED, code=code[:40])
    log.warning("gateway %s tripped: %s", row.pk, code)


def _judge_probe(row: Gateway, sent: int, failed: int, code: str, at: datetime) -> None:
    """The trial is over: all went well, or wait longer. What was in flight when it tripped is no trial."""
    if row.trial_until is None:
        return
    row.trial_until = None
    if failed:
        row.failed_probes = min(row.failed_probes + 1, len(PROBE_AFTER) - 1)
        row.probe_at = at + PROBE_AFTER[row.failed_probes]
        GatewayEvent.objects.create(gateway=row, at=at, kind=Kind.PROBE_FAILED, code=code[:40])
    elif sent:
        row.tripped_at = row.probe_at = row.window_from = None
        row.failed_probes = 0
        GatewayEvent.objects.create(gateway=row, at=at, kind=Kind.RECOVERED)
        log.warning("gateway %s works again", row.pk)


def _move_and_tell(gateway: Gateway, at: datetime) -> None:
    """Move what waits, and write into the history where it went."""
    moved, other = move_waiting(gateway, at)
    if moved and (event := GatewayEvent.objects.filter(gateway=gateway).order_by("-at", "-pk").first()):
        GatewayEvent.objects.filter(pk=event.pk).update(moved=F("moved") + moved, moved_to=other)


def _lend(gateway: Gateway, at: datetime) -> int:
    siblings: Sequence[int] = [row.pk for row in _siblings(gateway)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH lent AS MATERIALIZED (
                SELECT id FROM notices_delivery
                WHERE gateway_id = ANY(%s) AND status = 'PENDING' AND NOT is_tied AND not_before <= %s
                  -- A ward's own account speaks for that ward only, though it may share a stand-in with others.
                  AND (%s::bigint IS NULL OR recipient_id IN (
                      SELECT id FROM notices_recipient r WHERE r.id = recipient_id AND r.ward_id = %s))
                ORDER BY priority, not_before, id LIMIT %s FOR UPDATE SKIP LOCKED
            )
            UPDATE notices_delivery d SET gateway_id = %s FROM lent WHERE d.id = lent.id
            """,
            [list(siblings), at, gateway.ward_id, gateway.ward_id, PROBE_MESSAGES, gateway.pk],
        )
        return cursor.rowcount


def _of_today(gateway: Gateway, at: datetime) -> QuerySet[GatewayDay]:
    """The counting row of the day, made if it is the first message."""
    day = clock.day(at)
    GatewayDay.objects.bulk_create([GatewayDay(gateway=gateway, day=day)], ignore_conflicts=True)
    return GatewayDay.objects.filter(gateway=gateway, day=day)


def _count(gateway: Gateway, at: datetime, **counted: Any) -> None:
    if not GatewayDay.objects.filter(gateway=gateway, day=clock.day(at)).update(**counted):
        _of_today(gateway, at).update(**counted)
