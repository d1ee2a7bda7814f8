"""Every shape a list of households comes in."""

from datetime import date
from typing import Any

from tests.files.lists.expected import DONG_PHU, HOA_BINH, TAY_PHU, case, either, home
from tests.files.lists.writers import Formula, text, xls, xlsx


def write() -> None:
    """Note the files of this module."""
    members_with_blank_number()
    members_with_number_repeated()
    members_without_any_relation()
    persons_with_head_repeated()
    police_twelve_columns()
    insurance_annex()
    poor_households()
    three_header_rows()
    contributions()


def members_with_blank_number() -> None:
    """The head first with a number, the others below with none."""
    header = ["STT hộ", "STT khẩu", "Họ và tên", "Ngày, tháng,\nnăm sinh", "Giới tính", "Quan hệ với chủ hộ", "SĐT"]
    rows: list[list[Any]] = [
        ["THÔN ĐÔNG PHÚ"],
        ["DANH SÁCH NHÂN KHẨU THEO HỘ"],
        [],
        header,
        [1, 1, "Lê Văn Sáu", "12/04/1961", "Nam", "Chủ hộ", "0510301001"],
        ["", 2, "Hà Thị Nhàn", 1963, "Nữ", "Vợ", "0510301002"],
        ["", 3, "Lê Văn Tám", date(1988, 7, 2), "Nam", "Con", ""],
        [],
        [2, 4, "Trịnh Thị Mận", 1950, "Nữ", "", ""],
        ["", 5, "Cao Văn Lợi", 1979, "Nam", "Con đẻ", "0510301005"],
        [3, 6, "Bùi Văn Chín", "5-3-72", "Nam", "CH", "0510301006"],
        [],
        [],
        [4, 7, "Phạm Thị Tươi", 1990, "Nữ", "chủ hộ", ""],
        ["", 8, "Vũ Minh Khôi", date(2015, 1, 30), "Nam", "con trai", ""],
        ["", 9, "Vũ Minh An", date(2018, 3, 9), "Nữ", "con gái", ""],
    ]
    case(
        "thanh_vien_so_ho_de_trong.xlsx",
        "Members below the head; the household's number only in the head's row, blank rows between some households.",
        xlsx(rows),
        [
            home(5, "Lê Văn Sáu", 1961, "0510301001 0510301002", 3),
            home(9, "Trịnh Thị Mận", 1950, "0510301005", 2),
            home(11, "Bùi Văn Chín", 1972, "0510301006", 1),
            home(14, "Phạm Thị Tươi", 1990, "", 3),
        ],
        why=[
            "Members' numbers are kept after the head's: the wife's phone reaches the household too, nothing is lost.",
            "Members are counted where no column tells their number.",
        ],
    )


def members_with_number_repeated() -> None:
    """The number on every row, and the head not always first."""
    rows: list[list[Any]] = [
        ["STT hộ", "Họ và tên", "Năm sinh", "Quan hệ chủ hộ", "Điện thoại", "Địa chỉ", "Ghi chú"],
        [1, "Nguyễn Thị Gấm", 1970, "Vợ", "", "Ngõ 2", ""],
        [1, "Đỗ Văn Kha", 1968, "Chủ hộ", "0510301011", "Ngõ 2", "Hộ nghèo"],
        [1, "Đỗ Thị Na", 1999, "Con", "", "Ngõ 2", ""],
        [2, "Mai Văn Kỷ", 1945, "Bản thân", "0510301012", "Ngõ 3", ""],
        [3, "Mai Văn Kỷ", 1981, "Chủ", "0510301013", "Ngõ 3", ""],
        [3, "Lò Thị Ỏm", 1984, "Vợ", "", "Ngõ 3", ""],
        [4, "Hoàng Thị Thơm", 1955, "Mẹ", "", "Ngõ 3", ""],
        [4, "Lưu Văn Vinh", 1980, "CH", "", "Ngõ 3", "Đi làm ăn xa"],
    ]
    case(
        "thanh_vien_so_ho_lap_lai.csv",
        "One row per person, the household's number on each; the head is found by the relation, not by standing first.",
        text(rows),
        [
            home(3, "Đỗ Văn Kha", 1968, "0510301011", 3, address="Ngõ 2", note="Hộ nghèo"),
            home(5, "Mai Văn Kỷ", 1945, "0510301012", 1, address="Ngõ 3"),
            home(6, "Mai Văn Kỷ", 1981, "0510301013", 2, address="Ngõ 3"),
            home(9, "Lưu Văn Vinh", 1980, "", 2, address="Ngõ 3", note="Đi làm ăn xa"),
        ],
        options={"village": DONG_PHU},
        warnings=[("", 6, "B")],
        why=["Two heads named Mai Văn Kỷ, born 1945 and 1981: two households, and the second is shown to a person."],
    )


def members_without_any_relation() -> None:
    """Only the number tells where a household begins; the number cell is merged."""
    rows: list[list[Any]] = [
        ["Thôn Đông Phú"],
        ["TT", "Họ tên", "Năm sinh", "Số ĐT"],
        [1, "Trần Văn Mùi", 1955, 510301021],
        ["", "Lê Thị Dậu", 1957, ""],
        ["", "Trần Văn Tuất", 1983, ""],
        [2, "Cao Thị Hợi", 1949, "0510 301 022"],
        [3, "Vi Văn Tý", 1977, "0510.301.023"],
        ["", "Hà Thị Sửu", 1979, "không"],
    ]

    def merge(_book, pages) -> None:
        pages["Sheet1"].merge_range("A3:A5", 1)
        pages["Sheet1"].merge_range("A7:A8", 3)

    case(
        "thanh_vien_o_gop.xlsx",
        "Members below the head without a relation column; the number's cell is merged over the household's rows.",
        xlsx(rows, merge),
        [
            home(3, "Trần Văn Mùi", 1955, "0510301021", 3),
            home(6, "Cao Thị Hợi", 1949, "0510301022", 1),
            home(7, "Vi Văn Tý", 1977, "0510301023", 2),
        ],
    )


def persons_with_head_repeated() -> None:
    """Rows of one household stand apart; one head has no row of his own."""
    rows: list[list[Any]] = [
        ["STT", "Họ và tên", "Năm sinh", "Quan hệ với chủ hộ", "Họ và tên chủ hộ", "Thôn", "Số điện thoại"],
        [1, "Phạm Văn Ất", 1960, "Chủ hộ", "Phạm Văn Ất", "Thôn Đông Phú", "0510301031"],
        [2, "Đinh Thị Bính", 1958, "Chủ hộ", "Đinh Thị Bính", "Thôn Hòa Bình", ""],
        [3, "Lê Thị Giáp", 1962, "Vợ", "Phạm Văn Ất", "Thôn Đông Phú", ""],
        [4, "Ngô Thị Đinh", 1971, "Vợ", "Quách Văn Mậu", "Thôn Đông Phú", "0510301034"],
        [5, "Quách Văn Kỷ", 1995, "Con", "Quách Văn Mậu", "Thôn Đông Phú", ""],
        [6, "Vũ Thị Canh", 1989, "Con", "Đinh Thị Bính", "Thôn Hòa Bình", "0510301036"],
        [7, "Phạm Văn Tân", 1990, "Con", "PHẠM VĂN ẤT", "Thôn Đông Phú", ""],
        [8, "Phạm Văn Ất", 1975, "Chủ hộ", "Phạm Văn Ất", "Thôn Hòa Bình", "0510301038"],
    ]
    case(
        "moi_nguoi_mot_dong_chu_ho_lap_lai.xlsx",
        "One row per person with the head's name repeated; rows of a household apart, one head without a row.",
        xlsx(rows),
        [
            home(2, "Phạm Văn Ất", 1960, "0510301031", 3),
            home(3, "Đinh Thị Bính", 1958, "0510301036", 2, village=HOA_BINH),
            home(5, "Quách Văn Mậu", None, "0510301034", either(2, 3)),
            home(9, "Phạm Văn Ất", 1975, "0510301038", 1, village=HOA_BINH),
        ],
        villages=[DONG_PHU, HOA_BINH],
        may_warn=[("Sheet1", 5, letter) for letter in "BE"],
        why=[
            "Quách Văn Mậu has no row: the household still exists, its year of birth is unknown, it stands in row 5.",
            "Same head's name in two villages: two households, not one of four.",
        ],
    )


def police_twelve_columns() -> None:
    """As the police hand it out, in an old .xls."""
    rows: list[list[Any]] = [
        ["STT", "Họ và tên", "Ngày sinh", "Giới tính", "Số ĐDCN/CCCD/\nCMND", "Họ và tên chủ hộ", "Nơi thường trú",
         "Khu phố", "Ngày ĐKTT", "Nơi ở hiện tại", "Thẻ bhyt", "GT đến"],
        [1, "LÊ VĂN LỘC", 22710, "Nam", "099062000011", "LÊ VĂN LỘC", "Số 5, đường Hoa Sen", "Khu phố 1",
         date(2001, 5, 6), "nt", "HT2990000000001", date(2027, 1, 1)],
        [2, "NGUYỄN THỊ PHÚC", "02/08/1964", "Nữ", 99164000012, "LÊ VĂN LỘC", "Số 5, đường Hoa Sen", "Khu phố 1",
         "", "", "", ""],
        [3, "LÊ THỊ THỌ", date(1990, 4, 1), "Nữ", "099190000013", "LÊ VĂN LỘC", "Số 5, đường Hoa Sen", "Khu phố 1",
         "", "", "", ""],
        [4, "ĐỖ VĂN KHANG", 1971, "Nam", "099071000014", "ĐỖ VĂN KHANG", "Ngõ 12", "KP 2", 36951, "", "", ""],
        [5, "VI THỊ NINH", "00/00/1975", "Nữ", "", "ĐỖ VĂN KHANG", "Ngõ 12", "KP 2", "", "", "", ""],
        [6, "BÙI THỊ AN", "1948", "Nữ", "199000016", "BÙI THỊ AN", "Ngõ 12", "KP 2", "", "", "", ""],
    ]  # fmt: skip
    case(
        "cong_an_12_cot.xls",
        "The police list of permanent residents: 12 columns, one row per person, serial dates among text dates.",
        xls(rows),
        [
            home(2, "Lê Văn Lộc", 1962, "", 3, village="Khu phố 1", address="Số 5, đường Hoa Sen"),
            home(5, "Đỗ Văn Khang", 1971, "", 2, village="Khu phố 2", address="Ngõ 12"),
            home(7, "Bùi Thị An", 1948, "", 1, village="Khu phố 2", address="Ngõ 12"),
        ],
        villages=["Khu phố 1", "Khu phố 2"],
        never=["099062000011", "99164000012", "199000016", "HT2990000000001"],
        why=[
            "22710 is Excel's number for 05/03/1962.",
            "Of two columns for an address the first that says something counts; “nt” repeats nothing above it.",
        ],
    )


def insurance_annex() -> None:
    """The annex to a declaration: eighteen columns, instructions in the header."""
    header = [
        "STT", "Họ và tên", "Mã số BHXH", "Số sổ BHXH", "Ngày sinh (Chỉ nhập năm nếu chỉ nhớ năm sinh)",
        "Chỉ có năm sinh (Có/Không)", "Mối quan hệ với chủ hộ", "Giới tính (Nam/Nữ)", "Nơi cấp giấy khai sinh (*)",
        "Số CMND", "Ghi chú", "Họ tên chủ hộ", "Số điện thoại chủ hộ", "Loại giấy tờ", "Số giấy tờ", "Địa chỉ",
        "Quốc Tịch (*)", "Dân Tộc (*)",
    ]  # fmt: skip
    address = "Xóm Đình, thôn Đông Phú, xã Hoa Đồng"

    def person(n, name, birth, only_year, relation, sex, head, phone, note=""):
        return [n, name, f"38990000{n:02}", "", birth, only_year, relation, sex, "Xã Hoa Đồng", f"09900000{n:02}",
                note, head, phone, "Sổ hộ khẩu", f"SO99{n:02}", address, "Việt Nam", "Kinh"]  # fmt: skip

    rows: list[list[Any]] = [
        ["PHỤ LỤC THÀNH VIÊN HỘ GIA ĐÌNH"],
        ["(Kèm theo Tờ khai tham gia, điều chỉnh thông tin BHXH, BHYT)"],
        header,
        person(1, "Trương Văn Bảy", "1959", "Có", "Chủ hộ", "Nam", "Trương Văn Bảy", "0510301041"),
        person(2, "Lê Thị Chanh", "06/11/1961", "Không", "Vợ", "Nữ", "Trương Văn Bảy", "0510301041"),
        person(3, "Trương Thị Quýt", "19/05/1993", "Không", "Con", "Nữ", "Trương Văn Bảy", "0510301041"),
        person(4, "Hà Thị Bưởi", "1947", "Có", "Chủ hộ", "Nữ", "Hà Thị Bưởi", "", "Hộ cận nghèo"),
    ]
    case(
        "phu_luc_bhxh.xlsx",
        "The social-insurance annex: long instructions inside the headers, the head's name and phone on every row.",
        xlsx({"Phụ lục": rows}),
        [
            home(4, "Trương Văn Bảy", 1959, "0510301041", 3, address=address),
            home(7, "Hà Thị Bưởi", 1947, "", 1, address=address, note="Hộ cận nghèo"),
        ],
        sheet="Phụ lục",
        never=["3899000001", "0990000001", "SO9901", "Kinh"],
        why=["The village is named inside the address."],
    )


def poor_households() -> None:
    """Two header rows, the row of numbers, villages as bold rows, marks."""
    rows: list[list[Any]] = [
        ["UBND XÃ HOA ĐỒNG"],
        ["DANH SÁCH HỘ NGHÈO, HỘ CẬN NGHÈO NĂM 2026"],
        ["(Kèm theo Quyết định số 99/QĐ-UBND ngày 15/9/2026)"],
        ["TT", "Họ và tên chủ hộ", "Ngày sinh", "", "Dân tộc", "Số CMND/CCCD", "Địa chỉ (thôn, bản, tổ dân phố)",
         "Số nhân khẩu", "Điểm B1", "Điểm B2", "Phân loại", "Thiếu hụt", "", "Ghi chú"],
        ["", "", "Nam", "Nữ", "", "", "", "", "", "", "", "việc làm", "y tế", ""],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)", "(9)", "(10)", "(11)", "(12)", "(13)", "(14)"],
        ["I", "Thôn Đông Phú"],
        [1, "Lê Văn Cần", "02/03/1955", "", "Kinh", "099055000021", "Thôn Đông Phú", 2, 110, 20, "HN", "x", "", ""],
        [2, "Bùi Thị Kiệm", "", 1949, "Mường", "099149000022", "Thôn Đông Phú", 1, 125, 30, "HCN", "", "x",
         "Già yếu, neo đơn"],
        ["", "Cộng: 2 hộ", "", "", "", "", "", 3],
        ["II", "Thôn Hòa Bình"],
        [1, "Giàng A Chính", 1990, "", "Mông", "099090000023", "Thôn Hòa Bình", 6, 95, 40, "HN", "x", "x", ""],
        ["", "TỔNG CỘNG: 3 hộ", "", "", "", "", "", 9],
    ]  # fmt: skip

    def merge(book, pages) -> None:
        page, bold = pages["Sheet1"], book.add_format({"bold": True})
        page.merge_range("C4:D4", "Ngày sinh")
        page.merge_range("L4:M4", "Thiếu hụt")
        for letter in "ABEFGHIJKN":
            page.merge_range(f"{letter}4:{letter}5", rows[3]["ABCDEFGHIJKLMN".index(letter)])
        page.write("B7", "Thôn Đông Phú", bold)

    same = either("", "Thôn Đông Phú")
    case(
        "ho_ngheo_tieu_de_hai_dong.xlsx",
        "The poor-household list: two header rows, birth in the man's or the woman's column, numbers, group rows.",
        xlsx(rows, merge),
        [
            home(8, "Lê Văn Cần", 1955, "", 2, address=same),
            home(9, "Bùi Thị Kiệm", 1949, "", 1, address=same, note="Già yếu, neo đơn"),
            home(12, "Giàng A Chính", 1990, "", 6, village=HOA_BINH, address=either("", "Thôn Hòa Bình")),
        ],
        villages=[DONG_PHU, HOA_BINH],
        never=["099055000021", "Mường", "Mông"],
        why=["An address that is only the village's name may stand or be left to the village."],
    )


def three_header_rows() -> None:
    """A group over a group."""
    rows: list[list[Any]] = [
        ["BIỂU TỔNG HỢP HỘ GIA ĐÌNH THÔN TÂY PHÚ"],
        ["STT", "Thông tin chủ hộ", "", "", "", "Nhân khẩu", "", "", "Ghi chú"],
        ["", "Họ và tên", "Ngày, tháng, năm sinh", "Liên hệ", "", "Tổng số", "Trong đó", "", ""],
        ["", "", "", "Số điện thoại", "Zalo", "", "Nam", "Nữ", ""],
        [1, "Thiều Văn Quân", "03/09/1966", "0510301051", "x", 5, 3, 2, ""],
        [2, "Trương Thị Xuyến", "1959", "", "", 1, 0, 1, "Hộ chính sách"],
        [3, "Quách Văn Dần", "17.8.1986", "0510301053", "có", 4, 1, 3, ""],
    ]

    def merge(_book, pages) -> None:
        page = pages["Sheet1"]
        page.merge_range("B2:E2", "Thông tin chủ hộ")
        page.merge_range("F2:H2", "Nhân khẩu")
        page.merge_range("D3:E3", "Liên hệ")
        page.merge_range("G3:H3", "Trong đó")
        for place in ("A2:A4", "I2:I4"):
            page.merge_range(place, "STT" if place[0] == "A" else "Ghi chú")
        for place, words in (("B3:B4", "Họ và tên"), ("C3:C4", "Ngày, tháng, năm sinh"), ("F3:F4", "Tổng số")):
            page.merge_range(place, words)

    case(
        "tieu_de_ba_dong.xlsx",
        "Three header rows merged both ways; a total of members beside men and women.",
        xlsx(rows, merge),
        [
            home(5, "Thiều Văn Quân", 1966, "0510301051", 5),
            home(6, "Trương Thị Xuyến", 1959, "", 1, note="Hộ chính sách"),
            home(7, "Quách Văn Dần", 1986, "0510301053", 4),
        ],
        village=TAY_PHU,
        villages=[TAY_PHU],
        why=["The village is named in the title, and nowhere else."],
    )


def contributions() -> None:
    """Formulas with values, totals and the amount in words."""
    rows: list[list[Any]] = [
        ["THÔN ĐÔNG PHÚ"],
        ["DANH SÁCH CÁC HỘ ĐÓNG GÓP QUỸ ĐƯỜNG NGÕ"],
        ["Đơn vị tính: đồng"],
        ["STT", "Họ và tên chủ hộ", "Số khẩu", "Mức đóng/khẩu", "Thành tiền", "Đã nộp", "Còn nợ", "Ký nhận"],
        [1, "Cao Văn Thịnh", 4, 50_000, Formula("=C5*D5", 200_000), 200_000, Formula("=E5-F5", 0), ""],
        [Formula("=A5+1", 2), "Lưu Thị Vượng", Formula("=1+2", 3), 50_000, Formula("=C6*D6", 150_000), 0,
         Formula("=E6-F6", 150_000), ""],
        [Formula("=A6+1", 3), Formula('="Lê "&"Văn Đạt"', "Lê Văn Đạt"), 1, 50_000, Formula("=C7*D7", 50_000), 50_000,
         Formula("=E7-F7", 0), ""],
        ["", "Cộng", Formula("=SUM(C5:C7)", 8), "", Formula("=SUM(E5:E7)", 400_000), 250_000, 150_000, ""],
        ["Bằng chữ: Bốn trăm nghìn đồng chẵn./."],
        [],
        ["", "Người thu tiền", "", "", "", "Trưởng thôn"],
        ["", "(Ký, ghi rõ họ tên)"],
        [],
        ["", "Vũ Văn Thủ", "", "", "", "Nguyễn Văn Sơn"],
    ]  # fmt: skip
    case(
        "dong_gop_cong_thuc.xlsx",
        "A contribution list: formulas everywhere, even in a name; totals, words and signatures below.",
        xlsx(rows),
        [home(5, "Cao Văn Thịnh", members=4), home(6, "Lưu Thị Vượng", members=3), home(7, "Lê Văn Đạt", members=1)],
        why=["Vũ Văn Thủ signs as the collector below the list; he is no household of it."],
    )
