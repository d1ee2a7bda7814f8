"""A file of the mill read by the importer, and every difference from its truth."""

import io
import re
from collections.abc import Callable
from typing import Any

from communities.lists import plan
from communities.management.commands import import_households
from communities.models import HouseholdImport, Village, Ward
from communities.spreadsheet import Unreadable
from tests.communities.mill.files import Milled, grind

FIELDS = ("village", "code", "head_name", "birth_year", "phones", "landlines", "members", "address", "lane", "note")


class _Nobody:
    def step(self, done: int, total: int) -> None:
        """Nobody watches."""


def differences(milled: Milled, ward: Ward) -> list[str]:
    """What was read otherwise than it is written; none is what is wanted."""
    Village.objects.filter(ward=ward).delete()
    made = [Village.objects.create(ward=ward, name=name, code=f"V{n}") for n, name in enumerate(milled.villages)]
    chosen = next((village for village in made if village.name == milled.village), None)
    choices = {"encoding": milled.encoding} if milled.encoding else {}
    row = HouseholdImport(ward=ward, filename=milled.filename, content=milled.content, village=chosen, choices=choices)
    try:
        told = import_households._as_json(plan.make(row, _Nobody()))
    except Unreadable as error:
        return [f"refused: {error.kind}"]
    return _compared(milled, told)


def _compared(milled: Milled, told: dict[str, Any]) -> list[str]:
    found = []
    got = {(one["sheet"], one["row"]): one for one in told["households"]}
    for one in milled.homes:
        place = (one["sheet"], one["row"])
        other = got.pop(place, None)
        if other is None:
            found.append(f"row {place}: {one['head_name']} is not there")
            continue
        found += [
            f"row {place} {name}: wanted {one[name]!r}, got {other[name]!r}"
            for name in FIELDS
            if not _agree(one[name], other[name])
        ]
    found += [f"row {place}: {one['head_name']!r} is no household" for place, one in got.items()]
    found += [f"error {one['row']}{one['column']} {one['kind']}: {one['value']!r}" for one in told["errors"]]
    warned = {(one["sheet"], one["row"]) for one in told["warnings"] if one["kind"] == "STATUS_NOTE"}
    found += [f"row {place}: nothing is said of {milled.gone}" for place in milled.gone - warned]
    found += [
        f"warning {one['row']}{one['column']} {one['kind']}: {one['value']!r}"
        for one in told["warnings"]
        if one["row"] and (one["kind"] != "STATUS_NOTE" or (one["sheet"], one["row"]) not in milled.gone)
    ]
    if told["rows"] != len(milled.homes):
        found.append(f"{told['rows']} rows of {len(milled.homes)}")
    return found


def _agree(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, set):
        return got in wanted
    return (wanted or None) == (got or None)


def shrunk(seed: int, read: Callable[[Milled], list[str]]) -> tuple[list[str], dict[str, Any], Milled]:
    """The fewest choices with which a seed still fails: the differences, the choices, the file."""
    calm: list[str] = []
    milled = grind(seed)
    failure = read(milled)
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for name in list(milled.dice.said):
            smaller = grind(seed, [*calm, name])
            if (told := read(smaller)) and _kind(told) == _kind(failure):
                calm, milled, failure, is_smaller = [*calm, name], smaller, told, True
    return failure, milled.dice.said, milled


def _kind(failure: list[str]) -> str:
    """What a failure is about, without its row and its names."""
    return re.sub(r"\(.*?\)|'.*?'|\d+", "", failure[0])


def shown(milled: Milled) -> str:
    """The sheets as text, for the person who looks for the cause."""
    out = io.StringIO()
    for page in milled.pages:
        out.write(f"--- {page.name}\n")
        for number, row in enumerate(page.rows, start=1):
            out.write(f"{number:3} " + " | ".join(repr(value) if value != "" else "" for value in row) + "\n")
    return out.getvalue()
