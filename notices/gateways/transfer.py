"""Messages that move from one gateway of a channel to another: away from trouble, and back to try it out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Least

from notices.gateways.choice import others_of_channel, stand_in
from notices.models import Delivery, Gateway

#: Waits before a tripped gateway is tried out again; the last one repeats.
PROBE_AFTER = tuple(timedelta(minutes=n) for n in (1, 2, 4, 8, 15))
#: How long a trial may take; after that it is held to have come to nothing, and the next one begins.
TRIAL = timedelta(seconds=50)
#: Messages that try a tripped gateway out; of those that may go nowhere else, more.
PROBE_MESSAGES, PROBE_PINNED = 5, 50


def start_trials(at: datetime) -> list[int]:
    """Give every tripped gateway that may be tried out now a few due messages. Returns the gateways that have some.

    Its own first, those pinned to it above all; else some that wait at another gateway of the channel. The next
    trial is put off in the same breath, so that two sweeps try a gateway out once.
    """
    ready = []
    for gateway in Gateway.objects.probing(at):
        taken = Gateway.objects.filter(pk=gateway.pk, probe_at=gateway.probe_at)
        if not taken.update(probe_at=at + PROBE_AFTER[0], trial_until=at + TRIAL):
            continue
        own = Delivery.objects.filter(gateway=gateway, status="PENDING", not_before__lte=at)
        lent = 0 if own.exists() else _move_for_trial(gateway, at)
        if lent or own.exists():
            ready.append(gateway.pk)
        else:  # nothing to try it with: ready for the first message that comes
            Gateway.objects.filter(pk=gateway.pk).update(probe_at=at, trial_until=None)
    return ready


def move_from_idle(at: datetime) -> int:
    """Move what waits at gateways that do not work to ones that do by now. Returns messages moved."""
    # From the few gateways to their rows: the other way round reads everything that waits, every few seconds.
    waiting = Delivery.objects.filter(gateway=OuterRef("pk"), status="PENDING", is_pinned=False)
    idle = Gateway.objects.exclude(pk__in=Gateway.objects.working(at).values("pk")).filter(Exists(waiting))
    idle = idle.exclude(trial_until__gt=at)  # those it was lent are on trial
    return sum(move_waiting(gateway, at)[0] or return_to_wards(gateway, at) for gateway in idle)


def move_waiting(gateway: Gateway, at: datetime) -> tuple[int, Gateway | None]:
    """Move what waits at a gateway to the first working one of its channel. (messages moved, where to).

    A wait that this gateway's trouble had imposed is over: the other one may send at once.
    """
    other = stand_in(gateway, at)
    if other is None:
        return 0, None
    rows = Delivery.objects.filter(gateway=gateway, status="PENDING", is_pinned=False)
    moved = rows.update(gateway=other, not_before=Least(F("not_before"), at))
    return moved, other


def return_to_wards(gateway: Gateway, at: datetime) -> int:
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
            WHERE d.gateway_id = %s AND d.status = 'PENDING' AND NOT d.is_pinned AND r.id = d.recipient_id
            """,
            [at, list(first), list(first.values()), gateway.pk],
        )
        return int(cursor.rowcount)


def _move_for_trial(gateway: Gateway, at: datetime) -> int:
    siblings: Sequence[int] = [row.pk for row in others_of_channel(gateway)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH lent AS MATERIALIZED (
                SELECT id FROM notices_delivery
                WHERE gateway_id = ANY(%s) AND status = 'PENDING' AND NOT is_pinned AND not_before <= %s
                  -- A ward's own account speaks for that ward only, though it may share a stand-in with others.
                  AND (%s::bigint IS NULL OR recipient_id IN (
                      SELECT id FROM notices_recipient r WHERE r.id = recipient_id AND r.ward_id = %s))
                ORDER BY priority, not_before, id LIMIT %s FOR UPDATE SKIP LOCKED
            )
            UPDATE notices_delivery d SET gateway_id = %s FROM lent WHERE d.id = lent.id
            """,
            [list(siblings), at, gateway.ward_id, gateway.ward_id, PROBE_MESSAGES, gateway.pk],
        )
        return int(cursor.rowcount)
