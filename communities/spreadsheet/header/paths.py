"""What a header says above each column, from the top down: “Chủ hộ”, “Họ và tên”."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from communities.spreadsheet.header.spans import Span
from communities.spreadsheet.words import fold

Path = tuple[str, ...]
Level = list[str]  # the texts of one row, "" where there is none


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a table: index of its first row, how many rows it takes, and each column's texts downwards."""

    index: int
    height: int
    paths: dict[int, Path]
    rows: list[tuple[str, ...]] = field(default_factory=list)  # folded, to know it again on the next page

    @property
    def end(self) -> int:
        """The index of the first row below it."""
        return self.index + self.height


def shown(path: Path) -> str:
    """The texts above a column in one line."""
    return " ".join(" ".join(path).split())


def levels_of(rows: Iterable[list[Any]], width: int) -> list[Level]:
    """The texts of some rows, each made as wide as the widest."""
    return [[str(value) if value != "" else "" for value in row] + [""] * (width - len(row)) for row in rows]


def downwards(written: list[Level], top: int, spans: list[Span]) -> dict[int, Path]:
    """Column → its texts from the top down. `written` are the rows of a header, the first of them row `top`.

    A text above several columns counts for each of them, and a text repeated below itself counts once.
    """
    levels = [
        _spread(written, depth, [span for span in spans if span.top == top + depth and span.is_wide])
        for depth in range(len(written) - 1)
    ]
    levels.append(written[-1])
    paths = {}
    for column, texts in enumerate(zip(*levels, strict=True)):
        told = [text for text in texts if text]
        path = tuple(text for i, text in enumerate(told) if i == 0 or fold(text) != fold(told[i - 1]))
        if path:
            paths[column] = path
    return paths


def _spread(written: list[Level], depth: int, spans: list[Span]) -> Level:
    """One row of a header, with each group's text above all columns of the group.

    Merged cells say how far a group goes. Where a row has none, it goes on over the gaps at its right as long as
    something stands below them.
    """
    level = list(written[depth])
    group = ""
    for column, text in enumerate(level):
        merged = next((span for span in spans if span.covers(column)), None)
        if text:
            group = text
        elif merged is not None:
            level[column] = level[merged.left]
        elif not spans and any(lower[column] for lower in written[depth + 1 :]):
            if not any(upper[column] for upper in written[:depth]):
                level[column] = group
        else:
            group = ""
    return level
