"""The rows of one sheet: titles, header, households in one of their shapes, totals, signatures."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import TYPE_CHECKING, Any

from tests.communities.mill import values, words
from tests.communities.mill.dice import Dice
from tests.communities.mill.page import Line, Page, Written
from tests.communities.mill.people import Home, Person

if TYPE_CHECKING:
    from tests.communities.mill.faults import Fault


@dataclass
class Column:
    """A column: what it holds, its header from the top down, and what stands in it."""

    field: str
    path: tuple[str, ...]
    cell: Callable[[Home, Person, int], Any]
    block: str = ""  # columns of one block stay together


class Layout:
    """How this office writes its lists: the same for every sheet of a file."""

    def __init__(self, dice: Dice, villages: list[str], can_merge: bool, faults: "list[Fault]") -> None:
        self.dice, self.can_merge, self.faults = dice, can_merge, faults
        self.shape = dice.pick("shape", "HOUSEHOLDS", "HOUSEHOLDS", "MEMBERS", "PERSONS")
        several = len(villages) > 1
        by = dice.pick("village by", "option", "title", "sheet", "column", "groups", "address")
        self.village_by = ("column" if by in {"option", "title"} else by) if several else by
        self.lane_by = dice.pick("lane by", "none", "column", "groups", "address")
        self.pen = values.Pen(dice, villages)
        self.number_style = "none"
        self.has_title = self.village_by == "title" or dice.odd("title", 0.7)
        self.columns = self._columns()
        self.depth = max(len(column.path) for column in self.columns)

    def has(self, name: str) -> bool:
        """Whether a field is written at all."""
        return any(column.field == name for column in self.columns)

    def at(self, *names: str) -> int:
        """The place of the first column that holds one of the fields."""
        return next(i for i, column in enumerate(self.columns) if column.field in names)

    # --- columns ------------------------------------------------------------------------------------------

    def _columns(self) -> list[Column]:
        dice, pen = self.dice, self.pen
        of_home = self.shape == "HOUSEHOLDS"
        made: list[Column] = []

        def add(name: str, cell: Callable[[Home, Person, int], Any], *above: str, header: str = "") -> None:
            made.append(Column(name, (*above, header or self._header(name)), cell))

        single = dice.odd("no second number", 0.5)
        if self.shape == "MEMBERS":
            self.number_style = dice.pick("household number", "blank", "repeated", "merged", "none", odds=0.5)
            self.says_relation = dice.odd("relation", 0.8) or self.number_style == "none" or single
            if self.number_style != "none":
                add("household_no", lambda home, person, n: n)
        if not dice.odd("no row number", 0.1) and not (self.shape == "MEMBERS" and single):
            add("row_no", lambda home, person, n: 0)
        if self.shape == "PERSONS" or dice.odd("code", 0.2):
            add("code", lambda home, person, n: pen.code(home))
        two = of_home and dice.odd("head over two rows", 0.1)
        above = (dice.pick("head above", "Chủ hộ", "Thông tin chủ hộ", "CHỦ HỘ"),) if two else ()
        if of_home:
            bare = dice.pick("head header", "", "full_name", odds=0.12) if self.has_title else ""
            header = "Họ và tên" if two else self._header("full_name") if bare else ""
            add("head_name", lambda home, person, n: pen.name(person), *above, header=header)
        else:
            add("full_name", lambda home, person, n: pen.name(person))
        sexes = dice.odd("birth by sex", 0.1)
        if sexes:
            parent = (*above, dice.pick("birth above", "Năm sinh", "Ngày sinh", "Ngày, tháng, năm sinh"))
            add("birth", lambda home, person, n: pen.birth(person) if person.is_male else "", *parent, header="Nam")
            add("birth", lambda home, person, n: "" if person.is_male else pen.birth(person), *parent, header="Nữ")
        elif not dice.odd("no birth", 0.25):
            add("birth", lambda home, person, n: pen.birth(person), *above)
        if not sexes and dice.odd("gender", 0.6 if not of_home else 0.1) and (not of_home or self.has_title):
            if dice.odd("gender by marks", 0.3):
                add("gender", lambda home, person, n: "x" if person.is_male else "", header="Nam")
                add("gender", lambda home, person, n: "" if person.is_male else "x", header="Nữ")
            else:
                add("gender", lambda home, person, n: "Nam" if person.is_male else "Nữ")
        if self.shape == "PERSONS":
            add("head_name", lambda home, person, n: pen.name(home.head))
            self.says_relation = dice.odd("relation", 0.6)
        if not of_home and self.says_relation:
            chief = dice.pick("relation of head", "Chủ hộ", "CH", "chủ hộ", "Chủ hộ ", "")
            chief = chief or ("Chủ hộ" if self.shape == "MEMBERS" and self.number_style == "none" else "")
            add("relation", lambda home, person, n: person.relation or chief)
        members = of_home and dice.odd("members", 0.65)
        if members and dice.odd("members over two rows", 0.12):
            parent = (dice.pick("members above", "Số khẩu", "Số nhân khẩu", "Nhân khẩu"),)
            add("members", lambda home, person, n: len(home.people), *parent, header="Tổng số")
            add("", lambda home, person, n: sum(one.is_male for one in home.people), *parent, header="Nam")
            add("", lambda home, person, n: sum(not one.is_male for one in home.people), *parent, header="Nữ")
        elif members:
            add("members", lambda home, person, n: pen.members(home))
        if not dice.odd("no phone", 0.12):
            add("phone", lambda home, person, n: pen.phones(home, person))
        if self.lane_by == "column":
            add("hamlet", lambda home, person, n: pen.place(home.lane))
        if self.village_by == "column":
            add("village", lambda home, person, n: pen.village(home.village))
        if "address" in (self.lane_by, self.village_by) or dice.odd("address", 0.2):
            add("address", lambda home, person, n: self.address(home))
        if dice.odd("note", 0.6):
            add("note", lambda home, person, n: home.note if person is home.head else "")
        for i in range(dice.pick("extras", 0, 1, 2, 3, 5)):
            path, cells = dice.pick(f"extra {i}", *words.EXTRAS)
            if not any(column.path == path for column in made) and not (
                of_home and not self.has_title and "CC" in path[0]
            ):
                known = tuple(cells)
                made.append(Column("", path, lambda home, person, n, known=known: known[len(person.name) % len(known)]))
        for fault in self.faults:
            made = fault.columns(self, made)
        return self._ordered(made)

    def _ordered(self, made: list[Column]) -> list[Column]:
        """The order of the columns: mostly as usual, sometimes as somebody liked it."""
        first = [column for column in made if column.field in {"row_no", "household_no"}]
        rest = [column for column in made if column not in first]
        if self.dice.odd("other order", 0.25):
            blocks: dict[str, list[Column]] = {}
            for column in rest:
                key = (
                    column.block
                    if column.block
                    else column.path[0]
                    if len(column.path) > 1
                    else column.field
                    if column.field == "gender"
                    else str(id(column))
                )
                blocks.setdefault(key, []).append(column)
            kept = list(blocks.values())
            self.dice.of("order").shuffle(kept)
            rest = [column for block in kept for column in block]
        if self.dice.odd("empty column", 0.06):
            rest.insert(self.dice.of("where").randint(1, len(rest)), Column("", ("",), lambda home, person, n: ""))
        margin = [Column("margin", ("",), lambda home, person, n: "")] if self.dice.odd("margin", 0.08) else []
        return margin + first + rest

    def _header(self, name: str) -> str:
        dice = self.dice
        text = dice.pick(f"header of {name}", *words.HEADERS[name], odds=0.6)
        if name in words.ASIDES and dice.odd(f"aside of {name}", 0.06):
            text += dice.pick(f"which aside of {name}", *words.ASIDES[name])
        if dice.odd("headers in capitals", 0.25):
            text = text.upper()
        how = dice.pick(f"dress of {name}", "", "colon", "star", "break", "spaces", "tail", "nfd", "dot", odds=0.12)
        if how == "break":
            return text.replace(" ", "\n", 1)
        dresses = {
            "colon": text + ":",
            "star": text + " (*)",
            "spaces": text.replace(" ", "  "),
            "tail": text + "\u00a0 ",
        }
        dresses |= {"nfd": unicodedata.normalize("NFD", text), "dot": text + "."}
        return dresses.get(how, text)

    def address(self, home: Home) -> str:
        """The address as the list has it."""
        parts = [home.street] if self.lane_by != "address" or self.dice.odd("street too", 0.5) else []
        parts += [home.lane] if self.lane_by == "address" else []
        if self.village_by == "address":
            parts += [self.pen.village(home.village)] + (["xã Hoa Đồng"] if self.dice.odd("commune too", 0.3) else [])
        return self.dice.pick("comma", ", ", " - ", odds=0.2).join(parts)

    # --- rows ---------------------------------------------------------------------------------------------

    def page(self, name: str, homes: list[Home]) -> Page:
        """A sheet of some households."""
        dice, page = self.dice, Page(name)
        self._titles(page, homes)
        top = len(page.rows)
        self._head(page)
        village = lane = ""
        counted = since = 0
        block: list[Home] = []
        for number, home in enumerate(homes, start=1):
            if dice.odd("pages", 0.1) and since >= 7:
                since = 0
                for row in page.rows[top : top + self.depth]:
                    page.add(list(row), "PAGE|HEADING")
            if (self.village_by == "groups" and home.village != village) or (
                self.lane_by == "groups" and home.lane != lane
            ):
                self._subtotal(page, block, lane or village)
                block = []
                if self.village_by == "groups" and home.village != village:
                    plain = self.pen.village_form == "{plain}"  # nobody could tell “Ban Suoi Vang” from a person
                    self._group(page, home.village if plain else self.pen.village(home.village), "village")
                    if dice.odd("numbers per village", 0.4):
                        counted = 0
                if self.lane_by == "groups":
                    self._group(page, home.lane, "lane")
                self.pen.forget()
            village, lane = home.village, home.lane
            if dice.odd("gaps", 0.1) and number % 3 == 0:
                page.add([], "")
            counted = self._household(page, home, number, counted)
            block.append(home)
            since += len(home.people) if self.shape != "HOUSEHOLDS" else 1
        self._subtotal(page, block, lane)
        self._footer(page, homes)
        self.pen.forget()
        for fault in self.faults:
            fault.page(self, page)
        return page

    def _household(self, page: Page, home: Home, number: int, counted: int) -> int:
        people = [home.head] if self.shape == "HOUSEHOLDS" else home.people
        lines: list[Line] = []
        for person in people:
            counted += 1
            row = [column.cell(home, person, number) for column in self.columns]
            for i, column in enumerate(self.columns):
                if column.field == "row_no":
                    row[i] = counted
                elif column.field == "household_no" and person is not home.head and self.number_style != "repeated":
                    row[i] = ""
                elif column.field in {"address", "village", "hamlet", "code"} and self.shape == "MEMBERS":
                    row[i] = row[i] if person is home.head or self.dice.odd("told to all", 0.4) else ""
            lines.append(page.add(self.pen.dittoed([column.field for column in self.columns], row), "MEMBER"))
        own = lines[0]
        own.fate, own.homes = "HOUSEHOLD", [Written(home, self)]
        for line in lines[1:]:
            line.head = own
        if len(people) > 1 and self.shape == "MEMBERS" and self.number_style == "merged" and self.can_merge:
            at = self.at("household_no")
            page.joined.append((own, at, lines[-1], at))
        return counted

    def _head(self, page: Page) -> None:
        depth = self.depth
        rows = [["" for _ in self.columns] for _ in range(depth)]
        below: list[tuple[int, int]] = []
        for i, column in enumerate(self.columns):
            for level, text in enumerate(column.path):
                is_first = i == 0 or self.columns[i - 1].path[: level + 1] != column.path[: level + 1]
                if is_first or level == len(column.path) - 1:
                    rows[level][i] = text
            if len(column.path) < depth and self.can_merge:
                below.append((len(column.path) - 1, i))
        heads = [page.add(row) for row in rows]
        page.header = heads[-1]
        page.joined += [(heads[level], i, heads[-1], i) for level, i in below]
        for level in range(depth - 1):
            i = 0
            while i < len(self.columns):
                end = i
                path = self.columns[i].path
                while end + 1 < len(self.columns) and self.columns[end + 1].path[: level + 1] == path[: level + 1]:
                    end += 1
                if end > i and len(path) > level + 1 and self.can_merge:
                    page.joined.append((heads[level], i, heads[level], end))
                i = end + 1
        how = self.dice.pick("numbering", "", "(1)", "1", "A", odds=0.2)
        numbers = [f"({i})" if how == "(1)" else i for i in range(1, len(self.columns) + 1)]
        if how == "A" and len(numbers) > 3:
            numbers = ["A", "B", *range(1, len(numbers) - 1)]
        if how:
            page.add(list(numbers))

    def _titles(self, page: Page, homes: list[Home]) -> None:
        dice, width = self.dice, max(len(self.columns), 4)
        if not self.has_title:
            return
        lines: list[tuple[list[Any], str]] = []
        right = max(2, width // 2)

        def apart(one: str, other: str) -> None:
            lines.append(([one, *[""] * (right - 1), other], "HEADING"))

        if dice.odd("nation", 0.5):
            apart("UBND XÃ HOA ĐỒNG", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
            unit = homes[0].village.upper() if self.village_by == "title" else "BAN CHỈ HUY"
            apart(unit, "Độc lập - Tự do - Hạnh phúc")
            lines.append(([], ""))
        what = {"HOUSEHOLDS": "DANH SÁCH HỘ GIA ĐÌNH", "MEMBERS": "DANH SÁCH NHÂN KHẨU THEO HỘ",
                "PERSONS": "DANH SÁCH NHÂN KHẨU"}[self.shape]  # fmt: skip
        where = " " + homes[0].village.upper() if self.village_by == "title" else ""
        lines.append(([f"{what}{where}{dice.pick('year', '', ' NĂM 2026', ' QUÝ III/2026')}"], "HEADING"))
        if dice.odd("annex", 0.25):
            annex = "(Kèm theo Tờ trình số 12/TTr-UBND ngày 05/3/2026 của UBND xã Hoa Đồng)"
            lines.append(([annex], "HEADING|NOTE"))
        if dice.odd("date above", 0.15):
            lines.append((["Tính đến ngày 30/6/2026"], "HEADING|NOTE"))
        if dice.odd("unit", 0.1):
            lines.append((["", "", "Đơn vị tính: đồng"], "HEADING|NOTE"))
        if dice.odd("chief", 0.1):
            lines.append((["Trưởng thôn: Lê Văn Quang", "", "", "ĐT: 0510 999 999"], "HEADING|NOTE|SIGNATURE"))
        for cells, fate in lines:
            line = page.add(cells, fate)
            if self.can_merge and len(cells) == 1 and dice.odd("merged titles", 0.6):
                page.joined.append((line, 0, line, width - 1))
        for _ in range(dice.pick("blank rows above", 0, 1, 2)):
            page.add([], "")

    def _group(self, page: Page, label: str, kind: str) -> None:
        dice, chance = self.dice, Random(f"{self.dice.seed}/{label}/{kind}")
        style = dice.pick(
            f"group of {kind}", "first", "name", "numbered", "apart", "merged", "capitals", "counted", odds=0.8
        )
        name_at = self.at("head_name", "full_name")
        rank = chance.randint(0, 7)
        mark = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")[rank] if kind == "village" else str(rank + 1)
        row: list[Any] = [""] * len(self.columns)
        if style == "name" and not (self.shape != "HOUSEHOLDS" and self.pen.village_form == "{bare}"):
            row[name_at] = label
        elif style == "apart" and kind == "village" and self.columns[name_at - 1].field == "row_no":
            row[name_at - 1], row[name_at] = mark, label
        else:
            text = {"numbered": f"{mark}. {label}", "capitals": label.upper(), "counted": f"{label} ({rank + 3} hộ)"}
            row[0] = text.get(style, label)
        line = page.add(row, "GROUP")
        if style == "merged" and self.can_merge:
            page.joined.append((line, 0, line, len(self.columns) - 1))

    def sums(self, text: str, homes: list[Home]) -> list[Any]:
        """The cells of a row of sums."""
        row: list[Any] = [""] * len(self.columns)
        name_at = self.at("head_name", "full_name")
        row[self.dice.pick("where totals stand", name_at, 0)] = text
        for i, column in enumerate(self.columns):
            if column.field == "members":
                row[i] = sum(len(home.people) for home in homes)
            elif column.path[-1].startswith(("Số tiền", "Mức đóng")):
                row[i] = 1_250_000
        return row

    def _subtotal(self, page: Page, homes: list[Home], where: str) -> None:
        if homes and where and self.dice.odd("subtotals", 0.2):
            text = self.dice.pick("subtotal", *words.PARTIAL).format(where.lower(), where.upper())
            page.add(self.sums(text, homes), "TOTAL")

    def _footer(self, page: Page, homes: list[Home]) -> None:
        dice, width = self.dice, len(self.columns)
        if dice.odd("total", 0.4):
            page.add(self.sums(dice.pick("total called", *words.TOTALS), homes), "TOTAL")
        if dice.odd("total in words", 0.2):
            page.add([f"Tổng số hộ: {len(homes)} hộ"], "TOTAL")
        if dice.odd("amount in words", 0.1):
            page.add(["Bằng chữ: Một triệu hai trăm năm mươi nghìn đồng chẵn."], "TOTAL|NOTE")
        if dice.odd("signatures", 0.4):
            if dice.odd("blank before signatures", 0.7):
                page.add([], "")
            right = max(width - 2, 2)
            page.add([*[""] * right, "Hoa Đồng, ngày 05 tháng 3 năm 2026"], "SIGNATURE")
            page.add(["", "NGƯỜI LẬP", *[""] * (right - 2), "TRƯỞNG THÔN"], "SIGNATURE")
            if dice.odd("sign here", 0.5):
                page.add(["", "(Ký, ghi rõ họ tên)", *[""] * (right - 2), "(Ký, ghi rõ họ tên)"], "SIGNATURE")
            for _ in range(3):
                page.add([], "")
            page.add(["", "Trịnh Thị Mai", *[""] * (right - 2), "Lê Văn Quang"], "SIGNATURE")


def a_date(person: Person) -> date:
    """The day somebody was born."""
    return date(person.year, person.month, person.day)
