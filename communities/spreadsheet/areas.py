"""Where the tables of a sheet lie: one below the other, each with its header, and side by side."""

from collections.abc import Iterator
from typing import Any

from communities.spreadsheet import header as headers
from communities.spreadsheet import trying, words
from communities.spreadsheet.area import ALL_COLUMNS, Area, columns_of, title_of
from communities.spreadsheet.book import Column, Grid, Reading, Skipped, letter
from communities.spreadsheet.header import Header
from communities.spreadsheet.words import NAMES

_TRIED = 100  # rows below a header that show whether it is one
_SMALL = 0.6  # of the rows of a list that a table beside it may reach down
_SUMS = ("so ho", "tong so ho", "tong ho", "ho")  # what a table beside a list counts


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
        texts = title_of(grid.rows[top : own.index if own else 0])
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
    texts = {value for value in grid.rows[header.index] if value != ""}
    for index in range(header.end + 1, len(grid.rows)):
        follows_household = sum(value != "" for value in grid.rows[index - 1]) > 2
        if index < end or (follows_household and texts.isdisjoint(grid.rows[index])):
            continue  # a header follows a title, a sum or nothing, or says again what the first says
        if _is_same(grid.rows[header.index], grid.rows[index]):
            continue  # the same on a further page
        further = headers.at(grid, index, reading.fields, texts)
        if further is None or _fields(further, reading) <= known:
            continue
        rows = range(further.end, _next_header(grid, further.end, reading))
        own = columns_of(grid, further, reading.fields, stop=rows.stop)
        if trying.lost(grid, further, own, rows) > trying.lost(grid, header, columns, rows):
            continue  # the rows below fit the first header better
        top = index
        while top > end and _is_title(grid.rows[top - 1]):
            top -= 1
        yield top, further
        end = further.end


def _is_same(header: list[Any], row: list[Any]) -> bool:
    """Whether a row says in most of its columns what the header says there."""
    told = [(i, value) for i, value in enumerate(header) if value != ""]
    same = [i for i, value in told if i < len(row) and row[i] == value]
    others = {value for i, value in told if i not in same}
    is_moved = any(value in others for value in row)  # the same word over another column
    return len(same) > 1 and len(same) * 5 >= len(told) * 3 and not is_moved


def _next_header(grid: Grid, start: int, reading: Reading) -> int:
    """Where the next header may stand, within the rows that are tried; else where they end."""
    stop = min(start + _TRIED, len(grid.rows))
    return next((i for i in range(start, stop) if headers.at(grid, i, reading.fields)), stop)


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
    sums = [column.index for column in beyond if words.fold(column.header) in _SUMS]
    counts = any(i < len(row) and str(row[i]) not in ("", "1") for row in rows for i in sums)  # a household is one
    is_block = bool(filled) and filled[-1] - filled[0] == len(filled) - 1 and filled[0] <= 1
    are_of_rows = len(set(filled) & set(named)) * 2 >= len(filled)  # and not of those who sign below
    is_short = is_block and are_of_rows and len(filled) < _SMALL * len(named)
    counts = counts and len(filled) < len(named)
    if any(column.by == "CHOSEN" for column in beyond) or not (counts or is_short):
        return
    letters = f"{beyond[0].letter}–{beyond[-1].letter}" if len(beyond) > 1 else beyond[0].letter
    begins = next(i for i in range(area.header.index, area.stop) if any(v != "" for v in grid.rows[i][gap + 1 :]))
    area.left_out.append(Skipped(begins + 1, letter(gap + 1), "PART_LEFT", letters))
    area.span = range(area.span.start, gap)
    area.columns = columns_of(grid, area.header, reading.fields, area.span, area.stop)
