"""The bytes of a file → the cells of its sheets. Runs in the box only: whatever a file does, it does there.

python-calamine reads xlsx, xlsm, xlsb and ods, xlrd the old xls; formulas and macros are never run, a formula is
the value Excel left. What neither tells of an xlsx – hidden rows, old fonts, broken formulas – is looked up in
its XML (beside), and so is whether a reader would make a rectangle of billions of cells out of two far ones.

A format changes nothing: what is no day that anybody on a list was born on is the number that was typed.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from xml.etree import ElementTree

import python_calamine

from communities import encodings
from communities.spreadsheet import beside, files, opendocument, text, xmlbook
from communities.spreadsheet.book import MAX_CELL, MAX_COLUMNS, Grid, Unreadable
from communities.spreadsheet.packages import MAX_UNPACKED_BYTES, Package, Page

__all__ = ["MAX_UNPACKED_BYTES", "Cells", "read"]

_SHEETS = 200
_MERGES = 100_000
_ORIGIN = date(1899, 12, 30)  # Excel counts days from here since March 1900: it knows a 29 February of that year
_ORIGIN_1904 = date(1904, 1, 1)

Cells = Iterator[list[Any]]
Numbers = dict[tuple[int, int], float]


def read(content: bytes, filename: str) -> Iterator[tuple[Grid, Cells]]:
    """The sheets with their rows, one after the other. Raises Unreadable; other errors mean a damaged file.

    A cell is a text, an int, a float, or [year, month, day]. A hidden sheet has no rows, only their number.
    """
    kind = files.kind_of(content, filename)
    if kind == files.TEXT:
        return iter([(Grid(""), text.records(content))])
    if kind == files.HTML:
        page = text.table(content)
        return iter([(Grid("", merges=page.merges), iter(page.rows))])
    if kind == files.XLS:
        return _xls(content)
    if kind == files.XML_2003:
        return xmlbook.read(content)
    if kind == files.FLAT_ODS:
        content = opendocument.packed(content)
    return _archive(content, filename)


# --- archives: xlsx, xlsm, xlsb, ods ----------------------------------------------------------------------


@dataclass(slots=True)
class _Days:
    """How a workbook counts days: from which, and the exact numbers of a sheet where its XML tells them."""

    origin: date = _ORIGIN
    has_leap_day: bool = True  # the 29 February 1900 of Excel
    has_durations: bool = False  # as an .ods writes them
    exact: dict[str, Callable[[], Numbers]] = field(default_factory=dict)


def _archive(content: bytes, filename: str) -> Iterator[tuple[Grid, Cells]]:
    days, readable = _Days(), content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            package = Package(archive)
            if files.is_open_document(package):
                document = _document(package)
                extras = opendocument.grids(document)
                readable = opendocument.for_reader(content, document)
                days = _Days(opendocument.beginning(document), False, b"time-value=" in document)
                del document
            elif not package.workbook:
                raise files.no_workbook(package)
            else:
                told = {} if package.is_binary else _inspected(package)
                extras = {page.name: grid for page, grid in told.items()}
                readable = package.for_reader(content)
                if not package.is_binary:
                    days.exact = {page.name: partial(_small_numbers, content, page.part) for page in told}
                    days.origin = _ORIGIN_1904 if package.counts_from_1904 else _ORIGIN
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ElementTree.ParseError) as error:
        raise Unreadable("DAMAGED") from error
    return _opened(readable, extras, days)


def _inspected(package: Package) -> dict[Page, Grid]:
    """What the XML tells of each sheet beside its cells. Refuses what no office program writes."""
    looks = beside.looks(package)
    seen = {package.part_of("styles"), package.part_of("sharedStrings"), *(page.part for page in package.pages)}
    for part in package.names():
        if part not in seen and part.lower().endswith((".xml", ".rels")):
            package.xml(part)
    return {page: beside.of_page(package, page, looks) for page in package.pages[:_SHEETS]}


def _document(package: Package) -> bytes:
    """The content of an .ods; a password shows in the manifest."""
    manifest = package.find("META-INF/manifest.xml")
    if manifest and b"encryption-data" in package.archive.read(manifest):
        raise Unreadable("PASSWORD")
    return package.xml(package.find("content.xml"))


def _small_numbers(content: bytes, part: str) -> Numbers:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return beside.small_numbers(Package(archive), part)


def _opened(content: bytes, extras: dict[str, Grid], days: _Days) -> Iterator[tuple[Grid, Cells]]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except python_calamine.PasswordError as error:
        raise Unreadable("PASSWORD") from error
    for sheet in book.sheets_metadata[:_SHEETS]:
        if sheet.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        grid = extras.get(sheet.name) or Grid(sheet.name)
        grid.is_hidden = sheet.visible != python_calamine.SheetVisibleEnum.Visible
        if grid.is_hidden:
            if sheet.name not in days.exact:
                grid.unread = sum(map(_is_filled, book.get_sheet_by_name(sheet.name).iter_rows()))
            yield grid, iter(())
            continue
        page = book.get_sheet_by_name(sheet.name)
        if page.end is not None and page.end[1] >= MAX_COLUMNS and not _is_narrow(page):
            raise Unreadable("TOO_MANY_COLUMNS", limit=MAX_COLUMNS)
        grid.merges = [
            (*first, last[0], min(last[1], MAX_COLUMNS))
            for first, last in (page.merged_cell_ranges or ())[:_MERGES]
            if first[1] < MAX_COLUMNS
        ]
        yield grid, _from_a(page, days)


def _from_a(page: Any, days: _Days) -> Cells:
    """The rows from row 1 and column A, wherever the table begins."""
    left = [""] * page.start[1] if page.start is not None else []
    numbers: Numbers | None = None
    first = days.origin + timedelta(days=beside.SMALL)
    for position, row in enumerate(page.iter_rows()):
        cells = left + row if left else row
        values = [value if type(value) is str else plain(value, first) for value in cells]
        if None in values:
            if numbers is None:
                numbers = days.exact.get(page.name, dict)()
            for i in (i for i, value in enumerate(values) if value is None):
                exact = numbers.get((position, i))
                is_told = exact is not None and type(cells[i]) is not time
                values[i] = plain(exact if is_told else _as_number(cells[i], days, exact))
        if days.has_durations:
            values = [_lasted(value) if isinstance(value, str) else value for value in values]
        yield values


def _as_number(value: date | time | timedelta, days: _Days, number: float | None) -> float | str:
    """The number of a cell whose format makes a day, a time of the day or a duration of it; a true time is a text."""
    if isinstance(value, timedelta):
        return value / timedelta(days=1)
    if isinstance(value, time):
        return f"{value:%H:%M}" if value != time() else number or 0
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    count = (moment - datetime.combine(days.origin, time())) / timedelta(days=1)
    return float(count - (days.has_leap_day and days.origin == _ORIGIN and count < 61))


_LASTED = re.compile(r"PT(\d{1,9})H(\d\d)M(\d\d)(?:[.,]\d+)?S")


def _lasted(value: str) -> Any:
    """A duration of an .ods as the number of days it is, where it is one."""
    found = _LASTED.fullmatch(value)
    if found is None:
        return value
    hours, minutes, seconds = map(int, found.groups())
    return hours // 24 if hours % 24 == minutes == seconds == 0 else f"{hours:02}:{minutes:02}"


def _is_filled(row: list[Any]) -> bool:
    return any(value is not None and (not isinstance(value, str) or value.strip()) for value in row)


def _is_narrow(page: Any) -> bool:
    """Whether the far columns hold nothing but empty texts."""
    return not any(value not in ("", None) for row in page.iter_rows() for value in row[MAX_COLUMNS:])


# --- xls --------------------------------------------------------------------------------------------------


def _xls(content: bytes) -> Iterator[tuple[Grid, Cells]]:
    import xlrd

    try:
        book = xlrd.open_workbook(
            file_contents=content, logfile=io.StringIO(), formatting_info=True, ragged_rows=True, on_demand=True
        )
        sheets = [book.sheet_by_index(i) for i in range(min(book.nsheets, _SHEETS))]
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise Unreadable("PASSWORD") from error
        raise Unreadable("DAMAGED") from error
    fonts = {
        i: found
        for i, xf in enumerate(book.xf_list)
        if xf.font_index < len(book.font_list) and (found := encodings.of_font(book.font_list[xf.font_index].name))
    }
    struck_fonts = {i for i, font in enumerate(book.font_list) if font.struck_out}
    struck_styles = {i for i, xf in enumerate(book.xf_list) if xf.font_index in struck_fonts}
    for sheet in sheets:
        grid = Grid(sheet.name, is_hidden=sheet.visibility != 0)
        if grid.is_hidden:
            grid.unread = sum(_is_filled(sheet.row_values(i)) for i in range(sheet.nrows))
            yield grid, iter(())
            continue
        grid.merges = [(top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells]
        grid.hidden_rows = frozenset(i for i, info in sheet.rowinfo_map.items() if info.hidden)
        grid.hidden_columns = frozenset(i for i, info in sheet.colinfo_map.items() if info.hidden)
        grid.struck = frozenset(_xls_struck(sheet, struck_fonts, struck_styles)) if struck_fonts else frozenset()
        notes = ((place, note.text.strip()[:MAX_CELL]) for place, note in sheet.cell_note_map.items())
        grid.comments = sorted((*place, said) for place, said in notes if said)[: beside.TOLD]
        errors = xlrd.error_text_from_code
        for i in range(sheet.nrows):
            types = sheet.row_types(i)
            for j, kind in enumerate(types):
                if kind == xlrd.XL_CELL_ERROR:
                    grid.errors.append((i, j, errors.get(sheet.cell_value(i, j), "#")))
                elif fonts and kind == xlrd.XL_CELL_TEXT and (font := fonts.get(sheet.cell_xf_index(i, j))):
                    grid.fonts.setdefault(i, {})[j] = font
        yield grid, (_xls_row(sheet, i, book.datemode) for i in range(sheet.nrows))


def _xls_struck(sheet: Any, fonts: set[int], styles: set[int]) -> Iterator[int]:
    """The rows that are struck out, by the font of each text or of all its parts."""
    for i in range(sheet.nrows):
        texts = []
        for j, value in enumerate(sheet.row_values(i)):
            if isinstance(value, str) and value.strip():
                runs = sheet.rich_text_runlist_map.get((i, j), [])
                is_struck = sheet.cell_xf_index(i, j) in styles
                starts = [is_struck] if not runs or runs[0][0] > 0 else []
                texts.append(all([*starts, *(font in fonts for _, font in runs)]))
        if beside.is_struck_row(texts):
            yield i


def _xls_row(sheet: Any, index: int, mode: int) -> list[Any]:
    """Dates as dates, errors and blanks as nothing (types: 0 empty, 1 text, 2 number, 3 date, 4 boolean, 5 error)."""
    row = []
    for value, kind in zip(sheet.row_values(index), sheet.row_types(index), strict=True):
        if kind == 3:
            row.append(plain(_day(value, mode)))
        elif kind == 4:
            row.append(plain(bool(value)))
        else:
            row.append(plain(value) if kind in (1, 2) else "")
    return row


def _day(value: float, mode: int) -> Any:
    """The day of a serial number, or the number where it is none."""
    from xlrd.xldate import XLDateError, xldate_as_datetime

    try:
        return xldate_as_datetime(value, mode).date() if value >= beside.SMALL else value
    except (XLDateError, ValueError, OverflowError):
        return value


def plain(value: Any, first: date = date.min) -> Any:
    """A cell as it is handed out of the box; None for a day before `first`, a time or a duration."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "x" if value else ""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, date):
        is_late = (value.date() if isinstance(value, datetime) else value) >= first
        return [value.year, value.month, value.day] if is_late else None
    if isinstance(value, time | timedelta):
        return None
    return value if isinstance(value, int) else str(value if value is not None else "")
