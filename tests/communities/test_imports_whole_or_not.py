"""An import is whole or not at all, and its progress shows while it runs. Real commits, real connections."""

import pytest
from django.db import DatabaseError, InterfaceError, connection

from communities import imports
from communities.lists import writing
from communities.models import Contact, Household, HouseholdImport
from tests.communities.conftest import workbook

Status = HouseholdImport.Status
pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(statement: str) -> tuple:
    """What another connection sees now."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()
    finally:
        other.close()


def test_progress_is_seen_from_outside_before_anything_is_committed(read, at, monkeypatch):
    row = read(workbook([[n, f"Lê Văn Số{n:04}", "", "", "", "", ""] for n in range(2_500)]))
    seen = []
    write = writing.write

    def look_and_write(*args):
        record = write(*args)
        seen.append(elsewhere("SELECT status, done_rows, total_rows FROM communities_householdimport"))
        seen.append(elsewhere("SELECT count(*) FROM communities_household"))
        return record

    monkeypatch.setattr(writing, "write", look_and_write)
    assert imports.apply(import_id=row.pk, at=at) is True
    assert seen == [("APPLYING", 2_000, 2_500), (0,)]
    assert elsewhere("SELECT count(*) FROM communities_household") == (2_500,)


def test_database_lost_while_writing_leaves_nothing_and_can_be_repeated(read, list_a, at, monkeypatch):
    row = read(list_a)

    def cut_off(*_args):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patch:
        patch.setattr(writing, "_update_contacts", cut_off)
        with pytest.raises((DatabaseError, InterfaceError)):
            imports.apply(import_id=row.pk, at=at)
    connection.close()
    assert (Household.objects.count(), Contact.objects.count()) == (0, 0)
    imports.release_stale(at.replace(year=at.year + 1))
    row.refresh_from_db()
    assert row.status == Status.READY
    assert imports.apply(import_id=row.pk, at=at) is True
    assert (Household.objects.count(), Contact.objects.count()) == (30, 32)
