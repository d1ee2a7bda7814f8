"""What headers say of their columns, and what they say only together with the values below them."""

import itertools
import re
from datetime import date
from typing import Any

from communities.numbers import whole_number
from communities.spreadsheet import words
from communities.spreadsheet.columns.draft import Draft, Known
from communities.spreadsheet.words import WHOLE_NAMES, fold

_SEVERAL = frozenset({"phone", "zalo", "note"})  # fields that may have several columns
_HEAD_MARKS = frozenset(
    {"x", "c", "v", "có", "co", "1", "ch", "chủ hộ", "đúng", "phải", "yes", "true", "✓", "✔", "☑", "√", "*"}
)
_OF_HEADS = re.compile(r"\b(chu ho|ch)\b")
_OTHER_MARKS = frozenset({"không", "khong", "ko", "k", "0", "no", "false", "-", "–", "sai", "o", "☐"})
_FEW = 2  # numbers that may follow one another by chance
_INNER = re.compile(r"(ten )?(xom|cum|khu|to|ap)\b(?! dan pho| pho)")


def read(draft: Draft) -> None:
    """Make known what headers say. What a person chose stays."""
    _take_fields(draft)
    _part_names(draft)
    _couples(draft)
    _mark_heads(draft)
    _mark_sexes(draft)
    _count_persons(draft)


def _take_fields(draft: Draft) -> None:
    """What is named outright first, then what is named in part. The first column of a kind is the one meant."""
    told = {i: words.field_of(path) for i, path in sorted(draft.paths.items()) if i not in draft.known}
    told |= dict.fromkeys(_parts_of_villages(draft, told), ("hamlet", True))
    for exactly in (True, False):
        for i, (field, is_exact) in told.items():
            if _is_of_official(field, i, draft):
                continue
            if field and is_exact is exactly and _fits(field, draft.values_of(i)) and _is_free(field, i, draft):
                draft.known[i] = Known(field, "HEADER")


def _is_of_official(field: str, i: int, draft: Draft) -> bool:
    """“Tổ trưởng | SĐT”: a number right of an official's name is his."""
    left = " ".join(draft.paths.get(i - 1, ()))
    is_number = field in {"phone", "zalo"} and i - 1 not in draft.known
    return is_number and words.is_of_official(left) and not words.partial_field(left)


def _parts_of_villages(draft: Draft, told: dict[int, tuple[str, bool]]) -> list[int]:
    """“Xóm” beside “Thôn” is a part of it; of several columns of villages only the first is one."""
    villages = [i for i, (field, is_exact) in told.items() if field == "village" and is_exact]
    inner = [i for i in villages if _INNER.match(fold(draft.paths[i][-1]))]
    return inner if len(inner) < len(villages) else inner[1:]


def _fits(field: str, values: list[Any]) -> bool:
    """Names are no numbers."""
    return field not in WHOLE_NAMES or sum(isinstance(value, str) for value in values) * 2 >= len(values)


def _is_free(field: str, i: int, draft: Draft) -> bool:
    """Whether one more column may hold a field. “Họ và tên” over “Nam” and “Nữ”: either of them holds the name."""
    left = draft.known.get(i - 1)
    if field == "family_part" and field in draft.fields:
        before = max((other for other in draft.paths if other < i), default=i)  # columns may be empty between them
        left = draft.known.get(before)
        return left is not None and left.field == field  # “Họ”, “Tên đệm”; a further name is somebody else's
    if field in _SEVERAL or field not in draft.fields:
        return True
    return field in WHOLE_NAMES and fold(draft.paths[i][-1]) == "nu" and left is not None and left.field in WHOLE_NAMES


def _part_names(draft: Draft) -> None:
    """“Họ đệm” and “Tên” in two columns, also below one merged header."""
    known = draft.known
    if "family_part" in draft.fields:
        for i, path in draft.paths.items():
            if words.is_set_aside(" ".join(path)) or "given_part" in draft.fields:
                continue
            if fold(path[-1]) == "ten" and not (i in known and known[i].by == "CHOSEN"):
                known[i] = Known("given_part", "HEADER")
        return
    for i, (field, by) in list(known.items()):
        given = draft.values_of(i + 1)
        if field not in WHOLE_NAMES or by != "HEADER" or i + 1 in draft.paths:
            continue
        is_full = len(given) * 5 >= len(draft.values_of(i)) * 4
        if given and is_full and all(isinstance(value, str) and value.isalpha() for value in given):
            known[i], known[i + 1] = Known("family_part", "HEADER"), Known("given_part", "VALUES")
            return


_COUPLE = re.compile(r"\b(chong|vo)\b")


def _couples(draft: Draft) -> None:
    """“Họ tên chồng” and “Họ tên vợ”, and nobody else is named: the household is his, or hers where he is not."""
    if draft.fields & words.NAMES:
        return
    named = {}
    for i, path in draft.paths.items():
        whole = fold(" ".join(path))
        values = draft.values_of(i)
        is_of_one = len(set(_COUPLE.findall(whole))) == 1
        are_names = "ten" in whole.split() or sum(map(words.looks_like_name, values)) * 2 > len(values)
        if i not in draft.known and is_of_one and are_names:
            named[i] = Known("head_name", "HEADER")
    if len(named) == 2:
        draft.known |= named


def _mark_heads(draft: Draft) -> None:
    """“Chủ hộ: x” beside the names of persons marks who is the head."""
    if "relation" in draft.fields or draft.fields.isdisjoint({"full_name", "family_part"}):
        return
    for i, path in draft.paths.items():
        is_free = i not in draft.known or draft.known[i] == ("head_name", "HEADER")
        if is_free and _OF_HEADS.search(fold(" ".join(path))) and _are_marks(draft.values_of(i)):
            draft.known[i] = Known("relation", "HEADER")
            return


def _are_marks(values: list[Any]) -> bool:
    """Whether cells say of persons that they are heads, or are none: x, Có, 1 and 0."""
    told = [str(value).strip().lower() for value in values]
    known = sum(mark in _HEAD_MARKS or mark in _OTHER_MARKS or words.is_head(mark) for mark in told)
    return any(mark in _HEAD_MARKS or words.is_head(mark) for mark in told) and known * 10 >= len(told) * 8


def _mark_sexes(draft: Draft) -> None:
    """“Nam: x” below “Năm sinh” tells who is a man, and no year."""
    for i, (field, by) in list(draft.known.items()):
        values = draft.values_of(i)
        if field in {"birth_male", "birth_female"} and by == "HEADER" and values and not any(map(_is_year, values)):
            draft.known[i] = Known("gender" if "gender" not in draft.fields else "", "HEADER")


def _is_year(value: Any) -> bool:
    if isinstance(value, date):
        return True
    is_number = re.search(r"\b(19|20)?\d\d\b|\b[1-4]\d{4}\b", str(value))  # the longer ones as Excel keeps a date
    return is_number is not None and str(value) not in {"1", "0"}


def _count_persons(draft: Draft) -> None:
    """“Khẩu: 1, 2, 3 …” beside the households' numbers counts the persons through, and is nobody's number of them."""
    for i, (field, by) in list(draft.known.items()):
        if field != "members_count" or by != "HEADER" or "household_no" not in draft.fields:
            continue
        numbers = [number for value in draft.values_of(i) if (number := whole_number(str(value))) is not None]
        steps = sum(b - a == 1 for a, b in itertools.pairwise(numbers))
        if len(numbers) > _FEW and numbers[0] == 1 and steps * 10 >= (len(numbers) - 1) * 9:
            draft.known[i] = Known("" if "row_no" in draft.fields else "row_no", "HEADER")
