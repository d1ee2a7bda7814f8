"""Whatever an office program opens is opened, however its parts are named; anything else is told what it is."""

import io
import re
import zipfile
from collections.abc import Callable

import pytest

from communities import spreadsheet
from communities.lists.telling import REFUSALS
from communities.spreadsheet import Unreadable, grids
from tests.communities.conftest import HEADER, workbook

ROWS = [[1, "Lê Văn An", 1960, 4, 912000201, "Ngõ Đình"], [2, "Vi Thị Ba", 1961, 3, 912000202, "Ngõ Giếng"]]
PLAIN = workbook(ROWS)
ROOT, BOOK, LINKS, SHEET = "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"
STRINGS, STYLES = "xl/sharedStrings.xml", "xl/styles.xml"

Texts = dict[str, Callable[[str], str | bytes]]


def archive(parts: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in parts.items():
            member = zipfile.ZipInfo()
            member.filename = name  # as it is: ZipInfo would turn a backslash on some systems
            target.writestr(member, text)
    return buffer.getvalue()


def anew(*, names: Callable[[str], str] = str, texts: Texts | None = None, without: tuple[str, ...] = ()) -> bytes:
    """A workbook with its parts called otherwise, and with other texts in them."""
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as source:
        parts = {name: source.read(name).decode() for name in source.namelist() if name not in without}
    return archive({names(name): (texts or {}).get(name, str)(text) for name, text in parts.items()})


def put(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


def prefixed(text: str) -> str:
    return re.sub(r"<(/?)([a-zA-Z])", r"<\1x:\2", text).replace("xmlns=", "xmlns:x=")


def in_utf_16(text: str) -> bytes:
    return text.replace("UTF-8", "UTF-16").encode("utf-16")


def strict(text: str) -> str:
    text = text.replace("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/main")
    old, new = "schemas.openxmlformats.org/officeDocument/2006/relationships", "purl.oclc.org/ooxml/relationships"
    return text.replace(old, new)


MOVED = {
    BOOK: "trang/so.xml", LINKS: "trang/_rels/so.xml.rels", SHEET: "khac/Trang 1.xml", STRINGS: "trang/chu.xml",
    STYLES: "trang/kieu.xml",
}  # fmt: skip
ODD = {
    "backslashes": anew(names=lambda name: name.replace("/", "\\")),
    "capitals": anew(names=str.upper),
    "a slash in front": anew(names=lambda name: "/" + name),
    "a dot in front": anew(names=lambda name: "./" + name),
    "targets from the root": anew(texts={LINKS: put('Target="', 'Target="/xl/')}),
    "targets by way of the folder above": anew(texts={LINKS: put('Target="', 'Target="../xl/./')}),
    "targets with backslashes": anew(texts={LINKS: put("worksheets/", "worksheets\\")}),
    "all parts elsewhere": anew(
        names=lambda name: MOVED.get(name, name),
        texts={
            ROOT: put(BOOK, "trang/so.xml"),
            LINKS: lambda text: (
                text.replace("worksheets/sheet1.xml", "../khac/Trang%201.xml")
                .replace("sharedStrings.xml", "chu.xml")
                .replace("styles.xml", "/trang/kieu.xml")
            ),
        },
    ),
    "no folder": anew(names=lambda name: name.removeprefix("xl/"), texts={ROOT: put(BOOK, "workbook.xml")}),
    "no relations of the package": anew(without=(ROOT,)),
    "no content types": anew(without=("[Content_Types].xml",)),
    "no styles": anew(without=(STYLES,)),
    "prefixes": anew(texts=dict.fromkeys((BOOK, LINKS, SHEET, STRINGS, STYLES), prefixed)),
    "the strict standard": anew(texts=dict.fromkeys((ROOT, BOOK, LINKS, SHEET, STRINGS, STYLES), strict)),
    "cells without places": anew(texts={SHEET: lambda text: re.sub(r' (?:r|spans)="[^"]*"', "", text)}),
    "UTF-16": anew(texts=dict.fromkeys((BOOK, LINKS, SHEET, STRINGS, STYLES), in_utf_16)),
    "single quotes": anew(texts=dict.fromkeys((ROOT, BOOK, LINKS, SHEET, STRINGS), put('"', "'"))),
    "a BOM": anew(texts=dict.fromkeys((BOOK, SHEET, STRINGS), lambda text: "\ufeff" + text)),
    "a template": anew(texts={"[Content_Types].xml": put("sheet.main+xml", "template.main+xml")}),
}


@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_a_workbook_is_found_by_its_relations(content):
    told = [(grid.name, list(rows)) for grid, rows in grids.read(content, "x.xlsx")]
    assert told == [("Sheet1", [HEADER, *([*row, ""] for row in ROWS)])]


def test_a_package_with_backslashes_is_a_list_like_any_other():
    (sheet,) = spreadsheet.read(ODD["backslashes"], "x.xlsx").sheets
    assert [(row.number, row.cells[1]) for row in sheet.rows] == [(2, "Lê Văn An"), (3, "Vi Thị Ba")]


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
LOST = '<sheet name="B" sheetId="9" r:id="rId99"/></sheets>'
ODT = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}


def locked() -> bytes:
    """An archive whose parts are said to be locked by a password."""
    content = bytearray(PLAIN)
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := content.find(sign, at + 1)) >= 0:
            content[at + place] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(archive({"word/document.xml": "<w/>", "[Content_Types].xml": "<Types/>"}), "WORD_FILE", id="docx"),
        pytest.param(archive(ODT), "WORD_FILE", id="odt"),
        pytest.param(OLE + "WordDocument".encode("utf-16-le"), "WORD_FILE", id="doc"),
        pytest.param(b"{\\rtf1 x}", "WORD_FILE", id="rtf"),
        pytest.param(archive({"ppt/presentation.xml": "<p/>"}), "NOT_A_SPREADSHEET", id="pptx"),
        pytest.param(archive({"Index/Document.iwa": "x"}), "NUMBERS_FILE", id="numbers"),
        pytest.param(archive({"thon 1.xlsx": PLAIN}), "ARCHIVE", id="zip"),
        pytest.param(b"Rar!\x1a\x07", "ARCHIVE", id="rar"),
        pytest.param(b"%PDF-1.7", "PDF_FILE", id="pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "PICTURE", id="png"),
        pytest.param(b"\0\0\0\x18ftypheic" + b"\0" * 99, "PICTURE", id="photo of a telephone"),
        pytest.param(b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:An\r\nEND:VCARD", "CONTACTS", id="vcf"),
        pytest.param(b'{"members": [{"name": "An"}]}', "DATA_FILE", id="json"),
        pytest.param(b"<?xml version='1.0'?><Workbook/>", "DATA_FILE", id="xml"),
        pytest.param(b'{"url": "https://docs.google.com/open?id=1"}', "GOOGLE_LINK", id="gsheet"),
        pytest.param(b'[\n  {"name": "An"}\n]', "DATA_FILE", id="json of rows"),
        pytest.param("Kính gửi ông bà\nMời họp lúc 19h30".encode(), "FREE_TEXT", id="a letter"),
        pytest.param("1. Lê Hoa - 0912000201\n2. Vi An - 0912000202".encode(), "FREE_TEXT", id="lines"),
        pytest.param(OLE + "Root Entry".encode("utf-16-le"), "NOT_A_SPREADSHEET", id="mail of Outlook"),
        pytest.param(OLE, "DAMAGED", id="xls without its directory"),
        pytest.param(b"ID;PWXL;N;E\r\n", "OTHER_FORMAT", id="sylk"),
        pytest.param(locked(), "PASSWORD", id="locked archive"),
        pytest.param(PLAIN[:-300], "DAMAGED", id="cut off"),
        pytest.param(PLAIN[: len(PLAIN) // 2], "DAMAGED", id="half"),
        pytest.param(anew(texts={BOOK: put("</sheets>", LOST)}), "DAMAGED", id="a sheet that is not there"),
    ],
)
def test_what_is_no_workbook_is_told_what_it_is(content, kind):
    """Whatever the file is called."""
    with pytest.raises(Unreadable) as caught:
        for _, rows in grids.read(content, "x.xlsx"):
            list(rows)
    assert caught.value.kind == kind
    assert str(REFUSALS[kind]) % caught.value.details


SHEETS_2003 = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="urn:schemas-microsoft-com:office:excel">
<Styles><Style ss:ID="s1"><Font ss:StrikeThrough="1"/></Style></Styles>
<Worksheet ss:Name="Thôn 1"><Table><Column ss:Index="3" ss:Hidden="1"/>
<Row><Cell ss:MergeAcross="2"><Data ss:Type="String">DANH SÁCH</Data></Cell></Row>
<Row ss:Index="4"><Cell><Data ss:Type="String">STT</Data></Cell><Cell><Data ss:Type="String">Chủ hộ</Data></Cell>
<Cell><Data ss:Type="String">Ngày sinh</Data></Cell><Cell><Data ss:Type="String">Số khẩu</Data></Cell></Row>
<Row ss:Hidden="1"><Cell><Data ss:Type="Number">1</Data></Cell><Cell><Data ss:Type="String">Lê Thị Hoa</Data>
<Comment><ss:Data>Số mới 0912 000 301</ss:Data></Comment></Cell>
<Cell><Data ss:Type="DateTime">1960-03-05T00:00:00.000</Data></Cell>
<Cell><Data ss:Type="DateTime">1900-01-04T00:00:00.000</Data></Cell></Row>
<Row><Cell ss:StyleID="s1"><Data ss:Type="String">x</Data></Cell>
<Cell ss:Index="4"><Data ss:Type="Error">#REF!</Data></Cell>
</Row></Table></Worksheet>
<Worksheet ss:Name="Cũ"><Table><Row><Cell><Data ss:Type="String">x</Data></Cell></Row></Table>
<WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel">
<Visible>SheetHidden</Visible></WorksheetOptions></Worksheet>
</Workbook>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_workbook_of_2003_in_one_file_of_xml(encoding):
    (grid, rows), (hidden, none) = grids.read(SHEETS_2003.encode(encoding), "x.xls")
    assert list(rows) == [
        ["DANH SÁCH", "", ""], [], [], ["STT", "Chủ hộ", "Ngày sinh", "Số khẩu"],
        [1, "Lê Thị Hoa", [1960, 3, 5], 4], ["x", "", "", ""],
    ]  # fmt: skip
    assert (grid.name, grid.merges, grid.hidden_rows, grid.hidden_columns) == ("Thôn 1", [(0, 0, 0, 2)], {4}, {2})
    assert (grid.struck, grid.errors) == ({5}, [(5, 3, "#REF!")])
    assert grid.comments == [(4, 1, "Số mới 0912 000 301")]
    assert (hidden.name, hidden.is_hidden, hidden.unread, list(none)) == ("Cũ", True, 1, [])
