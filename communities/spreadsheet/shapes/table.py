"""The lines of one table with what its columns mean."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

from communities import names
from communities.spreadsheet import words
from communities.spreadsheet.book import Column
from communities.spreadsheet.rows import Line

_HONORIFIC = re.compile(r"(?:ông|bà|ô\.|b\.|ô|anh|chị|cụ|hộ ông|hộ bà)[\s:.]+(?=\S)")
_ASIDE = re.compile(r"\([^()]*\)")
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_OF_PERSONS = ("cu tri", "nhan khau", "tam tru", "cong dan", "hoi vien", "doan vien")
_OF_HOUSEHOLDS = ("chu ho", "dai dien", "ho gia dinh")


@lru_cache(maxsize=20_000)
def who(name: str) -> str:
    """What two spellings of one head's name share: “Ông Nguyễn Văn HOÀ” is “Nguyễn Văn Hòa”, but not “Hóa”."""
    bare = _ASIDE.sub(" ", unicodedata.normalize("NFC", name).casefold()).strip()
    bare = _HONORIFIC.sub("", bare, count=1)
    words_ = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", bare))
    apart = [unicodedata.normalize("NFD", word) for word in words_]
    return " ".join(_TONES.sub("", word) + "".join(_TONES.findall(word)) for word in apart)


class Table:
    """The lines of one table, and its cells by what they hold. `title` is all that stands above it."""

    def __init__(self, columns: list[Column], lines: list[Line], title: str, names_at: list[int]) -> None:
        self.columns, self.lines, self.names_at = columns, lines, names_at
        self.title = names.fold(title)
        self.at = {column.field: column.index for column in reversed(columns)}

    def of(self, lines: list[Line]) -> "Table":
        """The same columns with some of the lines."""
        return Table(self.columns, lines, self.title, self.names_at)

    def cell(self, line: Line, field: str) -> Any:
        """The cell of a field in a line, "" where the list has no such column."""
        at = self.at.get(field)
        return line.cells[at] if at is not None else ""

    def values(self, field: str) -> list[Any]:
        """The cells of a field, line by line."""
        at = self.at[field]
        return [line.cells[at] for line in self.lines]

    def name(self, line: Line) -> str:
        """Whose row it is."""
        return next((str(line.cells[i]) for i in self.names_at if line.cells[i] != ""), "")

    def relation(self, line: Line) -> str:
        """What the person is to the head, as it is written."""
        return str(self.cell(line, "relation"))

    def is_head(self, line: Line) -> bool:
        """Whether the line is said to be the head's own."""
        return words.is_head(self.relation(line)) if "relation" in self.at else False

    @property
    def names_heads(self) -> bool:
        """Whether the names are said to be those of heads."""
        return self.at.get("head_name") in self.names_at

    @property
    def has_heads_apart(self) -> bool:
        """Whether each person's line names the head in a column of its own."""
        return "head_name" in self.at and bool(self.names_at) and self.at["head_name"] not in self.names_at

    @property
    def is_of_persons(self) -> bool:
        """Whether the table lists persons, by its title or by what it tells of each."""
        if any(word in self.title for word in _OF_PERSONS):
            return not any(word in self.title for word in _OF_HOUSEHOLDS)
        about_heads = any(word in self.title for word in (*_OF_HOUSEHOLDS, "ho dan", "cac ho", "danh sach ho"))
        return bool({"gender", "national_id", "health_card"} & set(self.at)) and not about_heads
