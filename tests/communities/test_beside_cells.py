"""A format changes nothing of what was typed; what was struck out, noted or hidden is told beside the cells."""

import io
from datetime import date, datetime

import pytest
import xlsxwriter
import xlwt

from communities import spreadsheet
from communities.spreadsheet import grids
from communities.spreadsheet.book import Grid

FORMATS = [
    "dd/mm/yyyy", "dd/mm/yyyy hh:mm", "mmm-yy", "yyyy", "d", "h:mm", "[h]:mm", "[h]:mm:ss", "mm:ss", "0%", "0.00E+00",
    "# ?/?", "@", '#,##0 "₫"', '"Hộ số" 0', "[Red]0;[Blue]-0", "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "General",
]  # fmt: skip
NUMBERS = [0, 1, 4, 4.5, 50, 59, 60, 61, 366, 367, 1962, 2026, 912000201, 84912000201]


def rows_of(content: bytes, name: str = "x.xlsx") -> list[list[object]]:
    ((_, rows),) = grids.read(content, name)
    return list(rows)


def told(content: bytes, name: str = "x.xlsx") -> list[Grid]:
    return [grid for grid, _ in grids.read(content, name)]


@pytest.mark.parametrize("since_1904", [False, True])
def test_a_format_changes_no_number_of_an_xlsx(since_1904):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"date_1904": since_1904}) as book:
        page = book.add_worksheet()
        for row, form in enumerate(FORMATS):
            page.write_row(row + 1, 1, NUMBERS, book.add_format({"num_format": form}))
    assert rows_of(buffer.getvalue())[1:] == [["", *NUMBERS]] * len(FORMATS)


def test_a_format_changes_no_number_of_an_xls():
    book = xlwt.Workbook()
    page = book.add_sheet("x")
    for row, form in enumerate(FORMATS):
        for column, number in enumerate(NUMBERS):
            page.write(row, column, number, xlwt.easyxf(num_format_str=form))
    book.save(buffer := io.BytesIO())
    assert rows_of(buffer.getvalue(), "x.xls") == [NUMBERS] * len(FORMATS)


def test_a_day_stays_a_day_and_a_time_a_time():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet()
        day, time = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "hh:mm"})
        page.write_datetime(0, 0, date(1931, 2, 28), day)
        page.write_datetime(0, 1, datetime(1960, 3, 5, 7, 30), day)  # noqa: DTZ001 - which the format has without a zone
        page.write_number(0, 2, 0.3125, time)
    assert rows_of(buffer.getvalue()) == [[[1931, 2, 28], [1960, 3, 5], "07:30"]]


SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
)
FLAT = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {SPACES} xmlns:dc="http://purl.org/dc/elements/1.1/"
 office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:automatic-styles>
<style:style style:name="s1"><style:text-properties style:text-line-through-style="solid"/></style:style>
<style:style style:name="s2"><style:text-properties style:text-line-through-style="none"/></style:style>
</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="Thôn &amp; xóm">
<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>
<table:table-row table:visibility="collapse"><table:table-cell table:number-columns-repeated="2"/>
<table:table-cell table:style-name="s1" office:value-type="string"><text:p>Lê Thị Hoa</text:p><office:annotation>
<dc:creator>Vi Văn Tám</dc:creator><text:p>Số mới</text:p><text:p>0912 000 301</text:p></office:annotation>
</table:table-cell></table:table-row>
<table:table-row><table:table-cell table:style-name="s2" office:value-type="string"><text:p>Vi Văn An</text:p>
</table:table-cell><table:table-cell office:value-type="date" office:date-value="1900-01-03"/>
<table:table-cell office:value-type="date" office:date-value="1960-03-05"/>
<table:table-cell office:value-type="time" office:time-value="PT96H00M00S"/>
<table:table-cell office:value-type="time" office:time-value="PT07H30M00S"/>
<table:table-cell office:value-type="percentage" office:value="4"/></table:table-row>
<table:table-row><table:table-cell office:value-type="string">
<text:p><text:span text:style-name="s1">Vi</text:span></text:p>
</table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document>"""


def test_a_flat_ods_with_all_of_it():
    ((grid, rows),) = grids.read(FLAT.encode(), "x.fods")
    listed = [[value for value in row if value != ""] for row in rows]
    assert listed == [[], [], ["Lê Thị Hoa"], ["Vi Văn An", 4, [1960, 3, 5], 4, "07:30", 4], ["Vi"]]
    assert (grid.name, grid.hidden_rows, grid.struck) == ("Thôn & xóm", {2}, {2, 4})
    assert grid.comments == [(2, 2, "Số mới\n0912 000 301")]


def test_what_is_struck_out_in_an_xlsx():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet()
        struck = book.add_format({"font_strikeout": True})
        page.write_row(0, 0, ["STT", "Họ và tên chủ hộ", "SĐT", "Ngõ"])
        page.write_row(1, 0, [1, "Lê Thị Hoa", "0912000201", "Ngõ Đình"], struck)
        page.write_row(2, 0, [2, "Vi Văn An", "0912000202", "Ngõ Đình"])
        page.write(2, 2, "0912000202", struck)  # the number is old, the family is there
        page.write(3, 0, 3, struck)
        page.write_row(3, 1, ["Hà Văn Tư", "", "Ngõ Giếng"])
        page.write(4, 1, "Lò Thị Mai", struck)
        page.write(4, 3, "Ngõ Giếng")
        page.write_rich_string(5, 1, struck, "Đỗ", struck, " Thị Ba")
        page.write_rich_string(6, 1, struck, "Cũ: Đỗ Văn Năm", "; Đỗ Văn Sáu")
    (grid,) = told(buffer.getvalue())
    assert grid.struck == {1, 4, 5}


def test_what_is_struck_out_in_an_xls():
    book = xlwt.Workbook()
    page = book.add_sheet("x")
    struck = xlwt.easyxf("font: struck_out on")
    for column, text in enumerate([1, "Lê Thị Hoa", "Ngõ Đình"]):
        page.write(0, column, text, struck)
    page.write(1, 1, "Vi Văn An")
    page.write(1, 2, "0912000202", struck)
    page.write_rich_text(2, 1, [("Đỗ Thị ", struck.font), ("Ba", struck.font)])
    page.write_rich_text(3, 1, [("Đỗ Thị ", struck.font), "Tư"])
    book.save(buffer := io.BytesIO())
    (grid,) = told(buffer.getvalue(), "x.xls")
    assert grid.struck == {0, 2}


def test_comments_of_an_xlsx_and_what_a_hidden_sheet_has():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page, hidden, deep = (book.add_worksheet(name) for name in ("Thôn 1", "cũ", "rất cũ"))
        page.write_row(0, 0, ["STT", "Chủ hộ"])
        page.write_row(1, 0, [1, "Lê Thị Hoa"])
        page.write_comment("B2", "Số mới\n0912 000 301")
        page.write_comment("C9", "x" * 2_000)
        for other in (hidden, deep):
            other.write_row(0, 0, ["STT", "Chủ hộ"])
            other.write_row(3, 1, ["Vi Văn An"])
            other.write_blank(5, 1, None, book.add_format({"bold": True}))
        hidden.hide()
        deep.very_hidden()
    grid, *others = spreadsheet.load(buffer.getvalue(), "x.xlsx")
    assert grid.comments == [(1, 1, "Số mới\n0912 000 301"), (8, 2, "x" * 1_000)]
    assert [(one.is_hidden, one.unread, one.rows, one.comments) for one in others] == [(True, 2, [], [])] * 2
