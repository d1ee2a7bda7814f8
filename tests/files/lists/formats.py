"""How a list is stored: encodings of text, old fonts, other programs' workbooks, wrong endings."""

import re
from datetime import date
from typing import Any

from tests.files.lists.expected import DONG_PHU, HOA_BINH, case, home
from tests.files.lists.writers import (
    Formula,
    each,
    edited,
    inline_rows,
    raw_xlsx,
    tcvn3,
    text,
    vni,
    windows_1258,
    without,
    xls,
    xlsx,
)  # fmt: skip

HERE: dict[str, Any] = {"village": DONG_PHU}
ROWS: list[list[Any]] = [
    ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Số điện thoại", "Ghi chú"],
    [1, "Nguyễn Thị Đượm", 1961, 4, "0510330001", "Hộ cận nghèo"],
    [2, "Trương Văn Hưởng", 1962, 3, "0510330002", ""],
    [3, "Đỗ Đình Quyết", 1963, 2, "", "Ở cạnh nhà văn hóa"],
    [4, "Lò Thị Ỏm", 1964, 1, "0510330004", ""],
]
FOUND = [
    home(2, "Nguyễn Thị Đượm", 1961, "0510330001", 4, note="Hộ cận nghèo"),
    home(3, "Trương Văn Hưởng", 1962, "0510330002", 3),
    home(4, "Đỗ Đình Quyết", 1963, "", 2, note="Ở cạnh nhà văn hóa"),
    home(5, "Lò Thị Ỏm", 1964, "0510330004", 1),
]


def write() -> None:
    """Note the files of this module."""
    for file, what, content in (
        ("utf16_le_tab.tsv", "UTF-16 with its mark, tabs: Excel's “Unicode Text”.",
         text(ROWS, between="\t", encoding="utf-16-le", first="\ufeff")),
        ("utf16_be.csv", "UTF-16, the other way round, semicolons.",
         text(ROWS, between=";", encoding="utf-16-be", first="\ufeff")),
        ("utf8_khong_bom.csv", "UTF-8 without a mark, commas, single line ends.", text(ROWS, end="\n")),
        ("utf8_bom_tab.tsv", "UTF-8 with a mark, tabs.", text(ROWS, between="\t", encoding="utf-8-sig")),
        ("windows_1258.csv", "windows-1258: every tone is a byte of its own behind the letter.", windows_1258(ROWS)),
        ("sep_o_dong_dau.csv", "`sep=;` before the header, which Excel obeys and does not show.",
         text(ROWS, between=";", encoding="utf-8-sig", first="sep=;\r\n")),
        ("csv_mang_duoi_xls.xls", "A program's “Excel export” that is text with tabs, named .xls.",
         text(ROWS, between="\t", encoding="utf-8-sig")),
    ):  # fmt: skip
        case(file, what, content, FOUND, sheet="", options=HERE)
    for file, what, content in (
        ("xlsx_mang_duoi_xls.xls", "An .xlsx somebody renamed .xls.", xlsx(ROWS)),
        ("xls_mang_duoi_xlsx.xlsx", "An .xls somebody renamed .xlsx.", xls(ROWS)),
        ("chuoi_nam_trong_o.xlsx", "Inline strings and a dimension of A1, as small exporters and Google write.",
         raw_xlsx({"Sheet1": '<dimension ref="A1"/>' + inline_rows(ROWS)})),
        ("o_khong_ghi_dia_chi.xlsx", "Cells and rows that do not say where they are.",
         raw_xlsx({"Sheet1": inline_rows(ROWS, addresses=False)})),
        ("kich_thuoc_khai_sai.xlsx", "A declared dimension of a million rows, and a view that is split.",
         edited(xlsx(ROWS), {"xl/worksheets/sheet1.xml": without('ref="A1:F5"', 'ref="A1:XFD1048576"')})),
        ("chuan_strict.xlsx", "Saved as “Strict Open XML”: other namespaces.", strict(xlsx(ROWS))),
    ):  # fmt: skip
        case(file, what, content, FOUND, sheet="Sheet1", options=HERE)
    line_breaks_in_quotes()
    rich_and_phonetic_text()
    errors_and_formulas()
    formulas_never_calculated()
    dates_of_1904()
    old_fonts()


def strict(content: bytes) -> bytes:
    """The same workbook in the namespaces of ISO 29500 Strict."""
    namespaces = (
        ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"),
        ("http://schemas.openxmlformats.org/officeDocument/2006/relationships",
         "http://purl.oclc.org/ooxml/officeDocument/relationships"),
    )  # fmt: skip

    def change(xml: str) -> str:
        for old, new in namespaces:
            xml = xml.replace(old, new)
        return xml

    parts = ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels",
             "xl/sharedStrings.xml", "xl/styles.xml")  # fmt: skip
    return edited(content, dict.fromkeys(parts, change))


def line_breaks_in_quotes() -> None:
    """One row of Excel over several lines of the file."""
    rows: list[list[Any]] = [
        ["STT", "Họ và tên\nchủ hộ", "Năm sinh", "Điện thoại", "Ghi chú"],
        ["1", "Lê Văn Dòng", "1961", "0510331001\n0510331101", 'Gọi là "Sáu"'],
        [],
        ["2", "Lê Thị\nXuống", "1962", "0510331002", "a; b, c"],
    ]
    case(
        "xuong_dong_trong_ngoac_kep.csv",
        "Quoted line breaks in a header, a name, a phone; quotes and separators inside a note; a blank line.",
        text(rows, between=";"),
        [
            home(2, "Lê Văn Dòng", 1961, "0510331001 0510331101", note='Gọi là "Sáu"'),
            home(4, "Lê Thị Xuống", 1962, "0510331002", note="a; b, c"),
        ],
        options=HERE,
        why=["Rows are numbered as Excel numbers them when it opens the file."],
    )


def rich_and_phonetic_text() -> None:
    """A name in two colours; a reading aid that is no part of it."""

    def rewrite(xml: str) -> str:
        plain = "<si><t>Trương Văn Hưởng</t></si>"
        assert plain in xml
        runs = (
            '<si><r><t xml:space="preserve">Trương </t></r><r><rPr><b/><color rgb="FFFF0000"/></rPr>'
            '<t xml:space="preserve">Văn </t></r><r><t>Hưởng</t></r></si>'
        )
        xml = xml.replace(plain, runs)
        aid = '<si><t>Lò Thị Ỏm</t><rPh sb="0" eb="2"><t>LO</t></rPh><phoneticPr fontId="0"/></si>'
        return xml.replace("<si><t>Lò Thị Ỏm</t></si>", aid)

    case(
        "chu_nhieu_mau.xlsx",
        "A name in several runs of formatting, another with phonetic runs.",
        edited(xlsx(ROWS), {"xl/sharedStrings.xml": rewrite}),
        FOUND,
        options=HERE,
        never=["LO"],
    )


def errors_and_formulas() -> None:
    """Error cells, a formula that was never calculated, booleans."""
    rows: list[list[Any]] = [
        ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Số điện thoại", "Ghi chú"],
        [1, "Hà Văn Lỗi", Formula("=1/0", "#DIV/0!"), Formula("=NA()", "#N/A"), "0510332001", ""],
        [2, "Hà Thị Tra", 1962, Formula("=VLOOKUP(B3,X:Y,2,0)", "#N/A"), Formula("=X1", "#REF!"), ""],
        [3, Formula("=#REF!", "#REF!"), 1963, 2, "0510332003", ""],
        [4, "Hà Văn Ghép", Formula("=1900+64", 1964), 2, Formula('="0510"&"332004"', "0510332004"), ""],
        [5, "Hà Thị Đúng", 1965, True, "0510332005", Formula('=IF(1,"","x")', "")],
    ]
    case(
        "o_loi_va_cong_thuc.xlsx",
        "Cells with #DIV/0!, #N/A, #REF!, calculated texts, a TRUE where a number belongs.",
        xlsx(rows),
        [
            home(2, "Hà Văn Lỗi", None, "0510332001"),
            home(3, "Hà Thị Tra", 1962),
            home(5, "Hà Văn Ghép", 1964, "0510332004", 2),
            home(6, "Hà Thị Đúng", 1965, "0510332005"),
        ],
        options=HERE,
        errors=[("Sheet1", 4, "B")],
        warnings=[("Sheet1", 2, "C"), ("Sheet1", 2, "D"), ("Sheet1", 3, "D"), ("Sheet1", 3, "E"), ("Sheet1", 6, "D")],
        why=["An error in a cell was a value once: it is said, not taken for an empty cell."],
    )


def formulas_never_calculated() -> None:
    """Written by a program that does not calculate; nobody has opened the file in Excel."""
    rows: list[list[Any]] = [
        ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Số điện thoại"],
        [1, "Mai Văn Tính", 1961, Formula("=SUM(1,2)", 3), "0510335001"],
        [2, "Mai Thị Toán", 1962, 2, Formula('="0510"&"335002"', "0510335002")],
        [3, "Mai Văn Cộng", 1963, 1, "0510335003"],
    ]
    drop = {"xl/worksheets/sheet1.xml": lambda xml: re.sub(r"(</f>)<v>[^<]*</v>", r"\1", xml)}
    case(
        "cong_thuc_chua_tinh.xlsx",
        "Formulas without any calculated value.",
        edited(xlsx(rows), drop),
        [
            home(2, "Mai Văn Tính", 1961, "0510335001"),
            home(3, "Mai Thị Toán", 1962, "", 2),
            home(4, "Mai Văn Cộng", 1963, "0510335003", 1),
        ],
        options=HERE,
        warnings=[("Sheet1", 2, "D"), ("Sheet1", 3, "E")],
        why=["A formula without a value is not an empty cell: somebody must open the file and save it."],
    )


def dates_of_1904() -> None:
    """A workbook from an old Mac counts days from 1904."""

    def write_1904() -> bytes:
        rows: list[list[Any]] = [
            ["STT", "Chủ hộ", "Ngày sinh"],
            [1, "Đặng Văn Mác", date(1961, 5, 6)],
            [2, "Đặng Thị Táo", "1962"],
        ]
        made = xlsx(rows)
        days = (date(1961, 5, 6) - date(1899, 12, 30)).days
        return edited(
            made,
            {
                "xl/worksheets/sheet1.xml": lambda xml: xml.replace(f"<v>{days}</v>", f"<v>{days - 1462}</v>"),
                "xl/workbook.xml": lambda xml: xml.replace("<workbookPr ", '<workbookPr date1904="1" '),
            },
        )

    case(
        "ngay_tinh_tu_1904.xlsx",
        "A date cell in a workbook that counts days from 1904.",
        write_1904(),
        [home(2, "Đặng Văn Mác", 1961), home(3, "Đặng Thị Táo", 1962)],
        options=HERE,
    )


def old_fonts() -> None:
    """TCVN3 and VNI, by font name or only by the letters."""
    capitals: list[list[Any]] = [
        ["Danh sách hộ gia đình thôn Hòa Bình"],
        ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Điện thoại", "Ghi chú"],
        [1, "nguyễn thị đượm", 1961, 4, 510333001, "hộ cận nghèo"],
        [2, "trương văn hưởng", 1962, 3, "", ""],
        [3, "đỗ đình quyết", 1963, 2, "0510.333.003", ""],
    ]
    found = [
        home(3, "Nguyễn Thị Đượm", 1961, "0510333001", 4, note="Hộ cận nghèo"),
        home(4, "Trương Văn Hưởng", 1962, "", 3),
        home(5, "Đỗ Đình Quyết", 1963, "0510333003", 2),
    ]
    found[0]["note"] = {"one_of": ["hộ cận nghèo", "HỘ CẬN NGHÈO", "Hộ cận nghèo"]}
    fonts = {1: ".VnTimeH", 2: ".VnTime", 3: ".VnTimeH", 4: ".VnTimeH", 5: ".VnArialH"}
    both: dict[str, Any] = {"villages": [HOA_BINH], "village": HOA_BINH, "about_file": ["CONVERTED"]}
    content = xls(each(capitals, tcvn3), fonts=fonts)
    case("tcvn3_vntimeh.xls", "TCVN3 in .VnTimeH, whose font draws the capitals; nobody has decided the encoding.",
         content, found, why=["The village is told by the title, in the old letters too."], **both)  # fmt: skip
    case("tcvn3_vntimeh.xls", "The same, and a person says it is TCVN3.", None, found,
         name="tcvn3_vntimeh.da_chon", options={"encoding": "TCVN3"},
         **(both | {"about_file": ["CONVERTED?"]}))  # fmt: skip
    rows = [row[:] for row in ROWS]
    told = [one | {"village": DONG_PHU} for one in FOUND]
    old: dict[str, Any] = {"options": HERE, "about_file": ["CONVERTED"]}
    case("vni_times.xls", "VNI letters in the font VNI-Times.", xls(each(rows, vni), font="VNI-Times"), told, **old)
    case("vni_times.xls", "The same, and a person says it is VNI.", None, told, name="vni_times.da_chon",
         options=HERE | {"encoding": "VNI"}, about_file=["CONVERTED?"])  # fmt: skip
    lower: list[list[Any]] = [ROWS[0], *ROWS[1:4],
             [4, "Lò Thị Nga", 1964, 1, "0510330004", ""]]  # fmt: skip
    nga = [*FOUND[:3], home(5, "Lò Thị Nga", 1964, "0510330004", 1)]
    lower[3] = [3, "Đỗ Đình Quyết", 1963, 2, "", "cạnh nhà văn hóa"]
    nga[2] = home(4, "Đỗ Đình Quyết", 1963, "", 2, note="cạnh nhà văn hóa")
    case("tcvn3_trong_xlsx.xlsx", "An old list copied forward: TCVN3 in an .xlsx, fonts .VnTime.",
         xlsx(each(lower, tcvn3), lambda book, _pages: [form.set_font_name(".VnTime") for form in book.formats]), nga,
         **old)  # fmt: skip
    case("tcvn3_khong_phong.csv", "TCVN3 bytes in a .csv: only impossible letters tell.",
         text(each(lower, tcvn3), between=";", encoding="latin-1"), nga, sheet="", **old)  # fmt: skip
    case("vni_khong_phong.csv", "VNI bytes in a .csv.", text(each(lower, vni), between=",", encoding="cp1252"), nga,
         sheet="", **old)  # fmt: skip
    french: list[list[Any]] = [
        ROWS[0],
        [1, "Lê Văn Pốp", 1961, 4, "0510334001", "café Hoàng – “ngon”"],
        [2, "Đỗ Thị Ân", 1962, 3, "", ""],
    ]
    case("khong_phai_phong_cu.xlsx", "Unicode with French letters, a dash and quotes: not an old font.", xlsx(french),
         [home(2, "Lê Văn Pốp", 1961, "0510334001", 4, note="café Hoàng – “ngon”"), home(3, "Đỗ Thị Ân", 1962, "", 3)],
         options=HERE)  # fmt: skip
