"""At which row the header of a sheet begins, and where the tables beside one another part."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from communities.spreadsheet import words
from communities.spreadsheet.book import Grid
from communities.spreadsheet.header import heights, paths, spans
from communities.spreadsheet.header.paths import Header
from communities.spreadsheet.words import NAMES, WHOLE_NAMES, fold

SEARCH_ROWS = 30
_PHONE_DIGITS = 9
_BELOW = 20  # rows below a header that show whether it is one
_ALL_COLUMNS = range(10_000)


def ranked(grid: Grid, chosen: Mapping[str, str]) -> list[Header]:
    """The rows near the top that could be the header, the one whose words say most first.

    What names a person counts for two more. As much, but begun lower, is said by the row whose neighbour above is a
    title, and not by the header of a page further down.
    """
    known = [(header, _known(header, chosen)) for header in _candidates(grid)]
    scores = {header.index: len(fields) + 2 * (not fields.isdisjoint(NAMES)) for header, fields in known}
    headers = [header for header, fields in known if len(fields) >= 2]
    best: Header | None = None
    for header in headers:
        more = scores[header.index] - scores[best.index] if best is not None else 1
        if best is None or more > 0 or (more == 0 and header.index < best.end):
            best = header
    if best is None:
        return [found] if (found := _of_one_column(grid)) else []
    return [best, *sorted((one for one in headers if one is not best), key=lambda one: -scores[one.index])]


def at(
    grid: Grid, index: int, chosen: Mapping[str, str], first: frozenset[str] | set[str] = frozenset()
) -> Header | None:
    """The header of a further table at a row: texts that name a person and something else, or most of the texts of the
    `first` header; or nothing."""
    filled = [value for value in grid.rows[index] if value != ""]
    if len(filled) < 2 or not all(isinstance(value, str) for value in filled):
        return None
    if any(words.looks_like_name(text) and not words.field_of((text,))[0] for text in filled):
        return None
    if any(sum(map(str.isdigit, text)) > 2 for text in filled):
        return None
    header = _header_at(grid, index)
    fields = _known(header, chosen)
    is_like_first = len(first.intersection(filled)) * 2 > len(filled)
    return header if len(fields) >= 2 and (is_like_first or not fields.isdisjoint(NAMES)) else None


def _candidates(grid: Grid) -> Iterator[Header]:
    """The headers that would begin at the first rows with something in them."""
    shown = 0
    for index, row in enumerate(grid.rows):
        filled = [value for value in row if value != ""]
        shown += bool(filled)
        if shown > SEARCH_ROWS:
            return
        if len(filled) >= 2 and _may_be_header(filled) and not any(map(_holds_number, filled)):
            yield _header_at(grid, index)


def _of_one_column(grid: Grid) -> Header | None:
    """“Họ và tên chủ hộ” above names, and nothing else."""
    for index, row in enumerate(grid.rows[:SEARCH_ROWS]):
        filled = [i for i, value in enumerate(row) if value != ""]
        if len(filled) != 1 or words.exact_field(str(row[filled[0]])) not in WHOLE_NAMES:
            continue
        below = [[value for value in one if value != ""] for one in grid.rows[index + 1 :]]
        lone = [one[0] for one in below if len(one) == 1]
        if len(lone) == sum(map(bool, below)) and sum(map(words.looks_like_name, lone)) * 2 > len(lone):
            text = str(row[filled[0]])
            return Header(index, 1, {filled[0]: (text,)}, [tuple(fold(str(value)) for value in row)])
    return None


def any_table(grid: Grid) -> Header | None:
    """A row of texts above at least two rows of data: a table, though nothing tells what it holds."""
    for index, row in enumerate(grid.rows[: SEARCH_ROWS * 2]):
        filled = [i for i, value in enumerate(row) if value != ""]
        if len(filled) < 2 or not _may_be_header([row[i] for i in filled]):
            continue
        header = _header_at(grid, index)
        below = grid.rows[header.end : header.end + _BELOW]
        if sum(sum(i < len(one) and one[i] != "" for i in filled) >= 2 for one in below) >= 2:
            return header
    return None


def says_columns(table: Header) -> bool:
    """Whether a row of texts is a header for sure: it names two columns and is nobody’s row."""
    texts = [text for path in table.paths.values() for text in path]
    told = {words.field_of((text,))[0] for text in texts} - {""}
    is_row = any(words.looks_like_phone(text) or fold(text).isdecimal() for text in texts)
    return len(told) >= 2 and not is_row


def side_by_side(header: Header | None) -> list[range]:
    """The tables beside one another under one header, as spans of columns: each has its numbers and its names, or the
    same headers come again from left to right."""
    paths_ = header.paths if header else {}
    told = {i: words.field_of(path)[0] for i, path in paths_.items()}
    starts = [i for i, name in sorted(told.items()) if name == "row_no"]
    parts = [range(start, end) for start, end in itertools.pairwise([*starts, _ALL_COLUMNS.stop])]
    if len(parts) < 2 or not all(any(name in NAMES and i in part[1:] for i, name in told.items()) for part in parts):
        parts = _repeated({i: fold(path[-1]) for i, path in sorted(paths_.items())}, told)
    if len(parts) < 2:
        return [_ALL_COLUMNS]
    return [range(parts[0].stop), *parts[1:]]


def parted(header: Header) -> list[range]:
    """The spans of tables that a second column of names below the same text would begin, where nothing else shows that
    there are several: a second list, or somebody else of each household."""
    named = [(i, fold(path[-1])) for i, path in sorted(header.paths.items()) if words.field_of(path)[0] in NAMES]
    if len(named) != 2 or named[0][1] != named[1][1] or side_by_side(header) != [_ALL_COLUMNS]:
        return []
    return [range(named[1][0]), range(named[1][0], _ALL_COLUMNS.stop)]


def _repeated(texts: dict[int, str], told: dict[int, str]) -> list[range]:
    """“Chủ hộ | SĐT | Chủ hộ | SĐT”: where the first headers come again, in their order, at least two of them."""
    columns = list(texts)
    if not columns:
        return []
    starts = [i for i in columns if texts[i] == texts[columns[0]]]
    spans = [range(start, end) for start, end in itertools.pairwise([*starts, _ALL_COLUMNS.stop])]
    blocks = [[texts[i] for i in columns if i in span] for span in spans]
    are_apart = all(span.start == 0 or span.start - 1 not in texts for span in spans)
    least = 1 if are_apart else 2  # an empty column parts lists of names alone, too
    is_same = len(blocks) > 1 and all(block == blocks[0][: len(block)] and len(block) >= least for block in blocks)
    named = all(any(told[i] in NAMES for i in columns if i in span) for span in spans)
    return spans if is_same and named else []


def _holds_number(value: Any) -> bool:
    """Whether a text holds a telephone: “ĐT: 0912 345 678” beside the leader above the list."""
    return sum(map(str.isdigit, str(value))) >= _PHONE_DIGITS


def _may_be_header(filled: list[Any]) -> bool:
    """Texts, and at most a few numbers, as years over columns of money."""
    numbers = sum(not isinstance(value, str) for value in filled)
    return numbers == 0 or (len(filled) >= 5 and numbers * 4 <= len(filled))


def _known(header: Header, chosen: Mapping[str, str]) -> set[str]:
    """The fields a header names, by what people chose and by its words."""
    fields = set()
    for path in header.paths.values():
        fields.add(field_of(path, chosen))
    return fields - {""}


def field_of(path: paths.Path, chosen: Mapping[str, str]) -> str:
    """The field of a column by what people chose, else by its headers from the top down; "" where they say none."""
    key = fold(paths.shown(path))
    return chosen[key] if key in chosen else words.field_of(path)[0]


def _header_at(grid: Grid, index: int) -> Header:
    """The header that would begin at a row."""
    merged = spans.of_header(grid, index)
    height = heights.height_at(grid.rows, index, merged)
    width = max((len(row) for row in grid.rows[index : index + spans.MOST_ROWS]), default=0)
    levels = paths.levels_of(grid.rows[index : index + height], width)
    folded = [tuple(fold(text) for text in level) for level in levels]
    return Header(index, height, paths.downwards(levels, index, merged), folded)
