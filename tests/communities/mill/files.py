"""The file of a seed: its sheets in one of the formats offices send, and what must be read from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from tests.communities.mill.dice import Dice
from tests.communities.mill.faults import Fault, chosen
from tests.communities.mill.page import Line, Page, Written
from tests.communities.mill.people import GONE, Home, settle
from tests.communities.mill.table import Layout
from tests.files.lists import writers

Place = tuple[str, int]  # the name of a sheet, the number Excel shows


@dataclass
class Milled:
    """A file, how it is given, and its truth."""

    dice: Dice
    filename: str
    content: bytes
    villages: list[str]  # of the ward
    pages: list[Page]
    village: str = ""  # chosen for the file
    encoding: str = ""
    homes: list[dict[str, Any]] = field(default_factory=list)  # a set of values: any of them is right; ...: any at all
    must_say: list[set[Place]] = field(default_factory=list)  # of one of them (row 0: of the file) something is said
    may_say: set[Place] = field(default_factory=set)
    fates: dict[Place, str] = field(default_factory=dict)  # “A|B”: either
    heads: dict[Place, Place] = field(default_factory=dict)  # of members
    asks: dict[str, str] = field(default_factory=dict)
    may_be_refused: bool = False


def grind(seed: int, calm: Sequence[str] = ()) -> Milled:
    """The file of a seed, with the plain way taken for the choices named."""
    dice = Dice(seed, calm)
    faults = chosen(dice)
    villages, homes = settle(dice)
    for fault in faults:
        fault.people(dice, homes)
    kind = dice.pick("format", "xlsx", "xlsx", "csv", "ods", "xls")
    listed = list(dict.fromkeys(home.village for home in homes))
    if instead := [page for fault in faults for page in fault.instead(dice, homes)]:
        return _milled(dice, faults, instead, kind, "", villages, villages[0])
    layout = Layout(dice, listed, can_merge=kind == "xlsx", faults=faults)
    if layout.village_by == "sheet" and kind == "csv":
        kind = "xls"
    pages = _pages(dice, layout, homes)
    for fault in faults:
        pages = fault.book(pages)
    encoding = dice.pick("old letters", "", "TCVN3", "VNI", odds=0.08)
    village = listed[0] if layout.village_by == "option" else ""
    return _milled(dice, faults, [*pages, *_others(dice, pages)], kind, encoding, villages, village)


def _milled(
    dice: Dice, faults: list[Fault], pages: list[Page], kind: str, encoding: str, villages: list[str], village: str
) -> Milled:  # fmt: skip
    if any(type(fault).__name__ == "CapsLockFont" for fault in faults):
        content = _in_capitals(pages)
    else:
        content, encoding = _written(dice, kind, pages, encoding)
    milled = Milled(dice, f"danh sach.{kind}", content, villages, pages, village, encoding)
    places = {line: (page.name if kind != "csv" else "", number) for page in pages for number, line in page.numbered()}
    for line, place in places.items():
        milled.homes += [_wanted(own, *place) for own in line.homes]
        milled.fates[place] = line.fate
        if line.head is not None:
            milled.heads[place] = places[line.head]
        if line.said == "must":
            milled.must_say.append({place})
        if line.said:
            milled.may_say.add(place)
    milled.must_say += [{(one["sheet"], one["row"])} for one in milled.homes if one["note"] in GONE]
    milled.must_say += [{("", 0), *(places[line] for line in some)} for page in pages for some in page.said_of]
    for fault in faults:
        milled.asks |= fault.asks
    milled.may_be_refused = any("everything" in fault.touches for fault in faults)
    return milled


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
        rows: list[list[Any]] = [["TỔNG HỢP SỐ HỘ"], [], ["STT", "Thôn", "Số hộ", "Số khẩu"]]
        rows += [[i, page.name, len(page.listed), 99] for i, page in enumerate(pages, start=1)]
        rows += [["", "Tổng cộng", 99, 999]]
        found.append(Page("TONG HOP", [Line(row, "UNREAD|HEADING|TOTAL") for row in rows]))
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
        struck = {page.name: {n for n, line in page.numbered() if line.is_struck} for page in pages}
        return writers.xls(sheets, font=font, struck=struck), encoding

    def finish(book: Any, sheets_made: dict[str, Any]) -> None:
        for page in pages:
            made = sheets_made[page.name]
            for top, left, bottom, right in page.merges:
                cell = page.rows[top][left] if left < len(page.rows[top]) else ""
                value = change(cell) if change and isinstance(cell, str) else cell
                if (top, left) != (bottom, right):
                    made.merge_range(top, left, bottom, right, value)
            for number, line in enumerate(page.lines):
                for column, text in line.comments.items():
                    made.write_comment(number, column, text)
                for column, value in enumerate(line.cells if line.is_struck else ()):
                    made.write(number, column, value, book.add_format({"font_strikeout": True}))

    return writers.xlsx(sheets, finish), encoding


def _in_capitals(pages: list[Page]) -> bytes:
    """The names in TCVN3's font of capitals, typed with Caps Lock: plain letters large, the marked ones small."""

    def typed(text: str) -> str:
        return "".join(c.upper() if c.isascii() or not c.isalpha() else writers.tcvn3(c.lower()) for c in text)

    def has_all(line: Line) -> bool:
        """Whether a font of small letters can show the row."""
        try:
            writers.each([line.cells], writers.tcvn3)
        except AssertionError:
            return False
        return not line.homes

    page = pages[0]
    rows = [writers.each([line.cells], writers.tcvn3 if has_all(line) else typed)[0] for line in page.lines]
    fonts = {number: ".VnTimeH" for number, line in page.numbered() if not has_all(line)}
    return writers.xls({page.name: rows}, fonts=fonts, font=".VnTime")


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


def _wanted(own: Written, sheet: str, row: int) -> dict[str, Any]:
    """What a careful person reads of a household in this list."""
    home, layout = own.home, own.layout
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
        **own.truth,
    }  # fmt: skip
