"""The rows below a header: which are households or persons, and what the others say about them.

Group rows name a village or lane for the rows below them; numbering rows, repeated headers, totals, titles of the
next page and signatures are passed over. Nothing here knows whose row it is: that is told by shapes.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from communities.spreadsheet import words
from communities.spreadsheet.book import NEVER_STORED, Column, Grid, Skipped, letter
from communities.spreadsheet.header import Header, numbers_columns

#: What is merged over several rows of a table and holds for each of them.
_SHARED = frozenset({"village", "hamlet", "address", "household_no", "household_code", "household_kind"})
_NEVER_REPEATED = frozenset(
    {"row_no", "household_no", "head_name", "full_name", "household_code", "family_part", "given_part"}
)
_OF_A_PERSON = frozenset({"birth", "birth_male", "birth_female", "phone", "relation", "gender", "national_id"})
_NOTES = (
    "ghi chú",
    "lưu ý",
    "ghi chu",
    "luu y",
    "(",
    "*",
    "danh sách",
    "danh sach",
    "kèm theo",
    "đơn vị tính",
    "trang ",
)
_TALLEST = 2_000  # rows one merged cell may span
_SPANNED = 500_000  # rows all merged cells of a sheet may span
_FEW = 5  # filled cells of a row that may still be no household


@dataclass(slots=True)
class Line:
    """A row with a name in it. `opens`: a row “Hộ số 1” stands above it; `joins`: its name goes on from above."""

    number: int
    cells: list[Any]
    groups: tuple[str, ...]
    opens: str = ""
    after_blank: bool = False


class Lines:
    """Reads the rows of one table; iterate it once. `skipped` fills on the way."""

    def __init__(self, grid: Grid, header: Header | None, columns: list[Column], span: range) -> None:
        self.skipped: list[Skipped] = []
        self._grid, self._header, self._span = grid, header, span
        self._columns = columns
        self.names_at = _names_at(columns)
        self._number_at = next((c.index for c in columns if c.field == "row_no"), None)
        fields = {c.field for c in columns}  # a list that numbers every household
        self._is_numbered = "row_no" in fields and fields.isdisjoint({"relation", "household_no", "full_name"})
        self._person_at = [c.index for c in columns if c.field in _OF_A_PERSON]
        self._repeatable = {
            c.index
            for c in columns
            if c.field not in _NEVER_REPEATED or (c.index not in self.names_at and c.field == "head_name")
        }
        self._stack: list[tuple[int, str]] = []
        self._bare_rank: int | None = None  # of group rows without any word for what they name
        self._opens = ""
        self._above: list[Any] = []
        self._width = max((c.index for c in columns), default=0) + 1
        self._start = header.end if header else 0
        self._pages = self._repeated_headers()
        self._shared, self._wide, self._joined = self._merged()

    def __iter__(self) -> Iterator[Line]:
        has_ended = after_blank = False
        last = 0
        previous: Line | None = None
        rows = self._grid.rows
        for index in range(self._start, len(rows)):
            cells = self._cut(rows[index])
            filled = [i for i, value in enumerate(cells) if value != ""]
            if not filled:
                after_blank = True
                continue
            if page := self._pages.get(index):
                if page == "TITLE":
                    for i in filled:
                        self._push(str(cells[i]), 4)
                    continue
                has_ended, after_blank = False, after_blank
                continue
            if index - self._start < 2 and numbers_columns([cells[i] for i in filled]):
                continue
            number = cells[self._number_at] if self._number_at is not None else ""
            counted = isinstance(number, int) or (isinstance(number, str) and number.strip(".").isdecimal())
            name = self._name(cells)
            if has_ended:
                if not (counted and isinstance(number, int) and number == last + 1 and name and len(filled) > 2):
                    continue
                has_ended = False
            if kind := self._other(index, cells, filled, counted, name):
                if kind == "END":
                    has_ended = True
                continue
            if previous is not None and index in self._joined and self._joined[index] == previous.number - 1:
                _join(previous.cells, cells, self._repeatable)
                continue
            if not isinstance(name, str) or not name:
                if filled != [self._number_at]:  # a row prepared with its number only holds nobody
                    at = letter(self.names_at[0]) if self.names_at else "A"
                    self.skipped.append(Skipped(index + 1, at, "NO_NAME", self._seen_in(cells, filled), tuple(cells)))
                continue
            for i, value in self._shared.get(index, ()):
                if cells[i] == "":
                    cells[i] = value
            cells = [
                (self._above[i] if self._above else "") if i in self._repeatable and words.is_ditto(value) else value
                for i, value in enumerate(cells)
            ]
            self._above = cells
            last = number if isinstance(number, int) else last
            previous = Line(index + 1, cells, tuple(label for _, label in self._stack), self._opens, after_blank)
            self._opens, after_blank = "", False
            yield previous

    # --- rows that are none -------------------------------------------------------------------------------

    def _seen_in(self, cells: list[Any], filled: list[int]) -> str:
        """What stands in a row, for a person to find it by: nothing that is not ours to keep."""
        kept = {column.index for column in self._columns if column.field not in NEVER_STORED}
        return " · ".join(str(cells[i]) for i in filled if i in kept)[:100]

    def _other(self, index: int, cells: list[Any], filled: list[int], counted: bool, name: Any) -> str:
        """TOTAL, END, GROUP or NOTE for a row that is no household; "" for one that may be."""
        first = str(cells[filled[0]])
        if counted and len(filled) > _FEW and isinstance(cells[filled[0]], int):
            return self._total(index, filled[0], str(name)) if words.is_total(str(name)) else ""
        texts = [str(cells[i]) for i in filled if isinstance(cells[i], str)]
        is_bare = not any(cells[i] != "" for i in self._person_at)
        if words.is_total(str(name)) or (not counted and words.is_total(first)):
            return self._total(index, filled[0], first)
        if not (counted or name) and is_bare and all(str(cells[i]).replace(".", "").isdecimal() for i in filled):
            return self._total(index, filled[0], first)  # sums that nobody calls so
        if not (counted or name) and (total := next((text for text in texts if words.is_total(text)), "")):
            return self._total(index, filled[0], total)
        if not counted and len(texts) == len(filled) <= _FEW and words.ends_list(texts):
            return "END"
        if len(filled) == 1 and not counted and texts:
            return self._lone(index, filled[0], texts[0])
        rank = words.numeral_of(first)
        if rank is not None and len(filled) > 1 and isinstance(cells[filled[1]], str) and is_bare:
            self._push(str(cells[filled[1]]), rank)
            return "GROUP"
        if is_bare and len(texts) <= 2 and (label := next((text for text in texts if words.group_of(text)), "")):
            others = [text for text in texts if text != label and len(text) > 3 and not any(c.isdigit() for c in text)]
            found = words.group_of(label)
            is_named = label == name or not name
            if not others and is_named and found and (not counted or found[1] < 4):
                self._push(label, 4)
                return "GROUP"
        if is_bare and not counted and texts and words.opens_household(texts[0]):
            self._opens = texts[0]
            return "GROUP"
        return ""

    def _total(self, index: int, at: int, text: str) -> str:
        self.skipped.append(Skipped(index + 1, letter(at), "TOTAL", text))
        return "TOTAL"

    def _lone(self, index: int, at: int, text: str) -> str:
        """A row with a single text: a group, the beginning of a household, a note, or a name alone."""
        if words.opens_household(text):
            self._opens = text
            return "GROUP"
        if words.group_of(text) or index in self._wide:
            is_note = len(text) > 80 or (text.casefold().startswith(_NOTES) and not words.group_of(text))
            if not is_note:
                self._push(text, 5)
            return "NOTE" if is_note else "GROUP"
        if text.casefold().startswith(_NOTES) or len(text) > 60:
            return "NOTE"
        numeral = words.numeral_of(text.split(maxsplit=1)[0])
        if numeral is not None and " " in text and (text.split(maxsplit=1)[0].endswith((".", ")"))):
            self._push(text, numeral)
            return "GROUP"
        before_names = not self.names_at or at < self.names_at[0]
        before_names |= self._is_numbered and at == self.names_at[0] and len(text.split()) < 5
        is_label = self._bare_rank is not None or not words.looks_like_name(text)  # “Lê Lợi” below “Quang Trung”
        if before_names and is_label and any(c.isalpha() for c in text):
            self._push(text, 5)
            return "GROUP"
        return ""

    def _push(self, text: str, otherwise: int) -> None:
        """A new label ends those of its own rank and below."""
        found = words.group_of(text)
        if found is None and otherwise == 4:
            return
        if found is None and otherwise == 5:  # “Đông Phú”: a village, unless villages are told by their word
            if self._bare_rank is None:
                self._bare_rank = 5 if any(rank == 1 for rank, _ in self._stack) else 1
            otherwise = self._bare_rank
        label, rank = found or (words.bare_label(text), otherwise)
        self._stack = [(r, one) for r, one in self._stack if r < rank]
        self._stack.append((rank, label))
        self._above = []

    def _repeated_headers(self) -> dict[int, str]:
        """Rows that repeat the header on a new page, its numbering, and the title above it."""
        if self._header is None:
            return {}
        pages: dict[int, str] = {}
        shapes = [{(i, text) for i, text in enumerate(row) if text and i in self._span} for row in self._header.rows]
        rows = self._grid.rows
        starts = {value for value in rows[self._header.index] if value != ""}
        for index in range(self._start, len(rows)):
            row = rows[index]
            if starts.isdisjoint(row):
                continue
            told = {(i, words.fold(value)) for i, value in enumerate(row) if isinstance(value, str) and value}
            if len(shapes[0] & told) < 2 or len(shapes[0] & told) * 5 < len(shapes[0]) * 3:
                continue
            pages[index] = "HEADER"
            for below in range(index + 1, min(index + len(shapes) + 1, len(rows))):
                told = {
                    (i, words.fold(value)) for i, value in enumerate(rows[below]) if isinstance(value, str) and value
                }
                depth = below - index
                if (depth < len(shapes) and shapes[depth] & told) or numbers_columns(
                    [v for v in rows[below] if v != ""]
                ):
                    pages[below] = "HEADER"
            for above in range(index - 1, self._start, -1):
                filled = [value for value in self._cut(rows[above]) if value != ""]
                if len(filled) > 2 or not all(isinstance(value, str) for value in filled):
                    break
                if any(words.is_total(value) for value in filled) or words.ends_list(filled or [""]):
                    break
                if words.looks_like_name(self._name(self._cut(rows[above]))):
                    break  # a household with little to tell
                if filled:
                    pages[above] = "TITLE"
        return pages

    # --- cells --------------------------------------------------------------------------------------------

    def _cut(self, row: list[Any]) -> list[Any]:
        """A row as wide as the table; nothing of the table beside it."""
        cells = row[: self._width] + [""] * (self._width - len(row))
        if self._span.start > 0:
            cells[: self._span.start] = [""] * min(self._span.start, self._width)
        return cells

    def _name(self, cells: list[Any]) -> Any:
        return next((cells[i] for i in self.names_at if cells[i] != ""), "")

    def _merged(self) -> tuple[dict[int, list[tuple[int, Any]]], set[int], dict[int, int]]:
        """What merged cells tell of a row: the values it shares, whether one text spans it, and which row it joins."""
        fields = {c.index: c.field for c in self._columns}
        shared: dict[int, list[tuple[int, Any]]] = {}
        wide: set[int] = set()
        joined: dict[int, int] = {}
        budget = _SPANNED
        for top, left, bottom, right in self._grid.merges:
            budget -= bottom - top
            if top < self._start or top >= len(self._grid.rows) or budget < 0:
                continue
            if right - left >= 2 and bottom == top:
                wide.add(top)
            value = self._grid.rows[top][left] if left < len(self._grid.rows[top]) else ""
            is_head = fields.get(left) == "head_name" and left not in self.names_at
            if bottom == top or value == "" or left != right or bottom - top > _TALLEST:
                continue
            if fields.get(left) in _SHARED or is_head:
                for row in range(top + 1, bottom + 1):
                    shared.setdefault(row, []).append((left, value))
            elif self.names_at[:1] == [left]:
                joined |= {row: top for row in range(top + 1, bottom + 1)}
        return shared, wide, joined


def _names_at(columns: list[Column]) -> list[int]:
    """The columns with the name of whose row it is: the person's before the head's, the family's before the given."""
    for kinds in (("full_name",), ("head_name",), ("given_part", "family_part")):
        if found := [c.index for kind in kinds for c in columns if c.field == kind]:
            return found
    return []


def _join(above: list[Any], below: list[Any], where: set[int]) -> None:
    """A household that takes two lines of the sheet: its second telephone, the rest of its note."""
    for i, value in enumerate(below):
        if value != "" and i in where and value != above[i]:
            above[i] = value if above[i] == "" else f"{above[i]}; {value}"
