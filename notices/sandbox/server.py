"""Puts the sandbox together and runs it: for good, or beside a test."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from notices.sandbox import control, esms, wall, zalo
from notices.sandbox.client import SandboxClient
from notices.sandbox.receipts import OUTBOX, Outbox
from notices.sandbox.state import SANDBOX, EsmsAccount, Options, Sandbox, ZaloApp


def create_app(
    options: Options,
    zalo_apps: Iterable[dict[str, Any]] = (),
    esms_accounts: Iterable[dict[str, Any]] = (),
) -> web.Application:
    """The sandbox as an aiohttp application, with these accounts open. Raises BadControl for a wrong account."""
    sandbox = Sandbox(options)
    for given in zalo_apps:
        known = ZaloApp.from_json(given)
        sandbox.apps[known.app_id] = known
    for given in esms_accounts:
        account = EsmsAccount.from_json(given)
        sandbox.accounts[account.api_key] = account
    app = web.Application()
    app[SANDBOX], app[OUTBOX] = sandbox, Outbox(sandbox)
    app.cleanup_ctx.append(_calling_back)
    app.add_routes(
        [
            web.post("/zalo/message/template", zalo.send_template),
            web.post("/zalo-oauth/v4/oa/access_token", zalo.access_token),
            web.post("/esms/MainService.svc/json/SendMultipleMessage_V4_post_json/", esms.send_sms),
            web.get("/", wall.page),
            web.get("/wall.json", wall.phones),
            web.get("/messages.json", wall.messages),
            web.post("/phones/press", zalo.press),
            web.post("/control/zalo-apps", control.zalo_apps),
            web.post("/control/esms-accounts", control.esms_accounts),
            web.post("/control/faults", control.faults),
            web.post("/control/reset", control.reset),
            web.static("/static", wall.PAGES),
        ]
    )
    if options.vendor_dir and options.vendor_dir.is_dir():
        app.router.add_static("/vendor", options.vendor_dir)
    return app


def run(app: web.Application, host: str, port: int) -> None:
    """Serve until interrupted. Raises OSError when the port is taken."""
    web.run_app(app, host=host, port=port, access_log=None, print=None, shutdown_timeout=1)


@contextmanager
def running(options: Options | None = None, port: int = 0) -> Iterator[SandboxClient]:
    """A sandbox in a thread of this process for the length of the block, on a free loopback port.

    Without options everybody has Zalo and receipts come at once.
    """
    app = create_app(options or Options(no_zalo_percent=0, receipt_delay_ms=0))
    listening = socket.create_server(("127.0.0.1", port))
    is_up = threading.Event()
    stop: list[Callable[[], object]] = []

    async def serve() -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        stop.append(lambda: loop.call_soon_threadsafe(stopping.set))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        is_up.set()
        await stopping.wait()
        await runner.cleanup()

    def live() -> None:
        try:
            asyncio.run(serve())
        finally:
            is_up.set()

    thread = threading.Thread(target=live, name="sandbox", daemon=True)
    thread.start()
    is_up.wait()
    try:
        yield SandboxClient(f"http://127.0.0.1:{listening.getsockname()[1]}")
    finally:
        for ask in stop:
            ask()
        thread.join()


async def _calling_back(app: web.Application) -> AsyncIterator[None]:
    await app[OUTBOX].start()
    yield
    await app[OUTBOX].stop()
