"""A text file, or the table of a web page, as rows of cells: its letters, its delimiter, its quotes."""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import islice
from typing import Any

from communities import encodings, names
from communities.numbers import whole_number
from communities.spreadsheet.book import MAX_COLUMNS, Unreadable

_DELIMITERS = (";", "\t", ",", "|")
_SAMPLE = 120  # records that decide on the delimiter
_LONGEST_CELL = 100_000


def decoded(content: bytes) -> str:
    """The text of a file whose letters nobody declares: UTF-8, UTF-16, windows-1258, or old bytes as they are."""
    if content.startswith(b"\xef\xbb\xbf"):
        return content[3:].decode("utf-8", "replace")
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return content.decode("utf-32", "replace")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    even, odd = content[:8192:2].count(0), content[1:8192:2].count(0)
    if even or odd:
        return content.decode("utf-16-le" if odd >= even else "utf-16-be", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start > 200 and error.start >= len(content) - 3:  # cut in the middle of a letter
            return content.decode("utf-8", "replace")
    modern = unicodedata.normalize("NFC", content.decode("cp1258", "replace"))
    bytewise = encodings.from_bytes(content)
    return bytewise if encodings.is_legacy(bytewise, rather_than=modern) else modern


def records(content: bytes) -> Iterator[list[str]]:
    """The records of a delimited text. A line break within quotes stays within its cell.

    Raises Unreadable, FREE_TEXT where its lines are not parted into columns at all.
    """
    text = decoded(content)
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        yield from _parsed(rest, first.strip()[4], csv.QUOTE_MINIMAL)
        return
    regularity = {one: _regularity(text, one) for one in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda one: regularity[one])
    if not regularity[delimiter] and _is_of_lines(text):
        raise Unreadable("FREE_TEXT")
    quoting = csv.QUOTE_MINIMAL if _quotes_close(text, delimiter) else csv.QUOTE_NONE
    yield from _parsed(text, delimiter, quoting)


def _parsed(text: str, delimiter: str, quoting: Any) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    try:
        for record in csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, skipinitialspace=True
        ):
            if len(record) > MAX_COLUMNS:
                while record and not record[-1].strip():
                    record.pop()
                if len(record) > MAX_COLUMNS:
                    raise Unreadable("TOO_MANY_COLUMNS", limit=MAX_COLUMNS)
            yield record
    except csv.Error as error:
        raise Unreadable("TOO_HEAVY" if "field limit" in str(error) else "DAMAGED") from error


_LONGEST_HEADER = 60


def _is_of_lines(text: str) -> bool:
    """Whether there are lines with something in them, two at least, and none of them heads a column of names."""
    lines = [line for line in islice(text[:200_000].splitlines(), _SAMPLE) if line and not line.isspace()]
    headers = (names.fold(line) for line in lines if len(line) <= _LONGEST_HEADER)
    return len(lines) > 1 and not any("chu ho" in header or "ten" in header.split() for header in headers)


def _regularity(text: str, delimiter: str) -> int:
    """How much the first records look like rows of one table when cut at a delimiter."""
    widths: Counter[int] = Counter()
    try:
        for position, record in enumerate(_parsed(text[:200_000], delimiter, csv.QUOTE_MINIMAL)):
            if position >= _SAMPLE:
                break
            widths[len(record)] += 1
    except Unreadable as error:
        widths[2] += error.kind == "TOO_MANY_COLUMNS"
    return max((times * times * (width - 1) for width, times in widths.items()), default=0)


def _quotes_close(text: str, delimiter: str) -> bool:
    """False when a stray quote mark would swallow the rows below it."""
    try:
        return all(cell.count("\n") < 15 for record in _parsed(text, delimiter, csv.QUOTE_MINIMAL) for cell in record)
    except Unreadable as error:
        return error.kind != "TOO_HEAVY"


class Table(HTMLParser):
    """The rows of all tables of a web page, one below the other, merged cells as in a workbook."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.merges: list[tuple[int, int, int, int]] = []
        self._taken: dict[int, int] = {}  # column → rows it is still taken from above
        self._text: list[str] | None = None
        self._span = (1, 1)
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A row or a cell begins; whatever was open ends."""
        if tag == "tr":
            self._close()
            self.rows.append([])
            self._taken = {column: left - 1 for column, left in self._taken.items() if left > 1}
        elif tag in {"td", "th"} and self.rows:
            self._close()
            self._text = []
            spans = {name: _span(value) for name, value in attrs if name in {"rowspan", "colspan"}}
            self._span = (spans.get("rowspan", 1), spans.get("colspan", 1))
        elif tag == "br" and self._text is not None:
            self._text.append("\n")
        elif tag in {"style", "script"}:
            self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        """A cell ends."""
        if tag in {"td", "th", "tr", "table"}:
            self._close()
        elif tag in {"style", "script"}:
            self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data: str) -> None:
        """Text counts inside a cell only."""
        if self._text is not None and not self._hidden:
            self._text.append(" ".join(data.split()) if data.strip() else " ")

    def _close(self) -> None:
        if self._text is None:
            return
        row, (down, across) = self.rows[-1], self._span
        while len(row) in self._taken:
            row.append("")
        if len(row) + across > MAX_COLUMNS:
            raise Unreadable("TOO_MANY_COLUMNS", limit=MAX_COLUMNS)
        top, left = len(self.rows) - 1, len(row)
        if down > 1 or across > 1:
            self.merges.append((top, left, top + down - 1, left + across - 1))
        row.extend(["".join(self._text).strip(" "), *[""] * (across - 1)])
        if down > 1:
            self._taken |= dict.fromkeys(range(left, left + across), down)
        self._text = None


def _span(value: str | None) -> int:
    return min(max(whole_number(value, digits=4) or 1, 1), 1000)


def table(content: bytes) -> Table:
    """The tables of a web page saved under the name of a workbook."""
    page = Table()
    page.feed(decoded(content))
    page.close()
    return page
