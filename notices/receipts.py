"""Provider event → stored Receipt → delivery and reach move forward, never back.

Stored first, applied second: a webhook must be answered within two seconds, and an event that could not be
applied today can be applied again tomorrow. Applying twice changes nothing.
"""

import hashlib
from collections import defaultdict
from datetime import datetime

from django.db import transaction

from notices import confirmations, delivery, outcomes, queueing
from notices.adapters import BadAdapter
from notices.adapters.base import DeliveryEvent, Event, ResponseEvent, WebhookRequest
from notices.models import ConfirmedVia, Delivery, Gateway, Reach, Receipt, Recipient, delivery_id_of

#: Receipts applied in one transaction.
BATCH = 500
Outcome = Receipt.Outcome


def store(*, gateway: Gateway, request: WebhookRequest, at: datetime) -> bool:
    """Keep a verified call as it came. Returns False for one that is kept already (providers repeat calls)."""
    body = request.body.decode("utf-8", "replace").replace("\x00", "")  # PostgreSQL's text holds no NUL
    query = sorted((name.replace("\x00", ""), value.replace("\x00", "")) for name, value in request.query.items())
    key = hashlib.sha256(f"{request.method}\n{query}\n".encode() + request.body).hexdigest()
    payload = {"method": request.method, "query": dict(query), "body": body}
    _, is_new = Receipt.objects.get_or_create(
        gateway=gateway, key=key, defaults={"payload": payload, "received_at": at}
    )
    return is_new


def apply_waiting(*, at: datetime) -> int:
    """Apply all stored receipts that wait, in batches, oldest first. Returns how many were applied or set aside."""
    done = 0
    while count := _apply_batch(at):
        done += count
    return done


def _apply_batch(at: datetime) -> int:
    with transaction.atomic():
        waiting = list(
            Receipt.objects.waiting()
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .select_related("gateway")[:BATCH]
        )
        if not waiting:
            return 0
        events, ends = _read(waiting)
        owned = _owned([event for _, event in events])
        outcomes.lock_in_order(sorted({row.pk for row in owned.values()}))
        for receipt, event in events:
            row = owned.get((receipt.gateway_id, event.reference))
            if row is None:
                ends[receipt.pk] = Outcome.UNKNOWN_REFERENCE
        _apply([(event, owned.get((r.gateway_id, event.reference)), r.received_at) for r, event in events], at)
        for outcome in set(ends.values()):
            ids = [pk for pk, value in ends.items() if value == outcome]
            Receipt.objects.filter(pk__in=ids).update(applied_at=at, outcome=outcome)
    return len(waiting)


def _read(waiting: list[Receipt]) -> tuple[list[tuple[Receipt, Event]], dict[int, Outcome]]:
    """Each receipt's events, and how each receipt ends if nothing else comes up."""
    events: list[tuple[Receipt, Event]] = []
    ends: dict[int, Outcome] = {}
    for receipt in waiting:
        kept = receipt.payload
        request = WebhookRequest(kept["method"], {}, kept["query"], kept["body"].encode())
        try:
            found = delivery.adapter_for(receipt.gateway).parse_events(request)
        except (ValueError, BadAdapter):  # one call nobody can read must not hold up all the others
            ends[receipt.pk] = Outcome.UNREADABLE
            continue
        ends[receipt.pk] = Outcome.APPLIED
        events += [(receipt, event) for event in found]
    return events, ends


def _owned(events: list[Event]) -> dict[tuple[int | None, str], Delivery]:
    """Deliveries by (gateway, reference): a gateway's events can only move that gateway's deliveries."""
    wanted = {event.reference: parsed for event in events if (parsed := delivery_id_of(event.reference))}
    rows = Delivery.objects.filter(pk__in=[pk for _, pk in wanted.values()]).select_related("notice")
    by_id = {row.pk: row for row in rows.only("gateway", "recipient", "notice__code", "channel", "rung")}
    return {
        (by_id[pk].gateway_id, text): by_id[pk]
        for text, (code, pk) in wanted.items()
        if pk in by_id and by_id[pk].notice.code == code
    }


def _apply(events: list[tuple[Event, Delivery | None, datetime]], at: datetime) -> None:
    delivered: dict[datetime, list[Delivery]] = defaultdict(list)
    failed: dict[str, list[Delivery]] = defaultdict(list)
    for event, row, received_at in events:
        if row is None:
            continue
        moment = min(event.at or received_at, received_at)  # a provider's clock may run ahead of ours
        if isinstance(event, ResponseEvent):
            Delivery.objects.filter(pk=row.pk).advance("SEEN", settled_at=moment)
            Recipient.objects.filter(pk=row.recipient_id).raise_reach(Reach.SEEN, moment)
            queueing.follow([row.pk], at)
            confirmations.confirm_by_phone(recipient_id=row.recipient_id, via=ConfirmedVia.ZALO_BUTTON, at=moment)
        elif isinstance(event, DeliveryEvent) and event.is_delivered:
            # Receipts of one second share one statement; a stamp finer than that means nothing to anybody.
            delivered[moment.replace(microsecond=0)].append(row)
        else:
            failed[event.code].append(row)
    for moment, rows in delivered.items():
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).advance("DELIVERED", settled_at=moment)
        Recipient.objects.filter(pk__in=[row.recipient_id for row in rows]).raise_reach(Reach.DELIVERED, moment)
        queueing.follow([row.pk for row in rows], at)
    for code, rows in failed.items():
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).advance("FAILED", settled_at=at, error_code=code[:40])
        left: dict[tuple[int, int], list[int]] = defaultdict(list)
        for row in rows:
            left[row.notice_id, row.rung].append(row.recipient_id)
        for notice_id, rung, recipient_id, *_ in queueing.follow([row.pk for row in rows], at):
            left[notice_id, rung].append(recipient_id)
        outcomes.fall_back(left, at)
