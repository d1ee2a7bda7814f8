"""Any list of households → its sheets: header, columns and the rows that are households.

In come the bytes of a file, or its cells when people correct how they are read; out goes a Book, or Unreadable with
the reason. A village's own list has titles above the header, a row of column numbers below it, group rows in
between, totals and signatures at the end, and sometimes a row for each person; what is left here are households
with the row number Excel shows.

Never looks at a file's bytes in this process, never runs a formula, never changes what was typed: cells become values
in resources.py. No cell is longer than MAX_CELL, and the work with one grows as its length does, no faster. Pure:
nothing of Django, nothing of ours but names, numbers and encodings.

box (a process of its own: files says what it is, grids and text open it) → letters (Unicode) → header → columns →
rows → shapes. words knows what words in a list mean, book holds what comes out.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from communities import names
from communities.spreadsheet import box, letters, shapes, words
from communities.spreadsheet import header as headers
from communities.spreadsheet.book import (
    MAX_BYTES,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    NEVER_STORED,
    Book,
    Column,
    Encoding,
    Grid,
    IgnoredSheet,
    Person,
    Reading,
    Row,
    Sheet,
    Skipped,
    Unreadable,
    column_index,
    letter,
)
from communities.spreadsheet.columns import columns as columns_of
from communities.spreadsheet.columns import key_of
from communities.spreadsheet.header import Header
from communities.spreadsheet.rows import Line, Lines

__all__ = [
    "MAX_BYTES", "MAX_CELL", "MAX_COLUMNS", "MAX_ROWS", "NEVER_STORED", "Book", "Column", "Encoding", "IgnoredSheet",
    "Person", "Reading", "Row", "Sheet", "Skipped", "Unreadable", "key_of", "letter", "load", "read", "understand",
]  # fmt: skip

_NO_DECISIONS = Reading()
_TITLES = 100  # texts above a header; what is beyond is no title


def read(content: bytes, filename: str, reading: Reading = _NO_DECISIONS) -> Book:
    """The sheets that hold a table of households, at least one. Raises Unreadable.

    A sheet has no rows only when none of its columns is known to hold the head's name and no other sheet has rows:
    then a person can say which it is, in `reading`.
    """
    return understand(load(content, filename), reading)


def load(content: bytes, filename: str) -> list[Grid]:
    """The cells of a file, which may be understood again and again as people decide. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable("TOO_LARGE", limit=MAX_BYTES // 1024 // 1024)
    return box.grids(content, filename)


def understand(loaded: list[Grid], reading: Reading = _NO_DECISIONS) -> Book:
    """What the cells of a file say, as `read`."""
    grids = [replace(grid, rows=[list(row) for row in grid.rows]) for grid in loaded]
    encoding = letters.modernise(grids, reading.encoding)
    for grid in grids:
        _correct(grid, reading.cells.get(grid.name, {}))
    book = Book([], encoding)
    kinds: set[str] = set()
    unknown: list[Sheet] = []
    for grid in grids:
        sheets, kind = _sheets(grid, reading)
        if kind == "UNKNOWN":
            unknown += sheets
            book.ignored.append(IgnoredSheet(grid.name, "SUMMARY" if _is_summary(sheets[0]) else "NO_TABLE"))
        elif kind:
            book.ignored.append(IgnoredSheet(grid.name, kind))
        else:
            book.sheets += sheets
            _count_hidden(book, grid, sheets)
        kinds.add(kind)
    if not book.sheets:
        if "PERSON_ROWS" in kinds:
            raise Unreadable("PERSON_ROWS")
        if not unknown:
            raise Unreadable("EMPTY" if kinds <= {"EMPTY", "HIDDEN"} else "NO_HEADER")
        book.sheets = unknown
        book.ignored = [one for one in book.ignored if one.kind not in {"NO_TABLE", "SUMMARY"}]
    told = [sorted(column.key for column in sheet.columns) for sheet in book.sheets]
    book.signature = hashlib.blake2b(repr(sorted(set(map(tuple, told)))).encode(), digest_size=16).hexdigest()
    return book


def _sheets(grid: Grid, reading: Reading) -> tuple[list[Sheet], str]:
    """The tables of one sheet, side by side; or why there are none."""
    if grid.is_hidden:
        return [], "HIDDEN"
    if not any(value != "" for row in grid.rows for value in row):
        return [], "EMPTY"
    found = headers.find(grid, reading.fields)
    start = found.end if found else 0
    if found is None:
        columns = columns_of(None, grid.rows, reading.fields, range(10_000))
        table = headers.any_table(grid)
        if not _names_people(columns, grid.rows) or (table is not None and headers.says_columns(table)):
            if table is None:
                return [], "NO_TABLE"
            body = grid.rows[table.end :]
            columns = columns_of(table, body, reading.fields, range(10_000))
            sheet = Sheet(grid.name, _title(grid, table.index), table.index + 1, columns)
            if not any(column.field in words.NAMES for column in columns):
                return [sheet], "UNKNOWN"
            found, start = table, table.end
    sheets = []
    kinds = []
    for span in headers.side_by_side(found):
        columns = columns_of(found, grid.rows[start:], reading.fields, span)
        title = _title(grid, found.index if found else 0)
        sheet = Sheet(grid.name, title, found.index + 1 if found else 0, columns)
        kinds.append(_fill(sheet, grid, found, span))
        if not kinds[-1]:
            sheets.append(sheet)
    return sheets, "" if sheets else kinds[0]


def _fill(sheet: Sheet, grid: Grid, found: Header | None, span: range) -> str:
    """The households of a table. EMPTY or PERSON_ROWS when there are none."""
    lines = Lines(grid, found, sheet.columns, span)
    listed = list(lines)
    _fill_down(sheet, listed)
    table = shapes.Table(sheet.columns, listed, " ".join((sheet.name, *sheet.title)), lines.names_at)
    shape = table.shape() if listed else shapes.HOUSEHOLDS
    if shape == shapes.NONE:
        return "PERSON_ROWS"
    sheet.shape = shape
    sheet.rows, unled = table.households(shape)
    sheet.skipped = sorted(lines.skipped + unled, key=lambda one: one.number)
    if not sheet.rows and not unled:
        return "EMPTY"
    read_rows = {line.number for line in listed}
    known = {column.index for column in sheet.columns if column.field}
    sheet.remarks = [
        Skipped(row + 1, letter(column), "ERROR_VALUE", text)
        for row, column, text in grid.errors
        if row + 1 in read_rows and column in known
    ]
    sheet.remarks += [
        Skipped(row + 1, letter(column), "CUT", "")
        for row, column in grid.cut
        if row + 1 in read_rows and column in known
    ]
    return ""


def _fill_down(sheet: Sheet, lines: list[Line]) -> None:
    """A village written once, at the first of its rows, holds for those below where most have none."""
    at = next((column.index for column in sheet.of("village")), None)
    blank = sum(line.cells[at] == "" for line in lines) if at is not None else 0
    if at is None or not lines or lines[0].cells[at] == "" or blank * 2 < len(lines):
        return
    above = ""
    for line in lines:
        above = line.cells[at] = line.cells[at] or above


def _title(grid: Grid, end: int) -> tuple[str, ...]:
    texts = (str(value) for row in grid.rows[:end] for value in row if value != "")
    return tuple(islice(texts, _TITLES))


def _names_people(columns: list[Column], rows: list[list[Any]]) -> bool:
    """Whether a list without any header is one of people all the same: names, and something beside them."""
    fields = {column.field for column in columns}
    return bool(fields & words.NAMES) and len(fields - {""}) >= 2 and len(rows) > 1


def _is_summary(sheet: Sheet) -> bool:
    """A sheet of villages and their numbers."""
    return any(column.field in {"village", "hamlet"} for column in sheet.columns) or "tong hop" in names.fold(
        sheet.name
    )


def _correct(grid: Grid, cells: Mapping[int, Mapping[str, str]]) -> None:
    """Put what a person corrected in the place of what the file says."""
    for number, texts in cells.items():
        row_index = int(number) - 1
        if not 0 <= row_index < len(grid.rows):
            continue
        row = grid.rows[row_index]
        for letters_, text in texts.items():
            index = column_index(letters_)
            if 0 <= index < MAX_COLUMNS:
                row.extend([""] * (index + 1 - len(row)))
                row[index] = names.clean(text)


def _count_hidden(book: Book, grid: Grid, sheets: list[Sheet]) -> None:
    shown = {person.number for sheet in sheets for row in sheet.rows for person in (row.persons or (row,))}
    book.hidden_rows += sum(index + 1 in shown for index in grid.hidden_rows)
    book.hidden_columns += len({c.index for sheet in sheets for c in sheet.columns} & grid.hidden_columns)
