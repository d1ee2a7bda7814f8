"""Households → an Excel file that can be read back as unchanged.

The columns and words are HouseholdResource's. Rows stream through xlsxwriter, so a large ward takes no more memory
than a small one. No cell can become a formula: texts are stored as texts, and those that begin like a formula
also carry Excel's own quote mark, which stays with the cell when somebody opens it and presses Enter.
"""

from collections.abc import Callable, Iterable
from typing import IO, Any

import xlsxwriter

from communities.masking import masked
from communities.models import Household
from communities.resources import HouseholdResource

#: What Excel and its cousins take for the beginning of a formula.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
CHUNK = 2_000
_WIDTHS = {
    "village": 20, "code": 12, "head_name": 28, "birth_year": 10, "members": 9, "phones": 34, "lane": 18,
    "address": 32, "note": 36,
}  # fmt: skip
_NUMBERS = frozenset({"birth_year", "members"})


def write(households: Any, file: IO[bytes], *, hides: Callable[[Household], bool] = lambda household: False) -> int:
    """Write a queryset of households into a file, in its order; returns how many.

    `hides` tells of which households the numbers are masked, for readers who may not take them along.
    """
    resource = HouseholdResource()
    columns = [(resource.get_field_name(column), column) for column in resource.get_export_fields()]
    households = households.select_related("village").prefetch_related("contacts")
    rows = (
        [_value(resource, name, column, household, hides) for name, column in columns]
        for household in households.iterator(chunk_size=CHUNK)
    )
    headers = [str(column.column_name) for _name, column in columns]
    return write_rows(headers, rows, file, widths=[_WIDTHS.get(name, 16) for name, _column in columns])


def write_rows(headers: list[str], rows: Iterable[list[Any]], file: IO[bytes], *, widths: list[int]) -> int:
    """One sheet: a header that stays in sight, then the rows. Numbers stay numbers, all else is text."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    number = 0
    with xlsxwriter.Workbook(file, options) as book:
        header, text = book.add_format({"bold": True, "bg_color": "#EAF1F8", "bottom": 1}), book.add_format()
        text.set_num_format("@")
        quoted = book.add_format()
        quoted.set_num_format("@")
        quoted.set_quote_prefix()
        sheet = book.add_worksheet("Hộ dân")
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        for column, word in enumerate(headers):
            sheet.write_string(0, column, word, header)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(number, column, value)
                elif value:
                    sheet.write_string(number, column, value, quoted if value.startswith(DANGEROUS) else text)
        sheet.autofilter(0, 0, number, len(headers) - 1)
    return number


def _value(
    resource: HouseholdResource,
    name: str,
    column: Any,
    household: Household,
    hides: Callable[[Household], bool],
) -> Any:
    if name == "phones" and hides(household):
        return " - ".join(masked(contact.phone) for contact in sorted(household.contacts.all(), key=lambda c: c.rank))
    if name in _NUMBERS:
        return getattr(household, name)
    return str(resource.export_field(column, household) or "")
