"""Switches for demos and tests: accounts, faults, a clean slate. JSON only, so that no foreign web page can
throw them with a plain form."""

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from aiohttp import web

from notices.sandbox import replies
from notices.sandbox.receipts import OUTBOX
from notices.sandbox.state import SANDBOX, BadControl, EsmsAccount, Faults, ReceiptFaults, ZaloApp


def switch(
    handler: Callable[[web.Request, dict[str, Any]], Awaitable[web.Response]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Give the handler the JSON object that was posted; say in a sentence what is wrong with it."""

    @wraps(handler)
    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request, await _json(request))
        except BadControl as wrong:
            return replies.as_json({"ok": False, "reason": str(wrong)}, 400)

    return handle


@switch
async def zalo_apps(request: web.Request, given: dict[str, Any]) -> web.Response:
    """POST /control/zalo-apps: connect an application, or replace it. The fields of `state.ZaloApp`."""
    app = ZaloApp.from_json(given)
    request.app[SANDBOX].apps[app.app_id] = app
    return replies.as_json({"ok": True})


@switch
async def esms_accounts(request: web.Request, given: dict[str, Any]) -> web.Response:
    """POST /control/esms-accounts: open an account, or replace it. The fields of `state.EsmsAccount`."""
    account = EsmsAccount.from_json(given)
    request.app[SANDBOX].accounts[account.api_key] = account
    return replies.as_json({"ok": True})


@switch
async def faults(request: web.Request, given: dict[str, Any]) -> web.Response:
    """POST /control/faults: `{"zalo": {…}, "esms": {…}, "zalo_oauth": {…}, "receipts": {…}}`.

    Replaces all faults: what is not named works again. `{}` repairs everything.
    """
    sandbox = request.app[SANDBOX]
    known = {*sandbox.PROVIDERS, "receipts"}
    if unknown := set(given) - known:
        raise BadControl(f"{sorted(unknown)} is not among {sorted(known)}")
    if not all(isinstance(value, dict) for value in given.values()):
        raise BadControl("the faults of a provider are an object")
    receipts = ReceiptFaults.from_json(given.pop("receipts", {}))
    struck = {provider: Faults.from_json(value) for provider, value in given.items() if value}
    sandbox.faults, sandbox.receipt_faults = struck, receipts
    sandbox.book.version += 1
    return replies.as_json({"ok": True})


@switch
async def reset(request: web.Request, given: dict[str, Any]) -> web.Response:
    """POST /control/reset: forget messages, waiting receipts and faults; accounts stay."""
    sandbox = request.app[SANDBOX]
    request.app[OUTBOX].clear()
    sandbox.faults, sandbox.receipt_faults = {}, ReceiptFaults()
    sandbox.book.reset()
    return replies.as_json({"ok": True})


async def _json(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise BadControl("send application/json")
    try:
        given = json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise BadControl("the body is not JSON") from error
    if not isinstance(given, dict):
        raise BadControl("the body is not an object")
    return given
