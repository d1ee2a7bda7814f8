"""Due deliveries, and how a worker takes some of them for itself."""

from datetime import datetime, timedelta

from django.conf import settings

from notices import clock
from notices.models import Delivery, DeliveryQuerySet, Gateway, Urgency

#: Messages claimed and not recorded yet, per worker: what a kill may leave in doubt. At 150 ms a hundred are above
#: any account's allowed rate.
BATCH = 100
#: Longer than the slowest answer the adapters wait for (10 s) and a restart of the database, so that a lease in
#: force means a live worker.
LEASE = timedelta(seconds=settings.LEASE_SECONDS)
#: How long after its last try a message may be repeated. Providers that remove duplicates remember a reference for a
#: day (eSMS), and all tries of a message lie within an hour and a half.
MEMORY = timedelta(hours=22)
Status = Delivery.Status


def claim(*, gateway: Gateway, at: datetime, limit: int = BATCH, only_urgent: bool = False) -> list[Delivery]:
    """Take up to `limit` due deliveries of a gateway for this worker: urgent ones first, then the oldest.

    In quiet hours only hỏa tốc. Committed before it returns. Rows another worker is taking at the same moment are
    passed over.
    """
    lowest = Urgency.FLASH.rank if clock.is_quiet(at) else Urgency.URGENT.rank if only_urgent else 0
    return list(
        Delivery.objects.raw(
            """
            WITH due AS MATERIALIZED (  -- as a plain subquery it may run once per row, and LIMIT means nothing then
                SELECT id FROM notices_delivery
                WHERE gateway_id = %s AND status = 'PENDING' AND not_before <= %s AND priority >= %s
                  AND NOT (is_pinned AND not_before < %s)  -- forgotten by its provider: the sweep's
                ORDER BY priority DESC, not_before, id LIMIT %s FOR UPDATE SKIP LOCKED
            )
            UPDATE notices_delivery d SET status = 'SENDING', lease_until = %s, attempts = attempts + 1
            FROM due WHERE d.id = due.id
            RETURNING d.id, d.recipient_id, d.notice_id, d.contact_id, d.channel, d.rung, d.address, d.attempts,
                      d.lease_until, d.is_pinned
            """,
            [gateway.pk, at, lowest, at - MEMORY, limit, at + LEASE],
        )
    )


def has_urgent(gateway_id: int, at: datetime) -> bool:
    """Whether something above thường is due at the gateway: its place is the urgent lane."""
    return bool(due_deliveries(at).filter(gateway=gateway_id, priority__gt=0).exists())


def due_deliveries(at: datetime) -> DeliveryQuerySet:
    """Deliveries that may go out now."""
    due = Delivery.objects.filter(status=Status.PENDING, not_before__lte=at)
    return due.filter(priority=Urgency.FLASH.rank) if clock.is_quiet(at) else due
