"""The columns of a table while it is found out what they hold."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from communities.spreadsheet.header import Path


class Known(NamedTuple):
    """The field of a column ("" = not used), and by what it is known: HEADER, VALUES or CHOSEN."""

    field: str
    by: str


@dataclass(slots=True)
class Draft:
    """Each column by its index: its key, the texts above it, values below it, and its field once it is known."""

    keys: dict[int, str]
    paths: dict[int, Path]
    values: dict[int, list[Any]]
    known: dict[int, Known] = field(default_factory=dict)
    asked: dict[int, str] = field(default_factory=dict)  # columns between which only a person can choose

    @property
    def fields(self) -> set[str]:
        """The fields that have a column."""
        return {known.field for known in self.known.values()}

    def values_of(self, column: int) -> list[Any]:
        """A sample of what stands in a column, empty cells left out."""
        return self.values.get(column, [])
