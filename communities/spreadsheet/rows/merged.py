"""What merged cells tell of the rows they cover."""

from dataclasses import dataclass, field
from typing import Any

from communities.spreadsheet.rows.frame import Frame

#: What is merged over several rows of a table and holds for each of them.
_SHARED = frozenset(
    {"village", "hamlet", "address", "household_no", "household_code", "household_kind", "phone", "zalo"}
)
_TALLEST = 2_000  # rows one merged cell may cover
_MOST_ROWS = 500_000  # that all merged cells of a sheet may cover


@dataclass(slots=True)
class Merged:
    """By the index of a row: the values it shares with a row above, whether one text spans it, which row it joins."""

    shared: dict[int, list[tuple[int, Any]]] = field(default_factory=dict)
    spanned: set[int] = field(default_factory=set)
    joined: dict[int, int] = field(default_factory=dict)


def of_rows(frame: Frame, merges: list[tuple[int, int, int, int]]) -> Merged:
    """What the merged cells of a sheet tell of a table's rows."""
    merged = Merged()
    rows_left = _MOST_ROWS
    for top, left, bottom, right in merges:
        rows_left -= bottom - top
        if not frame.start <= top < frame.stop or left not in frame.span or rows_left < 0:
            continue
        if bottom == top and right - left >= 2:
            merged.spanned.add(top)
        value = frame.rows[top][left] if left < len(frame.rows[top]) else ""
        if bottom == top or value == "" or left != right or bottom - top > _TALLEST:
            continue
        covered = range(top + 1, min(bottom + 1, frame.stop))
        field_ = frame.fields.get(left)
        if field_ in _SHARED or (field_ == "head_name" and left not in frame.names_at):
            for row in covered:
                merged.shared.setdefault(row, []).append((left, value))
        elif frame.names_at[:1] == [left]:
            merged.joined |= dict.fromkeys(covered, top)
    return merged
