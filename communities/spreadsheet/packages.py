"""The archive an office program writes: which of its parts is the workbook, a sheet, a style, a comment.

Found as Excel finds them (ECMA-376 part 2): by the relations of the package, whatever the parts are called and
whichever way the slashes in their names lean. What a reader of cells would not find by itself is packed anew for it,
under the names it looks for. Runs in the box only.
"""

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from communities.spreadsheet.book import Unreadable

MAX_UNPACKED_BYTES = 160 * 1024 * 1024  # 60,000 rows of 20 columns unpack to about 60 MB
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_DECLARED = re.compile(r"^\ufeff?<\?xml[^>]*?\bencoding\s*=\s*[\"']([\w.:-]{1,40})[\"'][^>]*\?>")
#: Formats of time that goes on past a day, and the one of them that Excel has built in: nothing in a list lasts as
#: long as a number of a telephone, and the reader of cells stops at such a one.
_ELAPSED = re.compile(rb"\[(?:h+|m+|s+)\]", re.I)
_ELAPSED_ID = re.compile(rb"numFmtId=([\"'])46\1")


@dataclass(frozen=True, slots=True)
class Relation:
    """A part that another part points at: the last word of the kind of the relation, and the part, "" if not there."""

    kind: str
    part: str
    is_plain: bool  # whether any reader finds it


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet of the workbook, and its part."""

    name: str
    part: str
    state: str  # visible, hidden or veryHidden


class Package:
    """The parts of an archive. Raises Unreadable TOO_HEAVY where they are more than a list has, PASSWORD where the
    archive itself is locked; zipfile's own errors where it is damaged."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        members = archive.infolist()
        if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
            raise Unreadable("TOO_HEAVY")
        if any(member.flag_bits & 1 for member in members):
            raise Unreadable("PASSWORD")
        self.archive = archive
        self._members: dict[str, str] = {}
        for member in members:
            if not member.is_dir():
                self._members.setdefault(_canonical(member.filename), member.filename)

    def find(self, part: str) -> str:
        """The name under which a part is in the archive, "" if it is not."""
        return self._members.get(_canonical(part), "")

    def holds(self, folder: str) -> bool:
        """Whether anything lies in a folder of the archive."""
        return any(name.startswith(folder) for name in self._members)

    def names(self) -> list[str]:
        """The names of all parts, as they are in the archive."""
        return list(self._members.values())

    def xml(self, part: str) -> bytes:
        """A part in UTF-8, without any document type: nothing Excel writes, and the way of entity bombs."""
        xml = self.archive.read(part)
        if b"\0" in xml[:400] or b"encoding" in xml[:100]:
            xml = in_utf8(xml)
        if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or b"\0" in xml[:400]:
            raise Unreadable("DAMAGED")
        return xml

    def relations(self, part: str) -> dict[str, Relation]:
        """What a part points at, by the ids it calls it by. The package itself is the part ""."""
        folder, name = posixpath.split(part.replace("\\", "/"))
        wanted = posixpath.join(folder, "_rels", f"{name}.rels")
        listed = self.find(wanted)
        if not listed:
            return {}
        is_found = listed == wanted
        found = {}
        for one in ElementTree.fromstring(self.xml(listed)):  # noqa: S314 – no document type gets here, see xml
            target = one.get("Target") or ""
            if one.get("TargetMode") == "External" or not target:
                continue
            path = posixpath.join("/" + folder, target.replace("\\", "/"))
            there = self.find(path) or self.find(unquote(path))
            is_plain = there in (target.removeprefix("/"), f"{folder}/{target}".removeprefix("/"))
            kind = (one.get("Type") or "").rpartition("/")[2]
            found[one.get("Id") or ""] = Relation(kind, there, is_plain and is_found)
        return found

    @cached_property
    def workbook(self) -> str:
        """The part of the workbook, "" where the package has none."""
        main = next((one.part for one in self.relations("").values() if one.kind == "officeDocument"), "")
        if main:
            kinds = self._content_types.get(_canonical(main), "")
            is_other = kinds and "spreadsheetml" not in kinds and "ms-excel" not in kinds
            return "" if is_other or _canonical(main).startswith(("word/", "ppt/", "visio/")) else main
        typed = (part for part, kind in self._content_types.items() if "sheet" in kind and kind.endswith("main+xml"))
        known = ("xl/workbook.xml", "xl/workbook.bin", "workbook.xml")
        return next((there for part in (*typed, *known) if (there := self.find(part))), "")

    @cached_property
    def _content_types(self) -> dict[str, str]:
        listed = self.find("[Content_Types].xml")
        if not listed:
            return {}
        root = ElementTree.fromstring(self.xml(listed))  # noqa: S314 – no document type gets here, see xml
        return {_canonical(one.get("PartName") or ""): one.get("ContentType") or "" for one in root}

    @property
    def is_binary(self) -> bool:
        """Whether this is an .xlsb, whose parts are no XML."""
        return self.workbook.lower().endswith(".bin")

    @cached_property
    def of_workbook(self) -> dict[str, Relation]:
        """What the workbook points at."""
        return self.relations(self.workbook)

    def part_of(self, kind: str) -> str:
        """The part of the workbook that is its styles or its sharedStrings, "" where it has none."""
        return next((one.part for one in self.of_workbook.values() if one.kind == kind and one.part), "")

    @cached_property
    def _root(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.xml(self.workbook))  # noqa: S314 – no document type gets here, see xml

    @cached_property
    def pages(self) -> list[Page]:
        """The sheets with cells, in their order; sheets of charts and of macros are none. Not for an .xlsb.

        Raises Unreadable DAMAGED where one is not in the archive: to leave it out would lose households in silence.
        """
        found = []
        for sheet in self._root.iter():
            if sheet.tag.rpartition("}")[2] != "sheet":
                continue
            name = sheet.get("name") or ""
            relation = self.of_workbook.get(next((v for k, v in sheet.attrib.items() if k.endswith("}id")), ""))
            if relation is None or (relation.kind == "worksheet" and not relation.part):
                raise Unreadable("DAMAGED")
            if relation.kind == "worksheet":
                found.append(Page(name, relation.part, sheet.get("state") or "visible"))
        return found

    @cached_property
    def counts_from_1904(self) -> bool:
        """Whether days are counted from 1904, as once on the Macintosh."""
        return any(
            one.get("date1904") in ("1", "true")
            for one in self._root.iter()
            if one.tag.rpartition("}")[2] == "workbookPr"
        )

    def for_reader(self, content: bytes) -> bytes:
        """The bytes of this package as any reader finds its way in: `content` itself, or packed anew."""
        used = [one for one in self.of_workbook.values() if one.kind in {"worksheet", "styles", "sharedStrings"}]
        main = next((one for one in self.relations("").values() if one.kind == "officeDocument"), None)
        is_plain = (
            main is not None
            and main.is_plain
            and self.workbook in {"xl/workbook.xml", "xl/workbook.bin"}
            and all(one.is_plain for one in used if one.part)
        )
        if self.is_binary:
            return content if is_plain else self._packed_binary()
        styles = self.part_of("styles")
        if is_plain and not any(map(self._is_foreign, [self.workbook, *(one.part for one in used if one.part)])):
            look = self.xml(styles) if styles else b""
            if not _ELAPSED.search(look) and not _ELAPSED_ID.search(look):
                return content
        return self._packed()

    def _is_foreign(self, part: str) -> bool:
        """Whether a part is in other letters than UTF-8."""
        with self.archive.open(part) as opened:
            head = opened.read(100)
        return b"\0" in head or (b"encoding" in head and not re.search(rb"encoding\s*=\s*.utf-8", head, re.I))

    def _packed(self) -> bytes:
        """The sheets, their texts and formats, and nothing else."""
        listed = "".join(
            f'<sheet name={quoteattr(page.name)} sheetId="{n}" state="{page.state}" r:id="rId{n}"/>'
            for n, page in enumerate(self.pages, start=1)
        )
        era = '<workbookPr date1904="1"/>' if self.counts_from_1904 else ""
        workbook = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{era}<sheets>{listed}</sheets></workbook>'
        parts = [("worksheet", f"worksheets/sheet{n}.xml", page.part) for n, page in enumerate(self.pages, start=1)]
        for kind in ("styles", "sharedStrings"):
            if part := self.part_of(kind):
                parts.append((kind, f"{kind}.xml", part))
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            packed.writestr("_rels/.rels", _listed([("officeDocument", "xl/workbook.xml")]))
            packed.writestr("xl/workbook.xml", workbook)
            packed.writestr("xl/_rels/workbook.xml.rels", _listed([(kind, name) for kind, name, _ in parts]))
            for kind, name, part in parts:
                xml = self.xml(part)
                if kind == "styles":
                    xml = _ELAPSED_ID.sub(b'numFmtId="0"', _ELAPSED.sub(b"", xml))
                packed.writestr(f"xl/{name}", xml)
        return out.getvalue()

    def _packed_binary(self) -> bytes:
        """An .xlsb calls its sheets by the ids of the relations, which stay."""
        out = io.BytesIO()
        used = {k: one for k, one in self.of_workbook.items() if one.part and one.part.lower().endswith(".bin")}
        names = {k: f"part{n}.bin" for n, k in enumerate(used)}
        names |= {k: f"{one.kind}.bin" for k, one in used.items() if one.kind in {"styles", "sharedStrings"}}
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            packed.writestr("_rels/.rels", _listed([("officeDocument", "xl/workbook.bin")]))
            packed.writestr("xl/workbook.bin", self.archive.read(self.workbook))
            relations = _listed([(one.kind, names[k]) for k, one in used.items()], list(used))
            packed.writestr("xl/_rels/workbook.bin.rels", relations)
            for k, one in used.items():
                packed.writestr(f"xl/{names[k]}", self.archive.read(one.part))
        return out.getvalue()


def _canonical(name: str) -> str:
    """A name of a part as names are compared: without case, slashes one way, nothing in front."""
    return posixpath.normpath("/" + name.replace("\\", "/").lstrip("/")).lstrip("/").lower()


def in_utf8(xml: bytes) -> bytes:
    """XML in the letters it declares, or in UTF-16, as UTF-8."""
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = xml.decode("utf-16", "replace")
    elif b"\0" in xml[:4]:
        text = xml.decode("utf-16-le" if xml[1:2] == b"\0" else "utf-16-be", "replace")
    else:
        declared = _DECLARED.match(xml[:200].decode("latin-1"))
        if declared is None or declared[1].lower() in {"utf-8", "utf8"}:
            return xml
        try:
            text = xml.decode(declared[1], "replace")
        except LookupError as error:
            raise Unreadable("DAMAGED") from error
    return _DECLARED.sub('<?xml version="1.0"?>', text, count=1).encode("utf-8", "replace")


def _listed(relations: list[tuple[str, str]], ids: list[str] | None = None) -> str:
    rows = "".join(
        f'<Relationship Id={quoteattr(ids[n - 1] if ids else f"rId{n}")} Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(relations, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}">{rows}</Relationships>'
