"""What the engine and a provider say to each other. Adapters know nothing of ours: no models, no settings.

An adapter is built once per send run from the addresses of its hosts. It is given a batch with the account's
credentials, sends it concurrently on one aiohttp session, and turns every answer into one outcome per message, in
order. It never raises for a message: whatever happens becomes a `SendError` that says what to do next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # loading it takes a third of a second, and most processes send nothing
    from aiohttp import ClientSession


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address.

    `reference` is ours (≤ 48 characters), sent along so that receipts find their delivery and providers that
    can remove duplicates do. `address` is E.164 (`+84…`). `text` is what an SMS shows; `template` and
    `params` are what a template message needs.
    """

    reference: str
    address: str
    text: str = ""
    template: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider accepted the message. Not delivered yet. `price` in đồng, None when it does not say.

    `left_today`: messages left of the day's quota, where the provider says so.
    """

    external_id: str
    parts: int = 1
    price: int | None = None
    left_today: int | None = None


class ErrorKind(StrEnum):
    """What to do about a message that was not accepted."""

    RETRY_LATER = "RETRY_LATER"  # the provider is busy or unwell; the same message again, later
    NEXT_CHANNEL = "NEXT_CHANNEL"  # never over this channel to this address
    WAIT_UNTIL = "WAIT_UNTIL"  # not before `SendError.until` (night ban, daily quota)
    REFRESH_TOKEN = "REFRESH_TOKEN"  # noqa: S105 - the access token died; refresh it and send again at once
    STOP_GATEWAY = "STOP_GATEWAY"  # account, money or permission: nothing will go until a person acts
    OUR_BUG = "OUR_BUG"  # the request itself is wrong; repeating it cannot help
    AMBIGUOUS = "AMBIGUOUS"  # the request may have been carried out, the answer was lost


@dataclass(frozen=True, slots=True)
class SendError:
    """The message was not accepted, or nobody knows. `code` is the provider's own, or says what went wrong before it
    had one; it never holds a phone number or text."""

    code: str
    kind: ErrorKind
    until: datetime | None = None
    has_no_account: bool = False  # the address is unknown on this channel; do not try it there next time


SendResult = Sent | SendError


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A provider's call to our webhook, as received. Header names are lower case."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """The message reached the device, or finally did not."""

    reference: str
    is_delivered: bool
    at: datetime | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class ResponseEvent:
    """The household pressed a button of the message: which, by its words; blank if the provider does not say."""

    reference: str
    button: str
    at: datetime | None = None


Event = DeliveryEvent | ResponseEvent
Credentials = Mapping[str, str]


class Adapter(Protocol):
    """One provider over one channel. Built with the base URLs of its hosts (keys as in Provider.addresses) and a clock
    that waits and token lives count from."""

    removes_duplicates: bool  # a second request with the same reference is not sent twice

    async def send(
        self, session: ClientSession, messages: Sequence[Message], credentials: Credentials
    ) -> list[SendResult]:
        """Hand over all messages concurrently; one outcome per message, in order. Never raises."""

    async def refresh(self, session: ClientSession, credentials: Credentials) -> Credentials:
        """New credentials in place of expiring ones. Raises RefreshFailed. Same credentials if none expire."""

    def is_probe(self, request: WebhookRequest) -> bool:
        """An empty call that only tries the address out; answered with 200, neither verified nor stored."""

    def verify(self, request: WebhookRequest, credentials: Credentials) -> bool:
        """Whether the call is really from the provider, in constant time."""

    def parse_events(self, request: WebhookRequest) -> list[Event]:
        """The events of a verified call. Raises ValueError for a body that is not the provider's format."""


class RefreshFailed(Exception):
    """The provider gave no new token. Final: it refused, and a person must connect the account again. Not
    final: nobody answered, and the same refresh may be tried later."""

    def __init__(self, code: str, *, is_final: bool = True) -> None:
        super().__init__(code)
        self.code = code
        self.is_final = is_final
