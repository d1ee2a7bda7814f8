"""Where on a sheet a table lies, and which of its columns hold what."""

from typing import Any

from communities.spreadsheet import words
from communities.spreadsheet.area import Area
from communities.spreadsheet.book import NEVER_STORED, Column, Grid

_FEW = 2  # things that a signer's row tells
_OF_A_PERSON = frozenset({"birth", "birth_male", "birth_female", "phone", "relation", "gender", "national_id"})
_NEVER_REPEATED = frozenset(
    {"row_no", "household_no", "head_name", "full_name", "household_code", "family_part", "given_part"}
)


class Frame:
    """A table on its sheet: the rows from `start` up to `stop`, the columns of `span`."""

    def __init__(self, grid: Grid, area: Area) -> None:
        columns = area.columns
        self.rows, self.span = grid.rows, area.span
        self.start, self.stop = area.start, area.stop
        self.width = max((column.index for column in columns), default=0) + 1
        self.fields = {column.index: column.field for column in columns}
        self.names_at = _names_at(columns)
        self.number_at = next((column.index for column in columns if column.field == "row_no"), None)
        self.persons_at = [i for i, field in self.fields.items() if field in _OF_A_PERSON]
        self.places_at = [i for i, field in self.fields.items() if field in {"village", "hamlet", "address"}]
        self.kept_at = {i for i, field in self.fields.items() if field not in NEVER_STORED}
        #: Where “nt” repeats what stands above, and where a second line goes on with the first.
        self.repeated_at = {
            i
            for i, field in self.fields.items()
            if field not in _NEVER_REPEATED or (field == "head_name" and i not in self.names_at)
        }
        told = set(self.fields.values())
        self.numbers_households = "row_no" in told and told.isdisjoint({"relation", "household_no", "full_name"})

        self.is_counted, self.last_counted = self._counted()
        self.last_full = self._last_full()

    def _counted(self) -> tuple[bool, int]:
        """Whether nearly every row that names somebody has a running number, up to the last that has; its index."""
        if self.number_at is None or not self.names_at:
            return False, -1
        at, name_at = self.number_at, self.names_at[0]
        numbered, named, last = 0, 0, -1
        since = 0  # rows that name somebody, since the last number
        for index in range(self.start, min(self.stop, len(self.rows))):
            row = self.rows[index]
            if at < len(row) and is_count(row[at]):
                numbered, named, last, since = numbered + 1, named + since + 1, index, 0
            elif name_at < len(row) and _is_own_name(row[name_at]):
                since += 1
        return named > 0 and numbered * 10 >= named * 7, last

    def _last_full(self) -> int:
        """The last index at which a row tells of more than two things."""
        rows = range(min(self.stop, len(self.rows)) - 1, self.start - 1, -1)
        return next((i for i in rows if sum(value != "" for value in self.cut(self.rows[i])) > _FEW), -1)

    def cut(self, row: list[Any]) -> list[Any]:
        """The cells of a row: as many as the table is wide, nothing of the tables beside it."""
        width = min(self.width, self.span.stop)
        cells = row[:width] + [""] * (self.width - min(len(row), width))
        if self.span.start:
            outside = min(self.span.start, self.width)
            cells[:outside] = [""] * outside
        return cells

    def name(self, cells: list[Any]) -> Any:
        """Whose row it is, "" where nobody is named."""
        for i in self.names_at:
            if cells[i] != "":
                return cells[i]
        return ""


def _is_own_name(value: Any) -> bool:
    """Whether a cell names somebody, and not as somebody else's wife or child."""
    return words.looks_like_name(value) and not words.relative_of(value)


def is_count(value: Any) -> bool:
    """Whether a cell holds a running number: 7, “7.”."""
    return isinstance(value, int) or (isinstance(value, str) and value.strip(" .").isdecimal())


def _names_at(columns: list[Column]) -> list[int]:
    """The columns with the name of whose row it is: the person's before the head's, the family's before the given."""
    for kinds in (("full_name",), ("head_name",), ("given_part", "family_part")):
        if found := [c.index for kind in kinds for c in columns if c.field == kind]:
            return found
    return []
