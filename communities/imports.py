"""A household list in Excel becomes households: read → plan → apply.

`read` makes a plan and stores it; nobody's row changes. `apply` makes the plan again, since somebody may have
edited meanwhile, and writes only if everything it would do was in the plan a person saw. It writes set-wise in
one transaction: a file is in whole or not at all. Phones people added are never taken away.
"""

import base64
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

import pghistory
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone

from communities import names, plan
from communities.models import HouseholdImport, Village
from communities.plan import FIELDS, Change, Plan
from communities.querysets import HouseholdImportQuerySet
from communities.workbook import Unreadable

logger = logging.getLogger(__name__)

Status = HouseholdImport.Status
STALE = timedelta(seconds=60)
_LOCK = 0x746E  # the advisory locks of imports; the second number is the ward


def read(*, import_id: int, at: datetime) -> bool:
    """Read the file and store the plan (READY), or why it is refused (REFUSED). False: it was not READING."""
    row = HouseholdImport.objects.select_related("ward", "village", "created_by").filter(pk=import_id).first()
    if row is None or row.status != Status.READING:
        return False
    rows = HouseholdImport.objects.filter(pk=import_id)
    rows.filter(status=Status.READING).update(heartbeat_at=at)
    try:
        with Progress(import_id) as progress:
            found = plan.make(row, progress)
    except Unreadable as error:
        return rows.advance(Status.REFUSED, **plan.refusal(error.kind, error.details), heartbeat_at=at) == 1
    except Exception:
        logger.exception("import %s could not be read", import_id)
        return rows.advance(Status.REFUSED, **plan.refusal("BROKEN", {}), heartbeat_at=at) == 1
    stored = plan.as_json(found)
    total = stored["counts"]["rows"]
    return rows.advance(Status.READY, plan=stored, done_rows=total, total_rows=total, heartbeat_at=at) == 1


def start(*, import_id: int, at: datetime) -> bool:
    """Claim a READY import for writing, so that the page can say so before a worker takes it. False: not READY."""
    rows = HouseholdImport.objects.filter(pk=import_id)
    return rows.advance(Status.APPLYING, heartbeat_at=at, done_rows=0) == 1


def apply(*, import_id: int, at: datetime) -> bool:
    """Write the plan. True when the import is APPLIED by this call.

    False when it was not waiting (applied already, a double click), or when the households have changed since
    the plan was made so that something nobody saw would be written: then it is READY again with a new plan.
    After an error nothing is written, the import is READY again, and the error is raised.
    """
    start(import_id=import_id, at=at)
    row = HouseholdImport.objects.select_related("ward", "village", "created_by").get(pk=import_id)
    if row.status != Status.APPLYING:
        return False
    rows = HouseholdImport.objects.filter(pk=import_id)
    try:
        with (
            Progress(import_id) as progress,
            transaction.atomic(),
            pghistory.context(user=row.created_by_id, household_import=import_id),
        ):
            return _apply(row, rows, progress, at)
    except _Overtaken:
        return False
    except Exception:
        with suppress(DatabaseError, InterfaceError):  # if the database is gone, release_stale does it later
            rows.advance(Status.READY, plan={**row.plan, "failed": True})
        raise


class _Overtaken(Exception):
    """Somebody else took the import while we worked: everything of ours rolls back."""


def _apply(row: HouseholdImport, rows: HouseholdImportQuerySet, progress: "Progress", at: datetime) -> bool:
    # One list at a time into one ward: codes are counted on, and the plan must hold until the commit.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, row.ward_id])
    if not rows.filter(status=Status.APPLYING).exists():
        raise _Overtaken
    found = plan.make(row, progress)
    stored = plan.as_json(found)
    total = stored["counts"]["rows"]
    promised = base64.b85decode(row.plan["promises"])
    seen = {promised[i : i + 8] for i in range(0, len(promised), 8)}
    if not seen.issuperset(found.promises()):
        rows.advance(Status.READY, plan={**stored, "again": True}, done_rows=total)
        return False
    _write(found, row, at)
    done = {"applied_at": at, "heartbeat_at": at, "done_rows": total, "total_rows": total}
    if rows.advance(Status.APPLIED, plan={**stored, "promises": ""}, **done) != 1:
        raise _Overtaken
    return True


def release_stale(at: datetime) -> int:
    """Give imports whose worker died back to their people; returns how many. Nothing of theirs was written."""
    stale = HouseholdImport.objects.filter(status=Status.APPLYING, heartbeat_at__lt=at - STALE)
    return stale.advance(Status.READY)


def waiting_for_reader(at: datetime) -> list[int]:
    """Ids of uploads nobody has read: their task was lost, or its worker died. To be read again."""
    rows = HouseholdImport.objects.filter(status=Status.READING, created_at__lt=at - STALE)
    rows = rows.exclude(heartbeat_at__gte=at - STALE)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:50])


class Progress:
    """Says how far a worker is, on a connection of its own, so that the page sees it before the commit."""

    def __init__(self, import_id: int) -> None:
        self.import_id = import_id
        self._own: Any = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._own is not None:
            self._own.close()
            self._own = None

    def step(self, done: int, total: int) -> None:
        """Record rows done and a sign of life. Never waits: a lost step costs nothing."""
        if self._own is None:
            self._own = connection.copy()
            with self._own.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
        with self._own.cursor() as cursor:
            cursor.execute(
                "UPDATE communities_householdimport SET done_rows = %s, total_rows = %s, heartbeat_at = %s "
                "WHERE id = %s",
                [done, total, timezone.now(), self.import_id],
            )


# --- writing ------------------------------------------------------------------------------------------


def _write(found: Plan, row: HouseholdImport, at: datetime) -> None:
    """Write everything of the plan, set-wise. Runs inside the caller's transaction."""
    _insert(found, row, at)
    _update(found.changed, at)
    _update_contacts(found.changed, at)


def _insert(found: Plan, row: HouseholdImport, at: datetime) -> None:
    if not found.new:
        return
    with connection.cursor() as cursor:
        ids = _take_ids(cursor, "communities_household", len(found.new))
        codes = list(_codes(found, row.ward_id))  # before COPY, which holds the connection
        columns = (
            "id, ward_id, village_id, code, head_name, birth_year, lane, address, members, note, "
            "is_active, search_key, sort_key, created_at, updated_at"
        )
        with cursor.copy(f"COPY communities_household ({columns}) FROM STDIN") as copy:
            for household_id, code, one in zip(ids, codes, found.new, strict=True):
                copy.write_row(
                    (
                        household_id, row.ward_id, one.village_id, code, one.head_name, one.birth_year, one.lane,
                        one.address, one.members, one.note, True, names.search_key(code, one.head_name, one.lane),
                        names.sort_key(one.head_name), at, at,
                    )
                )  # fmt: skip
        contacts = (
            (household_id, one.head_name, phone, rank)
            for household_id, one in zip(ids, found.new, strict=True)
            for rank, phone in enumerate(one.phones, start=1)
        )
        _copy_contacts(cursor, contacts, at)


def _copy_contacts(cursor: Any, contacts: Iterable[tuple[int, str, Any, int]], at: datetime) -> None:
    """COPY contacts given as household id, head's name, phone, rank. The head's own phone carries their name."""
    columns = "household_id, name, relation, phone, phone_kind, rank, is_zalo_allowed, is_sms_allowed, created_at"
    with cursor.copy(f"COPY communities_contact ({columns}) FROM STDIN") as copy:
        for household_id, head_name, phone, rank in contacts:
            name = "" if phone.owner else head_name
            copy.write_row((household_id, name, phone.owner, phone.number, phone.kind, rank, True, True, at))


def _take_ids(cursor: Any, table: str, number: int) -> list[int]:
    cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, number])
    return [row[0] for row in cursor.fetchall()]


def _codes(found: Plan, ward_id: int) -> Iterator[str]:
    """A code for each new household: the file's own where it is free, else the next of the village (ĐP-041)."""
    prefixes = dict(Village.objects.filter(ward_id=ward_id).values_list("pk", "code"))
    used = set(found.codes)
    highest: defaultdict[str, int] = defaultdict(int)
    for code in used:
        prefix, _dash, number = code.rpartition("-")
        if number.isdecimal() and len(number) <= 6:
            highest[prefix] = max(highest[prefix], int(number))
    for one in found.new:
        code = one.code
        if not code or code in used:
            prefix = prefixes[one.village_id]
            while True:
                highest[prefix] += 1
                code = f"{prefix}-{highest[prefix]:03}"
                if code not in used:
                    break
        used.add(code)
        yield code


def _update(changed: list[Change], at: datetime) -> None:
    """One UPDATE for all changed fields of all households."""
    changed = [change for change in changed if change.fields]
    if not changed:
        return
    columns: dict[str, list[Any]] = {"id": [], "search_key": [], "sort_key": [], **{name: [] for name in FIELDS}}
    for change in changed:
        new = {name: value for name, (_old, value) in change.fields.items()}
        head_name = new.get("head_name", change.household.head_name)
        lane = new.get("lane", change.household.lane)
        columns["id"].append(change.household.id)
        columns["search_key"].append(names.search_key(change.household.code, head_name, lane))
        columns["sort_key"].append(names.sort_key(head_name))
        for name in FIELDS:
            columns[name].append(new.get(name))
    types = {"id": "bigint", "birth_year": "smallint", "members": "smallint"}
    arrays = ", ".join(f"%s::{types.get(name, 'text')}[]" for name in columns)
    assigned = ", ".join(f"{name} = COALESCE(new.{name}, old.{name})" for name in columns if name != "id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE communities_household AS old SET {assigned}, updated_at = %s "  # noqa: S608 – our own column names
            f"FROM unnest({arrays}) AS new ({', '.join(columns)}) WHERE old.id = new.id",
            [at, *columns.values()],
        )


def _update_contacts(changed: list[Change], at: datetime) -> None:
    """Whose phone it is, and further phones. A new first phone leads; the one it displaces goes to the end."""
    said = [
        (change.household.contacts[phone][0], new)
        for change in changed
        for phone, (_old, new) in change.relations.items()
    ]
    moved, added = [], []
    for change in changed:
        if not change.phones:
            continue
        last = max((rank for _id, _relation, rank in change.household.contacts.values()), default=0)
        free = iter(range(last + 1, last + 2 + len(change.phones)))
        leader = next((own[0] for own in change.household.contacts.values() if own[2] == 1), None)
        head_name = change.row.head_name or change.household.head_name
        for position, phone in enumerate(change.phones):
            if position == 0 and change.leads and leader is not None:
                moved.append((leader, next(free)))
                added.append((change.household.id, head_name, phone, 1))
            else:
                added.append((change.household.id, head_name, phone, next(free)))
    with connection.cursor() as cursor:
        for rows, column, kind in ((said, "relation", "text"), (moved, "rank", "smallint")):
            if rows:
                cursor.execute(
                    f"UPDATE communities_contact SET {column} = new.value "  # noqa: S608
                    f"FROM unnest(%s::bigint[], %s::{kind}[]) AS new (id, value) WHERE communities_contact.id = new.id",
                    [[row[0] for row in rows], [row[1] for row in rows]],
                )
        if added:
            _copy_contacts(cursor, added, at)
