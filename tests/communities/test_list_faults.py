"""Lists with one fault each: every household is there with its own numbers, or somebody is told; no row is lost.

tests/files/list_faults/expected.json says what a careful person reads in each, and what becomes of every row.
"""

import csv
import io
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from python_calamine import CalamineWorkbook

from communities.models import Household, Ward
from tests.communities.opening import in_this_process
from tests.factories import VillageFactory

FILES = Path(__file__).parent.parent / "files" / "list_faults"
CASES = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))["files"]

pytestmark = pytest.mark.django_db


def test_every_file_has_its_truth():
    assert sorted(case["file"] for case in CASES) == sorted(
        path.name for path in FILES.iterdir() if path.suffix != ".json"
    )


def each(*needed: str) -> pytest.MarkDecorator:
    """A test for each file whose truth has what is needed."""
    found = [case for case in CASES if all(name in case for name in needed)]
    return pytest.mark.parametrize("case", found, ids=lambda case: case["file"])


_outcomes: dict[str, dict[str, Any] | None] = {}  # a file is read once for both tests


@pytest.fixture
def outcome(case, ward, monkeypatch) -> dict[str, Any] | None:
    """What the command says of a file, in a ward that has its villages. None where it refuses."""
    if case["file"] not in _outcomes:
        _outcomes[case["file"]] = _read(case, ward, monkeypatch)
    return _outcomes[case["file"]]


def _read(case: dict[str, Any], ward: Ward, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any] | None:
    in_this_process(monkeypatch)
    for position, name in enumerate(case["villages"]):
        VillageFactory(ward=ward, name=name, code=f"T{position}", position=position)
    told = io.StringIO()
    options = {"village": case["village"]} if "village" in case else {}
    try:
        call_command("import_households", str(FILES / case["file"]), ward=ward.code, json=True, stdout=told, **options)
    except CommandError as refusal:
        assert (refusal.returncode, str(refusal)[-1:], Household.objects.count()) == (2, ".", 0)
        return None
    return json.loads(told.getvalue())


@each()
def test_list_is_read_exactly(case, outcome):
    assert "\n".join(differences(case, outcome)) == ""


def differences(case: dict[str, Any], outcome: dict[str, Any] | None) -> list[str]:
    """Every difference in words; none is what is wanted."""
    if outcome is None:
        return [] if case.get("refused") else ["refused"]
    about = {one["row"] for level in ("errors", "warnings") for one in outcome[level] if one["message"]}
    if case.get("or_all_told") and set(range(2, 7)) <= about:
        return []
    if case.get("refused"):
        return [] if outcome["errors"] and not outcome["households"] else ["not refused"]
    left = list(outcome["households"])
    found = [line for wanted in case["households"] for line in of_household(wanted, left, about)]
    found += [f"row {one['row']}: {one['head_name']} is no household" for one in left]
    for one in case.get("told", ()):
        levels = ("errors", "warnings") if one["level"] == "any" else (f"{one['level']}s",)
        if not any(said["row"] in one["rows"] for level in levels for said in outcome[level]):
            found.append(f"nothing is said of row {one['rows']}")
    free = {0, *case.get("may_tell", ()), *(row for one in case.get("told", ()) for row in one["rows"])}
    return found + [f"row {one['row']}: {one['message']}" for one in outcome["errors"] if one["row"] not in free]


def of_household(wanted: dict[str, Any], left: list[dict[str, Any]], about: set[int]) -> list[str]:
    """What is otherwise with one household, which is taken out of those that are left."""
    row, name = wanted["row"], wanted["head_name"]
    same = [
        one for one in left
        if one["row"] == row and one["sheet"] == wanted.get("sheet", one["sheet"])
        and (plain(one["head_name"]) == plain(name) or wanted.get("optional"))
    ]  # fmt: skip
    if not same:
        return [] if wanted.get("optional") else [f"row {row}: {name} is not there"]
    got = same[0]
    left.remove(got)
    phones = [*got["phones"], *got["landlines"]]
    if not phones and wanted.get("or_told") and row in about:
        phones = wanted["phones"]
    found = []
    if not set(wanted["phones"]) <= set(phones) <= {*wanted["phones"], *wanted.get("may_have", ())}:
        found.append(f"row {row}: phones {phones}, not {wanted['phones']}")
    if "leads" in wanted and phones[:1] != [wanted["leads"]]:
        found.append(f"row {row}: {phones[:1]} leads, not {wanted['leads']}")
    if got["village"] != wanted["village"]:
        found.append(f"row {row}: village {got['village']}")
    if got["members"] != wanted.get("members", got["members"]):
        found.append(f"row {row}: {got['members']} members, not {wanted['members']}")
    if plain(wanted.get("place", "")) not in plain(f"{got['address']} | {got['lane']}"):
        found.append(f"row {row}: lives in {got['address']!r}, {got['lane']!r}, not {wanted['place']}")
    return found


def plain(text: str) -> str:
    """A text whatever its capitals, spaces and composition."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


# --- the ledger -------------------------------------------------------------------------------------------


@each("ledger")
def test_every_row_has_its_fate(case, outcome):
    if outcome is None:
        assert case.get("refused")
        return
    ledger = outcome["ledger"]
    fates = {(one["sheet"], one["row"]): one["fate"] for one in ledger["entries"]}
    filled = filled_rows(FILES / case["file"])
    assert (sorted(fates), len(ledger["entries"])) == (filled, len(filled))
    assert (ledger["rows"], sum(ledger["fates"].values())) == (len(filled), len(filled))
    heads = {(one["sheet"], one["row"]): one["of"] for one in ledger["entries"] if one["of"]}
    wanted = {}
    for sheet, told in case["ledger"].items():
        for fate, rows in told.items():
            by_head = rows if fate == "MEMBER" else {"0": rows}
            for head, members in by_head.items():
                wanted |= {(sheet, row): (fate, int(head)) for row in numbers(members)}
    assert "\n".join(
        f"row {place}: {fates[place]} of {heads.get(place, 0)}, not {fate} of {head}"
        for place, (fate, head) in wanted.items()
        if fates[place] not in fate.split("|") or (fate == "MEMBER" and heads.get(place, 0) != head)
    ) == ""  # fmt: skip
    assert sorted(wanted) == filled


def numbers(rows: str) -> list[int]:
    """“2-4 7” → 2, 3, 4, 7."""
    ends = [one.partition("-")[::2] for one in rows.split()]
    return [row for first, last in ends for row in range(int(first), int(last or first) + 1)]


def filled_rows(path: Path) -> list[tuple[str, int]]:
    """The sheet and number of every row of a file that holds anything, by readers that are not ours."""
    if path.suffix == ".csv":
        text = path.read_bytes().decode("utf-8-sig", "replace")
        between = max(",;\t", key=text.partition("\n")[0].count)
        sheets = {"": list(csv.reader(io.StringIO(text), delimiter=between))}
    else:
        book = CalamineWorkbook.from_path(str(path))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    return sorted(
        (name, number)
        for name, rows in sheets.items()
        for number, row in enumerate(rows, start=1)
        if any(str(cell).strip() for cell in row)
    )
