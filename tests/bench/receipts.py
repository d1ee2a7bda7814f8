"""Receipts: signed events of a provider, from the first call until every household counts as told.

Web server and worker are started by the lines of the Procfile; the caller is a process of its own. All of them
share this machine's processors with PostgreSQL, and so does the baseline with its caller.
"""

import asyncio
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from urllib.request import urlopen

from tests.bench import world
from tests.bench.world import ROOT

PROGRAMS = Path(sys.executable).parent
EVENTS, CONNECTIONS = 20_000, 64


def receipts() -> Iterator[dict]:
    """Accepted and applied: a `user_received_message` event for each message of a notice that has been sent."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from notices.models import Delivery, Reach, Receipt
    from notices.publishing import fanning_out

    call_command("collectstatic", interactive=False, verbosity=0)
    world.seeded(EVENTS, only_zalo=True)
    notice = world.published()
    fanning_out.fan_out(notice=notice, at=timezone.now())
    moved = Delivery.objects.filter(status="PENDING").update(status="SENT", sent_at=timezone.now())
    assert moved == EVENTS, moved
    notice.recipients.raise_reach(Reach.SENT, timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    gateway = Delivery.objects.all()[0].gateway
    calls = ROOT / "var" / "bench" / "receipts.json"
    calls.write_text(json.dumps(_signed(gateway)))

    with _program("urgent"), _program("web") as port:
        posted = _post(f"http://127.0.0.1:{port}/webhooks/{gateway.webhook_key}/", calls)
        while Receipt.objects.waiting().exists():
            assert time.time() < posted["ended"] + 120, "receipts are not applied"
            time.sleep(0.02)
        seconds = time.time() - posted["started"]
    assert posted["answers"] == {"200": EVENTS}, posted
    assert list(Receipt.objects.values_list("outcome").distinct()) == [("APPLIED",)]
    assert Receipt.objects.count() == Delivery.objects.filter(status="DELIVERED").count() == EVENTS
    assert notice.recipients.filter(reach=Reach.DELIVERED).count() == EVENTS

    with _program("web", "tests.bench.bare:application") as port:
        bare = _post(f"http://127.0.0.1:{port}/webhooks/{gateway.pk}/", calls)
    assert bare["answers"] == {"200": EVENTS}, bare
    assert Receipt.objects.count() == 2 * EVENTS
    yield {
        "work": f"receipts, {EVENTS:,} signed events accepted and applied; baseline stores the body",
        "ours": EVENTS / seconds,
        "baseline": EVENTS / (bare["ended"] - bare["started"]),
        "unit": "/s",
        "target": "≥ 2,000/s",
        "accepted": EVENTS / (posted["ended"] - posted["started"]),
    }


def _signed(gateway) -> list[tuple[str, dict[str, str]]]:
    """Body and headers of one event per message, as Zalo sends them."""
    from notices.adapters.zalo.webhooks import mac
    from notices.gateways import credentials
    from notices.models import Delivery, reference

    known = credentials.read(gateway)
    made = []
    for pk, code, phone in Delivery.objects.order_by("pk").values_list("pk", "notice__code", "address"):
        stamp = str(int(time.time() * 1000))
        event = {
            "event_name": "user_received_message",
            "app_id": known["app_id"],
            "oa_id": "4300000000000000000",
            "sender": {"id": "4300000000000000000"},
            "recipient": {"id": phone.removeprefix("+")},
            "message": {"delivery_time": stamp, "msg_id": f"bench{pk:016x}", "tracking_id": reference(code, pk)},
            "timestamp": stamp,
        }
        body = json.dumps(event)
        signature = mac(known["app_id"], body.encode(), stamp, known["oa_secret_key"])
        headers = {
            "Content-Type": "application/json",
            "X-ZEvent-Signature": f"mac={signature}",
            "X-ZEvent-Timestamp": stamp,
        }
        made.append((body, headers))
    return made


# --- processes ----------------------------------------------------------------------------------------


@contextmanager
def _program(name: str, application: str = "portal.wsgi:application") -> Iterator[str]:
    """A line of the Procfile while the block runs. Gives the port; a web server answers there by then."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    [line] = [line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith(f"{name}:")]
    line = line.partition(":")[2].replace("portal.wsgi:application", application)
    command = shlex.split(line.replace("$PORT", port).replace("$DATA_DIR", os.environ["DATA_DIR"]))
    with world.process(name, PROGRAMS / command[0], *command[1:]):
        world.wait_until(_answers_at(port) if name == "web" else world.workers_are_up(), 30)
        yield port


def _answers_at(port: str) -> Callable[[], bool]:
    def answered() -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    return answered


# --- the caller ---------------------------------------------------------------------------------------


def _post(url: str, calls: Path) -> dict:
    """All calls posted by a process of its own: when it began and ended, and how many of each answer it got."""
    command = [sys.executable, "-m", "tests.bench.receipts", url, str(calls)]
    return json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)


class _Line(asyncio.Protocol):
    """One connection that posts call after call. Leaner than an HTTP library, which would take a core for itself."""

    def __init__(self, calls: Iterator[bytes], answers: Counter, done: asyncio.Future) -> None:
        self._calls, self._answers, self._done, self._got = calls, answers, done, b""

    def connection_made(self, transport) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        if end and len(body) == int(re.findall(rb"(?i)content-length: (\d+)", head)[0]):
            self._answers[head[9:12].decode()] += 1
            self._got = b""
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("hung up"))

    def _next(self) -> None:
        call = next(self._calls, None)
        if call:
            self._transport.write(call)
        else:
            self._done.set_result(None)
            self._transport.close()


async def _caller(url: str, calls: list[tuple[str, dict[str, str]]]) -> dict:
    to = urlsplit(url)
    loop = asyncio.get_running_loop()
    left = iter([_written(to, *call) for call in calls])
    answers: Counter[str] = Counter()
    done = [loop.create_future() for _ in range(CONNECTIONS)]
    started = time.time()
    for one in done:
        await loop.create_connection(lambda one=one: _Line(left, answers, one), to.hostname, to.port)
    await asyncio.gather(*done)
    return {"started": started, "ended": time.time(), "answers": answers}


def _written(to: SplitResult, body: str, headers: dict[str, str]) -> bytes:
    """A call as it stands on the wire."""
    sent = {"Host": to.netloc, "Content-Length": str(len(body.encode())), **headers}
    lines = [f"POST {to.path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_caller(sys.argv[1], json.loads(Path(sys.argv[2]).read_text())))))
