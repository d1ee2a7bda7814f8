"""Names, namesakes, codes, notes: who a household is."""

import unicodedata
from typing import Any

from tests.files.lists.expected import case, either, home
from tests.files.lists.values import HERE, word
from tests.files.lists.writers import ods, xlsx


def write() -> None:
    """Note the files of this module."""
    names()
    brackets()
    same_names()
    codes()
    sensitive_columns()
    notes_about_a_household()
    rows_that_cannot_be()


def names() -> None:
    """Letters nobody sees, capitals, titles of address, names of every people."""
    given = [
        (unicodedata.normalize("NFD", "Nguyễn Thị Huyền"), "Nguyễn Thị Huyền"),
        (unicodedata.normalize("NFD", "ĐỖ THỊ BƯỞI"), "Đỗ Thị Bưởi"),
        ("Trần\u00a0Văn\u00a0\u00a0Hưng ", "Trần Văn Hưng"),
        ("\ufeffLê\u200b Thị\u200d Vân", "Lê Thị Vân"),
        ("  phạm   đình khải", "Phạm Đình Khải"),
        ("HOÀNG TRỌNG TUẤN", "Hoàng Trọng Tuấn"),
        ("Ông Lê Hữu Huy", "Lê Hữu Huy"),
        ("Bà Tống Thị Trang", "Tống Thị Trang"),
        ("Ô. Đoàn Quang An", "Đoàn Quang An"),
        ("B. Hà Thị Mai", "Hà Thị Mai"),
        ("ÔNG CAO CÔNG HƯNG", "Cao Công Hưng"),
        ("bà: Lò Thị Ín", "Lò Thị Ín"),
        ("Giàng A Páo", "Giàng A Páo"),
        ("HƠ THỊ DỢ", "Hơ Thị Dợ"),
        ("Sùng A Dê", "Sùng A Dê"),
        ("Nguyễn Hoà Thuỷ", "Nguyễn Hoà Thuỷ"),
        ("Trần Bà Tơ", "Trần Bà Tơ"),
        ("Đỗ Ông Nhạc", "Đỗ Ông Nhạc"),
        ("Bạch Thị Ô", "Bạch Thị Ô"),
        ("Lê\nVăn Xuống", "Lê Văn Xuống"),
        ("Trịnh thị Lan", "Trịnh thị Lan"),
        ("Páo", "Páo"),
        ("Ngô Sỹ Ý", "Ngô Sỹ Ý"),
        ("H'HEN KSƠR", "H'Hen Ksơr"),
    ]
    rows: list[list[Any]] = [["TT", "Họ và tên chủ hộ", "Năm sinh"]]
    rows += [[n, written, 1940 + n] for n, (written, _name) in enumerate(given, start=1)]
    case(
        "ten_moi_kieu.xlsx",
        "Names in decomposed letters, with spaces nobody sees, in capitals, in small letters, after Ông and Bà.",
        xlsx(rows),
        [home(n + 1, name, 1940 + n) for n, (_written, name) in enumerate(given, start=1)],
        options=HERE,
        may_warn=[("Sheet1", 23, "B")],
        why=[
            "Nobody's spelling is corrected: Hoà Thuỷ stays, and so does thị in a name that is not all small.",
            "Bà, Ông and Ô inside a name are the name. A name of one word is a name.",
        ],
    )


def brackets() -> None:
    """What stands in brackets behind a name is no name."""
    rows: list[list[Any]] = [
        ["STT", "Họ tên chủ hộ", "Năm sinh", "Số điện thoại", "Ghi chú"],
        [1, "Lê Thị Bé (ông Tư)", 1951, "0510323001", ""],
        [2, "NGUYỄN VĂN TÈO (TÍ)", 1952, "0510323002", ""],
        [3, "Bà Vi Thị Nở (vợ ông Phèo)", 1953, "", ""],
        [4, "Cao Văn Sứt [Hùng]", 1954, "0510323004", ""],
        [5, "Hà Văn Lang (Trưởng)", 1955, "", "Hộ nghèo"],
        [6, "Bùi Văn Dở (chưa đóng ngoặc", 1956, "", ""],
    ]
    case(
        "ten_co_ngoac.xlsx",
        "Nicknames and husbands in brackets behind the name.",
        xlsx(rows),
        [
            home(2, "Lê Thị Bé", 1951, "0510323001", note="ông Tư"),
            home(3, "Nguyễn Văn Tèo", 1952, "0510323002", note=either("TÍ", "Tí")),
            home(4, "Vi Thị Nở", 1953, note="vợ ông Phèo"),
            home(5, "Cao Văn Sứt", 1954, "0510323004", note="Hùng"),
            home(6, "Hà Văn Lang", 1955,
                 note=either(*(f"{a}{mark}{b}" for a, b in (("Hộ nghèo", "Trưởng"), ("Trưởng", "Hộ nghèo"))
                               for mark in ("; ", ", ", ". ", " · ", " - ", " ")))),
            home(7, "Bùi Văn Dở", 1956, note="chưa đóng ngoặc"),
        ],
        options=HERE,
        why=["Both the note and the bracket are kept; how they are joined is free."],
    )  # fmt: skip


def same_names() -> None:
    """One name, several households; and one household, listed twice."""
    rows: list[list[Any]] = [
        ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Số điện thoại"],
        [1, "Nguyễn Văn Hùng", 1960, 4, "0510324001"],
        [2, "Lê Thị Hoa", 1955, 2, "0510324002"],
        [3, "Nguyễn Văn Hùng", 1985, 3, "0510324003"],
        [4, "NGUYỄN VĂN HÙNG", 1960, 4, "0510.324.001"],
        [5, "Lê Thị Hoa", "", 5, "0510324005"],
        [6, "Lê Thị Hoá", 1955, 1, "0510324006"],
    ]
    case(
        "trung_ten.xlsx",
        "Two men of one name born in different years, one household twice, a namesake without a year.",
        xlsx(rows),
        [
            home(2, "Nguyễn Văn Hùng", 1960, "0510324001", 4),
            home(3, "Lê Thị Hoa", 1955, "0510324002", 2),
            home(4, "Nguyễn Văn Hùng", 1985, "0510324003", 3),
            home(6, "Lê Thị Hoa", None, "0510324005", 5),
            home(7, "Lê Thị Hoá", 1955, "0510324006", 1),
        ],
        options=HERE,
        errors=[("Sheet1", 5, "B")],
        warnings=[("Sheet1", 4, "B"), ("Sheet1", 6, "B")],
        may_warn=[("Sheet1", 7, "B")],
        why=[
            "Row 5 is row 2 again, whole: one household. Nobody is merged by name alone.",
            "Hoa and Hoá are two names; that they look alike may be said.",
        ],
    )


def codes() -> None:
    """Household codes as texts and as numbers."""
    rows: list[list[Any]] = [
        ["STT", "Mã hộ", "Chủ hộ", "Năm sinh", "Điện thoại"],
        [1, "0389900001", "Trần Văn Mã", 1961, "0510325001"],
        [2, 389900002, "Trần Thị Số", 1962, "0510325002"],
        [3, "0389900003 ", "Trần Văn Mã", 1961, "0510325001"],
        [4, "", "Trần Thị Không", 1964, "0510325004"],
        [5, "HĐ-05", "Trần Văn Chữ", 1965, ""],
        [6, "0389900001", "Trần Văn Lặp", 1966, ""],
    ]
    case(
        "ma_ho_so_va_chu.xlsx",
        "Codes with leading zeros as texts and, the zero lost, as a number; one code for two households.",
        xlsx(rows),
        [
            home(2, "Trần Văn Mã", 1961, "0510325001", code="0389900001"),
            home(3, "Trần Thị Số", 1962, "0510325002", code=either("389900002", "0389900002")),
            home(4, "Trần Văn Mã", 1961, "0510325001", code="0389900003"),
            home(5, "Trần Thị Không", 1964, "0510325004"),
            home(6, "Trần Văn Chữ", 1965, code="HĐ-05"),
            home(7, "Trần Văn Lặp", 1966, code=either("", "0389900001")),
        ],
        options=HERE,
        warnings=[("Sheet1", 7, "B"), ("Sheet1", 4, "E")],
        may_warn=[("Sheet1", 3, "B"), ("Sheet1", 4, "C")],
        why=[
            "The code is the identity: two codes are two households, even with one head.",
            "One code for two different heads: both are households, the second cannot have that code.",
        ],
    )


def sensitive_columns() -> None:
    """Columns that are recognised and not kept."""
    rows: list[list[Any]] = [
        ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số CCCD", "Dân tộc", "Tôn giáo", "Đảng viên", "Sức khỏe",
         "Nghề nghiệp", "Mã thẻ BHYT", "Số điện thoại", "Số tiền"],
        [1, "Lê Văn Kín", 1961, 99061000031, "Thái", "Công giáo", "x", "Khuyết tật nặng", "Thợ mộc", "GD4990000031",
         "0510326001", 90031],
        [2, "Lê Thị Riêng", 1962, "099162000032", "Mường", "Phật giáo", "", "Tốt", "Làm ruộng", "GD4990000032",
         "0510326002", 90032],
    ]  # fmt: skip
    case(
        "cot_nhay_cam.xlsx",
        "Identity numbers, ethnicity, religion, party, health: recognised, and in no field.",
        xlsx(rows),
        [home(2, "Lê Văn Kín", 1961, "0510326001"), home(3, "Lê Thị Riêng", 1962, "0510326002")],
        options=HERE,
        never=["99061000031", "099162000032", "Công giáo", "Khuyết tật", "GD4990000031", "Thợ mộc", "90031"],
    )


def notes_about_a_household() -> None:
    """The head is dead, the household gone: kept, and said."""
    notes = [
        ("Đã chết", True), ("chuyển đi Bình Dương", True), ("Trùng số 3", True), ("đã mất 2024", True),
        ("Chuyển khẩu", True), ("Đi làm ăn xa", False), ("XKLĐ Đài Loan", False), ("Ở nhờ", False),
        ("Hộ mới tách", False), ("Vắng", False), ("Trùng tu nhà năm 2020", False), ("Nhà mất điện", False), ("", False),
    ]  # fmt: skip
    rows: list[list[Any]] = [["TT", "Họ và tên chủ hộ", "Năm sinh", "Ghi chú"]]
    rows += [[n, f"Hoàng Văn {word(n)}", 1940 + n, note] for n, (note, _said) in enumerate(notes, start=1)]
    case(
        "ghi_chu_tinh_trang.ods",
        "Notes that the head died or the household left or stands twice, beside notes that only sound so.",
        ods(rows),
        [home(n + 1, f"Hoàng Văn {word(n)}", 1940 + n, note=note) for n, (note, _said) in enumerate(notes, start=1)],
        options=HERE,
        warnings=[("Sheet1", n + 1, "D") for n, (_note, said) in enumerate(notes, start=1) if said],
        why=["A house being restored or without power is no status: a false alarm teaches people to look away."],
    )


def rows_that_cannot_be() -> None:
    """No name, a number for a name, a number of members that is none."""
    rows: list[list[Any]] = [
        ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Số điện thoại"],
        [1, "", 1961, 3, "0510327001"],
        [2, "12345", 1962, 2, "0510327002"],
        [3, "Vũ Thị Được", 1963, "nhiều", "0510327003"],
        [4, "Vũ Văn Đông", 1964, 500, "0510327004"],
        [5, "Vũ Thị Khẩu", 1965, "4 khẩu", "0510327005"],
        [6, "Vũ Văn Lẻ", 1966, 2.0, "0510327006"],
        [7, "Vũ Thị Không", 1967, "03", "0510327007"],
    ]
    case(
        "dong_khong_thanh_ho.xlsx",
        "A row without a name, a number for a name, numbers of members that are none.",
        xlsx(rows),
        [
            home(4, "Vũ Thị Được", 1963, "0510327003"),
            home(5, "Vũ Văn Đông", 1964, "0510327004"),
            home(6, "Vũ Thị Khẩu", 1965, "0510327005", 4),
            home(7, "Vũ Văn Lẻ", 1966, "0510327006", 2),
            home(8, "Vũ Thị Không", 1967, "0510327007", 3),
        ],
        options=HERE,
        errors=[("Sheet1", 2, "B"), ("Sheet1", 3, "B")],
        warnings=[("Sheet1", 4, "D"), ("Sheet1", 5, "D")],
        why=["A row with a phone and no name is a household somebody forgot to name: said, never dropped silently."],
    )
