"""The bytes of a file → the cells of its sheets. Runs in the box only: whatever a file does, it does there.

python-calamine reads xlsx, xlsm, xlsb and ods, xlrd the old xls; formulas and macros are never run, a formula is
the value Excel left. What neither tells of an xlsx – hidden rows, old fonts, broken formulas – is looked up in
its XML, and so is whether a reader would make a rectangle of billions of cells out of two far ones.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any
from xml.etree import ElementTree

import python_calamine

from communities import encodings
from communities.spreadsheet import files, text
from communities.spreadsheet.book import MAX_COLUMNS, MAX_ROWS, Grid, Unreadable, column_index

MAX_UNPACKED_BYTES = 160 * 1024 * 1024  # 60,000 rows of 20 columns unpack to about 60 MB
_SHEETS = 200
_MERGES = 100_000
_TOLD = 1_000  # cells of one sheet that hold an error of Excel
_HEADINGS = 200  # rows beyond MAX_ROWS for titles, headers and signatures

Cells = Iterator[list[Any]]


def read(content: bytes, filename: str) -> Iterator[tuple[Grid, Cells]]:
    """The sheets with their rows, one after the other. Raises Unreadable; other errors mean a damaged file."""
    kind = files.kind_of(content, filename)
    if kind == files.TEXT:
        return iter([(Grid(""), text.records(content))])
    if kind == files.HTML:
        page = text.table(content)
        return iter([(Grid("", merges=page.merges), iter(page.rows))])
    if kind == files.XLS:
        return _xls(content)
    return _archive(content, filename)


# --- archives: xlsx, xlsm, xlsb, ods ----------------------------------------------------------------------


def _archive(content: bytes, filename: str) -> Iterator[tuple[Grid, Cells]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            extras = _inspected(archive, filename)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ElementTree.ParseError) as error:
        raise Unreadable("DAMAGED") from error
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except python_calamine.PasswordError as error:
        raise Unreadable("PASSWORD") from error
    for sheet in book.sheets_metadata[:_SHEETS]:
        if sheet.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        grid = extras.get(sheet.name) or Grid(sheet.name)
        grid.is_hidden = sheet.visible != python_calamine.SheetVisibleEnum.Visible
        if grid.is_hidden:
            yield grid, iter(())
            continue
        page = book.get_sheet_by_name(sheet.name)
        if page.end is not None and page.end[1] >= MAX_COLUMNS and not _is_narrow(page):
            raise Unreadable("TOO_MANY_COLUMNS", limit=MAX_COLUMNS)
        grid.merges = [
            (*first, last[0], min(last[1], MAX_COLUMNS))
            for first, last in (page.merged_cell_ranges or ())[:_MERGES]
            if first[1] < MAX_COLUMNS
        ]
        yield grid, _from_a(page)


def _from_a(page: Any) -> Cells:
    """The rows from row 1 and column A, wherever the table begins."""
    left = [""] * page.start[1] if page.start is not None else []
    return (left + row for row in page.iter_rows()) if left else page.iter_rows()


def _is_narrow(page: Any) -> bool:
    """Whether the far columns hold nothing but empty texts."""
    return not any(value not in ("", None) for row in page.iter_rows() for value in row[MAX_COLUMNS:])


def _inspected(archive: zipfile.ZipFile, filename: str) -> dict[str, Grid]:
    """What the XML tells of each sheet beside its cells. Refuses what no office program writes."""
    parts = {member.filename: member for member in archive.infolist()}
    if sum(member.file_size for member in parts.values()) > MAX_UNPACKED_BYTES:
        raise Unreadable("TOO_HEAVY")
    if "xl/workbook.bin" in parts:
        return {}
    if "content.xml" in parts and "mimetype" in parts:
        return _inspected_ods(archive)
    if "xl/workbook.xml" not in parts:
        suffix = filename.lower().rpartition(".")[2]
        other = suffix if suffix in {"docx", "pptx", "odt", "zip", "numbers"} else ""
        raise Unreadable("OTHER_FORMAT", suffix=f".{other}") if other else Unreadable("NOT_A_SPREADSHEET")
    names = {f"xl/{target}": name for name, target in _sheet_parts(archive)}
    fonts = _fonts(_xml(archive, "xl/styles.xml")) if "xl/styles.xml" in parts else {}
    grids: dict[str, Grid] = {}
    for part in parts:
        if part.startswith("xl/worksheets/") and part.endswith(".xml"):
            name = names.get(part, part)
            grids[name] = _inspected_sheet(name, _xml(archive, part), fonts)
        elif part.endswith((".xml", ".rels")) and part != "xl/styles.xml":
            _xml(archive, part)
    return grids


def _xml(archive: zipfile.ZipFile, part: str) -> bytes:
    """A part of the archive, without any document type: nothing Excel writes, and the way of entity bombs."""
    xml = archive.read(part)
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or b"\0" in xml[:400]:
        raise Unreadable("DAMAGED")
    return xml


def _sheet_parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """The names of the sheets, each with its part of the archive."""
    try:
        relations = ElementTree.fromstring(_xml(archive, "xl/_rels/workbook.xml.rels"))  # noqa: S314 – no document type gets here, see _xml
    except KeyError:
        return
    targets = {one.get("Id"): (one.get("Target") or "").removeprefix("/xl/") for one in relations}
    for sheet in ElementTree.fromstring(_xml(archive, "xl/workbook.xml")).iter():  # noqa: S314 – no document type gets here, see _xml
        if sheet.tag.endswith("}sheet"):
            found = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
            if found in targets:
                yield sheet.get("name") or "", targets[found]


def _fonts(styles: bytes) -> dict[int, str]:
    """Number of a cell style → the old letters its font draws. Empty for nearly every file."""
    if not re.search(rb"[\"'](?:\.Vn|VNI)", styles, re.I):
        return {}
    root = ElementTree.fromstring(styles)  # noqa: S314 – no document type gets here, see _xml
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    fonts = [
        encodings.of_font(name.get("val") or "") if (name := font.find(f"{space}name")) is not None else ""
        for font in root.iterfind(f"{space}fonts/{space}font")
    ]
    numbers = [int(xf.get("fontId") or 0) for xf in root.iterfind(f"{space}cellXfs/{space}xf")]
    return {i: fonts[n] for i, n in enumerate(numbers) if n < len(fonts) and fonts[n]}


# No “<” inside a tag: without that rule a file of nothing but “<c <c <c …” would take hours.
# Cells with content in column GS (201) and beyond; cells that only carry a format are no content.
_FAR = re.compile(rb"r=[\"'](?:[A-Z]{3}|[H-Z][A-Z]|G[S-Z])\d")
_FAR_CELL = re.compile(
    rb"<(?:\w+:)?c\s(?:[^<>]*\s)?r=[\"'](?:[A-Z]{3}|[H-Z][A-Z]|G[S-Z])\d+[\"'](?:[^<>]*[^/<>])?>\s*<(?:\w+:)?(?:v|is|f)[\s>]"
)
_PLACE = re.compile(rb"r=[\"'][A-Z]*(\d{1,9})[\"']")
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\s(?=[^<>]*\shidden=[\"'](?:1|true)[\"'])(?:[^<>]*\s)?r=[\"'](\d+)[\"']")
_HIDDEN_COLUMNS = re.compile(rb"<(?:\w+:)?col\s(?=[^<>]*hidden=[\"'](?:1|true)[\"'])([^<>]*)>")
_STYLED = re.compile(rb"<(?:\w+:)?c\s([^<>]*)>")
_BROKEN = re.compile(
    rb"<(?:\w+:)?c\s(?=[^<>]*\st=[\"']e[\"'])(?:[^<>]*\s)?r=[\"']([A-Z]+)(\d+)[\"'][^<>]*>"
    rb"(?:<f[^<>]*/>|<f[^<>]*>[^<]*</f>)?<v>([^<]{2,10})</v>"
)
_UNCOUNTED = re.compile(  # a formula that nobody has let Excel work out
    rb"<c\s(?:[^<>]*\s)?r=[\"']([A-Z]+)(\d+)[\"'][^<>]*><f[^<>]*(?:/>|>([^<]*)</f>)</c>"
)


def _inspected_sheet(name: str, xml: bytes, fonts: dict[int, str]) -> Grid:
    """Hidden rows and columns, cells in old fonts, and broken formulas of one sheet."""
    start = max(xml.find(b"sheetData"), 0)
    if _FAR.search(xml, start) and _FAR_CELL.search(xml, start):
        raise Unreadable("TOO_MANY_COLUMNS", limit=MAX_COLUMNS)
    if _last_row(xml) > MAX_ROWS + _HEADINGS:
        raise Unreadable("TOO_MANY_ROWS", limit=MAX_ROWS)
    grid = Grid(name)
    if b"hidden=" in xml:
        grid.hidden_rows = frozenset(int(match[1]) - 1 for match in _HIDDEN_ROW.finditer(xml, start))
        grid.hidden_columns = frozenset(
            index
            for match in islice(_HIDDEN_COLUMNS.finditer(xml, 0, start or len(xml)), _TOLD)
            for index in _span(match[1])
        )
    if fonts:
        for match in _STYLED.finditer(xml, start):
            style, place = re.search(rb"s=[\"'](\d+)", match[1]), re.search(rb"r=[\"']([A-Z]+)(\d+)", match[1])
            if style and place and (font := fonts.get(int(style[1]))):
                grid.fonts.setdefault(int(place[2]) - 1, {})[column_index(place[1].decode())] = font
    if b't="e"' in xml or b"t='e'" in xml:
        grid.errors = [
            (int(match[2]) - 1, column_index(match[1].decode()), match[3].decode("utf-8", "replace"))
            for match in _BROKEN.finditer(xml, start)
        ][:_TOLD]
    if b"<f" in xml:
        grid.errors += [
            (
                int(match[2]) - 1,
                column_index(match[1].decode()),
                "=" + (match[3] or b"").decode("utf-8", "replace")[:40],
            )
            for match in _UNCOUNTED.finditer(xml, start)
        ][:_TOLD]
    return grid


def _last_row(xml: bytes) -> int:
    """The number of the row that holds the last value, 0 where it is not said."""
    value = max(xml.rfind(b"<v>"), xml.rfind(b"<is>"), xml.rfind(b":v>"), xml.rfind(b"<v "))
    places = _PLACE.findall(xml, max(value - 2_000, 0), max(value, 0))
    return max(map(int, places[-2:]), default=0)


def _span(attributes: bytes) -> range:
    first, last = re.search(rb"min=[\"'](\d+)", attributes), re.search(rb"max=[\"'](\d+)", attributes)
    return range(int(first[1]) - 1, min(int(last[1]), MAX_COLUMNS)) if first and last else range(0)


_ODS_TABLE = re.compile(r'<table:table [^<>]*table:name="([^"]*)"')
_ODS_ROW = re.compile(r"<table:table-row( [^<>]*)?>|<table:table ")
_ODS_REPEATED = re.compile(r'number-rows-repeated="(\d{1,7})"')


def _inspected_ods(archive: zipfile.ZipFile) -> dict[str, Grid]:
    """Hidden rows of an .ods; a password shows in the manifest."""
    if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Unreadable("PASSWORD")
    xml = _xml(archive, "content.xml")
    if b'visibility="' not in xml:
        return {}
    grids = {}
    for part in re.split(r"(?=<table:table )", xml.decode("utf-8", "replace"))[1:]:
        named = _ODS_TABLE.match(part)
        hidden: set[int] = set()
        row = 0
        for match in _ODS_ROW.finditer(part, 1):
            attributes = match[1] or ""
            repeated = _ODS_REPEATED.search(attributes)
            times = int(repeated[1]) if repeated else 1
            if 'visibility="collapse"' in attributes or 'visibility="filter"' in attributes:
                hidden |= set(range(row, row + min(times, MAX_ROWS)))
            row += times
        if named:
            grids[named[1]] = Grid(named[1], hidden_rows=frozenset(hidden))
    return grids


# --- xls --------------------------------------------------------------------------------------------------


def _xls(content: bytes) -> Iterator[tuple[Grid, Cells]]:
    import xlrd

    try:
        book = xlrd.open_workbook(
            file_contents=content, logfile=io.StringIO(), formatting_info=True, ragged_rows=True, on_demand=True
        )
        sheets = [book.sheet_by_index(i) for i in range(min(book.nsheets, _SHEETS))]
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise Unreadable("PASSWORD") from error
        raise Unreadable("DAMAGED") from error
    fonts = {
        i: found
        for i, xf in enumerate(book.xf_list)
        if xf.font_index < len(book.font_list) and (found := encodings.of_font(book.font_list[xf.font_index].name))
    }
    for sheet in sheets:
        grid = Grid(sheet.name, is_hidden=sheet.visibility != 0)
        if grid.is_hidden:
            yield grid, iter(())
            continue
        grid.merges = [(top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells]
        grid.hidden_rows = frozenset(i for i, info in sheet.rowinfo_map.items() if info.hidden)
        grid.hidden_columns = frozenset(i for i, info in sheet.colinfo_map.items() if info.hidden)
        errors = xlrd.error_text_from_code
        for i in range(sheet.nrows):
            types = sheet.row_types(i)
            for j, kind in enumerate(types):
                if kind == xlrd.XL_CELL_ERROR:
                    grid.errors.append((i, j, errors.get(sheet.cell_value(i, j), "#")))
                elif fonts and kind == xlrd.XL_CELL_TEXT and (font := fonts.get(sheet.cell_xf_index(i, j))):
                    grid.fonts.setdefault(i, {})[j] = font
        yield grid, (_xls_row(sheet, i, book.datemode) for i in range(sheet.nrows))


def _xls_row(sheet: Any, index: int, mode: int) -> list[Any]:
    """Dates as dates, errors and blanks as nothing (types: 0 empty, 1 text, 2 number, 3 date, 4 boolean, 5 error)."""
    row = []
    for value, kind in zip(sheet.row_values(index), sheet.row_types(index), strict=True):
        if kind == 3:
            row.append(_day(value, mode))
        elif kind == 4:
            row.append(bool(value))
        else:
            row.append(value if kind in (1, 2) else "")
    return row


def _day(value: float, mode: int) -> Any:
    """The day of a serial number, or the number where it is none."""
    from xlrd.xldate import XLDateError, xldate_as_datetime

    try:
        return xldate_as_datetime(value, mode).date() if value >= 1 else value
    except (XLDateError, ValueError, OverflowError):
        return value


def plain(value: Any) -> Any:
    """A cell as it is handed out of the box: text, int, float or [year, month, day]."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "x" if value else ""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, datetime | date):
        return [value.year, value.month, value.day]
    return value if isinstance(value, int) else str(value if value is not None else "")
