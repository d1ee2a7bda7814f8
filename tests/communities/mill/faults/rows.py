"""Faults of rows: what stands between the households and below them, and what is no household although it looks so."""

from typing import Any

from tests.communities.mill.dice import Dice
from tests.communities.mill.faults.base import CALM_PHONES, ONE_ROW, PLAIN_PLACES, Fault, some
from tests.communities.mill.page import Line, Page
from tests.communities.mill.table import Layout


class StruckOut(Fault):
    """rows struck out by hand"""

    touches = {"rows"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**ONE_ROW, "format": dice.pick("format of strikes", "xlsx", "xls"), "old letters": ""}

    def page(self, layout: Layout, page: Page) -> None:
        for line in some(layout.dice, "who is struck out", page.listed, 3):
            line.is_struck, line.said, line.fate = True, "must", "HOUSEHOLD|PROBLEM|NOTE"
            line.homes[0].truth["optional"] = True


class OtherSigners(Fault):
    """signers in rare words"""

    touches = {"footer"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {"signatures": False}

    def page(self, layout: Layout, page: Page) -> None:
        dice, chance = layout.dice, layout.dice.of("signers")
        right = max(len(layout.columns) - 2, 2)
        page.add([], "")
        if dice.odd("place and day", 0.5):
            day = chance.choice((
                "Hoa Đồng, ngày … tháng … năm 2026", "Ngày      tháng     năm 2026", "Hoa Đồng, 05/3/2026",
                "....., ngày.....tháng.....năm 20...", "Lập ngày 5/3/2026", "Hoa Đồng ngày mùng 5 tháng Ba năm 2026",
            ))  # fmt: skip
            page.add([*[""] * right, day], "SIGNATURE|NOTE")
        one, other = chance.choice((
            ("Cán bộ địa chính", "Phó ban mặt trận"), ("Người rà soát", "T/M Ban công tác Mặt trận"),
            ("Đại diện hộ dân", "Chi hội trưởng phụ nữ"), ("Người thống kê", "Trưởng ban quản lý"),
            ("Người viết danh sách", "Bí thư chi bộ"), ("Y tế thôn", "Tổ trưởng tổ tự quản"), ("KẾ TOÁN", "CHỦ TỊCH"),
            ("Người điều tra", "Giám sát viên"), ("Điều tra viên", "Xác nhận của thôn"), ("Công an viên", "Trưởng bản"),
        ))  # fmt: skip
        page.add(["", one, *[""] * (right - 2), other], "SIGNATURE")
        for _ in range(chance.randint(0, 3)):
            page.add([], "")
        page.add(["", "Phan Văn Lịch", *[""] * (right - 2), "Cù Thị Hến"], "SIGNATURE")


class CarriedOver(Fault):
    """sums carried over from page to page"""

    touches = {"footer", "rows"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**ONE_ROW, "members": True, "ditto": ""}

    def page(self, layout: Layout, page: Page) -> None:
        chance = layout.dice.of("carried over")
        listed = page.listed
        if len(listed) < 4:
            return
        at = page.lines.index(listed[chance.randrange(2, len(listed) - 1)])
        homes = [line.homes[0].home for line in page.lines[:at] if line.homes]
        below, above = chance.choice((
            ("Chuyển trang sau", "Số mang từ trang trước"), ("Cộng mang sang", "Mang sang"), ("Mang sang trang sau",
            ""),
            ("Cộng chuyển sang", "Chuyển từ trang trước"), ("Lũy kế", ""), ("Cộng trang 1", "Trang trước chuyển sang"),
            ("Cộng trang này", "Cộng dồn trang trước"), ("Cộng lũy kế từ đầu", ""), ("Tổng trang",
            "Trang trước mang sang"),
        ))  # fmt: skip
        lines = [Line(layout.sums(text, homes), "TOTAL") for text in (below, above) if text]
        page.lines[at:at] = lines


class Breakdown(Fault):
    """a shortened total and what it is made of"""

    touches = {"footer"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**ONE_ROW, "members": True, "total": False, "total in words": False, "signatures": False}

    def page(self, layout: Layout, page: Page) -> None:
        chance = layout.dice.of("breakdown")
        homes = [line.homes[0].home for line in page.listed]
        total = chance.choice(
            ("T.cộng", "TC", "T/cộng", "Tổng số hộ", "TỔNG:", "Cộng toàn thôn", "Tổng số", "Σ", "T. số")
        )
        page.add(layout.sums(total, homes), "TOTAL")
        for text in chance.choice((
            ("Trong đó: hộ nghèo",), ("Trong đó:", "- Hộ nghèo", "- Hộ cận nghèo"), ("Nam", "Nữ"), ("Hộ nghèo: 2 hộ",),
            (),
            ("+ Hộ nghèo", "+ Hộ cận nghèo"), ("Trong đó nữ chủ hộ",), ("Số hộ đã nộp", "Số hộ chưa nộp"),
        )):  # fmt: skip
            page.add(layout.sums(text, homes[:1]), "TOTAL|NOTE|GROUP")


class ExampleRow(Fault):
    """the form's own example above the first household"""

    touches = {"rows"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**CALM_PHONES, **ONE_ROW, "no row number": False, "head over two rows": False, "margin": False}

    def page(self, layout: Layout, page: Page) -> None:
        row: list[Any] = [""] * len(layout.columns)
        chance = layout.dice.of("example")
        row[layout.at("row_no")] = chance.choice(("VD", "Ví dụ", "Mẫu", "VD:", "vd"))
        row[layout.at("head_name")] = chance.choice(("Nguyễn Văn A", "NGUYỄN VĂN A", "Trần Thị B", "Nguyễn Văn An"))
        row[layout.at("phone")] = "0510999999"
        example = Line(row, "NOTE|HEADING|PROBLEM", said="may")
        page.lines.insert(page.lines.index(page.listed[0]), example)


class LeaderOfGroup(Fault):
    """rows of groups with their leader and his number"""

    touches = {"rows", "places"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {
            **CALM_PHONES, **ONE_ROW, **PLAIN_PLACES, "lane by": "groups", "group of lane": "first",
            "no row number": False,
            "margin": False, "subtotals": False,
        }  # fmt: skip

    def page(self, layout: Layout, page: Page) -> None:
        called = layout.dice.pick(
            "leaders called", "Trưởng cụm: {0}", "Tổ trưởng: {0}", "Nhóm trưởng {0}", "TT: {0}", "Ông {0} - trưởng cụm",
            "Phụ trách: {0}",
        )  # fmt: skip
        for n, line in enumerate(line for line in page.lines if line.fate == "GROUP"):
            line.cells[layout.at("head_name")] = called.format(("Vũ Đức Ấm", "Vũ Đức Siêu", "Vũ Thị Vung")[n % 3])
            line.cells[layout.at("phone")] = f"051099990{n % 10}"
            line.said = "may"


class WifeBelow(Fault):
    """a wife below her husband without a running number"""

    touches = {"rows", "phones"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**CALM_PHONES, **ONE_ROW, "no row number": False, "members": True, "extras": 0, "ditto": ""}

    def page(self, layout: Layout, page: Page) -> None:
        form = layout.dice.pick(
            "wives called", "Vợ: {0}", "(Vợ) {0}", "Vợ là {0}", "Con trai: {0}", "Con: {0}", "{0} (vợ)", "- Vợ: {0}",
            "vợ {0}"
        )  # fmt: skip
        for line in some(layout.dice, "whose wife", page.listed, 2):
            number = f"0510{layout.dice.of(line.homes[0].home.code).randint(10**5, 10**6 - 1)}"
            row: list[Any] = [""] * len(layout.columns)
            row[layout.at("head_name")] = form.format("Lê Thị Vung")
            row[layout.at("phone")] = number
            page.lines.insert(page.lines.index(line) + 1, Line(row, "MEMBER|PROBLEM", head=line, said="may"))
            line.homes[0].truth |= {"may_have": [f"+84{number[1:]}"], "had_or_told_below": f"+84{number[1:]}"}
            line.said = "may"


class PreparedRows(Fault):
    """rows prepared with a number and nothing else"""

    touches = {"rows"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**ONE_ROW, "no row number": False, "gaps": False}

    def page(self, layout: Layout, page: Page) -> None:
        last = page.listed[-1]
        at, name = layout.at("row_no"), page.lines.index(last) + 1
        for n in range(layout.dice.of("prepared").randint(1, 5), 0, -1):
            row: list[Any] = [""] * len(layout.columns)
            row[at] = last.cells[at] + n
            page.lines.insert(name, Line(row, "PREPARED"))


class RepeatedRow(Fault):
    """a household written twice"""

    touches = {"rows", "code"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**CALM_PHONES, **ONE_ROW, "code": True, "gaps": False, "ditto": ""}

    def page(self, layout: Layout, page: Page) -> None:
        for line in some(layout.dice, "who is there twice", page.listed, 2):
            again = Line(list(line.cells), "REPEATED|PROBLEM", said="may")
            page.lines.insert(page.lines.index(line) + 1, again)
            page.said_of.append([line, again])
            line.said = "may"


class Shouted(Fault):
    """remarks between the households"""

    touches = {"rows"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**ONE_ROW, "ditto": ""}

    def page(self, layout: Layout, page: Page) -> None:
        chance = layout.dice.of("remarks")
        text = chance.choice((
            "Ghi chú: các hộ dưới đây chưa nộp quỹ", "* Những hộ có dấu x là hộ mới tách", "(Các hộ sau đi làm ăn xa)",
            "Lưu ý: gọi buổi tối", "Hết trang 1", "Tiếp theo", "Danh sách này thay cho danh sách cũ",
        ))  # fmt: skip
        cells: list[Any] = [""] * len(layout.columns)
        cells[0] = text
        page.lines.insert(
            page.lines.index(chance.choice(page.listed)), Line(cells, "NOTE|GROUP|HEADING|PAGE", said="may")
        )


FAULTS = (
    StruckOut, OtherSigners, CarriedOver, Breakdown, ExampleRow, LeaderOfGroup, WifeBelow, PreparedRows, RepeatedRow,
    Shouted,
)  # fmt: skip
