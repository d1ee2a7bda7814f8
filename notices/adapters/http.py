"""Calling a provider over HTTP, and saying honestly what became of the request.

The one question that matters after trouble is whether the request left: before that the same message may go
again, after that the household may already have it. A body that was handed to the socket counts as left.
Nothing here logs, and no error carries a URL, header, phone or text.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import BytesPayload

from notices.adapters.base import ErrorKind, Message, SendError, SendResult

CONNECT_SECONDS = 3
TOTAL_SECONDS = 10
# Shorter than what servers keep an idle connection open: a POST into a connection the other side is just
# closing cannot be told from a lost answer.
KEEP_ALIVE_SECONDS = 4
MAX_REPLY_BYTES = 64 * 1024


def new_session(connections: int = 64) -> ClientSession:
    """The session an engine sends a batch with: at most so many connections, no cookies, no proxies."""
    return ClientSession(
        connector=TCPConnector(limit=connections, keepalive_timeout=KEEP_ALIVE_SECONDS, ttl_dns_cache=60),
        cookie_jar=DummyCookieJar(),
    )


class Unanswered(Exception):
    """No usable answer came. `outcome` says what that means for the message."""

    def __init__(self, outcome: SendError) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome


class _WatchedBody(BytesPayload):
    """A request body that remembers whether it was handed to the connection."""

    has_left = False

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        self.has_left = True
        await super().write_with_length(writer, content_length)


async def post_json(
    session: ClientSession, url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """POST JSON, get the JSON object answered with HTTP 2xx. Raises Unanswered for everything else."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return await _post(session, url, content, "application/json; charset=utf-8", headers)


async def post_form(
    session: ClientSession, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """POST a form, get the JSON object answered with HTTP 2xx. Raises Unanswered for everything else."""
    return await _post(session, url, urlencode(form).encode(), "application/x-www-form-urlencoded", headers)


def text_of(value: object) -> str:
    """What a provider wrote, as a database can keep it: without NUL and halves of characters, which JSON can spell."""
    return str(value).replace("\0", "").encode(errors="replace").decode()


def whole_number_of(value: object, *, digits: int) -> int | None:
    """The number a provider wrote, as a number or in ASCII digits, at most so many; None for anything else."""
    text = "" if isinstance(value, bool) else str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


async def all_outcomes(
    messages: Sequence[Message], send_one: Callable[[Message], Awaitable[SendResult]]
) -> list[SendResult]:
    """Every message's outcome, in order, sent concurrently. An unforeseen exception is our bug, not a crash."""
    results = await asyncio.gather(*(send_one(message) for message in messages), return_exceptions=True)
    return [_foreseen(result) for result in results]


async def _post(
    session: ClientSession, url: str, content: bytes, content_type: str, headers: Mapping[str, str] | None
) -> dict[str, Any]:
    body = _WatchedBody(content, content_type=content_type)
    try:
        async with session.post(
            url,
            data=body,
            headers=headers,
            allow_redirects=False,
            timeout=ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS),
        ) as response:
            status = response.status
            reply = await response.content.read(MAX_REPLY_BYTES)
            while len(reply) < MAX_REPLY_BYTES and (more := await response.content.read(MAX_REPLY_BYTES)):
                reply += more
    except (ClientError, TimeoutError, OSError) as error:
        raise Unanswered(_lost(error, body.has_left)) from None
    if not 200 <= status < 300:
        raise Unanswered(_refused(status))
    try:
        answer = json.loads(reply)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise Unanswered(SendError("garbage", ErrorKind.AMBIGUOUS))
    return answer


def _lost(error: Exception, has_left: bool) -> SendError:
    what = "timeout" if isinstance(error, TimeoutError) else "connection"
    if has_left:
        return SendError(what, ErrorKind.AMBIGUOUS)
    return SendError(what, ErrorKind.RETRY_LATER)


def _refused(status: int) -> SendError:
    """What an HTTP status says. 502 and 504 come from a proxy that does not know what the provider did."""
    code = f"http-{status}"
    if status in {502, 504}:
        return SendError(code, ErrorKind.AMBIGUOUS)
    if status in {408, 425, 429} or status >= 500:
        return SendError(code, ErrorKind.RETRY_LATER)
    if status < 400 or status in {401, 403, 404, 405, 407}:
        return SendError(code, ErrorKind.STOP_GATEWAY)
    return SendError(code, ErrorKind.OUR_BUG)


def _foreseen(result: SendResult | BaseException) -> SendResult:
    if isinstance(result, Unanswered):
        return result.outcome
    if isinstance(result, Exception):
        # An exception after the request left would be ambiguous; the safe reading is never to send again.
        return SendError(type(result).__name__[:40], ErrorKind.AMBIGUOUS)
    if isinstance(result, BaseException):
        raise result
    return result
