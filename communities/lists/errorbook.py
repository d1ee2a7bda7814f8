"""The workbook of what could not be read: the original rows, and beside each one what to do about it.

Corrected there and uploaded again, it is a list like any other. As in an export, no cell can become a formula.
"""

import io
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import xlsxwriter
from django.utils.translation import gettext as _

from communities.export import DANGEROUS
from communities.lists import plan, telling
from communities.masking import mask_numbers
from communities.models import HouseholdImport
from communities.spreadsheet import NEVER_STORED, Row, Sheet, Skipped


class _Text(NamedTuple):
    """How a text is written: as it is, and with Excel's own quote mark where it begins like a formula."""

    plain: Any
    quoted: Any

    @classmethod
    def of(cls, book: Any, **looks: Any) -> "_Text":
        """Two formats of one look."""
        return cls(book.add_format(looks), book.add_format({**looks, "num_format": "@", "quote_prefix": True}))

    def write(self, page: Any, row: int, column: int, text: str) -> None:
        """One cell, at most as long as Excel's."""
        look = self.quoted if text.startswith(DANGEROUS) else self.plain
        page.write_string(row, column, text[:32_000], look)


class _Looks(NamedTuple):
    """The formats of a workbook."""

    text: _Text
    header: _Text
    reason: _Text
    day: Any


class _Nobody:
    def step(self, done: int, total: int) -> None:
        """Nobody waits for this."""


def make(row: HouseholdImport, *, hides: bool = False) -> bytes:
    """An .xlsx with one sheet for each table of the file that has problems. Raises Unreadable like reading.

    The uploader gets back what they sent. For anybody else `hides` leaves the cells empty that we do not keep
    (ID numbers, ethnicity …) and those with phones, which officials see masked.
    """
    found = plan.make(row, _Nobody())
    wrong: defaultdict[str, dict[int, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for problem in found.problems:
        told = {**problem, "value": mask_numbers(problem["value"])} if hides else problem
        wrong[problem["sheet"]][problem["row"]].append(told)
    buffer = io.BytesIO()
    # Text stays text: nothing of a stranger's file becomes a formula or a link here.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        looks = _Looks(
            text=_Text.of(book),
            header=_Text.of(book, bold=True, text_wrap=True, valign="top", bottom=1),
            reason=_Text.of(book, text_wrap=True, valign="top", bg_color="#fdf3dc"),
            day=book.add_format({"num_format": "dd/mm/yyyy"}),
        )
        for sheet in found.book.sheets:
            letters = {column.letter for column in sheet.columns}
            here = {
                number: kept
                for number, problems in wrong[sheet.name].items()  # two tables may stand side by side
                if (kept := [problem for problem in problems if problem["column"] in {"", *letters}])
            }
            if here:
                page = book.add_worksheet(_page_name(sheet.name, [page.name for page in book.worksheets()]))
                _write_sheet(page, _without_private(sheet) if hides else sheet, here, looks)
        if not book.worksheets():
            book.add_worksheet(_("Không có lỗi"))
    return buffer.getvalue()


def _page_name(name: str, taken: list[str]) -> str:
    """A name Excel takes, which no other sheet has."""
    short = re.sub(r"[\[\]:*?/\\]", " ", name).strip("' ")[:31] or _("Danh sách")
    number, found = 1, short
    while found.casefold() in {one.casefold() for one in taken}:
        number += 1
        found = f"{short[:26]} ({number})"
    return found


def _without_private(sheet: Sheet) -> Sheet:
    """The sheet with nothing in the columns that are not for everybody's eyes."""
    shown = {column.index for column in sheet.columns if column.field not in {"", "phone", "zalo", *NEVER_STORED}}

    def bare(cells: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(value if index in shown else "" for index, value in enumerate(cells))

    rows = [
        replace(row, cells=bare(row.cells), persons=tuple(replace(one, cells=bare(one.cells)) for one in row.persons))
        for row in sheet.rows
    ]
    return replace(sheet, rows=rows, skipped=[replace(one, text="", cells=bare(one.cells)) for one in sheet.skipped])


def _write_sheet(page: Any, sheet: Sheet, wrong: dict[int, list[dict[str, Any]]], looks: _Looks) -> None:
    width = max((column.index for column in sheet.columns), default=0) + 1
    for number, title in enumerate(sheet.title):  # it may name the village
        looks.text.write(page, number, 0, title)
    top = len(sheet.title)
    for column in sheet.columns:
        looks.header.write(page, top, column.index, column.header)
    looks.header.write(page, top, width, _("Dòng trong tệp"))
    looks.header.write(page, top, width + 1, _("Cần sửa"))
    page.set_column(0, width - 1, 18)
    page.set_column(width, width, 9)
    page.set_column(width + 1, width + 1, 70)
    page.freeze_panes(top + 1, 0)
    at = top + 1
    groups: tuple[str, ...] = ()
    rows: list[Row | Skipped] = [*sheet.rows, *sheet.skipped]
    for row in sorted(rows, key=lambda row: row.number):
        lines = _lines(row)
        if not any(number in wrong for number, _cells in lines):
            continue
        above = row.groups if isinstance(row, Row) else groups
        for depth, label in enumerate(above):
            if groups[: depth + 1] != above[: depth + 1]:
                looks.text.write(page, at, 0, label)
                at += 1
        groups = above
        for number, cells in lines:
            _write_row(page, at, cells, number, wrong.get(number, []), width, looks)
            at += 1


def _lines(row: Row | Skipped) -> list[tuple[int, tuple[Any, ...]]]:
    """The rows of a household as the file has them."""
    persons = row.persons if isinstance(row, Row) else ()
    return [(person.number, person.cells) for person in persons] or [(row.number, row.cells)]


def _write_row(
    page: Any,
    at: int,
    cells: tuple[Any, ...],
    number: int,
    problems: list[dict[str, Any]],
    width: int,
    looks: _Looks,
) -> None:
    for index, value in enumerate(cells):
        if isinstance(value, date):
            page.write_datetime(at, index, value, looks.day)
        elif isinstance(value, int | float) and abs(value) < 1e15:
            page.write_number(at, index, value)
        elif value != "":
            looks.text.write(page, at, index, str(value))
    page.write_number(at, width, number)
    if problems:
        told = [f"{problem['column']}: {telling.explain(problem)}" for problem in problems]
        looks.reason.write(page, at, width + 1, "\n".join(told))
