"""Sending: our engine and a task per message, against a gateway that answers at once and one that takes 150 ms."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.bench import world

PROGRAMS = Path(sys.executable).parent


def sending() -> Iterator[dict]:
    """With one and two worker processes each; then what share of an allowed rate is used."""
    for latency, many, few, target in ((0, 10_000, 2_000, "≥ 5×"), (150, 10_000, 150, "≥ 50×")):
        gateway = "instant gateway" if not latency else f"gateway answering in {latency} ms"
        for processes in (1, 2):
            rate, duplicates = _rate(_ours, many, latency, processes)
            baseline, _ = _rate(_naive, few * processes, latency, processes)
            yield {
                "work": f"sending, {gateway}, {processes} worker process{'es' * (processes > 1)}",
                "ours": rate,
                "baseline": baseline,
                "unit": "/s",
                "target": target,
                "messages": [many, few * processes],
                "duplicates": duplicates,
            }
    allowed = 200
    rate, duplicates = _rate(_ours, 4_000, 150, 2, allowed=allowed)
    yield {
        "work": f"sending, 150 ms, 2 worker processes, {allowed}/s allowed by the gateway (baseline: what is allowed)",
        "ours": rate,
        "baseline": allowed,
        "unit": "/s",
        "target": "≥ 0.8×, ≤ 1×",
        "duplicates": duplicates,
    }


def urgent_behind_bulk() -> Iterator[dict]:
    """A khẩn notice to 1,000 households, published in the middle of a bulk send of 100,000 (150 ms, both lanes)."""
    from django.utils import timezone

    from communities.models import Village
    from notices import tasks
    from notices.models import Delivery, Notice
    from notices.publishing import fanning_out

    world.seeded(101_000, only_zalo=True)
    bulk = world.published()
    fanning_out.fan_out(notice=bulk, at=timezone.now())
    few = set(Delivery.objects.order_by("-pk").values_list("recipient__household", flat=True)[:1000])
    apart = Village.objects.create(ward=bulk.ward, name="Thôn Bãi Bồi", code="BB")
    Delivery.objects.filter(recipient__household__in=few).delete()
    bulk.recipients.filter(household__in=few).delete()
    _move(few, apart)
    with _stack(150, processes=2) as sandbox:
        tasks.send_due.delay(gateway_id=_zalo().pk)
        sandbox.wait_for(seconds=60, zalo_accepted=2_000)
        urgent = world.published(urgency="KHAN")
        urgent.villages.set([apart])
        pressed = time.perf_counter()
        tasks.fan_out.delay(notice_id=urgent.pk)
        moments: dict[int, float] = {}
        while len(moments) < 1000 and time.perf_counter() - pressed < 120:
            out = _accepted_of(sandbox, urgent)
            for reached in (1, 1000):
                if out >= reached:
                    moments.setdefault(reached, time.perf_counter() - pressed)
            if 1000 in moments:
                break
            time.sleep(0.05)
        done = sandbox.counts()["zalo_accepted"]
        Notice.objects.filter(pk=bulk.pk).update(paused_at=timezone.now())  # lets the workers end
        Delivery.objects.filter(notice=bulk, status="PENDING").update(status="HELD")
    for reached, limit in ((1, 2), (1000, 10)):
        yield {
            "work": f"urgent behind bulk of 100,000: message {reached:,} out after (of {done:,} sent by then)",
            "ours": moments.get(reached, float("inf")) * 1000,
            "baseline": limit * 1000,
            "unit": "ms",
            "target": f"≤ {limit} s (ratio ≤ 1)",
        }


def _accepted_of(sandbox, notice) -> int:
    return sum(m["reference"].startswith(notice.code) for m in sandbox.messages(accepted=1, limit=4000))


def _move(households: set[int], village) -> None:
    from communities.models import Household

    Household.objects.filter(pk__in=households).update(village=village)


def _zalo():
    from notices.models import Gateway

    return Gateway.objects.get(channel="ZALO")


def _ours(processes: int) -> None:
    from notices.tasks import send_due

    for _ in range(processes):
        send_due.delay(gateway_id=_zalo().pk)


def _naive(processes: int) -> None:
    from notices.models import Delivery
    from tests.bench.naive import naive_send

    for delivery_id in list(Delivery.objects.filter(status="PENDING").values_list("pk", flat=True)):
        naive_send.delay(delivery_id)


class _stack:
    """The sandbox and a worker of so many processes; yields the sandbox's client."""

    def __init__(self, latency_ms: int, processes: int) -> None:
        quiet = ["--no-zalo-percent", "0", "--fail-percent", "100", "--latency-ms", str(latency_ms)]  # 100: no receipts
        self.sandbox = [sys.executable, "manage.py", "sandbox", *quiet]
        self.worker = [
            PROGRAMS / "celery", "-A", "portal", "worker", "--queues", "sending", "--concurrency", str(processes),
            "--loglevel", "error", "-I", "tests.bench.naive", "--hostname", "sending@bench",
        ]  # fmt: skip
        self.urgent = [
            PROGRAMS / "celery", "-A", "portal", "worker", "--queues", "urgent", "--concurrency", "2",
            "--loglevel", "error", "--hostname", "urgent@bench",
        ]  # fmt: skip
        self.processes = processes

    def __enter__(self):
        from notices.sandbox.client import SandboxClient

        self._open = ExitStack()
        client = SandboxClient(f"http://127.0.0.1:{os.environ['SANDBOX_PORT']}")
        self._open.enter_context(world.process("sandbox", *self.sandbox))
        self._open.enter_context(world.process("worker", *self.worker))
        self._open.enter_context(world.process("urgent", *self.urgent))
        world.wait_until(lambda: _answers(client), 30)
        world.wait_until(world.workers_are_up(2), 60)
        return client

    def __exit__(self, *_: object) -> None:
        self._open.close()


def _rate(
    enqueue: Callable[[int], None], messages: int, latency_ms: int, processes: int, allowed: int = 0
) -> tuple[float, int]:
    """Messages per second from enqueueing until the sandbox has accepted all, and duplicates it saw."""
    from django.utils import timezone

    from notices.models import Delivery, Gateway
    from notices.publishing import fanning_out

    world.seeded(messages, only_zalo=True)
    Gateway.objects.update(rate=allowed)
    notice = world.published()
    fanning_out.fan_out(notice=notice, at=timezone.now())
    assert Delivery.objects.filter(status="PENDING").count() == messages
    with _stack(latency_ms, processes) as sandbox:
        started = time.perf_counter()
        enqueue(processes)
        counts = sandbox.wait_for(seconds=300, zalo_accepted=messages)
        seconds = time.perf_counter() - started
    return messages / seconds, counts.get("duplicates", 0)


def _answers(sandbox) -> bool:
    try:
        sandbox.counts()
    except OSError:
        return False
    return True
