"""The rows of a table that name somebody, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from communities.spreadsheet import words
from communities.spreadsheet.area import Area
from communities.spreadsheet.book import Grid, Skipped, letter
from communities.spreadsheet.header import numbers_columns
from communities.spreadsheet.rows import merged, pages
from communities.spreadsheet.rows.frame import Frame
from communities.spreadsheet.rows.kinds import Kind, Seen, Verdict, verdict_of
from communities.spreadsheet.rows.labels import Labels
from communities.spreadsheet.rows.sums import Sums

_NUMBERING = 2  # rows below a header that may number its columns
_FATES = {
    Kind.TOTAL: "TOTAL",
    Kind.END: "SIGNATURE",
    Kind.GROUP: "GROUP",
    Kind.OPENING: "GROUP",
    Kind.EXAMPLE: "NOTE",
    Kind.NOTE: "NOTE",
}


@dataclass(slots=True)
class Line:
    """A row with a name in it. `opens` is the row “Hộ số 1” above it, "" where there is none."""

    number: int
    cells: list[Any]
    groups: tuple[str, ...]
    opens: str = ""
    after_blank: bool = False


class Lines:
    """Reads the rows of one table; iterate it once.

    On the way `skipped` fills, and `fates` with what became of each row that names nobody: index → one of book.FATES
    and the number of the row it goes on with.
    """

    def __init__(self, grid: Grid, area: Area) -> None:
        self.skipped: list[Skipped] = []
        self.remarks: list[Skipped] = []  # about rows that are no household
        self.fates: dict[int, tuple[str, int]] = {}
        self._frame = Frame(grid, area)
        self._pages = pages.of_rows(self._frame, area.header)
        self._merged = merged.of_rows(self._frame, grid.merges)
        self._labels = Labels()
        self._sums = Sums(self._frame)
        for text in area.labels or self._first_page(area.title):
            self._labels.add(text)
        self._opens = ""
        self._above: list[Any] = []  # cells that “nt” repeats
        self._places: dict[int, Any] = {}  # the last place named, by column
        self._previous: Line | None = None
        self._last_number = 0
        self._has_ended = self._after_blank = self._below_total = False

    @property
    def names_at(self) -> list[int]:
        """The columns with the name of whose row it is."""
        return self._frame.names_at

    def _first_page(self, title: tuple[str, ...]) -> list[str]:
        """The village above the first page, where each page has its own."""
        titles = (index for index, kind in self._pages.items() if kind == pages.TITLE)
        texts = (str(value) for index in titles for value in self._frame.rows[index] if value != "")
        return [text for text in title if words.group_of(text)] if any(map(words.group_of, texts)) else []

    def name(self, cells: list[Any]) -> str:
        """Whose row it is."""
        return str(self._frame.name(cells))

    def __iter__(self) -> Iterator[Line]:
        for row in self._rows():
            verdict = verdict_of(row)
            self._below_total = verdict.kind is Kind.TOTAL
            if verdict.kind is Kind.MEMBER and self._previous is not None:
                self._add_member(verdict.text, row, self._previous)
            elif verdict.kind not in (Kind.HOUSEHOLD, Kind.MEMBER):
                self._heed(verdict, row)
            elif self._previous is not None and self._joins(row, self._previous):
                _join(self._previous.cells, row.cells, self._frame.repeated_at)
                self.fates[row.index] = "MEMBER", self._previous.number
            elif isinstance(row.name, str) and row.name:
                self._previous = self._line(row)
                yield self._previous
            elif row.filled == [self._frame.number_at]:  # prepared with its number, and holds nobody
                self.fates[row.index] = "PREPARED", 0
            else:
                self._skip(row)
                self.fates[row.index] = "PROBLEM", 0

    def _rows(self) -> Iterator[Seen]:
        """The rows with something in them: without the print's headers, numbering, and what follows the end."""
        frame = self._frame
        for index in range(frame.start, frame.stop):
            cells = frame.cut(frame.rows[index])
            filled = [i for i, value in enumerate(cells) if value != ""]
            if not filled:
                self._after_blank = True
                continue
            row = Seen(
                frame, index, cells, filled,
                is_spanned=index in self._merged.spanned, below_names=self._labels.are_names,
                is_sum=frame.is_counted and self._sums.are_told(cells),
                below_total=self._below_total,
            )  # fmt: skip
            if index in self._pages:
                self.fates[index] = "PAGE", 0
                self._turn_page(row)
            elif index - frame.start < _NUMBERING and numbers_columns(row.values):
                self.fates[index] = "HEADING", 0
            elif not self._has_ended or self._goes_on(row):
                self._has_ended = False
                yield row
            else:
                self.fates[index] = "SIGNATURE", 0

    def _turn_page(self, row: Seen) -> None:
        """A header begins the list again, whatever ended it; a title may name the village of the next page."""
        if self._pages[row.index] == pages.HEADER:
            self._has_ended = False
            return
        for text in map(str, row.values):
            if words.group_of(text) is not None:
                self._add_label(text)

    def _goes_on(self, row: Seen) -> bool:
        """Whether a row after signatures is of the list all the same: it has a number and names somebody."""
        if not row.is_counted or not row.name:
            return False
        is_next = isinstance(row.number, int) and row.number == self._last_number + 1
        return (is_next and len(row.filled) > 2) or words.could_be_name(row.name)

    def _heed(self, verdict: Verdict, row: Seen) -> None:
        """Keep what a row that is no household says."""
        self.fates[row.index] = _FATES[verdict.kind], 0
        if verdict.kind is Kind.TOTAL:
            self.skipped.append(Skipped(row.index + 1, letter(row.filled[0]), "TOTAL", verdict.text))
        elif verdict.kind is Kind.EXAMPLE:
            self.remarks.append(Skipped(row.index + 1, letter(row.filled[0]), "EXAMPLE_ROW", verdict.text))
        elif verdict.kind is Kind.END:
            self._has_ended = True
        elif verdict.kind is Kind.GROUP:
            self._add_label(verdict.text, verdict.rank)
        elif verdict.kind is Kind.OPENING:
            self._opens = verdict.text

    def _add_member(self, relation: str, row: Seen, previous: Line) -> None:
        """What a row of somebody else of the household tells is told of the household: her telephone, as hers."""
        self.fates[row.index] = "MEMBER", previous.number
        for i, value in enumerate(row.cells):
            if value != "" and self._frame.fields.get(i) in {"phone", "zalo"}:
                above = previous.cells[i]
                own = f"{value} ({relation})"
                previous.cells[i] = own if above == "" else f"{above}; {own}"

    def _add_label(self, text: str, rank: int | None = None) -> None:
        self._labels.add(text, rank)
        self._above, self._places = [], {}

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
            self._repeated(i, above) if i in repeated_at and words.is_ditto(value) else value
            for i, value in enumerate(cells)
        ]
        for i in self._frame.places_at:
            self._places[i] = self._above[i] or self._places.get(i, "")
        if isinstance(row.number, int):
            self._last_number = row.number
        if self._frame.is_counted:
            self._sums.add(self._above)
        line = Line(row.index + 1, self._above, self._labels.texts, self._opens, self._after_blank)
        self._opens, self._after_blank = "", False
        return line

    def _repeated(self, i: int, above: list[Any]) -> Any:
        """What “nt” stands for: the cell above, or the last place named, where members' rows leave it out."""
        told = above[i] if above else ""
        return self._places.get(i, "") if told == "" and i in self._frame.places_at else told

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
