"""Writes small files of every format, the same bytes on every run.

Where a library would put the thing right (a wrong dimension, an inline string), the XML is edited or written by hand.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter
import xlwt  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet

Rows = Sequence[Sequence[Any]]
MADE_AT = datetime(2026, 10, 1, 8, 0)  # noqa: DTZ001 - Office files know no time zone
_DATA = Path(__file__).parents[3] / "communities" / "data"


class Formula(str):
    """A formula cell; `value` is what Excel has last calculated, None for nothing."""

    value: Any = None

    def __new__(cls, text: str, value: Any = None) -> "Formula":
        """`Formula("=1+1", 2)`."""
        made = super().__new__(cls, text)
        made.value = value
        return made


# --- xlsx ---------------------------------------------------------------------------------------------


def xlsx(sheets: Mapping[str, Rows] | Rows, then: Callable[[Any, dict[str, Worksheet]], Any] | None = None) -> bytes:
    """A workbook of the rows given; `then(book, pages)` merges, hides and colours."""
    buffer = io.BytesIO()
    named = sheets if isinstance(sheets, Mapping) else {"Sheet1": sheets}
    with xlsxwriter.Workbook(buffer, {"default_date_format": "dd/mm/yyyy"}) as book:
        book.set_properties({"created": MADE_AT, "author": "", "comments": ""})
        pages = {name: book.add_worksheet(name) for name in named}
        for name, rows in named.items():
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    _write(pages[name], number, column, value)
        if then:
            then(book, pages)
    return buffer.getvalue()


def _write(page: Worksheet, row: int, column: int, value: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, Formula):
        page.write_formula(row, column, str(value), None, "" if value.value is None else value.value)
    elif isinstance(value, (date, datetime)):
        page.write_datetime(row, column, value)
    elif isinstance(value, str):
        page.write_string(row, column, value)
    else:
        page.write(row, column, value)


def edited(content: bytes, edits: Mapping[str, Callable[[str], str]]) -> bytes:
    """The archive with some of its texts changed. A change that changes nothing is a mistake of the caller."""
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        for name in source.namelist():
            old = source.read(name)
            parts[name] = edits[name](old.decode()).encode() if name in edits else old
            assert name not in edits or parts[name] != old, f"{name} is as it was"
    return zipped(parts)


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    """A zip archive, every member of the same day."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in parts.items():
            member = zipfile.ZipInfo(name, MADE_AT.timetuple()[:6])
            member.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            target.writestr(member, content)
    return buffer.getvalue()


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def raw_xlsx(sheets: Mapping[str, str]) -> bytes:
    """The least an .xlsx can be, as small exporters write it: `sheets` gives the inside of each `<worksheet>`."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    numbered = list(enumerate(sheets.items(), start=1))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'{head}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
            for n, _sheet in numbered
        )
        + "</Types>",
        "_rels/.rels": f'{head}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{head}<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>'
        + "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, (name, _xml) in numbered)
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{head}<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{n}" Type="{_REL}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n, _sheet in numbered
        )
        + "</Relationships>",
    }
    for n, (_name, xml) in numbered:
        parts[f"xl/worksheets/sheet{n}.xml"] = f'{head}<worksheet xmlns="{_MAIN}">{xml}</worksheet>'
    return zipped(parts)


def inline_rows(rows: Rows, *, addresses: bool = True) -> str:
    """`<sheetData>` with inline strings; without `addresses`, cells and rows do not say where they are."""
    written = []
    for number, row in enumerate(rows, start=1):
        cells = []
        for column, value in enumerate(row):
            if addresses and value in ("", None):
                continue
            place = f' r="{chr(65 + column)}{number}"' if addresses else ""
            if isinstance(value, str):
                cells.append(f'<c{place} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>')
            else:
                cells.append(f"<c{place}><v>{value}</v></c>")
        place = f' r="{number}"' if addresses else ""
        written.append(f"<row{place}>{''.join(cells)}</row>")
    return f"<sheetData>{''.join(written)}</sheetData>"


# --- xls ----------------------------------------------------------------------------------------------


def xls(
    sheets: Mapping[str, Rows] | Rows,
    *,
    fonts: Mapping[int, str] | None = None,
    font: str = "Arial",
    struck: Mapping[str, set[int]] | None = None,
) -> bytes:
    """An Excel 97 file; `font` everywhere but in the rows (counted from 1) of `fonts`. A date is a date cell. In the
    rows of `struck`, by sheet, a line goes through every cell."""
    book = xlwt.Workbook(encoding="utf-8")
    book.set_owner("")
    styles: dict[tuple[str, bool, bool], xlwt.XFStyle] = {}
    named = sheets if isinstance(sheets, Mapping) else {"Sheet1": sheets}
    for name, rows in named.items():
        page = book.add_sheet(name)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if value in ("", None):
                    continue
                is_struck = number in (struck or {}).get(name, ())
                key = ((fonts or {}).get(number, font), isinstance(value, date), is_struck)
                if key not in styles:
                    styles[key] = style = xlwt.XFStyle()
                    style.font.name, style.font.struck_out = key[0], is_struck
                    style.num_format_str = "DD/MM/YYYY" if key[1] else "General"
                page.write(number - 1, column, value, styles[key])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


# --- ods ----------------------------------------------------------------------------------------------

_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_URN = "urn:oasis:names:tc:opendocument:xmlns"


def ods(sheets: Mapping[str, Rows] | Rows, *, offset: tuple[int, int] = (0, 0), tail: bool = True) -> bytes:
    """As LibreOffice writes it: empty cells and rows as repetitions, and (`tail`) a million of them at the end."""
    named = sheets if isinstance(sheets, Mapping) else {"Sheet1": sheets}
    tables = []
    for name, rows in named.items():
        down, right = offset
        lines = [_ods_gap(down)] if down else []
        for row in rows:
            cells = [f'<table:table-cell table:number-columns-repeated="{right}"/>'] if right else []
            cells += [_ods_cell(value) for value in row]
            cells += ['<table:table-cell table:number-columns-repeated="1000"/>'] if tail else []
            lines.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
        lines += [_ods_gap(1_048_000)] if tail else []
        tables.append(f'<table:table table:name="{escape(name)}">{"".join(lines)}</table:table>')
    spaces = " ".join(f'xmlns:{short}="{_URN}:{short}:1.0"' for short in ("office", "table", "text", "style"))
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.3">'
        f"<office:body><office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{_URN}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    return zipped({"mimetype": _ODS, "content.xml": content, "META-INF/manifest.xml": manifest})


def _ods_gap(rows: int) -> str:
    return (
        f'<table:table-row table:number-rows-repeated="{rows}">'
        '<table:table-cell table:number-columns-repeated="1024"/></table:table-row>'
    )


def _ods_cell(value: Any) -> str:
    if value in ("", None):
        return "<table:table-cell/>"
    if isinstance(value, date):
        shown = value.strftime("%d/%m/%Y")
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{value:%Y-%m-%d}">'
            f"<text:p>{shown}</text:p></table:table-cell>"
        )
    if isinstance(value, (int, float)):
        return (
            f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p>'
            "</table:table-cell>"
        )
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in str(value).split("\n"))
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'


# --- text ---------------------------------------------------------------------------------------------


def text(rows: Rows, *, between: str = ",", encoding: str = "utf-8", first: str = "", end: str = "\r\n") -> bytes:
    """Values between commas (semicolons, tabs); `first` is a line before all others."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=between, lineterminator=end).writerows(rows)
    return (first + buffer.getvalue()).encode(encoding)


def windows_1258(rows: Rows, *, between: str = ",") -> bytes:
    """As an old Windows saves it: a letter with its hat in one byte, the tone in the next."""
    plain = text(rows, between=between).decode()
    return "".join(_with_tone_apart(letter) for letter in unicodedata.normalize("NFC", plain)).encode("cp1258")


def _with_tone_apart(letter: str) -> str:
    try:
        letter.encode("cp1258")
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", letter)
        tone = next(mark for mark in parts if mark in "\u0300\u0301\u0303\u0309\u0323")
        return unicodedata.normalize("NFC", parts.replace(tone, "")) + tone
    return letter


# --- old fonts ----------------------------------------------------------------------------------------


def _letters(file: str, seen: str) -> dict[str, str]:
    with (_DATA / file).open(encoding="utf-8", newline="") as source:
        return {row["unicode"]: row[seen] for row in csv.DictReader(source)}


def tcvn3(words: str) -> str:
    """Words as an old .VnTime document holds them, seen by a program that knows no fonts."""
    return _old(words, _letters("legacy_tcvn3.csv", "seen_as_cp1252"))


def vni(words: str) -> str:
    """Words as a VNI-Times document holds them."""
    return _old(words, _letters("legacy_vni.csv", "vni_cp1252"))


def _old(words: str, table: Mapping[str, str]) -> str:
    made = []
    for letter in unicodedata.normalize("NFC", words):
        assert letter in table or letter.isascii() or letter in "ìíÌÍ", f"the old font has no {letter}"
        made.append(table.get(letter, letter))
    return "".join(made)


def each(rows: Rows, change: Callable[[str], str]) -> list[list[Any]]:
    """The rows with every text changed."""
    return [[change(value) if isinstance(value, str) else value for value in row] for row in rows]


def without(pattern: str, put: str = "") -> Callable[[str], str]:
    """An edit for `edited`: the first match of a pattern replaced."""
    return lambda xml: re.sub(pattern, put, xml, count=1, flags=re.DOTALL)


def bordered(page: Worksheet, form: Any, rows: Iterable[int], columns: int) -> None:
    """Cells that hold nothing but a border."""
    for row in rows:
        for column in range(columns):
            page.write_blank(row, column, None, form)


def zipped_text(content: bytes, part: str, old: str, new: str) -> bytes:
    """The archive with one text in one part replaced."""
    return edited(content, {part: lambda xml: xml.replace(old, new)})
