"""How many rows a header takes: what merged cells say, and whether the row below goes on with it."""

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from communities.spreadsheet import words
from communities.spreadsheet.header.spans import MOST_ROWS, Span
from communities.spreadsheet.words import NAMES, fold

_MOST_UNMERGED = 3  # rows, where no merged cell asks for more
#: Fields below whose header stands a household, not one more word of the header.
_FILLED_IN = NAMES | {
    "row_no", "household_no", "household_code", "given_part", "relation", "phone", "zalo", "address", "village",
    "hamlet", "note", "residence", "gender",
}  # fmt: skip
#: Words that part a column and name no field alone: “Số khẩu” over “Tổng” and “Nữ”.
_PARTS = frozenset({"tong", "tong so", "nam", "nu", "ngay", "thang", "khau", "ho", "chong", "vo"})


@dataclass(frozen=True, slots=True)
class _Step:
    """The rows that are known to be the header, and the row below them that may be one more."""

    height: int
    merged_height: int  # of the tallest merged cell in the first row
    above: dict[int, str]  # column → the lowest text above the row
    below: list[Any]
    groups: Mapping[int, Span]  # column → the merged cell over it in the first row

    @property
    def filled(self) -> list[int]:
        """The columns in which the row below has something; what is beyond a gap right of the header is another's."""
        filled = [i for i, value in enumerate(self.below) if value != ""]
        end = max((*self.above, *self.groups), default=0)
        gap = next((i for i in range(end + 1, len(self.below)) if self.below[i] == ""), len(self.below))
        return [i for i in filled if i < gap]

    @property
    def texts(self) -> dict[int, str]:
        """Column → what the row below has there."""
        return {i: str(self.below[i]) for i in self.filled}


def height_at(rows: list[list[Any]], index: int, spans: list[Span]) -> int:
    """How many rows a header that begins at `index` takes, 1 to MOST_ROWS."""
    first = [span for span in spans if span.top == index]
    merged_height = max((span.height for span in first if span.height <= MOST_ROWS), default=1)
    groups = {column: span for span in first for column in range(span.left, span.right + 1)}
    height = 1
    while height < MOST_ROWS and index + height < len(rows):
        header = rows[index : index + height]
        above = {i: str(value) for row in header for i, value in enumerate(row) if value != ""}
        step = _Step(height, merged_height, above, rows[index + height], groups)
        if not any(goes_on(step) for goes_on in _GOES_ON):
            break
        height += 1
    return height


# --- what shows that the header goes on; one is enough -----------------------------------------------------


def _lies_in_merged_cell(step: _Step) -> bool:
    """A merged cell of the first row reaches down to this row; its last row counts if something stands there."""
    rows_left = step.merged_height - step.height
    return rows_left > 1 or (rows_left == 1 and bool(step.filled))


def _tells_parts(step: _Step) -> bool:
    """Words below columns of no use to us (“Thiếu hụt” over “Nhà ở”), where a household would have number and name."""
    if not _is_row_of_words(step):
        return False
    fields_above = {i: words.field_of((text,))[0] for i, text in step.above.items()}
    own = {i: words.exact_field(text) for i, text in step.texts.items()}
    names_nobody = NAMES.isdisjoint({*fields_above.values(), *own.values()})
    if len({*fields_above.values()} - {""}) < 2 or (names_nobody and not _is_couple(step.above)):
        return False
    return all(own[i] or _is_part(i, text, step, fields_above) for i, text in step.texts.items())


def _is_couple(above: Mapping[int, str]) -> bool:
    """“Chồng” and “Vợ”: nobody is called the head, and both are named."""
    return {"chong", "vo"} <= {word for text in above.values() for word in fold(text).split()}


def _is_part(i: int, text: str, step: _Step, fields_above: Mapping[int, str]) -> bool:
    """Whether a text without a field of its own may stand below a header, and is nothing of a household."""
    if fields_above.get(i, "") in _FILLED_IN:
        return False
    has_header = i in step.above or i - 1 in step.above or i - 1 in step.texts
    is_word = 2 <= len(text) <= 60 and re.search(r"[^\W\d_]{2}", text) is not None
    is_total = words.is_total(text)
    is_alone = len(step.texts) == 1 and (i == min(step.above) or is_total)  # a group row, or a sum
    return has_header and is_word and not is_alone and (is_total or not words.looks_like_name(text))


def _fills_gaps(step: _Step) -> bool:
    """Known words, at least one of them below a gap or a group; nothing unknown right below another text."""
    if not _is_row_of_words(step):
        return False
    own = {i: words.exact_field(text) for i, text in step.texts.items()}
    grouped = {i for i in step.texts if _is_grouped(i, step)}
    if any(i in step.above and i not in grouped and not own[i] for i in step.texts):
        return False
    first = min(step.above, default=0)
    is_known = any(own[i] or fold(text) in _PARTS for i, text in step.texts.items())
    is_new = any(
        i in grouped
        or (i not in step.above and i > first)
        or (own[i] in NAMES and i in step.above and words.field_of((step.above[i],))[0])
        for i in step.texts
    )
    return is_known and is_new


def _is_grouped(i: int, step: _Step) -> bool:
    """Whether a column lies below a text that stands over several: merged, or with a gap at its right."""
    if i in step.groups:
        return step.groups[i].is_wide
    return i + 1 in step.texts and i + 1 not in step.above


_GOES_ON: tuple[Callable[[_Step], bool], ...] = (_lies_in_merged_cell, _tells_parts, _fills_gaps)


# --- what a row must be for it ------------------------------------------------------------------------------


def _is_row_of_words(step: _Step) -> bool:
    """Whether the row holds words only: no numbers, no group of households, no numbering of the columns."""
    values = [step.below[i] for i in step.filled]
    if step.height >= _MOST_UNMERGED or not values:
        return False
    if not all(isinstance(value, str) and not _is_label(value) for value in values):
        return False
    return not numbers_columns(values)


def _is_label(text: str) -> bool:
    """“Ấp 1”, “Hộ số 2”: a row of the table, though their words stand in headers as well."""
    is_header = words.exact_field(text) and not any(character.isdigit() for character in text)
    return words.opens_household(text) or (words.group_of(text) is not None and not is_header)


def numbers_columns(values: list[Any]) -> bool:
    """“(1) (2) (3)” or “A B 1 2 3” below the header."""
    texts = [re.sub(r"[()\[\]\s]", "", str(value)) for value in values]
    if len(texts) < 3:
        return False
    texts = [text.upper() for text in texts]
    while texts and re.fullmatch(r"[A-Z]", texts[0]):
        if texts[0] != chr(65 + len(values) - len(texts)):
            return False
        texts = texts[1:]
    numbers = [int(found[0]) for text in texts if (found := re.match(r"\d{1,3}(?=$|[=+*x/×-])", text))]
    return len(numbers) == len(texts) and all(b - a in (1, 2) for a, b in itertools.pairwise(numbers))
