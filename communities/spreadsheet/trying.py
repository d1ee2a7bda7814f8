"""Under which row of a sheet its list begins: each that could be its header is tried on the rows below.

The words of a header say which is tried first; it is taken if the rows agree. Otherwise the one under which least is
lost is: rows that would vanish, names that would be nobody, values that do not fit what their column holds.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from communities.spreadsheet import header as headers
from communities.spreadsheet import words
from communities.spreadsheet.area import ALL_COLUMNS, Area, columns_of
from communities.spreadsheet.book import Column, Grid
from communities.spreadsheet.header import Header
from communities.spreadsheet.rows import Lines
from communities.spreadsheet.words import NAMES

_ROWS = 200  # below a header, that are tried
_NAMES = 0.3  # of the values of a column of names that have to look like some
_LEAST_DIGITS = 8  # of a telephone
_UNSAID = 0.2  # lost with a value below no header
_HEADER = 9.0  # lost with a header that is read as somebody's row
_EMPTY = 9.0  # lost where no row names anybody
NOBODY = 99.0  # lost where what would be names are none
_SAME = 3  # words of a header in a row, that make it one
_NEAR = 1_000  # rows below a header among which its words may come again
_ENOUGH = 2  # fields, and a name, that a header tells
_MOST = 8  # headers that are tried
_AGREES = 0.25  # lost for each row, with which a header is taken without a look at others
_BETTER = 0.15  # so much less another has to lose


@dataclass(slots=True)
class Tried:
    """A header, or none, with the columns below it, and how much would be lost for each of its rows."""

    header: Header | None
    columns: list[Column]
    lost: float = 0.0


def best(grid: Grid, chosen: Mapping[str, str]) -> Tried | None:
    """The header with its columns under which least is lost; None when nobody is named under any."""
    first: Tried | None = None
    least: Tried | None = None
    for tried in _possible(grid, chosen):
        if not any(column.field in NAMES for column in tried.columns):
            continue
        tried.lost = lost(grid, tried.header, tried.columns)
        if tried.lost >= NOBODY:
            continue
        if first is None:
            first = tried
            if tried.lost <= _AGREES or _says_enough(grid, tried):
                return tried
        if least is None or tried.lost < least.lost:
            least = tried
    if first is None or least is None or first.lost - least.lost < _BETTER:
        return first
    return least


def _says_enough(grid: Grid, tried: Tried) -> bool:
    """Whether the words of a header leave no doubt: who is named, two things more, and no household above it."""
    if tried.header is None or any(map(_is_household, grid.rows[: tried.header.index])):
        return False
    told = {column.field for column in tried.columns if column.by == "HEADER"} - {""}
    return len(told) > _ENOUGH and not told.isdisjoint(NAMES)


def _possible(grid: Grid, chosen: Mapping[str, str]) -> Iterator[Tried]:
    """Headers by how much their words say, then none at all, then any row of texts above rows of data."""
    for header in headers.ranked(grid, chosen)[:_MOST]:
        yield Tried(header, columns_of(grid, header, chosen, stop=_stop(grid, header)))
    bare = columns_of(grid, None, chosen)
    table = headers.any_table(grid)
    tells_more = len({column.field for column in bare} - {""}) >= 2 and len(grid.rows) > 1
    if tells_more and not (table is not None and headers.says_columns(table)):
        yield Tried(None, bare)
    if table is not None:
        yield Tried(table, columns_of(grid, table, chosen))


def _stop(grid: Grid, header: Header | None) -> int:
    """Where the words of a header come again, in whatever order: the next page, or a table of its own."""
    texts = {value for value in grid.rows[header.index] if isinstance(value, str) and value} if header else set()
    stop = len(grid.rows)
    if header is None or len(texts) < _SAME:
        return stop
    near = range(header.end + 1, min(header.end + _NEAR, stop))
    return next((i for i in near if len(texts.intersection(grid.rows[i])) >= _SAME), stop)


def lost(grid: Grid, header: Header | None, columns: list[Column], rows: range | None = None) -> float:
    """What would be lost for each row that is tried below a header, or of `rows`; NOBODY where what would be names are
    none."""
    if rows is None:
        start, end = header.end if header else 0, _stop(grid, header)
    else:
        start, end = rows.start, rows.stop
    stop = min(start + _ROWS, end)
    lines = Lines(grid, Area(header, start, stop, ALL_COLUMNS, columns))
    listed = list(lines)
    called = [lines.name(line.cells) for line in listed]
    named = [column for column in columns if column.field in NAMES]
    if not any(map(_is_sure, named)) and sum(map(words.could_be_name, called)) < _NAMES * len(called):
        return NOBODY
    if not listed:
        return _EMPTY
    found = sum(2.0 if _has_number(one.cells) else 1.0 for one in lines.skipped if one.kind == "NO_NAME")
    found += 0.5 * sum(not words.looks_like_name(name) for name in called)
    if rows is None:
        found += sum(3.0 for row in grid.rows[: header.index + 1 if header else 0] if _is_household(row))
    found += sum(_misfit(column, listed) for column in columns)
    if header is None:
        found += _UNSAID * len(listed)
    if header is None and _is_of_texts(listed[0].cells, columns):
        found += _HEADER
    return found / (len(listed) + len(lines.fates))


def _is_sure(column: Column) -> bool:
    """Whether a column is said to hold names of people; “Tên” alone may be anything's."""
    return column.by == "CHOSEN" or (column.by == "HEADER" and words.fold(column.header) != "ten")


def _is_of_texts(cells: list[Any], columns: list[Column]) -> bool:
    """Whether a row has words where the others have telephones."""
    values = [str(cells[column.index]) for column in columns if column.field == "phone"]
    return any(value and not any(map(str.isdigit, value)) for value in values)


def _has_number(cells: tuple[Any, ...]) -> bool:
    return any(
        isinstance(value, int) or str(value).strip(" .").isdecimal() or words.looks_like_phone(value)
        for value in cells
        if value != ""
    )


def _is_household(row: list[Any]) -> bool:
    """A number and a name somewhere in a row."""
    return _has_number(tuple(row)) and any(map(words.looks_like_name, row))


def _misfit(column: Column, listed: list[Any]) -> float:
    """Names or telephones that nobody reads, other numbers below a header of telephones, what no header explains."""
    values = [line.cells[column.index] for line in listed if line.cells[column.index] != ""]
    if not values or column.by == "CHOSEN" or column.asked:
        return 0.0
    if column.field == "phone":
        digits = [text for value in values if (text := re.sub(r"\D", "", str(value)))]
        strange = sum(len(text) < _LEAST_DIGITS for text in digits)
        return float(strange) if strange * 2 > len(values) else 0.0
    if not column.header and not column.field:
        return _UNSAID * len(values)
    if column.field or words.explains_number(column.header) or words.is_of_other(words.fold(column.header)):
        return 0.0
    phones = sum(map(words.looks_like_phone, values)) / len(values)
    names = sum(map(words.looks_like_name, values)) / len(values)
    return 0.5 * len(values) if max(phones, names) > 0.6 else 0.0
