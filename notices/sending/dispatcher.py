"""Carries messages to a provider on an event loop of its own, so that the caller talks to the database meanwhile."""

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from queue import Empty, SimpleQueue
from typing import Any

from aiohttp import ClientSession

from notices.adapters import http
from notices.adapters.base import Adapter, ErrorKind, Message, SendError, SendResult


class Dispatcher:
    """One adapter on one open session with so many connections, in one thread. Close it."""

    def __init__(self, adapter: Adapter, connections: int) -> None:
        self._adapter = adapter
        self._back: SimpleQueue[tuple[int, SendResult, str]] = SimpleQueue()
        self._tasks: set[asyncio.Task[None]] = set()  # the loop itself keeps only weak references
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="dispatcher", daemon=True)
        self._thread.start()
        self.session: ClientSession = self.run(self._open(connections))

    def send(self, messages: Mapping[int, Message], credentials: Mapping[str, str]) -> None:
        """Hand messages over, all at once; each one's outcome comes back through `finished` when it is there."""
        if messages:
            self._loop.call_soon_threadsafe(self._start, dict(messages), dict(credentials))

    def finished(self, seconds: float) -> list[tuple[int, SendResult, str]]:
        """(key, outcome, access token it was sent with) of what has come back; waits so long for the first."""
        found = []
        try:
            found.append(self._back.get(timeout=seconds))
            while True:
                found.append(self._back.get_nowait())
        except Empty:
            return found

    def send_one(self, message: Message, credentials: Mapping[str, str]) -> SendResult:
        """Hand one message over and wait for its outcome."""
        outcomes: list[SendResult] = self.run(self._adapter.send(self.session, [message], credentials))
        return outcomes[0]

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """The result of a coroutine, run on the dispatcher's loop and waited for."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def close(self) -> None:
        """Close the session and end the thread. What is still out is given up."""
        self.run(self.session.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self, connections: int) -> ClientSession:
        return http.new_session(connections)  # made inside the loop that will use it

    def _start(self, messages: dict[int, Message], credentials: dict[str, str]) -> None:
        for key, message in messages.items():
            task = self._loop.create_task(self._carry(key, message, credentials))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, key: int, message: Message, credentials: dict[str, str]) -> None:
        try:
            (outcome,) = await self._adapter.send(self.session, [message], credentials)
        except Exception as error:  # an adapter that breaks its promise must not lose the message
            outcome = SendError(type(error).__name__[:40], ErrorKind.AMBIGUOUS)
        self._back.put((key, outcome, credentials.get("access_token", "")))
