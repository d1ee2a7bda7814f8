"""The header of a table: at which row it begins, how many rows it takes, and what it says above each column.

In comes the grid of one sheet, out go the Headers it could have; which it is shows only in the rows below (trying).
Nothing here decides which field a column is: that is told by columns. Never changes the grid.

finding (which row) → spans (merged cells) → heights (how many rows) → paths (the texts above each column).
"""

from communities.spreadsheet.header.finding import any_table, at, field_of, parted, ranked, says_columns, side_by_side
from communities.spreadsheet.header.heights import numbers_columns
from communities.spreadsheet.header.paths import Header, Path, shown

__all__ = [
    "Header", "Path", "any_table", "at", "field_of", "numbers_columns", "parted", "ranked", "says_columns",
    "shown", "side_by_side",
]  # fmt: skip
