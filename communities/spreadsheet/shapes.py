"""Households out of lines: one line each, members below their head, or persons with the head's name on each."""

import itertools
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from communities import names
from communities.spreadsheet import words
from communities.spreadsheet.book import Column, Person, Row, Skipped
from communities.spreadsheet.rows import Line

HOUSEHOLDS, MEMBERS, PERSONS, NONE = "HOUSEHOLDS", "MEMBERS", "PERSONS", "NONE"

#: What a cell of a person tells of nobody else in the household.
_PERSONAL = frozenset(
    {"full_name", "family_part", "given_part", "birth", "birth_male", "birth_female", "gender", "national_id",
     "relation", "note", "occupation", "education", "health", "health_card", "ethnicity", "religion", "row_no"}
)  # fmt: skip


_HONORIFIC = re.compile(r"(?:ông|bà|ô\.|b\.|ô|anh|chị|cụ|hộ ông|hộ bà)[\s:.]+(?=\S)")
_ASIDE = re.compile(r"\([^()]*\)")
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")


@lru_cache(maxsize=20_000)
def who(name: str) -> str:
    """What two spellings of one head's name share: “Ông Nguyễn Văn HOÀ” is “Nguyễn Văn Hòa”, but not “Hóa”."""
    bare = _ASIDE.sub(" ", unicodedata.normalize("NFC", name).casefold()).strip()
    bare = _HONORIFIC.sub("", bare, count=1)
    words_ = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", bare))
    apart = [unicodedata.normalize("NFD", word) for word in words_]
    return " ".join(_TONES.sub("", word) + "".join(_TONES.findall(word)) for word in apart)


@dataclass(slots=True)
class _Group:
    """The lines of one household so far, and what each further line asks about all of them."""

    lines: list[Line]
    number: Any = ""  # of the household, "" where no line has one
    has_head: bool = False


class Table:
    """The lines of one sheet with what its columns mean."""

    def __init__(self, columns: list[Column], lines: list[Line], title: str, names_at: list[int]) -> None:
        self.columns, self.lines, self.names_at = columns, lines, names_at
        self.title = names.fold(title)
        self._at = {}
        for column in reversed(columns):
            self._at[column.field] = column.index
        self.numbers_at = self._at.get("household_no")
        self.blank_is_head = False

    def cell(self, line: Line, field: str) -> Any:
        """The cell of a field in a line, "" where the list has no such column."""
        at = self._at.get(field)
        return line.cells[at] if at is not None else ""

    def name(self, line: Line) -> str:
        """Whose row it is."""
        return next((str(line.cells[i]) for i in self.names_at if line.cells[i] != ""), "")

    # --- which shape --------------------------------------------------------------------------------------

    def shape(self) -> str:
        """How the lines make households; NONE when they are persons and nothing tells of which household."""
        lines, has = self.lines, self._at
        if "head_name" in has and "full_name" in has and has["head_name"] not in self.names_at:
            filled = sum(self.cell(line, "head_name") != "" for line in lines)
            if filled * 10 >= len(lines) * 6:
                return PERSONS
            if filled:
                return MEMBERS
        relations = [str(self.cell(line, "relation")) for line in lines if self.cell(line, "relation") != ""]
        others = sum(not words.is_head(relation) for relation in relations)
        if others and others * 10 > len(lines):
            heads = len(relations) - others
            blanks = len(lines) - len(relations)
            self.blank_is_head = blanks > heads
            if self.numbers_at is None:
                self._number_by_order(heads + blanks)
            return MEMBERS
        for field in ("household_no", "household_code"):
            if field in has and self._repeats([self.cell(line, field) for line in lines], field):
                self.numbers_at = has[field]
                return MEMBERS
        if relations and not others:
            return MEMBERS if (len(lines) - len(relations)) * 10 > len(lines) * 3 else HOUSEHOLDS
        if sum(bool(line.opens) for line in lines) >= 1:
            return MEMBERS
        if "head_name" in has:
            return HOUSEHOLDS
        if self._numbers_are_households():
            return MEMBERS
        if "household_no" in has or "household_code" in has or relations:
            return HOUSEHOLDS
        return NONE if self._are_persons() else HOUSEHOLDS

    def _repeats(self, values: list[Any], field: str) -> bool:
        """Blank or the same on a good part of the lines: the number of a household, given once for its members."""
        if not any(value != "" for value in values):
            return False
        if len(set(values)) == 1 and len(values) > 2 and self._counts_households(field):
            return False
        twice = sum(a == b != "" for a, b in itertools.pairwise(values))
        if twice and field == "household_no" and "full_name" in self._at:
            return True
        same = twice + values.count("")
        is_sure = field == "household_no" and {"full_name", "row_no"} <= set(self._at)
        return bool(same * 5 >= len(values) and same > (0 if is_sure else 1))

    def _counts_households(self, field: str) -> bool:
        """“Số hộ: 1” on every line numbers nothing; “STT hộ: 1” does where each line is a person."""
        header = next(names.fold(column.header) for column in self.columns if column.index == self._at[field])
        return "full_name" not in self._at or header.split()[-2:] == ["so", "ho"]

    def _numbers_are_households(self) -> bool:
        """“STT” only on the heads' rows, with no other word of households: persons below have none."""
        numbers = [self.cell(line, "row_no") for line in self.lines]
        given = [number for number in numbers if isinstance(number, int)]
        blank = sum(number == "" for number in numbers)
        if blank < 2 or blank * 10 < len(numbers) * 3 or len(given) < 2 or numbers[0] == "":
            return False
        self.numbers_at = self._at["row_no"]
        return all(b > a or b == 1 for a, b in itertools.pairwise(given))

    def _number_by_order(self, heads: int) -> None:
        """Take “STT” for the number of the household where only heads have one."""
        if "row_no" in self._at:
            given = sum(self.cell(line, "row_no") != "" for line in self.lines)
            if given < len(self.lines) and abs(given - heads) * 5 <= max(heads, 5):
                self.numbers_at = self._at["row_no"]

    def _are_persons(self) -> bool:
        if any(word in self.title for word in ("cu tri", "nhan khau", "tam tru", "cong dan", "hoi vien", "doan vien")):
            return not any(word in self.title for word in ("chu ho", "dai dien", "ho gia dinh"))
        about_heads = any(
            word in self.title for word in ("chu ho", "dai dien", "ho gia dinh", "ho dan", "cac ho", "danh sach ho")
        )
        return bool({"gender", "national_id", "health_card"} & set(self._at)) and not about_heads

    # --- households ---------------------------------------------------------------------------------------

    def households(self, shape: str) -> tuple[list[Row], list[Skipped]]:
        """The households in the order of their first lines, and the lines that belong to none."""
        if shape == MEMBERS:
            return self._members()
        if shape == PERSONS:
            return self._persons(), []
        return [Row(line.number, tuple(line.cells), line.groups) for line in self.lines], []

    def _members(self) -> tuple[list[Row], list[Skipped]]:
        """Heads with their members below: a new number, a head, or a row “Hộ số 2” begins the next household."""
        rows: list[Row] = []
        skipped: list[Skipped] = []
        group = _Group([])
        at = self.numbers_at
        counts_anew, mixes_blanks = self._counts_anew(), self._mixes_blanks()
        for line in self.lines:
            number = line.cells[at] if at is not None else ""
            is_parted = line.after_blank and group.has_head and not mixes_blanks
            if group.lines and self._begins(line, number, group, counts_anew=counts_anew, is_parted=is_parted):
                self._close(group.lines, rows, skipped)
                group = _Group([])
            group.lines.append(line)
            group.number = number if number != "" else group.number
            group.has_head = group.has_head or self._is_head(line)
        if group.lines:
            self._close(group.lines, rows, skipped)
        return rows, skipped

    def _counts_anew(self) -> bool:
        """Whether “STT” is the number within the household: 1 again and again, and nothing else counts households."""
        if self.numbers_at is not None:
            return False
        ones = sum(self.cell(line, "row_no") == 1 for line in self.lines)
        if ones < sum(self._is_head(line) for line in self.lines):
            return False  # it begins again with a village
        return bool(ones > 1 and ones * 12 > len(self.lines))

    def _begins(self, line: Line, number: Any, group: "_Group", *, counts_anew: bool, is_parted: bool) -> bool:
        """Whether a line is the first of the next household. `is_parted`: an empty row says so."""
        if line.opens or line.groups != group.lines[0].groups:
            return True
        relation = str(self.cell(line, "relation"))
        if self.numbers_at is not None:
            if number not in ("", group.number):
                return True
            return bool(relation) and words.is_head(relation) and group.has_head
        if counts_anew:
            return bool(self.cell(line, "row_no") == 1)
        head = self.cell(line, "head_name")
        if head != "" and self._at.get("head_name") not in self.names_at:
            return True
        if words.is_head(relation) if relation else self.blank_is_head:
            return True
        return not relation and is_parted and "relation" in self._at

    def _mixes_blanks(self) -> bool:
        """Whether members, too, are left without a relation."""
        blanks = [line for line in self.lines if self.cell(line, "relation") == ""]
        return sum(not line.after_blank for line in blanks) > 1

    def _is_head(self, line: Line) -> bool:
        return words.is_head(str(self.cell(line, "relation"))) if "relation" in self._at else False

    def _close(self, group: list[Line], rows: list[Row], skipped: list[Skipped]) -> None:
        head = next((line for line in group if self._is_head(line)), None)
        if head is None and group[0].opens:
            called = names.name_key(group[0].opens)
            head = next((line for line in group if names.name_key(self.name(line)) in called), None)
        if head is None and self._at.get("head_name") not in (None, *self.names_at):
            wanted = who(str(next((v for one in group if (v := self.cell(one, "head_name")) != ""), "")))
            head = next((line for line in group if who(self.name(line)) == wanted), None)
        if head is None:
            unsaid = [line for line in group if self.cell(line, "relation") == ""]
            if not unsaid and "relation" in self._at:
                column = next(column for column in self.columns if column.field == "relation")
                first = group[0]
                skipped.append(Skipped(first.number, column.letter, "NO_HEAD", self.name(first), tuple(first.cells)))
                return
            head = unsaid[0] if unsaid else group[0]
        persons = tuple(Person(line.number, tuple(line.cells)) for line in group)
        rows.append(Row(head.number, self._whole(head, group), head.groups, persons))

    def _whole(self, head: Line, group: list[Line]) -> tuple[Any, ...]:
        """The head's cells; what is told of the household as a whole only on another line is told here."""
        cells = list(head.cells)
        for column in self.columns:
            if (
                column.field in {"address", "village", "hamlet", "household_code", "household_no", "members_count"}
                and cells[column.index] == ""
            ):
                cells[column.index] = next(
                    (line.cells[column.index] for line in group if line.cells[column.index] != ""), ""
                )
        return tuple(cells)

    def _persons(self) -> list[Row]:
        """Persons who name the same head at the same place; two heads of one name are two households."""
        groups: dict[Any, list[Line]] = {}
        heads: dict[Any, Line] = {}  # the first line of each that is its head's own
        latest: dict[str, Any] = {}  # head → key of the household that was met last
        turn: Counter[Any] = Counter()
        places = self._place()
        last: Any = None
        for line in self.lines:
            head = who(str(self.cell(line, "head_name")))
            place = names.fold(str(line.cells[places])) if places is not None else ""
            if not head and last is not None and not self._is_head(line):
                groups[last].append(line)
                if who(self.name(line)) == last[0]:
                    heads.setdefault(last, line)
                continue
            if not head:
                head = who(self.name(line))
            key = (head, place, line.groups)
            if not place and places is not None and latest.get(head) is not None:
                key = latest[head][:3]
            full = (*key, turn[key])
            is_own = who(self.name(line)) == head or self._is_head(line)
            if is_own and full in heads and self._is_other_head(line, heads[full]):
                turn[key] += 1
                full = (*key, turn[key])
            groups.setdefault(full, []).append(line)
            if is_own:
                heads.setdefault(full, line)
            latest[head] = last = full
        return [self._household(key[0], lines) for key, lines in groups.items()]

    def _place(self) -> int | None:
        """The column that parts households of one head's name: their code or number, else where they live."""
        for field in ("household_code", "household_no", "address", "hamlet", "village"):
            if field in self._at:
                filled = sum(self.cell(line, field) != "" for line in self.lines)
                if filled * 2 > len(self.lines):
                    return self._at[field]
        return None

    def _is_other_head(self, line: Line, head: Line) -> bool:
        """Whether a head's line tells of another person than the line of the head a household already has."""
        for field in ("national_id", "birth", "birth_male", "birth_female"):
            old, new = self.cell(head, field), self.cell(line, field)
            if old != "" and new != "":
                return bool(old != new)
        return self._is_head(line) and self._is_head(head)

    def _household(self, head: str, group: list[Line]) -> Row:
        own = next((line for line in group if self._is_head(line)), None) or next(
            (line for line in group if who(self.name(line)) == head), None
        )
        persons = tuple(Person(line.number, tuple(line.cells)) for line in group)
        if own is not None:
            return Row(own.number, self._whole(own, group), own.groups, persons)
        first = group[0]
        cells = list(first.cells)
        for column in self.columns:  # the head has no row: what stands here is about somebody else
            if column.field in _PERSONAL:
                cells[column.index] = ""
        for at in self.names_at[:1]:
            cells[at] = self.cell(first, "head_name")
        return Row(first.number, tuple(cells), first.groups, persons)
