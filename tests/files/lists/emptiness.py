"""Totals, ditto marks, emptiness, hidden rows: what is in a table and is no value."""

from typing import Any

from tests.files.lists.expected import DONG_PHU, HOA_BINH, TAY_PHU, case, either, home
from tests.files.lists.surroundings import HEADER
from tests.files.lists.writers import bordered, ods, text, xlsx

Rows = list[list[Any]]


def write() -> None:
    """Note the files of this module."""
    recipients_below()
    two_lists_side_by_side()
    subtotals_and_signatures()
    ditto_marks()
    emptiness()
    table_away_from_the_corner()
    hidden_rows_and_columns()
    village_only_in_the_file_name()


def subtotals_and_signatures() -> None:
    """Words below a list that look much like a household."""
    rows: list[list[Any]] = [
        ["UBND XÃ HOA ĐỒNG", "", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["THÔN ĐÔNG PHÚ", "", "", "", "Độc lập - Tự do - Hạnh phúc"],
        [],
        ["DANH SÁCH HỘ GIA ĐÌNH"],
        HEADER,
        ["Cụm 1"],
        [1, "Tống Văn Cộng", 1960, 4, "0510302061", "", ""],
        [2, "Lê Thị Tổng", 1961, 3, "0510302062", "", ""],
        ["", "Cộng cụm 1: 02 hộ", "", 7, "", "", ""],
        ["Cụm 2"],
        [3, "Hoàng Văn Sổ", 1962, 2, "0510302063", "", ""],
        ["", "Cộng cụm 2: 01 hộ", "", 2, "", "", ""],
        ["Tổng số hộ: 03 hộ; tổng số khẩu: 09"],
        ["Danh sách này có 03 hộ."],
        [],
        ["", "", "", "", "Hoa Đồng, ngày 30 tháng 9 năm 2026"],
        ["", "NGƯỜI LẬP BIỂU", "", "", "TRƯỞNG THÔN", "", "XÁC NHẬN CỦA UBND XÃ"],
        ["", "(Ký, ghi rõ họ tên)", "", "", "(Ký, ghi rõ họ tên)"],
        [],
        ["", "Bùi Thị Lan", "", "", "Nguyễn Văn Sơn", "", "Lê Văn Quang"],
    ]
    case(
        "cong_don_va_chu_ky.xlsx",
        "Subtotals, totals and a signature block with the signers' names, in the columns of the households.",
        xlsx(rows),
        [
            home(7, "Tống Văn Cộng", 1960, "0510302061", 4, lane="Cụm 1"),
            home(8, "Lê Thị Tổng", 1961, "0510302062", 3, lane="Cụm 1"),
            home(11, "Hoàng Văn Sổ", 1962, "0510302063", 2, lane="Cụm 2"),
        ],
        never=["Bùi Thị Lan"],
        why=["People are named Cộng and Tổng; whoever signs below a list is no household of it."],
    )


def ditto_marks() -> None:
    """All that people write instead of writing it again."""
    rows: list[list[Any]] = [
        ["TT", "Họ tên chủ hộ", "N. sinh", "Thôn", "Địa chỉ", "Điện thoại", "Ghi chú"],
        [1, "Lê Văn Xuân", 1951, "Thôn Đông Phú", "Đường liên thôn 1", "0510302071", "Hộ nghèo"],
        [2, "Lê Thị Hạ", 1952, "nt", "nt", "0510302072", "nt"],
        [3, "Lê Văn Thu", 1953, "-nt-", "- nt -", "0510302073", ""],
        [4, "Lê Thị Đông", 1954, '"', '"', "0510302074", "Hộ mới tách"],
        [5, "Mai Văn Giáp", 1955, "//", "//", "0510302075", ""],
        [6, "Mai Thị Ất", 1956, "〃", "〃", "", "〃"],
        [7, "Mai Văn Bính", 1957, "″", "″", "0510302077", ""],
        [8, "Mai Thị Đinh", 1958, "như trên", "Như trên", "0510302078", ""],
        [9, "Vũ Văn Mậu", 1959, "Thôn Hòa Bình", "NT", "0510302079", ""],
        [10, "Vũ Thị Kỷ", 1960, "n.t", "''", "nt", ""],
    ]

    def one(row, name, year, phone, village=DONG_PHU, **rest):
        return home(row, name, year, phone, village=village, address="Đường liên thôn 1", **rest)

    case(
        "dau_nhu_tren.ods",
        "Ditto marks of every kind for the village, the address, the note and a phone.",
        ods(rows),
        [
            one(2, "Lê Văn Xuân", 1951, "0510302071", note="Hộ nghèo"),
            one(3, "Lê Thị Hạ", 1952, "0510302072", note="Hộ nghèo"),
            one(4, "Lê Văn Thu", 1953, "0510302073"),
            one(5, "Lê Thị Đông", 1954, "0510302074", note="Hộ mới tách"),
            one(6, "Mai Văn Giáp", 1955, "0510302075"),
            one(7, "Mai Thị Ất", 1956, "", note=either("", "Hộ mới tách")),
            one(8, "Mai Văn Bính", 1957, "0510302077"),
            one(9, "Mai Thị Đinh", 1958, "0510302078"),
            one(10, "Vũ Văn Mậu", 1959, "0510302079", village=HOA_BINH),
            one(11, "Vũ Thị Kỷ", 1960, "0510302079", village=HOA_BINH),
        ],
        villages=[DONG_PHU, HOA_BINH],
        warnings=[("Sheet1", 11, "F")],
        why=[
            "“nt” below a phone means the same phone: two households with one phone are ordinary, and said.",
            "Below an empty note the mark may mean nothing, or the last note above.",
        ],
    )


def emptiness() -> None:
    """Blank rows, rows with only a number, two thousand rows with only a border."""
    rows: list[list[Any]] = [
        ["DANH SÁCH HỘ THÔN ĐÔNG PHÚ"],
        HEADER,
        [1, "Lê Thị Bình", 1970, 4, "0510302081", "Cụm 1", ""],
        [],
        [2, "Lê Thị Minh", 1971, 3, "0510302082", "Cụm 1", ""],
        ["", " ", "\u00a0", "", "", "", ""],
        [],
        [],
        [3, "Lê Thị Thanh", 1972, 2, "0510302083", "Cụm 2", ""],
        [4, "", "", "", "", "", ""],
        [5, "", "", "", "", "", ""],
        [6, "", "", "", "", "", ""],
    ]

    def decorate(book, pages) -> None:
        bordered(pages["Sheet1"], book.add_format({"border": 1}), range(12, 700), 7)

    case(
        "dong_trong_va_dinh_dang_thua.xlsx",
        "Blank rows between households, rows with only a printed number, hundreds of bordered empty rows.",
        xlsx(rows, decorate),
        [
            home(3, "Lê Thị Bình", 1970, "0510302081", 4, address="Cụm 1"),
            home(5, "Lê Thị Minh", 1971, "0510302082", 3, address="Cụm 1"),
            home(9, "Lê Thị Thanh", 1972, "0510302083", 2, address="Cụm 2"),
        ],
        why=["A row that holds only its running number is an empty row of the form, not a household without a name."],
    )


def table_away_from_the_corner() -> None:
    """Two columns and four rows of nothing first; the rest of the sheet is one repetition."""
    rows: list[list[Any]] = [
        ["TT", "Chủ hộ", "Sinh năm", "Nhân khẩu", "Di động"],
        [1, "Nguyễn Văn Mận", 1961, 5, "0510302091"],
        [2, "Nguyễn Thị Đào", 1962, 4, "0510302092"],
        [3, "Thị Mơ", 1963, "x", "0510302O93"],
    ]
    case(
        "bang_o_cot_c_dong_5.ods",
        "The table begins in column C, row 5, as LibreOffice writes it; a letter O in a phone, an x for a number.",
        ods(rows, offset=(4, 2)),
        [
            home(6, "Nguyễn Văn Mận", 1961, "0510302091", 5),
            home(7, "Nguyễn Thị Đào", 1962, "0510302092", 4),
            home(8, "Thị Mơ", 1963),
        ],
        options={"village": DONG_PHU},
        warnings=[("Sheet1", 8, "F"), ("Sheet1", 8, "G")],
        why=["The phone with a letter O is not guessed: a wrong number reaches a stranger."],
    )


def hidden_rows_and_columns() -> None:
    """Left hidden by a filter, or to print fewer columns."""
    rows: list[list[Any]] = [
        HEADER,
        [1, "Cao Văn Ẩn", 1966, 3, "0510302131", "Cụm 1", ""],
        [2, "Cao Văn Hiện", 1967, 4, "0510302132", "Cụm 2", ""],
        [3, "Cao Thị Lặn", 1968, 2, "0510302133", "Cụm 1", ""],
    ]

    def hide(_book, pages) -> None:
        page = pages["Sheet1"]
        page.autofilter("A1:G4")
        page.filter_column("F", 'x == "Cụm 2"')
        page.set_row(1, None, None, {"hidden": True})
        page.set_row(3, None, None, {"hidden": True})
        page.set_column("E:E", None, None, {"hidden": True})

    case(
        "dong_an_cot_an.xlsx",
        "A filter left on hides two households; the column of phones is hidden too.",
        xlsx(rows, hide),
        [
            home(2, "Cao Văn Ẩn", 1966, "0510302131", 3, address="Cụm 1"),
            home(3, "Cao Văn Hiện", 1967, "0510302132", 4, address="Cụm 2"),
            home(4, "Cao Thị Lặn", 1968, "0510302133", 2, address="Cụm 1"),
        ],
        options={"village": DONG_PHU},
        about_file=["HIDDEN_ROWS"],
        why=["A filter hides real households: they are read, and it is said."],
    )


def village_only_in_the_file_name() -> None:
    """Nothing in the sheet, no option."""
    rows: list[list[Any]] = [HEADER[:5], [1, "Trương Văn Tép", 1959, 3, "0510302141"], [2, "Vi Thị Tôm", 1960, 2, ""]]
    case(
        "ds_ho_thon_dong_phu.csv",
        "Only the file's name tells the village.",
        text(rows),
        [home(2, "Trương Văn Tép", 1959, "0510302141", 3), home(3, "Vi Thị Tôm", 1960, "", 2)],
        villages=[DONG_PHU, HOA_BINH],
        why=["The village is often absent inside: it is in the sheet name, the file name or the title rows."],
    )


def recipients_below() -> None:
    """An official letter with a list in it."""
    rows: Rows = [
        ["UBND XÃ HOA ĐỒNG"],
        ["Trưởng thôn: Nguyễn Văn Sơn - ĐT: 0510364999"],
        ["DANH SÁCH HỘ THÔN TÂY PHÚ"],
        ["TT", "Họ và tên chủ hộ", "Số khẩu", "Số điện thoại", "Ghi chú"],
        [1, "Thiều Văn Công", 4, "0510364001", ""],
        [2, "Thiều Thị Văn", 2, "0510364002", ""],
        [],
        ["Ghi chú: Hộ in nghiêng là hộ tạm trú."],
        ["* Số liệu tính đến ngày 30/9/2026"],
        ["Nơi nhận:", "", "", "TM. BAN CÔNG TÁC MẶT TRẬN"],
        ["- UBND xã (để báo cáo);", "", "", "TRƯỞNG BAN"],
        ["- Lưu: thôn.", "", "", ""],
        ["", "", "", "Cao Xuân Bình"],
    ]
    case(
        "cong_van_noi_nhan.xlsx",
        "A letter's head and foot: the village head's phone above, notes, recipients and a signature below.",
        xlsx(rows),
        [
            home(5, "Thiều Văn Công", None, "0510364001", 4),
            home(6, "Thiều Thị Văn", None, "0510364002", 2),
        ],
        village=TAY_PHU,
        villages=[DONG_PHU, TAY_PHU],
        never=["0510364999", "510364999"],
    )


def two_lists_side_by_side() -> None:
    """Printed on one sheet of paper: the second half beside the first."""
    rows: Rows = [
        ["Danh sách hộ thôn Đông Phú"],
        ["STT", "Họ và tên chủ hộ", "SĐT", "STT", "Họ và tên chủ hộ", "SĐT"],
        [1, "Lê Văn Trái", "0510370001", 4, "Hà Văn Phải", "0510370004"],
        [2, "Lê Văn Tả", "0510370002", 5, "Hà Thị Hữu", "k có"],
        [3, "Lê Văn Lề", "05103700", "", "", ""],
    ]
    case(
        "hai_danh_sach_canh_nhau.xlsx",
        "Two lists side by side under one title.",
        xlsx(rows),
        [
            home(3, "Lê Văn Trái", None, "0510370001"),
            home(3, "Hà Văn Phải", None, "0510370004"),
            home(4, "Lê Văn Tả", None, "0510370002"),
            home(4, "Hà Thị Hữu"),
            home(5, "Lê Văn Lề"),
        ],
        warnings=[("Sheet1", 5, "C")],
    )
