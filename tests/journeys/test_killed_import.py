"""A worker killed in the middle of a commit, and the database's connection with it: nothing is half-applied."""

import re
from contextlib import ExitStack
from pathlib import Path

import xlsxwriter

from tests.journeys.stack import PROGRAMS, Stack, folder, kill, schema, wait_until

WORKER = [str(PROGRAMS / "celery"), "-A", "portal", "worker", "-Q", "default,imports", "-c", "1", "-l", "error"]
BEAT = [str(PROGRAMS / "celery"), "-A", "portal", "beat", "-l", "error"]
HOUSEHOLDS = 3_000

UPLOAD = """
from communities.models import HouseholdImport, User, Village, Ward
from communities.tasks import read_import
row = HouseholdImport.objects.create(
    ward=Ward.objects.get(code="99001"), village=Village.objects.get(name="Thôn Đông Phú"), filename="ho.xlsx",
    content=open({path!r}, "rb").read(), created_by=User.objects.get(username="can.bo"))
read_import.delay(import_id=row.pk)
"""
APPLY = """
from django.utils import timezone
from communities import imports, tasks
from communities.models import HouseholdImport
row = HouseholdImport.objects.get()
assert imports.start(import_id=row.pk, at=timezone.now())
tasks.apply_import.delay(import_id=row.pk)
"""
LOOK = """
from communities.models import Contact, Household, HouseholdImport
row = HouseholdImport.objects.values("status", "done_rows").first() or {"status": "NONE", "done_rows": 0}
print(row["status"], row["done_rows"], Household.objects.count(), Contact.objects.count())
"""
#: "1 0" when that lock stands, "1 1" when the commit waits for it.
LOCKS = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FILTER (WHERE mode = 'ShareRowExclusiveLock'), count(*) FILTER (WHERE NOT granted) "
                   "FROM pg_locks WHERE relation = 'communities_contact'::regclass")
    print(*cursor.fetchone())
"""
MAKE_STALE = """
from datetime import timedelta
from communities.models import HouseholdImport
from django.utils import timezone
HouseholdImport.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))
"""


def test_nothing_is_half_applied_when_the_worker_is_killed_in_the_middle_of_a_commit(record_property):
    with ExitStack() as stack:
        product = Stack(stack.enter_context(folder(like=schema())))
        stack.enter_context(product.console())
        product.manage("seed_demo", "--households", "10", "--without-notices")
        path = product.log.with_name("ho.xlsx")
        _write_list(path)
        stack.enter_context(product.process(*BEAT, "-s", f"{product.environ['DATA_DIR']}/beat"))
        with product.process(*WORKER) as worker:
            before = _look(product)[2:]
            product.shell(UPLOAD.format(path=str(path)))
            wait_until(lambda: _look(product)[0] == "READY", 60, "the plan", product.log)
            # The commit cannot get beyond its households, so that the kill comes in the middle however fast it is.
            with product.locked("communities_contact"):
                assert product.shell(LOCKS).split() == ["1", "0"]
                product.shell(APPLY)
                wait_until(lambda: product.shell(LOCKS).split() == ["1", "1"], 60, "the commit", product.log)
                kill(worker)
        status, done, *after = _look(product)
        assert (status, tuple(after)) == ("APPLYING", before)
        record_property("rows done when it was killed", done)

        with product.process(*WORKER):
            product.shell(MAKE_STALE)  # instead of a minute's wait: the heartbeat is two minutes old
            wait_until(lambda: _look(product)[0] == "READY", 60, "the import to be given back", product.log)
            product.shell(APPLY)
            wait_until(lambda: _look(product)[0] == "APPLIED", 60, "the commit", product.log)
        assert _look(product)[2:] == (before[0] + HOUSEHOLDS, before[1] + HOUSEHOLDS)


def _write_list(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("DS hộ")
        page.write_row(0, 0, ["Mã hộ", "Họ và tên chủ hộ", "Năm sinh", "Số điện thoại"])
        for n in range(HOUSEHOLDS):
            page.write_row(n + 1, 0, [f"H{n:05}", f"Lê Văn Số{n:05}", 1940 + n % 60, f"0510{n:06}"])


def _look(product: Stack) -> tuple[str, int, int, int]:
    """Status, rows done, households, contacts."""
    words = re.search(r"([A-Z]+) (\d+) (\d+) (\d+)", product.shell(LOOK))
    assert words is not None
    return words[1], int(words[2]), int(words[3]), int(words[4])
