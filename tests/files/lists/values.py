"""What stands in the cells: years, phones, names, villages, codes, notes."""

import unicodedata
from datetime import date, datetime
from typing import Any

from tests.files.lists.expected import DONG_PHU, HOA_BINH, SUOI_VANG, TAY_PHU, case, either, home
from tests.files.lists.writers import ods, text, xls, xlsx

HERE: dict[str, Any] = {"village": DONG_PHU}
_WORDS = [
    "An", "Bình", "Chi", "Dung", "Em", "Giang", "Hà", "Khê", "Lan", "Mai", "Nga", "Oanh", "Phú", "Quý", "Rạng", "Sơn",
    "Tâm", "Uyên", "Vân", "Xuân", "Yến", "Ái",
]  # fmt: skip
FOUR = [DONG_PHU, HOA_BINH, TAY_PHU, SUOI_VANG]


def write() -> None:
    """Note the files of this module."""
    years()
    years_for_men_and_women()
    phones()
    bad_phones()
    phones_with_owners()
    villages_in_many_spellings()
    two_villages_of_one_number()
    unknown_villages()
    other_village()
    no_village()


def years() -> None:
    """Dates of birth in every form; a year is kept, a day is not needed."""
    forms = [
        "15/03/1951", "15-3-52", "15.3.1953", "1954", 1955, "56", "00/00/1957", "/1958", "??/1959", 22000,
        date(1961, 3, 15), "1962-03-15", "Tháng 3/1963", "Năm 1964", datetime(1965, 1, 1, 0, 0), "24472",  # noqa: DTZ001
        "", "không nhớ", "1867", "2091", " 1971 ", "1972.0",
    ]  # fmt: skip
    years = [1951, 1952, 1953, 1954, 1955, 1956, 1957, 1958, 1959, 1960, 1961, 1962, 1963, 1964, 1965, 1966,
             None, None, None, None, 1971, 1972]  # fmt: skip
    rows: list[list[Any]] = [["STT", "Họ tên chủ hộ", "Ngày, tháng, năm sinh", "Số điện thoại"]]
    rows += [[n, f"Lê Văn {word(n)}", form, f"05103100{n:02}"] for n, form in enumerate(forms, start=1)]
    case(
        "ngay_sinh_moi_kieu.xlsx",
        "Dates of birth as texts, numbers, date cells, Excel's day numbers, with 00/00, two digits, no day.",
        xlsx(rows),
        [home(n + 1, f"Lê Văn {word(n)}", year, f"05103100{n:02}") for n, year in enumerate(years, start=1)],
        options=HERE,
        warnings=[("Sheet1", 20, "C"), ("Sheet1", 21, "C")],
        may_warn=[("Sheet1", 19, "C")],
        why=[
            "22000 and “24472” are Excel's numbers for 25/03/1960 and 31/12/1966.",
            "1867 and 2091 are nobody's year.",
        ],
    )


def word(n: int) -> str:
    return _WORDS[n - 1]


def years_for_men_and_women() -> None:
    """The year stands under Nam or Nữ; the number of members has the same two words below it."""
    rows: list[list[Any]] = [
        ["STT", "Họ và tên chủ hộ", "Năm sinh", "", "Số khẩu", "", "", "Điện thoại"],
        ["", "", "Nam", "Nữ", "Tổng", "Nam", "Nữ", ""],
        [1, "Hà Văn Tấn", 1961, "", 4, 3, 1, "0510311001"],
        [2, "Hà Thị Tạ", "", 1962, 2, 0, 2, "0510311002"],
        [3, "Hà Văn Yến", "1963", "x", 1, 1, "", ""],
        [4, "Hà Thị Cân", "", "", 3, 1, 2, ""],
    ]
    case(
        "nam_sinh_cot_nam_nu.xls",
        "The year of birth under Nam or Nữ, and Nam and Nữ again under the number of members.",
        xls({"T. Tây Phú": rows}),
        [
            home(3, "Hà Văn Tấn", 1961, "0510311001", 4),
            home(4, "Hà Thị Tạ", 1962, "0510311002", 2),
            home(5, "Hà Văn Yến", 1963, "", 1),
            home(6, "Hà Thị Cân", None, "", 3),
        ],
        sheet="T. Tây Phú",
        village=TAY_PHU,
        villages=[TAY_PHU],
        may_warn=[("T. Tây Phú", 5, "D")],
    )


def phones() -> None:
    """Good numbers, whatever people do to them."""
    given = [
        (510320001, "0510320001", ""),
        (510320002.0, "0510320002", ""),
        (9.1e8, "0910000000", ""),  # shown as 9.1E+08; the number itself is whole
        ("+84510320004", "0510320004", ""),
        ("84510320005", "0510320005", ""),
        ("0510.320.006", "0510320006", ""),
        ("0510 320 007", "0510320007", ""),
        ("0510-320-008", "0510320008", ""),
        ("(0510) 320 009", "0510320009", ""),
        ("'0510320010", "0510320010", ""),
        ("+84 (0)510 320 011", "0510320011", ""),
        ("ĐT: 0510320012", "0510320012", ""),
        ("0510320013/0510320113", "0510320013 0510320113", ""),
        ("0510320014 - 0510320114", "0510320014 0510320114", ""),
        ("0510320015; 510320115", "0510320015 0510320115", ""),
        ("0510320016\n0510320116", "0510320016 0510320116", ""),
        ("0510320017, 0510320017", "0510320017", ""),
        ("01681234567", "0381234567", ""),
        (1201234568, "0701234568", ""),
        ("0199 123 4569", "0591234569", ""),
        ("0237 3821 020", "", "02373821020"),
        ("0237.3821.021 / 0510320021", "0510320021", "02373821021"),
        ("(037) 3821022", "", "02373821022"),
        ("024 3825 1023", "", "02438251023"),
        ("\u00a00510320024\u200b ", "0510320024", ""),
        ("O510", "", ""),
        ("K có", "", ""),
        ("không", "", ""),
        ("0", "", ""),
        (0, "", ""),
        ("x", "", ""),
        ("-", "", ""),
        ("Chưa có", "", ""),
        ("0373821034", "0373821034", ""),
    ]
    rows: list[list[Any]] = [["STT", "Họ và tên chủ hộ", "Số điện thoại"]]
    people = [f"{('Lê', 'Nguyễn')[n // 20]} Văn {word(n % 20 + 1)}" for n in range(1, len(given) + 1)]
    rows += [[n, people[n - 1], written] for n, (written, *_found) in enumerate(given, start=1)]
    case(
        "dien_thoai_moi_kieu.xlsx",
        "Phones as numbers without their zero, with +84, dots, spaces, several in a cell, from before 2018, landlines.",
        xlsx(rows),
        [
            home(n + 1, people[n - 1], None, mobiles, landlines=landlines)
            for n, (_written, mobiles, landlines) in enumerate(given, start=1)
        ],
        options=HERE,
        warnings=[("Sheet1", 27, "C")],
        why=[
            "(037) in brackets is Thanh Hóa's code of before 2017; 0373821034 in one piece is a mobile number.",
            "0 and x and không mean that there is none; “O510” is a number somebody broke off.",
        ],
    )


def bad_phones() -> None:
    """Numbers that cannot be: the household is there, the number is not."""
    rows: list[list[Any]] = [
        ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số điện thoại", "Ghi chú"],
        ["1", "Lê Văn Thiếu", "1961", "05103210", ""],
        ["2", "Lê Văn Thừa", "1962", "051032100222", ""],
        ["3", "Lê Văn Lạ", "1963", "0112345678", ""],
        ["4", "Lê Văn Mất", "1964", "5.1E+08", ""],
        ["5", "Lê Văn Hỏi", "1965", "hỏi con trai", ""],
        ["6", "Lê Văn Nửa", "1966", "0510321006 / 05103", ""],
        ["7", "Lê Văn Ghi", "1967", "", "ĐT con gái: 0510321007"],
        ["8", "Lê Văn Chung", "1968", "0510321006", "Dùng chung máy"],
    ]
    case(
        "dien_thoai_sai.csv",
        "Phones too short, too long, of no network, cut off by Excel, half good, and one in the note.",
        text(rows, between=";"),
        [
            home(2, "Lê Văn Thiếu", 1961),
            home(3, "Lê Văn Thừa", 1962),
            home(4, "Lê Văn Lạ", 1963),
            home(5, "Lê Văn Mất", 1964),
            home(6, "Lê Văn Hỏi", 1965),
            home(7, "Lê Văn Nửa", 1966, "0510321006"),
            home(8, "Lê Văn Ghi", 1967, note="ĐT con gái: 0510321007") | {"phones": either([], ["+84510321007"])},
            home(9, "Lê Văn Chung", 1968, "0510321006", note="Dùng chung máy"),
        ],
        options=HERE,
        warnings=[("", row, "D") for row in range(2, 8)],
        may_warn=[("", 8, "E"), ("", 9, "D")],
        why=[
            "A phone in the note stays in the note; to take it as a contact is a guess some would make.",
            "Two households with one phone are ordinary.",
        ],
    )


def phones_with_owners() -> None:
    """Whose phone it is, in words around it."""
    rows: list[list[Any]] = [
        ["STT", "Chủ hộ", "Năm sinh", "Điện thoại liên hệ"],
        [1, "Mai Thị Lụa", 1941, "0510322001 (con trai)"],
        [2, "Mai Thị Gấm", 1942, "Con gái: 0510322002"],
        [3, "Mai Thị Nhung", 1943, "0510322003 (chồng) - 0510322103 (vợ)"],
        [4, "Mai Thị The", 1944, "0510322004 con dâu ở nhà"],
        [5, "Mai Thị Đũi", 1945, "hàng xóm 0510.322.005"],
        [6, "Mai Thị Vải", 1946, "0510322006 (Zalo), 0237 3822 006 (nhà)"],
        [7, "Mai Thị Bông", 1947, "510322007 (c. Lan)"],
    ]
    case(
        "dien_thoai_cua_ai.ods",
        "Whose phone it is, before and after the number, in brackets and not.",
        ods(rows, tail=False),
        [
            home(2, "Mai Thị Lụa", 1941, "0510322001"),
            home(3, "Mai Thị Gấm", 1942, "0510322002"),
            home(4, "Mai Thị Nhung", 1943, "0510322003 0510322103"),
            home(5, "Mai Thị The", 1944, "0510322004"),
            home(6, "Mai Thị Đũi", 1945, "0510322005"),
            home(7, "Mai Thị Vải", 1946, "0510322006", landlines="02373822006"),
            home(8, "Mai Thị Bông", 1947, "0510322007"),
        ],
        options=HERE,
    )


def villages_in_many_spellings() -> None:
    """All of these are three villages."""
    given = [
        ("Thôn Đông Phú", DONG_PHU), ("THÔN ĐÔNG PHÚ", DONG_PHU), ("T. Đông Phú", DONG_PHU),
        ("thon dong phu", DONG_PHU),
        ("Đông Phú", DONG_PHU), (unicodedata.normalize("NFD", "Thôn Đông Phú"), DONG_PHU),
        ("Thôn  Ðông\u00a0Phú ", DONG_PHU),
        ("Hoà Bình", HOA_BINH), ("Thôn Hòa Bình", HOA_BINH), ("T.Hoà Bình", HOA_BINH), ("Hoa Binh", HOA_BINH),
        ("Suối Vàng", SUOI_VANG), ("bản suối vàng", SUOI_VANG), ("Bản Suối Vàng, xã Hoa Đồng", SUOI_VANG),
    ]  # fmt: skip
    rows: list[list[Any]] = [["STT", "Họ tên chủ hộ", "Năm sinh", "Thôn"]]
    rows += [[n, f"Lê Thị {word(n)}", 1950 + n, written] for n, (written, _village) in enumerate(given, start=1)]
    case(
        "thon_viet_moi_kieu.csv",
        "Villages with T., in capitals, without marks, with the tone elsewhere, decomposed.",
        text(rows, between="\t", encoding="utf-8"),
        [
            home(n + 1, f"Lê Thị {word(n)}", 1950 + n, village=village)
            for n, (_written, village) in enumerate(given, start=1)
        ],
        villages=FOUR,
        why=["Tabs in a file named .csv."],
    )


def two_villages_of_one_number() -> None:
    """Thôn 3 and Tổ dân phố 3, in one ward."""
    rows: list[list[Any]] = [
        ["STT", "Họ tên chủ hộ", "Năm sinh", "Thôn/TDP"],
        [1, "Lê Văn Ba", 1961, "Thôn 3"],
        [2, "Lê Thị Tư", 1962, "Tổ dân phố 3"],
        [3, "Lê Văn Năm", 1963, "TDP 3"],
        [4, "Lê Thị Sáu", 1964, "T. 3"],
        [5, "Lê Văn Bảy", 1965, "tổ dân phố số 3"],
        [6, "Lê Thị Tám", 1966, "3"],
    ]
    two = {"village": "Tổ dân phố 3"}
    case(
        "thon_3_va_to_3.xlsx",
        "Two villages share a number; only the word before it tells them apart, and once there is no word.",
        xlsx(rows),
        [
            home(2, "Lê Văn Ba", 1961),
            home(3, "Lê Thị Tư", 1962, **two),
            home(4, "Lê Văn Năm", 1963, **two),
            home(5, "Lê Thị Sáu", 1964),
            home(6, "Lê Văn Bảy", 1965, **two),
        ],
        village="Thôn 3",
        villages=["Thôn 3", "Tổ dân phố 3"],
        errors=[("Sheet1", 7, "D")],
        why=["A bare 3 may be either: a person decides."],
    )


def unknown_villages() -> None:
    """A village nobody has entered."""
    rows: list[list[Any]] = [
        ["STT", "Họ tên chủ hộ", "Năm sinh", "Thôn"],
        [1, "Hà Văn Cũ", 1961, "Thôn Đông Phú"],
        [2, "Hà Thị Mới", 1962, "THÔN XUÂN LẬP"],
        [3, "Hà Văn Mới", 1963, "Thôn Xuân Lập"],
        [4, "Hà Thị Phố", 1964, "TDP 7"],
        [5, "Hà Văn Phố", 1965, "Tổ Dân Phố 7"],
    ]
    known = home(2, "Hà Văn Cũ", 1961)
    case(
        "thon_chua_co.xlsx",
        "Villages the ward does not have: left to a person.",
        xlsx(rows),
        [known],
        villages=[DONG_PHU, HOA_BINH],
        errors=[("Sheet1", row, "D") for row in (3, 4, 5, 6)],
    )
    new, street = {"village": "Thôn Xuân Lập"}, {"village": "Tổ dân phố 7"}
    case(
        "thon_chua_co.xlsx",
        "The same, with leave to create them: two villages, each once, in an official's spelling.",
        None,
        [
            known,
            home(3, "Hà Thị Mới", 1962, **new),
            home(4, "Hà Văn Mới", 1963, **new),
            home(5, "Hà Thị Phố", 1964, **street),
            home(6, "Hà Văn Phố", 1965, **street),
        ],
        name="thon_chua_co.tao_moi",
        villages=[DONG_PHU, HOA_BINH],
        options={"create_villages": True},
        may_warn=[("Sheet1", row, "D") for row in (3, 4, 5, 6)],
    )


def other_village() -> None:
    """A list for one village with somebody of another."""
    rows: list[list[Any]] = [
        ["STT", "Họ tên chủ hộ", "Năm sinh", "Thôn"],
        [1, "Đinh Văn Gần", 1961, "Thôn Đông Phú"],
        [2, "Đinh Thị Xa", 1962, "Thôn Hòa Bình"],
        [3, "Đinh Văn Trống", 1963, ""],
    ]
    case(
        "ho_thon_khac.xlsx",
        "A list read for one village names a household of another.",
        xlsx(rows),
        [home(2, "Đinh Văn Gần", 1961), home(4, "Đinh Văn Trống", 1963)],
        villages=[DONG_PHU, HOA_BINH],
        options=HERE,
        errors=[("Sheet1", 3, "D")],
        why=["It is not put into the wrong village, and not into a village that was not asked for."],
    )


def no_village() -> None:
    """Nothing tells the village."""
    rows: list[list[Any]] = [["STT", "Họ tên chủ hộ", "Năm sinh"], [1, "Lý Văn Đâu", 1961], [2, "Lý Thị Đấy", 1962]]
    case(
        "khong_biet_thon.xlsx",
        "No village in a column, title, sheet name, file name or option, and the ward has two.",
        xlsx(rows),
        [],
        villages=[DONG_PHU, HOA_BINH],
        errors=[("Sheet1", 2, "B"), ("Sheet1", 3, "B")],
    )
