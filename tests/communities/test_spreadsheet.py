"""Workbooks as villages keep them are read, and hostile ones are refused, without taking memory first."""

import io
import struct
import zipfile

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communities import spreadsheet
from communities.spreadsheet import letter, read
from communities.workbook import MAX_UNPACKED_BYTES, Unreadable
from tests.communities.conftest import FILES, HEADER, workbook


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
    assert (sheet.rows[1].number, sheet.rows[1].group, sheet.rows[1].cells[4]) == (11, "THÔN ĐÔNG PHÚ", "Thôn Đông Phú")
    assert (sheet.rows[23].number, sheet.rows[23].group) == (35, "TỔ DÂN PHỐ 3")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("b_thanh_vien_duoi_chu_ho.xlsx", "PERSON_ROWS"),
        ("d_tcvn3_cu.xls", "NO_HEADER"),
        ("e_thuong_tru_12_cot.csv", "OTHER_FORMAT"),
    ],
)
def test_list_this_reader_cannot_read_honestly_is_refused(name, kind):
    assert refusal((FILES / name).read_bytes(), name) == kind


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


def test_several_sheets_and_hidden_ones():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for name, person in (
            ("Thôn 1", "Lê Thị Hoa"),
            ("Thôn 2", "Vi Văn Tâm"),
            ("cũ", "Hà Thị Mai"),
            ("TỔNG HỢP", None),
        ):
            page = book.add_worksheet(name)
            if person:
                page.write_row(0, 0, HEADER)
                page.write_row(1, 0, [1, person])
            else:
                page.write_row(0, 0, ["Biểu đồ", 4])
            if name == "cũ":
                page.hide()
    assert [(sheet.name, sheet.rows[0].cells[1]) for sheet in read(buffer.getvalue(), "x.xlsx")] == [
        ("Thôn 1", "Lê Thị Hoa"),
        ("Thôn 2", "Vi Văn Tâm"),
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


# --- files that are none, or that mean harm ---------------------------------------------------------------


def _xlsx(sheet: str, *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An .xlsx with hand-written XML for its only sheet."""
    plain = workbook([])
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as source, zipfile.ZipFile(buffer, "w", compression) as target:
        for member in source.infolist():
            text = source.read(member)
            target.writestr(member.filename, sheet.encode() if member.filename == "xl/worksheets/sheet1.xml" else text)
    return buffer.getvalue()


_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "anh.xlsx", "NOT_A_SPREADSHEET"),
        (b"", "x.xlsx", "NOT_A_SPREADSHEET"),
        (b"Ho ten,SDT\n", "x.csv", "OTHER_FORMAT"),
        (b"%PDF-1.7", "x.pdf", "OTHER_FORMAT"),
        (b"PK\x03\x04" + b"\0" * 60, "x.xlsx", "DAMAGED"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "x.xls", "DAMAGED"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "x.xlsx", "PASSWORD"),
        (b"0" * (spreadsheet.MAX_BYTES + 1), "x.xlsx", "TOO_LARGE"),
        (workbook([], header=None), "x.xlsx", "EMPTY"),
        (workbook([]), "x.xlsx", "EMPTY"),
        (workbook([["Tiền điện", 5], ["Tiền nước", 6]], header=None), "x.xlsx", "NO_HEADER"),
        (_xlsx(_SHEET.format("<row r='1'><c r='A1'><v>1</v>")), "x.xlsx", "DAMAGED"),
        (_xlsx("<not><xml"), "x.xlsx", "DAMAGED"),
    ],
)
def test_what_is_no_list_is_refused_with_its_reason(content, name, kind):
    assert refusal(content, name) == kind


def test_docx_is_no_workbook():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(buffer.getvalue(), "x.xlsx") == "NOT_A_SPREADSHEET"


def test_zip_bomb_is_refused_unopened():
    assert refusal(_xlsx("0" * (MAX_UNPACKED_BYTES + 1))) == "TOO_LARGE"


def test_zip_that_lies_about_its_size_is_refused():
    content = bytearray(_xlsx(_SHEET.format(" " * 5_000_000)))
    small = struct.pack("<I", 100)
    true = struct.pack("<I", len(_SHEET.format(" " * 5_000_000)))
    assert content.count(true) >= 1
    assert refusal(bytes(content.replace(true, small))) == "TOO_LARGE"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
            "TOO_MANY_COLUMNS",
        ),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>', "TOO_MANY_ROWS"),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>', "TOO_MANY_ROWS"),
        ("<row r='1'><c r='A1'><v>1</v></c><c s='1' r='GS1'><v>1</v></c></row>", "TOO_MANY_COLUMNS"),
    ],
)
def test_two_far_cells_do_not_span_a_world(cells, kind):
    assert refusal(_xlsx(_SHEET.format(cells))) == kind


def test_empty_formatted_cells_far_out_are_no_content():
    header = "".join(
        f'<c r="{c}1" t="inlineStr"><is><t>{t}</t></is></c>'
        for c, t in zip("AB", ("STT", "Họ và tên chủ hộ"), strict=True)
    )
    name = '<c r="B2" t="inlineStr"><is><t>Lê Thị Hoa</t></is></c>'
    row = f'<row r="2"><c r="A2"><v>1</v></c>{name}<c r="XFD2" s="0"/></row>'
    far = '<row r="1048576" s="0"><c r="A1048576" s="0"/></row>'
    (sheet,) = read(_xlsx(_SHEET.format(f'<row r="1">{header}</row>{row}{far}')), "x.xlsx")
    assert [row.cells[1] for row in sheet.rows] == ["Lê Thị Hoa"]


def test_more_rows_than_a_ward_has_households_are_refused(monkeypatch):
    monkeypatch.setattr(spreadsheet, "MAX_ROWS", 20)
    assert refusal(workbook([[n, "Lê Thị Hoa"] for n in range(20)])) == "TOO_MANY_ROWS"
    assert len(read(workbook([[n, "Lê Thị Hoa"] for n in range(19)]), "x.xlsx")[0].rows) == 19


def test_external_entities_are_not_fetched():
    text = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + _SHEET.format(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>STT</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>Chủ hộ</t></is></c></row>'
        '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="inlineStr"><is><t>Lê &e; Hoa</t></is></c></row>'
    )
    try:
        (sheet,) = read(_xlsx(text), "x.xlsx")
    except Unreadable:
        return
    assert "root" not in str(sheet.rows)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_damaged_file_is_refused_never_crashes(list_a, data):
    content = bytearray(list_a)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    for broken in (bytes(content), bytes(list_a[:cut])):
        try:
            read(broken, "x.xlsx")
        except Unreadable:
            continue
