"""What an uploaded file is, by its first bytes. Nothing is unpacked here; the name decides nothing but words.

Runs in the box only. Whatever stands in front of a page is stepped over once, by hand: a pattern that may read a
comment in two ways reads sixty of them in two to the sixtieth.
"""

import re
from pathlib import PurePath

from communities.spreadsheet.book import Unreadable

XLSX, XLS, ODS, TEXT, HTML = "XLSX", "XLS", "ODS", "TEXT", "HTML"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and the envelope of a workbook with a password
_BARE_XLS = (b"\x09\x08\x10\x00\x00\x06\x05\x00", b"\x09\x08\x08\x00\x00\x05\x05\x00", b"\x09\x04\x06\x00")
_OTHERS = (
    b"%PDF",
    b"{\\rtf",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"II*\0",
    b"BM",
)
_ELEMENT = re.compile(rb"<(!doctype html|html|head|body|meta|table|style|div)\b", re.I)
_BEFORE_PAGE = ((b"<!--", b"-->"), (b"<?xml", b">"), (b"<?mso", b">"))  # how each begins and ends
_SPACE = b" \t\r\n\f\v"


def kind_of(content: bytes, filename: str) -> str:
    """XLSX (also .xlsm and .xlsb), XLS, ODS, TEXT or HTML. Raises Unreadable for anything else."""
    suffix = PurePath(filename).suffix.lower()
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Unreadable("PASSWORD")
        if "WordDocument".encode("utf-16-le") in content and "Workbook".encode("utf-16-le") not in content:
            raise Unreadable("OTHER_FORMAT", suffix=".doc")
        return XLS
    if content.startswith(_BARE_XLS):
        return XLS
    if content.startswith(b"PK\x03\x04"):
        return XLSX  # or ODS: the box looks inside
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise Unreadable("EMPTY" if suffix in {".csv", ".tsv", ".txt"} else "NOT_A_SPREADSHEET")
    if content.startswith(_OTHERS):
        if re.fullmatch(r"\.\w{1,5}", suffix) and suffix not in {
            ".xlsx",
            ".xlsm",
            ".xls",
            ".ods",
            ".csv",
            ".tsv",
            ".txt",
        }:
            raise Unreadable("OTHER_FORMAT", suffix=suffix)
        raise Unreadable("NOT_A_SPREADSHEET")
    head = content[:4096].removeprefix(b"\xef\xbb\xbf")
    if _is_page(head):
        return HTML
    if head.lstrip().startswith((b"<?xml", b"MIME-Version")):
        raise Unreadable("WEB_PAGE")  # Excel's own XML of 2003, or a page saved whole
    if _is_binary(content):
        raise Unreadable("NOT_A_SPREADSHEET")
    return TEXT


def _is_page(head: bytes) -> bool:
    """Whether the first thing behind comments and declarations is an element of a web page."""
    rest = head.lstrip(_SPACE)
    while ending := next((end for start, end in _BEFORE_PAGE if rest[:5].lower().startswith(start)), b""):
        rest = rest[4:].partition(ending)[2].lstrip(_SPACE)
    return _ELEMENT.match(rest) is not None


def _is_binary(content: bytes) -> bool:
    """Control characters where text has none; UTF-16 is text."""
    sample = content[:8192]
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    zeros = sample.count(0)
    if zeros and max(sample[::2].count(0), sample[1::2].count(0)) == zeros and zeros * 3 > len(sample) // 2:
        return False
    return zeros > 0 or sum(byte < 9 or 13 < byte < 27 for byte in sample) * 100 > len(sample)
