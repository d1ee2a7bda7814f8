"""What a careful person reads in the five synthetic lists, by rules anybody can check with the file open.

The files are not written here, only read, cell by cell and by nothing of the product.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from python_calamine import CalamineWorkbook

from tests.files.lists.expected import DONG_PHU, HOUSEHOLDS, TAY_PHU, case, either, home
from tests.files.lists.writers import tcvn3


def write() -> None:
    """Note the expectations of the five."""
    one_row_per_household()
    members_under_head()
    two_row_header()
    old_encoding()
    permanent_residents()


def _rows(file: str, first: int, last: int) -> Iterator[tuple[int, list[Any]]]:
    """Rows `first` to `last`, numbered as in Excel, texts trimmed."""
    sheet = CalamineWorkbook.from_path(HOUSEHOLDS / file).get_sheet_by_index(0)
    for number, row in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        if first <= number <= last:
            yield number, [value.strip() if isinstance(value, str) else value for value in row]


def _name(written: str) -> str:
    """NFC, and a name in capitals as a person writes it."""
    composed = unicodedata.normalize("NFC", " ".join(written.split()))
    return composed.title() if composed.upper() == composed else composed


def _phones(written: Any) -> str:
    """All invented numbers are nine digits that begin with 510, whatever stands before."""
    return " ".join(f"0{number}" for number in re.findall(r"510\d{6}", re.sub(r"\.0$|[. ]", "", str(written))))


def _year(written: Any) -> int:
    """The year: of a date cell, of a number (beyond 9999 it is Excel's day), or the last group of digits of a text."""
    if isinstance(written, date):
        return written.year
    if isinstance(written, float):
        return int(written) if written < 9999 else (date(1899, 12, 30) + timedelta(days=written)).year
    last = int(re.findall(r"\d+", written)[-1])
    return last if last > 99 else 1900 + last


def one_row_per_household() -> None:
    """a: rows 8 to 37."""
    found = [
        home(number, _name(name), int(year), _phones(phone), int(members), address=address, note=note)
        for number, (_n, name, year, members, phone, address, note) in _rows("a_mot_dong_mot_ho.xlsx", 8, 37)
    ]
    case("a_mot_dong_mot_ho.xlsx", "One row per household, header in row 7, village in the title.", None, found,
         sheet="DS hộ")  # fmt: skip


def members_under_head() -> None:
    """b: a household begins where column A holds a number."""
    found: list[dict[str, Any]] = []
    for number, row in _rows("b_thanh_vien_duoi_chu_ho.xlsx", 9, 98):
        household_no, _person_no, name, birth, _sex, _relation, _id, phone, note = row
        if not name:
            continue
        if household_no:
            found.append(home(number, _name(name), _year(birth), "", 0, note=note) | {"phones": []})
        found[-1]["members"] = found[-1].get("members", 0) + 1
        found[-1]["phones"] += [f"+84{digits[1:]}" for digits in _phones(phone).split()]
    case("b_thanh_vien_duoi_chu_ho.xlsx", "Members below the head, the household's number merged.", None, found,
         village=TAY_PHU, villages=[DONG_PHU, TAY_PHU], sheet="Thôn Tây Phú",
         why=["Members' phones are kept after the head's."])  # fmt: skip


def two_row_header() -> None:
    """c: a group row begins with a Roman numeral."""
    names = {"I": DONG_PHU, "II": TAY_PHU, "III": "Tổ dân phố 3"}
    village, found = "", []
    for number, (first, name, male, female, _address, phone, *_rest) in _rows("c_tieu_de_hai_dong.xlsx", 9, 35):
        if first in names:
            village = names[first]
            continue
        found.append(home(number, name, int(male or female), _phones(phone), village=village,
                          address=either("", village, village.title())))  # fmt: skip
    case("c_tieu_de_hai_dong.xlsx", "Two header rows, three villages in one sheet.", None, found,
         villages=list(names.values()), sheet="TONG HOP",
         why=["A sheet called TONG HOP, and the list itself.", "The address says only the village."])  # fmt: skip


def old_encoding() -> None:
    """d: ten households, retyped here in Unicode and compared with the old letters."""
    people = ["Thiều Văn Hiếu", "Trịnh Xuân Đức", "Trương Thị Xuyến", "Nguyễn Bá An", "Vũ Đình Nam", "Quách Thị Dần",
              "Cao Đình Tài", "Phạm Ngọc Lực", "Trần Sỹ Sửu", "Lê Đình Nam"]  # fmt: skip
    found = []
    for name, (number, (_n, written, year, members, phone)) in zip(people, _rows("d_tcvn3_cu.xls", 4, 13), strict=True):
        assert tcvn3(name) == written, (name, written)
        found.append(home(number, name, int(year), _phones(phone), int(members)))
    case("d_tcvn3_cu.xls", "Old .xls in TCVN3; nobody has decided the encoding.", None, found, villages=[DONG_PHU],
         about_file=["CONVERTED"])  # fmt: skip
    case("d_tcvn3_cu.xls", "The same, and a person says it is TCVN3.", None, found, name="d_tcvn3_cu.da_chon",
         options={"encoding": "TCVN3"}, about_file=["CONVERTED?"])  # fmt: skip


def permanent_residents() -> None:
    """e: the head's name tells the household; his own row tells his year."""
    found: dict[str, dict[str, Any]] = {}
    with (HOUSEHOLDS / "e_thuong_tru_12_cot.csv").open(encoding="utf-8-sig", newline="") as source:
        for number, row in enumerate(csv.reader(source, delimiter=";"), start=1):
            if number == 1:
                continue
            name, birth, head, address = row[1], row[2], row[5], row[6]
            if name == head:
                assert head not in found
                found[head] = home(number, name, _year(birth), "", 0, address=address)
            found[head]["members"] = found[head].get("members", 0) + 1
    case("e_thuong_tru_12_cot.csv", "The police list of permanent residents, one row per person.", None,
         list(found.values()), why=["The village is named in the address."])  # fmt: skip
