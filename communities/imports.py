"""A household list becomes households: read → plan → decide → apply → undo.

`read` makes a plan and stores it; nobody's row changes. `decide` keeps what a person says about the file, which is
then read again. `apply` makes the plan again, since somebody may have edited meanwhile, and writes only if
everything it would do was in the plan a person saw. It writes set-wise in one transaction: a file is in whole or
not at all. Phones people added are never taken away. `undo` takes it back for thirty days.
"""

import base64
import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

import pghistory
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import RawSQL
from django.utils import timezone

from communities.keeping import CODES_LOCK
from communities.lists import plan, rights, storing, telling, undo, writing
from communities.models import HouseholdImport, HouseholdImportQuerySet, ListLayout, User
from communities.spreadsheet import Unreadable

logger = logging.getLogger(__name__)

Status = HouseholdImport.Status
STALE = timedelta(seconds=60)
MOST_READS = 3  # workers that may begin to read one upload; what has ended three of them would end the next
UNDO_TIME = timedelta(days=30)
_TRIES = 3  # when somebody changes something while we work
_LOCK = 0x746E  # the advisory locks of imports; the second number is the ward


def read(*, import_id: int, at: datetime) -> bool:
    """Read the file and store the plan (READY), or why it is refused (REFUSED), also for the time it takes.

    What somebody decides meanwhile is read as well, _TRIES times at most; after that the sweep has it read again.
    False: it was not READING, another worker took it, or people went on deciding.
    """
    return any(_read_once(import_id, at) for _ in range(_TRIES))


def _read_once(import_id: int, at: datetime) -> bool:
    """Read by the decisions as they stand now. False: there is nothing to read, or there are other decisions now."""
    rows = HouseholdImport.objects.filter(pk=import_id, status=Status.READING)
    row = rows.select_related("ward__province", "village", "created_by").first()
    if row is None:
        return False
    if rows.filter(reads__lt=MOST_READS).update(heartbeat_at=at, reads=F("reads") + 1) == 0:
        return False
    try:
        with Progress(import_id) as progress:
            stored = storing.as_json(plan.make(row, progress), row)
    except Unreadable as error:
        outcome = {"to": Status.REFUSED, **telling.refusal(error.kind, error.details)}
    except SoftTimeLimitExceeded:  # of the task; it may come in the middle of a statement
        if not connection.in_atomic_block:
            connection.close()
        outcome = {"to": Status.REFUSED, **telling.refusal("TOO_HEAVY", {})}
    except Exception:
        logger.exception("import %s could not be read", import_id)
        outcome = {"to": Status.REFUSED, **telling.refusal("BROKEN", {})}
    else:
        total = stored["counts"]["rows"]
        outcome = {"to": Status.READY, "plan": stored, "refusal": "", "done_rows": total, "total_rows": total}
    as_read = HouseholdImport.objects.filter(pk=import_id, choices=row.choices)
    return as_read.advance(**outcome, heartbeat_at=at) == 1


def decide(*, import_id: int, choices: dict[str, Any], at: datetime, by: User | None = None) -> bool:
    """Keep what a person says about the file, and have it read again. False: it is no longer open to decisions.

    `choices` holds the keys that change. Columns and answers are remembered for the next list with the same headers;
    whatever was accepted before is asked again, since the plan may be another. Who decides has a hand in the list from
    now on (lists.rights), unless they only accepted what others had decided.
    """
    with transaction.atomic():
        row = HouseholdImport.objects.defer("content").select_for_update().get(pk=import_id)
        if row.status not in (Status.READING, Status.READY, Status.REFUSED):
            return False
        merged = {**row.choices, "accepted": False, **choices}
        if by is not None and set(choices) - {"accepted"}:
            merged["by"] = sorted({*merged.get("by", []), by.pk})
        if by is not None and choices.get("accepted"):
            merged["accepted_by"] = by.pk
        if by is not None and (choices.get("fields") or choices.get("answers")):
            _remember_layout(row, choices, by, at)
        rows = HouseholdImport.objects.filter(pk=import_id)
        if row.status == Status.READING:
            rows.update(choices=merged, reads=0)
        else:
            rows.advance(Status.READING, choices=merged, heartbeat_at=at, done_rows=0, reads=0)
    return True


def _remember_layout(row: HouseholdImport, choices: dict[str, Any], by: User, at: datetime) -> None:
    if signature := row.plan.get("signature", ""):
        told: dict[str, Any] = {"saved_by": by, "saved_at": at}
        if "fields" in choices:
            told["fields"] = choices["fields"]
        if "answers" in choices:
            told["answers"] = {kind: answer for kind, answer in choices["answers"].items() if answer}
        where = None if rights.is_of_ward(row, by) else row.village
        ListLayout.objects.update_or_create(ward_id=row.ward_id, village=where, signature=signature, defaults=told)


def forget_layout(*, import_id: int, at: datetime, by: User | None = None) -> bool:
    """Forget how this kind of list was read, as far as it is the user's to forget, and read the file as it is. False:
    see `decide`."""
    row = HouseholdImport.objects.defer("content").get(pk=import_id)
    layouts = ListLayout.objects.filter(ward_id=row.ward_id, signature=row.plan.get("signature", ""))
    ours = Q(village=row.village_id) if row.village_id else Q(village=None)
    if by is None or rights.is_of_ward(row, by):
        ours |= Q(village=None)
    layouts.filter(ours).delete()
    return decide(import_id=import_id, choices={"fields": {}, "answers": {}, "as_it_is": True}, by=by, at=at)


def mark_moved_away(*, import_id: int, household_ids: Iterable[int]) -> bool:
    """Which of the households missing in the file have moved away: marked so when the list is applied."""
    with transaction.atomic():
        row = HouseholdImport.objects.defer("content").select_for_update().get(pk=import_id)
        if row.status != Status.READY:
            return False
        shown = {one["id"] for one in row.plan.get("missing", [])}
        row.choices["moved_away"] = sorted(shown & set(household_ids))
        row.save(update_fields=["choices"])
    return True


def start(*, import_id: int, at: datetime, by: User | None = None) -> bool:
    """Claim a READY import for writing, so that the page can say so before a worker takes it.

    False when it is not READY, when a person has to decide something first, or when others decided what this one may
    not write (lists.rights.beyond).
    """
    rows = HouseholdImport.objects.filter(pk=import_id, plan__needs=[])
    if by is not None and (row := rows.defer("content", "undo").first()) is not None and rights.beyond(row, by):
        return False
    return rows.advance(Status.APPLYING, applied_by=by, heartbeat_at=at, done_rows=0) == 1


def apply(*, import_id: int, at: datetime) -> bool:
    """Write the plan. True when the import is APPLIED by this call.

    False when it was not waiting (applied already, a double click), when the households have changed since
    the plan was made so that something nobody saw would be written, or when who pressed may not do all that was seen:
    then it is READY again with a new plan.
    After an error nothing is written, the import is READY again, and the error is raised.
    """
    start(import_id=import_id, at=at)
    row = HouseholdImport.objects.select_related("ward__province", "village", "created_by").get(pk=import_id)
    if row.status != Status.APPLYING:
        return False
    rows = HouseholdImport.objects.filter(pk=import_id)
    try:
        with (
            Progress(import_id) as progress,
            transaction.atomic(),
            pghistory.context(
                user=row.applied_by_id or row.created_by_id,
                household_import=import_id,
                decided_by=_deciders(row),
            ),
        ):
            return _apply(row, rows, progress, at)
    except _Overtaken:
        return False
    except Exception:
        with suppress(DatabaseError, InterfaceError):  # if the database is gone, release_stale does it later
            rows.advance(Status.READY, plan={**row.plan, "failed": True})
        raise


def _deciders(row: HouseholdImport) -> list[int]:
    """The ids of those who said something about the list, or accepted what looked wrong."""
    return sorted({*row.choices.get("by", []), row.choices.get("accepted_by")} - {None})


def undo_until(row: HouseholdImport) -> datetime | None:
    """Until when an applied list may be taken back; None when it cannot be."""
    return row.applied_at + UNDO_TIME if row.applied_at and row.status == Status.APPLIED and row.undo else None


def start_undo(*, import_id: int, by: User, at: datetime) -> bool:
    """Claim an APPLIED import for taking back. False: too late, somebody else has, or it is not the user's to undo."""
    rows = HouseholdImport.objects.filter(pk=import_id, applied_at__gt=at - UNDO_TIME).exclude(undo={})
    row = rows.defer("content", "plan").first()
    if row is None or not rights.may_undo(row, by):
        return False
    return rows.advance(Status.UNDOING, undone_by=by, heartbeat_at=at) == 1


def take_back(*, import_id: int, at: datetime) -> bool:
    """Undo a list that was claimed by `start_undo`. Whole or not at all, like `apply`; True when this call did it."""
    row = HouseholdImport.objects.defer("content").get(pk=import_id)
    if row.status != Status.UNDOING:
        return False
    rows = HouseholdImport.objects.filter(pk=import_id)
    try:
        with transaction.atomic(), pghistory.context(user=row.undone_by_id, household_import_undone=import_id):
            _lock(row.ward_id)
            if not rows.filter(status=Status.UNDOING).exists():
                return False
            told = undo.take_back(row, at)
            stored = {**row.plan, "undone": told}
            if rows.advance(Status.UNDONE, plan=stored, undo={}, undone_at=at, heartbeat_at=at) != 1:
                raise _Overtaken
            return True
    except _Overtaken:
        return False
    except Exception:
        with suppress(DatabaseError, InterfaceError):
            rows.filter(status=Status.UNDOING).advance(Status.APPLIED, plan={**row.plan, "failed": True})
        raise


def bring_in(
    row: HouseholdImport, *, at: datetime, only_sheet: str = "", create_villages: bool = False
) -> tuple[plan.Plan, list[str]]:
    """Read and write a list in one go, inside the caller's transaction: for operators at the command line.

    Returns the plan, and what a person must decide first; then nothing was written and the caller rolls back.
    Old letters are converted without asking; the plan says so. Raises writing.Changed when households are edited at
    the desk faster than a plan is written.
    """
    _lock(row.ward_id)
    row.status, row.heartbeat_at = Status.APPLYING, at
    row.save()
    with pghistory.context(household_import=row.pk), Progress(row.pk) as progress:
        for _ in range(_TRIES):
            found = plan.make(row, progress, only_sheet=only_sheet, create_villages=create_villages)
            needs = [need for need in found.needs(row.choices) if need != "ENCODING"]
            if needs:
                return found, needs
            if (record := _written(found, row, at)) is not None:
                break
        else:
            raise writing.Changed
    row.plan = {**storing.as_json(found, row), "promises": ""}
    row.status, row.undo, row.applied_at = Status.APPLIED, record.as_json(), at
    row.done_rows = row.total_rows = found.rows
    row.save()
    return found, []


class _Overtaken(Exception):
    """Somebody else took the import while we worked: everything of ours rolls back."""


def _apply(row: HouseholdImport, rows: HouseholdImportQuerySet, progress: "Progress", at: datetime) -> bool:
    _lock(row.ward_id)
    if not rows.filter(status=Status.APPLYING).exists():
        raise _Overtaken
    promised = base64.b85decode(row.plan["promises"])
    seen = {promised[i : i + 8] for i in range(0, len(promised), 8)}
    for _ in range(_TRIES):
        found = plan.make(row, progress)
        stored = storing.as_json(found, row)
        total = stored["counts"]["rows"]
        is_held = stored["held"] > row.plan.get("held", 0)
        if stored["needs"] or is_held or not seen.issuperset(found.promises()):
            rows.advance(Status.READY, plan={**stored, "again": "RIGHTS" if is_held else True}, done_rows=total)
            return False
        if (record := _written(found, row, at)) is None:
            continue
        stored |= {"promises": "", "moved_away": len(record.moved_away), "villages_created": len(record.villages)}
        done = {"applied_at": at, "heartbeat_at": at, "done_rows": total, "total_rows": total}
        if rows.advance(Status.APPLIED, plan=stored, undo=record.as_json(), **done) != 1:
            raise _Overtaken
        return True
    raise writing.Changed


def _written(found: plan.Plan, row: HouseholdImport, at: datetime) -> writing.Record | None:
    """Write a plan. None: somebody changed a household at the desk since it was made, and it is to be made again."""
    try:
        with transaction.atomic():
            return writing.write(found, row, at)
    except writing.Changed:
        return None


def _lock(ward_id: int) -> None:
    """One list at a time into one ward: codes are counted on, and the plan must hold until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, ward_id])
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CODES_LOCK, ward_id])  # no new code at the desk


def release_stale(at: datetime) -> int:
    """Give imports whose worker died back to their people; returns how many. Nothing of theirs was written."""
    stale = HouseholdImport.objects.filter(heartbeat_at__lt=at - STALE)
    released = stale.filter(status=Status.APPLYING).advance(Status.READY)
    return released + stale.filter(status=Status.UNDOING).advance(Status.APPLIED)


def give_up(at: datetime) -> int:
    """Refuse uploads that MOST_READS workers have begun to read and none has ended; returns how many."""
    tried = HouseholdImport.objects.filter(reads__gte=MOST_READS, heartbeat_at__lt=at - STALE)
    return tried.advance(Status.REFUSED, **telling.refusal("GIVEN_UP", {"times": MOST_READS}))


def forget_files(at: datetime) -> int:
    """Throw away files and what was read of them once undo has ended; returns how many. They hold more about people
    than we keep (ID numbers, births of all members), and nothing needs them any more."""
    old = HouseholdImport.objects.filter(created_at__lt=at - UNDO_TIME, applied_at__isnull=True)
    old |= HouseholdImport.objects.filter(applied_at__lt=at - UNDO_TIME)
    old = old.exclude(content=b"").exclude(status__in=(Status.APPLYING, Status.UNDOING))
    return old.update(
        content=b"",
        undo={},
        choices={},
        plan=RawSQL("jsonb_build_object('counts', coalesce(plan->'counts', '{}'::jsonb), 'forgotten', true)", []),
        status=Case(When(status__in=(Status.READING, Status.READY), then=Value(Status.REFUSED)), default=F("status")),
    )


def waiting_for_reader(at: datetime) -> list[int]:
    """Ids of uploads nobody has read: their task was lost, or its worker died. To be read again, MOST_READS times."""
    rows = HouseholdImport.objects.filter(status=Status.READING, created_at__lt=at - STALE, reads__lt=MOST_READS)
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
