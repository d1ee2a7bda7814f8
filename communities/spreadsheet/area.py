"""One table of a sheet: its rows, its span of columns, and what each of them holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from communities.spreadsheet.book import Column, Grid, Skipped
from communities.spreadsheet.columns import columns as columns_of_body
from communities.spreadsheet.header import Header

_TITLES = 100  # texts above a header; what is beyond is no title
ALL_COLUMNS = range(10_000)


@dataclass(slots=True)
class Area:
    """One table: its header, if it has one, the rows `start` to `stop` below it, the columns of `span`.

    `heading` are the rows above `start` that belong to it, `labels` those of its titles that name a place, and
    `left_out` what is said of what lies beside it.
    """

    header: Header | None
    start: int
    stop: int
    span: range
    columns: list[Column]
    title: tuple[str, ...] = ()
    heading: Sequence[int] = ()
    labels: tuple[str, ...] = ()
    left_out: list[Skipped] = field(default_factory=list)


def title_of(rows: list[list[Any]]) -> tuple[str, ...]:
    """The texts above a header."""
    return tuple(islice((str(value) for row in rows for value in row if value != ""), _TITLES))


def columns_of(
    grid: Grid, header: Header | None, chosen: Mapping[str, str], span: range = ALL_COLUMNS, stop: int | None = None
) -> list[Column]:
    """The columns of a table; `chosen` as Reading.fields."""
    return columns_of_body(header, grid.rows[header.end if header else 0 : stop], chosen, span)
