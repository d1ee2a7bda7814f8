"""Where on a sheet a table lies, and which of its columns hold what."""

from typing import Any

from communities.spreadsheet.book import NEVER_STORED, Column, Grid
from communities.spreadsheet.header import Header

_OF_A_PERSON = frozenset({"birth", "birth_male", "birth_female", "phone", "relation", "gender", "national_id"})
_NEVER_REPEATED = frozenset(
    {"row_no", "household_no", "head_name", "full_name", "household_code", "family_part", "given_part"}
)


class Frame:
    """A table on its sheet: the rows from `start` on, the columns of `span`."""

    def __init__(self, grid: Grid, header: Header | None, columns: list[Column], span: range) -> None:
        self.rows, self.span = grid.rows, span
        self.start = header.end if header else 0
        self.width = max((column.index for column in columns), default=0) + 1
        self.fields = {column.index: column.field for column in columns}
        self.names_at = _names_at(columns)
        self.number_at = next((column.index for column in columns if column.field == "row_no"), None)
        self.persons_at = [i for i, field in self.fields.items() if field in _OF_A_PERSON]
        self.kept_at = {i for i, field in self.fields.items() if field not in NEVER_STORED}
        #: Where “nt” repeats what stands above, and where a second line goes on with the first.
        self.repeated_at = {
            i
            for i, field in self.fields.items()
            if field not in _NEVER_REPEATED or (field == "head_name" and i not in self.names_at)
        }
        told = set(self.fields.values())
        self.numbers_households = "row_no" in told and told.isdisjoint({"relation", "household_no", "full_name"})

    def cut(self, row: list[Any]) -> list[Any]:
        """The cells of a row: as many as the table is wide, nothing of the table at its left."""
        cells = row[: self.width] + [""] * (self.width - len(row))
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


def _names_at(columns: list[Column]) -> list[int]:
    """The columns with the name of whose row it is: the person's before the head's, the family's before the given."""
    for kinds in (("full_name",), ("head_name",), ("given_part", "family_part")):
        if found := [c.index for kind in kinds for c in columns if c.field == kind]:
            return found
    return []
