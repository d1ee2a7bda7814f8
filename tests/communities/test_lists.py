"""Lists as they really arrive: every file of tests/files/households against what a careful person reads in it.

Files and expectations are written by `python -m tests.files.make_households`; the expectations never come from the
importer. Where careful people differ, the expectation says so (`one_of`, `may_warn`) and why.
"""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from communities.models import Contact, Household, Village
from tests.factories import VillageFactory

FILES = Path(__file__).parent.parent / "files" / "households"
CASES = sorted(FILES.glob("*.json"))
FIELDS = (
    "village", "code", "head_name", "birth_year", "phones", "landlines", "members", "address", "lane", "note", "sheet",
    "row",
)  # fmt: skip

pytestmark = pytest.mark.django_db


def test_every_file_has_an_expectation():
    told = {json.loads(path.read_text(encoding="utf-8"))["file"] for path in CASES}
    assert told == {path.name for path in FILES.iterdir() if path.suffix != ".json"}
    assert len(told) >= 30


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_list_is_read_as_a_person_reads_it(ward, path):
    expected = json.loads(path.read_text(encoding="utf-8"))
    for position, name in enumerate(expected["villages"]):
        VillageFactory(ward=ward, name=name, code=f"T{position}", position=position)

    if expected["refused"]:
        for more in ((), ("--commit",)):
            with pytest.raises(CommandError, match=r"\w.*\.$") as refusal:
                _import(ward, expected, *more)
            assert refusal.value.returncode == 2
        assert Household.objects.count() == 0
        return

    told = _import(ward, expected)
    assert "\n".join(_differences(expected, told)) == ""
    assert _counts(told) == {"rows": expected["rows"], "new": len(expected["households"]), "changed": 0,
                             "unchanged": 0, "missing": 0}  # fmt: skip
    assert (Household.objects.count(), Contact.objects.count()) == (0, 0), "a dry run writes nothing"
    assert sorted(Village.objects.values_list("name", flat=True)) == sorted(expected["villages"])

    written = _import(ward, expected, "--commit")
    assert "\n".join(_differences(expected, written)) == ""
    assert Household.objects.count() == len(expected["households"])

    again = _import(ward, expected)
    assert "\n".join(_differences(expected, again, warnings=False)) == ""
    assert _counts(again) == {"rows": expected["rows"], "new": 0, "changed": 0,
                              "unchanged": len(expected["households"]), "missing": 0}  # fmt: skip


def _import(ward, expected: dict[str, Any], *more: str) -> dict[str, Any]:
    """What the command answers."""
    given = expected["options"]
    words = [str(FILES / expected["file"]), "--ward", ward.code, "--json", *more]
    for option in ("village", "sheet", "encoding"):
        words += [f"--{option}", given[option]] if option in given else []
    for choice in given.get("map", ()):
        words += ["--map", choice]
    words += ["--create-villages"] if given.get("create_villages") else []
    out = StringIO()
    call_command("import_households", *words, stdout=out)
    return json.loads(out.getvalue())


def _counts(plan: dict[str, Any]) -> dict[str, int]:
    return {name: plan[name] for name in ("rows", "new", "changed", "unchanged", "missing")}


def _differences(expected: dict[str, Any], plan: dict[str, Any], *, warnings: bool = True) -> list[str]:
    """Every difference in words; none is what is wanted."""
    told = []
    wanted, got = expected["households"], plan["households"]
    places: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for one in got:
        places.setdefault((one["sheet"], one["row"]), []).append(one)
    for one in wanted:
        there = places.get((one["sheet"], one["row"]), [])
        if not there:
            told.append(f"row {one['row']}: {one['head_name']} is not there")
            continue
        other = next((each for each in there if _agree(one["head_name"], each["head_name"])), there[0])
        there.remove(other)  # two lists side by side put two households into one row
        told += [
            f"row {one['row']} {name}: expected {one.get(name)!r}, got {other.get(name)!r}"
            for name in FIELDS
            if not _agree(one.get(name), other.get(name))
        ]
    told += [
        f"row {one['row']}: {one['head_name']!r} is no household of the list"
        for left in places.values()
        for one in left
    ]
    told += _places("error", expected["errors"], plan["errors"], [])
    if warnings:
        told += _places("warning", expected["warnings"], plan["warnings"], expected["may_warn"])
        told += _about_file(expected["about_file"], plan["warnings"])
    text = json.dumps(got, ensure_ascii=False)
    told += [f"{secret!r} is in the answer" for secret in expected["never"] if secret in text]
    rejected = {(one["sheet"], one["row"]) for one in plan["errors"] if one["row"]}
    if plan["rows"] != plan["new"] + plan["changed"] + plan["unchanged"] + len(rejected):
        told.append(f"rows do not add up: {_counts(plan)} and {len(rejected)} with errors")
    return told


def _agree(wanted: Any, got: Any) -> bool:
    """Empty is empty, however it is written."""
    if isinstance(wanted, dict):
        return any(_agree(one, got) for one in wanted["one_of"])
    return (wanted or None) == (got or None)


def _places(what: str, wanted: list, got: list[dict[str, Any]], free: list) -> list[str]:
    """Differences between the places of problems; `free` ones may be told or not."""
    said = {(one["sheet"], one["row"], one["column"]): one for one in got if one["row"]}
    must, may = {tuple(place) for place in wanted}, {tuple(place) for place in free}
    extra = [
        f"{what} at {place}: {one['value']!r}, {one['message']}"
        for place, one in said.items()
        if place not in must | may and (*place[:2], "*") not in may
    ]
    return extra + [f"no {what} at {place}" for place in sorted(must - said.keys())]


def _about_file(wanted: list[str], got: list[dict[str, Any]]) -> list[str]:
    """What is said of the whole file: exactly the kinds expected, `KIND?` if it likes, `*` for any."""
    kinds = {one["kind"] for one in got if not one["row"]}
    if "*" in wanted:
        return []
    must = {kind for kind in wanted if not kind.endswith("?")}
    may = {kind.rstrip("?") for kind in wanted}
    return [f"nothing is said of {kind}" for kind in sorted(must - kinds)] + [
        f"said of the file: {kind}" for kind in sorted(kinds - may)
    ]
