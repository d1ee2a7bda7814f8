"""Faults of cells: names that are more or less than a name, numbers that are no phone or stand elsewhere."""

from dataclasses import replace
from random import Random
from typing import Any

from tests.communities.mill.dice import Dice
from tests.communities.mill.faults.base import CALM_PHONES, ONE_ROW, PLAIN_PLACES, Fault, place, replaced, some
from tests.communities.mill.page import Page
from tests.communities.mill.people import LANES, Home
from tests.communities.mill.table import Column, Layout

PLAIN_NAMES = {"names as": "plain", "many ways of writing": False, "old letters": ""}


class GroupedDigits(Fault):
    """the digits of one number in groups"""

    touches = {"phones"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        form = dice.pick(
            "groups", "{1}, {2}, {3}", "{1}/{2}/{3}", "{1} - {2} - {3}", "{1}\n{2}\n{3}", "{1};{2};{3}", "{1},{2},{3}",
            "{1}. {2}. {3}", "{1}; {2}; {3}", "{1} / {2} / {3}", "{1}-{2}/{3}", "{1}, {5}", "{1}\n{5}", "{1}/{5}",
            "{1} ,{2} ,{3}",
        )  # fmt: skip
        return {**CALM_PHONES, "phones as": form}

    def people(self, dice: Dice, homes: list[Home]) -> None:
        for home in homes:
            home.landline = ""
            for person in home.people:
                del person.mobiles[1:]


class SharedNumber(Fault):
    """one number for several households"""

    touches = {"phones"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**CALM_PHONES, **ONE_ROW, "village count": 1}

    def people(self, dice: Dice, homes: list[Home]) -> None:
        for home in some(dice, "who shares", homes, max(2, len(homes) // 2)):
            home.head.mobiles, home.landline, home.owner = ["0510777001"], "", ""

    def page(self, layout: Layout, page: Page) -> None:
        sharing = [line for line in page.listed if line.homes[0].home.head.mobiles == ["0510777001"]]
        if len(sharing) > 1:
            page.said_of.append(sharing)
            for line in sharing:
                line.said = "may"


class MergedNumber(Fault):
    """one number in a cell merged over two or three households"""

    touches = {"phones", "rows"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {
            **CALM_PHONES, **ONE_ROW, **PLAIN_PLACES, "format": "xlsx", "gaps": False, "pages": False,
            "subtotals": False,
        }  # fmt: skip

    def people(self, dice: Dice, homes: list[Home]) -> None:
        numbers = dice.pick("merged numbers", ["0510777002"], ["0510777002", "0510777003"])
        for home in homes[1 : dice.of("merged over").randint(3, 4)]:
            home.head.mobiles, home.landline, home.owner = list(numbers), "", ""

    def page(self, layout: Layout, page: Page) -> None:
        at = layout.at("phone")
        sharing = [line for line in page.listed if line.homes[0].home.head.mobiles[:1] == ["0510777002"]]
        if len(sharing) < 2:
            return
        one, *others = sharing
        for line in others:
            line.cells[at] = ""
        page.joined.append((one, at, others[-1], at))
        page.said_of.append([one, *others])
        for line in (one, *others):
            line.said = "may"


class NumberInName(Fault):
    """the number stands behind the name"""

    touches = {"phones", "name", "names"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**CALM_PHONES, **PLAIN_NAMES, **ONE_ROW, "no phone": True, "head over two rows": False}

    def people(self, dice: Dice, homes: list[Home]) -> None:
        _one_number(homes)

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "head_name")

        def cell(home: Home, person: Any, n: int) -> str:
            if not person.mobiles:
                return str(person.name)
            form = Random(person.name).choice(
                ("{0} - {1}", "{0} ({1})", "{0}\n{1}", "{0}: {1}", "{0} {1}", "{0} ĐT {1}")
            )
            return str(form.format(person.name, person.mobiles[0]))

        return replaced(made, at, replace(made[at], cell=cell))

    def page(self, layout: Layout, page: Page) -> None:
        for line in page.listed:
            line.homes[0].truth |= _of_head(line.homes[0].home, or_told=True)
            line.said = "may"


class NumberInNote(Fault):
    """the number stands in the note"""

    touches = {"phones", "note"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**CALM_PHONES, **ONE_ROW, "no phone": True, "note": True}

    def people(self, dice: Dice, homes: list[Home]) -> None:
        _one_number(homes)

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "note")

        def cell(home: Home, person: Any, n: int) -> str:
            if not person.mobiles:
                return home.note
            form = Random(person.name).choice(
                ("ĐT: {0}", "SĐT {0}", "gọi con gái {0}", "liên hệ {0}", "{0}", "Zalo {0}")
            )
            return str(form.format(person.mobiles[0]))

        return replaced(made, at, replace(made[at], cell=cell))

    def page(self, layout: Layout, page: Page) -> None:
        for line in page.listed:
            home = line.homes[0].home
            if home.head.mobiles:
                line.homes[0].truth |= {**_of_head(home, or_told=True), "note": ...}
                line.said = "may"


def _one_number(homes: list[Home]) -> None:
    for home in homes:
        home.landline = ""
        for person in home.people:
            del person.mobiles[1:]


def _of_head(home: Home, **more: Any) -> dict[str, Any]:
    return {"phones": [f"+84{number[1:]}" for number in home.head.mobiles], **more}


class NumberOfOfficial(Fault):
    """the number of the official in charge"""

    touches = {"other person", "phone columns"}

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        name, number = layout.dice.pick(
            "official", (("Trưởng cụm phụ trách", "Họ tên"), ("Trưởng cụm phụ trách", "SĐT")),
            (("Cán bộ phụ trách",), ("SĐT cán bộ phụ trách",)), (("Tổ trưởng", "Họ và tên"), ("Tổ trưởng",
            "Điện thoại")),
            (("Trưởng thôn",), ("Điện thoại trưởng thôn",)), (("Nhóm trưởng",), ("SĐT nhóm trưởng",)),
            (("Người quản lý",), ("Số ĐT người quản lý",)), (("Cán bộ thôn theo dõi",), ("ĐT cán bộ",)),
            (("Công an viên phụ trách",), ("SĐT công an viên",)), (("Chi hội trưởng", "Họ tên"), ("Chi hội trưởng",
            "Số ĐT")),
            (("SĐT trưởng thôn",), ("Trưởng thôn",)), (("Đảng viên phụ trách hộ", "Tên"),
            ("Đảng viên phụ trách hộ", "ĐT")),
        )  # fmt: skip
        cell = ("Vũ Đức Lái", "0510999000")
        return [
            *made, Column("", name, lambda home, person, n: cell[name == ("SĐT trưởng thôn",)], block="official"),
            Column("", number, lambda home, person, n: cell[name != ("SĐT trưởng thôn",)], block="official"),
        ]  # fmt: skip


class NumberOfService(Fault):
    """numbers of services in the phone cell"""

    touches = {"phones"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**CALM_PHONES, **ONE_ROW}

    def page(self, layout: Layout, page: Page) -> None:
        at = layout.at("phone")
        none = [line for line in page.listed if line.cells[at] == ""]
        for line in some(layout.dice, "who calls a service", none, 2):
            line.cells[at] = layout.dice.of("service").choice(("18001091", "1900 8198", "1800 8098", "19001515", "198"))
            line.said = "may"


class NumbersByCarrier(Fault):
    """a column of numbers for each carrier"""

    touches = {"phones", "phone columns", "headers"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**CALM_PHONES, **ONE_ROW}

    def people(self, dice: Dice, homes: list[Home]) -> None:
        _one_number(homes)

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "phone")
        one, other = layout.dice.pick(
            "carriers", (("Số điện thoại", "Viettel"), ("Số điện thoại", "VinaPhone")), (("SĐT Viettel",),
            ("SĐT Vina",)),
            (("Điện thoại", "Vietel"), ("Điện thoại", "Mobi")), (("Số ĐT (Viettel)",), ("Số ĐT (mạng khác)",)),
        )  # fmt: skip

        def cell(which: int) -> Any:
            def told(home: Home, person: Any, n: int) -> str:
                return "".join(number for number in person.mobiles[:1] if int(number) % 2 == which)

            return told

        return replaced(
            made, at, Column("phone", one, cell(0), block="phones"), Column("", other, cell(1), block="phones")
        )


class OldNumber(Fault):
    """old numbers in front of the new ones"""

    touches = {"phones", "phone columns"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**CALM_PHONES, **ONE_ROW}

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "phone")
        old, new = layout.dice.pick(
            "numbers called", ("Số ĐT đã đổi", "Số ĐT"), ("SĐT (cũ)", "SĐT"), ("SĐT trước đây", "SĐT hiện nay"),
            ("SĐT cũ", "SĐT mới"), ("Số ĐT cũ (11 số)",
            "Số ĐT mới"),
            ("Điện thoại (cũ)", "Điện thoại (mới)"), ("Số cũ", "Số điện thoại hiện dùng"), ("SĐT đã bỏ",
            "SĐT đang dùng"),
        )  # fmt: skip
        former = Column("", (old,), lambda home, person, n: _former(home), block="phones")
        present = replace(made[at], path=(new,), block="phones")
        both = (present, former) if layout.dice.odd("the present number first", 0.3) else (former, present)
        return replaced(made, at, *both)

    def page(self, layout: Layout, page: Page) -> None:
        for line in page.listed:
            own, home = line.homes[0], line.homes[0].home
            line.said = "may"
            if home.head.mobiles:
                own.truth["may_have"] = [f"+84{_former(home)[1:]}"]
                own.truth["leads"] = f"+84{home.head.mobiles[0][1:]}"


def _former(home: Home) -> str:
    return f"0510{Random(home.head.name).randint(10**5, 10**6 - 1)}"


class BookNumbers(Fault):
    """numbers of books and contracts that look like phones"""

    touches = {"phone columns"}

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        called, start = layout.dice.pick(
            "book", ("Số sổ", 350100000), ("Số hợp đồng điện", "0910200"), ("Mã khách hàng", "0350400"),
            ("Số sổ hộ khẩu", 351200000), ("Số tài khoản", "0388100"), ("Mã số thuế", "0870300"), ("Số giấy CNQSDĐ",
            "0970400"),
            ("Số công tơ", 912300000), ("Số thẻ nước", "0560100"),
        )  # fmt: skip
        column = Column(
            "", (called,),
            lambda home, person, n: start + 3 * n if isinstance(start, int) else f"{start}{100 + 3 * n}",
        )  # fmt: skip
        return [*made, column]

    def page(self, layout: Layout, page: Page) -> None:
        for line in page.listed if not layout.has("code") else ():  # the number of a household's book names it
            line.homes[0].truth["code"] = ...


class NumberInComment(Fault):
    """a number in the comment of a cell"""

    touches = {"phones"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**CALM_PHONES, **ONE_ROW, "format": "xlsx", "old letters": ""}

    def page(self, layout: Layout, page: Page) -> None:
        at = layout.dice.pick("where comments are", layout.at("phone"), layout.at("head_name"))
        for line in some(layout.dice, "who has a comment", page.listed, 3):
            home = line.homes[0].home
            number = _former(home)
            form = layout.dice.of(f"comment {number}").choice(("SĐT: {0}", "Số mới {0}", "Con trai: {0}", "{0}"))
            line.comments[at] = form.format(number)
            line.said = "may"
            line.homes[0].truth |= {"may_have": [f"+84{number[1:]}"], "had_or_told": f"+84{number[1:]}"}


_MEN = (
    "Ông {0}", "Ô {0}", "Ô.{0}", "Ô. {0}", "Cụ ông {0}", "Ông bà {0}", "Gđ ông {0}", "Hộ ông {0}", "Hộ: Ông {0}",
    "Nhà ông {0}", "Gia đình ông {0}", "GĐ ông {0}", "Anh {0}", "Chú {0}", "Hộ ông: {0}", "Hộ {0}",
)  # fmt: skip
_WOMEN = (
    "Bà {0}", "B.{0}", "B. {0}", "Cụ bà {0}", "Gđ bà {0}", "Hộ bà {0}", "Hộ: Bà {0}", "Nhà bà {0}", "Gia đình bà {0}",
    "Chị {0}", "Cô {0}", "Hộ bà: {0}",
)  # fmt: skip


class FormsOfAddress(Fault):
    """forms of address before the name"""

    touches = {"names"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**PLAIN_NAMES, **ONE_ROW}

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "head_name")

        def cell(home: Home, person: Any, n: int) -> str:
            return str(Random(person.name).choice(_MEN if person.is_male else _WOMEN).format(person.name))

        return replaced(made, at, replace(made[at], cell=cell))


class TheDead(Fault):
    """heads noted as dead behind the name"""

    touches = {"names"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**PLAIN_NAMES, **ONE_ROW}

    def page(self, layout: Layout, page: Page) -> None:
        at = layout.at("head_name")
        for line in some(layout.dice, "who has died", page.listed, 3):
            name = line.homes[0].home.head.name
            line.cells[at] = layout.dice.of(name).choice(
                ("{0} - đã mất", "{0}, đã chết", "{0} (đã mất)", "{0} (mất 2021)", "{0} (chết)", "{0} - mất năm 2020")
            ).format(name)  # fmt: skip
            line.said = "must"
            line.homes[0].truth["note"] = ...


class NoName(Fault):
    """cells of names that hold no name"""

    touches = {"names"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**PLAIN_NAMES, **ONE_ROW, "no row number": False}

    def page(self, layout: Layout, page: Page) -> None:
        at = layout.at("head_name")
        for line in some(layout.dice, "who has no name", page.listed[1:], 2):
            line.cells[at] = layout.dice.of(f"no name {line.cells[0]}").choice((
                "=SUM(B2:B5)", "https://vidu.invalid/nhom", "to.hoi@vidu.invalid", "Nhà vắng chủ", "Không có ai ở",
                "???",
                "<b></b>", "#REF!", "0510333444", "12", "Chưa rõ", "(trống)", "x", "N/A", "Bỏ trống",
            ))  # fmt: skip
            line.homes[0].truth["optional"] = True
            line.said, line.fate = "must", "PROBLEM|HOUSEHOLD"


class LostLetters(Fault):
    """names that have lost letters, or hold them as markup"""

    touches = {"names"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**PLAIN_NAMES, **ONE_ROW, "no row number": False, "coding": "utf-8"}

    def page(self, layout: Layout, page: Page) -> None:
        at = layout.at("head_name")
        for line in some(layout.dice, "who has lost letters", page.listed[1:], 2):
            name = line.homes[0].home.head.name
            form = layout.dice.of(name).choice(("?", "\ufffd", "&#{0};", "&#x{0:x};", "<b>"))
            if form == "<b>":
                line.cells[at] = f"<b>{name}</b>"
                line.said = "may"
                line.homes[0].truth["or_left_out"] = True
            else:
                line.cells[at] = "".join(c if ord(c) < 0x250 else form.format(ord(c)) for c in name)
                is_lost = form in "?\ufffd" and line.cells[at] != name
                line.said = "must" if is_lost else "may"
                line.homes[0].truth["optional" if is_lost else "or_left_out"] = True
            line.fate = "PROBLEM|HOUSEHOLD"


class SurnameLikeTotal(Fault):
    """surnames typed like words of totals"""

    touches = {"names"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**PLAIN_NAMES, **ONE_ROW, "no row number": False, "no birth": False}

    def people(self, dice: Dice, homes: list[Home]) -> None:
        for home in some(dice, "who is called like a total", homes[1:], 2):
            own = dice.of(home.head.name).choice(("Tổng", "Cộng"))
            home.head.name = " ".join([own, *home.head.name.split()[1:]])


class CapsLockFont(Fault):
    """an old font of capitals typed with Caps Lock"""

    touches = {"names", "name", "letters", "note", "places", "headers", "other person", "phone columns", "phones",
    "rows",
               "beside", "shape", "code", "header of name"}  # fmt: skip

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {
            **PLAIN_NAMES, **ONE_ROW, **PLAIN_PLACES, **CALM_PHONES, "format": "xls", "note": False, "address": False,
            "extras": 0, "gender": False, "title": True,
        }  # fmt: skip


class ShortVillage(Fault):
    """the village's word shortened, or written together with its name"""

    touches = {"places"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {"village by": "column", "villages as": "{0}", "ditto": "", "old letters": ""}

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "village")

        def cell(home: Home, person: Any, n: int) -> str:
            return _shortened(home.village, Random(f"{layout.dice.seed}/{home.head.name}"))

        return replaced(made, at, replace(made[at], cell=cell))


_SHORT = {
    "Tổ dân phố": ("TDP {0}", "Tổ DP {0}", "T.DP {0}", "T.dân phố {0}", "Tổ dân phố số {0}",
    "Tổ dân phố thứ {0}"),
    "Khu phố": ("KP {0}", "K.phố {0}", "KP.{0}", "Khu phố{0}", "Khu phố {0}"),
    "Thôn": ("Thôn{0}", "Th. {0}", "T.{0}", "T. {0}", "thôn {0}", "Thôn: {0}"),
    "Bản": ("Bản{0}", "bản {0}", "Bản: {0}"), "Ấp": ("Ấp{0}", "ấp {0}", "Ấp: {0}"),
}  # fmt: skip

_SHORT_AND_NUMBER = {"Tổ dân phố": ("TDP{0}", "TDP.{0}"), "Khu phố": ("KP{0}", "kp{0}"), "Thôn": ("thôn{0}", "T{0}")}

_PARTS = ("Ngoài Đê", "Cầu Đá", "Gốc Bàng", "Bến Đò", "Giếng Cả", "Đầu Làng", "Đồng Trước", "Chợ Chiều")


class ShortVillageAbove(Fault):
    """the village's word shortened above its households"""

    touches = {"places"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {
            "village by": dice.pick("short villages", "groups", "sheet"), "villages as": "{0}", "old letters": "",
            "lane by": "none", "summary": False,
        }  # fmt: skip

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        seed = layout.dice.seed
        layout.pen.called = lambda name: _shortened(name, Random(f"{seed}/{name}")).replace(":", "")
        return made


def _shortened(village: str, chance: Random) -> str:
    for word, forms in _SHORT.items():
        if village.startswith(word):
            if village.removeprefix(word).strip().isdigit():
                forms = (*forms, *_SHORT_AND_NUMBER.get(word, ()))
            return str(chance.choice(forms).format(village.removeprefix(word).strip()))
    return village


class LaneWithoutWord(Fault):
    """lanes without a word of lanes"""

    touches = {"places"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {**PLAIN_PLACES, "lane by": "column", "address": False, "old letters": ""}

    def people(self, dice: Dice, homes: list[Home]) -> None:
        known = dict(zip((lane for lanes in LANES for lane in lanes), _PARTS * 9, strict=False))
        for home in homes:
            home.lane = known[home.lane]

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        at = place(made, "hamlet")
        called = layout.dice.pick("lanes called", "Xóm", "Ngõ", "Cụm", "Đội", "Cụm dân cư", "Xóm/ngõ")
        return replaced(made, at, replace(made[at], path=(called,)))

    def page(self, layout: Layout, page: Page) -> None:
        for line in page.listed:
            line.homes[0].truth |= {"lane": ..., "address": ..., "place": line.homes[0].home.lane}


FAULTS = (
    GroupedDigits, SharedNumber, MergedNumber, NumberInName, NumberInNote, NumberOfOfficial, NumberOfService,
    NumbersByCarrier, OldNumber, BookNumbers, NumberInComment, FormsOfAddress, TheDead, NoName, LostLetters,
    SurnameLikeTotal, CapsLockFont, ShortVillage, ShortVillageAbove, LaneWithoutWord,
)  # fmt: skip
