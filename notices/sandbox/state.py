"""What the sandbox remembers: accounts, faults switched on, every message it was sent."""

from __future__ import annotations

import random
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from notices.sandbox.people import NO_ZALO_PERCENT

KEPT_MESSAGES = 50_000
KEPT_REFERENCES = 500_000
MESSAGES_ON_A_PHONE = 4
#: Zalo's day, for daily quotas.
VIET_NAM = timezone(timedelta(hours=7))


Given = TypeVar("Given")


class BadControl(ValueError):
    """A control request that makes no sense; the message says why."""


def now() -> datetime:
    """The aware present."""
    return datetime.now(UTC)


@dataclass
class Options:
    """How the sandbox behaves from its start. `speed` divides every wait of receipts."""

    latency_ms: int = 0
    no_zalo_percent: float = NO_ZALO_PERCENT
    fail_percent: float = 0.0
    receipt_delay_ms: int = 600
    speed: float = 1.0
    portal_url: str = ""
    vendor_dir: Path | None = None


@dataclass
class Faults:
    """What goes wrong at one provider, for `share` of the requests, or for the next `times` of them; at random with
    `is_random`, else evenly spread. `account` (app id or API key): only for that customer.

    `http_status` refuses with that status. `error_code` answers the provider's own error. `drop_replies`
    accepts, records and then closes the connection without a word; `garbage` accepts and answers no JSON;
    `reply_latency_ms` accepts and answers that much later. `latency_ms` is before anything else.
    """

    latency_ms: int = 0
    reply_latency_ms: int = 0
    http_status: int | None = None
    error_code: int | None = None
    drop_replies: bool = False
    garbage: bool = False
    share: float = 1.0
    times: int | None = None
    is_random: bool = False
    account: str = ""
    _due: float = field(default=0.0, repr=False)
    _dice: random.Random = field(default_factory=lambda: random.Random(20261125), repr=False)  # noqa: S311 - no secret

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Faults:
        """Raises BadControl for a name or type it does not know."""
        return _checked(cls, given)

    def strikes(self) -> bool:
        """Whether this request is one of those that go wrong; the same ones every run."""
        if self.times is not None:
            if self.times <= 0:
                return False
            self.times -= 1
            return True
        if self.is_random:
            return self._dice.random() < self.share
        self._due += self.share
        if self._due < 1 - 1e-9:
            return False
        self._due -= 1
        return True


@dataclass
class ReceiptFaults:
    """What goes wrong with our calls to webhooks."""

    drop: bool = False
    duplicate: bool = False
    wrong_mac: bool = False
    delay_ms: int | None = None

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> ReceiptFaults:
        """Raises BadControl for a name or type it does not know."""
        return _checked(cls, given)


@dataclass
class ZaloApp:
    """An application connected to an Official Account. `params` maps template parameters to longest lengths;
    empty: any parameter up to 200 characters, as Zalo's widest type has it. `daily_quota` 0: no limit."""

    app_id: str
    app_secret: str
    oa_secret_key: str
    webhook_url: str = ""
    access_token: str = ""
    refresh_token: str = ""
    expires_at: datetime | None = None
    oa_id: str = "579745863508352884"
    name: str = "Tài khoản chính thức"
    response_label: str = "Tôi đã đọc"
    template_ids: list[str] = field(default_factory=list)
    params: dict[str, int] = field(default_factory=dict)
    daily_quota: int = 0
    token_seconds: int = 90_000
    sent_today: int = 0
    quota_day: str = ""

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> ZaloApp:
        """`expires_at` is ISO 8601, or `expires_in` seconds from now. Raises BadControl."""
        given = dict(given)
        expires_in, expires_at = given.pop("expires_in", None), given.pop("expires_at", None)
        app = _checked(cls, given, required=("app_id", "app_secret", "oa_secret_key"))
        if expires_in is not None:
            app.expires_at = now() + timedelta(seconds=float(expires_in))
        elif expires_at:
            try:
                app.expires_at = datetime.fromisoformat(str(expires_at))
            except ValueError as error:
                raise BadControl("expires_at is not ISO 8601") from error
            if app.expires_at.tzinfo is None:
                raise BadControl("expires_at has no time zone")
        return app

    def left_today(self) -> int | None:
        """Messages left of the daily quota; None without one."""
        today = now().astimezone(VIET_NAM).date().isoformat()
        if self.quota_day != today:
            self.quota_day, self.sent_today = today, 0
        return max(self.daily_quota - self.sent_today, 0) if self.daily_quota else None


@dataclass
class EsmsAccount:
    """Keys and brand name of an eSMS customer. `balance` in đồng; None: never runs out."""

    api_key: str
    secret_key: str
    brandname: str = ""
    balance: int | None = None

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> EsmsAccount:
        """Raises BadControl for a name or type it does not know."""
        return _checked(cls, given, required=("api_key", "secret_key"))


@dataclass(slots=True)
class Received:
    """One request to send, as it came in, and what became of it."""

    id: int
    provider: str  # zalo or esms
    phone: str  # +84…, or as given when it is no number
    reference: str
    at: datetime
    code: str  # the provider's answer: 0 or 100 is accepted
    accepted: bool
    duplicate: bool  # the same reference was accepted before
    message_id: str = ""
    sender: str = ""
    content: str = ""
    template_data: dict[str, str] = field(default_factory=dict)
    app_id: str = ""
    is_off: bool = False
    delivered_at: datetime | None = None
    pressed_at: datetime | None = None
    receipt_error: str = ""

    def as_json(self) -> dict[str, Any]:
        """For /messages.json and the wall."""
        return {
            "id": self.id,
            "provider": self.provider,
            "phone": self.phone,
            "reference": self.reference,
            "at": self.at.isoformat(timespec="milliseconds"),
            "code": self.code,
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "message_id": self.message_id,
            "sender": self.sender,
            "content": self.content,
            "template_data": self.template_data,
            "is_off": self.is_off,
            "delivered_at": self.delivered_at and self.delivered_at.isoformat(timespec="milliseconds"),
            "pressed_at": self.pressed_at and self.pressed_at.isoformat(timespec="milliseconds"),
            "receipt_error": self.receipt_error,
        }


class Book:
    """Everything received: the last 50,000 messages, counts of all of them."""

    def __init__(self) -> None:
        self._last_id = 0
        self.version = 0
        self.messages: OrderedDict[int, Received] = OrderedDict()
        self.phones: OrderedDict[str, deque[Received]] = OrderedDict()
        self.counts: Counter[str] = Counter()
        self._accepted: OrderedDict[tuple[str, str], str] = OrderedDict()

    def reset(self) -> None:
        """Forget all messages. Ids go on, so that a late receipt cannot meet a stranger's message."""
        self.messages.clear()
        self.phones.clear()
        self.counts.clear()
        self._accepted.clear()
        self.version += 1

    def earlier(self, provider: str, reference: str) -> str | None:
        """The message id under which this reference was accepted before."""
        return self._accepted.get((provider, reference))

    def record(self, *, provider: str, reference: str, code: str, accepted: bool, **fields: Any) -> Received:
        """Write a message down."""
        self._last_id += 1
        key = (provider, reference)
        duplicate = bool(reference) and key in self._accepted
        received = Received(
            id=self._last_id,
            provider=provider,
            reference=reference,
            at=now(),
            code=code,
            accepted=accepted,
            duplicate=duplicate,
            **fields,
        )
        self.messages[received.id] = received
        if len(self.messages) > KEPT_MESSAGES:
            self.messages.popitem(last=False)
        if accepted:
            self._accepted[key] = received.message_id
            if len(self._accepted) > KEPT_REFERENCES:
                self._accepted.popitem(last=False)
        self._show(received)
        self.counts["received"] += 1
        self.counts[f"{provider}_received"] += 1
        self.counts[f"{provider}_accepted" if accepted else f"{provider}_refused"] += 1
        self.counts["accepted" if accepted else "refused"] += 1
        self.counts[f"{provider}:{code}"] += 1
        if duplicate:
            self.counts["duplicates"] += 1
        return received

    def changed(self, what: str) -> None:
        """Count an event of a message already written down."""
        self.counts[what] += 1
        self.version += 1

    def find(self, *, id: int | None = None, reference: str = "") -> Received | None:
        """The message of this id, or the latest accepted one of this reference."""
        if id is not None:
            return self.messages.get(id)
        matches = (m for m in reversed(self.messages.values()) if m.reference == reference and m.accepted)
        return next(matches, None)

    def _show(self, received: Received) -> None:
        self.version += 1
        if received.duplicate and not received.accepted:
            return  # refused as a repeat: the phone shows nothing new
        shown = self.phones.setdefault(received.phone, deque(maxlen=MESSAGES_ON_A_PHONE))
        shown.append(received)
        self.phones.move_to_end(received.phone)
        if len(self.phones) > KEPT_MESSAGES:
            self.phones.popitem(last=False)


class Sandbox:
    """The whole state of one running sandbox."""

    PROVIDERS = ("zalo", "zalo_oauth", "esms")

    def __init__(self, options: Options) -> None:
        self.options = options
        self.book = Book()
        self.apps: dict[str, ZaloApp] = {}
        self.accounts: dict[str, EsmsAccount] = {}
        self.faults: dict[str, Faults] = {}
        self.receipt_faults = ReceiptFaults()
        self.last_message_id = 0

    def fault(self, provider: str, account: str = "") -> Faults | None:
        """The faults that strike this request of a customer, if any."""
        faults = self.faults.get(provider)
        if faults is None or faults.account not in ("", account):
            return None
        return faults if faults.strikes() else None

    def app_of(self, access_token: str) -> ZaloApp | None:
        """The application a token is for, if it still lives."""
        for app in self.apps.values():
            if app.access_token == access_token and access_token:
                return app if app.expires_at is None or app.expires_at > now() else None
        return None

    def new_message_id(self) -> str:
        """A provider's own id of a message."""
        self.last_message_id += 1
        return f"{self.last_message_id:012d}"


SANDBOX: web.AppKey[Sandbox] = web.AppKey("sandbox", Sandbox)


def _checked(cls: type[Given], given: dict[str, Any], required: tuple[str, ...] = ()) -> Given:
    """An instance from JSON: known names only, values of the field's kind."""
    known = {name: kind for name, kind in cls.__annotations__.items() if not name.startswith("_")}
    for name, value in given.items():
        if name not in known:
            raise BadControl(f"{name!r} is not one of: {', '.join(known)}")
        kind = known[name]
        accepted: tuple[type, ...] = {
            "str": (str,), "int": (int,), "bool": (bool,), "float": (int, float),
            "int | None": (int, type(None)), "list[str]": (list,), "dict[str, int]": (dict,),
        }.get(kind, ())  # fmt: skip
        if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted):
            raise BadControl(f"{name!r} must be of the kind {kind}")
    if missing := [name for name in required if not given.get(name)]:
        raise BadControl(f"missing: {', '.join(missing)}")
    return cls(**given)
