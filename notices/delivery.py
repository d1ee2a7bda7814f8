"""The engine: claim a batch → hand it to the adapter → record the outcomes in one statement; then again.

Why batches: one task per message spends its time on queueing, while one asyncio client keeps a hundred
requests open. Why no transaction around the provider: an early receipt would find the claim uncommitted and
be lost. The whole batch is in flight at once, so a row that is SENDING after its lease may have left us,
and only a provider that removes duplicates by our reference gets it again; see `sweep`.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import ClientSession
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from communities.models import Contact
from notices import adapters, composing, credentials, ladder, links
from notices.adapters import http
from notices.adapters.base import Adapter, ErrorKind, Message, Outcome, RefreshFailed, SendError, Sent
from notices.models import Channel, Delivery, Gateway, Notice, Reach, Recipient

log = logging.getLogger(__name__)

#: Messages claimed, and requests open, at a time. A hundred at 150 ms each is above any account's allowed rate.
BATCH = 100
#: Longer than the slowest answer the adapters wait for (10 s), so that a lease in force means a live worker.
LEASE = timedelta(seconds=30)
#: How long an UNKNOWN may wait for its receipt before the household is told over the next channel.
GRACE = timedelta(seconds=60)
#: Waits before a message the provider could not take is tried again; after the last, the next channel.
RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
#: Workers that may send for one gateway at the same time.
SENDERS = 2
#: Times one run may replace a dead token; a provider that goes on refusing is a matter for a person.
MAX_REFRESHES = 2

Status = Delivery.Status


def adapter_for(gateway: Gateway) -> Adapter:
    """The adapter that speaks for a gateway. Raises adapters.BadAdapter for one this installation does not have."""
    urls = {
        "zalo": settings.ZALO_BASE_URL,
        "zalo_oauth": settings.ZALO_OAUTH_BASE_URL,
        "esms": settings.ESMS_BASE_URL,
    }
    return adapters.build(gateway.adapter, settings.NOTICE_ADAPTERS, urls)


def webhook_url(gateway: Gateway) -> str:
    """Where the gateway's provider reports receipts."""
    return settings.PUBLIC_BASE_URL + reverse("webhook", args=[gateway.webhook_key])


def send_due(*, gateway_id: int, seconds: float = 60) -> int:
    """Send what is due at one gateway until nothing is, or the time is up. Returns messages handed over.

    At most SENDERS workers do this for one gateway at once; a further one returns at once.
    """
    with _sender_slot(gateway_id) as is_free:
        gateway = Gateway.objects.working().filter(pk=gateway_id).first() if is_free else None
        if gateway is None:
            return 0
        try:  # before anything is claimed: what is claimed and not sent looks like a lost answer
            adapter = adapter_for(gateway)
            credentials.read(gateway)
        except (adapters.BadAdapter, credentials.Unreadable) as error:
            _stop(gateway, str(error), timezone.now())
            return 0
        handed_over = 0
        deadline = timezone.now() + timedelta(seconds=seconds)
        with asyncio.Runner() as runner:
            session = runner.run(_open_session())
            run = _Run(gateway, adapter, runner, session)
            try:
                while timezone.now() < deadline and Gateway.objects.working().filter(pk=gateway_id).exists():
                    batch = claim(gateway=gateway, at=timezone.now())
                    if not batch:
                        break
                    handed_over += run.send(batch)
            finally:
                runner.run(session.close())
        return handed_over


def claim(*, gateway: Gateway, at: datetime, limit: int = BATCH) -> list[Delivery]:
    """Take up to `limit` due deliveries of a gateway for this worker: urgent ones first, then the oldest.

    Committed before it returns. Rows another worker is taking at the same moment are passed over.
    """
    return list(
        Delivery.objects.raw(
            """
            UPDATE notices_delivery d SET status = 'SENDING', lease_until = %s, attempts = attempts + 1
            FROM (
                SELECT id FROM notices_delivery
                WHERE gateway_id = %s AND status = 'PENDING' AND not_before <= %s
                ORDER BY priority DESC, not_before, id LIMIT %s FOR UPDATE SKIP LOCKED
            ) due
            WHERE d.id = due.id
            RETURNING d.id, d.recipient_id, d.notice_id, d.contact_id, d.channel, d.address, d.attempts
            """,
            [at + LEASE, gateway.pk, at, limit],
        )
    )


def record(
    *, gateway: Gateway, adapter: Adapter, batch: Sequence[Delivery], outcomes: Mapping[int, Outcome], at: datetime
) -> None:
    """Write the outcomes of a batch in one statement, raise reach, and send failures to the next channel.

    A receipt that overtook our own answer keeps its higher status; the provider's id and price are still kept.
    """
    rows = [_row(gateway, adapter, delivery, outcomes[delivery.pk], at) for delivery in batch]
    columns = list(zip(*rows, strict=True))
    failed: dict[int, list[int]] = defaultdict(list)
    with transaction.atomic():
        lock_in_order([delivery.pk for delivery in batch])
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH outcome AS (
                    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::text[],
                                         %s::int[], %s::int[])
                        AS o (id, status, not_before, external_id, error_code, parts, price)
                ), moved AS (
                    UPDATE notices_delivery d SET
                        status = CASE WHEN d.status = 'SENDING' OR d.status = 'UNKNOWN' AND o.status = 'SENT'
                                      THEN o.status ELSE d.status END,
                        not_before = coalesce(o.not_before, d.not_before),
                        attempts = d.attempts - CASE WHEN o.error_code = 'token' THEN 1 ELSE 0 END,
                        external_id = o.external_id, error_code = o.error_code, parts = o.parts, price = o.price,
                        lease_until = NULL,
                        sent_at = CASE WHEN o.status = 'SENT' THEN %s ELSE d.sent_at END,
                        settled_at = CASE WHEN o.status IN ('FAILED', 'UNKNOWN', 'SKIPPED', 'CANCELLED')
                                          THEN %s ELSE d.settled_at END
                    FROM outcome o
                    WHERE d.id = o.id AND (d.status = 'SENDING'
                        OR o.status = 'SENT' AND d.status IN ('UNKNOWN', 'DELIVERED', 'SEEN'))
                    RETURNING d.notice_id, d.recipient_id, d.status
                ), reached AS (
                    UPDATE notices_recipient r SET reach = greatest(r.reach, %s), sent_at = coalesce(r.sent_at, %s)
                    WHERE r.id IN (SELECT recipient_id FROM moved WHERE status IN ('SENT', 'DELIVERED', 'SEEN'))
                )
                SELECT notice_id, recipient_id FROM moved WHERE status = 'FAILED'
                """,
                [*map(list, columns), at, at, Reach.SENT, at],
            )
            for notice_id, recipient_id in cursor.fetchall():
                failed[notice_id].append(recipient_id)
        without_zalo = [d.contact_id for d in batch if _has_no_account(outcomes[d.pk]) and d.contact_id]
        if without_zalo and gateway.channel == Channel.ZALO:
            Contact.objects.filter(pk__in=without_zalo, no_zalo_since__isnull=True).update(no_zalo_since=at)
        for notice in Notice.objects.select_related("ward").filter(pk__in=failed):
            ladder.fall_back(notice=notice, recipient_ids=failed[notice.pk], at=at)


def sweep(*, at: datetime) -> list[int]:
    """Pick up what a killed worker left, tell households of lost messages otherwise, and name gateways with work.

    A row past its lease may or may not have left us. Where the provider removes duplicates by our reference it
    is simply due again. Elsewhere it becomes UNKNOWN: its receipt may still settle it, and when none comes
    within GRACE the household gets the next channel, since a second message is better than none.
    """
    overdue = Delivery.objects.filter(status=Status.SENDING, lease_until__lt=at)
    for gateway in Gateway.objects.filter(pk__in=overdue.values("gateway")):
        with transaction.atomic():
            # What a slow worker or a receipt holds at this moment is not lost; the next sweep looks again.
            held = overdue.filter(gateway=gateway).select_for_update(skip_locked=True, no_key=True)
            lost = Delivery.objects.filter(pk__in=list(held.values_list("pk", flat=True)))
            if _removes_duplicates(gateway):
                count = lost.advance("PENDING", not_before=at, lease_until=None)
            else:
                count = lost.advance("UNKNOWN", lease_until=None, settled_at=at, error_code="lease")
        log.warning("gateway %s: %s deliveries found past their lease", gateway.pk, count)
    silent = Delivery.objects.filter(
        status=Status.UNKNOWN, settled_at__lt=at - GRACE, settled_at__gt=at - timedelta(days=7)
    )
    unknown: dict[int, list[int]] = defaultdict(list)
    for notice_id, recipient_id in silent.values_list("notice_id", "recipient_id"):
        unknown[notice_id].append(recipient_id)
    for notice in Notice.objects.select_related("ward").filter(pk__in=unknown, status=Notice.Status.PUBLISHED):
        ladder.fall_back(notice=notice, recipient_ids=unknown[notice.pk], at=at)
    due = Delivery.objects.filter(status=Status.PENDING, not_before__lte=at).values("gateway")
    return list(Gateway.objects.working().filter(pk__in=due).values_list("pk", flat=True))


def lock_in_order(delivery_ids: Sequence[int]) -> None:
    """Lock deliveries and their recipients, each by ascending id: batches of sends and of receipts meet on the
    same rows, and taking locks in one order is what keeps them from deadlocking."""
    rows = Delivery.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=delivery_ids).order_by("pk")
    recipients = [recipient for _, recipient in rows.values_list("pk", "recipient")]
    list(Recipient.objects.select_for_update(no_key=True).filter(pk__in=recipients).order_by("pk").values_list("pk"))


# --- one batch ----------------------------------------------------------------------------------------


@dataclass
class _Run:
    """One worker sending for one gateway on one open session."""

    gateway: Gateway
    adapter: Adapter
    runner: asyncio.Runner
    session: ClientSession
    refreshes: int = 0

    def send(self, batch: list[Delivery]) -> int:
        """Compose, send and record one claimed batch. Returns messages the provider accepted."""
        known = credentials.read(self.gateway) | {"callback_url": webhook_url(self.gateway)}
        messages, outcomes = _compose(batch, known)
        if messages:
            answers = self.runner.run(self.adapter.send(self.session, list(messages.values()), known))
            outcomes |= dict(zip(messages, self._with_fresh_token(answers, known), strict=True))
        at = timezone.now()
        record(gateway=self.gateway, adapter=self.adapter, batch=batch, outcomes=outcomes, at=at)
        stopping = [code for code, kind in map(_error, outcomes.values()) if kind == ErrorKind.STOP_GATEWAY]
        if stopping:
            _stop(self.gateway, stopping[0], at)
        return sum(isinstance(outcome, Sent) for outcome in outcomes.values())

    def _with_fresh_token(self, answers: list[Outcome], known: Mapping[str, str]) -> list[Outcome]:
        """The answers, after the token some of them call dead has been replaced.

        A provider that refuses even a new token, or gives none, turns those answers into a stop; one that
        cannot be asked just now, into a later try.
        """
        if not any(kind == ErrorKind.REFRESH_TOKEN for _, kind in map(_error, answers)):
            return answers
        self.refreshes += 1
        instead = SendError("token", ErrorKind.STOP_GATEWAY)
        if self.refreshes <= MAX_REFRESHES:
            stale = known.get("access_token", "")
            try:
                credentials.refresh(
                    self.gateway, stale_token=stale, adapter=self.adapter, run=self.runner.run, session=self.session
                )
                return answers
            except RefreshFailed as error:
                kind = ErrorKind.STOP_GATEWAY if error.is_final else ErrorKind.RETRY_LATER
                instead = SendError(f"token {error}", kind)
        return [instead if _error(answer)[1] == ErrorKind.REFRESH_TOKEN else answer for answer in answers]


def _compose(batch: Sequence[Delivery], known: Mapping[str, str]) -> tuple[dict[int, Message], dict[int, Outcome]]:
    """Messages by delivery, and the outcome of rows that need no message any more (asked again right here)."""
    notices = {n.pk: n for n in Notice.objects.select_related("ward").filter(pk__in={d.notice_id for d in batch})}
    states = {
        pk: (name, is_confirmed)
        for pk, name, is_confirmed in Recipient.objects.filter(pk__in=[d.recipient_id for d in batch]).values_list(
            "pk", "household__head_name", "confirmed_at"
        )
    }
    messages: dict[int, Message] = {}
    needless: dict[int, Outcome] = {}
    for delivery in batch:
        notice, (head_name, is_confirmed) = notices[delivery.notice_id], states[delivery.recipient_id]
        if not notice.is_open:
            needless[delivery.pk] = SendError(Status.CANCELLED, ErrorKind.OUR_BUG)
        elif is_confirmed:
            needless[delivery.pk] = SendError(Status.SKIPPED, ErrorKind.OUR_BUG)
        else:
            link = links.url(delivery.recipient_id)
            messages[delivery.pk] = composing.message_for(
                delivery, notice=notice, head_name=head_name, link=link, template=known.get("template_id", "")
            )
            if delivery.channel == Channel.SMS:
                delivery.parts = composing.measure_sms(messages[delivery.pk].text).parts
            else:
                delivery.parts = 1
    return messages, needless


def _row(
    gateway: Gateway, adapter: Adapter, delivery: Delivery, outcome: Outcome, at: datetime
) -> tuple[int, str, datetime | None, str, str, int, int]:
    """(id, status, not_before, external id, error code, parts, price) that an outcome means."""
    if isinstance(outcome, Sent):
        parts = max(outcome.parts, delivery.parts)
        price = gateway.price * parts if outcome.price is None else outcome.price
        return delivery.pk, Status.SENT, None, outcome.external_id[:64], "", parts, price
    status, not_before, code = Status.FAILED, None, outcome.code[:40]
    if code in (Status.SKIPPED, Status.CANCELLED):
        status, code = Status(code), ""
    elif outcome.kind == ErrorKind.REFRESH_TOKEN:
        # Not an attempt: the token was at fault. The refresh has happened; the next claim takes the row again.
        status, not_before, code = Status.PENDING, at, "token"
    elif outcome.kind == ErrorKind.WAIT_UNTIL:
        status, not_before = Status.PENDING, outcome.until or at + RETRIES[-1]
    elif outcome.kind == ErrorKind.STOP_GATEWAY:
        status, not_before = Status.PENDING, at
    elif outcome.kind == ErrorKind.AMBIGUOUS and not adapter.removes_duplicates:
        status = Status.UNKNOWN
    elif outcome.kind in (ErrorKind.RETRY_LATER, ErrorKind.AMBIGUOUS) and delivery.attempts <= len(RETRIES):
        status, not_before = Status.PENDING, at + RETRIES[delivery.attempts - 1]
    if outcome.kind == ErrorKind.OUR_BUG and status == Status.FAILED:
        log.error("gateway %s refused delivery %s as malformed: %s", gateway.pk, delivery.pk, code)
    return delivery.pk, status, not_before, "", code, 0, 0


def _error(outcome: Outcome) -> tuple[str, ErrorKind | None]:
    """(code, kind) of a refusal; ("", None) for an accepted message."""
    return (outcome.code, outcome.kind) if isinstance(outcome, SendError) else ("", None)


def _has_no_account(outcome: Outcome) -> bool:
    return isinstance(outcome, SendError) and outcome.has_no_account


def _removes_duplicates(gateway: Gateway) -> bool:
    try:
        return adapter_for(gateway).removes_duplicates
    except adapters.BadAdapter:  # an adapter that was taken out of the settings: the careful answer
        return False


def _stop(gateway: Gateway, reason: str, at: datetime) -> None:
    """Stop a gateway until a person acts; what is queued waits, nothing is lost."""
    gateway.stopped_at = at
    gateway.stopped_reason = reason[:200]
    Gateway.objects.filter(pk=gateway.pk, stopped_at__isnull=True).update(
        stopped_at=at, stopped_reason=gateway.stopped_reason
    )
    log.error("gateway %s stopped itself: %s", gateway.pk, gateway.stopped_reason)


async def _open_session() -> ClientSession:
    return http.new_session(BATCH)  # made inside the loop that will use it


@contextmanager
def _sender_slot(gateway_id: int) -> Iterator[bool]:
    """One of SENDERS advisory locks of a gateway. PostgreSQL frees it when a killed worker's connection dies."""
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
