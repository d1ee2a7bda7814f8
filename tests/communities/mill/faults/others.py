"""Files that are no list of households, and forms of one household a sheet."""

from collections.abc import Sequence
from typing import Any

from tests.communities.mill.dice import Dice
from tests.communities.mill.faults.base import CALM_PHONES, ONE_ROW, PLAIN_PLACES, Fault
from tests.communities.mill.page import Line, Page, Written
from tests.communities.mill.people import Home
from tests.communities.mill.table import Layout

NO_LISTS: dict[str, Sequence[Sequence[Any]]] = {
    "estimate": (
        ["DỰ TOÁN SỬA CHỮA NHÀ VĂN HÓA"], ["STT", "Hạng mục", "Đơn vị", "Khối lượng", "Đơn giá", "Thành tiền"],
        [1, "Cát vàng", "m3", 12, 350_000, 4_200_000], [2, "Xi măng", "tấn", 3, 1_600_000, 4_800_000],
        [3, "Sơn tường", "thùng", 5, 900_000, 4_500_000], ["", "Tổng cộng", "", "", "", 13_500_000],
    ),
    "timetable": (
        ["LỊCH TRỰC NHÀ VĂN HÓA"], ["Ngày", "Buổi sáng", "Buổi chiều", "Ghi chú"], ["Thứ hai", "Tổ 1", "Tổ 2", ""],
        ["Thứ ba", "Tổ 3", "Tổ 4", "nghỉ"], ["Thứ tư", "Tổ 1", "Tổ 2", ""], ["Thứ năm", "Tổ 5", "Tổ 3", ""],
    ),
    "statistics": (
        ["THỐNG KÊ HỘ NGHÈO NĂM 2026"], ["STT", "Thôn", "Số hộ", "Số khẩu", "Hộ nghèo", "Tỷ lệ"],
        [1, "Thôn Thượng", 120, 460, 5, 4.2], [2, "Thôn Hạ", 98, 370, 3, 3.1], [3, "Thôn Trung", 75, 290, 2, 2.7],
        ["", "Cộng", 293, 1120, 10, 3.4],
    ),
    "results": (
        ["KẾT QUẢ THỰC HIỆN"], ["STT", "Nội dung", "Số lượng", "Ghi chú"], [1, "Hộ có xe máy", 80, ""],
        [2, "Đường làng bê tông", 12, "km"], [3, "Vi phạm an toàn", 3, ""], [4, "Hà lát đá cấp phối", 2, ""],
    ),
    "officials": (
        ["DANH SÁCH CÁN BỘ XÃ HOA ĐỒNG"], ["STT", "Họ và tên", "Chức vụ", "Số điện thoại"],
        [1, "Lê Văn Quang", "Chủ tịch UBND", "0510999101"], [2, "Trịnh Thị Mai", "Bí thư Đảng ủy", "0510999102"],
        [3, "Phan Văn Lịch", "Trưởng công an xã", "0510999103"], [4, "Cù Thị Hến", "Văn thư", "0510999104"],
    ),
    "members of a group": (
        ["Tên hiển thị", "UID", "Vai trò", "Giới tính", "Link"],
        ["Mẹ Bống", "5102233445566771", "Thành viên", "Nữ", "https://zalo.invalid/1"],
        ["Quang Lê", "5102233445566772", "Trưởng nhóm", "Nam", "https://zalo.invalid/2"],
        ["Hoa Sen 🌸", "5102233445566773", "Thành viên", "Nữ", "https://zalo.invalid/3"],
        ["Tuấn Xe Ôm", "5102233445566774", "Phó nhóm", "Nam", "https://zalo.invalid/4"],
    ),
    "questionnaire": (
        ["Dấu thời gian", "Ông/bà thấy loa truyền thanh có rõ không?", "Ông/bà hay nhận tin qua đâu?", "Góp ý thêm"],
        ["12/10/2026 08:12:33", "Rõ", "Zalo", "Nói chậm hơn"], ["12/10/2026 09:01:10", "Chưa rõ", "Loa", ""],
        ["12/10/2026 10:44:52", "Rõ", "Tin nhắn", "Cảm ơn"], ["13/10/2026 07:30:01", "Không nghe được", "Hàng xóm", ""],
    ),
    "duty": (
        ["LỊCH TRỰC BÃO"], ["Ngày", "Ca", "Người trực", "Điện thoại"], ["05/9", "Sáng", "Vũ Đức Lái", "0510999201"],
        ["05/9", "Chiều", "Phan Thị Lịch", "0510999202"], ["06/9", "Sáng", "Cù Văn Tổ", "0510999203"],
        ["06/9", "Chiều", "Vũ Đức Lái", "0510999201"],
    ),
    "accounts": (
        ["SỔ THU CHI QUỸ THÔN"], ["Ngày", "Nội dung", "Thu", "Chi", "Tồn"],
        ["02/01/2026", "Thu quỹ đợt 1", 5_000_000, "", 5_000_000], ["15/01/2026", "Mua loa", "", 1_200_000, 3_800_000],
        ["20/02/2026", "Hương hoa đình", "", 300_000, 3_500_000],
    ),
    "things": (
        ["KIỂM KÊ TÀI SẢN NHÀ VĂN HÓA"], ["TT", "Tên tài sản", "Số lượng", "Tình trạng"], [1, "Bàn gỗ", 12, "Tốt"],
        [2, "Ghế nhựa", 100, "Hỏng 5"], [3, "Quạt trần", 6, "Tốt"], [4, "Loa kéo", 1, "Mới"],
    ),
    "names of a group": (
        ["Tên Zalo", "Vai trò", "Ngày tham gia"], ["Mẹ Bống", "Thành viên", "02/01/2026"],
        ["Quang Lê", "Trưởng nhóm", "02/01/2026"], ["Hoa Sen 🌸", "Thành viên", "05/01/2026"],
    ),
    "prices": (
        ["BẢNG GIÁ GIỐNG VỤ ĐÔNG"], ["TT", "Tên giống", "Đơn vị", "Giá", "Liên hệ"], [1, "Ngô nếp", "kg", 95_000,
        "HTX Hoa Đồng"],
        [2, "Khoai tây", "kg", 22_000, "HTX Hoa Đồng"], [3, "Đậu tương", "kg", 40_000, "HTX Hoa Đồng"],
    ),
}  # fmt: skip


class NoList(Fault):
    """a file that is no list of households"""

    touches = {"everything"}

    def instead(self, dice: Dice, homes: list[Home]) -> list[Page]:
        rows = NO_LISTS[dice.pick("no list", *NO_LISTS)]
        return [Page("Sheet1", [Line(list(row), "UNREAD|HEADING|NOTE|TOTAL|PROBLEM") for row in rows])]


class FormSheets(Fault):
    """a form of its own sheet for each household"""

    touches = {"everything"}

    def fixed(self, dice: Dice) -> dict[str, Any]:
        return {
            **ONE_ROW, **PLAIN_PLACES, **CALM_PHONES, "format": dice.pick("format of forms", "xlsx", "xls"), "size": 3,
            "old letters": "",
        }  # fmt: skip

    def instead(self, dice: Dice, homes: list[Home]) -> list[Page]:
        layout = object.__new__(Layout)
        layout.__dict__.update(shape="MEMBERS", columns=[], lane_by="none")
        pages = []
        for number, home in enumerate(homes[:6], start=1):
            page = Page(f"Hộ {number}")
            page.add(["PHIẾU THÔNG TIN HỘ GIA ĐÌNH"])
            page.add([])
            name = page.add(["Họ và tên chủ hộ:", home.head.name], "HOUSEHOLD|HEADING|UNREAD|GROUP|NOTE")
            page.add(["Số điện thoại:", *home.head.mobiles[:1]], "HOUSEHOLD|HEADING|UNREAD|NOTE|GROUP")
            page.add(["Số nhân khẩu:", len(home.people)], "HEADING|UNREAD|NOTE|GROUP")
            page.add([])
            page.add(["STT", "Họ và tên", "Quan hệ với chủ hộ", "Năm sinh"], "HEADING|UNREAD")
            for n, person in enumerate(home.people, start=1):
                line = page.add([n, person.name, person.relation or "Chủ hộ", person.year], "MEMBER|HOUSEHOLD|UNREAD")
                line.homes = [Written(home, layout, {"form": True})] if n == 1 else []
            name.said = "may"
            pages.append(page)
        return pages


FAULTS = (NoList, FormSheets)
