"""What a row is that may be no household: a total, the end of the list, a group row, a note.

RECOGNISERS are asked one after the other; the first that knows says what the row is. What none knows is a household.
"""

import re
from collections.abc import Callable
from datetime import date
from enum import Enum, auto
from typing import Any, NamedTuple

from communities.spreadsheet import words
from communities.spreadsheet.rows.frame import Frame, is_count

_NOTES = (
    "ghi chú", "lưu ý", "ghi chu", "luu y", "(", "*", "danh sách", "danh sach", "kèm theo", "đơn vị tính", "trang ",
    "hết trang", "het trang", "tiếp theo", "còn tiếp", "xem tiếp", "in ngày",
)  # fmt: skip
_FEW = 5  # filled cells of a row that may still be no household
_LONGEST_LABEL = 80
_LONGEST_NAME = 60


class Kind(Enum):
    """What a row is."""

    HOUSEHOLD = auto()  # or nobody's row that looks like one
    TOTAL = auto()
    END = auto()  # signatures: nothing below is of the list
    GROUP = auto()  # names where the rows below live
    OPENING = auto()  # “Hộ số 2”: the rows below are its members
    MEMBER = auto()  # “Vợ: Lê Thị Vung” below her husband's row
    EXAMPLE = auto()  # how the form wants to be filled in
    NOTE = auto()


class Verdict(NamedTuple):
    """What a row is, the text that says so, and the rank its numeral gives a group."""

    kind: Kind
    text: str = ""
    rank: int | None = None


HOUSEHOLD = Verdict(Kind.HOUSEHOLD)


class Seen:
    """A row with something in it, and what is known of the table when it is met."""

    __slots__ = (
        "below_names",
        "below_total",
        "cells",
        "filled",
        "first",
        "frame",
        "index",
        "is_counted",
        "is_spanned",
        "is_sum",
        "name",
        "number",
    )

    def __init__(
        self,
        frame: Frame,
        index: int,
        cells: list[Any],
        filled: list[int],
        *,
        is_spanned: bool,
        below_names: bool,
        is_sum: bool,
        below_total: bool,
    ) -> None:
        self.frame, self.index, self.cells = frame, index, cells
        self.filled = filled  # columns, at least one
        self.first: Any = cells[filled[0]]
        self.name = frame.name(cells)  # whose row it is, "" where nobody is named
        number = cells[frame.number_at] if frame.number_at is not None else ""
        self.number: Any = number  # what the column of running numbers says
        self.is_counted = is_count(number)
        self.is_spanned = is_spanned  # one text merged over several columns
        self.below_total = below_total  # right below a total, or below such a row
        self.is_sum = is_sum  # its numbers are the sums of those above
        self.below_names = below_names  # group rows before it had no word for what they name

    @property
    def values(self) -> list[Any]:
        """Its values, from left to right."""
        return [self.cells[i] for i in self.filled]

    @property
    def texts(self) -> list[str]:
        """Its values that are texts."""
        return [value for value in self.values if isinstance(value, str)]

    @property
    def is_bare(self) -> bool:
        """Whether it tells nothing of a person: no birth, no phone, no relation."""
        return all(self.cells[i] == "" for i in self.frame.persons_at)

    @property
    def tells_of_person(self) -> bool:
        """Whether it has a telephone, or a birth that is one."""
        return any(
            words.looks_like_phone(value) or is_birth(value)
            for i in self.frame.persons_at
            if (value := self.cells[i]) != ""
        )

    @property
    def is_after_blank(self) -> bool:
        """Whether nothing stands in the row above it."""
        return self.index > 0 and all(value == "" for value in self.frame.rows[self.index - 1])

    @property
    def is_uncounted(self) -> bool:
        """Whether it alone has no number, in a list that numbers its rows."""
        return self.frame.is_counted and not self.is_counted


def is_birth(value: Any) -> bool:
    """A date, or a year of somebody who may live."""
    if isinstance(value, date):
        return True
    return re.search(r"(?<!\d)(19|20)\d\d(?!\d)", str(value)) is not None


def verdict_of(row: Seen) -> Verdict:
    """What a row is."""
    if _is_plainly_household(row):
        return HOUSEHOLD
    for recognise in RECOGNISERS:
        if (verdict := recognise(row)) is not None:
            return verdict
    return HOUSEHOLD


def _is_plainly_household(row: Seen) -> bool:
    """Whether a row tells so much of a person that only a sum could look like it: most rows, asked once."""
    if len(row.filled) <= _FEW or not row.name or row.is_bare or row.is_uncounted:
        return False
    if row.number != "" and not row.is_counted:
        return False
    return not words.is_total(str(row.name)) and not words.is_total(str(row.first))


def _example(row: Seen) -> Verdict | None:
    """“VD | Nguyễn Văn A”: the form shows how it wants to be filled in."""
    if row.is_counted or row.number == "" or not isinstance(row.number, str):
        return None
    return Verdict(Kind.EXAMPLE, str(row.name)) if words.is_example(row.number) else None


def _numbered(row: Seen) -> Verdict | None:
    """A number in front of a name, or of many values, is a household, however its head is called; or a total."""
    if not row.is_counted or not row.name:
        return None
    name = str(row.name)
    if words.is_total(name):
        tells_more = row.tells_of_person or len(row.filled) > 2 or len(name.split()) > 2
        is_person = words.may_be_surname(name) and tells_more and words.could_be_name(name)
        return HOUSEHOLD if is_person else Verdict(Kind.TOTAL, name)
    is_full = len(row.filled) > _FEW and isinstance(row.first, int)
    return HOUSEHOLD if is_full or words.looks_like_name(name) else None


def _total_by_name(row: Seen) -> Verdict | None:
    """“Tổng cộng” where the name stands, or first in a row without a number."""
    first = str(row.first)
    name = str(row.name)
    if not (words.is_total(name) or (not row.is_counted and words.is_total(first))):
        return None
    is_person = words.may_be_surname(name or first) and row.tells_of_person
    return None if is_person else Verdict(Kind.TOTAL, first)


def _number_names_group(row: Seen) -> Verdict | None:
    """“Cụm 1” where the numbers stand, its leader beside it."""
    if row.is_counted or not isinstance(row.number, str) or row.number == "":
        return None
    return Verdict(Kind.GROUP, row.number) if words.group_of(row.number) else None


def _group_without_number(row: Seen) -> Verdict | None:
    """“Cụm 1 - Cụm trưởng Vũ Văn Ấm” among numbered households, with his telephone."""
    if not row.is_uncounted or not isinstance(row.name, str) or words.looks_like_name(row.name):
        return None
    return Verdict(Kind.GROUP, row.name) if words.group_of(row.name) else None


def _relative(row: Seen) -> Verdict | None:
    """“Vợ: Lê Thị Vung” without a number: of the household above."""
    if not row.is_uncounted or not isinstance(row.name, str):
        return None
    relation = words.relative_of(row.name)
    return Verdict(Kind.MEMBER, relation) if relation else None


def _mere_sums(row: Seen) -> Verdict | None:
    """Numbers and nothing else, which nobody calls sums."""
    if row.is_counted or row.name or not row.is_bare:
        return None
    is_sum = all(str(value).replace(".", "").isdecimal() for value in row.values)
    return Verdict(Kind.TOTAL, str(row.first)) if is_sum else None


def _total_elsewhere(row: Seen) -> Verdict | None:
    """“Tổng” anywhere in a row without number and name."""
    if row.is_counted or row.name:
        return None
    total = next((text for text in row.texts if words.is_total(text)), None)
    return None if total is None else Verdict(Kind.TOTAL, total)


def _part_of_total(row: Seen) -> Verdict | None:
    """“+ Hộ nghèo: 3” below a total: what it is made of."""
    if not row.below_total or row.is_counted or row.tells_of_person or words.looks_like_name(row.name):
        return None
    is_said = words.is_part_of_total(str(row.first))
    is_sum = len(row.texts) == 1 and len(row.filled) > 1 and not words.could_be_name(row.name)
    return Verdict(Kind.TOTAL, str(row.first)) if is_said or is_sum else None


def _equals_sums(row: Seen) -> Verdict | None:
    """Numbers that are the sums of those above, whatever the text beside them calls them."""
    if not row.is_uncounted or row.tells_of_person or words.could_be_name(row.name):
        return None
    return Verdict(Kind.TOTAL, str(row.first)) if row.is_sum else None


def _signatures(row: Seen) -> Verdict | None:
    """A few texts of those who made, checked and signed the list."""
    is_few_texts = len(row.texts) == len(row.filled) <= _FEW
    if row.is_counted or not is_few_texts:
        return None
    if any(map(is_count, row.texts)):
        return None  # a number in a text file is a text
    if words.ends_list(row.texts):
        return Verdict(Kind.END)
    is_below = row.index > max(row.frame.last_full, row.frame.last_counted) >= 0 and row.is_bare
    is_nobody = not any(map(words.looks_like_name, row.texts)) and not any(map(words.group_of, row.texts))
    name = str(row.name)
    if " " in name and not name.isupper() and words.could_be_name(name):
        return None  # “Ksor H'Lan”: whoever it is, nobody is lost
    is_several = len(row.texts) > 1 and row.is_uncounted
    return Verdict(Kind.END) if is_below and is_nobody and (is_several or row.is_after_blank) else None


def _lone_text(row: Seen) -> Verdict | None:
    """A single text: the beginning of a household, a group, a note, or a name alone."""
    if len(row.filled) != 1 or row.is_counted or not row.texts:
        return None
    text = row.texts[0]
    if words.opens_household(text) and not _is_head(row, text):
        return Verdict(Kind.OPENING, text)
    starts_note = text.casefold().startswith(_NOTES)
    is_group = words.group_of(text) is not None
    if is_group or row.is_spanned:
        is_note = len(text) > _LONGEST_LABEL or (starts_note and not is_group)
        return Verdict(Kind.NOTE if is_note else Kind.GROUP, text)
    if starts_note or len(text) > _LONGEST_NAME:
        return Verdict(Kind.NOTE)
    numeral = text.split(maxsplit=1)[0]
    if " " in text and numeral.endswith((".", ")")) and (rank := words.numeral_of(numeral)) is not None:
        return Verdict(Kind.GROUP, text, rank)
    return Verdict(Kind.GROUP, text) if _is_label(text, row) else HOUSEHOLD


def _is_label(text: str, row: Seen) -> bool:
    """Whether a text alone names a place, and no household: by where it stands, and by its words."""
    names_at, at = row.frame.names_at[:1], row.filled[0]
    could_be_name = row.frame.numbers_households and [at] == names_at and len(text.split()) < 5
    stands_before_names = not names_at or at < names_at[0] or could_be_name
    is_no_name = row.below_names or not words.looks_like_name(text)  # “Lê Lợi” below “Quang Trung”
    return stands_before_names and is_no_name and any(character.isalpha() for character in text)


def _numeral_and_text(row: Seen) -> Verdict | None:
    """“II” beside “Đông Phú”."""
    rank = words.numeral_of(row.first)
    if rank is None or len(row.filled) < 2 or not row.is_bare:
        return None
    beside = row.values[1]
    return Verdict(Kind.GROUP, beside, rank) if isinstance(beside, str) else None


def _place_word(row: Seen) -> Verdict | None:
    """“Thôn Đông Phú” with nothing beside it but numbers and marks."""
    if not row.is_bare or len(row.texts) > 2:
        return None
    label = next((text for text in row.texts if words.group_of(text)), None)
    group = words.group_of(label) if label else None
    if label is None or group is None:
        return None
    others = [t for t in row.texts if t != label and len(t) > 3 and not any(c.isdigit() for c in t)]
    is_numbered_lane = row.is_counted and group[1] >= 4
    is_named_otherwise = row.name and label != row.name
    return None if others or is_numbered_lane or is_named_otherwise else Verdict(Kind.GROUP, label)


def _is_head(row: Seen, text: str) -> bool:
    """“Hộ ông Nguyễn Văn An” where the heads' names stand: one of them, and not the heading of his people."""
    at = row.frame.names_at[0] if row.frame.names_at else -1
    return row.frame.fields.get(at) == "head_name" and row.cells[at] == text and not any(map(str.isdigit, text))


def _opening(row: Seen) -> Verdict | None:
    """“Hộ ông Nguyễn Văn An” with numbers beside it."""
    if not row.is_bare or row.is_counted or not row.texts or not words.opens_household(row.texts[0]):
        return None
    if _is_head(row, row.texts[0]):
        return None
    return Verdict(Kind.OPENING, row.texts[0])


#: In this order: a numbered name is a household before its words are looked at, a lone text is judged by its own
#: rules.
RECOGNISERS: tuple[Callable[[Seen], Verdict | None], ...] = (
    _example, _numbered, _total_by_name, _number_names_group, _group_without_number, _relative, _part_of_total,
    _mere_sums, _total_elsewhere, _equals_sums, _signatures, _lone_text, _numeral_and_text, _place_word, _opening,
)  # fmt: skip
