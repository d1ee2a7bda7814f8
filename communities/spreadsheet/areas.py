"""Where the tables of a sheet lie: one below the other, each with its header, and side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from communities.spreadsheet import header as headers
from communities.spreadsheet import words
from communities.spreadsheet.book import Column, Grid, Reading, Skipped, letter
from communities.spreadsheet.columns import columns as columns_of_body
from communities.spreadsheet.header import Header
from communities.spreadsheet.words import NAMES

ALL_COLUMNS = range(10_000)
_SMALL = 0.6  # of the rows of a list that a table beside it may reach down
_SUMS = ("so ho", "tong so ho", "tong ho", "ho")  # what a table beside a list counts


@dataclass(slots=True)
class Area:
    """One table: its header, if it has one, the rows `start` to `stop` below it, the columns of `span`.

    `heading` are the rows above `start` that belong to it, `labels` those of its titles that name a place, and
    `left_out` what is said of what lies beside it.
    """

    header: Header | None
    start: int
    stop: int
    span: range
    columns: list[Column]
    title: tuple[str, ...] = ()
    heading: Sequence[int] = ()
    labels: tuple[str, ...] = ()
    left_out: list[Skipped] = field(default_factory=list)


def columns_of(
    grid: Grid, header: Header | None, chosen: Mapping[str, str], span: range = ALL_COLUMNS, stop: int | None = None
) -> list[Column]:
    """The columns of a table; `chosen` as Reading.fields."""
    return columns_of_body(header, grid.rows[header.end if header else 0 : stop], chosen, span)


def of_grid(grid: Grid, header: Header | None, columns: list[Column], reading: Reading) -> Iterator[Area]:
    """The tables of a sheet whose first has this header and these columns."""
    yield from _areas(grid, header, columns, reading, is_parted=reading.answers.get("TABLES") == "several")


def parted(grid: Grid, header: Header | None, columns: list[Column], reading: Reading) -> list[Area]:
    """The tables of a sheet if a name that has a further column of the same header begins another; none if none has."""
    if header is None or not headers.parted(header):
        return []
    return list(_areas(grid, header, columns, reading, is_parted=True))


def _areas(
    grid: Grid, header: Header | None, columns: list[Column], reading: Reading, *, is_parted: bool
) -> Iterator[Area]:
    stacked = [(0, header), *_below(grid, header, columns, reading)]
    is_one = reading.answers.get("TABLES") == "one" and not is_parted
    for place, (top, own) in enumerate(stacked):
        stop = stacked[place + 1][0] if place + 1 < len(stacked) else len(grid.rows)
        start = own.end if own else 0
        above = range(top, own.index if own else 0)
        texts = tuple(str(value) for index in above for value in grid.rows[index] if value != "")[:100]
        labels = tuple(text for text in texts if words.group_of(text)) if len(stacked) > 1 else ()
        spans = (headers.parted(own) if own and is_parted else []) or headers.side_by_side(own)
        for span in [ALL_COLUMNS] if is_one else spans:
            own_columns = columns if len(stacked) == 1 and span == ALL_COLUMNS else None
            own_columns = own_columns or columns_of(grid, own, reading.fields, span, stop)
            area = Area(own, start, stop, span, own_columns, texts, range(top, start), labels)
            if not is_one:
                _without_neighbour(grid, area, reading)
            yield area


def _below(grid: Grid, header: Header | None, columns: list[Column], reading: Reading) -> Iterator[tuple[int, Header]]:
    """Further headers with other columns than the first, each with the row at which its titles begin."""
    if header is None:
        return
    known = {(column.index, column.field) for column in columns if column.field}
    end = header.end
    for index in range(header.end + 1, len(grid.rows)):
        if index < end or sum(value != "" for value in grid.rows[index - 1]) > 2:
            continue  # a header follows a title, a sum or nothing
        further = headers.at(grid, index, reading.fields)
        if further is None or _fields(further, reading) <= known:
            continue
        top = index
        while top > end and _is_title(grid.rows[top - 1]):
            top -= 1
        yield top, further
        end = further.end


def _fields(header: Header, reading: Reading) -> set[tuple[int, str]]:
    return {(i, name) for i, path in header.paths.items() if (name := headers.field_of(path, reading.fields))}


def _is_title(row: list[Any]) -> bool:
    """Nothing, or one or two texts that are nobody's and no sum."""
    filled = [value for value in row if value != ""]
    if not filled:
        return True
    if len(filled) > 2 or not all(isinstance(value, str) for value in filled):
        return False
    is_row = any(words.looks_like_phone(text) or text.strip(" .").isdecimal() for text in filled)
    return not is_row and not any(map(words.is_total, filled)) and not words.ends_list(filled)


def _without_neighbour(grid: Grid, area: Area, reading: Reading) -> None:
    """Leave out a table beyond an empty column that names nobody and does not go along with the rows of the list."""
    if area.header is None:
        return
    used = {column.index for column in area.columns if column.header or column.examples}
    names_at = [column.index for column in area.columns if column.field in NAMES]
    if not names_at:
        return
    gap = next((i for i in range(max(names_at) + 1, max(used, default=0)) if i not in used), None)
    if gap is None:
        return
    beyond = [column for column in area.columns if column.index > gap]
    rows = grid.rows[area.start : area.stop]
    named = [n for n, row in enumerate(rows) if any(i < len(row) and row[i] != "" for i in names_at)]
    filled = [n for n, row in enumerate(rows) if any(c.index < len(row) and row[c.index] != "" for c in beyond)]
    counts = any(words.fold(column.header) in _SUMS for column in beyond)
    is_block = bool(filled) and filled[-1] - filled[0] == len(filled) - 1 and filled[0] <= 1
    is_short = is_block and len(filled) < _SMALL * len(named)
    if any(column.by == "CHOSEN" for column in beyond) or not (counts or is_short):
        return
    letters = f"{beyond[0].letter}–{beyond[-1].letter}" if len(beyond) > 1 else beyond[0].letter
    area.left_out.append(Skipped(area.header.index + 1, letter(gap + 1), "PART_LEFT", letters))
    area.span = range(area.span.start, gap)
    area.columns = columns_of(grid, area.header, reading.fields, area.span, area.stop)
