"""What an uploaded file is, by its first bytes. Nothing is unpacked here; the name decides nothing but words.

Runs in the box only. Whatever stands in front of a page is stepped over once, by hand: a pattern that may read a
comment in two ways reads sixty of them in two to the sixtieth.
"""

import re
from pathlib import PurePath

from communities.spreadsheet.book import Unreadable
from communities.spreadsheet.opendocument import MIMETYPE
from communities.spreadsheet.packages import Package
from communities.spreadsheet.xmlbook import NAMESPACE

XLSX, XLS, ODS, TEXT, HTML, XML_2003, FLAT_ODS = "XLSX", "XLS", "ODS", "TEXT", "HTML", "XML_2003", "FLAT_ODS"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and the envelope of a workbook with a password
_BARE_XLS = (b"\x09\x08\x10\x00\x00\x06\x05\x00", b"\x09\x08\x08\x00\x00\x05\x05\x00", b"\x09\x04\x06\x00")
_OTHERS = {
    b"%PDF": "PDF_FILE",
    b"{\\rtf": "WORD_FILE",
    b"Rar!": "ARCHIVE",
    b"7z\xbc\xaf": "ARCHIVE",
    b"\x1f\x8b": "ARCHIVE",
    b"\x89PNG": "PICTURE",
    b"\xff\xd8\xff": "PICTURE",
    b"GIF8": "PICTURE",
    b"II*\0": "PICTURE",
    b"MM\0*": "PICTURE",
    b"BM": "PICTURE",
    b"RIFF": "PICTURE",
}
_PHOTOS = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif")  # of a telephone, behind four bytes
_ELEMENT = re.compile(rb"<(!doctype html|html|head|body|meta|table|style|div)\b", re.I)
_BEFORE_PAGE = ((b"<!--", b"-->"), (b"<?xml", b">"), (b"<?mso", b">"))  # how each begins and ends
_SPACE = b" \t\r\n\f\v"
_JSON = re.compile(rb"[\[{]\s*[\[{\"]")


def kind_of(content: bytes, filename: str) -> str:
    """XLSX (also .xlsm, .xlsb and .ods), XLS, XML_2003, FLAT_ODS, TEXT or HTML. Raises Unreadable for anything else."""
    if content.startswith(_OLE):
        return _kind_of_ole(content)
    if content.startswith(_BARE_XLS):
        return XLS
    if content.startswith(b"PK\x03\x04"):
        return XLSX  # or ODS: the box looks inside
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        is_text = PurePath(filename).suffix.lower() in {".csv", ".tsv", ".txt"}
        raise Unreadable("EMPTY" if is_text else "NOT_A_SPREADSHEET")
    head = _read(content[:4096]).lstrip(_SPACE)
    # Two letters may begin a text as well as a picture.
    for start, kind in _OTHERS.items():
        if content.startswith(start) and (len(start) > 2 or _is_binary(content)):
            raise Unreadable(kind)
    if content[4:12] in _PHOTOS:
        raise Unreadable("PICTURE")
    if NAMESPACE.encode() in head and head.startswith(b"<") and b"<html" not in head.lower():
        return XML_2003
    if b"<office:document" in head and MIMETYPE.encode() in head:
        return FLAT_ODS
    if _is_page(head):
        return HTML
    if head.startswith(b"MIME-Version"):
        raise Unreadable("WEB_PAGE")  # a page saved whole
    if head.startswith(b"<?xml") or _JSON.match(head):
        raise Unreadable("GOOGLE_LINK" if b"docs.google.com" in head or b'"doc_id"' in head else "DATA_FILE")
    if head.startswith(b"ID;P"):
        raise Unreadable("OTHER_FORMAT", suffix=".slk")  # SYLK
    if head[:11].upper() == b"BEGIN:VCARD":
        raise Unreadable("CONTACTS")
    if _is_binary(content):
        raise Unreadable("NOT_A_SPREADSHEET")
    return TEXT


def _kind_of_ole(content: bytes) -> str:
    """What lies in the envelope of the old formats of Office."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Unreadable("PASSWORD")
    if "Workbook".encode("utf-16-le") in content or "Book".encode("utf-16-le") in content:
        return XLS
    if "WordDocument".encode("utf-16-le") in content:
        raise Unreadable("WORD_FILE")
    if "Root Entry".encode("utf-16-le") in content:  # a presentation, a mail: what is listed there is all it holds
        raise Unreadable("NOT_A_SPREADSHEET")
    raise Unreadable("DAMAGED")


def is_open_document(package: Package) -> bool:
    """Whether an archive is an .ods. Raises Unreadable where it is another document of its family."""
    mimetype = package.find("mimetype")
    if not package.find("content.xml") or not mimetype:
        return False
    said = package.archive.read(mimetype)[:200].decode("ascii", "replace").strip()
    if said.startswith("application/vnd.oasis.opendocument.text"):
        raise Unreadable("WORD_FILE")
    if said.startswith("application/vnd.oasis.opendocument.") and not said.startswith(MIMETYPE):
        raise Unreadable("NOT_A_SPREADSHEET")
    return True


def no_workbook(package: Package) -> Unreadable:
    """Why an archive holds no workbook, by what it holds."""
    if package.holds("word/"):
        return Unreadable("WORD_FILE")
    if package.holds("index/") and any(name.endswith(".iwa") for name in package.names()):
        return Unreadable("NUMBERS_FILE")
    if package.holds("ppt/") or package.find("[Content_Types].xml"):
        return Unreadable("NOT_A_SPREADSHEET")
    return Unreadable("ARCHIVE")


def _read(head: bytes) -> bytes:
    """The beginning of a text in UTF-8, where it is in UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace").encode()
    if head[:2] in (b"<\0", b"\0<"):
        return head.decode("utf-16-le" if head[0] else "utf-16-be", "replace").encode()
    return head.removeprefix(b"\xef\xbb\xbf")


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
