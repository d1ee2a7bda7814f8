"""Files somebody made to hurt, and cells nobody foresaw: a sentence, never a crash or a worker that hangs."""

import io
import struct
import subprocess
import sys
import zipfile
from contextlib import suppress

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communities import imports, names, spreadsheet
from communities.models import HouseholdImport
from communities.spreadsheet import MAX_BYTES, Sheet, Unreadable, box, files, grids, text, words
from communities.spreadsheet.book import Grid
from portal.env import ROOT
from tests.communities.conftest import HEADER, workbook

PARTS = ["STT", "Họ đệm", "Tên", "Năm sinh", "Số điện thoại", "Địa chỉ", "Ghi chú"]
OTHER = [2, "Lê Thị Cúc", "Cúc", "", "", "", ""]


@pytest.fixture(autouse=True)
def opened_once() -> None:
    """Here the box itself is tried: every file is opened anew."""


@pytest.mark.parametrize(
    ("header", "row"),
    [
        pytest.param(HEADER, [1, "Lê Văn An", "²²²²²", "²", "", "", ""], id="superscript digits"),
        pytest.param(HEADER, [1, "Lê Văn An", "", "", "", "cụm " + "a" * 190, ""], id="a lane longer than lanes are"),
        pytest.param(PARTS, [1, "Lê " * 100, "An", "", "", "", ""], id="a name in parts that is too long"),
        pytest.param(PARTS, [1, "123", "456", "", "", "", ""], id="a name in parts without a letter"),
        pytest.param(HEADER, [1, "ﬃ" * 100, "", "", "", "ﬃ" * 100, ""], id="letters that fold into three"),
        pytest.param(HEADER, [1, "İ" * 100, "", "", "", "", ""], id="letters that become two"),
    ],
)
def test_odd_cells_never_stop_a_list(read, at, client_for, head, header, row):
    upload = read(workbook([row, OTHER], header=header))
    assert upload.status == HouseholdImport.Status.READY
    assert client_for(head).get(reverse("import_detail", args=[upload.pk])).status_code == 200
    assert imports.apply(import_id=upload.pk, at=at) is True


# --- files that are none, or that mean harm ---------------------------------------------------------------


def refusal(content: bytes, name: str = "x.xlsx") -> str:
    with pytest.raises(Unreadable) as caught:
        spreadsheet.read(content, name)
    return caught.value.kind


def sheets_of(content: bytes, name: str) -> list[Sheet]:
    return spreadsheet.read(content, name).sheets


def _xlsx(xml: str, *, part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """An .xlsx with hand-written XML for one of its parts, the only sheet unless said."""
    plain = workbook([[1, "Lê Thị Hoa"]])
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            text = source.read(member)
            target.writestr(member.filename, xml.encode() if member.filename == part else text)
    return buffer.getvalue()


_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"", "x.xlsx", "NOT_A_SPREADSHEET"),
        (b"", "x.csv", "EMPTY"),
        ("Họ tên,SĐT\n".encode(), "x.csv", "EMPTY"),
        (b"PK\x03\x04" + b"\0" * 60, "x.xlsx", "DAMAGED"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "x.xls", "DAMAGED"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "x.xlsx", "PASSWORD"),
        (b"0" * (MAX_BYTES + 1), "x.xlsx", "TOO_LARGE"),
        (workbook([], header=None), "x.xlsx", "EMPTY"),
        (workbook([]), "x.xlsx", "EMPTY"),
        (workbook([["Tiền điện", 5], ["Tiền nước", 6]], header=None), "x.xlsx", "NO_HEADER"),
        (_xlsx(_SHEET.format("<row r='1'><c r='A1'><v>1</v>")), "x.xlsx", "DAMAGED"),
        (_xlsx("<not><xml"), "x.xlsx", "DAMAGED"),
    ],
)
def test_what_is_no_list_is_refused_with_its_reason(content, name, kind):
    assert refusal(content, name) == kind


def test_zip_bomb_is_refused_unopened():
    assert refusal(_xlsx("0" * (grids.MAX_UNPACKED_BYTES + 1))) == "TOO_HEAVY"


def test_zip_that_lies_about_its_size_is_refused():
    content = bytearray(_xlsx(_SHEET.format(" " * 5_000_000)))
    small = struct.pack("<I", 100)
    true = struct.pack("<I", len(_SHEET.format(" " * 5_000_000)))
    assert content.count(true) >= 1
    assert refusal(bytes(content.replace(true, small))) == "DAMAGED"


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
    (sheet,) = sheets_of(_xlsx(_SHEET.format(f'<row r="1">{header}</row>{row}{far}')), "x.xlsx")
    assert [row.cells[1] for row in sheet.rows] == ["Lê Thị Hoa"]


def test_more_rows_than_a_ward_has_households_are_refused():
    header = "Họ và tên chủ hộ;Số khẩu\n"
    assert refusal((header + "Lê Thị Hoa;1\n" * 61_000).encode(), "x.csv") == "TOO_MANY_ROWS"


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
def test_document_types_are_refused_wherever_they_stand(part):
    xml = '<!-- --><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><sst><si><t>&e;</t></si></sst>'
    assert refusal(_xlsx(xml, part=part)) == "DAMAGED"


def _ods(rows: str) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0" '
            f'xmlns:text="{space}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Thôn 1">{rows}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    return buffer.getvalue()


_CELL = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'
_LINES = "".join(
    f"<table:table-row>{''.join(_CELL.format('', text) for text in line)}</table:table-row>"
    for line in (("STT", "Chủ hộ", "Năm sinh"), ("1", "Lê Thị Hoa", "1960"))
)


def test_libreoffice_ends_every_sheet_with_a_million_empty_rows():
    cell = '<table:table-cell table:number-columns-repeated="16384"/>'
    book = spreadsheet.read(
        _ods(f'{_LINES}<table:table-row table:number-rows-repeated="1048574">{cell}</table:table-row>'), "x.ods"
    )
    assert [(sheet.name, len(sheet.rows)) for sheet in book.sheets] == [("Thôn 1", 1)]


@pytest.mark.parametrize(
    ("rows", "columns"), [("1048560", "1"), ("1", "16384"), ("1048560", "16384"), ("4294967295", "4294967295")]
)
def test_repeated_cells_of_an_ods_are_no_bomb(rows, columns):
    cell = _CELL.format(f' table:number-columns-repeated="{columns}"', "x")
    bomb = _ods(f'{_LINES}<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>')
    assert refusal(bomb, "x.ods") in {"TOO_HEAVY", "TOO_MANY_COLUMNS", "TOO_MANY_ROWS", "DAMAGED"}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(b"a" * 10_000_000, "TOO_HEAVY", id="one cell"),
        pytest.param(b"a," * 5_000_000, "TOO_MANY_COLUMNS", id="a million columns"),
        pytest.param(b"a," * 30_000, "TOO_MANY_COLUMNS", id="thousands of columns"),
        pytest.param(b"\n" * 10_000_000, "EMPTY", id="ten million lines"),
        pytest.param(b'"' * 10_000_000, "TOO_HEAVY", id="quotes"),
        pytest.param(b"\0" * 1_000_000 + b"a", "NOT_A_SPREADSHEET", id="zeros"),
        pytest.param(b"<!---->" * 60 + b"x", "NO_HEADER", id="comments before no page"),
        pytest.param(b"<?xml " * 60 + b"<!--", "DATA_FILE", id="declarations before no page"),
        pytest.param(b"<html>" + b"<table><tr><td colspan=1000>" * 100_000, "TOO_MANY_COLUMNS", id="spans"),
    ],
)
def test_texts_made_to_hurt_are_refused(content, kind):
    assert refusal(content, "x.csv") == kind


def test_a_page_behind_comments_is_a_page():
    table = "<table><tr><td>Họ và tên chủ hộ<td>Năm sinh<tr><td>Lê Thị Hoa<td>1960</table>"
    page = f"<!-- a > b --><?xml version='1.0'?>\n<!---->{table}".encode()
    assert [row.cells for row in sheets_of(page, "x.xls")[0].rows] == [("Lê Thị Hoa", "1960")]


def test_bytes_are_looked_at_in_the_box_alone(monkeypatch, list_a):
    def outside(*_: object) -> None:
        raise AssertionError

    for module, name in ((files, "kind_of"), (grids, "read"), (text, "decoded")):
        monkeypatch.setattr(module, name, outside)
    assert len(sheets_of(list_a, "x.xlsx")[0].rows) == 30
    assert refusal(b"%PDF-1.7", "x.pdf") == "PDF_FILE"


#: What was looked at again and again before it was bounded: each a cell Excel can hold.
LONG = {
    "brackets": "(" * 32_000,
    "letters in a bracket": "(" + "a" * 32_000,
    "digits": "1" * 32_000,
    "zeros and a letter": "0" * 32_000 + "x",
    "numbers": "1 " * 16_000,
    "words of villages": "thôn tổ dân phố ban " * 1_600,
    "commas": ", " * 16_000,
    "ditto": "- - " * 8_000,
}


@pytest.mark.parametrize("long", LONG.values(), ids=LONG)
def test_long_cells_are_read_as_quickly_as_the_file_is_small(read, long):
    title = [[long] * 7]
    rows = [HEADER, *([n, f"Lê Văn {'ABCDEGHIK'[n]}", 1970, 4, "", "", ""] for n in range(1, 9))]
    rows += [[9, long, long, long, long, long, long], [long], ["", long, "", 4]]
    row = read(workbook(title + rows, header=None))
    assert (row.status, row.plan["counts"]["new"]) == (HouseholdImport.Status.READY, 8)


def test_what_a_long_cell_loses_is_told(read, client_for, head):
    numbers = " / ".join(f"0510{n:06}" for n in range(100))
    rows = [[1, "Lê Văn An", 1970, 4, numbers, "", "x" * 1_200], [2, "Lê Thị Bé", 1971, 3, numbers[:309], "", ""]]
    row = read(workbook(rows))
    told = [(one["kind"], one["row"], one["column"]) for one in row.plan["problems"]]
    assert told == [("CUT", 2, "E"), ("TOO_LONG", 2, "G"), ("SHARED_PHONE", 3, "E")]
    assert [len(one["phones"]) for one in row.plan["new"]] == [77, 24]
    page = client_for(head).get(reverse("import_detail", args=[row.pk])).content.decode()
    assert "Ô này quá dài nên chỉ đọc được phần đầu" in page


@pytest.mark.parametrize(
    ("asked", "header", "rows"),
    [
        pytest.param("is_total", ["STT", "Tên chủ hộ"], lambda n: [["STT", "Tên chủ hộ"]] * n, id="a header a row"),
        pytest.param("is_head", ["Họ tên", "Quan hệ"], lambda n: [["Lê Văn An", "con"]] * n, id="a household of all"),
        pytest.param(
            "is_head", ["Họ và tên", "Chủ hộ", "Quan hệ"],
            lambda n: [["Lê Thị Bé", "Lê Văn An", "con"]] * n + [["Lê Văn An", "Lê Văn An", ""]] * n,
            id="a head below all members",
        ),
    ],
)  # fmt: skip
def test_twice_as_many_rows_are_twice_the_work(monkeypatch, asked, header, rows):
    calls: list[str] = []
    real = getattr(words, asked)
    monkeypatch.setattr(words, asked, lambda text: calls.append(text) or real(text))

    def times_asked(number: int) -> int:
        calls.clear()
        first = ["1", "Lê Thị Hoa", ""][: len(header)]
        with suppress(Unreadable):
            spreadsheet.understand([Grid("", rows=[header, first, *map(list, rows(number))])])
        return len(calls)

    few, many = times_asked(200), times_asked(400)
    assert many <= 2.1 * few


def test_namesakes_are_not_compared_with_one_another(read, monkeypatch, villages, make_household):
    for _ in range(30):
        make_household(villages[0], head_name="Lê Văn An")
    calls: list[str] = []
    real = names.sort_key
    monkeypatch.setattr(names, "sort_key", lambda name: calls.append(name) or real(name))
    row = read(workbook([[n, "Lê Văn An", 1950 + n, 3, f"05101{n:05}", "", ""] for n in range(60)]))
    assert row.plan["counts"]["rows"] == 60
    assert len(calls) <= 4 * 90


def test_a_process_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(box, "SECONDS", 0.01)
    assert refusal(workbook([[1, "Lê Thị Hoa"]])) == "TOO_HEAVY"


def test_nothing_of_the_project_or_its_secrets_is_in_the_box(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hidden")
    program = (
        "import os, sys, communities.spreadsheet.grids as _;"
        "print('SECRET_KEY' in os.environ, any(name.split('.')[0] == 'django' for name in sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT, env=box.environment()
    )
    assert told.stdout.split() == ["False", "False"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_damaged_file_is_refused_never_crashes(list_a, data):
    content = bytearray(list_a)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    for broken in (bytes(content), bytes(list_a[:cut])):
        try:
            spreadsheet.read(broken, "x.xlsx")
        except Unreadable:
            continue


@pytest.mark.parametrize("bit", ["<c ", "<row ", "<c r=A", "<c a ", '<c r="A1" '])
def test_a_sheet_of_unfinished_tags_is_looked_through_at_once(bit):
    assert refusal(_xlsx(_SHEET.format(bit * 200_000))) == "DAMAGED"  # if every tag looked on to the end: hours


def test_a_small_file_whose_cells_share_one_huge_text_is_refused():
    rows = [["Lê Văn An", 1970, "x" * 30_000]] * 15_000
    content = workbook(rows, header=["Họ và tên chủ hộ", "Năm sinh", "Ghi chú"])
    assert len(content) < 1_000_000
    assert refusal(content) == "TOO_HEAVY"


def test_one_long_note_in_a_long_list_is_no_bomb():
    rows = [[f"Lê Văn {n}", 1970, "x" * 10_000 if n == 7 else "Hộ mới tách"] for n in range(2_000)]
    content = workbook(rows, header=["Họ và tên chủ hộ", "Năm sinh", "Ghi chú"])
    assert len(sheets_of(content, "ho.xlsx")[0].rows) == 2_000


def test_merged_cells_made_to_hurt_are_no_work():
    rows = "".join(f'<row r="{n}"><c r="B{n}"><v>{n}</v></c></row>' for n in range(1, 2_000))
    merges = '<mergeCell ref="A1:XFD1048576"/>' * 100_000 + "".join(
        f'<mergeCell ref="B{n}:B1048576"/>' for n in range(2, 2_000)
    )
    xml = _SHEET.format(rows).replace("</worksheet>", f"<mergeCells>{merges}</mergeCells></worksheet>")
    assert refusal(_xlsx(xml)) == "NO_HEADER"
