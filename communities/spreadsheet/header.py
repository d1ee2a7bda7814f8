"""Where the table of a sheet begins and what its columns hold: by their headers, else by what stands below."""

import itertools
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from communities.spreadsheet import words
from communities.spreadsheet.book import Column, Grid, letter
from communities.spreadsheet.words import NAME_FIELDS, fold

SEARCH_ROWS = 30
_SAMPLE = 300  # rows below the header that show what a column holds
_SEVERAL = frozenset({"phone", "zalo", "note"})  # fields that may have several columns
NAMES = _MUST = NAME_FIELDS | {"family_part"}
#: Fields below whose header stands a household, not one more word of the header.
_READ = _MUST | {
    "row_no", "household_no", "household_code", "given_part", "relation", "phone", "zalo", "address", "village",
    "hamlet", "note", "residence", "gender",
}  # fmt: skip

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a table: index of its first row, how many rows it takes, and each column's texts downwards."""

    index: int
    height: int
    paths: dict[int, Path]
    rows: list[tuple[str, ...]] = field(default_factory=list)  # folded, to know it again on the next page


def find(grid: Grid, chosen: Mapping[str, str]) -> Header | None:
    """The rows near the top that name the most known columns, the name of a person among them."""
    best: tuple[int, Header] | None = None
    shown = 0
    for index, row in enumerate(grid.rows):
        filled = [value for value in row if value != ""]
        shown += bool(filled)
        if shown > SEARCH_ROWS:
            break
        if len(filled) < 2 or not _may_be_header(filled) or any(map(words.looks_like_phone, filled)):
            continue
        header = _header_at(grid, index)
        fields = _known(header, chosen)
        if len(fields) >= 2 and fields & _MUST:
            # As much, but begun lower: the row above was a title, and not the header of a page before.
            is_within = best is not None and index < best[1].index + best[1].height
            if best is None or len(fields) > best[0] or (len(fields) == best[0] and is_within):
                best = (len(fields), header)
    return best[1] if best else _of_one_column(grid)


def _of_one_column(grid: Grid) -> Header | None:
    """“Họ và tên chủ hộ” above names, and nothing else."""
    for index, row in enumerate(grid.rows[:SEARCH_ROWS]):
        filled = [i for i, value in enumerate(row) if value != ""]
        if len(filled) != 1 or words.exact_field(str(row[filled[0]])) not in NAME_FIELDS:
            continue
        below = [[value for value in one if value != ""] for one in grid.rows[index + 1 :]]
        lone = [one[0] for one in below if len(one) == 1]
        if len(lone) == sum(map(bool, below)) and sum(map(words.looks_like_name, lone)) * 2 > len(lone):
            text = str(row[filled[0]])
            return Header(index, 1, {filled[0]: (text,)}, [tuple(fold(str(value)) for value in row)])
    return None


def says_columns(table: Header) -> bool:
    """Whether a row of texts is a header for sure: it names two columns and is nobody’s row."""
    texts = [text for path in table.paths.values() for text in path]
    told = {words.field_of((text,))[0] for text in texts} - {""}
    is_row = any(words.looks_like_phone(text) or fold(text).isdecimal() for text in texts)
    return len(told) >= 2 and not is_row


def any_table(grid: Grid) -> Header | None:
    """A row of texts above at least two rows of data: a table, though nothing tells what it holds."""
    for index, row in enumerate(grid.rows[: SEARCH_ROWS * 2]):
        filled = [i for i, value in enumerate(row) if value != ""]
        if len(filled) < 2 or not _may_be_header([row[i] for i in filled]):
            continue
        header = _header_at(grid, index)
        below = grid.rows[index + header.height : index + header.height + 20]
        if sum(sum(i < len(one) and one[i] != "" for i in filled) >= 2 for one in below) >= 2:
            return header
    return None


def _may_be_header(filled: list[Any]) -> bool:
    """Texts, and at most a few numbers, as years over columns of money."""
    numbers = sum(not isinstance(value, str) for value in filled)
    return numbers == 0 or (len(filled) >= 5 and numbers * 4 <= len(filled))


def _known(header: Header, chosen: Mapping[str, str]) -> set[str]:
    fields = set()
    for path in header.paths.values():
        key = fold(_shown(path))
        fields.add(chosen[key] if key in chosen else words.field_of(path)[0])
    return fields - {""}


def _header_at(grid: Grid, index: int) -> Header:
    """The header that would start at a row: its height by merged cells, else by what the rows below say."""
    merges = [merge for merge in grid.merges if index <= merge[0] <= index + 3]
    starting = [merge for merge in merges if merge[0] == index]
    rows = grid.rows
    width = max((len(row) for row in rows[index : index + 4]), default=0)
    height = 1
    across = {c: merge for merge in starting for c in range(merge[1], merge[3] + 1)}
    tallest = max((bottom - top + 1 for top, _, bottom, _ in starting if bottom - top < 4), default=1)
    while height < 4 and index + height < len(rows):
        below = rows[index + height]
        if (
            (height < tallest and any(value != "" for value in below))
            or (height < tallest and height + 1 < tallest)
            or (height < 3 and _continues(rows[index : index + height], below, across))
        ):
            height += 1
        else:
            break
    paths: dict[int, Path] = {}
    levels = [list(map(_text, row)) + [""] * (width - len(row)) for row in rows[index : index + height]]
    original = [list(level) for level in levels]
    for depth, level in enumerate(levels[:-1]):
        above = ""
        spans = [merge for merge in merges if merge[0] == index + depth and merge[3] > merge[1]]
        for column in range(width):
            if level[column]:
                above = level[column]
                continue
            merged = next((merge for merge in spans if merge[1] <= column <= merge[3]), None)
            if merged is not None:
                level[column] = level[merged[1]]
            elif not spans and any(lower[column] for lower in original[depth + 1 :]):
                level[column] = above if not any(original[up][column] for up in range(depth)) else ""
            else:
                above = ""
    for column in range(width):
        path = [level[column] for level in levels if level[column]]
        path = [text for i, text in enumerate(path) if i == 0 or fold(text) != fold(path[i - 1])]
        if path:
            paths[column] = tuple(path)
    folded = [tuple(fold(text) for text in level) for level in original]
    return Header(index, height, paths, folded)


def _text(value: Any) -> str:
    return str(value) if value != "" else ""


def _continues(above: list[list[Any]], below: list[Any], across: dict[int, tuple[int, int, int, int]]) -> bool:
    """Whether a row goes on with the header above it: known words, most of them below gaps or groups."""
    filled = [i for i, value in enumerate(below) if value != ""]
    if not filled or not all(isinstance(below[i], str) and not _is_label(below[i]) for i in filled):
        return False
    top = {i: str(row[i]) for row in above for i in range(len(row)) if row[i] != ""}
    if len(filled) >= 3 and numbers_columns([below[i] for i in filled]):
        return False
    if _goes_deeper(top, [(i, str(below[i])) for i in filled]):
        return True
    fresh = known = 0
    for i in filled:
        is_group = across[i][3] > across[i][1] if i in across else i + 1 in filled and i + 1 not in top
        own = words.exact_field(str(below[i]))
        known += bool(own) or fold(str(below[i])) in {"tong", "tong so", "nam", "nu", "ngay", "thang", "khau", "ho"}
        fresh += (i not in top and i > min(top, default=0)) or is_group
        fresh += own in _MUST and i in top and bool(words.field_of((top[i],))[0])
        if i in top and not is_group and not own:
            return False
    return bool(fresh) and bool(known)


def _is_label(text: str) -> bool:
    """“Ấp 1”, “Hộ số 2”: a row of the table, though their words stand in headers as well."""
    is_header = words.exact_field(text) and not any(character.isdigit() for character in text)
    return words.opens_household(text) or (words.group_of(text) is not None and not is_header)


def _goes_deeper(top: Mapping[int, str], filled: list[tuple[int, str]]) -> bool:
    """Words below columns of no use to us (“Thiếu hụt” over “Nhà ở”), where a household would have number and name."""
    told = {i: words.field_of((text,))[0] for i, text in top.items()}
    own = {i: words.exact_field(text) for i, text in filled}
    if len({*told.values()} - {""}) < 2 or _MUST.isdisjoint({*told.values(), *own.values()}):
        return False
    return all(
        own[i]
        or (
            told.get(i, "") not in _READ
            and (i in top or i - 1 in top or i - 1 in own)
            and 2 <= len(text) <= 60
            and re.search(r"[^\W\d_]{2}", text)
            and not (len(filled) == 1 and (i == min(top) or words.is_total(text)))
            and (words.is_total(text) or not words.looks_like_name(text))
        )
        for i, text in filled
    )


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


# --- columns ----------------------------------------------------------------------------------------------


def key_of(header: str) -> str:
    """Column.key of a header as a person writes it: “Số điện thoại”, “Ghi chú#2”, “@C”."""
    text, mark, number = header.strip().rpartition("#")
    if mark and number.isdecimal():
        return f"{fold(text)}#{number}"
    return header.strip().upper() if header.strip().startswith("@") else fold(header)


def _shown(path: Path) -> str:
    return " ".join(" ".join(path).split())


def columns(header: Header | None, body: list[list[Any]], chosen: Mapping[str, str], span: range) -> list[Column]:
    """The columns of a table with their fields: what a person chose, else the header, else the values."""
    paths = header.paths if header else {}
    sample = body[:_SAMPLE]
    width = max((len(row) for row in body), default=0)
    values = {i: [row[i] for row in sample if i < len(row) and row[i] != ""] for i in range(max(width, *paths, 0) + 1)}
    for i in range(width):
        if not values.get(i) and i not in paths and any(i < len(row) and row[i] != "" for row in body[_SAMPLE:]):
            values[i] = [next(row[i] for row in body if i < len(row) and row[i] != "")]
    keys = {i: key for i, key in _keys(paths, values).items() if i in span}
    paths = {i: path for i, path in paths.items() if i in span}
    fields: dict[int, tuple[str, str]] = {}
    for i, key in keys.items():
        if key in chosen:
            fields[i] = (chosen[key], "CHOSEN")
    _by_header(fields, paths, values)
    _by_values(fields, keys, paths, values)
    return [
        Column(i, letter(i), _shown(paths.get(i, ())), name, key, by, tuple(map(_example, values[i][:3])))
        for i, key in sorted(keys.items())
        for name, by in [fields.get(i, ("", ""))]
    ]


def _example(value: Any) -> str:
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)[:60]


def _keys(paths: dict[int, Path], values: dict[int, list[Any]]) -> dict[int, str]:
    keys: dict[int, str] = {}
    seen: Counter[str] = Counter()
    for i in sorted(values):
        if i in paths:
            text = fold(_shown(paths[i])) or f"@{letter(i)}"
            seen[text] += 1
            keys[i] = text if seen[text] == 1 else f"{text}#{seen[text]}"
        elif values[i]:
            keys[i] = f"@{letter(i)}"
    return keys


def _by_header(fields: dict[int, tuple[str, str]], paths: dict[int, Path], values: dict[int, list[Any]]) -> None:
    """What headers say: outright first, then in part. The first column of a kind is the one meant."""
    told = {i: words.field_of(path) for i, path in sorted(paths.items()) if i not in fields}
    used = {name for name, _ in fields.values()}
    villages = [i for i, (name, is_exact) in told.items() if name == "village" and is_exact]
    if len(villages) > 1:  # “Xóm” beside “Thôn” is a part of it
        inner = [i for i in villages if re.match(r"(ten )?(xom|cum|khu|to|ap)\b(?! dan pho| pho)", fold(paths[i][-1]))]
        for i in inner if len(inner) < len(villages) else inner[1:]:
            told[i] = ("hamlet", True)
    for exactly in (True, False):
        for i, (name, is_exact) in told.items():
            if not name or is_exact is not exactly or not _fits(name, values.get(i, [])):
                continue
            if name in used and name not in _SEVERAL and not (name in NAME_FIELDS and _is_by_sex(i, paths, fields)):
                continue
            used.add(name)
            fields[i] = (name, "HEADER")
    _split_names(fields, paths, values)
    heads = [i for i, (name, by) in fields.items() if name == "head_name" and by == "HEADER"]
    if len(heads) == 1 and any(name == "full_name" for name, _ in fields.values()):
        marks = values.get(heads[0], [])
        if marks and all(str(mark).strip().lower() in {"x", "có", "co", "1", "ch", "chủ hộ"} for mark in marks):
            fields[heads[0]] = ("relation", "HEADER")  # “Chủ hộ: x” marks who is the head
    for i, (name, by) in list(fields.items()):
        own = values.get(i, [])
        if name in {"birth_male", "birth_female"} and by == "HEADER" and own and not any(map(_is_year, own)):
            fields[i] = ("gender" if "gender" not in used else "", "HEADER")  # “Nam: x”
            used.add("gender")


def _is_by_sex(i: int, paths: dict[int, Path], fields: dict[int, tuple[str, str]]) -> bool:
    """“Họ và tên” over “Nam” and “Nữ”: one column or the other holds the name."""
    return fold(paths[i][-1]) == "nu" and fields.get(i - 1, ("",))[0] in NAME_FIELDS


def _fits(name: str, values: list[Any]) -> bool:
    """Names are no numbers, and a phone column no column of marks."""
    if name in NAME_FIELDS and values:
        return sum(isinstance(value, str) for value in values) * 2 >= len(values)
    return True


def _is_year(value: Any) -> bool:
    return isinstance(value, date) or (
        bool(re.search(r"\b(19|20)?\d\d\b|\b[1-4]\d{4}\b", str(value))) and str(value) not in {"1", "0"}
    )


def _split_names(fields: dict[int, tuple[str, str]], paths: dict[int, Path], values: dict[int, list[Any]]) -> None:
    """“Họ đệm” and “Tên” in two columns, also below one merged header."""
    families = [i for i, (name, _) in fields.items() if name == "family_part"]
    if families:
        for i, path in paths.items():
            if fold(path[-1]) == "ten" and fields.get(i, ("", ""))[1] != "CHOSEN":
                fields[i] = ("given_part", "HEADER")
        return
    for i, (name, by) in list(fields.items()):
        given = values.get(i + 1, [])
        if name not in NAME_FIELDS or by != "HEADER" or i + 1 in paths or len(given) * 5 < len(values.get(i, [])) * 4:
            continue
        if given and all(isinstance(value, str) and value.isalpha() for value in given):
            fields[i], fields[i + 1] = ("family_part", "HEADER"), ("given_part", "VALUES")
            return


def _by_values(
    fields: dict[int, tuple[str, str]], keys: dict[int, str], paths: dict[int, Path], values: dict[int, list[Any]]
) -> None:
    """What stands in the columns: names where no header names any, phones likewise; all of it without a header."""
    used = {name for name, _ in fields.values()}
    free = [i for i in keys if i not in fields]

    def most(test: Any, among: list[int], least: float) -> int | None:
        shares = {i: sum(map(test, values[i])) / len(values[i]) for i in among if values[i]}
        best = max(shares, key=lambda i: (shares[i], -i), default=None)
        return best if best is not None and shares[best] >= least else None

    free = [i for i in free if i not in paths or not words.field_of(paths[i])[0]]
    if not used & _MUST and (best := most(words.looks_like_name, free, 0.6)) is not None:
        is_other = best in paths and words._OTHER_PERSON.search(fold(_shown(paths[best])))
        if not is_other:
            fields[best] = ("full_name" if "relation" in used else "head_name", "VALUES")
            free.remove(best)
    if "phone" not in used and (best := most(words.looks_like_phone, free, 0.6)) is not None:
        fields[best] = ("phone", "VALUES")
        free.remove(best)
    if paths:
        return
    if free and _is_counting(values[free[0]]):
        fields[free.pop(0)] = ("row_no", "VALUES")
    if (
        best := most(
            lambda value: (isinstance(value, int) and 1900 <= value <= 2026) or isinstance(value, date), free, 0.8
        )
    ) is not None:
        fields[best] = ("birth", "VALUES")
        free.remove(best)
    if (best := most(lambda value: isinstance(value, int) and 1 <= value <= 15, free, 0.9)) is not None:
        fields[best] = ("members_count", "VALUES")


def _is_counting(values: list[Any]) -> bool:
    numbers = [int(value) for value in values if str(value).isdecimal()]
    return (
        len(numbers) * 10 >= len(values) * 8
        and sum(b - a == 1 for a, b in itertools.pairwise(numbers)) * 10 >= len(numbers) * 6
    )


def side_by_side(header: Header | None) -> list[range]:
    """The tables beside one another under one header, as spans of columns: each has its numbers and its names."""
    told = {i: words.field_of(path)[0] for i, path in (header.paths if header else {}).items()}
    starts = [i for i, name in sorted(told.items()) if name == "row_no"]
    ends = [*starts[1:], 10_000]
    if len(starts) < 2 or not all(
        any(name in _MUST and start < i < end for i, name in told.items())
        for start, end in zip(starts, ends, strict=True)
    ):
        return [range(10_000)]
    return [range(0 if n == 0 else start, end) for n, (start, end) in enumerate(zip(starts, ends, strict=True))]
