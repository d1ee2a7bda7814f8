"""The demo ward on one frozen morning, served from a database of its own until stdin closes.

Prints one line of JSON: the address, what the addresses of the pages leave open, and a session by login name.
"""

import json
import sys
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from unittest.mock import patch
from zoneinfo import ZoneInfo

import django
import time_machine

from portal import embedded

FILES = Path(__file__).parents[1] / "files" / "households"
NOW = datetime(2026, 12, 5, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
#: Name in an address → (file, whether into the head's village, how far it is taken).
LISTS = {
    "upload": ("a_mot_dong_mot_ho.xlsx", True, "read"),
    "reading": ("a_mot_dong_mot_ho.xlsx", True, ""),
    "refused": ("trang_web_mang_duoi_xls.xls", True, "read"),
    "old_letters": ("tcvn3_hai_thon.xls", False, "read"),
    "new_village": ("thon_chua_co.xlsx", False, "read"),
    "no_village": ("khong_biet_thon.xlsx", False, "read"),
    "no_header": ("khong_tieu_de.xlsx", True, "read"),
    "odd_columns": ("tu_dong_nghia_va_cot_la.csv", True, "read"),
    "odd_phones": ("dien_thoai_moi_kieu.xlsx", True, "read"),
    "applied": ("ten_moi_kieu.xlsx", True, "applied"),
    "undone": ("ngay_dang_ky_va_que_quan.xlsx", True, "undone"),
}


def main() -> None:
    """Serve until whoever started this closes the pipe."""
    with ExitStack() as held:
        held.enter_context(embedded.servers())
        django.setup()
        _plain_settings()
        from django.contrib.staticfiles.handlers import StaticFilesHandler
        from django.db import connection
        from django.test.testcases import LiveServerThread

        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        held.enter_context(patch("secrets.choice", Random(1).choice))  # the codes of notices
        # Only what Django's own clock says stands still; a browser, a pool or a socket goes on waiting by the real one.
        held.enter_context(time_machine.travel(NOW, tick=False))
        world = _world()
        # From here on the pages come in any order: a draft nobody saved always has the same code.
        held.enter_context(patch("notices.models.words.secrets", SimpleNamespace(choice=lambda letters: letters[0])))
        server = LiveServerThread("localhost", StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        print(json.dumps({"url": f"http://localhost:{server.port}", **world}), flush=True)
        sys.stdin.read()
        server.terminate()


def _plain_settings() -> None:
    """As in the tests: static files under their own names, tasks in this process, counters in memory."""
    from django.conf import settings

    from portal.celery import app

    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.DATABASES["default"]["TEST"]["NAME"] = "pictures"
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    app.conf.task_always_eager = True


def _world() -> dict:
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from communities.models import User
    from tests.journeys.world import world

    call_command("seed_demo", households=400, stdout=sys.stderr)
    found = world() | _lists() | _notices()
    with connection.cursor() as cursor:  # whose own clock went on
        cursor.execute("SET session_replication_role = replica")  # this is no change to a household
        cursor.execute("UPDATE communities_contact SET created_at = %s", [NOW])
        for table in connection.introspection.table_names(cursor):
            columns = {column.name for column in connection.introspection.get_table_description(cursor, table)}
            if "pgh_created_at" in columns:
                cursor.execute(f'UPDATE "{table}" SET pgh_created_at = %s', [NOW])
        cursor.execute("SET session_replication_role = DEFAULT")
    sessions = {}
    for user in User.objects.all():
        client = Client()
        client.force_login(user)
        sessions[user.username] = client.cookies["sessionid"].value
    return {"world": found, "sessions": sessions}


def _lists() -> dict[str, int]:
    from communities import imports
    from communities.models import HouseholdImport, Membership

    membership = Membership.objects.select_related("user", "village").get(user__username="truong.thon")
    found = {}
    for name, (file, is_village, state) in LISTS.items():
        row = HouseholdImport.objects.create(
            ward=membership.village.ward,
            village=membership.village if is_village else None,
            filename=file,
            content=(FILES / file).read_bytes(),
            created_by=membership.user,
        )
        found[name] = row.pk
        if state:
            imports.read(import_id=row.pk, at=NOW)
        if state in ("applied", "undone"):
            imports.apply(import_id=row.pk, at=NOW)
        if state == "undone":
            imports.start_undo(import_id=row.pk, by=membership.user, at=NOW)
            imports.take_back(import_id=row.pk, at=NOW)
    return found


def _notices() -> dict[str, int | str]:
    """Notices in the states the demo has none in: just sending, paused, closed, with an incomplete one."""
    from communities.models import User
    from notices.models import Notice
    from notices.publishing import fanning_out, lifecycle

    editor, approver = (User.objects.get(username=name) for name in ("can.bo", "lanh.dao"))
    found = {}
    drafts = Notice.objects.filter(status="PUBLISHED").order_by("pk")[:2]
    for name, like in zip(("sending", "paused"), drafts, strict=True):
        notice = Notice.objects.create(
            ward=like.ward,
            created_by=editor,
            title=f"{like.title}, đợt hai",
            body=like.body,
            place=like.place,
            contact=like.contact,
            urgency="KHAN",
            is_confirmation_wanted=True,
            happens_at=NOW + timedelta(days=2),
        )
        notice.villages.set(like.ward.villages.all())
        lifecycle.submit(notice=notice, by=editor, at=NOW - timedelta(minutes=5))
        lifecycle.publish(notice=notice, by=approver, at=NOW - timedelta(minutes=3))
        fanning_out.fan_out(notice=notice, at=NOW - timedelta(minutes=2))
        if name == "paused":
            lifecycle.pause(notice=notice, by=approver, at=NOW - timedelta(minutes=1))
        found[name] = notice.pk
    return found


if __name__ == "__main__":
    main()
