"""Any list of households → its sheets: header, columns and the rows that are households.

In come the bytes of a file, or its cells when people correct how they are read; out goes a Book, or Unreadable with
the reason. A village's own list has titles above the header, a row of column numbers below it, group rows in
between, totals and signatures at the end, and sometimes a row for each person; what is left here are households
with the row number Excel shows.

Never looks at a file's bytes in this process, never runs a formula, never changes what was typed: cells become values
in resources.py. No cell is longer than MAX_CELL, and the work with one grows as its length does, no faster. Pure:
nothing of Django, nothing of ours but names, numbers and encodings.

box (a process of its own: files says what it is, grids and text open it) → letters (Unicode) → tables of each sheet:
trying (under which header: header, columns, rows) → areas → rows → shapes, with a ledger of all rows. words knows
what words in a list mean, book holds what comes out.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from communities import names
from communities.spreadsheet import asking, box, letters, tables
from communities.spreadsheet.book import (
    FATES,
    MAX_BYTES,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    NEVER_STORED,
    Book,
    Column,
    Encoding,
    Entry,
    Grid,
    IgnoredSheet,
    Option,
    Person,
    Question,
    Reading,
    Row,
    Sheet,
    Skipped,
    Unreadable,
    column_index,
    letter,
)
from communities.spreadsheet.columns import key_of

__all__ = [
    "FATES", "MAX_BYTES", "MAX_CELL", "MAX_COLUMNS", "MAX_ROWS", "NEVER_STORED", "Book", "Column", "Encoding", "Entry",
    "IgnoredSheet", "Option", "Person", "Question", "Reading", "Row", "Sheet", "Skipped", "Unreadable",
    "key_of", "letter", "load", "read", "understand",
]  # fmt: skip

_NO_DECISIONS = Reading()
#: Kinds of sheets without a list → why the file is refused when it has no other, what says most first.
_REFUSED = {"ZALO_MEMBERS": "ZALO_MEMBERS", "OFFICIALS": "OFFICIALS", "NO_LIST": "NO_LIST", "NO_TABLE": "NO_HEADER"}


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
    reading = replace(reading, fields={**asking.chosen_by(dict(reading.answers)), **reading.fields})
    grids = [replace(grid, rows=[list(row) for row in grid.rows]) for grid in loaded]
    encoding = letters.modernise(grids, reading.encoding)
    for grid in grids:
        _correct(grid, reading.cells.get(grid.name, {}))
    book = Book([], encoding)
    kinds: set[str] = set()
    unknown: list[Sheet] = []
    for grid in grids:
        found = tables.of_grid(grid, reading)
        book.ledger += found.entries
        if found.kind:
            unknown += found.sheets if found.kind == "UNKNOWN" else []
            is_summary = bool(found.sheets) and tables.is_summary(found.sheets[0])
            kind = "SUMMARY" if is_summary else found.kind.replace("UNKNOWN", "NO_TABLE")
            book.ignored.append(IgnoredSheet(grid.name, kind, len(found.entries) or grid.unread))
        else:
            book.sheets += found.sheets
            book.questions += found.questions
            _count_hidden(book, grid, found.sheets)
        kinds.add(found.kind)
    _drop_copies(book)
    if not book.sheets:
        if "PERSON_ROWS" in kinds:
            raise Unreadable("PERSON_ROWS")
        if not unknown:
            raise Unreadable(next((why for kind, why in _REFUSED.items() if kind in kinds), "EMPTY"))
        book.sheets = unknown
        book.ignored = [one for one in book.ignored if one.kind not in {"NO_TABLE", "SUMMARY"}]
    told = [sorted(column.key for column in sheet.columns) for sheet in book.sheets]
    book.signature = hashlib.blake2b(repr(sorted(set(map(tuple, told)))).encode(), digest_size=16).hexdigest()
    return book


def _drop_copies(book: Book) -> None:
    """Leave out a sheet that says the very same as one before it."""
    first: dict[object, str] = {}
    copies: dict[str, str] = {}
    for sheet in book.sheets:
        told = tuple(row.cells for row in sheet.rows)
        if told and (name := first.setdefault(repr(told), sheet.name)) != sheet.name:
            copies[sheet.name] = name
    if not copies:
        return
    book.sheets = [sheet for sheet in book.sheets if sheet.name not in copies]
    book.questions = [question for question in book.questions if question.sheet not in copies]
    for entry in book.ledger:
        if entry.sheet in copies and entry.fate in {"HOUSEHOLD", "MEMBER"}:
            entry.fate, entry.of = "REPEATED", 0
    rows = Counter(entry.sheet for entry in book.ledger)
    book.ignored += [IgnoredSheet(name, "TWICE", rows[name], of) for name, of in copies.items()]


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
