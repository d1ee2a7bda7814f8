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
from concurrent.futures import ThreadPoolExecutor
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
#: with 16 a dashboard cost 30 % more processor time than with 4 (222 ms and 173 ms, on two cores with eight visitors at
#: once); with 2, a pair of slow pages would keep everybody waiting.
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
        self.pages: ThreadPoolExecutor
        self.calls: ThreadPoolExecutor

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """As under any WSGI server."""
        return self.application(environ, start_response)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """A worker process begins."""
        self.pages = ThreadPoolExecutor(PAGES, "page")
        self.calls = ThreadPoolExecutor(CALLS, "call")

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """It ends: what is being drawn is still drawn."""
        self.pages.shutdown()
        self.calls.shutdown()

    async def __rsgi__(self, scope: "Scope", protocol: "HTTPProtocol") -> None:
        """One request. Answers 411 or 413 without reading, 408 when the body does not come in time."""
        loop = asyncio.get_running_loop()
        environ = _environ(scope)
        pool = self.calls if scope.path.startswith("/webhooks/") else self.pages
        # A body that is refused stays unread; the application says so, on a page for people.
        if (size := bodies.size_of(environ)) and (
            size <= bodies.ANYBODY or await loop.run_in_executor(pool, _is_taken, environ)
        ):
            try:
                async with asyncio.timeout(bodies.seconds_for(size)):
                    environ["wsgi.input"] = io.BytesIO(await protocol())
            except (TimeoutError, RuntimeError):  # too slow, or gone
                protocol.response_empty(408, [("connection", "close")])
                return
        rest = await loop.run_in_executor(pool, self._answer, environ, protocol)
        if rest is not None:
            await _send(rest, protocol, pool)

    def _answer(self, environ: Environ, protocol: "HTTPProtocol") -> "_Rest | None":
        """In a thread: ask the application, and answer; what of a long answer is still to be sent, or None."""
        started: list[Any] = []
        answer = self.application(environ, lambda status, headers, _error=None: started.extend((status, headers)))
        pieces = _in_pieces(answer)
        first = next(pieces, b"")
        status, headers = int(started[0][:3]), started[1]
        if len(first) >= PIECE:
            return _Rest(status, headers, first, pieces, answer)
        protocol.response_bytes(status, headers, first)
        _close(answer)
        return None


class _Rest:
    def __init__(self, status: int, headers: Headers, first: bytes, pieces: Iterator[bytes], answer: Any) -> None:
        self.status, self.headers, self.first, self.pieces, self.answer = status, headers, first, pieces, answer


async def _send(rest: _Rest, protocol: "HTTPProtocol", pool: ThreadPoolExecutor) -> None:
    """No thread waits while the visitor receives."""
    loop = asyncio.get_running_loop()
    try:
        stream, piece = protocol.response_stream(rest.status, rest.headers), rest.first
        while piece:
            async with asyncio.timeout(SLOWEST):
                await stream.send_bytes(piece)
            piece = await loop.run_in_executor(pool, next, rest.pieces, b"")
    except (TimeoutError, RuntimeError):
        pass  # too slow, or gone
    finally:
        await loop.run_in_executor(pool, _close, rest.answer)


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
