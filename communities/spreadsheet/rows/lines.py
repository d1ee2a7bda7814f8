"""The rows of a table that name somebody, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from communities.spreadsheet import words
from communities.spreadsheet.book import Column, Grid, Skipped, letter
from communities.spreadsheet.header import Header, numbers_columns
from communities.spreadsheet.rows import merged, pages
from communities.spreadsheet.rows.frame import Frame
from communities.spreadsheet.rows.kinds import Kind, Seen, Verdict, verdict_of
from communities.spreadsheet.rows.labels import Labels

_NUMBERING = 2  # rows below a header that may number its columns


@dataclass(slots=True)
class Line:
    """A row with a name in it. `opens` is the row “Hộ số 1” above it, "" where there is none."""

    number: int
    cells: list[Any]
    groups: tuple[str, ...]
    opens: str = ""
    after_blank: bool = False


class Lines:
    """Reads the rows of one table; iterate it once. `skipped` fills on the way."""

    def __init__(self, grid: Grid, header: Header | None, columns: list[Column], span: range) -> None:
        self.skipped: list[Skipped] = []
        self._frame = Frame(grid, header, columns, span)
        self._pages = pages.of_rows(self._frame, header)
        self._merged = merged.of_rows(self._frame, grid.merges)
        self._labels = Labels()
        self._opens = ""
        self._above: list[Any] = []  # cells that “nt” repeats
        self._previous: Line | None = None
        self._last_number = 0
        self._has_ended = self._after_blank = False

    @property
    def names_at(self) -> list[int]:
        """The columns with the name of whose row it is."""
        return self._frame.names_at

    def __iter__(self) -> Iterator[Line]:
        for row in self._rows():
            verdict = verdict_of(row)
            if verdict.kind is not Kind.HOUSEHOLD:
                self._heed(verdict, row)
            elif self._previous is not None and self._joins(row, self._previous):
                _join(self._previous.cells, row.cells, self._frame.repeated_at)
            elif isinstance(row.name, str) and row.name:
                self._previous = self._line(row)
                yield self._previous
            elif row.filled != [self._frame.number_at]:  # a row prepared with its number only holds nobody
                self._skip(row)

    def _rows(self) -> Iterator[Seen]:
        """The rows with something in them: without the print's headers, numbering, and what follows the end."""
        frame = self._frame
        for index in range(frame.start, len(frame.rows)):
            cells = frame.cut(frame.rows[index])
            filled = [i for i, value in enumerate(cells) if value != ""]
            if not filled:
                self._after_blank = True
                continue
            row = Seen(
                frame, index, cells, filled,
                is_spanned=index in self._merged.spanned, below_names=self._labels.are_names,
            )  # fmt: skip
            if index in self._pages:
                self._turn_page(row)
            elif index - frame.start < _NUMBERING and numbers_columns(row.values):
                continue
            elif not self._has_ended or self._goes_on(row):
                self._has_ended = False
                yield row

    def _turn_page(self, row: Seen) -> None:
        """A header begins the list again, whatever ended it; a title may name the village of the next page."""
        if self._pages[row.index] == pages.HEADER:
            self._has_ended = False
            return
        for text in map(str, row.values):
            if words.group_of(text) is not None:
                self._add_label(text)

    def _goes_on(self, row: Seen) -> bool:
        """Whether a row after signatures is of the list all the same: it has the next number, and is a full row."""
        is_next = isinstance(row.number, int) and row.number == self._last_number + 1
        return is_next and bool(row.name) and len(row.filled) > 2

    def _heed(self, verdict: Verdict, row: Seen) -> None:
        """Keep what a row that is no household says."""
        if verdict.kind is Kind.TOTAL:
            self.skipped.append(Skipped(row.index + 1, letter(row.filled[0]), "TOTAL", verdict.text))
        elif verdict.kind is Kind.END:
            self._has_ended = True
        elif verdict.kind is Kind.GROUP:
            self._add_label(verdict.text, verdict.rank)
        elif verdict.kind is Kind.OPENING:
            self._opens = verdict.text

    def _add_label(self, text: str, rank: int | None = None) -> None:
        self._labels.add(text, rank)
        self._above = []

    def _joins(self, row: Seen, previous: Line) -> bool:
        """Whether the name of the row above is merged with this one's: its household takes two rows."""
        return self._merged.joined.get(row.index) == previous.number - 1

    def _line(self, row: Seen) -> Line:
        """The row as a line, with what merged cells and ditto marks say filled in."""
        cells = row.cells
        for i, value in self._merged.shared.get(row.index, ()):
            if cells[i] == "":
                cells[i] = value
        above, repeated_at = self._above, self._frame.repeated_at
        self._above = [
            (above[i] if above else "") if i in repeated_at and words.is_ditto(value) else value
            for i, value in enumerate(cells)
        ]
        if isinstance(row.number, int):
            self._last_number = row.number
        line = Line(row.index + 1, self._above, self._labels.texts, self._opens, self._after_blank)
        self._opens, self._after_blank = "", False
        return line

    def _skip(self, row: Seen) -> None:
        """Keep a row without a name for a person to look at, with nothing in its text that is not ours to keep."""
        at = letter(self.names_at[0]) if self.names_at else "A"
        text = " · ".join(str(row.cells[i]) for i in row.filled if i in self._frame.kept_at)[:100]
        self.skipped.append(Skipped(row.index + 1, at, "NO_NAME", text, tuple(row.cells)))


def _join(above: list[Any], below: list[Any], where: set[int]) -> None:
    """A household that takes two lines of the sheet: its second telephone, the rest of its note."""
    for i, value in enumerate(below):
        if value != "" and i in where and value != above[i]:
            above[i] = value if above[i] == "" else f"{above[i]}; {value}"
