"""What the XML of a sheet tells beside its cells: what is hidden, struck out, in old letters, noted or broken.

No reader of cells tells it. Each is looked for only where the file has such a thing at all. Runs in the box only.
"""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from xml.etree import ElementTree

from communities import encodings
from communities.spreadsheet.book import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Grid, Unreadable, column_index
from communities.spreadsheet.packages import Package, Page

#: A day this soon after the beginning of Excel's count (30 September 1905) is a number that somebody formatted as a
#: date: members of a household, a running number, a year of birth. Nobody on a list was born before it.
SMALL = 2_100
TOLD = 1_000  # cells of one sheet that hold an error of Excel, or a comment
_HEADINGS = 200  # rows beyond MAX_ROWS for titles, headers and signatures


@dataclass(slots=True)
class Looks:
    """The styles of a workbook that tell something: the number of a style → the old letters of its font; those that
    strike out; and which of the texts that all sheets share are struck out themselves."""

    fonts: dict[int, str] = field(default_factory=dict)
    struck: set[int] = field(default_factory=set)
    struck_texts: set[int] = field(default_factory=set)


def looks(package: Package) -> Looks:
    """The styles of a workbook, of which nearly every file has none that tells anything."""
    found = Looks()
    if part := package.part_of("styles"):
        styles = package.xml(part)
        if re.search(rb"[\"'](?:\.Vn|VNI)", styles, re.I) or b"strike" in styles:
            _read_styles(styles, found)
    if part := package.part_of("sharedStrings"):
        texts = package.xml(part)
        if b"strike" in texts:
            items = enumerate(islice(_ITEM.split(texts), 1, None))
            found.struck_texts = {number for number, item in items if _is_struck(item)}
    return found


def _read_styles(styles: bytes, found: Looks) -> None:
    root = ElementTree.fromstring(styles)  # noqa: S314 – no document type gets here, see Package.xml
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    fonts = list(root.iterfind(f"{space}fonts/{space}font"))
    names = [
        encodings.of_font(name.get("val") or "") if (name := font.find(f"{space}name")) is not None else ""
        for font in fonts
    ]
    strikes = [
        (strike := font.find(f"{space}strike")) is not None and strike.get("val") not in ("0", "false")
        for font in fonts
    ]
    for number, style in enumerate(root.iterfind(f"{space}cellXfs/{space}xf")):
        font = int(style.get("fontId") or 0)
        if font < len(fonts):
            if names[font]:
                found.fonts[number] = names[font]
            if strikes[font]:
                found.struck.add(number)


_ITEM = re.compile(rb"<(?:\w+:)?si[\s>/]")
_RUN = re.compile(rb"<(?:\w+:)?r>")
_STRIKE = re.compile(rb"<(?:\w+:)?strike(?!\s+val=[\"'](?:0|false)[\"'])[\s/>]")
_LETTERS = re.compile(rb"<(?:\w+:)?t(?:\s[^<>]*)?>\s*[^\s<]")


def _is_struck(rich: bytes) -> bool:
    """Whether all that can be read of a text in several looks is struck out."""
    if b"strike" not in rich:
        return False
    bare, *runs = _RUN.split(rich)
    read = [run for run in runs if _LETTERS.search(run)]
    return bool(read) and all(_STRIKE.search(run) for run in read) and not _LETTERS.search(bare)


# No “<” inside a tag: without that rule a file of nothing but “<c <c <c …” would take hours.
# Cells with content in column GS (201) and beyond; cells that only carry a format are no content.
_FAR = re.compile(rb"r=[\"'](?:[A-Z]{3}|[H-Z][A-Z]|G[S-Z])\d")
_FAR_CELL = re.compile(
    rb"<(?:\w+:)?c\s(?:[^<>]*\s)?r=[\"'](?:[A-Z]{3}|[H-Z][A-Z]|G[S-Z])\d+[\"'](?:[^<>]*[^/<>])?>\s*<(?:\w+:)?(?:v|is|f)[\s>]"
)
_PLACE = re.compile(rb"r=[\"'][A-Z]*(\d{1,9})[\"']")
_HIDDEN_COLUMNS = re.compile(rb"<(?:\w+:)?col\s(?=[^<>]*hidden=[\"'](?:1|true)[\"'])([^<>]*)>")
_ROW = re.compile(rb"<(?:\w+:)?row(\s[^<>]*)?>")
_CELL = re.compile(rb"<(?:\w+:)?c(\s[^<>]*)?>")
_IS_HIDDEN = re.compile(rb"\shidden=[\"'](?:1|true)[\"']")
_NUMBER = re.compile(rb"\sr=[\"'](\d{1,7})[\"']")
_COLUMN = re.compile(rb"\sr=[\"']([A-Z]{1,3})\d")
_STYLE = re.compile(rb"\ss=[\"'](\d{1,7})[\"']")
_TEXT = re.compile(rb"\st=[\"'](?:s|str|inlineStr)[\"']")
_SHARED = re.compile(rb"\st=[\"']s[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^<>]*)?>\s*([^<]{1,400})")
_CONTENT = re.compile(rb"<(?:\w+:)?[vt](?:\s[^<>]*)?>\s*[^\s<]")
_BROKEN = re.compile(
    rb"<(?:\w+:)?c\s(?=[^<>]*\st=[\"']e[\"'])(?:[^<>]*\s)?r=[\"']([A-Z]+)(\d+)[\"'][^<>]*>"
    rb"(?:<f[^<>]*/>|<f[^<>]*>[^<]*</f>)?<v>([^<]{2,10})</v>"
)
_UNCOUNTED = re.compile(  # a formula that nobody has let Excel work out
    rb"<c\s(?:[^<>]*\s)?r=[\"']([A-Z]+)(\d+)[\"'][^<>]*><f[^<>]*(?:/>|>([^<]*)</f>)</c>"
)


def of_page(package: Package, page: Page, told: Looks) -> Grid:
    """A sheet without its cells. Of a hidden one only how many rows it has. Raises Unreadable."""
    xml = package.xml(page.part)
    start = max(xml.find(b"sheetData"), 0)
    grid = Grid(page.name, is_hidden=page.state != "visible")
    if grid.is_hidden:
        grid.unread = sum(_CONTENT.search(xml, *span) is not None for _, _, span in _rows(xml, start))
        return grid
    if _FAR.search(xml, start) and _FAR_CELL.search(xml, start):
        raise Unreadable("TOO_MANY_COLUMNS", limit=MAX_COLUMNS)
    if _last_row(xml) > MAX_ROWS + _HEADINGS:
        raise Unreadable("TOO_MANY_ROWS", limit=MAX_ROWS)
    if b"hidden=" in xml:
        grid.hidden_rows = frozenset(row for row, tag, _ in _rows(xml, start) if _IS_HIDDEN.search(tag))
        grid.hidden_columns = frozenset(
            index
            for match in islice(_HIDDEN_COLUMNS.finditer(xml, 0, start or len(xml)), TOLD)
            for index in _span(match[1])
        )
    if told.fonts:
        styled = _one_of(told.fonts)
        for row, _, span in _rows(xml, start):
            if styled.search(xml, *span):
                grid.fonts[row] = {
                    column: told.fonts[style] for column, style, _, _ in _cells(xml, span) if style in told.fonts
                }
    if told.struck or told.struck_texts or b"strike" in xml:
        grid.struck = frozenset(_struck(xml, start, told))
    if b't="e"' in xml or b"t='e'" in xml:
        grid.errors = [
            (int(match[2]) - 1, column_index(match[1].decode()), match[3].decode("utf-8", "replace"))
            for match in islice(_BROKEN.finditer(xml, start), TOLD)
        ]
    if b"<f" in xml:
        grid.errors += [
            (
                int(match[2]) - 1,
                column_index(match[1].decode()),
                "=" + (match[3] or b"").decode("utf-8", "replace")[:40],
            )
            for match in islice(_UNCOUNTED.finditer(xml, start), TOLD)
        ]
    grid.comments = _comments(package, page.part)
    return grid


def _rows(xml: bytes, start: int) -> Iterator[tuple[int, bytes, tuple[int, int]]]:
    """Index, attributes and extent of each row; one without a number follows the one before."""
    index, tag, begin = -1, None, 0
    for match in _ROW.finditer(xml, start):
        if tag is not None:
            yield index, tag, (begin, match.start())
        tag, begin = match[1] or b"", match.end()
        index = int(number[1]) - 1 if (number := _NUMBER.search(tag)) else index + 1
    if tag is not None:
        yield index, tag, (begin, len(xml))


def _cells(xml: bytes, span: tuple[int, int]) -> Iterator[tuple[int, int, bytes, tuple[int, int]]]:
    """Column, style, attributes and extent of each cell of a row."""
    column, tag, begin = -1, None, 0
    for match in _CELL.finditer(xml, *span):
        if tag is not None:
            yield column, _style(tag), tag, (begin, match.start())
        tag, begin = match[1] or b"", match.end()
        column = column_index(place[1].decode()) if (place := _COLUMN.search(tag)) else column + 1
    if tag is not None:
        yield column, _style(tag), tag, (begin, span[1])


def _style(tag: bytes) -> int:
    found = _STYLE.search(tag)
    return int(found[1]) if found else 0


def _one_of(styles: Iterable[int]) -> re.Pattern[bytes]:
    """A tag of a cell in one of these styles; style 0 is not written."""
    some = list(styles)
    return re.compile(rb"<" if 0 in some else rb"\ss=[\"'](?:%s)[\"']" % b"|".join(b"%d" % one for one in some))


def is_struck_row(texts: list[bool]) -> bool:
    """Whether a row counts as struck out, by its texts: its first, mostly a name, or more than half of them."""
    return bool(texts) and (texts[0] or sum(texts) * 2 > len(texts))


def _struck(xml: bytes, start: int, told: Looks) -> Iterator[int]:
    """The rows whose first text, mostly a name, or most of whose texts are struck out."""
    styled = _one_of(told.struck) if told.struck else None
    for row, _, span in _rows(xml, start):
        if not (told.struck_texts or (styled and styled.search(xml, *span)) or _STRIKE.search(xml, *span)):
            continue
        struck = [
            style in told.struck
            or (_SHARED.search(tag) is not None and _shared(xml, extent) in told.struck_texts)
            or _is_struck(xml[slice(*extent)])
            for _, style, tag, extent in _cells(xml, span)
            if _TEXT.search(tag) and _CONTENT.search(xml, *extent)
        ]
        if is_struck_row(struck):
            yield row


def _shared(xml: bytes, extent: tuple[int, int]) -> int:
    value = _VALUE.search(xml, *extent)
    return int(value[1]) if value and value[1].strip().isdigit() else -1


def _comments(package: Package, part: str) -> list[tuple[int, int, str]]:
    """What people noted on cells, in threads or as of old, up to TOLD. An old note of a thread only repeats it."""
    said: dict[tuple[int, int], str] = {}
    listed = sorted(package.relations(part).values(), key=lambda one: one.kind == "comments")
    for relation in listed:
        if relation.part and relation.kind in {"comments", "threadedComment"}:
            is_thread = relation.kind == "threadedComment"
            known = frozenset() if is_thread else frozenset(said)
            for place, text in _notes(package.xml(relation.part)):
                if place in known or not text.strip():
                    continue
                if place not in said and len(said) >= TOLD:
                    break
                said[place] = (said[place] + "\n" + text if place in said else text)[:MAX_CELL]
    return [(row, column, text) for (row, column), text in sorted(said.items())]


def _notes(xml: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    for _, element in ElementTree.iterparse(io.BytesIO(xml)):  # noqa: S314 – no document type gets here, see Package.xml
        if element.tag.rpartition("}")[2] in {"comment", "threadedComment"}:
            place = re.fullmatch(r"\$?([A-Z]{1,3})\$?(\d{1,7})", element.get("ref") or "")
            if place:
                yield (int(place[2]) - 1, column_index(place[1])), "".join(element.itertext())[: MAX_CELL * 2]
            element.clear()


def _last_row(xml: bytes) -> int:
    """The number of the row that holds the last value, 0 where it is not said."""
    value = max(xml.rfind(b"<v>"), xml.rfind(b"<is>"), xml.rfind(b":v>"), xml.rfind(b"<v "))
    places = _PLACE.findall(xml, max(value - 2_000, 0), max(value, 0))
    return max(map(int, places[-2:]), default=0)


def _span(attributes: bytes) -> range:
    first, last = re.search(rb"min=[\"'](\d+)", attributes), re.search(rb"max=[\"'](\d+)", attributes)
    return range(int(first[1]) - 1, min(int(last[1]), MAX_COLUMNS)) if first and last else range(0)


_SMALL_NUMBER = re.compile(  # as Excel writes its attributes; a file has hundreds of thousands of cells
    rb"<c r=\"([A-Z]{1,3})(\d{1,7})\" s=\"\d+\">(?:<f>[^<]*</f>)?<v>(-?\d{1,4}(?:\.\d{1,20})?)<"
)


def small_numbers(package: Package, part: str) -> dict[tuple[int, int], float]:
    """The numbers below SMALL that stand on a sheet in some style, by row and column, whatever it makes of them."""
    xml = package.xml(part)
    columns: dict[bytes, int] = {}
    found: dict[tuple[int, int], float] = {}
    for match in _SMALL_NUMBER.finditer(xml):
        letters, row, number = match.groups()
        if (column := columns.get(letters)) is None:
            column = columns[letters] = column_index(letters.decode())
        found[int(row) - 1, column] = float(number)
    return found or _counted_numbers(xml, max(xml.find(b"sheetData"), 0))


def _counted_numbers(xml: bytes, start: int) -> dict[tuple[int, int], float]:
    return {
        (row, column): number
        for row, _, span in _rows(xml, start)
        for column, _, _, extent in _cells(xml, span)
        if (number := _number(xml, extent)) is not None and number < SMALL
    }


def _number(xml: bytes, extent: tuple[int, int]) -> float | None:
    value = _VALUE.search(xml, *extent)
    try:
        return float(value[1]) if value else None
    except ValueError:
        return None
