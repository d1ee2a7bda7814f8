"""The merged cells of a header."""

from typing import NamedTuple

from communities.spreadsheet.book import Grid

MOST_ROWS = 4  # a header takes no more


class Span(NamedTuple):
    """One merged cell: its first row and column, its last row and column."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """How many rows it covers."""
        return self.bottom - self.top + 1

    @property
    def is_wide(self) -> bool:
        """Whether it covers several columns."""
        return self.right > self.left

    def covers(self, column: int) -> bool:
        """Whether a column lies below it."""
        return self.left <= column <= self.right


def of_header(grid: Grid, index: int) -> list[Span]:
    """The merged cells that begin in the rows which a header from `index` on could take."""
    return [Span(*merge) for merge in grid.merges if index <= merge[0] < index + MOST_ROWS]
