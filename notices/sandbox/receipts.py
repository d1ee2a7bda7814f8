"""Calls from the providers to our webhooks: later, again when not answered with 200, like the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, web

from notices.sandbox.state import Received, Sandbox, now

#: Zalo waits two seconds for its 200 and comes back after these (channels.md §6.1). Divided by the speed.
PATIENCE_SECONDS = 2.0
AGAIN_AFTER_SECONDS = (30, 300, 900, 1800, 3600)
CALLERS = 16


@dataclass
class Call:
    """One HTTP call to a webhook. With `prepare` its content is made at the moment it is first due."""

    method: str = "GET"
    url: str = ""
    query: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    received: Received | None = None
    prepare: Callable[[], Call] | None = None
    tries: int = 0


class Outbox:
    """Calls waiting for their moment, and those who make them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._due: asyncio.Queue[Call] = asyncio.Queue()
        self._callers: list[asyncio.Task[None]] = []
        self._session: ClientSession | None = None
        self._timers: set[asyncio.TimerHandle] = set()

    async def start(self) -> None:
        """Open the session, set the callers to work."""
        self._session = ClientSession(connector=TCPConnector(limit=CALLERS + 8), cookie_jar=DummyCookieJar())
        self._callers = [asyncio.create_task(self._work()) for _ in range(CALLERS)]

    async def stop(self) -> None:
        """Drop what is waiting."""
        self.clear()
        for caller in self._callers:
            caller.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)
        if self._session:
            await self._session.close()

    def clear(self) -> None:
        """Forget every call that has not been made."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        while not self._due.empty():
            self._due.get_nowait()

    def put(self, call: Call, patience: float) -> None:
        """Make this call after the usual delay times `patience`."""
        faults = self._sandbox.receipt_faults
        if faults.drop:
            self._sandbox.book.changed("receipts_dropped")
            return
        delay = self._sandbox.options.receipt_delay_ms if faults.delay_ms is None else faults.delay_ms
        for _ in range(2 if faults.duplicate else 1):
            self._later(replace(call), delay / 1000 * patience / self._sandbox.options.speed)

    async def call(self, call: Call) -> str:
        """Make this call now. Returns what went wrong, or nothing."""
        if self._session is None:
            return "not running"
        try:
            async with self._session.request(
                call.method,
                call.url,
                params=call.query or None,
                data=call.body,
                headers=call.headers,
                allow_redirects=False,
                timeout=ClientTimeout(total=PATIENCE_SECONDS),
            ) as response:
                await response.read()
                return "" if response.status == 200 else f"HTTP {response.status}"
        except TimeoutError:
            return "timeout"
        except (ClientError, OSError, ValueError) as error:
            return type(error).__name__

    def _later(self, call: Call, seconds: float) -> None:
        if seconds <= 0:
            self._due.put_nowait(call)
            return
        timer: asyncio.TimerHandle

        def due() -> None:
            self._timers.discard(timer)
            self._due.put_nowait(call)

        timer = asyncio.get_running_loop().call_later(seconds, due)
        self._timers.add(timer)

    async def _work(self) -> None:
        while True:
            call = await self._due.get()
            if call.prepare:
                call = replace(call.prepare(), received=call.received, tries=call.tries)
            error = await self.call(call)
            if not error:
                self._delivered(call)
                continue
            self._sandbox.book.changed("receipts_failed")
            if call.received:
                call.received.receipt_error = error
            if call.tries < len(AGAIN_AFTER_SECONDS):
                headers = {**call.headers, "num_retry": str(call.tries + 1)}
                again = replace(call, tries=call.tries + 1, headers=headers)
                self._later(again, AGAIN_AFTER_SECONDS[call.tries] / self._sandbox.options.speed)

    def _delivered(self, call: Call) -> None:
        if call.received:
            call.received.receipt_error = ""
            if not call.received.is_off and call.received.delivered_at is None:
                call.received.delivered_at = now()
                self._sandbox.book.changed("delivered")
        self._sandbox.book.changed("receipts")


OUTBOX: web.AppKey[Outbox] = web.AppKey("outbox", Outbox)
