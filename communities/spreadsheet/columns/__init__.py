"""Which field each column of a table holds.

In come the Header, or none, and the rows below it; out go Columns, each with how its field is known: what a person
chose, else what the header says, else what stands below. Never drops a column: one of no known field is kept,
with its first values, so that a person can say what it is.

keys (a name for each column) → by_header → by_values → table.
"""

from communities.spreadsheet.columns.keys import key_of
from communities.spreadsheet.columns.table import columns

__all__ = ["columns", "key_of"]
