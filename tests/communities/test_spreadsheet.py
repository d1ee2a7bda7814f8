"""Lists as villages keep them become households with the row numbers Excel shows, whatever stands around them."""

import io
import unicodedata

import pytest
import time_machine
import xlsxwriter

from communities import spreadsheet
from communities.spreadsheet import Book, IgnoredSheet, Reading, Sheet, Unreadable, key_of, letter
from tests.communities.conftest import FILES, HEADER, workbook


def read(content: bytes, name: str = "x.xlsx") -> list[Sheet]:
    return spreadsheet.read(content, name).sheets


def table(text: str, reading: Reading | None = None) -> Book:
    """A list typed with “|” between the cells, as a text file."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return spreadsheet.read("\n".join(lines).encode(), "x.csv", reading or Reading())


def names_of(sheet: Sheet) -> list[tuple[int, str]]:
    column = (sheet.of("head_name") or sheet.of("full_name"))[0]
    return [(row.number, row.cells[column.index]) for row in sheet.rows]


def households(sheet: Sheet) -> list[tuple[int, list[int]]]:
    return [(row.number, [person.number for person in row.persons]) for row in sheet.rows]


def refusal(content: bytes, name: str = "x.xlsx") -> str:
    with pytest.raises(Unreadable) as caught:
        read(content, name)
    return caught.value.kind


# --- lists as they are --------------------------------------------------------------------------------


def test_village_list_header_in_row_seven_thirty_households(list_a):
    (sheet,) = read(list_a, "a.xlsx")
    assert (sheet.name, sheet.header_row, len(sheet.rows)) == ("DS hộ", 7, 30)
    assert [(column.letter, column.field) for column in sheet.columns] == [
        ("A", "row_no"),
        ("B", "head_name"),
        ("C", "birth"),
        ("D", "members_count"),
        ("E", "phone"),
        ("F", "address"),
        ("G", "note"),
    ]
    assert (sheet.rows[0].number, sheet.rows[0].cells) == (8, (1, "HOÀNG TRỌNG TUẤN", 1984, 3, 510100037, "Cụm 2", ""))
    assert (sheet.rows[-1].number, sheet.rows[-1].cells[1]) == (37, "HÀ THỊ MAI")
    assert [(row.number, row.kind) for row in sheet.skipped] == [(38, "TOTAL")]
    assert "THÔN ĐÔNG PHÚ" in sheet.title


def test_two_row_header_groups_and_ditto_marks():
    (sheet,) = read((FILES / "c_tieu_de_hai_dong.xlsx").read_bytes(), "c.xlsx")
    fields = [column.field for column in sheet.columns]
    assert fields == ["row_no", "full_name", "birth_male", "birth_female", "address", "phone", "zalo", "note"]
    assert len(sheet.rows) == 24
    assert (sheet.rows[1].number, sheet.rows[1].groups) == (11, ("THÔN ĐÔNG PHÚ",))
    assert sheet.rows[1].cells[4] == "Thôn Đông Phú"
    assert (sheet.rows[23].number, sheet.rows[23].groups) == (35, ("TỔ DÂN PHỐ 3",))


def test_members_below_their_head_by_the_merged_number_of_the_household():
    (sheet,) = read((FILES / "b_thanh_vien_duoi_chu_ho.xlsx").read_bytes())
    assert (sheet.shape, len(sheet.rows)) == ("MEMBERS", 20)
    assert households(sheet)[:2] == [(9, [9, 10, 11, 12]), (13, [13, 14, 15, 16, 17])]
    assert sum(len(row.persons) for row in sheet.rows) == 82 + 2


def test_persons_who_name_their_head():
    (sheet,) = read((FILES / "e_thuong_tru_12_cot.csv").read_bytes(), "e.csv")
    assert (sheet.shape, len(sheet.rows)) == ("PERSONS", 12)
    assert households(sheet)[:2] == [(2, [2, 3, 4, 5, 6]), (7, [7, 8, 9])]


def test_old_letters_are_told_and_not_converted_when_a_person_says_so():
    content = (FILES / "d_tcvn3_cu.xls").read_bytes()
    book = spreadsheet.read(content, "d.xls")
    assert (book.encoding.name, book.encoding.is_decided, book.encoding.by) == ("TCVN3", False, "FONT")
    assert ("ThiÒu V¨n HiÕu", "Thiều Văn Hiếu") in book.encoding.examples
    assert len(book.encoding.examples) == 5
    assert names_of(book.sheets[0])[2] == (6, "Trương Thị Xuyến")  # its soft hyphen is a letter
    assert book.sheets[0].title == ("DANH SÁCH HỘ GIA ĐÌNH THÔN ĐÔNG PHÚ",)  # .VnTimeH draws capitals
    kept = spreadsheet.read(content, "d.xls", Reading(encoding="UNICODE"))
    assert kept.encoding.is_decided
    assert "ThiÒu V¨n HiÕu" in str(kept.sheets)


def test_numbering_row_blank_rows_and_trailing_emptiness_are_no_households():
    (sheet,) = read(
        workbook(
            [
                ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"],
                [],
                [1, "Lê Thị Hoa"],
                ["", ""],
                [2, "Vi Văn Tâm"],
                [" "],
                [3],
            ]
        ),
        "x.xlsx",
    )
    assert [(row.number, row.cells[1]) for row in sheet.rows] == [(4, "Lê Thị Hoa"), (6, "Vi Văn Tâm")]
    assert sheet.skipped == []


def test_signature_block_ends_the_list_but_a_person_may_have_such_a_name():
    rows = [
        [1, "Trương Thôn", 1960],
        ["", "Trương Thôn", 1961, 2],
        ["", "Cộng", "", 4],
        ["", "", "", "", "", "Ngày 5 tháng 3 năm 2026"],
        ["", "TRƯỞNG THÔN"],
        ["", "Nguyễn Văn Sơn"],
    ]
    (sheet,) = read(workbook(rows), "x.xlsx")
    assert [row.number for row in sheet.rows] == [2, 3]
    assert [(row.number, row.kind) for row in sheet.skipped] == [(4, "TOTAL")]


def test_several_sheets_and_those_that_hold_no_list():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for name, rows in (
            ("Thôn 1", [HEADER, [1, "Lê Thị Hoa"]]),
            ("Thôn 2", [HEADER, [1, "Vi Văn Tâm"]]),
            ("cũ", [HEADER, [1, "Hà Thị Mai"]]),
            ("TỔNG HỢP", [["TT", "Thôn", "Số hộ"], [1, "Thôn 1", 1], [2, "Thôn 2", 1]]),
            ("Biểu đồ", [["Biểu đồ", 4]]),
            ("Sheet6", []),
        ):
            page = book.add_worksheet(name)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
            if name == "cũ":
                page.hide()
    found = spreadsheet.read(buffer.getvalue(), "x.xlsx")
    assert [(sheet.name, sheet.rows[0].cells[1]) for sheet in found.sheets] == [
        ("Thôn 1", "Lê Thị Hoa"),
        ("Thôn 2", "Vi Văn Tâm"),
    ]
    assert found.ignored == [
        IgnoredSheet("cũ", "HIDDEN", 2),
        IgnoredSheet("TỔNG HỢP", "SUMMARY", 3),
        IgnoredSheet("Biểu đồ", "NO_TABLE", 1),
        IgnoredSheet("Sheet6", "EMPTY"),
    ]


def test_list_that_starts_away_from_the_corner_keeps_its_letters_and_numbers():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet()
        page.write_row("C9", ["Họ tên\nchủ hộ", "SĐT 1", "SĐT 2"])
        page.write_row("C10", ["Lê Thị Hoa", "0510100001", "0510100002"])
    (sheet,) = read(buffer.getvalue(), "x.xlsx")
    assert [(column.letter, column.header, column.field) for column in sheet.columns] == [
        ("C", "Họ tên chủ hộ", "head_name"),
        ("D", "SĐT 1", "phone"),
        ("E", "SĐT 2", "phone"),
    ]
    assert (sheet.header_row, sheet.rows[0].number) == (9, 10)


def test_letters_of_columns():
    assert [letter(index) for index in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_a_person_corrects_cells_and_columns():
    content = workbook([[1, "Lê Thị Hoa", "", "", "", "", "0510100001"], [2, "Vi Văn Tâm"]])
    reading = Reading({"ghi chu": "phone"}, cells={"Sheet1": {3: {"B": "Vi Văn Tám", "C": "1970"}}})
    (sheet,) = spreadsheet.read(content, "x.xlsx", reading).sheets
    assert names_of(sheet) == [(2, "Lê Thị Hoa"), (3, "Vi Văn Tám")]
    assert sheet.rows[1].cells[2] == "1970"
    assert [(c.letter, c.by) for c in sheet.of("phone")] == [("G", "CHOSEN")] or len(sheet.of("phone")) == 2


def test_layout_is_known_by_its_headers_whatever_stands_below():
    one, other = (spreadsheet.read(workbook([[1, name]]), "x.xlsx") for name in ("Lê Thị Hoa", "Vi Văn Tâm"))
    third = spreadsheet.read(workbook([["Lê Thị Hoa", 1]], header=["Chủ hộ", "Số khẩu"]), "x.xlsx")
    assert one.signature == other.signature != third.signature
    assert [column.key for column in third.sheets[0].columns] == ["chu ho", "so khau"]


def test_keys_of_columns_as_people_write_them():
    assert [key_of(text) for text in ("Số điện thoại", "Ghi chú#2", "@c")] == ["so dien thoai", "ghi chu#2", "@C"]


def test_two_columns_of_one_name_have_two_keys():
    book = table("STT|Chủ hộ|SĐT|SĐT|\n1|Lê Thị Hoa|0510100001|0510100002|x\n2|Vi Văn Tâm|||x")
    assert [column.key for column in book.sheets[0].columns] == ["stt", "chu ho", "sdt", "sdt#2", "@E"]
    assert book.sheets[0].columns[2].examples == ("0510100001",)


def test_hidden_rows_are_read_and_counted():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER)
        for row in (1, 2, 3):
            page.write_row(row, 0, [row, "Lê Thị Hoa"])
        page.set_row(2, None, None, {"hidden": True})
        page.set_row(9, None, None, {"hidden": True})
        page.set_column(4, 5, None, None, {"hidden": True})
    found = spreadsheet.read(buffer.getvalue(), "x.xlsx")
    assert (len(found.sheets[0].rows), found.hidden_rows, found.hidden_columns) == (3, 1, 2)


def test_groups_replace_those_of_their_own_level():
    book = table(
        """STT|Chủ hộ|Năm sinh
        I|THÔN ĐÔNG PHÚ|
        1. Xóm Đình (12 hộ)||
        1|Ngô Văn An|1960
        Xóm Trại||
        2|Tống Thị Lan|1961
        II. Thôn Tây Phú||
        1|Công Văn Ba|1962"""
    )
    assert [row.groups for row in book.sheets[0].rows] == [
        ("THÔN ĐÔNG PHÚ", "Xóm Đình"),
        ("THÔN ĐÔNG PHÚ", "Xóm Trại"),
        ("Thôn Tây Phú",),
    ]


@pytest.mark.parametrize("name", ["Ngô Văn Khu", "Tống Văn Cộng", "Lang Văn Bản", "Đường Văn Xóm"])
def test_names_are_no_groups_and_no_totals(name):
    book = table(f"STT|Chủ hộ|Năm sinh\n1|{name}|1960\n2|Lê Thị Hoa|1961")
    assert len(book.sheets[0].rows) == 2


@pytest.mark.parametrize("mark", ["nt", "-nt-", "N/t", '""', "″", "//", "như trên", "Như trên, nt", "- nt -"])
def test_ditto_marks_repeat_what_stands_above(mark):
    content = workbook([[1, "Lê Thị Hoa", "", "", "", "Cụm 1"], [2, "Vi Văn Tâm", "", "", "", mark]])
    assert read(content)[0].rows[1].cells[5] == "Cụm 1"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            "Hộ số 1||\n1|Lê Văn An|Chủ hộ\n2|Vi Thị Ba|Vợ\n\nHộ số 2||\n1|Hà Văn Tư|CH\n2|Hà Thị Năm|con",
            [(3, [3, 4]), (7, [7, 8])],
        ),
        ("1|Lê Văn An|\n|Vi Thị Ba|Vợ\n\n|Lê Thị Tư|Con\n2|Hà Văn Tư|\n|Hà Thị Năm|con", [(2, [2, 3, 5]), (6, [6, 7])]),
        ("1|Lê Văn An|Chủ hộ\n2|Vi Thị Ba|Vợ\n3|Hà Văn Tư|Chủ hộ\n4|Hà Thị Năm|con", [(2, [2, 3]), (4, [4, 5])]),
    ],
)  # fmt: skip
def test_members_find_their_head(text, rows):
    (sheet,) = table("STT|Họ và tên|Quan hệ với chủ hộ\n" + text).sheets
    assert (sheet.shape, households(sheet)) == ("MEMBERS", rows)


def test_household_without_a_head_is_left_to_a_person():
    rows = "1|Lê Văn An|Chủ hộ\n1|Vi Thị Ba|Vợ\n2|Hà Thị Tư|Vợ\n2|Hà Văn Năm|Con"
    (sheet,) = table("Số hộ|Họ và tên|Quan hệ\n" + rows).sheets
    assert households(sheet) == [(2, [2, 3])]
    assert [(one.number, one.letter, one.kind) for one in sheet.skipped] == [(4, "C", "NO_HEAD")]


def test_every_relation_is_the_heads_own_where_each_row_is_a_household():
    (sheet,) = table("STT|Họ và tên|Quan hệ\n1|Lê Văn An|Chủ hộ\n2|Vi Thị Ba|Chủ hộ\n3|Hà Thị Tư|CH").sheets
    assert (sheet.shape, len(sheet.rows)) == ("HOUSEHOLDS", 3)


def test_two_heads_of_one_name_stay_two_and_scattered_rows_come_together():
    (sheet,) = table(
        """STT|Họ và tên|Ngày sinh|Họ và tên chủ hộ|Địa chỉ
        1|Lê Văn An|1950|Lê Văn An|Thôn 1
        2|Lê Văn An|1970|Lê Văn An|Thôn 2
        3|Vi Thị Ba|1951|Lê Văn An|Thôn 1
        4|Lê Thị Tư|1995|Lê Văn An|Thôn 2
        5|Hà Thị Năm|1990|Hà Văn Sáu|Thôn 1"""
    ).sheets
    assert households(sheet) == [(2, [2, 4]), (3, [3, 5]), (6, [6])]
    assert sheet.rows[2].cells == ("", "Hà Văn Sáu", "", "Hà Văn Sáu", "Thôn 1")  # the year was another's


@pytest.mark.parametrize(
    "text",
    [
        "STT|Tên|Ngày sinh|Giới tính|Địa chỉ tạm trú\n1|Lê Văn An|1950|Nam|Thôn 1\n2|Vi Thị Ba|1951|Nữ|Thôn 1",
        "DANH SÁCH CỬ TRI||||\nSTT|Họ và tên cử tri|Nam|Nữ|Dân tộc\n1|Lê Văn An|x||Kinh\n2|Vi Thị Ba||x|Thái",
    ],
)  # fmt: skip
def test_persons_without_households_are_refused(text):
    with pytest.raises(Unreadable) as caught:
        table(text)
    assert caught.value.kind == "PERSON_ROWS"


def test_tables_side_by_side_are_both_read():
    book = table("TT|Chủ hộ|SĐT||TT|Chủ hộ|SĐT\n1|Lê Văn An|||3|Vi Thị Ba|0510100001\n2|Hà Văn Tư|||4|Hà Thị Năm|")
    assert [names_of(sheet) for sheet in book.sheets] == [
        [(2, "Lê Văn An"), (3, "Hà Văn Tư")],
        [(2, "Vi Thị Ba"), (3, "Hà Thị Năm")],
    ]


def test_list_without_a_header_is_guessed_by_its_values():
    book = table("1|Lê Văn An|1960|0510100001\n2|Vi Thị Ba|1961|0510100002\n3|Hà Văn Tư|1962|0510100003")
    (sheet,) = book.sheets
    assert [(c.key, c.field, c.by) for c in sheet.columns[1:2]] == [("@B", "head_name", "VALUES")]
    assert names_of(sheet)[0] == (1, "Lê Văn An")
    assert sheet.header_row == 0


@pytest.mark.parametrize(("today", "field"), [("2026-12-05", ""), ("2031-01-02", "birth")])
def test_years_up_to_this_one_are_years_of_birth(today, field):
    rows = [["Lê Văn An", 2031, "0510100001"], ["Vi Thị Ba", 2027, "0510100002"], ["Hà Văn Tư", 2030, "0510100003"]]
    with time_machine.travel(today):
        (sheet,) = read(workbook(rows, header=None))
    assert [column.field for column in sheet.columns] == ["head_name", field, "phone"]


def test_table_of_unknown_columns_waits_for_a_person():
    book = table("Mã|Biệt danh|Nơi\n1|Tèo|x\n2|Tí|y")
    assert [(sheet.header_row, sheet.rows) for sheet in book.sheets] == [(1, [])]
    (sheet,) = table("Mã|Biệt danh|Nơi\n1|Tèo|x\n2|Tí|y", Reading({"biet danh": "head_name"})).sheets
    assert names_of(sheet) == [(2, "Tèo"), (3, "Tí")]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Họ và tên chủ hộ (viết in hoa)", "head_name"), ("Họ tên vợ/chồng", ""), ("Họ và tên người nộp tiền", ""),
        ("SĐT người thân", "phone"), ("Số khẩu thực tế thường trú", "members_count"), ("Năm sinh chồng", ""),
        ("ĐTDĐ", "phone"), ("Họ vа tên сhủ hộ", "head_name"), ("Tiền điện thoại", ""), ("Thôn/bản/TDP", "village"),
        ("Ngày sinh (Chỉ nhập năm nếu chỉ nhớ năm sinh)", "birth"), ("Nơi sinh", ""), ("Quê quán", ""),
    ],
)  # fmt: skip
def test_headers_as_people_write_them(header, field):
    (sheet,) = table(
        f"STT|{'Mã' if field == 'head_name' else 'Chủ hộ'}|{header}\n1|Lê Văn An|a b\n2|Vi Thị Ba|c d"
    ).sheets
    assert sheet.columns[2].field == field


def test_signature_of_each_page_does_not_end_the_list():
    (sheet,) = table(
        """STT|Chủ hộ|Năm sinh
        1|Lê Văn An|1960
        |Người lập biểu|
        |THÔN TÂY PHÚ|
        STT|Chủ hộ|Năm sinh
        1|Vi Thị Ba|1961"""
    ).sheets
    assert [(row.number, row.groups) for row in sheet.rows] == [(2, ()), (6, ("THÔN TÂY PHÚ",))]


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [
        ("utf-8", ","),
        ("utf-8-sig", ";"),
        ("utf-16", "\t"),
        ("utf-16-le", "|"),
        ("utf-16-be", ";"),
        ("utf-32", "\t"),
        ("cp1258", ","),
    ],
)
def test_text_files(encoding, delimiter):
    rows = [["1", "Nguyễn Thị Mỹ Lệ", '"Ngõ 5;\nThôn, Một"'], ["2", "Đỗ Ước", "x"]]
    lines = [["STT", "Họ và tên chủ hộ", "Địa chỉ"], *rows]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    if encoding == "cp1258":  # letters with their hats, tones behind them
        apart = [unicodedata.normalize("NFD", letter) for letter in text]
        tones = [[mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323"] for marks in apart]
        hats = ["".join(m for m in marks if m not in tone) for marks, tone in zip(apart, tones, strict=True)]
        text = "".join(unicodedata.normalize("NFC", h) + "".join(t) for h, t in zip(hats, tones, strict=True))
    (sheet,) = spreadsheet.read(text.encode(encoding), "x.csv").sheets
    assert names_of(sheet) == [(2, "Nguyễn Thị Mỹ Lệ"), (3, "Đỗ Ước")]
    assert sheet.rows[0].cells[2] == "Ngõ 5;\nThôn, Một"


def test_web_page_called_xls_is_read():
    page = (
        "<html><meta charset=utf-8><table><tr><td colspan=3>DANH SÁCH</td></tr><tr><th>STT<th>Chủ hộ<th>SĐT</tr>"
        "<tr><td>1<td>Lê&nbsp;Thị Hoa<td>0510100001</tr></table></html>"
    )
    (sheet,) = spreadsheet.read(page.encode(), "x.xls").sheets
    assert names_of(sheet) == [(3, "Lê Thị Hoa")]
