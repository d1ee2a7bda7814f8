"""Forms: “Họ và tên chủ hộ: Lê Văn An” with what belongs to it below, instead of a table."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from communities.spreadsheet import words
from communities.spreadsheet.book import Column, Found, Grid, Row, Sheet, letter
from communities.spreadsheet.ledger import Ledger
from communities.spreadsheet.words import NAMES, fold

_TOP = 30  # rows, among which a form has its first label
_ROWS = 2_000  # of a sheet that are looked at
_LONGEST = 60  # letters of a label


class _Told(NamedTuple):
    """A label with its value: the row, the column of the value, the field the label names."""

    row: int
    column: int
    field: str
    label: str
    value: Any


def of_grid(grid: Grid, ledger: Ledger) -> Found | None:
    """The households of a sheet of forms; None when it holds none."""
    if not any(isinstance(value, str) and ":" in value for row in grid.rows[:_TOP] for value in row):
        return None
    told = list(_labelled(grid))
    rows = sum(any(value != "" for value in row) for row in grid.rows)
    if len({one.row for one in told}) * 2 < rows:
        return None
    starts = [place for place, one in enumerate(told) if one.field in NAMES and words.could_be_name(one.value)]
    if not starts or len({one.field for one in told}) < 2:
        return None
    labels = list(dict.fromkeys((one.field, one.label, one.column) for one in told))
    columns = [
        Column(place, letter(column), label, field, fold(label), "HEADER")
        for place, (field, label, column) in enumerate(labels)
    ]
    sheet = Sheet(grid.name, (), 0, columns)
    for start, end in zip(starts, [*starts[1:], len(told)], strict=True):
        own = told[start:end] if start != starts[0] else told[:end]
        cells: list[Any] = [""] * len(columns)
        for one in own:
            cells[labels.index((one.field, one.label, one.column))] = one.value
            ledger.put(one.row, "MEMBER", of=told[start].row + 1)
        head = told[start]
        ledger.put(head.row, "HOUSEHOLD", str(head.value))
        sheet.rows.append(Row(head.row + 1, tuple(cells)))
    for index in range(told[0].row):
        ledger.put(index, "HEADING")
    return Found([sheet], entries=list(ledger.entries(())))


def _labelled(grid: Grid) -> Iterator[_Told]:
    """Each label of a field with the value behind its colon or in the next cell."""
    for index, row in enumerate(grid.rows[:_ROWS]):
        filled = [i for i, value in enumerate(row) if value != ""]
        for place, i in enumerate(filled):
            label, colon, inline = str(row[i]).partition(":")
            field = words.field_of((label.strip(" .-–+*"),))[0] if 2 <= len(label) <= _LONGEST else ""
            if not field:
                continue
            if inline.strip():
                yield _Told(index, i, field, label.strip(), inline.strip())
            elif colon and place + 1 < len(filled):
                following = filled[place + 1]
                value = row[following]
                if ":" not in str(value):
                    yield _Told(index, following, field, label.strip(), value)
