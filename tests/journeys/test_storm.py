"""A storm: everything breaks in the middle of a send. Workers are killed while it goes to 2,000 households; Redis is
emptied and PostgreSQL goes down while it goes to two villages of them. What the providers received is read from their
own list. More households by hand: STORM_HOUSEHOLDS=20000."""

import os
import random
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.journeys.stack import PROGRAMS, Stack, folder, free_port, kill, schema, wait_until

#: Many times what two processes have in their hands (a hundred each), so that a kill always finds them full.
HOUSEHOLDS = int(os.environ.get("STORM_HOUSEHOLDS", "2000"))
NOTICE = """
title: Sơ tán tránh bão số 5
body: Đề nghị bà con đến nhà văn hóa thôn trước 18 giờ.
urgency: khan
"""
QUEUES = "urgent,sending,default"
WORKER = [str(PROGRAMS / "celery"), "-A", "portal", "worker", "-Q", QUEUES, "-c", "2", "-l", "error", "-n"]
BEAT = [str(PROGRAMS / "celery"), "-A", "portal", "beat", "-l", "error", "-s"]
TWO_VILLAGES = 'villages: ["Đông Phú", "Tây Phú"]'
#: Deliveries by (id, household, status, channel), for the eyes of a test.
LIST = """
from notices.models import Delivery
of = Delivery.objects.filter(notice={notice})
rows = of.values_list("pk", "recipient__household", "status", "channel", "covered_by")
print("\\n".join(" ".join(map(str, row)) for row in rows))
"""


class Storm(Stack):
    """A product with a Redis of the test's own, so that it can be killed like any other program."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self.redis_port = free_port()
        # A worker that was killed is found out, and a lost answer given up, as soon as a setting may say.
        self.environ |= {"LEASE_SECONDS": "25", "GRACE_SECONDS": "5"}
        self.environ["REDIS_URL"] = f"redis://127.0.0.1:{self.redis_port}/0"
        self.data_dir = data_dir

    def redis(self):
        """`with storm.redis() as process`: an empty Redis for the length of the block."""
        from portal.embedded import redis_program

        address = ["--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.data_dir)]
        return self.process(redis_program(), *address)

    def publish(self, villages: str = "") -> str:
        """The id of a notice just published to these villages, or to everybody."""
        file = self.data_dir / "notice.yaml"
        file.write_text(NOTICE + villages)
        return self.manage("publish_notice", str(file), "--ward", "99001", "--by", "lanh.dao").split()[0]

    @contextmanager
    def workers(self, number: int = 1) -> Iterator[list]:
        """So many workers of two processes each."""
        with ExitStack() as running:
            yield [running.enter_context(self.process(*WORKER, f"w{name}@%h")) for name in range(number)]

    def beat(self, name: str = "beat"):
        """`with storm.beat():` the clock that asks workers to look, for the length of the block."""
        return self.process(*BEAT, str(self.data_dir / name))

    def deliveries(self, notice: str) -> list[tuple[int, str, str, str, str]]:
        """(id, household, status, channel, covered_by) of every delivery."""
        rows = [line.split() for line in self.shell(LIST.format(notice=notice)).splitlines() if line]
        return [(int(pk), *rest) for pk, *rest in rows]

    def is_settled(self, notice: str) -> bool:
        """Nothing waits or is in flight, and every household that could not be told by Zalo has its SMS."""
        status = self.status(notice)
        counts = status["deliveries"]
        if not status["is_fanned_out"] or any(
            of.get(state) for of in counts.values() for state in ("PENDING", "SENDING")
        ):
            return False
        rows = self.deliveries(notice)
        untold = {household for _, household, state, channel, _ in rows if state in ("FAILED", "UNKNOWN")}
        return untold <= {household for _, household, _, channel, _ in rows if channel == "SMS"}

    @contextmanager
    def until_somebody_says(self, words: str) -> Iterator[None]:
        """Does what the block does, and waits until a program has noticed and written so into the log."""
        before = self.log.stat().st_size
        yield
        wait_until(lambda: words.encode() in self.log.read_bytes()[before:], 60, words, self.log)

    def accepted_since(self, after: int) -> list[dict]:
        """What the providers accepted since a message id."""
        found: list[dict] = []
        while page := self.sandbox.messages(after=after, limit=5000):
            # Of many the latest are given: go back until the pages meet.
            found += page
            if len(page) < 5000:
                break
            after = page[-1]["id"]
        return [message for message in found if message["accepted"]]

    def last_id(self) -> int:
        """The id of the latest message any provider received."""
        latest = self.sandbox.messages(limit=1)
        return latest[-1]["id"] if latest else 0


@pytest.fixture(scope="module")
def storm() -> Iterator[Storm]:
    with ExitStack() as stack:
        product = Storm(stack.enter_context(folder(like=schema())))
        first = stack.enter_context(ExitStack())
        product.stack = first
        product.running_redis = first.enter_context(product.redis())
        stack.enter_context(product.console())
        product.manage("seed_demo", "--households", str(HOUSEHOLDS), "--without-notices")
        product.manage("collectstatic", "--verbosity=0", "--no-input")
        calm = ["--latency-ms", "40", "--speed", "20"]
        stack.enter_context(product.process(sys.executable, "manage.py", "sandbox", *calm))
        web = ["--interface", "rsgi", "--host", "127.0.0.1", "--log-level", "error", "--workers", "1"]
        port = ["--port", product.environ["PORT"], "portal.wsgi:application"]
        stack.enter_context(product.process(str(PROGRAMS / "granian"), *web, *port))
        stack.enter_context(product.beat())
        product.wait_for_sandbox()
        product.wait_for_web()
        yield product
        kill_quietly(product.running_redis)


def kill_quietly(process) -> None:
    if process.poll() is None:
        kill(process)


def check(storm: Storm, notice: str, after: int, *, at_most_twice: int) -> Counter:
    """Every household with a phone was handed over; no provider accepted a reference twice; counts are the rows'."""
    rows = storm.deliveries(notice)
    code = storm.status(notice)["code"]
    told = [message for message in storm.accepted_since(after) if message["reference"].startswith(code)]
    assert set(Counter((message["provider"], message["reference"]) for message in told).values()) == {1}
    household_of = {pk: household for pk, household, *_ in rows}
    carried: dict[int, list[str]] = {}
    for pk, household, _, _, covered_by in rows:
        carried.setdefault(pk if covered_by == "None" else int(covered_by), []).append(household)
    messages = Counter()
    for message in told:
        for household in carried[int(message["reference"].split("-")[1])]:
            messages[household] += 1
    assert set(messages) == set(household_of.values()), "a household was lost"
    twice = Counter(count for count in messages.values())
    assert sum(n for count, n in twice.items() if count > 1) <= at_most_twice
    assert storm.manage("recount", code).strip() == "households: 0 differed, moments: 0 differed, messages: 0 differed"
    return twice


def test_workers_killed_at_random_moments_lose_no_household(storm, record_property):
    after, chance = storm.last_id(), random.Random(5)  # the same moments every run
    before = storm.sandbox.counts().get("accepted", 0)
    notice = storm.publish()
    for share in (0.1, 0.3, 0.5):
        with storm.workers() as (worker,):
            storm.wait_for_accepted(before + int(HOUSEHOLDS * (share + chance.random() / 10)))
            kill(worker)
    accepted = storm.sandbox.counts()["accepted"] - before
    assert accepted < len(storm.deliveries(notice)) * 0.9, "the kills came too late to prove anything"
    with storm.workers():
        wait_until(lambda: storm.is_settled(notice), 900, "the rest of the send", storm.log)
    twice = check(storm, notice, after, at_most_twice=3 * 2 * 100)
    record_property("households by number of messages", dict(twice))


def test_redis_emptied_and_restarted_in_the_middle_loses_and_doubles_nothing(storm):
    after, before = storm.last_id(), storm.sandbox.counts().get("accepted", 0)
    notice = storm.publish(TWO_VILLAGES)
    with storm.workers():
        storm.wait_for_accepted(before + HOUSEHOLDS // 10)
        with storm.until_somebody_says("Trying again"):
            kill(storm.running_redis)
        accepted = storm.sandbox.counts()["accepted"] - before
        assert accepted < len(storm.deliveries(notice)) * 0.9, "it came too late to prove anything"
        storm.running_redis = storm.stack.enter_context(storm.redis())
        wait_until(lambda: storm.is_settled(notice), 900, "the rest of the send", storm.log)
    check(storm, notice, after, at_most_twice=0)


def test_postgresql_restarted_in_the_middle_resumes(storm, record_property):
    after, before = storm.last_id(), storm.sandbox.counts().get("accepted", 0)
    notice = storm.publish(TWO_VILLAGES)
    with storm.workers():
        storm.wait_for_accepted(before + HOUSEHOLDS // 10)
        postmaster = int((storm.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
        with storm.until_somebody_says("OperationalError"):
            os.kill(postmaster, signal.SIGQUIT)  # as a crash: no goodbye to anybody
        accepted = storm.sandbox.counts()["accepted"] - before
        storm.command("showmigrations", "--plan")  # whoever comes starts it again
        assert accepted < len(storm.deliveries(notice)) * 0.9, "it came too late to prove anything"
        wait_until(lambda: storm.is_settled(notice), 900, "the rest of the send", storm.log)
    twice = check(storm, notice, after, at_most_twice=2 * 100)
    record_property("households by number of messages", dict(twice))


def test_two_workers_two_beats_and_many_clicks_make_one_message(storm):
    after = storm.last_id()
    with storm.workers(2), storm.beat("another"):
        notice = storm.publish(TWO_VILLAGES)
        clicks = [threading.Thread(target=press_again, args=(storm, notice)) for _ in range(2)]
        for click in clicks:
            click.start()
        for click in clicks:
            click.join()
        wait_until(lambda: storm.is_settled(notice), 900, "the send", storm.log)
    check(storm, notice, after, at_most_twice=0)


def press_again(storm: Storm, notice: str) -> None:
    """Enqueue the fan-out and a sweep once more, as a page loaded twice or a second beat would."""
    script = (
        f"from notices import tasks\nfor _ in range(3): tasks.fan_out.delay(notice_id={notice}); tasks.sweep.delay()"
    )
    storm.shell(script)
