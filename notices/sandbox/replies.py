"""How any provider of the sandbox answers, well or badly."""

import asyncio
import json
from typing import Any

from aiohttp import web

from notices.sandbox.state import Faults, Sandbox


def as_json(body: Any, status: int = 200) -> web.Response:
    """A JSON answer."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return web.Response(body=content, status=status, content_type="application/json", charset="utf-8")


async def before(sandbox: Sandbox, fault: Faults | None) -> None:
    """Take the time a provider takes."""
    if wait := sandbox.options.latency_ms + (fault.latency_ms if fault else 0):
        await asyncio.sleep(wait / 1000)


async def after(request: web.Request, fault: Faults | None, answer: web.Response) -> web.Response:
    """Give the answer, or what the fault makes of it."""
    if fault is None:
        return answer
    if fault.reply_latency_ms:
        await asyncio.sleep(fault.reply_latency_ms / 1000)
    if fault.drop_replies and request.transport is not None:
        request.transport.abort()
    if fault.garbage:
        return web.Response(text="<html><body>Bad Gateway</body></html>", content_type="text/html")
    return answer
