"""Faults of the shape: what a row is, and where its columns are."""

from dataclasses import replace
from random import Random
from typing import Any

from tests.communities.mill.dice import Dice
from tests.communities.mill.faults.base import (
    ONE_ROW,
    PLAIN_PLACES,
    Fault,
    place,
    replaced,
    some,
)
from tests.communities.mill.page import Line, Page
from tests.communities.mill.people import Home
from tests.communities.mill.table import Column, Layout


class HeadBlankOnOwnRow(Fault):
    """persons: the head's cell is blank on the head's own row"""

    touches = {"head"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {"shape": "PERSONS"}

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "head_name")
        pen = layout.pen
        return replaced(
            made, at,
            replace(made[at], cell=lambda home, person, n: "" if person is home.head else pen.name(home.head)),
        )  # fmt: skip


class HeadRepeatedWithCode(Fault):
    """persons: the head's name and a file code on every row"""

    touches = {"head", "code", "header of name"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {"shape": "PERSONS", "relation": False}

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        name, code = place(made, "full_name"), place(made, "code")
        called = layout.dice.pick(
            "persons called", "Họ, chữ đệm, tên thành viên", "Họ và tên thành viên hộ", "Họ, chữ đệm và tên nhân khẩu",
            "Họ tên người trong hộ", "Họ và tên công dân",
        )  # fmt: skip
        made = replaced(made, name, replace(made[name], path=(called,)))
        called = layout.dice.pick("codes called", "Mã HSCT", "Mã hồ sơ", "Mã hộ", "Số HSCT", "Mã số hộ")
        return replaced(made, code, replace(made[code], path=(called,)))

    def page(self, layout: Layout, page: Page) -> None:
        for line in page.listed:  # a file's code need not be the household's
            line.homes[0].truth["code"] = {"", line.homes[0].home.code}


class HeadMarked(Fault):
    """persons: the head is marked by x, v, 1 or Có"""

    touches = {"head"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {"shape": "MEMBERS", "relation": False, "no second number": False}

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        dice = layout.dice
        yes, no = dice.pick(
            "mark", ("x", ""), ("X", ""), ("v", ""), ("Có", "Không"), ("1", "0"), ("✓", ""), (1, ""), ("C", "K"),
            ("có", ""),
            ("Đúng", "Sai"), ("*", ""), ("●", ""), ("Yes", "No"),
        )  # fmt: skip
        called = dice.pick(
            "marks called", "Là chủ hộ", "Chủ hộ (x)", "Là chủ hộ (Có/Không)", "Đánh dấu chủ hộ", "Chủ hộ?", "CH",
            "Có phải chủ hộ",
        )  # fmt: skip
        made = [column for column in made if column.field != "relation"]
        at = place(made, "full_name") + dice.pick("mark stands", 1, 0)
        mark = Column("", (called,), lambda home, person, n: yes if person is home.head else no)
        return [*made[:at], mark, *made[at:]]

    def page(self, layout: Layout, page: Page) -> None:
        if layout.number_style != "repeated" or not layout.dice.odd("heads aside", 0.5):
            return
        moving = [i for i, column in enumerate(layout.columns) if column.field == "row_no"]
        for head in page.listed:
            at = page.lines.index(head)
            if (
                at + 1 < len(page.lines)
                and page.lines[at + 1].head is head
                and layout.dice.of(head.homes[0].home.code).random() < 0.5
            ):
                other = page.lines[at + 1]
                page.lines[at : at + 2] = [other, head]
                for i in moving:
                    head.cells[i], other.cells[i] = other.cells[i], head.cells[i]


class CodeForSome(Fault):
    """some households have a code, others none"""

    touches = {"code"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**ONE_ROW, "code": True, "no row number": False}

    def people(self, dice: Dice, homes: list[Home]) -> None:
        chance = dice.of("codes left out")
        for home in homes:
            if chance.random() < 0.6:
                home.code = ""

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "code")
        return replaced(made, at, replace(made[at], cell=lambda home, person, n: home.code))


class CodeForTwo(Fault):
    """one code copied to two households"""

    touches = {"code"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**ONE_ROW, "code": True, "no row number": False}

    def page(self, layout: Layout, page: Page) -> None:
        at = layout.at("code")
        listed = page.listed
        for first in some(layout.dice, "codes copied", range(0, len(listed) - 1, 2), 2):
            one, other = listed[first], listed[first + 1]
            other.cells[at] = one.cells[at]
            other.homes[0].truth["code"] = {"", one.homes[0].home.code, other.homes[0].home.code}
            page.said_of.append([other])
            one.said = other.said = "may"


class NameInColumns(Fault):
    """the name in two or three columns"""

    touches = {"name"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {
            "shape": dice.pick("of names in columns", "HOUSEHOLDS", "MEMBERS"),
            "head over two rows": False,
            "names as": "plain",
        }

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "head_name", "full_name")
        of_head = ("Họ tên chủ hộ",) if made[at].field == "head_name" else ("Họ và tên",)
        parts = layout.dice.pick(
            "parts", ("Họ", "Tên đệm", "Tên"), ("Họ", "Đệm", "Tên"), ("Họ đệm", "Tên"), ("Họ và tên đệm", "Tên"),
            ("Họ", "Chữ đệm", "Tên"), ("Họ và chữ đệm", "Tên"),
        )  # fmt: skip
        above = of_head if layout.dice.odd("parts below one header", 0.3) else ()
        pen = layout.pen

        def part(i: int) -> Column:
            def cell(home: Home, person: Any, n: int) -> str:
                own, *middle = pen.name(person).split()
                told = [own, " ".join(middle[:-1]), middle[-1]] if len(parts) == 3 else [
                    " ".join([own, *middle[:-1]]), middle[-1]
                ]  # fmt: skip
                return told[i]

            return Column(made[at].field if i == 0 else "", (*above, parts[i]), cell, block="name")

        return replaced(made, at, *(part(i) for i in range(len(parts))))


class FormerHead(Fault):
    """the former head beside the present one"""

    touches = {"name", "other person"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**ONE_ROW, "head over two rows": False}

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "head_name")
        old, new = layout.dice.pick(
            "heads called", ("Chủ hộ\n(trước đây)", "Chủ hộ\n(hiện nay)"), ("Chủ hộ cũ", "Chủ hộ mới"),
            ("Họ tên chủ hộ cũ", "Họ tên chủ hộ hiện tại"), ("Chủ hộ trước đây (đã mất)", "Chủ hộ hiện nay"),
            ("Tên chủ hộ theo sổ cũ", "Tên chủ hộ hiện nay"), ("Chủ hộ theo sổ hộ khẩu cũ", "Chủ hộ hiện tại"),
        )  # fmt: skip
        former = Column("", (old,), lambda home, person, n: _relative(home), block="heads")
        present = replace(made[at], path=(new,), block="heads")
        return replaced(
            made, at, *((present, former) if layout.dice.odd("the present first", 0.3) else (former, present))
        )


def _relative(home: Home, woman: bool = False) -> str:
    """Somebody of the family who is not in the list."""
    chance = Random(f"{home.code}/{home.head.name}")
    own = home.head.name.split()[0]
    if woman:
        return f"{chance.choice(('Lê', 'Phạm', 'Bùi', 'Đỗ'))} Thị {chance.choice(('Nhài', 'Lụa', 'Sen', 'Thắm'))}"
    return f"{own} {chance.choice(('Văn', 'Đức', 'Bá'))} {chance.choice(('Cổ', 'Lão', 'Tổ', 'Xưa', 'Cụ'))}"


class WifeBeside(Fault):
    """husband and wife in two columns"""

    touches = {"name", "other person"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**ONE_ROW, "head over two rows": False}

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "head_name")
        own, other = layout.dice.pick(
            "couple called", ("Chủ hộ", "Vợ (chồng)"), ("Họ và tên chủ hộ", "Họ và tên vợ/chồng"),
            ("Họ tên chủ hộ", "Họ tên người vợ hoặc chồng"), ("Chủ hộ", "Tên vợ"),
        )  # fmt: skip
        head = replace(made[at], path=(own,), block="heads")
        return replaced(
            made, at, head, Column("", (other,), lambda home, person, n: _relative(home, woman=True), block="heads")
        )


class Couple(Fault):
    """husband and wife in two columns, and neither is called the head"""

    touches = {"name", "other person"}
    asks = {"map": "HEADS"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**ONE_ROW, "head over two rows": False}

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "head_name")
        own, other = layout.dice.pick(
            "couple called", ("Họ tên chồng", "Họ tên vợ"), ("Chồng", "Vợ"), ("Họ và tên chồng", "Họ và tên vợ")
        )
        head = replace(made[at], path=(own,), block="heads")
        return replaced(
            made, at, head, Column("", (other,), lambda home, person, n: _relative(home, woman=True), block="heads")
        )


class SideBySide(Fault):
    """two lists side by side"""

    is_last = True
    touches = {"rows", "beside", "shape"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {
            **ONE_ROW, **PLAIN_PLACES, "gaps": False, "pages": False, "subtotals": False, "ditto": "", "margin": False,
            "empty column": False, "no row number": dice.odd("two lists without numbers", 0.4), "extras": 0,
            "head over two rows": False, "birth by sex": False, "members over two rows": False, "gender": False,
            "numbering": "",
        }  # fmt: skip

    def page(self, layout: Layout, page: Page) -> None:
        listed = page.listed
        width, half = len(layout.columns), (len(listed) + 1) // 2
        if len(listed) < 4:
            return
        gap = [""] if layout.dice.odd("gap between", 0.6) else []
        end = page.lines.index(page.header) + 1
        for line in page.lines[end - layout.depth : end]:
            line.cells = [*line.cells, *gap, *line.cells]
        for left, right in zip(listed, listed[half:], strict=False):
            left.cells = [*left.cells, *[""] * (width - len(left.cells)), *gap, *right.cells]
            left.homes += right.homes
            left.said = max(left.said, right.said)  # “must” before “may”
        for line in listed[half:]:
            page.lines.remove(line)


class Stacked(Fault):
    """two tables below one another with other columns"""

    is_last = True
    touches = {"rows", "beside", "shape", "phone columns"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {
            **ONE_ROW, **PLAIN_PLACES, "gaps": False, "pages": False, "subtotals": False, "ditto": "",
            "head over two rows": False, "birth by sex": False, "members over two rows": False,
            "gender by marks": False, "extras": 0, "total": False, "total in words": False, "amount in words": False,
            "margin": False, "numbering": "", "empty column": False,
        }  # fmt: skip

    def page(self, layout: Layout, page: Page) -> None:
        listed = page.listed
        if len(listed) < 4:
            return
        chance = layout.dice.of("second table")
        below = listed[len(listed) // 2 :]
        order = list(range(len(layout.columns)))
        chance.shuffle(order)
        if "row_no" in (fields := [column.field for column in layout.columns]):
            order.remove(fields.index("row_no"))
            order.insert(0, fields.index("row_no"))
        lost = [i for i in order if fields[i] in {"birth", "members", "code"}]
        if lost and len(order) > 3:
            order.remove(lost[0])
        other = object.__new__(Layout)
        other.__dict__.update(layout.__dict__, columns=[layout.columns[i] for i in order])
        for number, line in enumerate(below, start=1):
            line.cells = [line.cells[i] for i in order]
            if "row_no" in fields:
                line.cells[0] = number
            line.homes[0].layout = other
        label = [layout.dice.pick("second title", "NGÕ ĐOÀI", "Danh sách bổ sung", "Khu tập thể", "")]
        at = page.lines.index(below[0])
        between = [Line([], "") for _ in range(chance.randint(0, 2))]
        between += [Line(label, "HEADING|GROUP|PAGE|NOTE")] if label[0] else []
        between += [Line([layout.columns[i].path[0] for i in order], "HEADING|PAGE")]
        page.lines[at:at] = between
        if label[0] and layout.lane_by == "none":
            for line in below:
                line.homes[0].truth["lane"] = (
                    ...
                    if layout.has("address")
                    else {"", "NGÕ ĐOÀI", "Ngõ Đoài", "Ngõ ĐOÀI", "Khu tập thể", "Khu Tập Thể"}
                )


class SmallTable(Fault):
    """a small table at the right"""

    touches = {"beside"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {"margin": False, "pages": False, "empty column": False}

    def page(self, layout: Layout, page: Page) -> None:
        if len(page.listed) < 3:
            return
        width = max(len(line.cells) for line in (page.header, *page.listed))
        header, *rows = layout.dice.pick(
            "small table", (("Ngõ", "Số hộ"), ("Ngõ 1", 3), ("Ngõ 2", 4)),
            (("Thôn", "Số hộ", "Số khẩu"), ("Thôn Đoài", 12, 45), ("Cộng", 12, 45)),
            (("Diện", "Số hộ"), ("Hộ nghèo", 2), ("Cận nghèo", 1)), (("Nhóm trưởng", "SĐT"), ("Vũ Đức Lái",
            "0510999001")),
            (("Tổ trưởng", "Điện thoại"), ("Phan Thị Lịch", "0510999002"), ("Cù Văn Tổ", "0510999003")),
        )  # fmt: skip
        for line, more in zip((page.header, *page.listed), (header, *rows), strict=False):
            line.cells = [*line.cells, *[""] * (width - len(line.cells) + 1), *more]
        for line in page.lines[page.lines.index(page.header) :][: len(rows) + 3]:
            line.said = "may"  # where it begins


class UnknownHeading(Fault):
    """the column of names has a heading nobody listed"""

    touches = {"name", "header of name"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {
            **ONE_ROW, "no row number": False, "no phone": False, "head over two rows": False, "title": True,
            "nation": True, "extras": 0,
        }  # fmt: skip

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "head_name")
        called = layout.dice.pick(
            "heads called", "Người đứng đầu gia đình", "Gia chủ", "Tên nhà", "Ông (bà)", "Người đứng tên hộ", "Chủ nhà",
            "Người đứng sổ", "Các hộ trong thôn", "Tên gia chủ", "Danh tính", "Tên các nhà", "Chủ gia đình", "Nhà",
            "Gia đình ông (bà)", "Người thay mặt gia đình", "Quý danh", "Danh sách các nhà",
            "Tên người trong nhà đứng sổ",
        )  # fmt: skip
        return replaced(made, at, replace(made[at], path=(called,)))


_DOTTED = {
    "row_no": ("S.T.T", "T.T", "Số T.T", "S.T.T.", "S. TT"), "household_no": ("S.T.T hộ", "Số T.T hộ"),
    "head_name": ("H.tên chủ hộ", "H. và tên chủ hộ", "Họ.tên chủ hộ", "Họ và tên c.hộ", "Tên C.hộ",
                  "H.T chủ hộ", "Họ & tên c. hộ"),
    "full_name": ("H.tên", "H. và tên", "Họ và t."), "phone": ("Đ.T", "S.Đ.T", "Đ.thoại", "Số Đ.T", "Số đ.thoại"),
    "birth": ("N.sinh", "N.S", "Ng.sinh"), "members": ("S.khẩu", "Số n.khẩu", "N.khẩu", "Số NK."),
    "address": ("Đ.chỉ", "Đ/c", "Đ.C"), "note": ("G.chú", "G/c", "G.C"), "relation": ("Q.hệ", "Q.hệ với C.hộ",
    "QH với c.hộ"),
}  # fmt: skip


class DottedHeadings(Fault):
    """headings shortened with dots"""

    touches = {"header of name", "headers"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {"head over two rows": False, "members over two rows": False, "birth by sex": False, "title": True}

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        dice = layout.dice
        found = []
        for column in made:
            options = _DOTTED.get(column.field, ())
            if options and len(column.path) == 1:
                column = replace(column, path=(dice.pick(f"dots of {column.field}", *options),))
            found.append(column)
        return found


class MisleadingLine(Fault):
    """a heading of several lines whose first line misleads"""

    touches = {"headers"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**ONE_ROW, "members": True, "members over two rows": False, "headers in capitals": False}

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "members")
        path, cells = layout.dice.pick(
            "misleading", (("Nhân khẩu\nđi làm xa",), (0, 1, 2)), (("Số khẩu\ntạm vắng",), (0, "", 1)),
            (("Chủ hộ\nlà nữ",), ("", "x")), (("Số người\ntrên 60 tuổi",), (0, 1, 2)), (("Nhân khẩu\nnữ",), (1, 2)),
            (("Số khẩu\nđược hỗ trợ",), ("", 1, 2)), (("Nhân khẩu\ntrong độ tuổi\nlao động",), (1, 2, 3)),
        )  # fmt: skip
        true = layout.dice.pick(
            "true members", "Tổng số\nkhẩu", "Tổng\nsố khẩu", "Số khẩu\ntrong hộ", "Tổng số\nnhân khẩu"
        )
        other = Column("", path, lambda home, person, n: cells[len(person.name) % len(cells)])
        return replaced(made, at, other, replace(made[at], path=(true,)))


class CountedThrough(Fault):
    """persons counted through the whole list"""

    touches = {"headers", "head"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {
            "shape": "MEMBERS", "no row number": False, "no second number": False, "relation": True,
            "household number": dice.pick("counted under", "blank", "merged"), "numbers per village": False,
            "relation of head": "Chủ hộ",
        }  # fmt: skip

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        household, person = place(made, "household_no"), place(made, "row_no")
        own = layout.dice.pick("households counted", "Số hộ", "STT hộ", "Hộ", "Hộ số", "TT hộ")
        called = layout.dice.pick(
            "persons counted",
            "Nhân khẩu\nthứ",
            "Thứ tự khẩu",
            "STT khẩu",
            "TT nhân khẩu",
            "Khẩu số",
            "Khẩu",
            "Khẩu thứ",
        )
        made = replaced(made, household, replace(made[household], path=(own,)))
        return replaced(made, person, replace(made[person], path=(called,)))


class DittoAfterBlanks(Fault):
    """ditto marks on heads' rows, over blank cells of members"""

    touches = {"places"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {
            "shape": "MEMBERS",
            **PLAIN_PLACES,
            "lane by": "column",
            "ditto": "",
            "told to all": False,
            "pages": False,
        }

    def page(self, layout: Layout, page: Page) -> None:
        at, chance = layout.at("hamlet"), layout.dice.of("dittos")
        lane, first = "", ""
        for line in page.lines:
            if line.homes:
                lane, first = line.homes[0].home.lane, lane
                if lane == first:
                    line.cells[at] = chance.choice(("nt", '"', "-nt-", "như trên", "//"))
            elif line.head is not None:
                line.cells[at] = chance.choice(("", "", "nt"))


class StackedVillages(Fault):
    """a table with a header of its own for each village"""

    is_last = True
    touches = {"rows", "shape", "places", "beside"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {
            **ONE_ROW, "village count": dice.pick("stacked villages", 2, 3), "village by": "groups", "lane by": "none",
            "numbers per village": True, "pages": False, "subtotals": False, "numbering": "", "gaps": False,
            "title": True,
        }  # fmt: skip

    def page(self, layout: Layout, page: Page) -> None:
        top = page.lines.index(page.header) - layout.depth + 1
        heading = page.lines[top : top + layout.depth]
        groups = [line for line in page.lines if line.fate == "GROUP"]
        for n, group in enumerate(groups):
            at = page.lines.index(group)
            group.fate = "GROUP|HEADING|PAGE"
            if n == 0:
                page.lines.remove(group)
                page.lines.insert(top, group)
                continue
            copies = {line: Line(list(line.cells), "PAGE|HEADING") for line in heading}
            page.joined += [
                (copies[one], left, copies[other], right)
                for one, left, other, right in page.joined if one in copies and other in copies
            ]  # fmt: skip
            page.lines[at + 1 : at + 1] = copies.values()
            page.lines[at:at] = [Line([], "") for _ in range(layout.dice.pick("blank between tables", 0, 1, 2))]


class SheetTwice(Fault):
    """the same sheet twice"""

    is_last = True
    touches = {"sheets", "shape"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {"format": dice.pick("format of two", "xlsx", "xls", "ods"), "summary": False, "old letters": ""}

    def book(self, pages: list[Page]) -> list[Page]:
        first = pages[0]
        copies = {line: Line(list(line.cells), line.fate, said="may") for line in first.lines}
        for line, copy in copies.items():
            if line.homes or line.head:
                copy.fate = "REPEATED|UNREAD"
            elif line.fate:
                copy.fate = f"{line.fate}|PAGE|REPEATED|UNREAD|NOTE"
        joined = [
            (copies[top], left, copies[bottom], right) for top, left, bottom, right in first.joined if top in copies
        ]
        return [*pages, Page(f"{first.name[:20]} (2)", list(copies.values()), joined)]


class RowsOrPersons(Fault):
    """persons with a code, and no word of their relation"""

    touches = {"head", "code", "header of name"}
    asks = {"shape": "members"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {
            "shape": "MEMBERS", "no second number": True, "relation": False, "household number": "none", "code": True,
            "no row number": False, "told to all": True, "title": False, **PLAIN_PLACES, "numbers per village": False,
        }  # fmt: skip

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        made = [column for column in made if column.field not in {"relation", "gender"}]
        return made if any(column.field == "row_no" for column in made) else [
            Column("row_no", ("STT",), lambda home, person, n: 0), *made
        ]  # fmt: skip


FAULTS = (
    HeadBlankOnOwnRow, HeadRepeatedWithCode, HeadMarked, CodeForSome, CodeForTwo, NameInColumns, FormerHead, WifeBeside,
    Couple, SideBySide, Stacked, SmallTable, UnknownHeading, DottedHeadings, MisleadingLine, CountedThrough,
    DittoAfterBlanks, StackedVillages, SheetTwice, RowsOrPersons,
)  # fmt: skip
