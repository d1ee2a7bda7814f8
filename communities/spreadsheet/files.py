"""What an uploaded file is, by its first bytes. Nothing is unpacked here; the name decides nothing but words."""

import re
from pathlib import PurePath

from communities.spreadsheet.book import MAX_BYTES, Unreadable

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
_MARKUP = re.compile(
    rb"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*|<\?mso[^>]*>\s*)*<(!doctype html|html|head|body|meta|table|style|div)\b",
    re.I | re.S,
)


def kind_of(content: bytes, filename: str) -> str:
    """XLSX (also .xlsm and .xlsb), XLS, ODS, TEXT or HTML. Raises Unreadable for anything else."""
    if len(content) > MAX_BYTES:
        raise Unreadable("TOO_LARGE", limit=MAX_BYTES // 1024 // 1024)
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
    if _MARKUP.match(head):
        return HTML
    if head.lstrip().startswith((b"<?xml", b"MIME-Version")):
        raise Unreadable("WEB_PAGE")  # Excel's own XML of 2003, or a page saved whole
    if _is_binary(content):
        raise Unreadable("NOT_A_SPREADSHEET")
    return TEXT


def _is_binary(content: bytes) -> bool:
    """Control characters where text has none; UTF-16 is text."""
    sample = content[:8192]
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    zeros = sample.count(0)
    if zeros and max(sample[::2].count(0), sample[1::2].count(0)) == zeros and zeros * 3 > len(sample) // 2:
        return False
    return zeros > 0 or sum(byte < 9 or 13 < byte < 27 for byte in sample) * 100 > len(sample)
