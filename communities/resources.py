"""The household list as columns: which column is which field, how a cell is cleaned, and how a list is exported.

Widgets clean one cell and raise ValueError(kind) for what they cannot read; the imports module turns that
into a row of the preview. Reading is driven from there and written set-wise: django-import-export's own
row-by-row saving costs a query per row, and its bulk mode cannot tell which row the database refused.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from import_export import resources, widgets
from import_export.fields import Field

from communities import names, nobody
from communities.models import Household
from communities.phone_texts import taken_out
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
        """The name, or NOT_A_NAME, LOST_LETTERS when nobody is named."""
        return self.person(value)[0]

    def person(self, value: Any) -> tuple[str, str, str]:
        """The name, what stood beside it, and ODD_NAME where it may be none. NOT_A_NAME, LOST_LETTERS, TOO_LONG."""
        name, aside = names.person(nobody.in_plain(super().clean(value)))
        doubt = nobody.kind_of(name)
        if doubt and doubt != nobody.ODD_NAME:
            raise ValueError(doubt)
        if len(name) > self.limit:  # a letter may become two: “İ”
            raise ValueError("TOO_LONG")
        return name.rstrip(" ?"), aside, doubt


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


_COUNT = re.compile(
    r"(?:(?:có|sk|nk|số khẩu|nhân khẩu)[\s:]*)?(\d{1,3}(?: ?\+ ?\d{1,3})*)(?![\s]*[+-])(?:\D.*)?", re.IGNORECASE
)
_COUNT_WORDS = ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười")  # from 1


class CountWidget(widgets.IntegerWidget):
    """A number of people: 4, “04 khẩu”, “3 + 1”, “bốn”."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        """1 to 50, None for an empty cell, BAD_COUNT otherwise."""
        text = names.clean(str(value))
        if text in {"", "-"}:
            return None
        if text.isdecimal():
            count = int(text[:4])
        elif (word := text.casefold().removesuffix(" khẩu").removesuffix(" người")) in _COUNT_WORDS:
            count = _COUNT_WORDS.index(word) + 1
        else:
            found = _COUNT.fullmatch(text)
            count = sum(map(int, found[1].split("+"))) if found else 0
        if not 1 <= count <= 50:
            raise ValueError("BAD_COUNT")
        return count


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

    def reader(self, sheet: Sheet, *, allow_demo: bool) -> "RowReader":
        """What cleans the rows of one sheet."""
        return RowReader(sheet, self.fields, allow_demo=allow_demo)


class RowReader:
    """Cleans the rows of one sheet. The columns are looked up once, not per row."""

    def __init__(self, sheet: Sheet, fields: dict[str, Field], *, allow_demo: bool) -> None:
        self._sheet, self._allow_demo = sheet.name, allow_demo
        self._simple: list[tuple[str, Field, list[Column]]] = []
        for name, sources in HouseholdResource.SOURCES.items():
            if columns := [column for source in sources for column in sheet.of(source)]:
                self._simple.append((name, fields[name], columns))
        self._name_widget: NameWidget = fields["head_name"].widget
        whole_names = sheet.of("head_name") + sheet.of("full_name")
        #: “Họ đệm” and “Tên” apart, where no column holds the whole name.
        self._parts = [] if whole_names else sheet.of("family_part") + sheet.of("given_part")
        self._heads = whole_names or self._parts
        self._numbers = sheet.of("phone") + sheet.of("zalo")
        self._villages = sheet.of("village")
        self._person_name = next(iter(sheet.of("full_name") or self._parts), None)
        self._names = [self._person_name] if self._person_name else self._heads
        self._relation = next(iter(sheet.of("relation")), None)
        self._letters = {name: columns[0].letter for name, _, columns in self._simple} | {
            "head_name": _first_letter(self._heads),
            "phones": _first_letter(self._numbers),
            "village": _first_letter(self._villages),
        }

    def read(self, row: Row) -> tuple[Listed, list[Remark]]:
        """The household of a row, and what is to be said about its cells."""
        listed = Listed(self._sheet, row.number, row.groups, columns=self._letters)
        remarks: list[Remark] = []
        self._read_simple(row, listed, remarks)
        self._read_head(row, listed, remarks)
        is_dead = any(remark.kind == "HEAD_DEAD" for remark in remarks)
        if says_gone(listed.note) and not is_dead:
            remarks.append(Remark("STATUS_NOTE", self._letters.get("note", ""), listed.note[:300]))
        if row.persons:
            self._read_persons(row, listed, remarks)
        else:
            listed.phones = self._phones(row.cells, remarks)
        if listed.note:
            letter = self._letters.get("note", "") or self._letters["head_name"]
            self._read_aside(listed.note, letter, listed, remarks)
        for letter, text in row.asides:
            self._read_aside(names.clean(text), letter, listed, remarks)
            if says_gone(names.clean(text)):
                remarks.append(Remark("STATUS_NOTE", letter, text[:300]))
        listed.village = next((str(row.cells[c.index]) for c in self._villages if row.cells[c.index] != ""), "")
        listed.address_as_listed = listed.address
        return listed, remarks

    def _read_simple(self, row: Row, listed: Listed, remarks: list[Remark]) -> None:
        """Fields of one cell: the first column of each that holds something readable."""
        for name, its_field, columns in self._simple:
            for column in columns:
                value = row.cells[column.index]
                if value == "":
                    continue
                try:
                    setattr(listed, name, its_field.widget.clean(value))
                    break
                except ValueError as error:
                    remarks.append(Remark(str(error), column.letter, str(value)[:300]))

    def _read_head(self, row: Row, listed: Listed, remarks: list[Remark]) -> None:
        """The head's name as a person writes it, as the list writes it, and what stood beside it as a note."""
        column = next((one for one in self._heads if row.cells[one.index] != ""), self._heads[0])
        whole = " ".join(str(row.cells[one.index]) for one in self._parts or [column])
        written = taken_out(whole, allow_demo=self._allow_demo, of_name=True).rest
        aside = ""
        try:
            listed.head_name, aside, doubt = self._name_widget.person(written)
            if names.says_dead(aside):
                remarks.append(Remark("HEAD_DEAD", column.letter, whole[:300]))
            if doubt:
                remarks.append(Remark(doubt, column.letter, whole[:300]))
        except ValueError as error:
            remarks.append(Remark(str(error), column.letter, whole[:300], is_error=True))
        if written != listed.head_name:
            as_listed = names.clean(written)
            listed.name_as_listed = as_listed[:100] if as_listed != listed.head_name else ""
        listed.name_key = names.name_key(listed.head_name)
        if aside:
            listed.note = "; ".join(part for part in (aside, listed.note) if part)[:300]

    def _read_aside(self, text: str, letter: str, listed: Listed, remarks: list[Remark]) -> None:
        """Numbers in a note or in the comment of a cell, which stays as it is: read where the household has no other or
        words say that they are to be called, else told."""
        taken = taken_out(text, allow_demo=self._allow_demo)
        known = {phone.number for phone in listed.phones}
        further = [phone for phone in taken.phones if phone.number not in known]
        is_read = taken.is_said or not known
        if is_read:
            listed.phones += further
        if taken.problems or (further and not is_read):
            remarks.append(Remark("NUMBER_IN_NOTE", letter, text[:300]))
        elif further and not taken.is_said:
            remarks.append(Remark("NUMBER_FROM_NOTE", letter, text[:300]))

    def _phones(self, cells: tuple[Any, ...], remarks: list[Remark], number: int | None = None) -> list[Phone]:
        """The numbers of one row, each once; what could not be read becomes a remark (about row `number`)."""
        phones: dict[str, Phone] = {}
        for column in self._numbers:
            value = cells[column.index]
            if value == "" or (column.field == "zalo" and not any(c.isdigit() for c in str(value))):
                continue
            found, wrong = parse_phones(value, allow_demo=self._allow_demo)
            for phone in found:
                phones.setdefault(phone.number, phone)
            remarks += [
                Remark(f"PHONE_{problem.kind}", column.letter, problem.text[:300], number=number) for problem in wrong
            ]
        for phone in self._beside_name(cells, remarks, number):
            phones.setdefault(phone.number, phone)
        return list(phones.values())

    def _beside_name(self, cells: tuple[Any, ...], remarks: list[Remark], number: int | None) -> tuple[Phone, ...]:
        """The numbers in the cell of a person's name."""
        column = next((one for one in self._names if cells[one.index] != ""), None)
        if column is None:
            return ()
        taken = taken_out(str(cells[column.index]), allow_demo=self._allow_demo, of_name=True)
        if taken.problems:
            remarks.append(Remark("NUMBER_IN_NAME", column.letter, str(cells[column.index])[:300], number=number))
        return taken.phones

    def _read_persons(self, row: Row, listed: Listed, remarks: list[Remark]) -> None:
        """The phones of all members, the head's first, and how many members there are."""
        phones: dict[str, Phone] = {}
        for person in sorted(row.persons, key=lambda person: person.number != row.number):
            name = self._person(person.cells)
            is_head = person.number == row.number or names.name_key(name) == listed.name_key
            said = names.clean(str(person.cells[self._relation.index])) if self._relation else ""
            owner = "" if is_head else (said[:1].lower() + said[1:] or "người trong hộ")[:50]
            for phone in self._phones(person.cells, remarks, person.number):
                own = phone if is_head or phone.owner else replace(phone, owner=owner, name=name[:100])
                phones.setdefault(phone.number, own)
        listed.phones = list(phones.values())
        counted = len(row.persons)
        if listed.members is None:
            listed.members = min(counted, 50)
        elif listed.members != counted:
            letter, told = self._letters.get("members", ""), str(listed.members)
            remarks.append(Remark("MEMBERS_DIFFER", letter, told, other=str(counted)))

    def _person(self, cells: tuple[Any, ...]) -> str:
        """The name of one of the household's persons, "" where the list has none."""
        if self._person_name is None:
            return ""
        written = str(cells[self._person_name.index])
        return names.person(taken_out(written, allow_demo=self._allow_demo, of_name=True).rest)[0]


def _first_letter(columns: list[Column]) -> str:
    return columns[0].letter if columns else ""
