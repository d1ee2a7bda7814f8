"""Providers that live in this process and do as they are told: for tests of clocks and of many interleavings.

What a provider does over HTTP is tested against the sandbox; here the question is what the engine asks of it.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import time_machine
from django.utils import timezone

from notices.adapters.base import DeliveryEvent, Message, ResponseEvent, SendResult, Sent, WebhookRequest
from notices.adapters.provider import Provider
from notices.ladder import taking
from notices.models import Channel, Gateway
from notices.publishing import lifecycle
from notices.sending import engine


@dataclass
class Book:
    """Every message the providers were given, in order, and what they shall answer next (else: accepted)."""

    given: list[tuple[str, str, str, datetime]] = field(default_factory=list)  # slug, address, reference, moment
    answers: deque[SendResult] = field(default_factory=deque)
    answer: Callable[[str, Message], SendResult] | None = None

    def told(self, slug: str = "") -> list[tuple[str, str]]:
        """(channel, phone) of every message, or of one provider's."""
        return [(name.removeprefix("memory_"), address) for name, address, _, _ in self.given if slug in name]


BOOK = Book()


class _Memory:
    slug = ""
    removes_duplicates = False

    def __init__(self, base_urls, clock) -> None:
        pass

    async def send(self, session, messages, credentials) -> list[SendResult]:
        return [self._one(message) for message in messages]

    def _one(self, message: Message) -> SendResult:
        BOOK.given.append((self.slug, message.address, message.reference, timezone.now()))
        if BOOK.answers:
            return BOOK.answers.popleft()
        return BOOK.answer(self.slug, message) if BOOK.answer else Sent(f"x{len(BOOK.given)}")

    async def refresh(self, session, credentials):
        return credentials

    def is_probe(self, request: WebhookRequest) -> bool:
        return False

    def verify(self, request: WebhookRequest, credentials) -> bool:
        return True

    def parse_events(self, request: WebhookRequest):
        """`kind` is delivered, failed or pressed."""
        query = request.query
        if query["kind"] == "pressed":
            return [ResponseEvent(query["reference"], "Tôi đã đọc")]
        is_delivered = query["kind"] == "delivered"
        return [DeliveryEvent(query["reference"], is_delivered, code="" if is_delivered else "x")]


class MemoryZalo(_Memory):
    """Like Zalo: a lost answer stays lost."""

    slug = "memory_zalo"


class MemorySms(_Memory):
    """Like eSMS: a repeated reference is not sent again."""

    slug, removes_duplicates = "memory_sms", True


class MemorySpare(MemorySms):
    """A second one of the kind, which knows nothing of what the first was given."""

    slug = "memory_spare"


def _provider(adapter: type[_Memory], channel: str) -> Provider:
    return Provider(
        slug=adapter.slug, name=adapter.__name__, about="", channel=channel, credentials=(), codes={}, addresses={},
        adapter=f"tests.notices.memory.{adapter.__name__}", is_priced_by_part=channel == Channel.SMS,
    )  # fmt: skip


PROVIDERS = (
    _provider(MemoryZalo, Channel.ZALO), _provider(MemorySms, Channel.SMS), _provider(MemorySpare, Channel.SMS),
)  # fmt: skip
ADAPTERS = ["tests.notices.memory"]


@contextmanager
def providers(settings, gateways: tuple[Gateway, Gateway]) -> Iterator[Book]:
    """Both gateways carried by these providers, with an empty book."""
    settings.NOTICE_ADAPTERS = ADAPTERS
    for gateway, adapter in zip(gateways, ("memory_zalo", "memory_sms"), strict=True):
        Gateway.objects.filter(pk=gateway.pk).update(adapter=adapter)
    BOOK.given.clear()
    BOOK.answers.clear()
    BOOK.answer = None
    yield BOOK


def tick(at: datetime) -> None:
    """One beat of the sweep at a frozen moment, and everything it sets workers to."""
    with time_machine.travel(at, tick=False):
        lifecycle.drop_expired(at=at)
        taking.take_due(at=at)
        for _ in range(5):  # what fails moves to the next channel, another gateway's work
            ready = engine.sweep(at=at)
            for gateway_id in ready:
                engine.send_due(gateway_id=gateway_id)
            if not ready:
                break
