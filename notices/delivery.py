"""The engine: claim due rows → hand them to the adapter → record the outcomes set-wise; without a pause.

Why many at once: one task per message spends its time on queueing, while one asyncio client keeps a hundred
requests open. Why no transaction around the provider: an early receipt would find the claim uncommitted and
be lost. What is claimed is in flight at once, so a row that is SENDING after its lease may have left us, and
only a provider that removes duplicates by our reference gets it again; see `sweep`.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from notices import adapters, clock, credentials, gateways, last_check, outcomes, queueing
from notices.adapters.base import Adapter, ErrorKind, Message, Outcome, RefreshFailed, SendError, Sent
from notices.courier import Courier
from notices.last_check import NotSent
from notices.models import Delivery, Gateway, Notice, Urgency
from notices.outcomes import PROVIDERS_FAULT, RETRIES, Result, kind_of
from notices.pace import Pace

log = logging.getLogger(__name__)

#: Messages claimed and not recorded yet, per worker: what a kill may leave in doubt. At 150 ms a hundred are above
#: any account's allowed rate.
BATCH = 100
#: Longer than the slowest answer the adapters wait for (10 s) and a restart of the database, so that a lease in
#: force means a live worker.
LEASE = timedelta(seconds=45)
#: How long outcomes are kept while the database is away; within the lease.
PATIENCE = 25.0
#: And how long a batch that is claimed but not handed over waits for it; with the above and an answer within the lease.
PATIENCE_BEFORE = 5.0
#: How long an UNKNOWN may wait for its receipt before the household is told over the next channel.
GRACE = timedelta(seconds=60)
#: How long after its last try a message may be repeated. Providers that remove duplicates remember a reference for a
#: day (eSMS), and all tries of a message lie within an hour and a half.
MEMORY = timedelta(hours=22)
#: Times one run may replace a dead token; a provider that goes on refusing is a matter for a person.
MAX_REFRESHES = 2
#: Outcomes are recorded when so many have come, or the first has waited so long (seconds).
RECORD_AT, RECORD_AFTER = 50, 0.05
#: While messages are in flight and nothing more is due, a look for more every so many seconds.
LOOK_AGAIN = 0.25

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


def send_due(*, gateway_id: int, seconds: float = 60, only_urgent: bool = False) -> int:
    """Send what is due at one gateway until nothing is, or the time is up. Returns messages handed over.

    At most gateways.SENDERS workers do this for one gateway; a further one returns at once. A tripped gateway is only
    tried out, with a few messages.
    """
    with gateways.sender_slot(gateway_id) as is_free:
        at = timezone.now()
        gateway = gateways.usable(gateway_id, at) if is_free else None
        if gateway is None:
            return 0
        try:  # before anything is claimed: what is claimed and not sent looks like a lost answer
            adapter = adapter_for(gateway)
            credentials.read(gateway)
        except (adapters.BadAdapter, credentials.Unreadable) as error:
            gateways.stop(gateway, str(error), at)
            return 0
        run = _Run(
            gateway, adapter, Courier(adapter, BATCH), Pace(gateway_id, gateway.rate, gateways.SENDERS), only_urgent
        )
        try:
            return run.go(seconds)
        finally:
            run.courier.close()
            run.pace.close()


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
                  AND NOT (is_tied AND not_before < %s)  -- forgotten by its provider: the sweep's
                ORDER BY priority DESC, not_before, id LIMIT %s FOR UPDATE SKIP LOCKED
            )
            UPDATE notices_delivery d SET status = 'SENDING', lease_until = %s, attempts = attempts + 1
            FROM due WHERE d.id = due.id
            RETURNING d.id, d.recipient_id, d.notice_id, d.contact_id, d.channel, d.rung, d.address, d.attempts,
                      d.lease_until, d.is_tied
            """,
            [gateway.pk, at, lowest, at - MEMORY, limit, at + LEASE],
        )
    )


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
            count = _move(mine, "PENDING", at, not_before=F("lease_until"), lease_until=None, is_tied=True)
        else:
            count = _move(mine, "UNKNOWN", at, lease_until=None, settled_at=at, error_code="lease")
        log.warning("gateway %s: %s deliveries found past their lease", gateway.pk, count)
    forgotten = Delivery.objects.filter(status=Status.PENDING, is_tied=True, not_before__lt=at - MEMORY)
    if count := _move(forgotten, "UNKNOWN", at, settled_at=at, error_code="lease"):
        log.warning("%s deliveries could not be repeated while their provider remembered them", count)
    silent = Delivery.objects.filter(
        ~Exists(
            Delivery.objects.filter(recipient=OuterRef("recipient"), rung=OuterRef("rung")).exclude(
                channel=OuterRef("channel")
            )
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
            outcomes.fall_back({step: recipients}, at)
        except Exception:  # one notice's trouble must not keep the others' messages waiting
            if connection.in_atomic_block:
                raise
            log.exception("notice %s, step %s: no fallback", *step)
    gateways.relieve(at)
    due = _due(at).filter(gateway=OuterRef("pk"))
    ready = Gateway.objects.working(at).filter(Exists(due)).order_by("pk").values_list("pk", flat=True)
    return [*ready, *gateways.lend_to_probes(at)]


def _move(rows: QuerySet[Delivery], to: str, at: datetime, **fields: Any) -> int:
    """Advance rows and those that follow them. Returns how many. What a slow worker or a receipt holds at this
    moment is not lost, and left alone; the next sweep looks again."""
    with transaction.atomic():
        ids = list(rows.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
        count = Delivery.objects.filter(pk__in=ids).advance(to, **fields) if ids else 0
        queueing.follow(ids, at)
    return count


def has_urgent(gateway_id: int, at: datetime) -> bool:
    """Whether something above thường is due at the gateway: its place is the urgent lane."""
    return _due(at).filter(gateway=gateway_id, priority__gt=0).exists()


# --- one run ------------------------------------------------------------------------------------------


@dataclass
class _Run:
    """One worker sending for one gateway: the database in this thread, the provider in the courier's."""

    gateway: Gateway
    adapter: Adapter
    courier: Courier
    pace: Pace
    only_urgent: bool
    claimed: dict[int, Delivery] = field(default_factory=dict)
    done: dict[int, Result] = field(default_factory=dict)
    done_since: float = 0.0
    token: str = ""
    refreshes: int = 0
    handed_over: int = 0
    is_open: bool = True  # more may be claimed
    is_paced: bool = False  # the last look found no token

    def go(self, seconds: float) -> int:
        """Until nothing is due or the time is up. Whatever was claimed is recorded before it returns."""
        deadline = time.monotonic() + seconds
        look_at = 0.0  # when to look for more again
        while True:
            now = time.monotonic()
            self.is_open = self.is_open and now < deadline
            room = BATCH - len(self.claimed)
            if self.is_open and now >= look_at and (room >= BATCH // 4 or not self.claimed):
                try:
                    look_at = now + self._top_up(room)
                except (OperationalError, InterfaceError):
                    if connection.in_atomic_block:
                        raise
                    self.is_open = False  # the database went away: keep what is in flight until it is back
            if not self.claimed and not self.is_open:
                return self.handed_over
            self._collect(0.0 if len(self.done) == len(self.claimed) > 0 else RECORD_AFTER)
            if self._is_time_to_record():
                self._record()
                look_at = look_at if self.claimed or self.is_paced else 0.0

    def _top_up(self, room: int) -> float:
        """Claim and hand over up to `room` more. Returns seconds to wait before the next look; closes the run when
        nothing is left to do."""
        at = timezone.now()
        gateway = gateways.usable(self.gateway.pk, at)
        if gateway is None:
            self.is_open = False
            return 0.0
        self.gateway = gateway
        if gateway.tripped_at is not None:
            tied = Delivery.objects.filter(gateway=gateway, status="PENDING", is_tied=True, not_before__lte=at)
            room = min(room, tied[: gateways.PROBE_TIED].count() or gateways.PROBE_MESSAGES)
        self.pace.rate = gateway.rate
        granted, wait = self.pace.take(room)
        self.is_paced = not granted
        if not granted:
            self.is_open = bool(self.claimed) or _due(at).filter(gateway=gateway.pk).exists()
            return wait
        if gateway.tripped_at is not None:
            self.is_open = False  # a trial is one batch
        known = credentials.read(gateway) | {"callback_url": webhook_url(gateway)}
        allowed = gateways.reserve(gateway, granted, at) if gateway.daily_quota else granted
        batch = claim(gateway=gateway, at=at, limit=allowed, only_urgent=self.only_urgent) if allowed else []
        if batch:  # before all bookkeeping: what is claimed and not handed over looks like a lost answer
            self._hand_over(batch, known, at)
        self.pace.give_back(granted - len(batch))
        if gateway.daily_quota:
            gateways.release(gateway, allowed - len(batch), at)
            # What is in flight, here or at another worker, may still give some of the quota back.
            if not allowed and not Delivery.objects.filter(gateway=gateway, status=Status.SENDING).exists():
                gateways.rest(gateway, clock.midnight_after(at), "quota", at)
        if not batch and not self.claimed:
            self.is_open = False
        # Fewer than asked for: nothing more is due now, and soon enough what fails here may be.
        return 0.0 if len(batch) == granted else LOOK_AGAIN

    def _hand_over(self, batch: list[Delivery], known: dict[str, str], at: datetime) -> None:
        self.token = known.get("access_token", "")
        self.claimed |= {row.pk: row for row in batch}
        composed: list[tuple[dict[int, Message], dict[int, NotSent]]] = []
        try:
            _patiently(
                lambda: composed.append(last_check.compose(self.gateway, batch, known, at)), seconds=PATIENCE_BEFORE
            )
        except (OperationalError, InterfaceError):
            # None of them left us, and only we know: due again, not in doubt, as soon as that can be written.
            self._finish({row.pk: NotSent(Status.PENDING) for row in batch})
            raise
        messages, needless = composed[0]
        if needless:
            self._finish(needless)
        self.courier.send(messages, known)

    def _collect(self, seconds: float) -> None:
        """Outcomes that have come in, waiting a moment for the first."""
        for pk, outcome, token in self.courier.finished(seconds):
            if kind_of(outcome) == ErrorKind.REFRESH_TOKEN:
                outcome = self._with_fresh_token(outcome, token)
            self._finish({pk: outcome})

    def _finish(self, outcomes: Mapping[int, Result]) -> None:
        if not self.done:
            self.done_since = time.monotonic()
        self.done |= outcomes

    def _is_time_to_record(self) -> bool:
        if not self.done:
            return False
        if len(self.done) == len(self.claimed):
            return True
        if self.gateway.tripped_at is not None:
            return False  # a trial is judged as a whole
        return len(self.done) >= RECORD_AT or time.monotonic() - self.done_since >= RECORD_AFTER

    def _record(self) -> None:
        """Write what is done; patiently, since nobody else knows it."""
        batch = [self.claimed[pk] for pk in self.done]
        at = timezone.now()

        def write() -> None:
            outcomes.record(gateway=self.gateway, adapter=self.adapter, batch=batch, outcomes=self.done, at=at)

        _patiently(write)
        _patiently(lambda: outcomes.settle(batch, self.done, at))
        _patiently(lambda: self._tell_health(at))
        self.handed_over += sum(isinstance(outcome, Sent) for outcome in self.done.values())
        for pk in self.done:
            del self.claimed[pk]
        self.done = {}

    def _tell_health(self, at: datetime) -> None:
        sent = [outcome for outcome in self.done.values() if isinstance(outcome, Sent)]
        errors = [
            outcome for outcome in self.done.values() if isinstance(outcome, SendError) and outcome.code != "token"
        ]
        failed = [error for error in errors if error.kind in PROVIDERS_FAULT]
        # A number without Zalo says nothing about the gateway.
        telling = failed or [error for error in errors if error.kind != ErrorKind.NEXT_CHANNEL]
        left = [outcome.left_today for outcome in sent if outcome.left_today is not None]
        gateways.record_batch(
            gateway=self.gateway, sent=len(sent), failed=len(failed), refused=len(errors) - len(failed),
            code=telling[-1].code if telling else "", left=min(left, default=None), at=at,
        )  # fmt: skip
        if self.gateway.daily_quota:  # a lost answer may have been counted at the provider
            unclear = sum(error.kind == ErrorKind.AMBIGUOUS for error in errors)
            gateways.release(self.gateway, len(self.done) - len(sent) - unclear, at)
        for error in errors:
            if error.kind == ErrorKind.STOP_GATEWAY:
                return gateways.stop(self.gateway, error.code, at)
            if error.kind == ErrorKind.WAIT_UNTIL:
                return gateways.rest(self.gateway, error.until or at + RETRIES[-1], error.code, at)
        return None

    def _with_fresh_token(self, refused: Outcome, token: str) -> Outcome:
        """What a message refused for its token comes to, after the token has been replaced.

        A provider that refuses even a new token, or gives none, turns it into a stop; one that cannot be asked
        just now, into a later try.
        """
        if token != self.token:
            return refused  # replaced meanwhile; the message simply goes again
        self.refreshes += 1
        if self.refreshes > MAX_REFRESHES:
            return SendError("token", ErrorKind.STOP_GATEWAY)
        try:
            known = credentials.refresh(
                self.gateway, stale_token=token, adapter=self.adapter, run=self.courier.run,
                session=self.courier.session,
            )  # fmt: skip
        except RefreshFailed as error:
            kind = ErrorKind.STOP_GATEWAY if error.is_final else ErrorKind.RETRY_LATER
            return SendError(f"token {error}", kind)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise
            self.refreshes -= 1
            self.is_open = False  # the database went away: what is in flight is recorded when it is back
            return refused
        self.token = known.get("access_token", "")
        return refused


def _patiently(step: Callable[[], None], seconds: float = PATIENCE) -> None:
    """Do it, again after a deadlock or when a row it names was deleted meanwhile (the number of the next channel: the
    database looks at commit), and again while the database is away. Raises what remains when time is up."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return step()
        except (OperationalError, InterfaceError, IntegrityError):
            if connection.in_atomic_block or time.monotonic() > deadline:
                raise
            connection.close_if_unusable_or_obsolete()
            time.sleep(0.3)


def _due(at: datetime):
    """Deliveries that may go out now."""
    due = Delivery.objects.filter(status=Status.PENDING, not_before__lte=at)
    return due.filter(priority=Urgency.FLASH.rank) if clock.is_quiet(at) else due


def _removes_duplicates(gateway: Gateway) -> bool:
    try:
        return adapter_for(gateway).removes_duplicates
    except adapters.BadAdapter:  # an adapter that was taken out of the settings: the careful answer
        return False
