"""Help of the provider tests: a webhook that remembers, a server that answers from a recording, payloads."""

import asyncio
import hashlib
import json
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notices.adapters.base import Adapter, Message, SendResult, WebhookRequest
from notices.adapters.http import new_session
from notices.models import Delivery, Gateway

PAYLOADS = Path(__file__).parent / "payloads"
APP_ID, OA_KEY = "43", "oa-key"  # of the Zalo gateway that the fixture `sent` sets up


def payload(name: str) -> Any:
    """A recorded body, parsed."""
    return json.loads((PAYLOADS / name).read_text())


def zalo_event(delivery: Delivery, name: str = "user_received_message", **message) -> dict:
    """What Zalo says about a delivery; `message` replaces fields of it."""
    stamp = str(int(timezone.now().timestamp() * 1000))
    fields = {"delivery_time": stamp, "submit_time": stamp, "msg_id": "m1"} | message
    fields.setdefault("tracking_id", f"{delivery.notice.code}-{delivery.pk}")
    return {
        "event_name": name,
        "app_id": APP_ID,
        "sender": {"id": "oa"},
        "recipient": {"id": "84510000001"},
        "msg_id": "m1",
        "message": fields,
        "timestamp": stamp,
    }


def zalo_signed(event: dict | bytes, key: str = OA_KEY) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a call of Zalo's, signed with this key."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    stamp = event["timestamp"] if isinstance(event, dict) else "1796000000000"
    mac = hashlib.sha256(APP_ID.encode() + body + f"{stamp}{key}".encode()).hexdigest()
    return body, {"X-ZEvent-Signature": f"mac={mac}", "X-ZEvent-Timestamp": stamp}


def zalo_call(gateway: Gateway, event: dict | bytes, key: str = OA_KEY) -> HttpResponse:
    """Our answer to a call of Zalo's, signed with this key."""
    body, headers = zalo_signed(event, key)
    address = reverse("webhook", args=[gateway.webhook_key])
    return Client().post(address, body, content_type="application/json", headers=headers)


def esms_call(gateway: Gateway, **query) -> HttpResponse:
    """Our answer to a call of eSMS."""
    return Client().get(reverse("webhook", args=[gateway.webhook_key]), query)


def send(
    adapter: Adapter, messages: list[Message], credentials: dict[str, str], connections: int = 20
) -> list[SendResult]:
    """Send a batch on a session of its own."""

    async def go() -> list[SendResult]:
        async with new_session(connections) as session:
            return await adapter.send(session, messages, credentials)

    return asyncio.run(go())


def refresh(adapter: Adapter, credentials: dict[str, str]) -> dict[str, str]:
    """Refresh on a session of its own."""

    async def go() -> dict[str, str]:
        async with new_session() as session:
            return dict(await adapter.refresh(session, credentials))

    return asyncio.run(go())


class Server:
    """Answers every request with `status` and `body`; keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = 200, b"ok", {}
        self.url = ""
        self._calls: queue.Queue[tuple[str, WebhookRequest]] = queue.Queue()

    def next(self) -> WebhookRequest:
        """The next call, waited for."""
        return self.next_with_path()[1]

    def next_with_path(self) -> tuple[str, WebhookRequest]:
        """The next call and the path it went to."""
        return self._calls.get(timeout=5)

    @property
    def is_idle(self) -> bool:
        """Nothing was asked that nobody has looked at."""
        return self._calls.empty()


@contextmanager
def serving() -> Iterator[Server]:
    """A `Server` on a free loopback port."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            server._calls.put((parts.path, WebhookRequest(self.command, headers, query, body)))
            self.send_response(server.status)
            for name, value in {"Content-Length": str(len(server.body)), **server.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(server.body)

        do_GET = do_POST

        def log_message(self, *args: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{listening.server_port}"
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def closed_port_url() -> str:
    """An address nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
