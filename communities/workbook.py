"""What an uploaded file is, before anything reads it: a workbook of bearable size, or refused.

Pure. A reader makes the whole rectangle between the first and the last cell, and unpacks whatever the archive
holds; so both are measured here first. Nothing of a refused file is unpacked beyond what it admits to hold.
"""

import io
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 120 * 1024 * 1024  # 60,000 rows of 20 columns unpack to about 60 MB
MAX_TEXT_BYTES = 80 * 1024 * 1024  # of one sheet, each cell with the whole text it points to
MAX_ROWS = 60_000
MAX_COLUMNS = 200

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and the envelope of a workbook with a password


class Unreadable(Exception):
    """The file cannot be read as a household list. `kind` says why, `details` fill the sentence for people.

    NOT_A_SPREADSHEET · OTHER_FORMAT (suffix) · PASSWORD · DAMAGED · TOO_LARGE (limit) · TOO_MANY_ROWS (limit) ·
    TOO_MANY_COLUMNS (limit) · EMPTY · NO_HEADER · PERSON_ROWS (one row per person, not per household)
    """

    def __init__(self, kind: str, **details: Any) -> None:
        super().__init__(kind)
        self.kind = kind
        self.details = details


def check(content: bytes, filename: str) -> None:
    """Refuse what is no workbook, and what would unpack to more than a household list can be."""
    suffix = Path(filename).suffix.lower()
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Unreadable("PASSWORD")
        return
    if not content.startswith(b"PK\x03\x04"):
        if suffix in {".csv", ".txt", ".ods", ".pdf", ".doc", ".docx"}:
            raise Unreadable("OTHER_FORMAT", suffix=suffix)
        raise Unreadable("NOT_A_SPREADSHEET")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Unreadable("DAMAGED") from error
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise Unreadable("OTHER_FORMAT", suffix=suffix) if suffix == ".ods" else Unreadable("NOT_A_SPREADSHEET")
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise Unreadable("TOO_LARGE", limit=MAX_BYTES // 1024 // 1024)
    strings: list[int] = []
    # The shared strings first: what a sheet holds is known only with them.
    for member in sorted(members, key=lambda member: not member.filename.lower().endswith("sharedstrings.xml")):
        if not member.filename.lower().endswith((".xml", ".rels")):
            continue  # pictures and the like are never unpacked
        text = _unpack(content, member)
        if member.filename.lower().endswith("sharedstrings.xml"):
            strings += [len(part) for part in re.split(rb"<(?:\w+:)?si[\s/>]", text)[1:]]
        if member.filename.startswith("xl/worksheets/"):
            _check_extent(text)
            _check_weight(text, strings)


def _unpack(content: bytes, member: zipfile.ZipInfo) -> bytes:
    """A member of the archive, refused when it holds more than its own header admits."""
    head = content[member.header_offset : member.header_offset + 30]
    if (
        len(head) < 30
        or member.flag_bits & 0x1
        or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    ):
        raise Unreadable("DAMAGED")
    name_length, extra_length = struct.unpack("<HH", head[26:30])
    start = member.header_offset + 30 + name_length + extra_length
    packed = content[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        return packed
    try:
        text = zlib.decompressobj(-15).decompress(packed, member.file_size + 1)
    except zlib.error as error:
        raise Unreadable("DAMAGED") from error
    if len(text) > member.file_size:
        raise Unreadable("TOO_LARGE", limit=MAX_BYTES // 1024 // 1024)
    return text


# No “<” inside a tag: without that rule a file of nothing but “<c <c <c …” would take hours.
# Cells with content in column GS (201) and beyond; cells that only carry a format are no content.
_FAR_CELL = re.compile(rb"<(?:\w+:)?c\s(?:[^<>]*\s)?r=[\"'](?:[A-Z]{3,}|[H-Z][A-Z]|G[S-Z])\d+[\"'](?:[^<>]*[^/<>])?>")
_ROW = re.compile(rb"<(?:\w+:)?row\s(?:[^<>]*\s)?r=[\"'](\d+)[\"']([^<>]*)>")
_CELL_ROW = re.compile(rb"<(?:\w+:)?c\s(?:[^<>]*\s)?r=[\"'][A-Z]+(\d{5,})[\"'](?:[^<>]*[^/<>])?>")


def _check_extent(text: bytes) -> None:
    """Refuse content far out before a reader makes the whole rectangle: two cells can span 17 billion."""
    if b"\0" in text[:400]:  # UTF-16: nothing Excel writes, and a way around these patterns
        raise Unreadable("DAMAGED")
    if _FAR_CELL.search(text):
        raise Unreadable("TOO_MANY_COLUMNS", limit=MAX_COLUMNS)
    numbers = (int(match[1]) for match in _CELL_ROW.finditer(text))
    if max(numbers, default=0) > MAX_ROWS or any(
        int(match[1]) > MAX_ROWS and not match[2].endswith(b"/") and b"<v" in text[match.end() : match.end() + 2000]
        for match in _ROW.finditer(text)
        if len(match[1]) >= 5
    ):
        raise Unreadable("TOO_MANY_ROWS", limit=MAX_ROWS)


_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^<>]*)?>([^<]*)")


def _check_weight(text: bytes, strings: list[int]) -> None:
    """Refuse a sheet whose cells point at long shared texts so often that they would fill the memory."""
    longest = max(strings, default=0)
    if longest * text.count(b"</") <= MAX_TEXT_BYTES:
        return
    weight = 0
    for value in _VALUE.findall(text):
        if value.isdigit() and len(value) < 10:
            weight += strings[int(value)] if int(value) < len(strings) else 0
        elif not value or b"&" in value:
            weight += longest  # written in a way Excel does not write it: the careful answer
    if weight > MAX_TEXT_BYTES:
        raise Unreadable("TOO_LARGE", limit=MAX_BYTES // 1024 // 1024)
