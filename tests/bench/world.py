"""What the benches stand on: an installation of any size with a published notice, and real processes."""

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def emptied() -> None:
    """Throw away what an earlier bench left."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE communities_province, communities_user, notices_gateway CASCADE")


def seeded(households: int, *, wards: int = 1, only_zalo: bool = False) -> None:
    """An otherwise empty installation with so many households. `only_zalo`: each with one phone of its own that has
    Zalo and takes no SMS, so that the count of messages is the count asked for."""
    from django.core.management import call_command
    from django.db import connection

    from communities.models import Contact

    emptied()
    call_command("seed_demo", households=households, wards=wards, without_notices=True, verbosity=0, stdout=StringIO())
    with connection.cursor() as cursor:
        if only_zalo:
            Contact.objects.all()._raw_delete("default")
            cursor.execute(
                "INSERT INTO communities_contact (household_id, name, relation, phone, phone_kind, rank, "
                "refused) SELECT id, '', '', '+84510' || lpad((id %% 1000000)::text, 6, '0'), "
                "'MOBILE', 1, '{SMS}' FROM communities_household WHERE %s",
                [True],
            )
        cursor.execute("VACUUM ANALYZE")


def published(*, urgency: str = "THUONG", everywhere: bool = False):
    """A notice just published to the villages of the first ward, or of all; not fanned out yet."""
    from django.utils import timezone

    from communities.models import User, Village, Ward
    from notices.ladder import rules, timetable
    from notices.models import Notice

    at = timezone.now()
    ward = Ward.objects.filter(is_demo=True).order_by("pk").first()
    notice = Notice.objects.create(
        ward=ward,
        title="Ngừng cấp điện để sửa chữa lưới điện",
        body="Điện lực ngừng cấp điện để thay dây hạ thế.",
        urgency=urgency,
        created_by=User.objects.get(username="can.bo"),
        status="PUBLISHED",
        published_at=at,
        ladder=rules.rungs_for(urgency)[:1],
    )
    notice.villages.set(Village.objects.all() if everywhere else Village.objects.filter(ward=ward))
    timetable.write_rungs(notice=notice, at=at)
    return notice


@contextmanager
def process(name: str, *command: str | Path, **environ: str) -> Iterator[subprocess.Popen]:
    """A process for the length of the block; its output goes to var/bench/NAME.log."""
    log = ROOT / "var" / "bench" / f"{name}.log"
    with open(log, "w") as output:
        running = subprocess.Popen(
            [str(part) for part in command], cwd=ROOT, stdout=output, stderr=output, env={**os.environ, **environ}
        )
        try:
            yield running
        finally:
            running.terminate()
            running.wait(20)


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    """Look five times a second. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(holds.__name__)
        time.sleep(0.2)


def workers_are_up(number: int = 1) -> Callable[[], bool]:
    """Whether so many Celery workers answer."""

    def answered() -> bool:
        from portal.celery import app

        return len(app.control.ping(timeout=0.5)) >= number

    return answered


def timed(work: Callable[[], object]) -> float:
    """Seconds it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def percentile(times: Iterable[float], percent: int) -> float:
    """The value that so many of a hundred do not exceed."""
    ordered = sorted(times)
    return ordered[max(0, round(len(ordered) * percent / 100) - 1)]
