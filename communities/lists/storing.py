"""A plan as JSON, as it is stored with its import: whole counts, and the first rows of each kind for the page."""

import base64
from collections import Counter
from collections.abc import Iterator
from typing import Any

from communities.lists import opening, readings, telling
from communities.lists.plan import Change, Plan
from communities.lists.readings import SHOWN
from communities.masking import masked
from communities.models import HouseholdImport, Village
from communities.resources import Listed
from communities.spreadsheet import NEVER_STORED

#: What is said of the whole file in parts of the page that are theirs alone: its letters, and the alarm.
_ELSEWHERE = {"CONVERTED", "SHIFTED", "ALL_NEW", "OTHER_TITLE"}


def as_json(plan: Plan, row: HouseholdImport) -> dict[str, Any]:
    """The plan as it is stored with the import: whole counts, and the first thousand of each kind of row."""
    book, names_of = plan.book, _village_names(plan)
    by_field = Counter(name for change in plan.changed for name in _told_fields(change))
    errors = len({(problem["sheet"], problem["row"]) for problem in plan.problems if problem["is_error"]})
    kinds = Counter((problem["kind"], problem["is_error"]) for problem in plan.problems)
    columns = {
        column.key: (sheet.name, column) for sheet in reversed(book.sheets) for column in reversed(sheet.columns)
    }
    first = [key for sheet in book.sheets for key in (column.key for column in sheet.columns)]
    return {
        "ledger": readings.ledger_as_json(plan.ledger),
        "questions": readings.questions_as_json(book.questions),
        "answers": dict(opening.reading_of(row, plan.layout).answers),
        "remarks": [said for said in telling.remarks(plan) if said["kind"] not in _ELSEWHERE],
        "sheets": [
            {"name": s.name, "header_row": s.header_row, "rows": len(s.rows), "shape": s.shape} for s in book.sheets
        ],
        "ignored": [{"name": sheet.name, "kind": sheet.kind} for sheet in book.ignored],
        "columns": [
            {
                "key": key, "sheet": columns[key][0], "letter": (c := columns[key][1]).letter, "header": c.header,
                "field": c.field, "by": c.by,
                "examples": [str(one)[:60] for one in c.examples if c.field not in NEVER_STORED],
                "is_sensitive": c.field in NEVER_STORED,
            }
            for key in dict.fromkeys(first)
        ],
        "signature": book.signature,
        "hidden_rows": book.hidden_rows,
        "encoding": book.encoding
        and {
            "name": book.encoding.name, "is_decided": book.encoding.is_decided, "by": book.encoding.by,
            "examples": [list(example) for example in book.encoding.examples],
        },
        "layout": plan.layout
        and {"saved_by": str(plan.layout.saved_by), "saved_at": plan.layout.saved_at.isoformat()},
        "counts": {
            "rows": plan.rows,
            "new": len(plan.new),
            "changed": len(plan.changed),
            "unchanged": len(plan.unchanged),
            "missing": len(plan.missing),
            "errors": errors,
            "warnings": sum(not problem["is_error"] for problem in plan.problems),
        },
        "by_field": dict(by_field),
        "left_out": {
            column.header: column.field in NEVER_STORED
            for _sheet, column in columns.values()
            if column.field in NEVER_STORED or not column.field
        },
        "alarm": plan.alarm
        and {
            "kind": plan.alarm.kind, "field": plan.alarm.field, "changed": plan.alarm.changed, "of": plan.alarm.of,
            "examples": plan.alarm.examples,
        },
        "villages": [
            {"key": one.key, "name": one.name, "sheet": one.sheet, "rows": one.rows, "decision": one.decision}
            for one in plan.unknown
        ],
        "kinds": [
            {"kind": kind, "is_error": is_error, "count": count}
            for (kind, is_error), count in sorted(kinds.items(), key=lambda item: (not item[0][1], -item[1]))
        ],
        "new": [_new_as_json(one, names_of) for one in plan.new[:SHOWN]],
        "changed": [_change_as_json(change, names_of) for change in plan.changed[:SHOWN]],
        "missing": [
            {
                "id": own.id, "code": own.code, "head_name": own.head_name, "lane": own.lane,
                "village": names_of[own.village_id],
            }
            for own in plan.missing[:SHOWN]
        ],
        "problems": _kept(plan.problems),
        "needs": plan.needs(row.choices),
        "held": plan.held,
        "promises": base64.b85encode(b"".join(plan.promises())).decode(),
    }  # fmt: skip


def _kept(problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The problems a page shows: what is left out first, and no kind crowded out by another."""
    per_kind: Counter[str] = Counter()
    kept = []
    for problem in sorted(problems, key=lambda problem: not problem["is_error"]):
        per_kind[problem["kind"]] += 1
        if per_kind[problem["kind"]] <= SHOWN // 4 or len(problems) <= SHOWN:
            kept.append(problem)
    return kept[:SHOWN]


def _village_names(plan: Plan) -> dict[int, str]:
    """Names of all villages that occur; a household may come from one that no longer exists."""
    wanted = {change.household.village_id for change in plan.changed} | {own.village_id for own in plan.missing}
    others = Village.objects.filter(pk__in=wanted - set(plan.villages)).values_list("pk", "name")
    return plan.villages | dict(others)


def _told_fields(change: Change) -> Iterator[str]:
    yield from change.fields
    if change.phones:
        yield "phone"
    if change.relations:
        yield "relation"


def _new_as_json(row: Listed, village_names: dict[int, str]) -> dict[str, Any]:
    return {
        "sheet": row.sheet,
        "row": row.number,
        "village": village_names[row.village_id],
        "head_name": row.head_name,
        "birth_year": row.birth_year,
        "members": row.members,
        "lane": row.lane,
        "phones": [[phone.number, phone.owner, phone.repaired] for phone in row.phones],
    }


def _change_as_json(change: Change, village_names: dict[int, str]) -> dict[str, Any]:
    told = [
        {"field": name, "old": village_names.get(old, ""), "new": village_names[new]}
        if name == "village_id"
        else {"field": name, "old": old, "new": new}
        for name, (old, new) in change.fields.items()
    ]
    first = next(iter(change.household.contacts), "")  # by rank
    if "village_id" in change.fields:  # of another village: whoever reads this may not be its neighbour
        first = masked(first) if first else ""
    for position, phone in enumerate(change.phones):
        old = first if change.leads and position == 0 else ""
        told.append(
            {"field": "phone", "old": old, "new": phone.number, "owner": phone.owner, "repaired": phone.repaired,
             "is_further": bool(change.household.contacts) and not old}
        )  # fmt: skip
    told += [{"field": "relation", "old": old, "new": new} for old, new in change.relations.values()]
    return {
        "sheet": change.row.sheet,
        "row": change.row.number,
        "id": change.household.id,
        "code": change.household.code,
        "head_name": change.household.head_name,
        "lane": change.household.lane,
        "fields": told,
    }
