"""Names that look like totals, heads of one name, phones run together, headers in other words."""

import unicodedata
from typing import Any

from tests.files.lists.expected import DONG_PHU, HOA_BINH, case, either, home
from tests.files.lists.writers import text, xls, xlsx

Rows = list[list[Any]]
HERE: dict[str, Any] = {"village": DONG_PHU}


def write() -> None:
    """Note the files of this module."""
    two_columns_of_one_name()
    phones_in_three_columns()
    only_names()
    number_before_the_name()
    names_like_words_of_a_form()
    one_head_in_several_spellings()
    two_heads_of_one_name()
    phones_run_together()
    other_words_in_headers()
    numbers_with_separators()
    unknown_village_in_the_title()
    code_only_at_the_head()
    household_numbers_with_letters()


def names_like_words_of_a_form() -> None:
    """People whose names begin or end like the words around a list."""
    people = ["Mang Văn Sang", "Trang Thị Mười", "Lưu Văn Thủ", "Danh Thị Sách", "Hà Thị Tổng", "Đỗ Văn Ký",
              "Ghi Thị Chú", "Cao Thị Trang", "Bản Văn Thôn", "Vi Thị Nữ", "Lê Văn Nam", "Tạ Thị Số"]  # fmt: skip
    rows: Rows = [["STT", "Họ và tên chủ hộ", "Năm sinh", "Ghi chú"]]
    rows += [[n, name, 1950 + n, ""] for n, name in enumerate(people, start=1)]
    rows += [["", "Trang 2", "", ""], ["", "Mang sang", "", ""], ["", "Danh sách có 12 hộ", "", ""]]
    case(
        "ten_giong_chu_mau.xlsx",
        "Mang Văn Sang, Trang Thị Mười, Danh Thị Sách and others; then “Trang 2”, “Mang sang”, “Danh sách có 12 hộ”.",
        xlsx(rows),
        [home(n + 1, name, 1950 + n) for n, name in enumerate(people, start=1)],
        options=HERE,
        why=["A row with a number and a year is a person, whatever the name looks like."],
    )


def one_head_in_several_spellings() -> None:
    """The head's name is not typed the same on each row."""
    rows: Rows = [
        ["STT", "Họ và tên", "Năm sinh", "Họ và tên chủ hộ", "Số điện thoại"],
        [1, "Nguyễn Văn Hòa", 1960, "Nguyễn Văn Hòa", "0510380001"],
        [2, "Lê Thị Lan", 1962, "Nguyễn Văn Hoà", ""],
        [3, "Nguyễn Thị Cúc", 1990, unicodedata.normalize("NFD", "NGUYỄN VĂN HÒA "), "0510380003"],
        [4, "Nguyễn Văn Trúc", 1993, "Ông Nguyễn  Văn Hòa", ""],
        [5, "Nguyễn Văn Hóa", 1971, "Nguyễn Văn Hóa", ""],
    ]
    case(
        "mot_chu_ho_nhieu_cach_viet.xlsx",
        "One head spelled Hòa, Hoà, in capitals, decomposed, with Ông; another head is named Hóa.",
        xlsx(rows),
        [
            home(2, "Nguyễn Văn Hòa", 1960, "0510380001 0510380003", 4),
            home(6, "Nguyễn Văn Hóa", 1971, "", 1),
        ],
        options=HERE,
        may_warn=[("Sheet1", 6, "*")],
        why=["Hòa and Hoà are one spelling in two habits; Hóa is another name."],
    )


def two_heads_of_one_name() -> None:
    """Two households in one village whose heads share a name, one row per person."""
    rows: Rows = [
        ["STT", "Họ và tên", "Năm sinh", "Quan hệ với chủ hộ", "Họ và tên chủ hộ", "Địa chỉ"],
        [1, "Lê Văn An", 1950, "Chủ hộ", "Lê Văn An", "Số 1"],
        [2, "Hà Thị Bé", 1952, "Vợ", "Lê Văn An", "Số 1"],
        [3, "Lê Văn An", 1980, "Chủ hộ", "Lê Văn An", "Số 9"],
        [4, "Vũ Thị Em", 1982, "Vợ", "Lê Văn An", "Số 9"],
        [5, "Lê Văn Út", 2010, "Con", "Lê Văn An", "Số 9"],
    ]
    case(
        "hai_chu_ho_trung_ten.xls",
        "Persons of two households whose heads are both Lê Văn An.",
        xls(rows),
        [
            home(2, "Lê Văn An", 1950, "", 2, address="Số 1"),
            home(4, "Lê Văn An", 1980, "", 3, address="Số 9"),
        ],
        options=HERE,
        warnings=[("Sheet1", 4, "E")],
        why=["A second row “Chủ hộ” begins a second household; the head's name stands in the head's column."],
    )


def phones_run_together() -> None:
    """Two numbers with hardly anything between them."""
    forms = [
        "0510381001-0510381101", "0510381002,0510381102", "0510381003 0510381103", "0510381004_0510381104",
        "0510381005(con)/0510381105(dâu)", "0510381006 Zalo 0510381106", "0510.381.007-0510.381.107",
        "0510381008\\0510381108", "0510381009+0510381109", "0510381010|0510381110", "0510 381 011  0510 381 111",
        "05103810120510381112",
    ]  # fmt: skip
    rows: Rows = [["STT", "Chủ hộ", "Năm sinh", "Điện thoại"]]
    rows += [[n, f"Cao Văn {'ABCDEGHIKLMN'[n - 1]}", 1950 + n, form] for n, form in enumerate(forms, start=1)]
    case(
        "hai_so_dinh_nhau.csv",
        "Two phones with a dash, a comma, a space, an underscore, a word between them; at last nothing at all.",
        text(rows, between=";"),
        [
            home(n + 1, f"Cao Văn {'ABCDEGHIKLMN'[n - 1]}", 1950 + n, f"05103810{n:02} 05103811{n:02}")
            for n in range(1, 12)
        ]
        + [home(13, "Cao Văn N", 1962) | {"phones": either([], ["+84510381012", "+84510381112"])}],
        options=HERE,
        may_warn=[("", 13, "D")],
        why=["Twenty digits in a row are two numbers or a mistake; a word about it is due if they are left out."],
    )


def other_words_in_headers() -> None:
    """Headers nobody has listed, which everybody understands."""
    sheets: dict[str, Rows] = {
        "Thôn Đông Phú": [
            ["TT", "Tên chủ hộ hoặc người đại diện", "Năm sinh chủ hộ", "Nhân khẩu (người)", "Số ĐT/Zalo", "Đ/c",
             "G/chú"],
            [1, "Vi Văn Một", 1961, 4, "0510382001", "Số 1", "Hộ nghèo"],
        ],
        "Thôn Hòa Bình": [
            ["SỐ TT", "HỌ VÀ TÊN CHỦ HỘ GIA ĐÌNH", "NGÀY THÁNG NĂM SINH", "SỐ NHÂN KHẨU TRONG HỘ", "SỐ ĐTDĐ",
             "CỤM DÂN CƯ"],
            [1, "Vi Văn Hai", "2/3/1962", 3, "0510382002", "Cụm 4"],
        ],
    }  # fmt: skip
    case(
        "tieu_de_tu_la.xlsx",
        "Headers in words of the village's own: Tên chủ hộ hoặc người đại diện, Đ/c, Số ĐT/Zalo, SỐ ĐTDĐ.",
        xlsx(sheets),
        [
            home(2, "Vi Văn Một", 1961, "0510382001", 4, address="Số 1", note="Hộ nghèo"),
            home(2, "Vi Văn Hai", 1962, "0510382002", 3, village=HOA_BINH, sheet="Thôn Hòa Bình", lane="Cụm 4"),
        ],
        sheet="Thôn Đông Phú",
        villages=[DONG_PHU, HOA_BINH],
    )


def numbers_with_separators() -> None:
    """Years and phones that a spreadsheet has formatted as amounts."""
    rows: Rows = [
        ["STT", "Chủ hộ", "Năm sinh", "Số khẩu", "Điện thoại"],
        ["1", "Mai Văn Chấm", "1.961", "4,00", "510.383.001"],
        ["2", "Mai Thị Phẩy", "1,962", "3.0", "510,383,002"],
        ["3", "Mai Văn Cách", "1 963", " 2 ", "510 383 003"],
        ["4", "Mai Thị Dài", "1964", "1", "84510383004"],
    ]
    case(
        "so_co_dau_ngan_cach.csv",
        "Years, members and phones with thousands separators: 1.961, 4,00, 510.383.001, 510,383,002.",
        text(rows, between="\t"),
        [
            home(2, "Mai Văn Chấm", 1961, "0510383001", 4),
            home(3, "Mai Thị Phẩy", 1962, "0510383002", 3),
            home(4, "Mai Văn Cách", 1963, "0510383003", 2),
            home(5, "Mai Thị Dài", 1964, "0510383004", 1),
        ],
        options=HERE,
    )


def unknown_village_in_the_title() -> None:
    """The title names a village of before the merger; the person who imports says which it is now."""
    rows: Rows = [
        ["DANH SÁCH HỘ GIA ĐÌNH THÔN ĐÔNG CŨ"],
        ["STT", "Chủ hộ", "Năm sinh"],
        [1, "Đoàn Văn Nhập", 1961],
        [2, "Đoàn Thị Sáp", 1962],
    ]
    case(
        "thon_cu_o_tieu_de.xlsx",
        "The title names a village that is no more; the option names the present one.",
        xlsx(rows),
        [home(3, "Đoàn Văn Nhập", 1961), home(4, "Đoàn Thị Sáp", 1962)],
        villages=[DONG_PHU, HOA_BINH],
        options=HERE,
    )
    case(
        "thon_cu_o_tieu_de.xlsx",
        "The same, and nobody says which village it is now.",
        None,
        [],
        name="thon_cu_o_tieu_de.khong_chon",
        villages=[DONG_PHU, HOA_BINH],
        errors=[("Sheet1", 3, "B"), ("Sheet1", 4, "B")],
    )


def code_only_at_the_head() -> None:
    """The household's code stands once, above its members."""
    rows: Rows = [
        ["Mã hộ", "Họ và tên", "Quan hệ", "Năm sinh", "Điện thoại"],
        ["0389900201", "Hoàng Văn Mã", "Chủ hộ", 1958, "0510384001"],
        ["", "Hà Thị Hiệu", "Vợ", 1960, ""],
        ["0389900202", "Hoàng Thị Số", "Chủ hộ", 1947, ""],
        ["0389900203", "Hoàng Văn Danh", "Chủ hộ", 1981, "0510384004"],
        ["", "Lý Thị Bạ", "Vợ", 1984, "0510384005"],
        ["", "Hoàng Văn Tịch", "Con", 2012, ""],
    ]
    case(
        "ma_ho_o_dong_chu_ho.csv",
        "The household's code only in the head's row, no running number at all.",
        text(rows, encoding="utf-8-sig"),
        [
            home(2, "Hoàng Văn Mã", 1958, "0510384001", 2, code="0389900201"),
            home(4, "Hoàng Thị Số", 1947, "", 1, code="0389900202"),
            home(5, "Hoàng Văn Danh", 1981, "0510384004 0510384005", 3, code="0389900203"),
        ],
        options=HERE,
    )


def household_numbers_with_letters() -> None:
    """“Hộ 1”, “2a” instead of plain numbers."""
    rows: Rows = [
        ["THÔN HÒA BÌNH"],
        ["Hộ số", "Họ và tên", "Năm sinh", "Quan hệ với chủ hộ"],
        ["Hộ 1", "Phan Văn Đầu", 1955, "Chủ hộ"],
        ["", "Lê Thị Sau", 1957, "Vợ"],
        ["Hộ 2", "Phan Thị Giữa", 1962, ""],
        ["Hộ 2a", "Phan Văn Tách", 1988, "Chủ hộ"],
        ["", "Phan Văn Cuối", 2016, "Con"],
    ]
    case(
        "ho_1_ho_2a.xlsx",
        "Households numbered Hộ 1, Hộ 2, Hộ 2a.",
        xlsx(rows),
        [
            home(3, "Phan Văn Đầu", 1955, "", 2),
            home(5, "Phan Thị Giữa", 1962, "", 1),
            home(6, "Phan Văn Tách", 1988, "", 2),
        ],
        village=HOA_BINH,
        villages=[DONG_PHU, HOA_BINH],
    )


def two_columns_of_one_name() -> None:
    """Two columns headed alike."""
    rows: Rows = [
        ["STT", "Họ tên chủ hộ", "Năm sinh", "Số điện thoại", "Số điện thoại", "Ghi chú", "Ghi chú"],
        [1, "Lý Văn Đôi", 1961, "0510351001", "0510351101", "Hộ nghèo", ""],
        [2, "Lý Thị Song", 1962, "", "0510351102", "", "Gần trường"],
    ]
    case(
        "hai_cot_trung_ten.xlsx",
        "Two columns named Số điện thoại, two named Ghi chú.",
        xlsx(rows),
        [
            home(2, "Lý Văn Đôi", 1961, "0510351001 0510351101", note="Hộ nghèo"),
            home(3, "Lý Thị Song", 1962, "0510351102", note="Gần trường"),
        ],
        options={"village": DONG_PHU},
        about_file=["*"],
        why=["Nothing is picked silently: what both columns say is kept."],
    )


def phones_in_three_columns() -> None:
    """The head's, a relative's, Zalo."""
    rows: Rows = [
        ["STT", "Chủ hộ", "Năm sinh", "SĐT chủ hộ", "SĐT người thân", "Zalo"],
        [1, "Ngô Văn Ba", 1961, "0510352001", "0510352101 (con gái)", "x"],
        [2, "Ngô Thị Bốn", 1962, "", "0510352102", "0510352102"],
        [3, "Ngô Văn Năm", 1963, "0510352003", "", "0510352203"],
    ]
    case(
        "ba_cot_dien_thoai.xlsx",
        "The head's phone, a relative's and a Zalo number, in three columns.",
        xlsx(rows),
        [
            home(2, "Ngô Văn Ba", 1961, "0510352001 0510352101"),
            home(3, "Ngô Thị Bốn", 1962, "0510352102"),
            home(4, "Ngô Văn Năm", 1963) | {"phones": either(["+84510352003"], ["+84510352003", "+84510352203"])},
        ],
        options={"village": DONG_PHU},
        why=["Zalo tells where a number can be written to; a number only there may be kept."],
    )


def only_names() -> None:
    """Nothing but names, with honorifics, and a blank line here and there."""
    rows: Rows = [["Danh sách các hộ tham gia họp thôn Đông Phú"], ["TT", "Họ và tên", "Ký tên"],
                  [1, "Ông Thao Văn Dia"], [2, "bà hơ thị mỷ"], [], [3, "Ông: Lâu Văn Pó"],
                  [4, "Và Thị Ái"]]  # fmt: skip
    case(
        "chi_co_ten.xlsx",
        "Names and an empty column to sign in; nothing else.",
        xlsx(rows),
        [
            home(3, "Thao Văn Dia"),
            home(4, "Hơ Thị Mỷ"),
            home(6, "Lâu Văn Pó"),
            home(7, "Và Thị Ái"),
        ],
    )


def number_before_the_name() -> None:
    """A text file typed by hand: the number stands in the name's column."""
    rows: Rows = [
        ["Họ và tên chủ hộ", "Số khẩu", "Điện thoại"],
        ["1. Lê Văn Chấm", "4", "0510353001"],
        ["2) Lê Thị Ngoặc", "3 người", "0510353002"],
        ["3 - Hộ bà Lê Thị Gạch", "02", "không có"],
    ]
    case(
        "so_dung_truoc_ten.csv",
        "The running number stands before the name, in the same cell.",
        text(rows, between=";", encoding="utf-8-sig"),
        [
            home(2, "Lê Văn Chấm", None, "0510353001", 4),
            home(3, "Lê Thị Ngoặc", None, "0510353002", 3),
            home(4, "Lê Thị Gạch", None, "", 2),
        ],
        options={"village": DONG_PHU},
    )
