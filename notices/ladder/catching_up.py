"""Steps that were taken while nobody carried one of their channels, looked at once more when somebody does."""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from notices.ladder import next_messages
from notices.models import Gateway, Notice, Rung

log = logging.getLogger(__name__)

#: Steps taken longer ago stay as they are: whoever connects a first account does not mean to send old news.
FRESH = timedelta(days=7)
#: What was being written while a person switched the channel on may not have seen it: so long it is looked at again.
OVERLAP = timedelta(minutes=1)


def catch_up(*, at: datetime) -> int:
    """Write what households missed while a gateway now switched on was off. Returns deliveries written.

    The gateway itself remembers that this is to be done, so that a worker may die in it; and what was written once is
    there, so that it may be done again.
    """
    written = 0
    for pk in list(Gateway.objects.filter(switched_on_at__isnull=False).values_list("pk", flat=True)):
        try:
            written += _catch_up(pk, at)
        except Exception:  # one account's trouble must not keep the others' messages waiting
            if connection.in_atomic_block:
                raise
            log.exception("gateway %s: what was missed cannot be written", pk)
    return written


def _catch_up(gateway_id: int, at: datetime) -> int:
    with transaction.atomic():
        noted = Gateway.objects.filter(pk=gateway_id, switched_on_at__isnull=False)
        gateway = noted.select_for_update(skip_locked=True, no_key=True).first()
        if gateway is None or gateway.switched_on_at is None:
            return 0  # another worker has it in hand
        written = 0
        if gateway.is_active:
            for rung in _steps(gateway, at):
                if rung.notice.may_send(at):
                    written += next_messages.write_missed_channel(
                        notice=rung.notice, rung=rung, channel=gateway.channel, ward_id=gateway.ward_id, at=at
                    )
        if not gateway.is_active or at >= gateway.switched_on_at + OVERLAP:
            Gateway.objects.filter(pk=gateway_id).update(switched_on_at=None)
    if written:
        log.info("gateway %s: %s deliveries of earlier steps", gateway_id, written)
    return written


def _steps(gateway: Gateway, at: datetime) -> QuerySet[Rung]:
    """Of each running notice the last step with the channel: it is for everybody left, and one message is enough."""
    taken = Rung.objects.filter(
        status=Rung.Status.TAKEN, taken_at__gt=at - FRESH, channels__contains=[gateway.channel],
        notice__status=Notice.Status.PUBLISHED,
    )  # fmt: skip
    return taken.select_related("notice__ward").order_by("notice", "-taken_at", "-pk").distinct("notice")
