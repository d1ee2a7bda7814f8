"""The rows below a header: which are households or persons, and what the others say about them.

In come a grid, its header and its columns; out go Lines, one for each row with somebody's name in it, and what was
passed over. Group rows name a village or lane for the rows below them; numbering rows, repeated headers, totals,
titles of the next page and signatures are passed over. Nothing here knows whose row it is: that is told by shapes.
Never drops a row in silence that could be a household.

frame (where the table lies) → merged, pages (what is told beside the rows) → kinds (what a row is) → labels → lines.
"""

from communities.spreadsheet.rows.lines import Line, Lines

__all__ = ["Line", "Lines"]
