"""The tables of one sheet: where they lie, and the households in each.

A sheet is tried under each row that could be its header, on its first rows; the reading that makes most of them wins
(trying). Below it further tables may follow with a header of their own, and several may lie side by side. What is no
part of any is told: every row ends up in the ledger.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from communities import names
from communities.spreadsheet import areas, asking, forms, others, shapes, trying, words
from communities.spreadsheet import header as headers
from communities.spreadsheet.area import Area, columns_of, title_of
from communities.spreadsheet.book import NEVER_STORED, Found, Grid, Question, Reading, Row, Sheet, Skipped, letter
from communities.spreadsheet.ledger import Ledger
from communities.spreadsheet.rows import Line, Lines
from communities.spreadsheet.shapes.making import HOUSEHOLDS

_NO_WORDS = frozenset({"", "Có", "Không", "Nam", "Nữ", "X"})
_SAMPLE = 200  # rows below a header that show whether a column may hold names
_FEW = 0.2  # of the lines of a table


def of_grid(grid: Grid, reading: Reading) -> Found:
    """The tables of a sheet."""
    if grid.is_hidden:
        return Found(kind="HIDDEN")
    if not any(value != "" for row in grid.rows for value in row):
        return Found(kind="EMPTY")
    ledger = Ledger(grid)
    if (found := forms.of_grid(grid, ledger)) is not None:
        return found
    tried = trying.best(grid, reading.fields)
    if tried is None:
        return Found(*_unknown(grid, reading), list(ledger.entries(())))
    if kind := others.kind_of(grid, tried.header, tried.columns):
        return Found(kind=kind, entries=list(ledger.entries(())))
    found = Found()
    kinds = []
    found_areas = list(areas.of_grid(grid, tried.header, tried.columns, reading))
    found.questions = list(asking.of_areas(grid, tried, found_areas, reading))
    left: list[Skipped] = []
    for area in found_areas:
        sheet = Sheet(grid.name, area.title, area.header.index + 1 if area.header else 0, area.columns)
        kind = others.kind_of(grid, area.header, area.columns) if area is not found_areas[0] else ""
        kinds.append(kind or _fill(sheet, grid, area, reading, ledger, found.questions))
        if not kinds[-1]:
            found.sheets.append(sheet)
        elif kinds[-1] != "EMPTY":
            first = (area.heading or range(area.start, area.stop))[0] + 1
            left.append(Skipped(first, letter(area.span.start), "TABLE_LEFT", " ".join(area.title)[:100]))
    found.kind = "" if found.sheets else kinds[0]
    for sheet in found.sheets[:1]:
        sheet.remarks += left
    if found.sheets:
        unsaid = {c.index for sheet in found.sheets for c in sheet.columns if c.field in NEVER_STORED}
        found.entries = list(ledger.entries(unsaid))
    else:
        found.entries = list(Ledger(grid).entries(()))
    return found


def _unknown(grid: Grid, reading: Reading) -> tuple[list[Sheet], str]:
    """A table in which a person may say which column holds the names; or none."""
    table = headers.any_table(grid)
    if table is None:
        return [], "NO_TABLE"
    columns = columns_of(grid, table, reading.fields)
    if kind := others.kind_of(grid, table, columns):
        return [], kind
    sheet = Sheet(grid.name, title_of(grid.rows[: table.index]), table.index + 1, columns)
    below = grid.rows[table.end : table.end + _SAMPLE]
    may_name = any(_may_name([row[c.index] for row in below if c.index < len(row)]) for c in columns)
    return [sheet], "UNKNOWN" if may_name else "NO_LIST"


def _may_name(values: list[Any]) -> bool:
    """Whether a column may hold names of people, though its header does not say so: each word has a capital, hardly
    any comes twice."""
    filled = [str(value) for value in values if value not in _NO_WORDS]
    written = [text for text in filled if all(word[0].isupper() and not word[-1].isdigit() for word in text.split())]
    return len(written) * 2 > len(filled) and len(set(written)) * 2 > len(filled)


def _fill(sheet: Sheet, grid: Grid, area: Area, reading: Reading, ledger: Ledger, questions: list[Question]) -> str:
    """The households of a table, and what became of its rows. EMPTY or PERSON_ROWS when there are none."""
    lines = Lines(grid, area)
    listed = list(lines)
    for index in area.heading:
        ledger.put(index, "HEADING")
    for index, (fate, of) in lines.fates.items():
        ledger.put(index, fate, of=of)
    if not listed and not lines.skipped:
        return "EMPTY"
    _fill_down(sheet, listed)
    unled: list[Skipped] = []
    if listed:
        table = shapes.Table(sheet.columns, listed, " ".join((sheet.name, *sheet.title)), lines.names_at)
        chosen = shapes.choose(table, reading.answers.get("SHAPE", ""))
        if chosen.shape.kind == HOUSEHOLDS and _are_persons(table):
            return "PERSON_ROWS"
        sheet.shape, unled = chosen.shape.kind, chosen.made.unled
        sheet.rows = _with_asides(chosen.made.rows, grid, area.span)
        if chosen.options:
            questions.append(Question("SHAPE", sheet.name, chosen.options))
        for line in listed:
            head = chosen.made.member_of.get(line.number, line.number)
            fate = "HOUSEHOLD" if head == line.number else "MEMBER" if head else "PROBLEM"
            ledger.put(line.number - 1, fate, table.name(line), head if fate == "MEMBER" else 0)
    sheet.skipped = sorted(lines.skipped + unled, key=lambda one: one.number)
    if not sheet.rows and not unled:
        return "EMPTY"
    sheet.remarks = [*_remarks(grid, sheet, listed), *lines.remarks, *area.left_out]
    return ""


def _with_asides(rows: list[Row], grid: Grid, span: range) -> list[Row]:
    """The households with the comments on their cells."""
    if not grid.comments:
        return rows
    asides: dict[int, list[tuple[str, str]]] = {}
    for index, column, text in grid.comments:
        if column in span:
            asides.setdefault(index + 1, []).append((letter(column), text))
    told = []
    for row in rows:
        numbers = [person.number for person in row.persons] or [row.number]
        texts = tuple(aside for number in numbers for aside in asides.get(number, ()))
        told.append(replace(row, asides=texts) if texts else row)
    return told


def _are_persons(table: shapes.Table) -> bool:
    """Persons, and nothing that tells which of them make a household."""
    told = {"head_name", "household_no", "household_code"} & set(table.at)
    return not told and table.is_of_persons and not any(map(table.relation, table.lines))


def _remarks(grid: Grid, sheet: Sheet, listed: list[Line]) -> Iterator[Skipped]:
    """What is to be said of cells of the rows that are read."""
    read_rows = {line.number for line in listed}
    known = {column.index for column in sheet.columns if column.field}
    for row, column, text in grid.errors:
        if row + 1 in read_rows and column in known:
            yield Skipped(row + 1, letter(column), "ERROR_VALUE", text)
    for row, column in grid.cut:
        if row + 1 in read_rows and column in known:
            yield Skipped(row + 1, letter(column), "CUT", "")
    yield from _unread_columns(sheet, listed)
    for row in sorted(grid.struck):
        if row + 1 in read_rows:
            at = next((c.letter for c in sheet.columns if c.field in words.NAMES), "A")
            yield Skipped(row + 1, at, "STRUCK_OUT", "")


def _unread_columns(sheet: Sheet, listed: list[Line]) -> Iterator[Skipped]:
    """Columns without a header in which names or telephones stand that nobody reads."""
    found = [
        column
        for column in sheet.columns
        if sheet.header_row and not (column.header or column.field or column.asked)
        if sum(_is_of_person(line.cells[column.index]) for line in listed) > max(1, _FEW * len(listed))
    ]
    if found:
        letters = f"{found[0].letter}–{found[-1].letter}" if len(found) > 1 else found[0].letter
        yield Skipped(sheet.header_row, found[0].letter, "PART_LEFT", letters)


def _is_of_person(value: Any) -> bool:
    return words.looks_like_name(value) or words.looks_like_phone(value)


def _fill_down(sheet: Sheet, lines: list[Line]) -> None:
    """A village written once, at the first of its rows, holds for those below where most have none."""
    at = next((column.index for column in sheet.of("village")), None)
    blank = sum(line.cells[at] == "" for line in lines) if at is not None else 0
    if at is None or not lines or lines[0].cells[at] == "" or blank * 2 < len(lines):
        return
    above = ""
    for line in lines:
        above = line.cells[at] = line.cells[at] or above


def is_summary(sheet: Sheet) -> bool:
    """A sheet of villages and their numbers."""
    return any(column.field in {"village", "hamlet"} for column in sheet.columns) or "tong hop" in names.fold(
        sheet.name
    )
