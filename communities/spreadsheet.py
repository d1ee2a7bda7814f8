"""Any workbook of households → its sheets: header, columns and the rows that are households.

Pure: nothing of Django, nothing of ours but names. A village's own list has title rows above the header,
a row of column numbers below it, group rows in between and totals and signatures at the end; what is left
here are rows with the number Excel shows. Cells keep what was typed: cleaning is the matter of resources.py.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import python_calamine

from communities import names, workbook
from communities.workbook import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Unreadable

HEADER_SEARCH_ROWS = 30

_HEAD_FIELDS = ("head_name", "full_name")
_DITTO = frozenset({"nt", "-nt-", '"', "''", "//", "〃", "như trên", "nhu tren"})
_ROMAN = re.compile(r"(?=[IVX])(X{0,3})(IX|IV|V?I{0,3})\.?")
_GROUP = re.compile(r"(thon|ban|xom|lang|ap|to dan pho|tdp|khu pho|khoi pho|tieu khu|khu|khoi|cum|ngo|to|doi) \S")
_TOTAL = re.compile(r"(tong cong|tong so|tong|cong|bang chu)\b")
_END = re.compile(
    r"nguoi lap\b|ky ghi ro|ky va ghi ro|xac nhan cua|t m ban\b|tm ban\b|truong ban\b|ngay (\d+ )?thang (\d+ )?nam"
)
_SIGNER = re.compile(r"(truong (thon|ban|xom|khu)|to truong|ke toan|thu quy)\b")  # or a person called Trương Thôn


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its place, its letter in Excel, its header, and the field it holds ("" = unknown)."""

    index: int
    letter: str
    header: str
    field: str
    by: str = "HEADER"
    examples: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return names.fold(self.header)


@dataclass(frozen=True, slots=True)
class Row:
    """One household: the row number Excel shows, its cells, and the group row above it (“THÔN ĐÔNG PHÚ”)."""

    number: int
    cells: tuple[Any, ...]
    groups: tuple[str, ...] = ()
    persons: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row in the table that is no household: TOTAL or NO_NAME, with what stands in it."""

    number: int
    letter: str
    kind: str
    text: str


@dataclass(slots=True)
class Sheet:
    """A table of households on one sheet. `title` is the text above the header."""

    name: str
    title: tuple[str, ...]
    header_row: int
    columns: list[Column]
    rows: list[Row] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    shape: str = "HOUSEHOLDS"
    remarks: list[Skipped] = field(default_factory=list)

    def of(self, name: str) -> list[Column]:
        """The columns that hold a field, from left to right."""
        return [column for column in self.columns if column.field == name]


def read(content: bytes, filename: str) -> list[Sheet]:
    """The sheets that hold a table of households, at least one, at least one row. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable("TOO_LARGE", limit=MAX_BYTES // 1024 // 1024)
    workbook.check(content, filename)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        visible = [
            sheet.name for sheet in book.sheets_metadata if sheet.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        grids = [(name, *_grid(book, name)) for name in visible]
    except python_calamine.PasswordError as error:
        raise Unreadable("PASSWORD") from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Unreadable("DAMAGED") from error
    except BaseException as error:  # a panic of the reader is no Exception
        if type(error).__name__ == "PanicException":
            raise Unreadable("DAMAGED") from error
        raise
    if not any(grid for _, _, grid in grids):
        raise Unreadable("EMPTY")
    if sum(len(grid) for _, _, grid in grids) > MAX_ROWS:
        raise Unreadable("TOO_MANY_ROWS", limit=MAX_ROWS)
    sheets, persons = [], False
    for name, first_row, grid in grids:
        table = _table(name, first_row, grid)
        if table is None:
            continue
        if _lists_persons(table):
            persons = True
        else:
            sheets.append(table)
    if persons and not sheets:
        raise Unreadable("PERSON_ROWS")
    if not sheets:
        raise Unreadable("NO_HEADER")
    if not any(sheet.rows for sheet in sheets):
        raise Unreadable("EMPTY")
    return [sheet for sheet in sheets if sheet.rows]


# --- the file -----------------------------------------------------------------------------------------


def _grid(book: Any, name: str) -> tuple[int, list[list[Any]]]:
    """The number of the first row and the rows of one sheet; trailing emptiness cut off on both sides."""
    sheet = book.get_sheet_by_name(name)
    if sheet.start is None or sheet.end is None:
        return 1, []
    if sheet.end[1] >= MAX_COLUMNS:
        raise Unreadable("TOO_MANY_COLUMNS", limit=MAX_COLUMNS)
    if sheet.end[0] - sheet.start[0] >= MAX_ROWS:
        raise Unreadable("TOO_MANY_ROWS", limit=MAX_ROWS)
    left = [""] * sheet.start[1]
    grid = [left + [_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=True)]
    while grid and not any(value != "" for value in grid[-1]):
        grid.pop()
    return sheet.start[0] + 1, grid


def _cell(value: Any) -> Any:
    """What was typed: text cleaned of spaces that nobody sees; whole numbers as int."""
    if isinstance(value, str):
        return names.clean(value) if "\n" not in value else "\n".join(names.clean(line) for line in value.split("\n"))
    if isinstance(value, bool):
        return "x" if value else ""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime):
        return value.date()
    return value


def letter(index: int) -> str:
    """The letter of a column in Excel: 0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# --- the header ---------------------------------------------------------------------------------------


@cache
def _aliases() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Folded header → field, and the aliases of two words and more, longest first, for headers that say more."""
    exact: dict[str, str] = {}
    with open(Path(__file__).parent / "data" / "household_header_aliases.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for alias in row["aliases_normalised"].split("|"):
                exact.setdefault(alias, row["field"])
    parts = sorted((alias for alias in exact if " " in alias), key=lambda alias: (-len(alias), alias))
    return exact, [(alias, exact[alias]) for alias in parts]


@cache
def _field(header: str) -> str:
    """The field a header names: exactly, without what stands in brackets, or by its longest known part."""
    exact, parts = _aliases()
    whole = names.fold(header)
    for key in (whole, names.fold(re.sub(r"\(.*?\)", " ", header)), re.sub(r" \d+$", "", whole)):
        if key in exact:
            return exact[key]
    for alias, found in parts:
        if re.search(rf"\b{alias}\b", whole):
            return found
    return ""


def _headers(grid: list[list[Any]], index: int) -> tuple[list[str], int]:
    """The header texts when the header starts at a row, and how many rows it takes (1 or 2)."""
    top = [str(value) for value in grid[index]]
    below = [value for value in grid[index + 1]] if index + 1 < len(grid) else []
    is_group = (
        any(
            isinstance(value, str) and value and not top[i] and _field(value)
            for i, value in enumerate(below[: len(top)])
        )
        and not any(isinstance(value, int | float | date) for value in below)
        and not any(below[i] and _field(text) in _HEAD_FIELDS for i, text in enumerate(top[: len(below)]))
    )
    if not is_group:
        return top, 1
    texts, above = [], ""
    for i, value in enumerate(below):
        above = top[i] or (above if value else "")
        whole = f"{above} {value}".strip()
        # “Năm sinh” over “Nam” is one thing; “Liên hệ” over “Điện thoại” says nothing “Điện thoại” does not.
        texts.append(whole if not value or _aliases()[0].get(names.fold(whole)) else str(value))
    return texts, 2


def _find_header(grid: list[list[Any]]) -> tuple[int, int, list[str]] | None:
    """Index of the header row, its height and its texts: the row near the top with the most known headers."""
    best: tuple[int, int, int, list[str]] | None = None
    for index, row in enumerate(grid[:HEADER_SEARCH_ROWS]):
        filled = [value for value in row if value != ""]
        if len(filled) < 2 or not all(isinstance(value, str) for value in filled):
            continue
        texts, height = _headers(grid, index)
        fields = {_field(text) for text in texts if text and len(text) <= 200} - {""}
        if len(fields) >= 2 and fields & {"head_name", "full_name", "family_part"}:
            score = len(fields)
            if best is None or score > best[0]:
                best = (score, index, height, texts)
    return best[1:] if best else None


def _columns(texts: list[str]) -> list[Column]:
    columns, used = [], set()
    for index, text in enumerate(texts):
        if not text:
            continue
        name = _field(text)
        if name in used and name not in {"phone", "zalo"}:
            name = ""  # the first column of a kind is the one meant
        used.add(name)
        columns.append(Column(index, letter(index), " ".join(text.split()), name))
    if "family_part" in used:
        columns = [
            Column(c.index, c.letter, c.header, "given_part" if c.header.lower() == "tên" else c.field) for c in columns
        ]
    return columns


def _lists_persons(sheet: Sheet) -> bool:
    """One row per person: a relation to the head, the head's name beside the person's, or a number per household."""
    fields = {column.field for column in sheet.columns}
    if "full_name" not in fields:
        return False
    if fields & {"relation", "household_no", "head_name"}:
        return True
    about_heads = names.fold(" ".join(sheet.title))
    return bool(fields & {"gender", "national_id"}) and not re.search(
        r"chu ho|dai dien|ho gia dinh|ho dan", about_heads
    )


# --- the rows -----------------------------------------------------------------------------------------


def _table(name: str, first_row: int, grid: list[list[Any]]) -> Sheet | None:
    found = _find_header(grid)
    if found is None:
        return None
    index, height, texts = found
    title = tuple(str(value) for row in grid[:index] for value in row if value != "")
    sheet = Sheet(name, title, first_row + index, _columns(texts))
    body = enumerate(grid[index + height :], start=first_row + index + height)
    _read_rows(sheet, body)
    return sheet


def _read_rows(sheet: Sheet, body: Iterable[tuple[int, list[Any]]]) -> None:
    name_at = next(
        (column.index for name in (*_HEAD_FIELDS, "given_part", "family_part") for column in sheet.of(name)), 0
    )
    number_at = next((column.index for column in sheet.of("row_no")), None)
    repeatable = {
        c.index for c in sheet.columns if c.field not in {"row_no", "head_name", "full_name", "household_code"}
    }
    above: list[Any] = []
    group = ""
    for position, (number, cells) in enumerate(body):
        filled = [i for i, value in enumerate(cells) if value != ""]
        if not filled or (position == 0 and _numbers_columns([cells[i] for i in filled])):
            continue
        named = cells[name_at] if name_at < len(cells) else ""
        counted = number_at is not None and isinstance(cells[number_at], int)
        if not counted and len(filled) <= 4:
            texts = [names.fold(str(cells[i])) for i in filled]
            if any(_END.search(text) for text in texts) or all(_SIGNER.match(text) for text in texts):
                return
            if _TOTAL.match(texts[0] if texts[0] != "" else texts[-1]) or _TOTAL.match(names.fold(str(named))):
                sheet.skipped.append(Skipped(number, letter(filled[0]), "TOTAL", str(cells[filled[0]])))
                continue
            if label := _group_label(cells, filled):
                group, above = label, []
                continue
        elif not counted and _TOTAL.match(names.fold(str(cells[filled[0]]))):
            sheet.skipped.append(Skipped(number, letter(filled[0]), "TOTAL", str(cells[filled[0]])))
            continue
        if not isinstance(named, str) or not named:
            if filled != [number_at]:  # a row prepared with its number only holds nobody
                sheet.skipped.append(Skipped(number, letter(name_at), "NO_NAME", str(cells[filled[-1]])))
            continue
        cells = list(_repeated(cells, above, repeatable))
        above = cells
        sheet.rows.append(Row(number, tuple(cells), (group,) if group else ()))


def _numbers_columns(values: list[Any]) -> bool:
    """“(1) (2) (3)” or “A B C” below the header."""
    texts = [str(value).strip("()") for value in values]
    if len(texts) < 3:
        return False
    if all(text.isdigit() for text in texts):
        numbers = [int(text) for text in texts]
        return numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return texts == [chr(65 + i) for i in range(len(texts))]


def _group_label(cells: list[Any], filled: list[int]) -> str:
    """The text of a group row: “I | THÔN ĐÔNG PHÚ”, or “Cụm 1” alone."""
    texts = [str(cells[i]) for i in filled]
    if len(texts) == 2 and _ROMAN.fullmatch(texts[0]):
        return texts[1]
    if len(texts) == 1:
        bare = re.sub(r"^(?:[IVX]+|[A-Z]|\d+)[.)]\s*", "", texts[0])
        if _GROUP.match(names.fold(bare)):
            return bare
    return ""


def _repeated(cells: list[Any], above: list[Any], repeatable: set[int]) -> Iterator[Any]:
    """The cells, with “nt” and ditto marks replaced by what stands above."""
    for i, value in enumerate(cells):
        if i in repeatable and isinstance(value, str) and value.lower() in _DITTO and i < len(above):
            yield above[i]
        else:
            yield value


@dataclass
class Reading:
    fields: Any = None
    encoding: str = ""
    cells: Any = None


@dataclass
class Book:
    sheets: list[Sheet]
    ignored: tuple[Any, ...] = ()
    encoding: Any = None
    signature: str = ""
    hidden_rows: int = 0


def load(content: bytes, filename: str) -> list[Sheet]:
    return read(content, filename)


def understand(sheets: list[Sheet], reading: Reading) -> Book:
    return Book(sheets, signature="x")
