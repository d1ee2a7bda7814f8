"""Several faults at once, as a list has them in life."""

import unicodedata
from datetime import date
from typing import Any

from tests.files.lists.expected import DONG_PHU, HOA_BINH, SUOI_VANG, TAY_PHU, case, either, home
from tests.files.lists.writers import (
    Formula,
    bordered,
    each,
    inline_rows,
    ods,
    raw_xlsx,
    tcvn3,
    text,
    vni,
    windows_1258,
    xls,
    xlsx,
)

Rows = list[list[Any]]


def write() -> None:
    """Note the files of this module."""
    village_heads_own_list()
    exported_persons()
    from_google_sheets()
    old_letters_two_villages()
    old_letters_with_members()
    every_sheet_another_shape()
    from_libreoffice()
    from_an_old_office()
    from_a_telephone()
    households_as_group_rows()
    printed_pages()
    corrected_by_hand()


def village_heads_own_list() -> None:
    """A village head's own sheet after ten years of use."""
    rows: Rows = [
        ["UBND XÃ HOA ĐỒNG", "", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["THÔN ĐÔNG PHÚ", "", "", "", "Độc lập - Tự do - Hạnh phúc"],
        ["Số: 02/DS-TĐP", "", "", "", "Hoa Đồng, ngày 01 tháng 10 năm 2026"],
        [],
        ["DANH SÁCH ĐẠI DIỆN HỘ GIA ĐÌNH"],
        ["(Cập nhật đến 30/9/2026)"],
        ["TT", "Chủ hộ", "", "Số\nkhẩu", "Liên hệ", "Ghi chú"],
        ["", "Họ và tên", "Năm sinh", "", "ĐT", ""],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
        ["I", "CỤM 1"],
        [1, "ÔNG LÊ VĂN CHỨC (Tư)", "12-4-51", 4, 510340001, ""],
        [2, "Bà  NGUYỄN THỊ\u00a0LÀNH", 1950, "2", "0510.340.002 (con trai)", "Hộ nghèo"],
        ["", "Cộng cụm 1", "", 6],
        ["II", "CỤM 2"],
        [3, unicodedata.normalize("NFD", "Đỗ Thị Hiền"), "1962", 3, "K có", "nt"],
        [],
        [4, "vi văn tho", 25000, 5, "0510340004/510340104", "đã chết"],
        ["", "Cộng cụm 2", "", 8],
        ["", "Tổng cộng: 04 hộ", "", 14],
        [],
        ["", "Người lập", "", "", "TRƯỞNG THÔN"],
        ["", "Bùi Thị Lan", "", "", "Nguyễn Văn Sơn"],
    ]

    def dress(book: Any, pages: Any) -> None:
        page = pages["DS hộ"]
        page.merge_range("B7:C7", "Chủ hộ")
        page.set_row(11, None, None, {"hidden": True})
        bordered(page, book.add_format({"border": 1}), range(30, 200), 6)

    case(
        "so_tay_truong_thon.xlsx",
        "Frame, two header rows, numbers, lanes, honorifics, capitals, NFD, a hidden row, subtotals, signatures.",
        xlsx({"DS hộ": rows}, dress),
        [
            home(11, "Lê Văn Chức", 1951, "0510340001", 4, lane=either("CỤM 1", "Cụm 1"), note="Tư"),
            home(12, "Nguyễn Thị Lành", 1950, "0510340002", 2, lane=either("CỤM 1", "Cụm 1"), note="Hộ nghèo"),
            home(15, "Đỗ Thị Hiền", 1962, "", 3, lane=either("CỤM 2", "Cụm 2"), note=either("", "Hộ nghèo")),
            home(17, "Vi Văn Tho", 1968, "0510340004 0510340104", 5, lane=either("CỤM 2", "Cụm 2"), note="đã chết"),
        ],
        sheet="DS hộ",
        warnings=[("DS hộ", 17, "F")],
        about_file=["HIDDEN_ROWS"],
        why=["“nt” as the first note of another lane may mean the note above, or nothing. 25000 is 11/06/1968."],
    )


def exported_persons() -> None:
    """A program's export of persons: UTF-16 text named .xls."""
    rows: Rows = [
        ["STT", "Mã hộ", "Họ tên", "Ngày sinh", "GT", "QH chủ hộ", "CCCD", "SĐT", "Địa chỉ hiện tại", "Thôn/Xóm"],
        ["1", "0389900101", "LÊ VĂN TOÁN", "01/02/1960", "1", "Chủ hộ", "099060000101", "0510341001", "Số 1",
         "T. Tây Phú"],
        ["2", "0389900101", "HÀ THỊ LÝ", "00/00/1962", "0", "Vợ", "099162000102", "", "Số 1", "T. Tây Phú"],
        ["3", "0389900102", "LÊ VĂN HÓA", "03/04/1985", "1", "Chủ hộ", "099085000103", "84510341003", "Số 2",
         "Tây Phú"],
        ["4", "0389900103", "MAI THỊ SỬ", "1949", "0", "Chủ hộ", "", "", "Số 3", "Suối Vàng"],
        ["5", "0389900103", "CAO VĂN ĐỊA", "1975", "1", "Con", "", "0510341005", "Số 3", "Suối Vàng"],
        ["6", "0389900103", "CAO VĂN NHẠC", "2001", "1", "Cháu", "", "0510341005", "Số 3", "Suối Vàng"],
    ]  # fmt: skip
    case(
        "xuat_nhan_khau.xls",
        "Persons with a household code on each row, exported as UTF-16 text and named .xls.",
        text(rows, between="\t", encoding="utf-16-le", first="\ufeff"),
        [
            home(2, "Lê Văn Toán", 1960, "0510341001", 2, code="0389900101", address="Số 1"),
            home(4, "Lê Văn Hóa", 1985, "0510341003", 1, code="0389900102", address="Số 2"),
            home(5, "Mai Thị Sử", 1949, "0510341005", 3, code="0389900103", address="Số 3", village=SUOI_VANG),
        ],
        village=TAY_PHU,
        villages=[TAY_PHU, SUOI_VANG],
        sheet="",
        never=["099060000101"],
    )


def from_google_sheets() -> None:
    """Inline strings, decomposed letters, small letters, numbers for phones."""
    rows: Rows = [
        ["Danh sách hộ thôn Hòa Bình"],
        ["stt", "họ tên chủ hộ", "năm sinh", "khẩu", "sđt", "địa chỉ", "ghi chú"],
        [1, "nguyễn văn bè", 1959, 3, 510342001, "xóm bãi", ""],
        [2, "lò thị thuyền", 1966, 4, 510342002, "xóm bãi", "hộ mới tách"],
        [3, "quách văn lưới (hai)", 1971, 5, "0510342003\n0510342103", "", ""],
        ["", "tổng", "", 12, "", "", ""],
    ]
    rows = each(rows, lambda words: unicodedata.normalize("NFD", words))
    found = [
        home(3, "Nguyễn Văn Bè", 1959, "0510342001", 3, address="xóm bãi", lane=either("", "xóm bãi")),
        home(4, "Lò Thị Thuyền", 1966, "0510342002", 4, address="xóm bãi", lane=either("", "xóm bãi"),
             note="hộ mới tách"),
        home(5, "Quách Văn Lưới", 1971, "0510342003 0510342103", 5, note="hai"),
    ]  # fmt: skip
    case(
        "google_sheets.xlsx",
        "Everything in small decomposed letters, as typed on a telephone; inline strings; a bare “tổng”.",
        raw_xlsx({"Trang tính1": '<dimension ref="A1:A1"/>' + inline_rows(rows)}),
        found,
        sheet="Trang tính1",
        village=HOA_BINH,
        villages=[DONG_PHU, HOA_BINH],
        may_warn=[("Trang tính1", 4, "G")],
    )


def old_letters_two_villages() -> None:
    """TCVN3, two villages as group rows, ditto marks, honorifics, a total."""
    rows: Rows = [
        ["uỷ ban nhân dân xã hoa đồng"],
        ["Danh sách chủ hộ"],
        ["TT", "Họ và tên", "Sinh năm", "Địa chỉ", "Điện thoại", "Ghi chú"],
        ["I", "thôn đông phú"],
        [1, "ông trịnh văn cổ", 1938, "Xóm Trước", "", "Hộ chính sách"],
        [2, "bà lê thị kim", 1941, "nt", 510343002, "nt"],
        ["II", "thôn hoà bình"],
        [1, "đặng văn xưa", "1945", "Xóm Sau", "0510 343 003", ""],
        ["", "Tổng cộng: 3 hộ"],
        ["", "Người lập biểu", "", "", "Trưởng ban"],
    ]
    fonts = dict.fromkeys((1, 4, 5, 6, 7, 8), ".VnTimeH") | dict.fromkeys((2, 3, 9, 10), ".VnTime")
    lanes = {"address": either("Xóm Trước", "XÓM TRƯỚC"), "lane": either("", "Xóm Trước", "XÓM TRƯỚC")}
    policy = either("Hộ chính sách", "HỘ CHÍNH SÁCH")
    case(
        "tcvn3_hai_thon.xls",
        "TCVN3 with capitals drawn by the font, villages as group rows, ditto marks, honorifics, a total.",
        xls(each(rows, tcvn3), fonts=fonts),
        [
            home(5, "Trịnh Văn Cổ", 1938, note=policy, **lanes),
            home(6, "Lê Thị Kim", 1941, "0510343002", note=policy, **lanes),
            home(8, "Đặng Văn Xưa", 1945, "0510343003", village=HOA_BINH, address=either("Xóm Sau", "XÓM SAU"),
                 lane=either("", "Xóm Sau", "XÓM SAU")),
        ],
        villages=[DONG_PHU, HOA_BINH],
        options={"encoding": "TCVN3"},
        about_file=["CONVERTED?"],
    )  # fmt: skip


def old_letters_with_members() -> None:
    """VNI, members below the head, dates."""
    rows: Rows = [
        ["Thôn Tây Phú"],
        ["STT hộ", "Họ và tên", "Ngày sinh", "Quan hệ với chủ hộ", "Điện thoại"],
        [1, "Nguyễn Đình Cựu", "02/09/1945", "Chủ hộ", "0510344001"],
        ["", "Trương Thị Mười", "1948", "Vợ", ""],
        [2, "Phạm Thị Đượm", date(1952, 7, 1), "Chủ hộ", ""],
        ["", "Đỗ Văn Hưởng", "1980", "Con", "510344005"],
        ["", "Đỗ Thị Ước", "2010", "Cháu", ""],
    ]
    case(
        "vni_thanh_vien.xls",
        "VNI-Times, members below the head, date cells.",
        xls(each(rows, vni), font="VNI-Times"),
        [
            home(3, "Nguyễn Đình Cựu", 1945, "0510344001", 2),
            home(5, "Phạm Thị Đượm", 1952, "0510344005", 3),
        ],
        village=TAY_PHU,
        villages=[DONG_PHU, TAY_PHU],
        options={"encoding": "VNI"},
        about_file=["CONVERTED?"],
    )


def every_sheet_another_shape() -> None:
    """Each village head filled the workbook in his own way."""
    sheets: dict[str, Rows] = {
        "Thôn Đông Phú": [
            ["STT", "Chủ hộ", "Năm sinh", "SĐT"],
            [1, "Vũ Văn Nhất", 1951, "0510345001"],
        ],
        "thon hoa binh": [
            ["TT hộ", "Họ và tên", "Sinh năm", "Quan hệ", "Di động"],
            [1, "Vũ Văn Nhì", 1952, "Chủ hộ", ""],
            ["", "Hà Thị Nhàn", 1954, "Vợ", "0510345002"],
        ],
        "T.Tây Phú": [
            ["Họ và tên", "Ngày sinh", "Họ tên chủ hộ", "Nơi thường trú"],
            ["Vũ Văn Tam", "1/1/1953", "Vũ Văn Tam", "Ngõ 3"],
            ["Lê Thị Tư", "2/2/1955", "Vũ Văn Tam", "Ngõ 3"],
        ],
        "Mẫu": [["STT", "Chủ hộ", "Năm sinh", "SĐT"]],
    }
    here: dict[str, Any] = {"village": HOA_BINH, "sheet": "thon hoa binh"}
    there: dict[str, Any] = {"village": TAY_PHU, "sheet": "T.Tây Phú"}
    case(
        "moi_sheet_mot_kieu.xlsx",
        "Three shapes in three sheets, villages in the sheets' names, and an empty form.",
        xlsx(sheets),
        [
            home(2, "Vũ Văn Nhất", 1951, "0510345001"),
            home(2, "Vũ Văn Nhì", 1952, "0510345002", 2, **here),
            home(2, "Vũ Văn Tam", 1953, "", 2, address="Ngõ 3", **there),
        ],
        sheet="Thôn Đông Phú",
        villages=[DONG_PHU, HOA_BINH, TAY_PHU],
    )


def from_libreoffice() -> None:
    """Away from the corner, two header rows, unknown villages that are to be created, ditto marks."""
    rows: Rows = [
        ["Danh sách hộ xã Hoa Đồng"],
        ["TT", "Họ và tên", "Năm sinh", "", "Địa chỉ (thôn)", "Điện thoại"],
        ["", "", "Nam", "Nữ", "", ""],
        [1, "Đinh Văn Mới", 1961, "", "Thôn Xuân Lập", "0510346001"],
        [2, "Đinh Thị Lạ", "", "1962", "nt", "nt"],
        [3, "Đinh Văn Quen", "1963", "", "Đông Phú", ""],
    ]
    case(
        "thon_moi_tu_libreoffice.ods",
        "Begins in column B, row 3; year by sex; a village that is to be created; a phone repeated by “nt”.",
        ods(rows, offset=(2, 1)),
        [
            home(6, "Đinh Văn Mới", 1961, "0510346001", village="Thôn Xuân Lập", address=either("", "Thôn Xuân Lập")),
            home(7, "Đinh Thị Lạ", 1962, "0510346001", village="Thôn Xuân Lập", address=either("", "Thôn Xuân Lập")),
            home(8, "Đinh Văn Quen", 1963, address=either("", "Đông Phú")),
        ],
        options={"create_villages": True},
        may_warn=[("Sheet1", 6, "*"), ("Sheet1", 7, "*")],
    )


def from_an_old_office() -> None:
    """windows-1258, semicolons, decimals with a comma, headers without marks."""
    rows: Rows = [
        ["Danh sach ho gia dinh thon Dong Phu"],
        [],
        ["TT", "HO VA TEN CHU HO", "NAM SINH", "SO KHAU", "DIEN THOAI", "GHI CHU"],
        ["1", "Nguyễn Văn Cũ", "1957", "4,0", "0510347001", "Nhà có chó; gọi trước"],
        ["2", "TRẦN THỊ XƯA", "58", "3", "0237.3821.100", ""],
        ["3", "Lê Đình Hậu\n(trưởng họ)", "1966", "2", "'0510347003", ""],
        ["Tổng cộng", "", "", "9", "", ""],
    ]
    case(
        "may_cu_windows_1258.csv",
        "windows-1258, semicolons, headers without marks, 4,0 members, a line break and brackets in a name, a total.",
        windows_1258(rows, between=";"),
        [
            home(4, "Nguyễn Văn Cũ", 1957, "0510347001", 4, note="Nhà có chó; gọi trước"),
            home(5, "Trần Thị Xưa", 1958, "", 3, landlines="02373821100"),
            home(6, "Lê Đình Hậu", 1966, "0510347003", 2, note="trưởng họ"),
        ],
    )


def from_a_telephone() -> None:
    """An app's export: names without any mark, +84, one column too many in a row."""
    rows: Rows = [
        ["Ten chu ho", "So dien thoai", "Thon", "Ghi chu"],
        ["nguyen van bay", "+84510348001", "dong phu", ""],
        ["le thi tam", "+84 510 348 002", "hoa binh", "nha gan cho", ""],
        ["LE THI TAM", "+84510348003", "dong phu"],
        ["", "", "", ""],
    ]
    case(
        "ung_dung_dien_thoai.csv",
        "An app's export: no accents anywhere, rows of different lengths, a trailing row of commas.",
        text(rows, end="\n"),
        [
            home(2, "Nguyen Van Bay", None, "0510348001"),
            home(3, "Le Thi Tam", None, "0510348002", village=HOA_BINH, note="nha gan cho"),
            home(4, "Le Thi Tam", None, "0510348003"),
        ],
        villages=[DONG_PHU, HOA_BINH],
        why=["A name without marks is not given marks by anybody but the household."],
    )


def households_as_group_rows() -> None:
    """Every household has a row of its own above its members."""
    rows: Rows = [
        ["DANH SÁCH NHÂN KHẨU THÔN ĐÔNG PHÚ"],
        ["STT", "Họ và tên", "Năm sinh", "Giới tính", "Quan hệ với chủ hộ", "Số điện thoại"],
        ["Hộ số 1"],
        [1, "Cao Văn Gốc", 1955, "Nam", "Chủ hộ", "0510349001"],
        [2, "Lê Thị Cội", 1957, "Nữ", "Vợ", ""],
        ["Hộ số 2"],
        [1, "Bùi Thị Nguồn", 1961, "Nữ", "Chủ hộ", ""],
        [2, "Hà Văn Suối", 1990, "Nam", "Con", "0510349004"],
        [3, "Hà Văn Khe", 2015, "Nam", "Cháu", ""],
        ["Hộ số 3"],
        [1, "Hà Văn Nguồn", 1985, "Nam", "Chủ hộ", "0510349006"],
        ["Tổng số: 03 hộ, 06 khẩu"],
    ]
    case(
        "ho_so_1_ho_so_2.xlsx",
        "“Hộ số 1” above each household's members, and the numbers start again in each.",
        xlsx(rows),
        [
            home(4, "Cao Văn Gốc", 1955, "0510349001", 2, lane=either("", "Hộ số 1")),
            home(7, "Bùi Thị Nguồn", 1961, "0510349004", 3, lane=either("", "Hộ số 2")),
            home(11, "Hà Văn Nguồn", 1985, "0510349006", 1, lane=either("", "Hộ số 3")),
        ],
    )


def printed_pages() -> None:
    """Pages with headers and sums, a household on two pages, notes."""
    header = ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Điện thoại", "Ghi chú"]
    rows: Rows = [
        ["UBND XÃ HOA ĐỒNG"],
        ["DANH SÁCH HỘ BẢN SUỐI VÀNG"],
        header,
        ["A", "B", "1", "2", "3", "4"],
        [1, "GIÀNG A SÚA", 1970, 6, 510350001, ""],
        [2, "SÙNG THỊ MỶ", 1975, 5, "", "chuyển đi"],
        ["Cộng trang 1", "", "", 11],
        ["Mang sang", "", "", 11],
        header,
        ["A", "B", "1", "2", "3", "4"],
        [2, "SÙNG THỊ MỶ", 1975, 5, "0510350002", ""],
        [3, "Giàng A Súa", 1992, 2, "", "con ông Súa"],
        ["Cộng trang 2", "", "", 7],
        ["Tổng cộng", "", "", Formula("=D7+D13", 18)],
    ]
    case(
        "hai_trang_in.xlsx",
        "Pages with their own headers and sums carried over; father and son of one name; one woman on both pages.",
        xlsx(rows),
        [
            home(5, "Giàng A Súa", 1970, "0510350001", 6),
            home(6, "Sùng Thị Mỷ", 1975, "", 5, note="chuyển đi"),
            home(11, "Sùng Thị Mỷ", 1975, "0510350002", 5),
            home(12, "Giàng A Súa", 1992, "", 2, note="con ông Súa"),
        ],
        village=SUOI_VANG,
        villages=[DONG_PHU, SUOI_VANG],
        warnings=[("Sheet1", 6, "F"), ("Sheet1", 11, "B"), ("Sheet1", 12, "B")],
        why=["Sùng Thị Mỷ may be one household or two; both rows are kept and shown to a person."],
    )


def corrected_by_hand() -> None:
    """A list that was sorted, cut, and pasted from several others."""
    rows: Rows = [
        ["Họ tên", "STT", "Thôn", "SĐT", "Ghi chú", "Năm sinh"],
        ["Đoàn Văn Ghép", 3, "Thôn Đông Phú", "051035400", "", 1961],
        ["Họ tên", "STT", "Thôn", "SĐT", "Ghi chú", "Năm sinh"],
        ["ĐOÀN THỊ NỐI", 1, "TDP Sao Mai", "0510354002", "trùng", 1962],
        ["Đoàn Văn Dán", "", "Đông Phú", "5.1E+08", "", "19o3"],
        ["", 7, "Thôn Đông Phú", "0510354004", "", ""],
        ["Đoàn Văn Cắt", 9, "", "0510354005", "", 1965],
    ]
    case(
        "cat_dan_nhieu_nguon.xlsx",
        "Columns in another order, the header pasted again, bad phones, a bad year, a village unknown, one missing.",
        xlsx(rows),
        [
            home(2, "Đoàn Văn Ghép", 1961),
            home(5, "Đoàn Văn Dán"),
        ],
        villages=[DONG_PHU, HOA_BINH],
        errors=[("Sheet1", 4, "C"), ("Sheet1", 6, "A"), ("Sheet1", 7, "C")],
        warnings=[("Sheet1", 2, "D"), ("Sheet1", 5, "D"), ("Sheet1", 5, "F")],
        may_warn=[("Sheet1", 4, "E")],
        why=["An empty village is not the village above."],
    )
