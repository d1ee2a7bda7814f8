"""`make bench`: our figures beside a baseline measured in the same run; one table, and var/bench.json.

Servers, sandbox and workers are real processes on this machine. Every load is bounded by its count. Nothing
here is a test: machines differ and are noisy, so only the ratios are worth quoting.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["DATA_DIR"] = str(ROOT / "var" / "bench")
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
os.environ.setdefault("SANDBOX_PORT", "8011")
for named in ("DATABASE_URL", "REDIS_URL"):
    os.environ.pop(named, None)  # never fill somebody's real database with a bench

from portal import embedded  # noqa: E402
from tests.bench import desk, importing  # noqa: E402

PROGRAMS = Path(sys.executable).parent


def main() -> None:
    """Run every bench, print the table, keep the figures."""
    with embedded.servers():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        wanted = sys.argv[1:] or BENCHES
        rows = [row for name in wanted for row in BENCHES[name]()]
    table(rows)
    kept = ROOT / "var" / "bench.json"
    kept.write_text(json.dumps(rows, indent=1, ensure_ascii=False))
    print(f"\nKept in {kept.relative_to(ROOT)}")


def table(rows: list[dict]) -> None:
    """Print work, our figure, the baseline's, the ratio and the target."""
    print(f"\n{'work':92}{'ours':>14}{'baseline':>14}{'ratio':>9}   target")
    for row in rows:
        ours, base = f"{row['ours']:,.0f} {row['unit']}", f"{row['baseline']:,.0f} {row['unit']}"
        print(f"{row['work']:92}{ours:>14}{base:>14}{row['ours'] / row['baseline']:>8.1f}×   {row['target']}")


# --- fan-out ------------------------------------------------------------------------------------------


def fan_out(households: int) -> Iterator[dict]:
    """Recipients and first deliveries of one notice, against bulk_create of one object each."""
    from django.utils import timezone

    from notices import publishing
    from notices.models import Delivery, Recipient

    notice = _published(households)
    seconds = _timed(lambda: publishing.fan_out(notice=notice, at=timezone.now()))
    made = (Recipient.objects.count(), Delivery.objects.count())
    Delivery.objects.all()._raw_delete("default")
    Recipient.objects.all()._raw_delete("default")
    baseline = _timed(lambda: _bulk_create(notice))
    assert made == (Recipient.objects.count(), Delivery.objects.count()), "both must write the same rows"
    yield {
        "work": f"fan-out, {made[0]:,} recipients, {made[1]:,} deliveries",
        "ours": made[0] / seconds,
        "baseline": made[0] / baseline,
        "unit": "/s",
        "target": "≥ 10,000/s",
    }


def _bulk_create(notice) -> None:
    """Fan-out as one would write it first: objects in memory, bulk_create in batches of 2,000."""
    from django.utils import timezone

    from communities.models import Household
    from notices.models import Delivery, Gateway, Recipient

    gateways = {gateway.channel: gateway for gateway in Gateway.objects.all()}
    households = Household.objects.filter(village__in=notice.villages.all(), is_active=True)
    households = list(households.prefetch_related("contacts"))
    recipients = Recipient.objects.bulk_create(
        [Recipient(notice=notice, household=h, ward_id=h.ward_id, village_id=h.village_id) for h in households],
        batch_size=2000,
    )
    deliveries = []
    for recipient, household in zip(recipients, households, strict=True):
        mobile = [c for c in sorted(household.contacts.all(), key=lambda c: c.rank) if c.phone_kind == "MOBILE"]
        zalo = next((c for c in mobile if c.is_zalo_allowed and c.no_zalo_since is None), None)
        contact, channel = (zalo, "ZALO") if zalo else (next((c for c in mobile if c.is_sms_allowed), None), "SMS")
        if contact:
            deliveries.append(
                Delivery(
                    recipient=recipient,
                    notice=notice,
                    contact=contact,
                    channel=channel,
                    address=contact.phone,
                    gateway=gateways[channel],
                    not_before=timezone.now(),
                )
            )
    Delivery.objects.bulk_create(deliveries, batch_size=2000)


# --- sending ------------------------------------------------------------------------------------------


def sending() -> Iterator[dict]:
    """One worker process each, against a gateway that answers at once and one that takes 150 ms."""
    from notices.models import Gateway
    from notices.tasks import send_due
    from tests.bench.naive import naive_send

    def ours() -> None:
        send_due.delay(gateway_id=Gateway.objects.get(channel="ZALO").pk)

    def naive() -> None:
        from notices.models import Delivery

        for delivery_id in list(Delivery.objects.filter(status="PENDING").values_list("pk", flat=True)):
            naive_send.delay(delivery_id)

    for latency, many, few, target in ((0, 10_000, 2_000, "≥ 5×"), (150, 10_000, 150, "≥ 50×")):
        gateway = "instant gateway" if not latency else f"gateway answering in {latency} ms"
        rate, duplicates = _rate(ours, many, latency)
        baseline, _ = _rate(naive, few, latency)
        yield {
            "work": f"sending, {gateway}, one worker process",
            "ours": rate,
            "baseline": baseline,
            "unit": "/s",
            "target": target,
            "messages": [many, few],
            "duplicates": duplicates,
        }


def _rate(enqueue: Callable[[], None], messages: int, latency_ms: int) -> tuple[float, int]:
    """Messages per second from enqueueing until the sandbox has accepted all, and duplicates it saw."""
    from django.utils import timezone

    from notices import publishing
    from notices.models import Delivery
    from notices.sandbox.client import SandboxClient

    notice = _published(messages, only_zalo=True)
    publishing.fan_out(notice=notice, at=timezone.now())
    assert Delivery.objects.filter(status="PENDING").count() == messages
    sandbox = SandboxClient(f"http://127.0.0.1:{os.environ['SANDBOX_PORT']}")
    quiet = ["--no-zalo-percent", "0", "--fail-percent", "100", "--latency-ms", str(latency_ms)]  # 100: no receipts
    worker = ["worker", "--queues", "sending", "--concurrency", "1", "--loglevel", "error", "-I", "tests.bench.naive"]
    with (
        _process("sandbox", sys.executable, "manage.py", "sandbox", *quiet),
        _process("worker", PROGRAMS / "celery", "-A", "portal", *worker),
    ):
        _wait_until(lambda: _answers(sandbox), 30)
        _wait_until(_worker_is_up, 30)
        started = time.perf_counter()
        enqueue()
        counts = sandbox.wait_for(seconds=300, zalo_accepted=messages)
        seconds = time.perf_counter() - started
    return messages / seconds, counts.get("duplicates", 0)


def _published(households: int, *, only_zalo: bool = False):
    """An empty installation with one ward of so many households and a published notice to all of them."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from communities.models import Contact, User, Village, Ward
    from notices.models import Notice

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE communities_province, communities_user, notices_gateway CASCADE")
    call_command("seed_demo", households=households, without_notices=True, verbosity=0, stdout=StringIO())
    if only_zalo:  # every household gets one mobile number: the count of messages is then the count asked for
        Contact.objects.all()._raw_delete("default")
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO communities_contact (household_id, name, relation, phone, phone_kind, rank, "
                "is_zalo_allowed, is_sms_allowed) SELECT id, '', '', '+84510' || lpad((id %% 1000000)::text, 6, '0'), "
                "'MOBILE', 1, true, false FROM communities_household WHERE %s",
                [True],
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    from notices import ladder

    notice = Notice.objects.create(
        ward=Ward.objects.get(is_demo=True),
        title="Ngừng cấp điện để sửa chữa lưới điện",
        body="Điện lực ngừng cấp điện để thay dây hạ thế.",
        created_by=User.objects.get(username="can.bo"),
        status="PUBLISHED",
        published_at=timezone.now(),
        ladder=ladder.rungs_for("THUONG"),
    )
    notice.villages.set(Village.objects.all())
    return notice


# --- processes ----------------------------------------------------------------------------------------


@contextmanager
def _process(name: str, *command: str | Path) -> Iterator[None]:
    log = ROOT / "var" / "bench" / f"{name}.log"
    with open(log, "w") as output:
        process = subprocess.Popen([str(part) for part in command], cwd=ROOT, stdout=output, stderr=output)
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


def _wait_until(holds: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(holds.__name__)
        time.sleep(0.2)


def _answers(sandbox) -> bool:
    try:
        sandbox.counts()
    except OSError:
        return False
    return True


def _worker_is_up() -> bool:
    from portal.celery import app

    return bool(app.control.ping(timeout=0.5))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


#: `run.py NAME …` runs only those.
BENCHES: dict[str, Callable[[], Iterator[dict]]] = {
    "importing": importing.importing,
    "desk": desk.desk,
    "fan_out": lambda: fan_out(100_000),
    "sending": sending,
}

if __name__ == "__main__":
    main()
