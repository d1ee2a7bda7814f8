"""Households out of lines: a line each, members below their head, or persons who name theirs.

In come the Lines of a table and its columns; out go Rows, lines that belong to nobody, and, where the lines can be
made into households in two ways and none fits much better, a Question.

table (lines with what their columns mean) → making (households in one shape) → evidence (what speaks against a shape)
→ choosing.
"""

from communities.spreadsheet.shapes.choosing import Chosen, choose
from communities.spreadsheet.shapes.table import Table

__all__ = ["Chosen", "Table", "choose"]
