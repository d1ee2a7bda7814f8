"""A list printed page by page: the header repeated on each, its numbering, and the title above it."""

from typing import Any

from communities.spreadsheet import words
from communities.spreadsheet.header import Header, numbers_columns
from communities.spreadsheet.rows.frame import Frame, is_count

HEADER, TITLE = "HEADER", "TITLE"

_Texts = set[tuple[int, str]]  # column and folded text


def of_rows(frame: Frame, header: Header | None) -> dict[int, str]:
    """Index → HEADER or TITLE, for the rows that belong to the print and not to the list."""
    if header is None:
        return {}
    told = [{(i, text) for i, text in enumerate(row) if text and i in frame.span} for row in header.rows]
    first_texts = {value for value in frame.rows[header.index] if value != ""}
    pages: dict[int, str] = {}
    for index in range(frame.start, frame.stop):
        if first_texts.isdisjoint(frame.rows[index]):
            continue  # most rows, and nothing was folded for them
        texts = _texts(frame.rows[index])
        same = told[0] & texts
        moved = {text for _, text in told[0] - same} & {text for _, text in texts - same}
        if len(same) < 2 or len(same) * 5 < len(told[0]) * 3 or moved:
            continue
        pages[index] = HEADER
        pages |= dict.fromkeys(_rest_of_header(frame, index, told), HEADER)
        pages |= dict.fromkeys(_title_above(frame, index, pages), TITLE)
    return pages


def _texts(row: list[Any]) -> _Texts:
    return {(i, words.fold(value)) for i, value in enumerate(row) if isinstance(value, str) and value}


def _rest_of_header(frame: Frame, index: int, told: list[_Texts]) -> list[int]:
    """The further rows of a repeated header, and the numbers of its columns."""
    found = []
    for depth, row in enumerate(frame.rows[index + 1 : min(index + 1 + len(told), frame.stop)], start=1):
        is_header = depth < len(told) and not told[depth].isdisjoint(_texts(row))
        if is_header or numbers_columns([value for value in row if value != ""]):
            found.append(index + depth)
    return found


def _title_above(frame: Frame, index: int, pages: dict[int, str]) -> list[int]:
    """The rows of one or two texts right above a repeated header, up to a total, a signature, a household or the
    header of the page before."""
    found = []
    for above in range(index - 1, frame.start, -1):
        if above in pages:
            break
        cells = frame.cut(frame.rows[above])
        texts = [value for value in cells if value != ""]
        if len(texts) > 2 or not all(isinstance(text, str) for text in texts):
            break
        if any(map(words.is_total, texts)) or words.ends_list(texts or [""]) or any(map(is_count, texts)):
            break
        if words.looks_like_name(frame.name(cells)):
            break  # a household with little to tell
        if texts:
            found.append(above)
    return found
