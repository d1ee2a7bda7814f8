"""What a household list is once it is read: a book of sheets, columns, households and persons. Plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Fields recognised so that they can be named as left out; never stored (ID numbers, NĐ 356/2025 Art. 4).
NEVER_STORED = frozenset({"national_id", "ethnicity", "religion", "health", "health_card", "party"})
MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 60_000  # of content, in all sheets together
MAX_COLUMNS = 200
#: Characters of a cell that are read. The longest field we keep, a note, has 300 letters, each three characters at most
#: where marks stand apart. What is cut is told (Sheet.remarks).
MAX_CELL = 1_000


class Unreadable(Exception):
    """The file cannot be read as a household list. `kind` says why, `details` fill the sentence for people.

    NOT_A_SPREADSHEET · OTHER_FORMAT (suffix) · WEB_PAGE (a web page saved whole) · WORD_FILE · PDF_FILE · PICTURE ·
    ARCHIVE · NUMBERS_FILE · CONTACTS · GOOGLE_LINK · DATA_FILE (JSON, XML) · FREE_TEXT (no columns) · PASSWORD ·
    DAMAGED · LOST_LETTERS (of most rows) ·
    TOO_LARGE (limit, the file itself) · TOO_HEAVY (takes more memory or time than a list can) ·
    TOO_MANY_ROWS (limit) · TOO_MANY_COLUMNS (limit) · EMPTY · NO_HEADER ·
    NO_LIST (a table in which nobody is named) · OFFICIALS (a list of people in office) · ZALO_MEMBERS (those of a Zalo
    group, without their numbers) · PERSON_ROWS (persons, with nothing that tells their households)
    """

    def __init__(self, kind: str, **details: Any) -> None:
        super().__init__(kind)
        self.kind = kind
        self.details = details


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person, or a layout somebody corrected before, decided about a file."""

    fields: Mapping[str, str] = field(default_factory=dict)  # Column.key → field; "" = not used
    encoding: str = ""  # "" = to be guessed; UNICODE, TCVN3 or VNI
    cells: Mapping[str, Mapping[int, Mapping[str, str]]] = field(default_factory=dict)  # sheet → row → letter → text
    answers: Mapping[str, str] = field(default_factory=dict)  # Question.kind → Option.answer


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its place and letter, its header, and the field it holds ("" = unknown).

    `key` names the column in every file of this layout: its header folded, “…#2” for the second of the same
    text, “@C” without a header. `by` says how the field is known: HEADER, VALUES, CHOSEN, or "".
    """

    index: int
    letter: str
    header: str
    field: str
    key: str = ""
    by: str = ""
    examples: tuple[str, ...] = ()  # its first three values
    asked: str = ""  # the kind of Question whose answer this column may be


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a household: the row number Excel shows, and its cells."""

    number: int
    cells: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One household: the number and cells of its head's row, the group rows above it (outermost first: “THÔN
    ĐÔNG PHÚ”, “Xóm Đình”), its persons in the file's order where the list has them, and what is noted on its cells."""

    number: int
    cells: tuple[Any, ...]
    groups: tuple[str, ...] = ()
    persons: tuple[Person, ...] = ()
    asides: tuple[tuple[str, str], ...] = ()  # letter and text of the comments on its cells


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no household: TOTAL, NO_NAME, NO_HEAD; or, among a sheet's remarks, a cell: ERROR_VALUE, CUT."""

    number: int
    letter: str
    kind: str
    text: str
    cells: tuple[Any, ...] = ()


@dataclass(slots=True)
class Sheet:
    """A table of households on one sheet. `title` is the text above the header; header_row 0 = there is none."""

    name: str
    title: tuple[str, ...]
    header_row: int
    columns: list[Column]
    rows: list[Row] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    shape: str = "HOUSEHOLDS"  # or MEMBERS (below their head), PERSONS (the head's name on every row)
    remarks: list[Skipped] = field(default_factory=list)  # about cells of rows that are read

    def of(self, name: str) -> list[Column]:
        """The columns that hold a field, from left to right."""
        return [column for column in self.columns if column.field == name]


@dataclass(frozen=True, slots=True)
class IgnoredSheet:
    """A sheet that holds no list: HIDDEN, EMPTY, NO_TABLE, NO_LIST, OFFICIALS, ZALO_MEMBERS, PERSON_ROWS, SUMMARY
    (villages and numbers) or TWICE (the same as the sheet `of`); `rows` of it hold anything."""

    name: str
    kind: str
    rows: int = 0
    of: str = ""


@dataclass(frozen=True, slots=True)
class Encoding:
    """Old letters found in the file, or UTF-8 that was once read in wrong ones: which, whether it is decided (by a
    person; UTF-8 is beyond doubt), how they were known (FONT or LETTERS), and up to five texts before and after."""

    name: str
    is_decided: bool
    by: str
    examples: list[tuple[str, str]]


#: What becomes of a row, and each row that holds anything becomes one of these: what is first here wins where tables
#: lie side by side. HEADING is a title, a header or the numbers of its columns; PAGE the same once more, on a further
#: page; GROUP names a village, a lane or the household whose persons follow; SIGNATURE is a signer or a date line;
#: PREPARED has a running number and nothing else; UNREAD lies in a part that is no list.
FATES = (
    "HOUSEHOLD", "MEMBER", "PROBLEM", "REPEATED", "GROUP", "TOTAL", "HEADING", "PAGE", "SIGNATURE", "NOTE", "PREPARED",
    "UNREAD",
)  # fmt: skip


@dataclass(slots=True)
class Entry:
    """What became of one row of the file: its sheet, the number Excel shows, one of FATES, and its text.

    `of` is the number of its head's row for a MEMBER. `text` leaves out what is never stored and numbers of nine
    digits and more.
    """

    sheet: str
    number: int
    fate: str
    text: str = ""
    of: int = 0


@dataclass(frozen=True, slots=True)
class Option:
    """One of the ways in which a sheet may be read: how many households and further persons it makes, and up to three
    of its households as (row, head, persons). `label` is the header of the column it is about, if it is about one."""

    answer: str
    households: int
    members: int = 0
    samples: tuple[tuple[int, str, int], ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Two or more ways to read a sheet between which its rows do not decide; the likeliest first, which is read until
    a person answers (Reading.answers).

    SHAPE (answers “row”: each row is a household, “members”: persons below their head, “person”: persons who name
    their head) · TABLES (“one” or “several” tables on the sheet) · HEADS, PHONES (the key of the column that holds
    the heads' names, the households' numbers)
    """

    kind: str
    sheet: str
    options: tuple[Option, ...]


@dataclass(slots=True)
class Book:
    """A file as read. `signature` is the same for every file of the same layout."""

    sheets: list[Sheet]
    encoding: Encoding | None = None
    ignored: list[IgnoredSheet] = field(default_factory=list)
    signature: str = ""
    hidden_rows: int = 0
    hidden_columns: int = 0
    ledger: list[Entry] = field(default_factory=list)  # every row that holds anything, in the file's order
    questions: list[Question] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    """What is on one sheet. `kind` says why there are no households: an IgnoredSheet's kind, or UNKNOWN for a table of
    which none of the columns is known to hold names; "" otherwise."""

    sheets: list[Sheet] = field(default_factory=list)
    kind: str = ""
    entries: list[Entry] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


@dataclass(slots=True)
class Grid:
    """The cells of one sheet as they stand in the file: rows[0] is Excel's row 1, row[0] its column A."""

    name: str
    is_hidden: bool = False
    rows: list[list[Any]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)  # first row, column, last row, column
    hidden_rows: frozenset[int] = frozenset()  # indexes
    hidden_columns: frozenset[int] = frozenset()
    fonts: dict[int, dict[int, str]] = field(default_factory=dict)  # row → column → TCVN3, TCVN3H or VNI
    errors: list[tuple[int, int, str]] = field(default_factory=list)  # row, column, “#REF!”
    cut: list[tuple[int, int]] = field(default_factory=list)  # row, column of cells that were longer than MAX_CELL
    struck: frozenset[int] = frozenset()  # rows whose texts are struck out by their font
    comments: list[tuple[int, int, str]] = field(default_factory=list)  # row, column, what a note on the cell says
    unread: int = 0  # rows with anything in them that are not carried out of the box: those of a hidden sheet


def letter(index: int) -> str:
    """The letter of a column in Excel: 0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """The place of a column: A → 0, AA → 26."""
    index = 0
    for character in letters:
        index = index * 26 + ord(character) - 64
    return index - 1
