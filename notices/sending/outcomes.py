"""What a provider answered → rows: status, reach, retries, the next channel; set-wise and safe to repeat."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import attrgetter

from django.db import connection, transaction

from communities.channels import BY_KEY
from notices.adapters.base import Adapter, ErrorKind, SendError, SendResult, Sent
from notices.gateways import budget
from notices.ladder import shared_phones, taking
from notices.models import Delivery, Gateway, Notice, Reach, Recipient
from notices.models.words import NO_CONTACT, OPTED_OUT
from notices.sending import eligibility
from notices.sending.eligibility import Withheld

log = logging.getLogger(__name__)


#: Waits before a message the provider could not take is tried again; after the last, the next channel.
RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
#: Kinds that speak of the provider's health, not of the message.
PROVIDERS_FAULT = (ErrorKind.RETRY_LATER, ErrorKind.AMBIGUOUS)
Status = Delivery.Status
Result = SendResult | Withheld
NEEDLESS = [Withheld(Status.SKIPPED, code) for code in ("", OPTED_OUT, NO_CONTACT)]


def record(
    *,
    gateway: Gateway,
    adapter: Adapter,
    batch: Sequence[Delivery],
    outcomes: Mapping[int, Result],
    at: datetime,
) -> None:
    """Write the outcomes of some deliveries in one statement, raise reach, and send failures to the next channel.

    A receipt that overtook our own answer keeps its higher status; the provider's id and price are still kept.
    Recording the same outcomes twice changes nothing.
    """
    with transaction.atomic():
        outcomes = _not_held_any_more(batch, outcomes)
        lock_in_order([delivery.pk for delivery in batch])
        outcomes = _not_needless_any_more(batch, outcomes)
        rows = [_row(gateway, adapter, delivery, outcomes[delivery.pk], at) for delivery in batch]
        columns = map(list, zip(*map(_columns_of, rows), strict=True))
        failed: dict[tuple[int, int], list[int]] = defaultdict(list)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH outcome AS (
                    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::text[],
                                         %s::int[], %s::int[], %s::bool[], %s::bool[])
                        AS o (id, status, not_before, external_id, error_code, parts, price, is_pinned, is_attempt)
                ), moved AS (
                    UPDATE notices_delivery d SET
                        status = CASE WHEN d.status = 'SENDING' OR d.status = 'UNKNOWN' AND o.status = 'SENT'
                                      THEN o.status ELSE d.status END,
                        not_before = coalesce(o.not_before, d.not_before),
                        attempts = d.attempts - CASE WHEN o.status IN ('PENDING', 'HELD') AND NOT o.is_attempt
                                                     THEN 1 ELSE 0 END,
                        is_pinned = d.is_pinned OR o.is_pinned,
                        external_id = o.external_id, error_code = o.error_code, parts = o.parts, price = o.price,
                        lease_until = NULL,
                        sent_at = CASE WHEN o.status = 'SENT' THEN %s ELSE d.sent_at END,
                        settled_at = CASE WHEN o.status IN ('FAILED', 'UNKNOWN', 'SKIPPED', 'CANCELLED', 'EXPIRED')
                                          THEN %s ELSE d.settled_at END
                    FROM outcome o
                    WHERE d.id = o.id AND (d.status = 'SENDING'
                        OR o.status = 'SENT' AND d.status IN ('UNKNOWN', 'DELIVERED', 'SEEN'))
                    RETURNING d.notice_id, d.rung, d.recipient_id, d.status, d.error_code
                ), reached AS (
                    UPDATE notices_recipient r SET reach = greatest(r.reach, %s), sent_at = coalesce(r.sent_at, %s)
                    WHERE r.id IN (SELECT recipient_id FROM moved WHERE status IN ('SENT', 'DELIVERED', 'SEEN'))
                )
                SELECT notice_id, rung, recipient_id, status, error_code FROM moved
                WHERE status IN ('FAILED', 'SKIPPED')
                """,
                [*columns, at, at, Reach.SENT, at],
            )
            ended = cursor.fetchall()
        barred = [Withheld(Status.SKIPPED, code) for code in (OPTED_OUT, NO_CONTACT)]
        if ids := [delivery.pk for delivery in batch if outcomes[delivery.pk] in barred]:
            shared_phones.promote_covered(ids)
        ended += shared_phones.update_covered([delivery.pk for delivery in batch], at)
        for notice_id, rung, recipient_id, status, code in ended:
            if needs_next_channel(status, code):
                failed[notice_id, rung].append(recipient_id)
        without = [d.contact_id for d in batch if _has_no_account(outcomes[d.pk]) and d.contact_id]
        if without and BY_KEY[gateway.channel].has_accounts:
            _note_no_account(without, gateway.channel, at)
        try_next_channel(failed, at)


def needs_next_channel(status: str, code: str) -> bool:
    """Whether a delivery that ended so leaves its household to the next channel."""
    return status == Status.FAILED or (status == Status.SKIPPED and code in (OPTED_OUT, NO_CONTACT))


def lock_in_order(delivery_ids: Sequence[int]) -> None:
    """Lock deliveries, those they cover, and their recipients, each by ascending id: sends and receipts meet
    on the same rows, and taking locks in one order is what keeps them from deadlocking."""
    rows = Delivery.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=delivery_ids).order_by("pk")
    recipients = list(rows.values_list("recipient", flat=True))
    covered = Delivery.objects.select_for_update(no_key=True, of=("self",)).filter(covered_by__in=delivery_ids)
    recipients += covered.order_by("pk").values_list("recipient", flat=True)
    list(Recipient.objects.select_for_update(no_key=True).filter(pk__in=recipients).order_by("pk").values_list("pk"))


def try_next_channel(recipients: Mapping[tuple[int, int], Sequence[int]], at: datetime) -> None:
    """The next channel for recipients by (notice, rung)."""
    notices = Notice.objects.select_related("ward").in_bulk({notice_id for notice_id, _ in recipients})
    for (notice_id, rung), ids in sorted(recipients.items()):
        taking.take_next_channel(notice=notices[notice_id], rung_number=rung, recipient_ids=ids, at=at)


@dataclass(slots=True, kw_only=True)  # a frozen one costs twice as much, for every message
class _Row:
    """What an outcome makes of a delivery's row."""

    id: int
    status: str
    not_before: datetime | None = None  # None: as it was
    external_id: str = ""
    error_code: str = ""
    parts: int = 0
    price: int = 0
    is_pinned: bool = False  # it may have left us: only this gateway repeats it
    is_attempt: bool = False  # what never left us, or was refused for the token, hour, quota or money alone, is none


_columns_of = attrgetter(*(one.name for one in fields(_Row)))


def _row(gateway: Gateway, adapter: Adapter, delivery: Delivery, outcome: Result, at: datetime) -> _Row:
    if isinstance(outcome, Withheld):
        return _Row(id=delivery.pk, status=outcome.status, error_code=outcome.code)
    if isinstance(outcome, Sent):
        parts = max(outcome.parts, delivery.parts)
        price = gateway.price * parts if outcome.price is None else outcome.price
        return _Row(
            id=delivery.pk, status=Status.SENT, external_id=outcome.external_id[:64], parts=parts, price=price,
            is_attempt=True,
        )  # fmt: skip
    if outcome.kind == ErrorKind.REFRESH_TOKEN:
        # The refresh has happened; the next claim takes the row again.
        return _Row(id=delivery.pk, status=Status.PENDING, not_before=at, error_code="token")
    if outcome.kind == ErrorKind.OUR_BUG:
        log.error("gateway %s refused delivery %s as malformed: %s", gateway.pk, delivery.pk, outcome.code[:40])
    status, not_before = _after_error(adapter, delivery, outcome, at)
    is_lost = outcome.kind == ErrorKind.AMBIGUOUS
    return _Row(
        id=delivery.pk, status=status, not_before=not_before, error_code=outcome.code[:40],
        is_pinned=is_lost and status == Status.PENDING, is_attempt=outcome.kind in PROVIDERS_FAULT,
    )  # fmt: skip


def _after_error(
    adapter: Adapter, delivery: Delivery, error: SendError, at: datetime
) -> tuple[Status, datetime | None]:
    """The status of a message that was not accepted, and when it is tried again (None: when it was due before)."""
    if error.kind == ErrorKind.WAIT_UNTIL:
        return Status.PENDING, error.until or at + RETRIES[-1]
    if error.kind == ErrorKind.STOP_GATEWAY:
        return Status.PENDING, None  # for what may have left, the provider's memory runs from when it was due
    if error.kind not in PROVIDERS_FAULT:
        return Status.FAILED, None
    is_lost = error.kind == ErrorKind.AMBIGUOUS
    if is_lost and not adapter.removes_duplicates:
        return Status.UNKNOWN, None
    if delivery.attempts <= len(RETRIES):
        return Status.PENDING, at + RETRIES[delivery.attempts - 1]
    return (Status.UNKNOWN if is_lost else Status.FAILED), None  # asked five times, never answered: it may have arrived


def correct_budgets(batch: Sequence[Delivery], outcomes: Mapping[int, Result], at: datetime) -> None:
    """Give the budgets back what was counted and not spent. A lost answer may have cost: it stays counted."""
    differences: dict[int, int] = defaultdict(int)
    for delivery in batch:
        outcome = outcomes[delivery.pk]
        if delivery.budgeted is None or kind_of(outcome) == ErrorKind.AMBIGUOUS:
            continue
        ward_id, cost = delivery.budgeted
        if not isinstance(outcome, Sent):
            differences[ward_id] -= cost
        elif outcome.price is not None:
            differences[ward_id] += outcome.price - cost
    budget.correct(differences, at)


def _not_held_any_more(batch: Sequence[Delivery], outcomes: Mapping[int, Result]) -> Mapping[int, Result]:
    """The outcomes, without a hold of notices that were resumed while we had their rows. Locks the notices, so
    that a resume comes before or after us and never leaves a held row behind."""
    held = [row for row in batch if outcomes[row.pk] == Withheld(Status.HELD)]
    if not held:
        return outcomes
    rows = Notice.objects.select_for_update(no_key=True).filter(pk__in={row.notice_id for row in held})
    paused = {notice.pk for notice in rows.order_by("pk") if notice.paused_at is not None}
    go_on = {row.pk: Withheld(Status.PENDING) for row in held if row.notice_id not in paused}
    return {**outcomes, **go_on}


def _not_needless_any_more(batch: Sequence[Delivery], outcomes: Mapping[int, Result]) -> Mapping[int, Result]:
    """The outcomes, with those due again that were found needless before somebody else began to wait for them: a
    household it covers would otherwise share the end of a message that was never for it. The rows are locked."""
    needless = [row for row in batch if outcomes[row.pk] in NEEDLESS]
    if not needless:
        return outcomes
    return {**outcomes, **{pk: Withheld(Status.PENDING) for pk in eligibility.wanted_again(needless)}}


def kind_of(outcome: Result) -> ErrorKind | None:
    """What to do about a message that was not accepted; None for one that was, or needed no sending."""
    return outcome.kind if isinstance(outcome, SendError) else None


def _note_no_account(contact_ids: Sequence[int], channel: str, at: datetime) -> None:
    """Remember that these numbers have no account; of one known already, since when stays."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE communities_contact SET no_account = no_account || jsonb_build_object(%s::text, %s::text)
            WHERE id = ANY(%s) AND no_account -> %s IS NULL
            """,
            [channel, at.isoformat(), list(contact_ids), channel],
        )


def _has_no_account(outcome: Result) -> bool:
    return isinstance(outcome, SendError) and outcome.has_no_account
