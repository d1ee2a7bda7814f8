"""Sums of the numbers of a list, to know a row of totals by what it adds up to."""

from typing import Any

from communities.numbers import whole_number
from communities.spreadsheet.rows.frame import Frame

_NO_SUM = frozenset(
    {"row_no", "household_no", "birth", "birth_male", "birth_female", "phone", "zalo", "household_code"}
)
_SEVERAL = 2  # households, of which a sum is one


class Sums:
    """The sum of each column of numbers since the list began, and since the last total."""

    def __init__(self, frame: Frame) -> None:
        self._at = [i for i in range(frame.width) if frame.fields.get(i, "") not in _NO_SUM]
        self._rows = 0
        self._all: dict[int, float] = {}
        self._since: dict[int, float] = {}

    def add(self, cells: list[Any]) -> None:
        """One more household."""
        self._rows += 1
        for i in self._at:
            value = _number(cells[i])
            if value is not None:
                self._all[i] = self._all.get(i, 0) + value
                self._since[i] = self._since.get(i, 0) + value

    def are_told(self, cells: list[Any]) -> bool:
        """Whether the numbers of a row are the sums of those above, and those above are several."""
        if self._rows < _SEVERAL:
            return False
        told = [(i, value) for i in self._at if (value := _number(cells[i])) is not None and value > 0]
        return bool(told) and all(value in (self._all.get(i), self._since.get(i)) for i, value in told)


def _number(value: Any) -> float | None:
    """The number in a cell; in a text file numbers are texts."""
    if isinstance(value, int | float):
        return value
    return whole_number(value, digits=12) if isinstance(value, str) else None
