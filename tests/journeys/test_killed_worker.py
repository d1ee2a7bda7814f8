"""A worker killed in the middle of a send: every household is still told, and none twice by one provider."""

from collections import Counter
from contextlib import ExitStack

from tests.journeys.stack import PROGRAMS, Stack, folder, kill, wait_until

NOTICE = """
title: Ngừng cấp điện để sửa chữa lưới điện
body: Điện lực ngừng cấp điện để thay dây hạ thế. Bà con chủ động tích nước.
urgency: khan
"""
WORKER = [str(PROGRAMS / "celery"), "-A", "portal", "worker", "-Q", "urgent,sending,default", "-c", "2", "-l", "error"]
BEAT = [str(PROGRAMS / "celery"), "-A", "portal", "beat", "-l", "error"]
WEB = [str(PROGRAMS / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--log-level", "error"]


def test_every_household_is_told_when_the_worker_is_killed_in_the_middle(record_property):
    with ExitStack() as stack:
        product = Stack(stack.enter_context(folder()))
        data_dir = product.environ["DATA_DIR"]
        # Holds the embedded servers up for the length of the test, as `make run` does.
        stack.enter_context(product.process("python", "manage.py", "shell", "-c", "import time; time.sleep(600)"))
        wait_until(lambda: "migrate" in product.manage("help"), 60, "the servers", product.log)
        product.manage("migrate", "--verbosity=0")
        product.manage("seed_demo", "--households", "430", "--without-notices")
        product.manage("collectstatic", "--verbosity=0", "--no-input")
        stack.enter_context(product.process("python", "manage.py", "sandbox", "--latency-ms", "60"))
        web = [*WEB, "--port", product.environ["PORT"], "portal.wsgi:application"]
        stack.enter_context(product.process(*web))
        product.wait_for_sandbox()
        product.wait_for_web()

        file = product.log.with_name("notice.yaml")
        file.write_text(NOTICE)
        notice = product.manage("publish_notice", str(file), "--ward", "99001", "--by", "lanh.dao").split()[0]
        with product.process(*WORKER) as worker, product.process(*BEAT, "-s", f"{data_dir}/beat"):
            product.sandbox.wait_for(seconds=60, zalo_accepted=100)
            kill(worker)
            at_the_kill = product.sandbox.counts()["accepted"]
            with product.process(*WORKER):
                wait_until(lambda: _is_settled(product.status(notice)), 180, "the rest of the send", product.log)

        status = product.status(notice)
        reachable = sum(status["deliveries"]["ZALO"].values())
        assert reachable > 350
        assert at_the_kill < reachable, "the kill came too late to prove anything"
        told = [m for m in product.sandbox.messages(limit=5000) if m["accepted"]]
        by_reference = Counter((m["provider"], m["reference"]) for m in told)
        assert set(by_reference.values()) == {1}
        # Which household a message was for stands behind the dash of its reference: the delivery.
        households = {int(pk): household for household, pk in _deliveries(product, notice)}
        reached = Counter(households[int(m["reference"].split("-")[1])] for m in told)
        assert set(reached) == set(households.values())
        duplicates = sum(count - 1 for count in reached.values())
        record_property("households", len(reached))
        record_property("messages a household got twice, over two channels", duplicates)
        assert duplicates < 100, "at most what was in flight at the kill"


def _is_settled(status: dict) -> bool:
    """Nothing waits or is in flight, and what Zalo refused, or may have lost, has gone out by SMS."""
    waiting = sum(c.get("PENDING", 0) + c.get("SENDING", 0) for c in status["deliveries"].values())
    zalo, sms = status["deliveries"]["ZALO"], status["deliveries"].get("SMS", {})
    instead = zalo.get("FAILED", 0) + zalo.get("UNKNOWN", 0)
    return status["is_fanned_out"] and not waiting and sum(sms.values()) >= instead


def _deliveries(product: Stack, notice: str) -> list[tuple[str, str]]:
    script = (
        "from notices.models import Delivery\n"
        f"for d in Delivery.objects.filter(notice={notice}).select_related('recipient'):\n"
        "    print(d.recipient.household_id, d.pk)"
    )
    lines = product.manage("shell", "--no-imports", "-v", "0", "-c", script).splitlines()
    return [tuple(line.split()) for line in lines if line]
