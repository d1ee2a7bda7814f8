"""The household list as columns: which column is which field, how a cell is cleaned, and how a list is exported.

Widgets clean one cell and raise ValueError(kind) for what they cannot read; the imports module turns that
into a row of the preview. Reading is driven from there and written set-wise: django-import-export's own
row-by-row saving costs a query per row, and its bulk mode cannot tell which row the database refused.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from import_export import resources, widgets
from import_export.fields import Field

from communities import names
from communities.models import Household
from communities.phones import Phone
from communities.phones import parse as parse_phones
from communities.spreadsheet import Column, Row, Sheet

OLDEST_YEAR = 1900
_LANE = re.compile(r"(cum|ngo|ngach|xom|doi|to|lien gia|duong|pho|kiet|hem)( dan cu| tu quan| lien gia)? \S+( \S+)?")
#: Recognised so that they can be named as left out; never stored (ID numbers, Decree 356/2025 Art. 4).
NEVER_STORED = frozenset({"national_id", "ethnicity", "religion", "health", "health_card", "party"})


class TextWidget(widgets.CharWidget):
    """A text that fits its column in the database. TOO_LONG beyond."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """One line, squeezed."""
        text = names.clean(str(value))
        if len(text) > self.limit:
            raise ValueError("TOO_LONG")
        return text


class NameWidget(TextWidget):
    """A person's name; ALL CAPS become a person's way of writing."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """The name, or NOT_A_NAME when there is no letter in it."""
        text = names.title(super().clean(value))
        if not any(character.isalpha() for character in text):
            raise ValueError("NOT_A_NAME")
        return super().clean(text)  # a letter may become two: “İ”


class YearWidget(widgets.IntegerWidget):
    """A year out of whatever stands in a birth column: a date, a serial of Excel, “00/00/1972”, “5-3-62”."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        """The year, None for an empty cell, BAD_YEAR otherwise."""
        year = self._year(value)
        if year is not None and not OLDEST_YEAR <= year <= date.today().year:  # noqa: DTZ011 – a year, anywhere
            raise ValueError("BAD_YEAR")
        return year

    @staticmethod
    def _year(value: Any) -> int | None:
        if isinstance(value, date):
            return value.year
        text = names.clean(str(value))
        if text in {"", "-", "x"}:
            return None
        if text.isdecimal() and len(text) == 5:  # days since 30/12/1899
            return (date(1899, 12, 30) + timedelta(days=int(text))).year
        numbers = re.findall(r"\d+", text)
        if numbers and (whole := next((n for n in reversed(numbers) if len(n) == 4), None)):
            return int(whole)
        if numbers and len(numbers[-1]) == 2 and (len(numbers) == 3 or text.isdecimal()):
            short = int(numbers[-1])
            return (1900 if short > 15 else 2000) + short
        raise ValueError("BAD_YEAR")


class CountWidget(widgets.IntegerWidget):
    """A number of people: 4, “4 khẩu”."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        """1 to 50, None for an empty cell, BAD_COUNT otherwise."""
        text = names.clean(str(value))
        if text in {"", "-"}:
            return None
        match = re.fullmatch(r"(\d{1,3})(?:\D.*)?", text)
        if match is None or not 1 <= int(match[1]) <= 50:
            raise ValueError("BAD_COUNT")
        return int(match[1])


@dataclass(slots=True)
class Listed:
    """A household as the file lists it. A field that is None or empty says nothing and changes nothing."""

    sheet: str
    number: int
    village: str = ""
    village_id: int = 0
    code: str = ""
    head_name: str = ""
    name_key: str = ""
    birth_year: int | None = None
    members: int | None = None
    lane: str = ""
    address: str = ""
    note: str = ""
    phones: list[Phone] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)  # field → letter, for what is said about the row later


#: What a cleaned row says about one of its cells: kind, column letter, the cell's text, and whether the whole
#: row is left out because of it.
Remark = tuple[str, str, str, bool]


class HouseholdResource(resources.ModelResource):
    """The columns of a household list. What is exported is read back as unchanged."""

    village = Field("village__name", "Thôn", readonly=True)
    code = Field("code", "Mã hộ", TextWidget(30))
    head_name = Field("head_name", "Họ và tên chủ hộ", NameWidget(100))
    birth_year = Field("birth_year", "Năm sinh", YearWidget())
    members = Field("members", "Số khẩu", CountWidget())
    phones = Field(column_name="Số điện thoại")
    lane = Field("lane", "Cụm dân cư", TextWidget(100))
    address = Field("address", "Địa chỉ", TextWidget(200))
    note = Field("note", "Ghi chú", TextWidget(300))

    class Meta:
        model = Household
        fields = ("village", "code", "head_name", "birth_year", "members", "phones", "lane", "address", "note")
        export_order = fields

    #: Field of the resource → fields a column of a file may have been recognised as.
    SOURCES = {
        "head_name": ("head_name", "full_name"),
        "code": ("household_code",),
        "birth_year": ("birth", "birth_male", "birth_female"),
        "members": ("members_count",),
        "lane": ("hamlet",),
        "address": ("address",),
        "note": ("note",),
    }

    def get_queryset(self) -> Any:
        """Households with what their columns need, in two queries."""
        return super().get_queryset().select_related("village").prefetch_related("contacts")

    def dehydrate_phones(self, household: Household) -> str:
        """All phones in one cell, the representative's first: “0912345678 - 0387654321 (con trai)”."""
        contacts = sorted(household.contacts.all(), key=lambda contact: contact.rank)
        return " - ".join(
            f"0{contact.phone[3:]}" + (f" ({contact.relation})" if contact.relation else "") for contact in contacts
        )

    def reader(self, sheet: Sheet, *, allow_demo: bool) -> Callable[[Row], tuple[Listed, list[Remark]]]:
        """A function that cleans the rows of one sheet. The columns are looked up once, not per row."""
        plan: list[tuple[str, Field, list[Column]]] = []
        for name, sources in self.SOURCES.items():
            columns = [column for source in sources for column in sheet.of(source)]
            if columns:
                plan.append((name, self.fields[name], columns))
        if not sheet.of("head_name") and not sheet.of("full_name"):  # “Họ đệm” and “Tên” apart
            parts = sheet.of("family_part") + sheet.of("given_part")
        else:
            parts = []
        numbers = sheet.of("phone") + sheet.of("zalo")
        villages = sheet.of("village")
        letters = {name: columns[0].letter for name, _, columns in plan}
        letters["phones"] = numbers[0].letter if numbers else ""
        letters["village"] = villages[0].letter if villages else ""
        if parts:
            letters["head_name"] = parts[0].letter

        def read(row: Row) -> tuple[Listed, list[Remark]]:
            listed = Listed(sheet.name, row.number, columns=letters)
            remarks: list[Remark] = []
            cells = row.cells
            for name, its_field, columns in plan:
                for column in columns:
                    value = cells[column.index]
                    if value == "":
                        continue
                    try:
                        setattr(listed, name, its_field.widget.clean(value))
                        break
                    except ValueError as error:
                        remarks.append((str(error), column.letter, str(value)[:100], name == "head_name"))
            if parts:
                whole = " ".join(str(cells[column.index]) for column in parts)
                try:
                    listed.head_name = self.fields["head_name"].widget.clean(whole)
                except ValueError as error:
                    remarks.append((str(error), letters["head_name"], whole[:100], True))
            for column in numbers:
                value = cells[column.index]
                if value == "" or (column.field == "zalo" and not any(c.isdigit() for c in str(value))):
                    continue
                found, wrong = parse_phones(value, allow_demo=allow_demo)
                known = {phone.number for phone in listed.phones}
                listed.phones += [phone for phone in found if phone.number not in known]
                remarks += [(f"PHONE_{problem.kind}", column.letter, problem.text[:100], False) for problem in wrong]
            listed.village = next((str(cells[c.index]) for c in villages if cells[c.index] != ""), row.group)
            may_be_lane = listed.address and not listed.lane and len(listed.address) <= 100
            if may_be_lane and _LANE.fullmatch(names.fold(listed.address)):
                listed.lane, listed.address = listed.address, ""  # “Cụm 2” is where to walk, not a postal address
                listed.columns = {**letters, "lane": letters["address"]}
            listed.name_key = names.fold(listed.head_name)
            return listed, remarks

        return read
