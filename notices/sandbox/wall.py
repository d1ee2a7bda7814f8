"""The wall of phones, and the JSON for those who look: browsers, tests, benches."""

from pathlib import Path
from typing import Any

from aiohttp import web

from notices.sandbox import people, replies
from notices.sandbox.state import SANDBOX, Sandbox

PAGES = Path(__file__).parent / "static"
PHONES_SHOWN = 12
POLICY = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


async def page(request: web.Request) -> web.StreamResponse:
    """GET /: the wall."""
    return web.FileResponse(PAGES / "wall.html", headers={**POLICY, "Cache-Control": "no-cache"})


async def phones(request: web.Request) -> web.Response:
    """GET /wall.json?q=&version=: the newest phones; 204 while nothing has changed since `version`."""
    sandbox = request.app[SANDBOX]
    version = str(sandbox.book.version)
    if request.query.get("version") == version:
        return web.Response(status=204)
    wanted = "".join(c for c in request.query.get("q", "") if c.isdigit())
    options = sandbox.options
    body = {
        "version": version,
        "phones": _newest(sandbox, wanted),
        "phone_count": len(sandbox.book.phones),
        "counts": dict(sandbox.book.counts),
        "label": next((app.response_label for app in sandbox.apps.values()), "Tôi đã đọc"),
        "portal_url": options.portal_url,
        "no_zalo_percent": options.no_zalo_percent,
        "fail_percent": options.fail_percent,
        "latency_ms": options.latency_ms,
        "speed": options.speed,
        "faulty": sorted(sandbox.faults),
    }
    return replies.as_json(body)


async def messages(request: web.Request) -> web.Response:
    """GET /messages.json: what was received, oldest first, and exact counts of everything ever.

    Filters: after (id), provider, phone (+84…), reference, accepted (1/0), limit (the newest so many).
    """
    book, query = request.app[SANDBOX].book, request.query
    try:
        after, limit = int(query.get("after", 0)), int(query.get("limit", 0))
    except ValueError:
        return replies.as_json({"error": "after and limit are numbers"}, 400)
    # A plus sign that was not escaped arrives as a space.
    phone = people.e164(query.get("phone", "").strip()) or query.get("phone", "")
    found = [
        message.as_json()
        for message in book.messages.values()
        if message.id > after
        and (not phone or message.phone == phone)
        and query.get("provider", message.provider) == message.provider
        and query.get("reference", message.reference) == message.reference
        and query.get("accepted", str(int(message.accepted))) == str(int(message.accepted))
    ]
    return replies.as_json({"counts": dict(book.counts), "messages": found[-limit:] if limit else found})


def _newest(sandbox: Sandbox, wanted: str) -> list[dict[str, Any]]:
    shown = []
    for phone in reversed(sandbox.book.phones):
        if wanted and wanted not in "0" + phone[3:] and wanted not in phone:
            continue
        messages = [message.as_json() for message in sandbox.book.phones[phone]]
        shown.append({"phone": phone, "has_keys": people.has_keys(phone), "messages": messages})
        if len(shown) == PHONES_SHOWN:
            break
    return shown
