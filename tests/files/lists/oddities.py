"""Further ways a list is written: footers, marks, merged villages, mixed letters, rarer formats."""

from datetime import date
from typing import Any

from tests.files.lists.expected import DONG_PHU, HOA_BINH, case, either, home
from tests.files.lists.writers import edited, ods, tcvn3, text, xls, xlsx, zipped_text

Rows = list[list[Any]]
HERE: dict[str, Any] = {"village": DONG_PHU}
ROWS: Rows = [
    ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Số điện thoại"],
    [1, "Lưu Thị Đượm", 1961, 4, "0510360001"],
    [2, "Trương Văn Thưởng", 1962, 3, "0510360002"],
    [3, "Đỗ Đình Việt", 1963, 2, ""],
]
FOUND = [
    home(2, "Lưu Thị Đượm", 1961, "0510360001", 4),
    home(3, "Trương Văn Thưởng", 1962, "0510360002", 3),
    home(4, "Đỗ Đình Việt", 1963, "", 2),
]


def write() -> None:
    """Note the files of this module."""
    for file, what, content in (
        ("utf16_khong_bom.csv", "UTF-16 without its mark.", text(ROWS, between=";", encoding="utf-16-le")),
        ("xuong_dong_may_mac.csv", "Lines ended by CR alone, as an old Mac does.", text(ROWS, end="\r")),
        ("dau_so_doc.csv", "Vertical bars between the values.", text(ROWS, between="|")),
        ("nhay_kep_moi_o.csv", "Every value in quotes, spaces behind the commas.", quoted(ROWS)),
    ):
        case(file, what, content, FOUND, options=HERE)
    case("tep_macro.xlsm", "A workbook that may hold macros: read, never run.", macro_enabled(xlsx(ROWS)), FOUND,
         options=HERE)  # fmt: skip
    head_marked_by_x()
    village_merged_down()
    wordy_headers()
    odd_names()
    more_years()
    libreoffice_rich_cells()
    old_and_new_letters()
    dates_as_headers_dislike()
    numbers_of_another_kind()
    groups_in_the_name_column()
    husband_and_wife()
    a_web_page()
    persons_without_households()


def quoted(rows: Rows) -> bytes:
    """`"1", "Lê Văn A"`."""
    return "\r\n".join(", ".join(f'"{value}"' for value in row) for row in rows).encode()


def macro_enabled(content: bytes) -> bytes:
    """The same workbook under the content type of .xlsm."""
    plain = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    macro = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    return edited(content, {"[Content_Types].xml": lambda xml: xml.replace(plain, macro)})


def head_marked_by_x() -> None:
    """Who is the head is an x in a column called Chủ hộ."""
    rows: Rows = [
        ["Danh sách nhân khẩu thôn Đông Phú"],
        ["Số hộ", "Họ và tên", "Chủ hộ", "Năm sinh", "SĐT"],
        [1, "Tống Văn Ích", "x", 1955, "0510361001"],
        [1, "Tống Thị Lợi", "", 1980, ""],
        [2, "Mai Thị Công", "X", 1949, ""],
        [3, "Mai Văn Bằng", "", 1990, "0510361004"],
        [3, "Mai Văn Chính", "x", 1962, ""],
    ]
    case(
        "chu_ho_danh_dau_x.xlsx",
        "Persons; the head of each household is marked by an x in a column “Chủ hộ”.",
        xlsx(rows),
        [
            home(3, "Tống Văn Ích", 1955, "0510361001", 2),
            home(5, "Mai Thị Công", 1949, "", 1),
            home(7, "Mai Văn Chính", 1962, "0510361004", 2),
        ],
    )


def village_merged_down() -> None:
    """One village cell for several rows, and the same for the address."""
    rows: Rows = [
        ["STT", "Thôn", "Họ và tên chủ hộ", "Ngõ", "Điện thoại"],
        [1, "Thôn Đông Phú", "Vũ Văn Trên", "Ngõ 1", "0510362001"],
        [2, "", "Vũ Thị Giữa", "", "0510362002"],
        [3, "", "Vũ Văn Dưới", "Ngõ 2", "0510362003"],
        [4, "Thôn Hòa Bình", "Vũ Thị Ngoài", "", "0510362004"],
    ]

    def merge(_book: Any, pages: Any) -> None:
        pages["Sheet1"].merge_range("B2:B4", "Thôn Đông Phú")
        pages["Sheet1"].merge_range("D2:D3", "Ngõ 1")

    case(
        "thon_gop_o_doc.xlsx",
        "One cell for the village of three rows, and one for the lane of two.",
        xlsx(rows, merge),
        [
            home(2, "Vũ Văn Trên", None, "0510362001", lane="Ngõ 1"),
            home(3, "Vũ Thị Giữa", None, "0510362002", lane="Ngõ 1"),
            home(4, "Vũ Văn Dưới", None, "0510362003", lane="Ngõ 2"),
            home(5, "Vũ Thị Ngoài", None, "0510362004", village=HOA_BINH),
        ],
        villages=[DONG_PHU, HOA_BINH],
        why=["A merged cell speaks for all its rows; below it, nothing does."],
    )


def wordy_headers() -> None:
    """The usual headers with explanations in and behind them."""
    rows: Rows = [
        ["STT", "Họ và tên chủ hộ (ghi chữ in hoa, có dấu)", "Năm sinh (dương lịch)", "Số khẩu thực tế thường trú",
         "Số điện thoại liên hệ (nếu có)", "Địa chỉ (số nhà, ngõ)", "Ghi chú (nếu có)"],
        [1, "LÒ VĂN DÀI", 1961, 4, "0510363001", "Số 4", "Hộ nghèo"],
        [2, "LÒ THỊ NGẮN", 1962, 3, "", "Số 6", ""],
    ]  # fmt: skip
    case(
        "tieu_de_dai_dong.xlsx",
        "Headers with explanations in brackets and behind them.",
        xlsx(rows),
        [
            home(2, "Lò Văn Dài", 1961, "0510363001", 4, address="Số 4", note="Hộ nghèo"),
            home(3, "Lò Thị Ngắn", 1962, "", 3, address="Số 6"),
        ],
        options=HERE,
    )


def odd_names() -> None:
    """Stars, stops and remarks at a name."""
    rows: Rows = [
        ["STT", "Họ và tên chủ hộ", "Năm sinh", "Ghi chú"],
        [1, "Lê Văn Sao *", 1961, ""],
        [2, "Lê Thị Chấm.", 1962, ""],
        [3, "Lê Văn Phẩy,", 1963, ""],
        [4, "Lê Thị Mất (đã chết)", 1940, ""],
        [5, "Hộ ông Lê Văn Hộ", 1965, ""],
        [6, "Gia đình bà Lê Thị Nhà", 1966, ""],
        [7, "Ông/bà Lê Văn Cả", 1967, ""],
        [8, "LÊ VĂN A (LÊ VĂN B)", 1968, ""],
        [9, "Cụ Lê Thị Thọ", 1930, ""],
    ]
    case(
        "ten_kem_dau.xlsx",
        "Stars, stops, commas and remarks at the names; Hộ ông, Gia đình bà, Ông/bà, Cụ.",
        xlsx(rows),
        [
            home(2, "Lê Văn Sao", 1961),
            home(3, "Lê Thị Chấm", 1962),
            home(4, "Lê Văn Phẩy", 1963),
            home(5, "Lê Thị Mất", 1940, note="đã chết"),
            home(6, "Lê Văn Hộ", 1965),
            home(7, "Lê Thị Nhà", 1966),
            home(8, "Lê Văn Cả", 1967),
            home(9, "Lê Văn A", 1968, note=either("LÊ VĂN B", "Lê Văn B")),
            home(10, "Lê Thị Thọ", 1930),
        ],
        options=HERE,
        may_warn=[("Sheet1", 5, "B"), ("Sheet1", 5, "D")],
    )


def more_years() -> None:
    """Rarer ways to write when somebody was born."""
    forms = [
        ("SN 1951", 1951), ("sinh năm 1952", 1952), ("1953 (Quý Tỵ)", 1953), ("3/1954", 1954), ("1955/03/15", 1955),
        ("15/03/1956 00:00:00", 1956), ("15 tháng 3 năm 1957", 1957), ("1958.", 1958), ("~1959", 1959),
        ("15/03/60", 1960), ("'1961", 1961), ("15\\3\\1962", 1962), ("15,03,1963", 1963), ("15/ 3 /1964", 1964),
        ("31/02/1965", 1965), ("00-00-1966", 1966), ("xx/xx/1967", 1967), ("-1968", 1968), (1969.0, 1969),
        (date(1970, 2, 28), 1970),
    ]  # fmt: skip
    rows: Rows = [["STT", "Chủ hộ", "Sinh ngày"]]
    rows += [[n, f"Bùi Thị {'ABCDEGHIKLMNOPQRSTUV'[n - 1]}", form] for n, (form, _year) in enumerate(forms, start=1)]
    case(
        "ngay_sinh_hiem.xls",
        "SN 1951, 1953 (Quý Tỵ), 15 tháng 3 năm 1957, 31/02/1965, with commas, stops and backslashes.",
        xls(rows),
        [
            home(n + 1, f"Bùi Thị {'ABCDEGHIKLMNOPQRSTUV'[n - 1]}", year)
            for n, (_form, year) in enumerate(forms, start=1)
        ],
        options=HERE,
        may_warn=[("Sheet1", 16, "C")],
        why=["Whatever else is in the cell, four digits between 1900 and today are the year."],
    )


def libreoffice_rich_cells() -> None:
    """Spans, several spaces, a comment in a cell, merged cells, the same row repeated."""
    rows: Rows = [
        ["STT", "Họ và tên chủ hộ", "Năm sinh", "Điện thoại"],
        [1, "TEN_MOT", 1961, "0510365001"],
        [2, "TEN_HAI", 1962, "DT_HAI"],
    ]
    rich = {
        "<text:p>TEN_MOT</text:p>": "<text:p>Hà <text:span>Thị</text:span><text:s text:c=\"2\"/>Vẽ</text:p>",
        "<text:p>TEN_HAI</text:p>": "<office:annotation><text:p>hỏi lại năm sinh</text:p></office:annotation>"
        "<text:p>Hà Văn Gạch</text:p>",
        "<text:p>DT_HAI</text:p>": "<text:p>0510365002</text:p><text:p>0510365102</text:p>",
    }  # fmt: skip
    content = ods(rows)
    for old, new in rich.items():
        content = zipped_text(content, "content.xml", old, new)
    case(
        "o_nhieu_kieu_chu.ods",
        "LibreOffice cells with formatted pieces, double spaces, a comment, two paragraphs.",
        content,
        [home(2, "Hà Thị Vẽ", 1961, "0510365001"), home(3, "Hà Văn Gạch", 1962, "0510365002 0510365102")],
        options=HERE,
        never=["hỏi lại năm sinh"],
    )


def old_and_new_letters() -> None:
    """New rows typed in Unicode below old ones in TCVN3, each in its font."""
    rows: Rows = [
        ["STT", "Họ và tên chủ hộ", "Năm sinh", "Ghi chú"],
        [1, tcvn3("Nguyễn Thị Đượm"), 1941, tcvn3("Hộ nghèo")],
        [2, tcvn3("Trương Văn Thưởng"), 1942, ""],
        [3, "Đỗ Đình Việt", 1983, "Hộ mới tách"],
        [4, "Lò Thị Ỏm", 1984, ""],
    ]
    case(
        "hai_loai_chu.xls",
        "Old rows in .VnTime, newer rows in Times New Roman: two encodings in one sheet.",
        xls(rows, fonts={2: ".VnTime", 3: ".VnTime"}, font="Times New Roman"),
        [
            home(2, "Nguyễn Thị Đượm", 1941, note="Hộ nghèo"),
            home(3, "Trương Văn Thưởng", 1942),
            home(4, "Đỗ Đình Việt", 1983, note="Hộ mới tách"),
            home(5, "Lò Thị Ỏm", 1984),
        ],
        options=HERE | {"encoding": "TCVN3"},
        about_file=["CONVERTED?"],
        why=["What is Unicode already is not converted a second time."],
    )


def dates_as_headers_dislike() -> None:
    """A column of dates that is not the birth, before the one that is."""
    rows: Rows = [
        ["TT", "Họ tên chủ hộ", "Ngày ĐKTT", "Ngày sinh", "Quê quán", "Địa chỉ thường trú", "Địa chỉ tạm trú", "SĐT"],
        [1, "Trịnh Văn Nhập", date(2001, 5, 6), date(1961, 7, 8), "Xã Quê Xa", "Số 1", "", "0510366001"],
        [2, "Trịnh Thị Khẩu", "12/12/2012", 1962, "Xã Quê Xa", "", "Số 2", "0510366002"],
    ]
    case(
        "ngay_dang_ky_va_que_quan.xlsx",
        "The day of registration before the day of birth, the place of origin before the address.",
        xlsx(rows),
        [
            home(2, "Trịnh Văn Nhập", 1961, "0510366001", address="Số 1"),
            home(3, "Trịnh Thị Khẩu", 1962, "0510366002", address=either("", "Số 2")),
        ],
        options=HERE,
        never=["Quê Xa", "2012"],
    )


def numbers_of_another_kind() -> None:
    """Numbers beside the phone that look like one."""
    rows: Rows = [
        ["STT", "Họ tên chủ hộ", "Số CMND", "Số tài khoản", "Số hợp đồng điện", "Số điện thoại", "Số nhân khẩu"],
        [1, "Quách Văn Số", "099000001", "0510367901", "PE0510367", "0510367001", 4],
        [2, "Quách Thị Liệu", 99000002, 510367902, "PE0510368", "", 3],
    ]
    case(
        "nhieu_cot_so.xlsx",
        "Identity, account and contract numbers beside the phone; one account number reads like a phone.",
        xlsx(rows),
        [home(2, "Quách Văn Số", None, "0510367001", 4), home(3, "Quách Thị Liệu", None, "", 3)],
        options=HERE,
        never=["0510367901", "510367902", "099000001", "PE0510367"],
    )


def groups_in_the_name_column() -> None:
    """Villages and lanes stand where the names stand, without a number."""
    rows: Rows = [
        ["TT", "Chủ hộ", "Năm sinh", "Điện thoại"],
        ["", "Thôn Hòa Bình", "", ""],
        [1, "Cao Văn Ngọn", 1961, "0510371001"],
        ["", "Xóm Đình", "", ""],
        [2, "Cao Thị Xóm", 1962, ""],
        ["", "Thôn Đông Phú: 02 hộ", "", ""],
        [1, "Hà Văn Thôn", 1963, ""],
        ["", "Cụm 3", "", ""],
        [2, "Hà Thị Cụm", 1964, "0510371004"],
    ]
    case(
        "nhom_o_cot_ten.xls",
        "Group rows in the column of names, one with a count behind it; people named Xóm, Thôn and Cụm.",
        xls(rows),
        [
            home(3, "Cao Văn Ngọn", 1961, "0510371001", village=HOA_BINH),
            home(5, "Cao Thị Xóm", 1962, village=HOA_BINH, lane="Xóm Đình"),
            home(7, "Hà Văn Thôn", 1963),
            home(9, "Hà Thị Cụm", 1964, "0510371004", lane="Cụm 3"),
        ],
        villages=[DONG_PHU, HOA_BINH],
    )


def husband_and_wife() -> None:
    """No column says head of household; a person decides."""
    rows: Rows = [
        ["STT", "Họ tên chồng", "Họ tên vợ", "Năm cưới", "SĐT chồng"],
        [1, "Đinh Văn Rể", "Vi Thị Dâu", 1981, "0510372001"],
        [2, "Đinh Văn Anh", "Vi Thị Chị", 1992, ""],
    ]
    case(
        "chong_va_vo.xlsx",
        "Husband and wife in two columns; a person says that the husband is the head.",
        xlsx(rows),
        [home(2, "Đinh Văn Rể", None, "0510372001"), home(3, "Đinh Văn Anh")],
        options=HERE | {"map": ["Họ tên chồng=head_name", "SĐT chồng=phone", "Họ tên vợ=", "Năm cưới="]},
    )


def a_web_page() -> None:
    """What many state programs call “Xuất Excel”."""
    lines = "".join(f"<tr>{''.join(f'<td>{value}</td>' for value in row)}</tr>" for row in ROWS)
    page = f'<html><head><meta charset="utf-8"></head><body><table border="1">{lines}</table></body></html>'
    case(
        "trang_web_mang_duoi_xls.xls",
        "A web page with a table, named .xls, as state programs export it.",
        page.encode(),
        FOUND,
        sheet="",
        options=HERE,
    )


def persons_without_households() -> None:
    """A voter list and a list of temporary residents: persons, and nothing tells the household."""
    voters: Rows = [
        ["DANH SÁCH CỬ TRI THÔN ĐÔNG PHÚ"],
        ["STT", "Họ và tên cử tri", "Ngày, tháng, năm sinh", "Nam", "Nữ", "Dân tộc", "Nơi cư trú", "", "Ghi chú"],
        ["", "", "", "", "", "", "thường trú", "tạm trú", ""],
        [1, "Lê Văn Bầu", "1/2/1960", "x", "", "Kinh", "Ngõ 1", "", ""],
        [2, "Lê Thị Cử", "1/2/1961", "", "x", "Kinh", "Ngõ 1", "", ""],
    ]
    guests: Rows = [
        ["STT", "Tên", "Ngày sinh", "Giới tính", "CCCD", "Địa chỉ tạm trú", "Khu phố", "Địa chỉ thường trú",
         "Thẻ bhyt", "GT đến"],
        [1, "Hà Văn Trọ", "1/2/1990", "Nam", "099090000001", "Số 1", "Khu phố 1", "Xã khác", "", ""],
        [2, "Hà Thị Nhờ", "1/2/1991", "Nữ", "", "Số 1", "Khu phố 1", "Xã khác", "", ""],
    ]  # fmt: skip
    for file, what, rows in (
        ("danh_sach_cu_tri.xlsx", "Voters, one by one.", voters),
        ("tam_tru_10_cot.xlsx", "Temporary residents, one by one, in the ten columns of the police.", guests),
    ):
        case(file, what, xlsx(rows), [], options=HERE, refused=True,
             why=["Every person would become a household: refused, with a sentence."])  # fmt: skip
