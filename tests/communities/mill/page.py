"""A sheet as lines that know what they are: what a careful person would say becomes of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.communities.mill.people import Home

if TYPE_CHECKING:
    from tests.communities.mill.table import Layout


@dataclass(eq=False)
class Written:
    """A household as a line has it: in which layout, and what of its truth is otherwise there."""

    home: Home
    layout: "Layout"
    truth: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Line:
    """A row: its cells, and what becomes of it (“A|B”: either)."""

    cells: list[Any]
    fate: str
    homes: list[Written] = field(default_factory=list)
    head: "Line | None" = None  # whose member it is
    said: str = ""  # something is said of it: “must” or “may”
    is_struck: bool = False
    comments: dict[int, str] = field(default_factory=dict)


@dataclass(eq=False)
class Page:
    """One sheet."""

    name: str
    lines: list[Line] = field(default_factory=list)
    joined: list[tuple[Line, int, Line, int]] = field(default_factory=list)  # first row, column, last row, column
    header: Line = field(default_factory=lambda: Line([], ""))  # the last row of the heading
    said_of: list[list[Line]] = field(default_factory=list)  # of one of them, or of the file, something is said

    def add(self, cells: list[Any], fate: str = "HEADING") -> Line:
        """A row at the end."""
        self.lines.append(Line(cells, fate))
        return self.lines[-1]

    @property
    def rows(self) -> list[list[Any]]:
        """The cells."""
        return [line.cells for line in self.lines]

    @property
    def merges(self) -> list[tuple[int, int, int, int]]:
        """First row, first column, last row, last column, counted from nought."""
        at = {line: i for i, line in enumerate(self.lines)}
        return [(at[top], left, at[bottom], right) for top, left, bottom, right in self.joined if top in at]

    @property
    def listed(self) -> list[Line]:
        """The rows of households."""
        return [line for line in self.lines if line.homes]

    def numbered(self) -> Iterator[tuple[int, Line]]:
        """Every row that holds anything, with the number Excel shows."""
        for number, line in enumerate(self.lines, start=1):
            if any(str(cell).strip() for cell in line.cells):
                yield number, line
