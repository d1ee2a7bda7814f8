"""The engine: claim due rows → hand them to the adapter → record the outcomes set-wise; without a pause.

Why many at once: one task per message spends its time on next_messages, while one asyncio client keeps a hundred
requests open. Why no transaction around the provider: an early receipt would find the claim uncommitted and
be lost. What is claimed is in flight at once, so a row that is SENDING after its lease may have left us, and
only a provider that removes duplicates by our reference gets it again; see `sweep`.
"""

import logging
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from notices import adapters
from notices.gateways import choice, credentials, switching, transfer
from notices.gateways.pace import Pace
from notices.gateways.providers import adapter_for
from notices.ladder import catching_up, shared_phones
from notices.models import Delivery, Gateway, Notice
from notices.sending import going_on, outcomes
from notices.sending.claims import BATCH, MEMORY, Status, due_deliveries
from notices.sending.dispatcher import Dispatcher
from notices.sending.run import Run

log = logging.getLogger(__name__)


#: How long an UNKNOWN may wait for its receipt before the household is told over the next channel.
GRACE = timedelta(seconds=settings.GRACE_SECONDS)


def send_due(*, gateway_id: int, seconds: float = 60, only_urgent: bool = False) -> int:
    """Send what is due at one gateway until nothing is, or the time is up. Returns messages handed over.

    At most choice.SENDERS workers do this for one gateway; a further one returns at once. A tripped gateway is only
    tried out, with a few messages.
    """
    with choice.sender_slot(gateway_id) as is_free:
        at = timezone.now()
        gateway = choice.usable(gateway_id, at) if is_free else None
        if gateway is None:
            return 0
        try:  # before anything is claimed: what is claimed and not sent looks like a lost answer
            adapter = adapter_for(gateway)
            credentials.read(gateway)
        except (adapters.BadAdapter, credentials.Unreadable) as error:
            switching.stop(gateway, str(error), at)
            return 0
        run = Run(
            gateway, adapter, Dispatcher(adapter, BATCH), Pace(gateway_id, gateway.rate, choice.SENDERS), only_urgent
        )
        try:
            return run.go(seconds)
        finally:
            run.dispatcher.close()
            run.pace.close()


def sweep(*, at: datetime) -> list[int]:
    """Pick up what a killed worker left, tell households of lost messages otherwise, and name gateways with work.

    A row past its lease may or may not have left us. Where the provider removes duplicates by our reference it
    is simply due again, while it is remembered there. Elsewhere it becomes UNKNOWN: its receipt may still settle
    it, and when none comes within GRACE the household gets the next channel, since a second message is better
    than none.
    """
    overdue = Delivery.objects.filter(status=Status.SENDING, lease_until__lt=at)
    for gateway in Gateway.objects.filter(pk__in=overdue.values("gateway")):
        mine = overdue.filter(gateway=gateway)
        if _removes_duplicates(gateway):
            # Due since the lease ended and not since we look: all may have stood still for days.
            count = _move(mine, "PENDING", at, not_before=F("lease_until"), lease_until=None, is_pinned=True)
        else:
            count = _move(mine, "UNKNOWN", at, lease_until=None, settled_at=at, error_code="lease")
        log.warning("gateway %s: %s deliveries found past their lease", gateway.pk, count)
    forgotten = Delivery.objects.filter(status=Status.PENDING, is_pinned=True, not_before__lt=at - MEMORY)
    if count := _move(forgotten, "UNKNOWN", at, settled_at=at, error_code="lease"):
        log.warning("%s deliveries could not be repeated while their provider remembered them", count)
    silent = Delivery.objects.filter(
        ~Exists(
            # Over another channel, and later: the household has been told otherwise, or is about to be.
            Delivery.objects.filter(
                recipient=OuterRef("recipient"), rung=OuterRef("rung"), pk__gt=OuterRef("pk")
            ).exclude(channel=OuterRef("channel"))
        ),
        status=Status.UNKNOWN,
        settled_at__lt=at - GRACE,
        settled_at__gt=at - timedelta(days=7),
        notice__status=Notice.Status.PUBLISHED,
    )
    unknown: dict[tuple[int, int], list[int]] = defaultdict(list)
    for notice_id, rung, recipient_id in silent.values_list("notice_id", "rung", "recipient_id"):
        unknown[notice_id, rung].append(recipient_id)
    for step, recipients in unknown.items():
        try:
            outcomes.try_next_channel({step: recipients}, at)
        except Exception:  # one notice's trouble must not keep the others' messages waiting
            if connection.in_atomic_block:
                raise
            log.exception("notice %s, step %s: no fallback", *step)
    transfer.move_from_idle(at)
    going_on.go_on(at=at)
    catching_up.catch_up(at=at)
    due = due_deliveries(at).filter(gateway=OuterRef("pk"))
    ready = Gateway.objects.working(at).filter(Exists(due)).order_by("pk").values_list("pk", flat=True)
    return [*ready, *transfer.start_trials(at)]


def _move(rows: QuerySet[Delivery], to: str, at: datetime, **fields: Any) -> int:
    """Advance rows and those that follow them. Returns how many. What a slow worker or a receipt holds at this
    moment is not lost, and left alone; the next sweep looks again."""
    with transaction.atomic():
        ids = list(rows.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
        count = Delivery.objects.filter(pk__in=ids).advance(to, **fields) if ids else 0
        shared_phones.update_covered(ids, at)
    return count


def _removes_duplicates(gateway: Gateway) -> bool:
    try:
        return adapter_for(gateway).removes_duplicates
    except adapters.BadAdapter:  # an adapter that was taken out of the settings: the careful answer
        return False
