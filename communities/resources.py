"""The household list as columns: which column is which field, how a cell is cleaned, and how a list is exported.

Widgets clean one cell and raise ValueError(kind) for what they cannot read; the imports module turns that
into a row of the preview. Reading is driven from there and written set-wise: django-import-export's own
row-by-row saving costs a query per row, and its bulk mode cannot tell which row the database refused.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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


#: What a person may say a column holds.
CHOOSABLE = (
    "head_name", "full_name", "family_part", "given_part", "birth", "household_code", "household_no", "members_count",
    "phone", "zalo", "village", "hamlet", "address", "relation", "note", "row_no",
)  # fmt: skip
#: Notes that say that a household may be gone; “đi làm ăn xa” and “hộ mới tách” do not.
_GONE = re.compile(
    r"(da chet|chet|da mat|chuyen (di|khau|ho khau|noi khac)|da chuyen|cat khau"
    r"|trung(?= (ho|ten|voi|khau|lap|so|stt|dong)\b|$))\b"
)


def says_gone(note: str) -> bool:
    """Whether a note says that the household may be gone."""
    return bool(note) and _GONE.search(names.fold(note)) is not None


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
        return self.person(value)[0]

    def person(self, value: Any) -> tuple[str, str]:
        """The name and what stood beside it in brackets. NOT_A_NAME, TOO_LONG."""
        name, aside = names.person(super().clean(value))
        if not any(character.isalpha() for character in name):
            raise ValueError("NOT_A_NAME")
        return super().clean(name), aside  # a letter may become two: “İ”


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
        text = re.sub(r"^(\d)[., ](\d{3})$", r"\1\2", names.clean(str(value)))  # 1.962, as a number is written
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
    groups: tuple[str, ...] = ()
    village: str = ""  # what the village column says
    village_id: int = 0
    code: str = ""
    head_name: str = ""
    name_as_listed: str = ""
    name_key: str = ""
    birth_year: int | None = None
    members: int | None = None
    lane: str = ""
    address: str = ""
    address_as_listed: str = ""
    note: str = ""
    phones: list[Phone] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)  # field → letter, for what is said about the row later


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said about a cell of a row: kind, letter, the cell's text, and whether the row is left out for it.

    `number` is the row when it is not the household's first: a member's phone.
    """

    kind: str
    letter: str
    value: str
    is_error: bool = False
    number: int | None = None
    other: str = ""


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
        heads = sheet.of("head_name") + sheet.of("full_name") or parts
        numbers = sheet.of("phone") + sheet.of("zalo")
        villages = sheet.of("village")
        letters = {name: columns[0].letter for name, _, columns in plan}
        letters["head_name"] = heads[0].letter if heads else ""
        letters["phones"] = numbers[0].letter if numbers else ""
        letters["village"] = villages[0].letter if villages else ""
        about_person = (sheet.of("full_name") or parts)[:1], sheet.of("relation")
        name_widget: NameWidget = self.fields["head_name"].widget

        def read(row: Row) -> tuple[Listed, list[Remark]]:
            listed = Listed(sheet.name, row.number, row.groups, columns=letters)
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
                        remarks.append(Remark(str(error), column.letter, str(value)[:300]))
            aside = ""
            column = next((one for one in heads if cells[one.index] != ""), heads[0])
            written = " ".join(str(cells[one.index]) for one in parts) if parts else str(cells[column.index])
            try:
                listed.head_name, aside = name_widget.person(written)
            except ValueError as error:
                remarks.append(Remark(str(error), column.letter, written[:300], is_error=True))
            as_listed = names.clean(written)
            listed.name_as_listed = as_listed[:100] if as_listed != listed.head_name else ""
            listed.name_key = names.fold(listed.head_name)
            if aside:
                listed.note = "; ".join(part for part in (aside, listed.note) if part)[:300]
            if says_gone(listed.note):
                remarks.append(Remark("STATUS_NOTE", letters.get("note", ""), listed.note[:300]))
            if row.persons:
                _read_persons(row, listed, remarks, numbers, about_person, allow_demo)
            else:
                listed.phones = _read_phones(cells, numbers, remarks, None, allow_demo)
            listed.village = next((str(cells[c.index]) for c in villages if cells[c.index] != ""), "")
            listed.address_as_listed = listed.address
            return listed, remarks

        return read


def _read_phones(
    cells: tuple[Any, ...], columns: list[Column], remarks: list[Remark], number: int | None, allow_demo: bool
) -> list[Phone]:
    """The numbers of one row, each once; what could not be read becomes a remark."""
    phones: dict[str, Phone] = {}
    for column in columns:
        value = cells[column.index]
        if value == "" or (column.field == "zalo" and not any(c.isdigit() for c in str(value))):
            continue
        found, wrong = parse_phones(value, allow_demo=allow_demo)
        for phone in found:
            phones.setdefault(phone.number, phone)
        remarks += [
            Remark(f"PHONE_{problem.kind}", column.letter, problem.text[:300], number=number) for problem in wrong
        ]
    return list(phones.values())


def _read_persons(
    row: Row,
    listed: Listed,
    remarks: list[Remark],
    numbers: list[Column],
    about: tuple[list[Column], list[Column]],
    allow_demo: bool,
) -> None:
    """The phones of all members, the head's first, and how many members there are."""
    full_name, relation = about
    phones: dict[str, Phone] = {}
    for person in sorted(row.persons, key=lambda person: person.number != row.number):
        name, _aside = names.person(str(person.cells[full_name[0].index])) if full_name else ("", "")
        is_head = person.number == row.number or names.fold(name) == listed.name_key
        said = names.clean(str(person.cells[relation[0].index])) if relation else ""
        owner = "" if is_head else (said[:1].lower() + said[1:] or "người trong hộ")[:50]
        for phone in _read_phones(person.cells, numbers, remarks, person.number, allow_demo):
            own = phone if is_head or phone.owner else replace(phone, owner=owner, name=name[:100])
            phones.setdefault(phone.number, own)
    listed.phones = list(phones.values())
    if listed.members is None:
        listed.members = min(len(row.persons), 50)
    elif listed.members != len(row.persons):
        remarks.append(
            Remark(
                "MEMBERS_DIFFER", listed.columns.get("members", ""), str(listed.members), other=str(len(row.persons))
            )
        )
