"""Does a list look as if a column had been shifted or sorted by itself?

In a list of last month's households a few names and numbers change. When most of them change at once, the file is
wrong, not the village. Nothing is written until a person has looked.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from communities.lists.matching import Known
from communities.resources import Listed

LEAST = 5  # changes below this number are looked at one by one
SHARE = 0.5
_FIELDS = ("head_name", "birth_year")


@dataclass(frozen=True, slots=True)
class Alarm:
    """SHIFTED: most values of one field change. ALL_NEW: hardly any household of the file is one we know.
    OTHER_TITLE: the title names another village than the one chosen; `field` is then that village's name."""

    kind: str
    field: str
    changed: int
    of: int
    examples: list[dict[str, str | int]]


def look(
    new: Sequence[Listed],
    changed: Sequence[tuple[Listed, Known]],
    unchanged: Sequence[tuple[Listed, Known]],
    missing: Sequence[Known],
) -> Alarm | None:
    """The first thing that looks wrong, or None."""
    pairs = [*changed, *unchanged]
    for name in _FIELDS:
        both = [(row, own) for row, own in pairs if getattr(row, name) and getattr(own, name)]
        differ = [
            (row, own) for row, own in both
            if (row.name_key != own.name_key if name == "head_name" else getattr(row, name) != getattr(own, name))
        ]  # fmt: skip
        if _too_many(len(differ), len(both)):
            examples = [_example(row, own.code, getattr(own, name), getattr(row, name)) for row, own in differ[:3]]
            return Alarm("SHIFTED", name, len(differ), len(both), examples)
    both = [(row, own) for row, own in pairs if row.phones and own.contacts]
    differ = [(row, own) for row, own in both if not any(phone.number in own.contacts for phone in row.phones)]
    changed_phones = len(differ)
    if _too_many(changed_phones, len(both)):
        differ = [pair for pair in differ if pair[0].village_id == pair[1].village_id]  # no number of another village
        examples = [_example(row, own.code, next(iter(own.contacts)), row.phones[0].number) for row, own in differ[:3]]
        return Alarm("SHIFTED", "phone", changed_phones, len(both), examples)
    return _by_phone(new, missing) or _by_name(new, missing) or _all_new(new, pairs, missing)


def _by_phone(new: Sequence[Listed], missing: Sequence[Known]) -> Alarm | None:
    """New households whose phone belongs to another name that is missing: the names were moved."""
    owners = {phone: own for own in missing for phone in own.contacts}
    found = [
        (row, owners[phone.number]) for row in new for phone in row.phones[:1] if phone.number in owners
    ]  # fmt: skip
    moved = [(row, own) for row, own in found if row.name_key != own.name_key]
    if not _too_many(len(moved), len(new)):
        return None
    examples = [_example(row, own.code, own.head_name, row.head_name) for row, own in moved[:3]]
    return Alarm("SHIFTED", "head_name", len(moved), len(new), examples)


def _by_name(new: Sequence[Listed], missing: Sequence[Known]) -> Alarm | None:
    """New households whose names are all missing ones: years and phones were moved under the names."""
    by_name = {(own.village_id, own.name_key): own for own in missing}
    namesakes = Counter((row.village_id, row.name_key) for row in new)
    moved = [
        (row, by_name[key]) for row in new if namesakes[key := (row.village_id, row.name_key)] == 1 and key in by_name
    ]
    if not _too_many(len(moved), len(new)):
        return None
    examples = [_example(row, own.code, own.birth_year or "", row.birth_year or "") for row, own in moved[:3]]
    return Alarm("SHIFTED", "birth_year", len(moved), len(new), examples)


def _all_new(new: Sequence[Listed], pairs: Sequence[object], missing: Sequence[Known]) -> Alarm | None:
    known = len(pairs) + len(missing)
    if min(len(new), len(missing)) < 10 or len(pairs) > 0.1 * min(known, len(new) + len(pairs)):
        return None
    return Alarm("ALL_NEW", "head_name", len(new), len(new) + len(pairs), [])


def _too_many(changed: int, of: int) -> bool:
    return changed >= LEAST and changed > SHARE * of


def _example(row: Listed, code: str, old: str | int, new: str | int) -> dict[str, str | int]:
    return {"row": row.number, "sheet": row.sheet, "code": code, "old": old, "new": new}
