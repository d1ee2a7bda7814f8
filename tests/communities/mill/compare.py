"""A file of the mill read by the importer, and every difference from its truth."""

import io
import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command

from communities.models import Village, Ward
from tests.communities.mill.files import Milled, Place, grind

FIELDS = ("village", "code", "head_name", "birth_year", "phones", "landlines", "members", "address", "lane", "note")


def differences(milled: Milled, ward: Ward) -> list[str]:
    """What was read otherwise than it is written; none is what is wanted."""
    _settle(ward, milled.villages)
    try:
        told = _asked(milled, ward)
    except CommandError as refusal:
        if milled.may_be_refused:
            return []
        if not milled.asks or milled.asks.get("map") == "HEADS":
            return [] if milled.asks else [f"refused: {refusal}"]
        try:
            told = _asked(milled, ward, **milled.asks)
        except CommandError as again:
            return [f"refused after the answer: {again}"]
    if milled.may_be_refused:
        return _of_other(milled, told)
    return [*_of_households(milled, told), *_of_problems(milled, told), *_of_ledger(milled, told)]


def _settle(ward: Ward, names: list[str]) -> None:
    """Let the ward have these villages and no others."""
    own = Village.objects.filter(ward=ward)
    own.update(is_active=False)
    if not own.filter(name__in=names).update(is_active=True):
        for position, name in enumerate(names):
            Village.objects.create(ward=ward, name=name, code=f"V{own.count()}", position=position)


def _asked(milled: Milled, ward: Ward, **answers: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, milled.filename)
        path.write_bytes(milled.content)
        out = io.StringIO()
        call_command(
            "import_households", str(path), ward=ward.code, json=True, stdout=out, village=milled.village,
            encoding=milled.encoding, **answers,
        )  # fmt: skip
    return json.loads(out.getvalue())  # type: ignore[no-any-return]


def _of_households(milled: Milled, told: dict[str, Any]) -> list[str]:
    found = []
    left = list(told["households"])
    said = {(one["sheet"], one["row"]) for one in (*told["errors"], *told["warnings"])}
    for one in milled.homes:
        place = (one["sheet"], one["row"])
        there = [other for other in left if (other["sheet"], other["row"]) == place]
        there.sort(key=lambda other: other["head_name"] != one["head_name"])
        if not there:
            if not (one.get("optional") or (one.get("or_left_out") and place in said)):
                found.append(f"row {place}: {one['head_name']} is not there")
            continue
        other = there[0]
        left.remove(other)
        if one.get("optional"):
            continue
        found += [
            f"row {place} {name}: wanted {one[name]!r}, got {other[name]!r}"
            for name in FIELDS
            if not (name == "phones" or (name == "head_name" and one.get("or_left_out") and place in said))
            and not _agree(one[name], other[name])
        ]
        found += _of_phones(one, other, said)
        if one.get("place", "").casefold() not in f"{other['address']} | {other['lane']}".casefold():
            found.append(f"row {place}: lives in {other['address']!r}, {other['lane']!r}, not {one['place']}")
    return found + [f"row {(one['sheet'], one['row'])}: {one['head_name']!r} is no household" for one in left]


def _of_phones(one: dict[str, Any], other: dict[str, Any], said: set[Place]) -> list[str]:
    place, wanted, got = (one["sheet"], one["row"]), one["phones"], other["phones"]
    if one.get("or_told") and not got and place in said:
        return []
    found = []
    if number := one.get("had_or_told", one.get("had_or_told_below")):
        below = (place[0], place[1] + ("had_or_told_below" in one))
        if number not in got and not {place, below} & said:
            found.append(f"row {place}: nothing is said of {number}")
    may_have = one.get("may_have", ())
    if [number for number in got if number not in may_have or number in wanted] != wanted:
        found.append(f"row {place} phones: wanted {wanted!r}, got {got!r}")
    if "leads" in one and got[:1] != [one["leads"]]:
        found.append(f"row {place}: {got[:1]} leads, not {one['leads']}")
    return found


def _of_problems(milled: Milled, told: dict[str, Any]) -> list[str]:
    said = {(one["sheet"], one["row"]) if one["row"] else ("", 0) for one in (*told["errors"], *told["warnings"])}
    found = [f"row {sorted(places)}: nothing is said" for places in milled.must_say if not places & said]
    fine = milled.may_say.union(*milled.must_say)
    for level in ("errors", "warnings"):
        found += [
            f"{level[:-1]} {one['row']}{one['column']} {one['kind']}: {one['value']!r}"
            for one in told[level]
            if (one["sheet"], one["row"]) not in fine and (one["row"] or level == "errors")
        ]
    return found


def _of_ledger(milled: Milled, told: dict[str, Any]) -> list[str]:
    if "ledger" not in told:
        return []
    entries = {(one["sheet"], one["row"]): one for one in told["ledger"]["entries"]}
    found = [f"row {place} is not in the ledger" for place in milled.fates.keys() - entries.keys()]
    found += [f"row {place} of the ledger holds nothing" for place in entries.keys() - milled.fates.keys()]
    if len(milled.fates) != len(told["ledger"]["entries"]) or len(milled.fates) != sum(
        told["ledger"]["fates"].values()
    ):
        found.append(f"the ledger has {told['ledger']['fates']} of {len(milled.fates)} rows")
    for place, entry in entries.items():
        fates = milled.fates.get(place, "").split("|")
        if entry["fate"] not in fates:
            found.append(f"row {place} is {entry['fate']}, not {'|'.join(fates)}: {entry['text']!r}")
        elif entry["fate"] == "MEMBER" and (place[0], entry["of"]) != milled.heads.get(place):
            found.append(f"row {place} is a member of {entry['of']}, not {milled.heads.get(place)}")
    return found


def _of_other(milled: Milled, told: dict[str, Any]) -> list[str]:
    """Of a file that is no list: nothing is read, and somebody is told; of forms: what is read is true."""
    true = {one["head_name"]: one for one in milled.homes}
    found = [
        f"{one['head_name']!r} is no household" for one in told["households"]
        if one["head_name"] not in true or not set(one["phones"]) <= {f"+84{n[1:]}" for n in _mobiles(milled, one)}
    ]  # fmt: skip
    if not told["households"]:
        return [] if told["errors"] else ["not refused"]
    if len(told["households"]) < len(true):
        found.append(f"{len(told['households'])} of {len(true)} forms are read")
    return found


def _mobiles(milled: Milled, one: dict[str, Any]) -> list[str]:
    written = [own.home for page in milled.pages for line in page.listed for own in line.homes]
    return [n for home in written if home.head.name == one["head_name"] for n in home.head.mobiles]


def _agree(wanted: Any, got: Any) -> bool:
    if wanted is ...:
        return True
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
            if (told := read(smaller)) and kind_of(told) == kind_of(failure):
                calm, milled, failure, is_smaller = [*calm, name], smaller, told, True
    return failure, milled.dice.said, milled


def kind_of(failure: list[str]) -> str:
    """What a failure is about, without its row and its names."""
    told = re.sub(r"'[^']*'|\"[^\"]*\"", "…", failure[0])
    return re.sub(r": [^:]* is not there", ": not there", re.sub(r"\[.*?\]|\(.*?\)|\d+", "", told))


def shown(milled: Milled) -> str:
    """The sheets as text, for the person who looks for the cause."""
    out = io.StringIO()
    for page in milled.pages:
        out.write(f"--- {page.name}\n")
        for number, row in enumerate(page.rows, start=1):
            out.write(f"{number:3} " + " | ".join(repr(value) if value != "" else "" for value in row) + "\n")
    return out.getvalue()
