"""Provider event → stored Receipt → delivery and reach move forward, never back.

Stored first, applied second: a webhook must be answered within two seconds, and an event that could not be
applied today can be applied again tomorrow. Applying twice changes nothing.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from psycopg.errors import DeadlockDetected

from communities import names
from notices.adapters import BadAdapter
from notices.adapters.base import Adapter, Event, ResponseEvent, WebhookRequest
from notices.gateways import providers
from notices.ladder import shared_phones
from notices.models import CONFIRM_LABEL, ConfirmedVia, Delivery, Gateway, Reach, Receipt, delivery_id_of
from notices.residents import confirmations
from notices.sending import outcomes

log = logging.getLogger(__name__)


#: Receipts applied in one transaction.
BATCH = 500
#: Times a batch that met a deadlock is tried again before the next sweep has its turn.
TRIES_AGAIN = 3
Outcome = Receipt.Outcome
_CONFIRMS = names.fold(CONFIRM_LABEL)


# --- applying -----------------------------------------------------------------------------------------


def apply_waiting(*, at: datetime) -> int:
    """Apply all stored receipts that wait, in batches, oldest first. Returns how many were applied or set aside.

    What another worker has at this moment is passed over. What comes meanwhile waits for the next look: chasing
    it would mean many small batches.
    """
    done = 0
    while True:
        ends = _apply_batch(Receipt.objects.waiting()[:BATCH], at, skip_locked=True)
        done += ends.total()
        if ends.total() < BATCH:
            return done


def replay(chosen: QuerySet[Receipt], *, at: datetime) -> Counter[str]:
    """Apply stored receipts once more, whatever became of them before, oldest first. Returns how many ended how.

    For an adapter that has learned to read more, or deliveries that were restored from a backup. Each batch is one
    transaction: a replay that is broken off leaves whole batches, and can begin again.
    """
    ends: Counter[str] = Counter()
    last = 0
    while True:
        following = chosen.filter(pk__gt=last, received_at__lte=at).order_by("pk")
        ids = list(following.values_list("pk", flat=True)[:BATCH])
        if not ids:
            return ends
        ends += _apply_batch(Receipt.objects.filter(pk__in=ids).order_by("pk"), at)
        last = ids[-1]


class _Subject(NamedTuple):
    """The delivery an event is about."""

    pk: int
    gateway_id: int | None
    recipient_id: int
    notice_id: int
    rung: int
    code: str


@dataclass
class _Effects:
    """What a batch comes to. The first event counts where several say the same, as if they came one by one."""

    delivered: dict[int, datetime] = field(default_factory=dict)  # by delivery, as the next two
    seen: dict[int, datetime] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    reached: dict[int, datetime] = field(default_factory=dict)  # by recipient, as the rest
    opened: dict[int, datetime] = field(default_factory=dict)
    pressed: dict[int, datetime] = field(default_factory=dict)  # the button that confirms
    for_next_channel: dict[tuple[int, int], list[int]] = field(
        default_factory=lambda: defaultdict(list)
    )  # by notice and rung

    def add(self, event: Event, row: _Subject, moment: datetime) -> None:
        """Note one event."""
        if isinstance(event, ResponseEvent):
            self.seen.setdefault(row.pk, moment)
            self.opened.setdefault(row.recipient_id, moment)
            if names.fold(event.button) == _CONFIRMS:
                self.pressed.setdefault(row.recipient_id, moment)
        elif event.is_delivered:
            self.delivered.setdefault(row.pk, moment)
            self.reached.setdefault(row.recipient_id, moment)
        else:
            self.failed.setdefault(row.pk, event.code[:40])
            self.for_next_channel[row.notice_id, row.rung].append(row.recipient_id)


def _apply_batch(receipts: QuerySet[Receipt], at: datetime, *, skip_locked: bool = False) -> Counter[str]:
    """Apply these receipts in one transaction, again when it meets a deadlock. Returns how many ended how."""

    def apply() -> Counter[str]:
        with transaction.atomic():
            locked = receipts.select_for_update(skip_locked=skip_locked, no_key=True)
            rows = list(locked.values_list("pk", "gateway", "payload", "received_at"))
            if not rows:
                return Counter()
            events, ends = _read(rows)
            subjects = _subjects([event.reference for _, _, event, _ in events])
            outcomes.lock_in_order(sorted({row.pk for row in subjects.values()}))
            effects = _Effects()
            for receipt_id, gateway_id, event, moment in events:
                row = subjects.get((gateway_id, event.reference))
                if row is None:
                    ends[receipt_id] = Outcome.UNKNOWN_REFERENCE
                else:
                    effects.add(event, row, moment)
            _write(effects, at)
            for outcome in set(ends.values()):
                ids = [pk for pk, value in ends.items() if value == outcome]
                Receipt.objects.filter(pk__in=ids).update(applied_at=at, outcome=outcome)
        return Counter(ends.values())

    return _again_after_deadlock(apply)


def _again_after_deadlock(apply: Callable[[], Counter[str]]) -> Counter[str]:
    for _ in range(TRIES_AGAIN):
        try:
            return apply()
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
            log.warning("receipts met a deadlock and are applied again")
    return apply()


def _read(
    rows: Sequence[tuple[int, int, Any, datetime]],
) -> tuple[list[tuple[int, int, Event, datetime]], dict[int, str]]:
    """The events as (receipt, gateway, event, moment), and how each receipt ends if nothing else comes up."""
    gateways = Gateway.objects.in_bulk({gateway_id for _, gateway_id, _, _ in rows})
    adapters: dict[int, Adapter] = {}
    events: list[tuple[int, int, Event, datetime]] = []
    ends: dict[int, str] = {}
    for pk, gateway_id, kept, received_at in rows:
        try:
            if gateway_id not in adapters:
                adapters[gateway_id] = providers.adapter_for(gateways[gateway_id])
            request = WebhookRequest(kept["method"], {}, kept["query"], kept["body"].encode())
            found = [
                # A provider's clock may run ahead of ours.
                (pk, gateway_id, event, min(event.at or received_at, received_at))
                for event in adapters[gateway_id].parse_events(request)
            ]
        except (ValueError, BadAdapter):
            ends[pk] = Outcome.UNREADABLE
        except Exception as error:  # an adapter's fault with one call must not hold up all the others
            log.error("receipt %s of gateway %s cannot be read: %s", pk, gateway_id, type(error).__name__)
            ends[pk] = Outcome.UNREADABLE
        else:
            ends[pk] = Outcome.APPLIED
            events += found
    return events, ends


def _subjects(references: Sequence[str]) -> dict[tuple[int | None, str], _Subject]:
    """Deliveries by (gateway, reference): a gateway's events can only move that gateway's deliveries."""
    wanted = {text: parsed for text in references if (parsed := delivery_id_of(text))}
    rows = Delivery.objects.filter(pk__in={pk for _, pk in wanted.values()})
    fields = rows.values_list("pk", "gateway", "recipient", "notice", "rung", "notice__code")
    by_id = {row[0]: _Subject(*row) for row in fields}
    return {
        (row.gateway_id, text): row
        for text, (code, pk) in wanted.items()
        if (row := by_id.get(pk)) is not None and row.code == code
    }


def _write(effects: _Effects, at: datetime) -> None:
    """Move deliveries and households, those on a shared phone too; then confirm, and give the failed another way."""
    _raise("SEEN", Reach.SEEN, "seen_at", effects.seen, effects.opened)
    _raise("DELIVERED", Reach.DELIVERED, "delivered_at", effects.delivered, effects.reached)
    by_code: dict[str, list[int]] = defaultdict(list)
    for pk, code in effects.failed.items():
        by_code[code].append(pk)
    for code, ids in by_code.items():
        Delivery.objects.filter(pk__in=ids).advance("FAILED", settled_at=at, error_code=code)
    moved = shared_phones.update_covered([*effects.seen, *effects.delivered, *effects.failed], at)
    for recipient_id, moment in effects.pressed.items():
        confirmations.confirm_by_phone(recipient_id=recipient_id, via=ConfirmedVia.ZALO_BUTTON, at=moment)
    for notice_id, rung, recipient_id, status, code in moved:
        if outcomes.needs_next_channel(status, code):
            effects.for_next_channel[notice_id, rung].append(recipient_id)
    outcomes.try_next_channel(effects.for_next_channel, at)


def _raise(
    status: str, level: int, moment_of_level: str, settled: dict[int, datetime], reached: dict[int, datetime]
) -> None:
    """DeliveryQuerySet.advance and RecipientQuerySet.raise_reach for many, each with its own moment."""
    if not settled:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH moved AS (
                UPDATE notices_delivery d SET status = %s, settled_at = e.at
                FROM unnest(%s::bigint[], %s::timestamptz[]) AS e (id, at)
                WHERE d.id = e.id AND d.status = ANY(%s)
            )
            UPDATE notices_recipient r SET
                reach = greatest(r.reach, %s), {moment_of_level} = coalesce(r.{moment_of_level}, e.at)
            FROM unnest(%s::bigint[], %s::timestamptz[]) AS e (id, at)
            WHERE r.id = e.id AND (r.reach < %s OR r.{moment_of_level} IS NULL)
            """,  # noqa: S608 - a column named above
            [
                status, list(settled), list(settled.values()), list(Delivery.objects.all().PREDECESSORS[status]),
                level, list(reached), list(reached.values()), level,
            ],
        )  # fmt: skip
