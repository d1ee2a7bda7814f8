"""What granian talks to: bodies are awaited without a thread, and Django is asked once they are whole.

Under WSGI each connection that sends its body slowly holds one of the few threads that draw pages; forty of them, and
nobody gets a page. granian has no time limit for bodies and its maintainers want none. So it hands over what it
receives by its own asynchronous interface (RSGI): here a body is refused by its length, or awaited on the event loop
for as long as its length allows, and only then does a thread take the whole request to the WSGI application
(docs/decisions/0021).
"""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, close_old_connections

from portal import bodies

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol
    from granian.rsgi import Scope

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Headers = list[tuple[str, str]]

#: Threads that draw pages, of each process. They take turns at the interpreter and wait for the database only a little:
#: on two cores and for sixteen visitors at once, 4 draw 484 sign-in pages a second, 8 draw 460, 16 draw 435. As many,
#: 475, are drawn by 2, but there a pair of slow pages keeps everybody waiting.
PAGES = 4
#: Threads for the calls of providers, which wait for the disk together (notices.receipts.group_commit).
CALLS = 16
#: An answer up to this many bytes is handed over whole; of a longer one, as much at a time.
PIECE = 1024 * 1024
#: How long a visitor may take to receive a piece, in seconds.
SLOWEST = 60


class Server:
    """A WSGI application as granian serves it with `--interface rsgi`; called directly, the application itself."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.pages: Threads
        self.calls: Threads

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """As under any WSGI server."""
        return self.application(environ, start_response)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """A worker process begins."""
        self.pages = Threads(PAGES, loop)
        self.calls = Threads(CALLS, loop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """It ends: what is being drawn is still drawn."""
        self.pages.end()
        self.calls.end()

    async def __rsgi__(self, scope: "Scope", protocol: "HTTPProtocol") -> None:
        """One request. Answers 411 or 413 without reading, 408 when the body does not come in time."""
        environ = _environ(scope)
        threads = self.calls if scope.path.startswith("/webhooks/") else self.pages
        # A body that is refused stays unread; the application says so, on a page for people.
        if (size := bodies.size_of(environ)) and (size <= bodies.ANYBODY or await threads.run(_is_taken, environ)):
            try:
                async with asyncio.timeout(bodies.seconds_for(size)):
                    environ["wsgi.input"] = io.BytesIO(await protocol())
            except (TimeoutError, RuntimeError):  # too slow, or gone
                protocol.response_empty(408, [("connection", "close")])
                return
        rest = await threads.run(self._answer, environ, protocol)
        if rest is not None:
            await _send(rest, protocol, threads)

    def _answer(self, environ: Environ, protocol: "HTTPProtocol") -> "_Rest | None":
        """In a thread: ask the application, and answer; what of a long answer is still to be sent, or None."""
        started: list[Any] = []
        answer = self.application(environ, lambda status, headers, _error=None: started.extend((status, headers)))
        pieces = _in_pieces(answer)
        try:
            first = next(pieces, b"")
        except BaseException:
            _close(answer)
            raise
        status, headers = int(started[0][:3]), started[1]
        if len(first) >= PIECE:
            return _Rest(status, headers, first, pieces, answer)
        protocol.response_bytes(status, headers, first)
        _close(answer)
        return None


class Threads:
    """So many threads and one queue. An executor of the standard library costs a request twice as much, which is felt
    where a provider's call takes half a millisecond in all."""

    def __init__(self, number: int, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._work: SimpleQueue[tuple[asyncio.Future[Any], Callable[..., Any], tuple[Any, ...]] | None] = SimpleQueue()
        self._threads = [Thread(target=self._go_on, daemon=True) for _ in range(number)]
        for thread in self._threads:
            thread.start()

    def run(self, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """What the function returns or raises in one of the threads."""
        done: asyncio.Future[Any] = self._loop.create_future()
        self._work.put((done, function, args))
        return done

    def end(self) -> None:
        """Wait for what has been asked for."""
        for _thread in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join()

    def _go_on(self) -> None:
        while (asked := self._work.get()) is not None:
            done, function, args = asked
            try:
                result = function(*args)
            except BaseException as error:
                self._loop.call_soon_threadsafe(_settle, done, None, error)
            else:
                self._loop.call_soon_threadsafe(_settle, done, result, None)


def _settle(done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if done.done():
        return  # nobody waits any more
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)


class _Rest:
    def __init__(self, status: int, headers: Headers, first: bytes, pieces: Iterator[bytes], answer: Any) -> None:
        self.status, self.headers, self.first, self.pieces, self.answer = status, headers, first, pieces, answer


async def _send(rest: _Rest, protocol: "HTTPProtocol", threads: Threads) -> None:
    """No thread waits while the visitor receives."""
    try:
        stream, piece = protocol.response_stream(rest.status, rest.headers), rest.first
        while piece:
            async with asyncio.timeout(SLOWEST):
                await stream.send_bytes(piece)
            piece = await threads.run(next, rest.pieces, b"")
    except (TimeoutError, RuntimeError):
        pass  # too slow, or gone
    finally:
        await threads.run(_close, rest.answer)


def _is_taken(environ: Environ) -> bool:
    """In a thread, since the session is looked up."""
    close_old_connections()
    try:
        return bodies.refusal(environ) is None
    except DatabaseError:
        return False  # the application meets the same, and says so


def _in_pieces(answer: Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(answer, list):
        yield b"".join(answer)
        return
    held, size = [], 0
    for block in answer:
        held.append(block)
        size += len(block)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _close(answer: Any) -> None:
    if hasattr(answer, "close"):
        answer.close()


def _environ(scope: "Scope") -> Environ:
    server, _, port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # WSGI's own spelling of bytes as text (PEP 3333).
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue  # X_Forwarded_For would pass for a proxy's X-Forwarded-For
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        if key in environ:
            value = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + value
        environ[key] = value
    return environ
