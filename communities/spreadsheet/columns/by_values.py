"""What the values of a column show where no header names it."""

import itertools
from collections.abc import Callable
from datetime import date
from typing import Any

from communities.spreadsheet import words
from communities.spreadsheet.columns.draft import Draft, Known
from communities.spreadsheet.header import shown
from communities.spreadsheet.words import NAMES, fold

_OLDEST_YEAR = 1900
_MOST_MEMBERS = 15
#: What stands beside names in a list of people.
_BESIDE_NAMES = frozenset({"phone", "members_count", "birth"})
_NEARLY_ALL = 0.9
_LEAST = 0.6  # of the values of a column that show what it holds

#: A column and the field it is found to hold.
Found = tuple[int, str] | None


def read(draft: Draft) -> None:
    """Make known the columns that show by their values what they hold. Without any header that is all of it."""
    free = [
        i
        for i in draft.keys
        if i not in draft.known and (i not in draft.paths or not words.field_of(draft.paths[i])[0])
    ]
    for recognise in _ALWAYS if draft.paths else (*_ALWAYS, *_WITHOUT_HEADER):
        if (found := recognise(draft, free)) is not None:
            column, field = found
            draft.known[column] = Known(field, "VALUES")
            free.remove(column)


def _names(draft: Draft, free: list[int]) -> Found:
    """Names, where no header names any; those below the header of somebody else are not the household's."""
    if draft.fields & NAMES:
        return None
    best = _most(words.looks_like_name, draft, free, _LEAST)
    if best is None and draft.fields & _BESIDE_NAMES:
        best = _most(words.could_be_name, draft, [i for i in free if _are_names(draft.values_of(i))], _NEARLY_ALL)
    if best is None or _is_of_other(_header(draft, best)):
        return None
    _ask_between(best, words.looks_like_name, draft, [i for i in free if not _is_of_other(_header(draft, i))], "HEADS")
    return best, "full_name" if "relation" in draft.fields else "head_name"


def _are_names(values: list[Any]) -> bool:
    """Whether values may be names with a surname we do not know: of several words, each another."""
    several = [value for value in values if len(str(value).split()) > 1]
    return (
        len(values) > 1 and len(several) * 10 >= len(values) * 8 and len(set(map(str, values))) * 10 >= len(values) * 9
    )


def _header(draft: Draft, i: int) -> str:
    return shown(draft.paths.get(i, ()))


def _ask_between(best: int, test: Callable[[Any], bool], draft: Draft, free: list[int], kind: str) -> None:
    """Note the columns that are as good as the best, where headers stand above them that say nothing to us."""
    if best not in draft.paths:
        return
    rivals = [i for i in free if i in draft.paths and _share(test, draft.values[i]) >= _LEAST]
    if len(rivals) > 1:
        draft.asked |= dict.fromkeys(rivals, kind)


def _is_of_other(header: str) -> bool:
    return words.is_of_other(fold(header)) or words.is_set_aside(header)


def _phones(draft: Draft, free: list[int]) -> Found:
    if "phone" in draft.fields:
        return None
    free = [i for i in free if not words.explains_number(_header(draft, i))]
    free = [i for i in free if not _is_stepping(draft.values_of(i))]
    best = _most(words.looks_like_phone, draft, free, _LEAST)
    if best is None:
        return None
    _ask_between(best, words.looks_like_phone, draft, free, "PHONES")
    return best, "phone"


def _row_numbers(draft: Draft, free: list[int]) -> Found:
    """1, 2, 3 … in the first column that is left."""
    return (free[0], "row_no") if free and _is_counting(draft.values[free[0]]) else None


def _births(draft: Draft, free: list[int]) -> Found:
    """Dates, or years up to this one."""
    years = range(_OLDEST_YEAR, date.today().year + 1)  # noqa: DTZ011 – a year, anywhere
    best = _most(lambda value: isinstance(value, date) or (isinstance(value, int) and value in years), draft, free, 0.8)
    return None if best is None else (best, "birth")


def _members(draft: Draft, free: list[int]) -> Found:
    sizes = range(1, _MOST_MEMBERS + 1)
    best = _most(lambda value: isinstance(value, int) and value in sizes, draft, free, 0.9)
    return None if best is None else (best, "members_count")


_Recogniser = Callable[[Draft, list[int]], Found]
_ALWAYS: tuple[_Recogniser, ...] = (_names, _phones)
_WITHOUT_HEADER: tuple[_Recogniser, ...] = (_row_numbers, _births, _members)


def _most(test: Callable[[Any], bool], draft: Draft, free: list[int], least: float) -> int | None:
    """The column with the most values that pass a test, the leftmost of several; at least the share `least` of them."""
    passing = [i for i in free if draft.values[i] and _share(test, draft.values[i]) >= least]
    return max(passing, key=lambda i: (sum(map(test, draft.values[i])), -i), default=None)


def _share(test: Callable[[Any], bool], values: list[Any]) -> float:
    return sum(map(test, values)) / len(values) if values else 0.0


def _is_stepping(values: list[Any]) -> bool:
    """Numbers that grow by the same step from row to row: somebody gave them out one after the other."""
    numbers = [int(text) for value in values if (text := str(value)).isascii() and text.isdecimal()]
    steps = {b - a for a, b in itertools.pairwise(numbers)}
    return len(numbers) > 3 and len(steps) == 1


def _is_counting(values: list[Any]) -> bool:
    numbers = [int(value) for value in values if str(value).isdecimal()]
    steps = sum(b - a == 1 for a, b in itertools.pairwise(numbers))
    return len(numbers) * 10 >= len(values) * 8 and steps * 10 >= len(numbers) * 6
