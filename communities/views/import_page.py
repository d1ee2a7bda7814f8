"""The page of an import: what it shows, by how far the list is.

Each class holds all that its template reads. A list that is refused or being worked on has little to show; one that can
be read in several ways, or whose letters or name column are in question, shows just that; after that everything else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from communities import imports
from communities.access import own_villages
from communities.lists import rights, telling
from communities.models import HouseholdImport, User
from communities.views import import_parts as parts
from communities.views import import_reading as reading
from communities.views.import_parts import JSON, Asked

Status = HouseholdImport.Status
#: What must be decided before the rest of the page means anything.
_BLOCKING = ("QUESTION", "ENCODING", "NAME_COLUMN")
_MOVING = (Status.READING, Status.APPLYING, Status.UNDOING)


@dataclass(frozen=True, kw_only=True)
class ImportPage:
    """What every page shows: the step the list is at, and what the address asks for."""

    step: int
    is_moving: bool  # a worker has it
    place: str
    chosen: str

    def context(self, row: HouseholdImport) -> dict[str, Any]:
        """As the template takes it."""
        return {"import": row, **vars(self)}


@dataclass(frozen=True, kw_only=True)
class RefusedPage(ImportPage):
    """A file that cannot be read, and why. People may have decided something that made it so."""

    refusal: str
    is_decided: bool


@dataclass(frozen=True, kw_only=True)
class MovingPage(ImportPage):
    """A list a worker has: how many households of each kind the last plan counts."""

    counts: dict[str, int]
    writes: int  # new and changed households
    marked: int  # households marked as moved away


@dataclass(frozen=True, kw_only=True)
class ColumnsPage(MovingPage):
    """A list that waits for people, up to its columns; `blocking` is what they must decide first, "" for nothing."""

    is_open: bool  # to decisions
    seen: str
    blocking: str
    questions: list[reading.Question]
    answers: list[reading.Answered]
    columns: parts.Columns
    columns_open: bool
    shows_phones: bool
    until: datetime | None  # it may be taken back
    may_undo: bool  # by this reader
    changes_back: int
    taken_back: int


@dataclass(frozen=True, kw_only=True)
class WholePage(ColumnsPage):
    """A list with nothing in its way: problems, differences, villages."""

    alarm: JSON
    ledger: reading.Ledger | None
    villages: parts.Villages | None
    groups: list[parts.Group]
    has_inputs: bool
    kind: str
    page_number: str
    sections: dict[str, parts.Section]
    problem_count: int
    is_empty: bool  # the section that was asked for
    by_field: list[tuple[str, Any, int]]
    marked_ids: set[int]
    may_mark: bool
    corrected: int  # cells


def page_of(row: HouseholdImport, user: User, asked: Asked) -> ImportPage:
    """The page of an import for one reader."""
    is_moving = row.status in _MOVING
    page = ImportPage(step=parts.step(row), is_moving=is_moving, place=asked.place, chosen=asked.section)
    if row.status == Status.REFUSED:
        is_decided = any(row.choices.values())
        return RefusedPage(**vars(page), refusal=telling.refusal_of(row), is_decided=is_decided)
    counts = row.plan.get("counts", {})
    writes = counts.get("new", 0) + counts.get("changed", 0)
    marked = row.choices.get("moved_away", [])
    moving = MovingPage(**vars(page), counts=counts, writes=writes, marked=len(marked))
    if is_moving:
        return moving
    up_to_columns = _columns_page(moving, row, user, asked)
    return up_to_columns if up_to_columns.blocking else _whole_page(up_to_columns, row, user, asked)


def _columns_page(page: MovingPage, row: HouseholdImport, user: User, asked: Asked) -> ColumnsPage:
    is_open = row.status == Status.READY
    needs = row.plan.get("needs", [])
    blocking = next((need for need in _BLOCKING if is_open and need in needs), "")
    shows_phones = row.village_id in own_villages(user)
    until = imports.undo_until(row)
    changes_back = page.counts.get("changed", 0) + row.plan.get("moved_away", 0)
    return ColumnsPage(
        **vars(page),
        is_open=is_open,
        seen=parts.seen_as(row),
        blocking=blocking,
        questions=reading.questions(row, shows_phones=shows_phones) if blocking == "QUESTION" else [],
        answers=reading.answers(row),
        columns=parts.columns(row, shows_phones=shows_phones),
        columns_open=asked.opens_columns or blocking == "NAME_COLUMN",
        shows_phones=shows_phones,
        until=until if until and until > timezone.now() else None,
        may_undo=bool(until) and rights.may_undo(row, user),
        changes_back=changes_back,
        taken_back=page.counts.get("new", 0) + changes_back,
    )


def _whole_page(page: ColumnsPage, row: HouseholdImport, user: User, asked: Asked) -> WholePage:
    villages = parts.villages(row, user) if page.is_open else None
    groups = parts.problems(row, asked, shows_phones=page.shows_phones) if asked.section in ("", "problems") else []
    if villages and not asked.section:  # decided name by name in a card of their own
        groups = [group for group in groups if group["kind"] != "UNKNOWN_VILLAGE"]
    problem_count = page.counts.get("errors", 0) + page.counts.get("warnings", 0)
    ledger = reading.ledger(row, asked)
    asked_for = {"problems": problem_count, "ledger": bool(ledger)}.get(asked.section, page.counts.get(asked.section))
    return WholePage(
        **vars(page),
        alarm=parts.alarm(row) if page.is_open else {},
        ledger=ledger,
        villages=villages,
        groups=groups,
        has_inputs=any(one["is_input"] for group in groups for one in group["rows"]),
        kind=asked.kind,
        page_number=asked.page,
        sections={name: parts.section(row, name, asked) for name in ("changed", "new", "missing")},
        problem_count=problem_count,
        is_empty=bool(asked.section) and not asked_for,
        by_field=parts.by_field(row),
        marked_ids=set(row.choices.get("moved_away", [])),
        may_mark=page.is_open and rights.may_mark(row, user),
        corrected=sum(len(cells) for rows in row.choices.get("cells", {}).values() for cells in rows.values()),
    )
