"""The file of a seed: its sheets in one of the formats offices send, and what must be read from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tests.communities.mill.dice import Dice
from tests.communities.mill.people import GONE, Home, settle
from tests.communities.mill.table import Layout, Page
from tests.files.lists import writers

E164 = "+84"


@dataclass
class Milled:
    """A file, how it is given, and its truth."""

    dice: Dice
    filename: str
    content: bytes
    villages: list[str]  # of the ward
    village: str  # chosen for the file
    encoding: str
    homes: list[dict[str, Any]]  # a set of values: any of them is right
    gone: set[tuple[str, int]]  # rows about which a person should be told
    pages: list[Page]


def grind(seed: int, calm: Sequence[str] = ()) -> Milled:
    """The file of a seed, with the plain way taken for the choices named."""
    dice = Dice(seed, calm)
    villages, homes = settle(dice)
    kind = dice.pick("format", "xlsx", "xlsx", "csv", "ods", "xls")
    listed = list(dict.fromkeys(home.village for home in homes))
    layout = Layout(dice, listed, can_merge=kind == "xlsx")
    if layout.village_by == "sheet" and kind == "csv":
        kind = "xls"
    pages = _pages(dice, layout, homes)
    encoding = dice.pick("old letters", "", "TCVN3", "VNI", odds=0.08)
    content, encoding = _written(dice, kind, [*pages, *_others(dice, pages)], encoding)
    wanted = [
        _wanted(layout, home, page.name if kind != "csv" else "", row) for page in pages for home, row in page.homes
    ]
    gone = {(one["sheet"], one["row"]) for one in wanted if one["note"] in GONE}
    village = listed[0] if layout.village_by == "option" else ""
    return Milled(dice, f"danh sach.{kind}", content, villages, village, encoding, wanted, gone, pages)


def _pages(dice: Dice, layout: Layout, homes: list[Home]) -> list[Page]:
    if layout.village_by != "sheet":
        return [layout.page(dice.pick("sheet name", "Sheet1", "DS hộ", "Danh sách", "Sheet1 (2)"), homes)]
    return [
        layout.page(layout.pen.village(village).strip(), list(of_village))
        for village, of_village in groupby(homes, lambda home: home.village)
    ]


def _others(dice: Dice, pages: list[Page]) -> list[Page]:
    """Sheets without households."""
    found = []
    if len(pages) > 1 and dice.odd("summary", 0.4):
        rows = [["TỔNG HỢP SỐ HỘ"], [], ["STT", "Thôn", "Số hộ", "Số khẩu"]]
        rows += [[i, page.name, len(page.homes), 99] for i, page in enumerate(pages, start=1)]
        found.append(Page("TONG HOP", [*rows, ["", "Tổng cộng", 99, 999]]))
    if dice.odd("empty sheet", 0.1):
        found.append(Page("Sheet3"))
    return found


def _written(dice: Dice, kind: str, pages: list[Page], encoding: str) -> tuple[bytes, str]:
    change = {"TCVN3": writers.tcvn3, "VNI": writers.vni}.get(encoding)
    if change is not None:
        try:
            sheets = {page.name: writers.each(page.rows, change) for page in pages}
        except AssertionError:  # the old letters have none of the kind, as for Đ with a tone
            return _written(dice, kind, pages, "")
    else:
        sheets = {page.name: page.rows for page in pages}
    if kind == "csv":
        return _text(dice, sheets[pages[0].name], encoding), encoding
    if kind == "ods":
        return writers.ods(sheets), encoding
    if kind == "xls":
        font = {"TCVN3": ".VnTime", "VNI": "VNI-Times"}.get(encoding, "Arial")
        return writers.xls(sheets, font=font), encoding

    def merge(_book: Any, sheets_made: dict[str, Any]) -> None:
        for page in pages:
            for top, left, bottom, right in page.merges:
                cell = page.rows[top][left] if left < len(page.rows[top]) else ""
                value = change(cell) if change and isinstance(cell, str) else cell
                if (top, left) != (bottom, right):
                    sheets_made[page.name].merge_range(top, left, bottom, right, value)

    return writers.xlsx(sheets, merge), encoding


def _text(dice: Dice, rows: list[list[Any]], encoding: str) -> bytes:
    between = dice.pick("between", ",", ";", "\t")
    shown = [[f"{value:%d/%m/%Y}" if hasattr(value, "year") else value for value in row] for row in rows]
    if encoding:
        return writers.text(shown, between=between, encoding="latin-1" if encoding == "TCVN3" else "cp1252")
    coding = dice.pick("coding", "utf-8", "utf-8-sig", "utf-16", "windows-1258")
    if coding == "windows-1258":
        try:
            return writers.windows_1258(shown, between=between)
        except (UnicodeEncodeError, RuntimeError):  # no letter of windows-1258
            coding = "utf-8"
    return writers.text(shown, between=between, encoding=coding)


def _wanted(layout: Layout, home: Home, sheet: str, row: int) -> dict[str, Any]:
    """What a careful person reads of a household in this list."""
    people = [home.head] if layout.shape == "HOUSEHOLDS" else home.people
    numbers = [f"+84{number[1:]}" for person in people for number in person.mobiles]
    address = layout.address(home) if layout.has("address") else ""
    lane: Any = home.lane if layout.lane_by in {"column", "groups"} else ""
    if address and not lane:  # part of an address may be told as a lane, or not
        lane = {"", address, *address.split(", "), *address.split(" - "), home.lane}
    members: Any = len(home.people) if layout.shape != "HOUSEHOLDS" or layout.has("members") else None
    if layout.shape == "MEMBERS" and members == 1:
        members = {1, None}  # where everybody lives alone, nothing says that the list is one of persons
    return {
        "sheet": sheet, "row": row, "village": home.village, "head_name": home.head.name,
        "code": home.code if layout.has("code") else "",
        "birth_year": home.head.year if layout.has("birth") else None,
        "phones": numbers if layout.has("phone") else [],
        "landlines": [f"+84{home.landline[1:]}"] if home.landline and layout.has("phone") else [],
        "members": members, "address": address, "lane": lane, "note": home.note if layout.has("note") else "",
    }  # fmt: skip
