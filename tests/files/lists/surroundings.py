"""What stands around the households: titles, headers, groups, totals, signatures, emptiness."""

from typing import Any

from tests.files.lists.expected import DONG_PHU, HOA_BINH, SUOI_VANG, TAY_PHU, case, either, home
from tests.files.lists.writers import text, xls, xlsx

HEADER = ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Số điện thoại", "Địa chỉ", "Ghi chú"]


def write() -> None:
    """Note the files of this module."""
    no_header()
    header_in_row_28()
    header_on_every_page()
    rows_of_numbers()
    groups_of_two_levels()
    one_village_per_sheet()
    synonyms_and_unknown_columns()
    look_alike_letters()
    name_in_two_columns()


def no_header() -> None:
    """Only households; what a column is shows in its values, or a person says it."""
    rows: list[list[Any]] = [
        [1, "Lê Thị Vân", 1948, "Hộ nghèo", "0510302001"],
        [2, "Vi Ngọc Hiệp", 1971, "", "0510302002"],
        [3, "Đặng Đình Hiếu", 1976, "", ""],
        [4, "Nguyễn Công Tùng", 1958, "", "0510302004"],
        [5, "Phạm Đình Khải", 1989, "", "0510302005"],
        [6, "Cao Thị Hưng", 1974, "Mới tách", "0510302006"],
    ]

    def found(**unknown):
        return [
            home(n, row[1], unknown.get("year", row[2]), row[4], note=unknown.get("note", row[3]))
            for n, row in enumerate(rows, start=1)
        ]

    case(
        "khong_tieu_de.xlsx",
        "No header at all. A person says which column is which.",
        xlsx(rows),
        found(),
        options={
            "village": DONG_PHU,
            "map": ["@B=head_name", "@C=birth", "@D=note", "@E=phone"],
        },
        why=["A column without a header is named by its letter."],
    )
    loose = [one | {"birth_year": either(None, one["birth_year"]), "note": either("", one.get("note", ""))}
             for one in found()]  # fmt: skip
    case(
        "khong_tieu_de.xlsx",
        "No header at all, and nobody says anything: names and phones show what they are.",
        None,
        loose,
        name="khong_tieu_de.tu_doan",
        options={"village": DONG_PHU},
        why=["The first row is a household like the others, not a header. A year may be told by its values too."],
    )


def header_in_row_28() -> None:
    """Twenty-seven lines of a decision first."""
    rows = [[f"Điều {n}. Trưởng thôn, các hộ gia đình và cán bộ có liên quan chịu trách nhiệm thi hành."]
            for n in range(1, 25)]  # fmt: skip
    rows: list[list[Any]] = [
        ["UBND XÃ HOA ĐỒNG"],
        ["QUYẾT ĐỊNH"],
        *rows,
        ["DANH SÁCH HỘ GIA ĐÌNH THÔN ĐÔNG PHÚ"],
        HEADER,
    ]
    rows += [
        [1, "Hà Văn Mười", 1965, 4, "0510302011", "Cụm 1", ""],
        [2, "Đinh Thị Sâm", 1958, 2, 510302012, "Cụm 2", "Hộ nghèo"],
    ]
    case(
        "tieu_de_dong_28.xlsx",
        "The header in row 28, below a whole decision.",
        xlsx(rows),
        [
            home(29, "Hà Văn Mười", 1965, "0510302011", 4, address="Cụm 1"),
            home(30, "Đinh Thị Sâm", 1958, "0510302012", 2, address="Cụm 2", note="Hộ nghèo"),
        ],
    )


def header_on_every_page() -> None:
    """Printed, page by page, with a sum carried over."""
    short = HEADER[:5]
    numbers = [1, 2, 3, 4, 5]
    rows: list[list[Any]] = [
        ["DANH SÁCH HỘ THÔN HÒA BÌNH"],
        short,
        numbers,
        [1, "Vũ Văn Hợi", 1971, 4, "0510302021"],
        [2, "Lò Thị Ín", 1969, 3, ""],
        ["", "Cộng trang 1", "", 7, ""],
        short,
        numbers,
        ["", "Trang 1 chuyển sang", "", 7, ""],
        [3, "Trần Văn Tý", 1984, 5, "0510302023"],
        ["", "Cộng trang 2", "", 12, ""],
        short,
        numbers,
        [4, "Cao Thị Dần", 1990, 1, "0510302024"],
    ]
    case(
        "tieu_de_lap_moi_trang.xls",
        "The header and its numbers again on every page, sums at the foot and carried over.",
        xls(rows),
        [
            home(4, "Vũ Văn Hợi", 1971, "0510302021", 4),
            home(5, "Lò Thị Ín", 1969, "", 3),
            home(10, "Trần Văn Tý", 1984, "0510302023", 5),
            home(14, "Cao Thị Dần", 1990, "0510302024", 1),
        ],
        village=HOA_BINH,
        villages=[DONG_PHU, HOA_BINH],
    )


def rows_of_numbers() -> None:
    """The row that numbers the columns, in its variants, a sheet each."""
    header = ["TT", "Chủ hộ", "Năm sinh", "Số khẩu", "Điện thoại"]
    variants = {
        "Thôn 1": ["(1)", "(2)", "(3)", "(4)", "(5)"],
        "Thôn 2": [1.0, 2.0, 3.0, 4.0, 5.0],
        "Thôn 3": ["A", "B", 1, 2, 3],
        "Thôn 4": ["[1]", "[2]", "[3]", "[4]=[5]+1", "[5]"],
        "Thôn 5": ["a", "b", "c", "d", "e"],
    }
    people = ["Lê Văn Một", "Lê Văn Hai", "Lê Thị Ba", "Lê Văn Bốn", "Lê Thị Năm"]
    sheets: dict[str, list[list[Any]]] = {
        name: [header, numbers, [1, person, 1950 + n, n + 1, f"051030203{n}"]]
        for n, ((name, numbers), person) in enumerate(zip(variants.items(), people, strict=True))
    }
    case(
        "dong_danh_so_cot.xlsx",
        "The row of column numbers as (1), 1, A B 1, [4]=[5]+1 and a b c; a sheet for each village.",
        xlsx(sheets),
        [
            home(3, person, 1950 + n, f"051030203{n}", n + 1, village=name, sheet=name)
            for n, (name, person) in enumerate(zip(variants, people, strict=True))
        ],
        villages=list(variants),
    )


def groups_of_two_levels() -> None:
    """Villages, and lanes inside them, each in another notation."""
    rows: list[list[Any]] = [
        ["DANH SÁCH HỘ GIA ĐÌNH TOÀN XÃ"],
        ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số điện thoại", "Ghi chú"],
        ["I", "THÔN ĐÔNG PHÚ"],
        ["1", "Xóm Đình"],
        [1, "Lê Văn Gốc", 1951, "0510302041", ""],
        [2, "Hà Thị Cành", 1952, "0510302042", ""],
        ["2", "Xóm Trại"],
        [3, "Bùi Văn Lá", 1953, "0510302043", ""],
        ["II. Thôn Hoà Bình"],
        ["* Cụm 1"],
        [1, "Cao Văn Hoa", 1954, "0510302044", ""],
        ["* Cụm 2"],
        [2, "Mai Thị Quả", 1955, "0510302045", ""],
        ["III/ Thôn Tây Phú (02 hộ)"],
        [1, "Vi Văn Hạt", 1956, "0510302046", ""],
        [2, "Vi Văn Mầm", 1957, "0510302047", ""],
        ["IV", "BẢN SUỐI VÀNG:"],
        ["a)", "Ngõ Trên"],
        [1, "Giàng A Rễ", 1958, "0510302048", ""],
    ]

    def merge(book, pages) -> None:
        bold = book.add_format({"bold": True})
        for number in (9, 10, 12, 14):
            pages["Sheet1"].merge_range(f"A{number}:E{number}", rows[number - 1][0], bold)

    case(
        "nhom_hai_cap.xlsx",
        "Group rows on two levels, a village and its lanes, numbered I, II., III/, *, a) and merged or not.",
        xlsx(rows, merge),
        [
            home(5, "Lê Văn Gốc", 1951, "0510302041", lane="Xóm Đình"),
            home(6, "Hà Thị Cành", 1952, "0510302042", lane="Xóm Đình"),
            home(8, "Bùi Văn Lá", 1953, "0510302043", lane="Xóm Trại"),
            home(11, "Cao Văn Hoa", 1954, "0510302044", village=HOA_BINH, lane="Cụm 1"),
            home(13, "Mai Thị Quả", 1955, "0510302045", village=HOA_BINH, lane="Cụm 2"),
            home(15, "Vi Văn Hạt", 1956, "0510302046", village=TAY_PHU),
            home(16, "Vi Văn Mầm", 1957, "0510302047", village=TAY_PHU),
            home(19, "Giàng A Rễ", 1958, "0510302048", village=SUOI_VANG, lane="Ngõ Trên"),
        ],
        villages=[DONG_PHU, HOA_BINH, TAY_PHU, SUOI_VANG],
        why=["A new village ends the lane of the one before: nobody of Thôn Tây Phú lives in Cụm 2."],
    )


def one_village_per_sheet() -> None:
    """And a summary, and a forgotten hidden copy."""
    header: list[Any] = ["STT", "Họ tên chủ hộ", "Năm sinh", "SĐT"]
    sheets: dict[str, list[list[Any]]] = {
        "TONG HOP": [
            ["TỔNG HỢP SỐ HỘ CÁC THÔN"],
            ["STT", "Thôn", "Số hộ", "Số khẩu"],
            [1, "Thôn Đông Phú", 2, 7],
            [2, "Thôn Hòa Bình", 1, 4],
            ["", "Tổng cộng", 3, 11],
        ],
        "Đông Phú": [header, [1, "Lê Văn Khế", 1966, "0510302051"], [2, "Đỗ Thị Mít", 1967, ""]],
        "T. Hoà Bình (2)": [["DS hộ"], header, [1, "Phạm Văn Ổi", 1968, "0510302053"]],
        "Sheet4": [header, [1, "Lê Văn Khế Cũ", 1966, "0510302099"]],
        "Sheet5": [],
    }
    case(
        "moi_thon_mot_sheet.xlsx",
        "One sheet per village, a summary, a hidden sheet with an old copy, an empty one.",
        xlsx(sheets, lambda _book, pages: pages["Sheet4"].hide()),
        [
            home(2, "Lê Văn Khế", 1966, "0510302051", sheet="Đông Phú"),
            home(3, "Đỗ Thị Mít", 1967, sheet="Đông Phú"),
            home(3, "Phạm Văn Ổi", 1968, "0510302053", sheet="T. Hoà Bình (2)", village=HOA_BINH),
        ],
        villages=[DONG_PHU, HOA_BINH],
        about_file=["SHEET_HIDDEN", "SHEET_LEFT"],
        why=["A hidden sheet is a put-away one and is not read; that it is there is said, as is the summary."],
    )
    case(
        "moi_thon_mot_sheet.xlsx",
        "The same, and only one sheet is asked for.",
        None,
        [home(3, "Phạm Văn Ổi", 1968, "0510302053", sheet="T. Hoà Bình (2)", village=HOA_BINH)],
        name="moi_thon_mot_sheet.chon_mot",
        villages=[DONG_PHU, HOA_BINH],
        options={"sheet": "T. Hoà Bình (2)"},
        about_file=["SHEET_HIDDEN?", "SHEET_LEFT?"],
    )


def synonyms_and_unknown_columns() -> None:
    """Other words for the same, words broken over lines, columns of the village's own."""
    rows: list[list[Any]] = [
        ["S.T.T", "Mã số\nhộ", "Đại diện\nhộ", "N.sinh", "Tổng số\nnhân khẩu", "ĐT\nliên hệ", "Nơi ở\nhiện tại",
         "Số công tơ điện", "Nuôi chó (con)", "GC"],
        ["01", "HD-001", "Lưu Văn Bách", "1954", "03", "0510302101", "Nhà số 4", "PE0990001", "2", "Gần đình"],
        ["02", "HD-002", "Trịnh Thị Tùng", "1966", "05", "", "Nhà số 6", "PE0990002", "", ""],
        ["03", "HD-003", "Quách Văn Thông", "1973", "01", "0510302103", "", "PE0990003", "1", ""],
    ]  # fmt: skip
    case(
        "tu_dong_nghia_va_cot_la.csv",
        "Synonyms and line breaks in the headers, dots in abbreviations, columns nobody knows; semicolons and a BOM.",
        text(rows, between=";", encoding="utf-8-sig"),
        [
            home(2, "Lưu Văn Bách", 1954, "0510302101", 3, code="HD-001", address="Nhà số 4", note="Gần đình"),
            home(3, "Trịnh Thị Tùng", 1966, "", 5, code="HD-002", address="Nhà số 6"),
            home(4, "Quách Văn Thông", 1973, "0510302103", 1, code="HD-003"),
        ],
        options={"village": DONG_PHU},
        never=["PE0990001"],
    )
    case(
        "tu_dong_nghia_va_cot_la.csv",
        "The same; a person says that the meter's number is the note and that the note is nothing.",
        None,
        [
            home(2, "Lưu Văn Bách", 1954, "0510302101", 3, code="HD-001", address="Nhà số 4", note="PE0990001"),
            home(3, "Trịnh Thị Tùng", 1966, "", 5, code="HD-002", address="Nhà số 6", note="PE0990002"),
            home(4, "Quách Văn Thông", 1973, "0510302103", 1, code="HD-003", note="PE0990003"),
        ],
        name="tu_dong_nghia_va_cot_la.chon_cot",
        options={"village": DONG_PHU, "map": ["Số công tơ điện=note", "GC="]},
        never=["Gần đình"],
    )


def look_alike_letters() -> None:
    """Cyrillic letters that look Latin, an Icelandic one that looks Vietnamese."""
    rows: list[list[Any]] = [
        ["SТТ", "Нọ và tên сhủ hộ", "Năm sinh", "Số ðiện thоại", "Ghi сhú"],
        [1, "Ðặng Văn Ðoàn", 1964, "0510302111", "Cựu chiến binh"],
        [2, "Hoàng Тhị Vе", 1969, "0510302112", ""],
    ]
    case(
        "chu_nga_trong_tieu_de.xlsx",
        "Cyrillic С, Т, Н, о in the headers and in a name; Icelandic Ð for Đ.",
        xlsx(rows),
        [
            home(2, either("Đặng Văn Đoàn", "Ðặng Văn Ðoàn"), 1964, "0510302111", note="Cựu chiến binh"),
            home(3, either("Hoàng Thị Ve", "Hoàng Тhị Vе"), 1969, "0510302112"),
        ],
        options={"village": DONG_PHU},
        why=["A header is matched by what it looks like. A name may keep the letters it was typed with."],
    )


def name_in_two_columns() -> None:
    """Surname and middle name apart from the given name, told by the header or only by a merged one."""
    sheets: dict[str, list[list[Any]]] = {
        "Thôn Đông Phú": [
            ["STT", "Họ và tên đệm", "Tên", "Năm sinh", "Điện thoại"],
            [1, "Nguyễn Thị Ngọc", "Ánh", 1985, "0510302121"],
            [2, "LÊ VĂN", "BA", 1955, "0510302122"],
            [3, "Vừ A", "Dính", 1977, ""],
        ],
        "Thôn Hòa Bình": [
            ["STT", "Họ và tên chủ hộ", "", "Năm sinh", "Điện thoại"],
            [1, "Trần Quốc", "Khánh", 1986, "0510302124"],
            [2, "Hơ Thị", "Dợ", 1956, ""],
        ],
    }

    def merge(_book, pages) -> None:
        pages["Thôn Hòa Bình"].merge_range("B1:C1", "Họ và tên chủ hộ")

    here: dict[str, Any] = {"sheet": "Thôn Hòa Bình", "village": HOA_BINH}
    case(
        "ho_dem_va_ten.xlsx",
        "The name in two columns; on the second sheet only a merged header tells it.",
        xlsx(sheets, merge),
        [
            home(2, "Nguyễn Thị Ngọc Ánh", 1985, "0510302121"),
            home(3, "Lê Văn Ba", 1955, "0510302122"),
            home(4, "Vừ A Dính", 1977),
            home(2, "Trần Quốc Khánh", 1986, "0510302124", **here),
            home(3, "Hơ Thị Dợ", 1956, **here),
        ],
        sheet="Thôn Đông Phú",
        villages=[DONG_PHU, HOA_BINH],
    )
