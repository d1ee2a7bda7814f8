"""What an .ods tells beside its cells: hidden rows, rows that are struck out, notes on cells. Runs in the box only."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from xml.etree import ElementTree
from xml.sax.saxutils import unescape

from communities.spreadsheet.beside import TOLD, is_struck_row
from communities.spreadsheet.book import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Grid

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_DAY_ONE = date(1899, 12, 30)
_NULL_DATE = re.compile(rb'<table:null-date[^<>]*date-value="(\d{4})-(\d\d)-(\d\d)')


def beginning(xml: bytes) -> date:
    """The day from which a document counts its days."""
    told = _NULL_DATE.search(xml)
    try:
        return date(*map(int, told.groups())) if told else _DAY_ONE
    except ValueError:
        return _DAY_ONE


_TABLE = re.compile(r'<table:table [^<>]*table:name="([^"]*)"')
_ROW = re.compile(r"<table:table-row( [^<>]*)?>|<table:table ")
_REPEATED = re.compile(r'number-rows-repeated="(\d{1,7})"')
_STRUCK = re.compile(rb'text-line-through-(?:style|type)="(?!none)')


def packed(content: bytes) -> bytes:
    """A document that is one file of XML (.fods), as the archive it would be otherwise."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("mimetype", MIMETYPE, zipfile.ZIP_STORED)  # readers look for it in the bytes of the archive
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return out.getvalue()


# What stands between the tags of a document that was written for people to read; none of it is text.
_BETWEEN = re.compile(
    rb"(</?table:[^<>]*>|</text:p>|</office:annotation>)\s+|(?<=>)\s+(?=</?table:|<office:annotation)"
)
_INDENTED = re.compile(rb">\s+</?table:")


def for_reader(content: bytes, xml: bytes) -> bytes:
    """An archive as readers of cells know it: `content` itself, or packed anew where its XML has indents."""
    return packed(_BETWEEN.sub(rb"\1", xml)) if _INDENTED.search(xml) else content


def grids(xml: bytes) -> dict[str, Grid]:
    """The sheets that have something of this, without their cells."""
    found: dict[str, Grid] = {}
    if b'visibility="' in xml:
        for name, hidden in _hidden_rows(xml):
            found[name] = Grid(name, hidden_rows=frozenset(hidden))
    if b"<office:annotation" in xml or _STRUCK.search(xml):
        for grid in _marked(xml):
            seen = found.setdefault(grid.name, grid)
            seen.struck, seen.comments = grid.struck, grid.comments
    return found


def _hidden_rows(xml: bytes) -> Iterator[tuple[str, set[int]]]:
    for part in re.split(r"(?=<table:table )", xml.decode("utf-8", "replace"))[1:]:
        named = _TABLE.match(part)
        hidden: set[int] = set()
        row = 0
        for match in _ROW.finditer(part, 1):
            attributes = match[1] or ""
            repeated = _REPEATED.search(attributes)
            times = int(repeated[1]) if repeated else 1
            if 'visibility="collapse"' in attributes or 'visibility="filter"' in attributes:
                hidden |= set(range(row, row + min(times, MAX_ROWS)))
            row += times
        if named:
            yield unescape(named[1], {"&quot;": '"', "&apos;": "'"}), hidden


_TABLES = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLES = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TEXTS = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def _marked(xml: bytes) -> Iterator[Grid]:
    """The sheets with the rows that are struck out and the notes on their cells."""
    struck_styles: set[str] = set()
    grid = Grid("")
    struck: set[int] = set()
    row = 0
    for event, element in ElementTree.iterparse(io.BytesIO(xml), ["start", "end"]):  # noqa: S314 – no document type gets here, see Package.xml
        if event == "start":
            if element.tag == f"{_TABLES}table":
                grid, struck, row = Grid(element.get(f"{_TABLES}name") or ""), set(), 0
        elif element.tag == f"{_STYLES}style":
            looks = element.find(f"{_STYLES}text-properties")
            lines = looks.attrib.items() if looks is not None else ()
            if any(key.endswith(("line-through-style", "line-through-type")) and v != "none" for key, v in lines):
                struck_styles.add(element.get(f"{_STYLES}name") or "")
        elif element.tag == f"{_TABLES}table-row":
            texts = list(_read_row(element, row, struck_styles, grid))
            if is_struck_row(texts):
                struck.add(row)
            row += int(element.get(f"{_TABLES}number-rows-repeated") or 1)
            element.clear()
        elif element.tag == f"{_TABLES}table":
            grid.struck = frozenset(struck)
            yield grid
            element.clear()


def _read_row(element: ElementTree.Element, row: int, styles: set[str], grid: Grid) -> Iterator[bool]:
    """Of each text of a row, whether it is struck out; its notes go to the grid."""
    column = 0
    for cell in element:
        if cell.tag not in {f"{_TABLES}table-cell", f"{_TABLES}covered-table-cell"} or column >= MAX_COLUMNS:
            continue
        note = cell.find(f"{_OFFICE}annotation")
        said = _lines(note) if note is not None and len(grid.comments) < TOLD else ""
        if said:
            grid.comments.append((row, column, said[:MAX_CELL]))
        lines = cell.findall(f"{_TEXTS}p")
        if cell.get(f"{_OFFICE}value-type") == "string" and any("".join(line.itertext()).strip() for line in lines):
            is_struck = cell.get(f"{_TABLES}style-name") in styles
            yield is_struck or all(_is_struck_line(line, styles) for line in lines)
        column += int(cell.get(f"{_TABLES}number-columns-repeated") or 1)


def _lines(element: ElementTree.Element) -> str:
    return "\n".join("".join(line.itertext()) for line in element.iterfind(f"{_TEXTS}p")).strip()


def _is_struck_line(line: ElementTree.Element, styles: set[str]) -> bool:
    bare = (line.text or "") + "".join(part.tail or "" for part in line)
    parts = [part for part in line if "".join(part.itertext()).strip()]
    return not bare.strip() and all(part.get(f"{_TEXTS}style-name") in styles for part in parts)
