"""A workbook as one file of XML, as Excel 2003 wrote it and as many programs still do under the name .xls.

Runs in the box only.
"""

import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

from communities import encodings
from communities.spreadsheet.beside import SMALL, TOLD, is_struck_row
from communities.spreadsheet.book import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Grid, Unreadable
from communities.spreadsheet.packages import in_utf8

NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_SS = f"{{{NAMESPACE}}}"
_SHEETS = 200
_HEADINGS = 200  # rows beyond MAX_ROWS for titles, headers and signatures
_ORIGIN = datetime(1899, 12, 31)  # noqa: DTZ001 – days have no zone
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d))?")


def read(content: bytes) -> Iterator[tuple[Grid, Iterator[list[Any]]]]:
    """The sheets with their rows, as grids.read. Raises Unreadable."""
    xml = in_utf8(content)
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise Unreadable("DAMAGED")
    try:
        yield from _sheets(xml)
    except ElementTree.ParseError as error:
        raise Unreadable("DAMAGED") from error


def _sheets(xml: bytes) -> Iterator[tuple[Grid, Iterator[list[Any]]]]:
    fonts: dict[str, str] = {}
    struck: set[str] = set()
    sheet = _Sheet("", fonts, struck)
    seen = 0
    for event, element in ElementTree.iterparse(io.BytesIO(xml), ["start", "end"]):  # noqa: S314 – no document type gets here
        name = element.tag.rpartition("}")[2]
        if event == "start":
            if name == "Worksheet":
                sheet = _Sheet(element.get(f"{_SS}Name") or "", fonts, struck)
        elif name == "Style":
            key, font = element.get(f"{_SS}ID") or "", element.find(f"{_SS}Font")
            if font is not None:
                if letters := encodings.of_font(font.get(f"{_SS}FontName") or ""):
                    fonts[key] = letters
                if font.get(f"{_SS}StrikeThrough") == "1":
                    struck.add(key)
        elif name == "Column":
            sheet.add_column(element)
        elif name == "Row":
            sheet.add_row(element)
            element.clear()
        elif name == "Visible" and element.text in {"SheetHidden", "SheetVeryHidden"}:
            sheet.grid.is_hidden = True
        elif name == "Worksheet":
            element.clear()
            seen += 1
            if seen <= _SHEETS:
                yield sheet.told()


class _Sheet:
    """One sheet as its rows come."""

    def __init__(self, name: str, fonts: dict[str, str], struck: set[str]) -> None:
        self.grid = Grid(name)
        self._rows: list[list[Any]] = []
        self._fonts, self._struck = fonts, struck
        self._columns: set[int] = set()
        self._next_column = self._next_row = 0
        self._hidden: set[int] = set()
        self._struck_rows: set[int] = set()
        self._blocked: dict[int, int] = {}  # column → the last row that a merged cell above takes of it

    def told(self) -> tuple[Grid, Iterator[list[Any]]]:
        """The sheet and its rows; of a hidden one only how many."""
        if self.grid.is_hidden:
            unread = sum(any(value != "" for value in row) for row in self._rows)
            return Grid(self.grid.name, is_hidden=True, unread=unread), iter(())
        self.grid.hidden_rows, self.grid.hidden_columns = frozenset(self._hidden), frozenset(self._columns)
        self.grid.struck = frozenset(self._struck_rows)
        return self.grid, iter(self._rows)

    def add_column(self, element: ElementTree.Element) -> None:
        """What is said of a column: whether it is hidden."""
        first = _place(element, self._next_column)
        self._next_column = min(first + 1 + _whole(element, "Span"), MAX_COLUMNS)
        if element.get(f"{_SS}Hidden") == "1":
            self._columns |= set(range(first, self._next_column))

    def add_row(self, element: ElementTree.Element) -> None:
        """A row with its cells. Raises Unreadable where it is too far down or too wide."""
        index = _place(element, self._next_row)
        self._next_row = index + 1 + _whole(element, "Span")
        row: list[Any] = []
        texts: list[bool] = []
        for cell in element:
            if not cell.tag.endswith("}Cell"):
                continue
            while not cell.get(f"{_SS}Index") and self._blocked.get(len(row), -1) >= index:
                row.append("")
            column = _place(cell, len(row))
            data = cell.find(f"{_SS}Data")
            text = "".join(data.itertext()) if data is not None else ""
            if column >= MAX_COLUMNS:
                if text.strip():
                    raise Unreadable("TOO_MANY_COLUMNS", limit=MAX_COLUMNS)
                continue
            row.extend([""] * (column + 1 - len(row)))
            kind = data.get(f"{_SS}Type") if data is not None else ""
            row[column] = _value(text, kind or "")
            style = cell.get(f"{_SS}StyleID") or ""
            if kind == "Error" and len(self.grid.errors) < TOLD:
                self.grid.errors.append((index, column, text[:40]))
            if kind == "String" and text.strip():
                texts.append(style in self._struck)
                if style in self._fonts:
                    self.grid.fonts.setdefault(index, {})[column] = self._fonts[style]
            note = cell.find(f"{_SS}Comment")
            if note is not None and len(self.grid.comments) < TOLD and (said := "".join(note.itertext()).strip()):
                self.grid.comments.append((index, column, said[:MAX_CELL]))
            across, down = _whole(cell, "MergeAcross"), _whole(cell, "MergeDown")
            if across or down:
                last = min(column + across, MAX_COLUMNS - 1)
                self.grid.merges.append((index, column, index + down, last))
                row.extend([""] * (last + 1 - len(row)))
                self._blocked |= dict.fromkeys(range(column, last + 1), index + down)
        if any(value != "" for value in row):
            if index >= MAX_ROWS + _HEADINGS:
                raise Unreadable("TOO_MANY_ROWS", limit=MAX_ROWS)
            self._rows.extend([] for _ in range(index - len(self._rows)))
            self._rows.append(row)
        if is_struck_row(texts):
            self._struck_rows.add(index)
        if element.get(f"{_SS}Hidden") == "1":
            self._hidden |= set(range(index, min(index + 1 + _whole(element, "Span"), MAX_ROWS)))


def _place(element: ElementTree.Element, following: int) -> int:
    return _whole(element, "Index") - 1 if element.get(f"{_SS}Index") else following


def _whole(element: ElementTree.Element, name: str) -> int:
    text = element.get(f"{_SS}{name}") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _value(text: str, kind: str) -> Any:
    if kind == "Number":
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if number.is_integer() else number
    if kind == "DateTime" and (found := _MOMENT.match(text)):
        return _day(*(int(part or 0) for part in found.groups()))
    if kind == "Boolean":
        return "x" if text.strip() == "1" else ""
    return "" if kind == "Error" else text


def _day(year: int, month: int, day: int, hour: int, minute: int, second: int) -> Any:
    try:
        moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 – days have no zone
    except ValueError:
        return f"{day}/{month}/{year}"
    number = (moment - _ORIGIN) / timedelta(days=1)
    if number < 1:
        return f"{hour:02}:{minute:02}" if hour or minute else 0
    if number + (number >= 60) < SMALL:
        number += number >= 60
        return int(number) if number.is_integer() else number
    return [year, month, day]
