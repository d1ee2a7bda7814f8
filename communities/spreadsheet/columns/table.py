"""The columns of one table."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from communities.spreadsheet.book import Column, letter
from communities.spreadsheet.columns import by_header, by_values
from communities.spreadsheet.columns.draft import Draft, Known
from communities.spreadsheet.columns.keys import keys_of
from communities.spreadsheet.header import Header, Path, numbers_columns, shown

_SAMPLE = 300  # rows below the header that show what a column holds
_EXAMPLES = 3


def columns(header: Header | None, body: list[list[Any]], chosen: Mapping[str, str], span: range) -> list[Column]:
    """The columns of a table with their fields: what a person chose, else the header, else the values."""
    paths = header.paths if header else {}
    values = _values(paths, body)
    keys = {i: key for i, key in keys_of(paths, values).items() if i in span}
    draft = Draft(keys, {i: path for i, path in paths.items() if i in span}, values)
    draft.known = {i: Known(chosen[key], "CHOSEN") for i, key in keys.items() if key in chosen}
    by_header.read(draft)
    by_values.read(draft)
    return [_column(i, draft) for i in sorted(keys)]


def _column(i: int, draft: Draft) -> Column:
    known = draft.known.get(i, Known("", ""))
    examples = tuple(map(_example, draft.values[i][:_EXAMPLES]))
    return Column(
        i,
        letter(i),
        shown(draft.paths.get(i, ())),
        known.field,
        draft.keys[i],
        known.by,
        examples,
        draft.asked.get(i, ""),
    )


def _values(paths: dict[int, Path], body: list[list[Any]]) -> dict[int, list[Any]]:
    """Column → what stands in its first rows that tell of more than one thing; of a column that has nothing there, its
    first value."""
    rows = [row for row in body[: 2 * _SAMPLE] if sum(value != "" for value in row) > 1 and not _numbers(row)]
    sample = rows[:_SAMPLE] or body[:_SAMPLE]
    width = max((len(row) for row in body), default=0)
    values = {i: [row[i] for row in sample if i < len(row) and row[i] != ""] for i in range(max(width, *paths, 0) + 1)}
    for i in range(width):
        if not values[i] and i not in paths:
            values[i] = [row[i] for row in body if i < len(row) and row[i] != ""][:1]
    return values


def _numbers(row: list[Any]) -> bool:
    """Whether a row numbers the columns."""
    return numbers_columns([value for value in row if value != ""])


def _example(value: Any) -> str:
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)[:60]
