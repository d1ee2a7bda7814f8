"""One worker sending for one gateway, until nothing is due or its time is up."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone

from notices import clock
from notices.adapters.base import Adapter, ErrorKind, Message, RefreshFailed, SendError, SendResult, Sent
from notices.gateways import choice, credentials, quota, switching, transfer
from notices.gateways.pace import Pace
from notices.gateways.providers import webhook_url
from notices.models import Delivery, Gateway
from notices.sending import eligibility, outcomes
from notices.sending.claims import BATCH, LEASE, Status, claim, due_deliveries
from notices.sending.dispatcher import Dispatcher
from notices.sending.eligibility import Withheld
from notices.sending.outcomes import PROVIDERS_FAULT, RETRIES, Result, kind_of

#: How long outcomes are kept while the database is away: the lease, less an answer (10 s), PATIENCE_BEFORE and five
#: seconds to spare.
PATIENCE = LEASE.total_seconds() - 20
#: And how long a batch that is claimed but not handed over waits for it; with the above and an answer within the lease.
PATIENCE_BEFORE = 5.0
#: Times one run may replace a dead token; a provider that goes on refusing is a matter for a person.
MAX_REFRESHES = 2
#: Outcomes are recorded when so many have come, or the first has waited so long (seconds).
RECORD_AT, RECORD_AFTER = 50, 0.05
#: While messages are in flight and nothing more is due, a look for more every so many seconds.
LOOK_AGAIN = 0.25


class State(Enum):
    """Whether a run takes more to send.

    OPEN ⇄ PACED → CLOSED
    """

    OPEN = auto()
    PACED = auto()  # open, but the pace allowed nothing at the last look
    CLOSED = auto()  # only what is in flight is waited for; from any state, and for good


@dataclass
class Run:
    """One worker sending for one gateway: the database in this thread, the provider in the dispatcher's."""

    gateway: Gateway
    adapter: Adapter
    dispatcher: Dispatcher
    pace: Pace
    only_urgent: bool
    claimed: dict[int, Delivery] = field(default_factory=dict)
    done: dict[int, Result] = field(default_factory=dict)
    done_since: float = 0.0
    token: str = ""
    refreshes: int = 0
    handed_over: int = 0
    state: State = State.OPEN

    def go(self, seconds: float) -> int:
        """Until nothing is due or the time is up. Whatever was claimed is recorded before it returns."""
        deadline = time.monotonic() + seconds
        look_at = 0.0  # when to look for more again
        while True:
            now = time.monotonic()
            if now >= deadline:
                self.state = State.CLOSED
            room = BATCH - len(self.claimed)
            if self.state is not State.CLOSED and now >= look_at and (room >= BATCH // 4 or not self.claimed):
                try:
                    look_at = now + self._top_up(room)
                except (OperationalError, InterfaceError):
                    if connection.in_atomic_block:
                        raise
                    self.state = State.CLOSED  # the database went away: keep what is in flight until it is back
            if not self.claimed and self.state is State.CLOSED:
                return self.handed_over
            self._collect(0.0 if len(self.done) == len(self.claimed) > 0 else RECORD_AFTER)
            if self._is_time_to_record():
                self._record()
                look_at = look_at if self.claimed or self.state is State.PACED else 0.0

    def _top_up(self, room: int) -> float:
        """Claim and hand over up to `room` more. Returns seconds to wait before the next look; closes the run when
        nothing is left to do."""
        at = timezone.now()
        gateway = choice.usable(self.gateway.pk, at)
        if gateway is None:
            self.state = State.CLOSED
            return 0.0
        self.gateway = gateway
        if gateway.tripped_at is not None:
            pinned = Delivery.objects.filter(gateway=gateway, status="PENDING", is_pinned=True, not_before__lte=at)
            room = min(room, pinned[: transfer.PROBE_PINNED].count() or transfer.PROBE_MESSAGES)
        self.pace.rate = gateway.rate
        granted, wait = self.pace.take(room)
        if not granted:
            has_work = bool(self.claimed) or due_deliveries(at).filter(gateway=gateway.pk).exists()
            self.state = State.PACED if has_work else State.CLOSED
            return wait
        self.state = State.OPEN if gateway.tripped_at is None else State.CLOSED  # a trial is one batch
        account = credentials.read(gateway) | {"callback_url": webhook_url(gateway)}
        allowed = quota.reserve(gateway, granted, at) if gateway.daily_quota else granted
        batch = claim(gateway=gateway, at=at, limit=allowed, only_urgent=self.only_urgent) if allowed else []
        if batch:  # before all bookkeeping: what is claimed and not handed over looks like a lost answer
            self._hand_over(batch, account, at)
        self.pace.give_back(granted - len(batch))
        if gateway.daily_quota:
            quota.release(gateway, allowed - len(batch), at)
            # What is in flight, here or at another worker, may still give some of the quota back.
            if not allowed and not Delivery.objects.filter(gateway=gateway, status=Status.SENDING).exists():
                switching.rest(gateway, clock.midnight_after(at), "quota", at)
        if not batch and not self.claimed:
            self.state = State.CLOSED
        # Fewer than asked for: nothing more is due now, and soon enough what fails here may be.
        return 0.0 if len(batch) == granted else LOOK_AGAIN

    def _hand_over(self, batch: list[Delivery], account: dict[str, str], at: datetime) -> None:
        self.token = account.get("access_token", "")
        self.claimed |= {row.pk: row for row in batch}
        composed: list[tuple[dict[int, Message], dict[int, Withheld]]] = []
        try:
            _patiently(
                lambda: composed.append(eligibility.compose(self.gateway, batch, account, at)), seconds=PATIENCE_BEFORE
            )
        except (OperationalError, InterfaceError):
            # None of them left us, and only we know: due again, not in doubt, as soon as that can be written.
            self._finish({row.pk: Withheld(Status.PENDING) for row in batch})
            raise
        messages, needless = composed[0]
        if needless:
            self._finish(needless)
        self.dispatcher.send(messages, account)

    def _collect(self, seconds: float) -> None:
        """Outcomes that have come in, waiting a moment for the first."""
        for pk, outcome, token in self.dispatcher.finished(seconds):
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
        _patiently(lambda: outcomes.correct_budgets(batch, self.done, at))
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
        switching.record_batch(
            gateway=self.gateway, sent=len(sent), failed=len(failed), refused=len(errors) - len(failed),
            code=telling[-1].code if telling else "", left=min(left, default=None), at=at,
        )  # fmt: skip
        if self.gateway.daily_quota:  # a lost answer may have been counted at the provider
            unclear = sum(error.kind == ErrorKind.AMBIGUOUS for error in errors)
            quota.release(self.gateway, len(self.done) - len(sent) - unclear, at)
        for error in errors:
            if error.kind == ErrorKind.STOP_GATEWAY:
                return switching.stop(self.gateway, error.code, at)
            if error.kind == ErrorKind.WAIT_UNTIL:
                return switching.rest(self.gateway, error.until or at + RETRIES[-1], error.code, at)
        return None

    def _with_fresh_token(self, refused: SendResult, token: str) -> SendResult:
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
            account = credentials.refresh(
                self.gateway, stale_token=token, adapter=self.adapter, run=self.dispatcher.run,
                session=self.dispatcher.session,
            )  # fmt: skip
        except RefreshFailed as error:
            kind = ErrorKind.STOP_GATEWAY if error.is_final else ErrorKind.RETRY_LATER
            return SendError(f"token {error}", kind)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise
            self.refreshes -= 1
            self.state = State.CLOSED  # the database went away: what is in flight is recorded when it is back
            return refused
        self.token = account.get("access_token", "")
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
