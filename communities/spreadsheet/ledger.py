"""What becomes of every row of a sheet: each that holds anything has exactly one fate (book.FATES)."""

import re
from collections.abc import Collection, Iterator

from communities.spreadsheet.book import FATES, Entry, Grid

_LONGEST = 100  # letters of a row that are kept
_LONG_NUMBER = re.compile(r"\d{9,}")  # identity cards, phones: nothing the ledger needs
_STRENGTH = {fate: place for place, fate in enumerate(FATES)}


class Ledger:
    """The rows of one sheet and what became of them, while its tables are read."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._fates: dict[int, tuple[str, str, int]] = {}  # index → fate, name, number of the head's row

    def put(self, index: int, fate: str, name: str = "", of: int = 0) -> None:
        """Note what became of a row. Where tables lie side by side the fate that is first in FATES stays."""
        old = self._fates.get(index)
        if old is None or _STRENGTH[fate] < _STRENGTH[old[0]]:
            self._fates[index] = fate, name, of

    def entries(self, unsaid: Collection[int]) -> Iterator[Entry]:
        """Every row with something in it, from the first to the last; the text leaves out the columns `unsaid`."""
        name = self._grid.name
        for index, row in enumerate(self._grid.rows):
            if not any(value != "" for value in row):
                continue
            fate, text, of = self._fates.get(index, ("", "", 0))
            text = text or self._text(index, unsaid)
            yield Entry(name, index + 1, fate or "UNREAD", text, of)

    def _text(self, index: int, unsaid: Collection[int]) -> str:
        row = self._grid.rows[index]
        text = " · ".join(str(value) for i, value in enumerate(row) if value != "" and i not in unsaid)
        return _LONG_NUMBER.sub("…", text[: 2 * _LONGEST])[:_LONGEST]
