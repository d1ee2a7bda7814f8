"""In which village a row of a list belongs.

What the row itself says decides: its village column, its address, the group rows above it. Then the name of the
sheet, then the village chosen for the file, then the title above the table and the name of the file. A name that
nobody knows is left to a person; part of a village (“Cụm 2”, “Xóm Đình”) is kept as its lane.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, NamedTuple

from communities import names
from communities.models import HouseholdImport, Ward
from communities.places import Places, has_word, parts_of, spelled
from communities.resources import Listed, Remark
from communities.spreadsheet import Sheet

_LANE = re.compile(r"(cum|ngo|ngach|xom|doi|to|lien gia|duong|pho|kiet|hem)( dan cu| tu quan| lien gia)? \S+( \S+)?")
_BRACKETS = re.compile(r"\([^()]*\)")
_NUMERAL = re.compile(r"(?:[IVXLC]+|\d+|[A-Z])\s?[.)]\s")
_COUNT = re.compile(r"(?<!\d)\d{1,9} ?hộ")
_INNER = re.compile(r"(?:ten |thuoc )?(xom|cum|to|ngo|khu|doi|lien gia|ngach|hem|kiet|lang|ap)(?: dan cu| lien gia)?")
_PART_OF_VILLAGE = ("cum ", "xom ", "ngo ", "doi ", "to ", "lien gia ", "khu ", "ngach ", "hem ")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A village's name in the file that the ward does not know, the rows that name it, and what was decided."""

    key: str
    name: str
    sheet: str
    rows: int
    decision: str | int


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a row lives. The lane may have stood where the address was expected."""

    village_id: int
    lane: str
    address: str
    is_lane_in_address: bool

    def of(self, one: Listed) -> Listed:
        """The row, living there."""
        columns = one.columns
        if self.is_lane_in_address:
            columns = {**columns, "lane": columns.get("address", "")}
        return replace(one, village_id=self.village_id, lane=self.lane, address=self.address, columns=columns)


class _Said(NamedTuple):
    """What is known so far of where a row lives: its village, or a name that nobody knows; its lane and address."""

    village_id: int | None
    unknown: str
    lane: str
    address: str
    is_lane_in_address: bool = False


class Placer:
    """Places the rows of one file. `villages` (id → name) grows by the villages to be created, with negative ids."""

    def __init__(
        self, row: HouseholdImport, villages: dict[int, str], allowed: set[int], *, create_all: bool = False
    ) -> None:
        self.chosen = row.village_id
        self.filename = PurePath(row.filename).stem.replace("_", " ")
        self.villages, self.allowed, self.create_all = villages, allowed, create_all
        self.places = Places(villages.items())
        self.decisions: dict[str, Any] = row.choices.get("villages", {})
        self.own_names = {names.fold(row.ward.name), names.fold(row.ward.province.name)}
        self.own_names |= {key.split(" ", 1)[-1] for key in self.own_names}
        self.word = village_word(row.ward)
        self._found: dict[str, int | None] = {}
        self._unknown: dict[str, tuple[str, str]] = {}
        self._count: Counter[str] = Counter()  # of rows, by an unknown name
        self._placed: Counter[int] = Counter()  # of rows, by village
        self._new: dict[str, int] = {}
        self.elsewhere: int | None = None  # the village a title names, when another was chosen for the file
        self._of_sheet: int | None = None
        self._of_title: int | None = None
        self._title_names: list[str] = []

    def turn_to(self, sheet: Sheet) -> None:
        """The rows that follow are of this sheet."""
        self.sheet = sheet
        self._names_lanes = self._is_of_lanes(sheet)
        about = names.clean(_COUNT.sub(" ", _BRACKETS.sub(" ", names.clean(sheet.name))))
        self._of_sheet = self.places.find(about)
        if self._of_sheet is None and has_word(about) and self.chosen is None:
            self._of_sheet = self._decided(about)
        titles = [*sheet.title, self.filename]
        self._title_names = _named(titles)
        known = [found for name in _named(titles, sure=False) if (found := self.places.find(name)) is not None]
        self._of_title = known[0] if known else None
        if known and self.chosen is not None and self.chosen not in known:
            self.elsewhere = self.elsewhere or known[0]

    def place(self, one: Listed) -> Placed | Remark:
        """Where a row lives, or why it has to be left out. The row itself is not changed."""
        said = self._said(one)
        village_id, unknown = said.village_id, said.unknown
        if village_id is None and not unknown:
            village_id = self._village_of_list()
            if village_id is None:  # the title names a village the ward does not have
                unknown = next(iter(self._title_names), "")
        if village_id is None and unknown:
            village_id = self._decided(unknown)
        in_address = unknown and unknown in one.address_as_listed
        letter = one.columns.get("address" if in_address else "village") or one.columns["head_name"]
        if village_id is None:
            if not unknown:
                return Remark("NO_VILLAGE", letter, one.head_name, is_error=True)
            return self._note_unknown(unknown, letter)
        if village_id > 0 and village_id not in self.allowed:
            return Remark("OTHER_VILLAGE", letter, self.villages.get(village_id, ""), is_error=True)
        self._placed[village_id] += 1
        return Placed(village_id, said.lane, said.address, is_lane_in_address=said.is_lane_in_address)

    def unknown(self) -> list[Unknown]:
        """The names nobody knew, most rows first, with what was decided for them."""
        rows = self._count + Counter({key: self._placed[own_id] for key, own_id in self._new.items()})
        return [
            Unknown(key, *self._unknown[key], number, self.decisions.get(key, "NEW" if self.create_all else ""))
            for key, number in rows.most_common()
        ]

    # --- what a row says of where it lives: each step takes what is known and returns what it knows ----------

    def _said(self, one: Listed) -> _Said:
        """Village, lane and address as the row gives them: its village column, its address, the group rows above."""
        said = self._by_village_column(one.village, _Said(None, "", one.lane, one.address))
        said = self._by_address(said)
        said = self._by_groups(one.groups, said)
        return _lane_for_address(self._part_of_that_village(said))

    def _by_village_column(self, text: str, said: _Said) -> _Said:
        """“Đông Phú”, or “Đông Phú, xóm Đình”, whose rest is the lane."""
        if not text:
            return said
        if self._names_lanes and self._village_of_list():
            village_id = self.places.find_whole(text)
            if village_id is None and not _is_part(text) and any(map(str.isalpha, text)):
                village_id = self.places.find(text, loosely=False)
            if village_id is None:
                return said._replace(lane=said.lane or names.clean(text)[:100])
            return said._replace(village_id=village_id)
        if (village_id := self._find(text)) is not None:
            return said._replace(village_id=village_id)
        village_id, rest = self.places.find_in(text)
        if village_id is None:
            return said._replace(unknown=text)
        return said._replace(village_id=village_id, lane=said.lane or rest[:100])

    def _by_address(self, said: _Said) -> _Said:
        """“Số 5, thôn Đông Phú, xã …”: what is left of it is the address. It never speaks against the column."""
        if not said.address:
            return said
        village_id, rest = self.places.find_in(said.address)
        if village_id is not None and said.village_id in (None, village_id):
            return said._replace(village_id=village_id, unknown="", address=self._without_ward(rest))
        if said.village_id is None and not said.unknown:
            named = (part for part in _named([said.address]) if not _is_part(part))
            return said._replace(unknown=next(named, ""))
        return said

    def _by_groups(self, labels: Iterable[str], said: _Said) -> _Said:
        """The group rows above, the outermost first; an inner one says better, but none better than the row itself."""
        of_row = said.village_id
        for label in labels:
            is_part = _is_part(label)
            is_within = bool(said.village_id or self._village_of_list())  # known to be in a village already
            village_id = self._find(label)
            if village_id is not None and is_part and is_within and self.places.find_whole(label) is None:
                village_id = None  # “Xóm 1” is not “Thôn 1” within another
            if village_id is not None:
                said = said._replace(village_id=of_row or village_id, unknown="")
            elif is_part and is_within:
                said = said._replace(lane=said.lane or names.village_title(label, "").strip()[:100])
            elif not said.unknown and said.village_id is None:
                said = said._replace(unknown=label)
        return said

    def _part_of_that_village(self, said: _Said) -> _Said:
        """“Cụm 1”, “Xóm Đình” in a list of one village: a part of it, and no village nobody knows."""
        if not said.unknown or said.village_id is not None or not self._village_of_list():
            return said
        if said.unknown in said.address:
            return said._replace(unknown="")
        if _is_part(said.unknown):
            return said._replace(unknown="", lane=said.lane or names.clean(said.unknown)[:100])
        return said

    def _is_of_lanes(self, sheet: Sheet) -> bool:
        """Whether the column of villages is headed by a word for parts of one, which no village of the ward bears."""
        column = next(iter(sheet.of("village")), None)
        inner = _INNER.fullmatch(names.fold(column.header)) if column is not None else None
        if inner is None:
            return False
        return not any(names.village_name_key(name).startswith(f"{inner[1]} ") for name in self.villages.values())

    def _village_of_list(self) -> int | None:
        """The village a row gets that names none."""
        return self._of_sheet or self.chosen or self._of_title

    def _find(self, text: str) -> int | None:
        if text not in self._found:  # a thousand rows name a dozen villages
            self._found[text] = self._look_up(text)
        return self._found[text]

    def _look_up(self, text: str) -> int | None:
        found = self.places.find(text)
        if found is None:
            bare = _BRACKETS.sub(" ", _without_numeral(text)).replace(",", ":").partition(":")[0]
            found = self.places.find(names.clean(bare))
        return found

    def _decided(self, name: str) -> int | None:
        """What a person decided for an unknown name: a village of ours, or a new one (a negative id)."""
        key = self._key(name)
        decision = self.decisions.get(key, "NEW" if self.create_all else "")
        if decision == "NEW":
            if key not in self._new:
                self._new[key] = own_id = -1 - len(self._new)
                self.villages[own_id] = self._register(key, name)[:100]
                self.places.add(own_id, self.villages[own_id])
                self._found.clear()
            return self._new[key]
        if isinstance(decision, int) and decision in self.allowed:
            self._register(key, name)
            self._count[key] += 1
            return decision
        return None

    def _register(self, key: str, name: str) -> str:
        """Keep an unknown name for the person who decides; returns it as it is written on paper."""
        return self._unknown.setdefault(key, (self._on_paper(name), self.sheet.name))[0]

    def _note_unknown(self, name: str, letter: str) -> Remark:
        key = self._key(name)
        self._register(key, name)
        self._count[key] += 1
        kind = "VILLAGE_LEFT_OUT" if self.decisions.get(key) == "SKIP" else "UNKNOWN_VILLAGE"
        return Remark(kind, letter, name[:100], is_error=True)

    def _key(self, name: str) -> str:
        return names.village_name_key(self._on_paper(name))

    def _on_paper(self, name: str) -> str:
        return names.village_title(spelled(_without_numeral(name)), self.word)

    def _without_ward(self, address: str) -> str:
        """The rest of an address, without the ward and province everybody here lives in."""
        parts = [part for part in (names.clean(part) for part in address.split(",")) if part]
        while parts and names.fold(parts[-1]) in self.own_names:
            parts.pop()
        return ", ".join(parts)


def _lane_for_address(said: _Said) -> _Said:
    """“Ngõ 5” in the address column says where to walk, and is no postal address."""
    address = said.address
    if address and not said.lane and len(address) <= 100 and _LANE.fullmatch(names.fold(address)):
        return said._replace(lane=address, address="", is_lane_in_address=True)
    return said


def village_word(ward: Ward) -> str:
    """The word before a village's name that has none: thôn in a xã, tổ dân phố in a phường (NĐ 185/2026 Art. 2)."""
    return "Tổ dân phố" if ward.kind == Ward.Kind.WARD else "Thôn"


#: Words of villages that mean much else in the middle of a sentence: Ban công tác, tờ khai, làng nghề …
_AMBIGUOUS = frozenset({"to", "t", "khu", "ban", "lang", "ap", "xom", "bon", "buon"})
_WORD_AND_NAME = 4  # words that show whether a village is named: “tổ dân phố 3”
_LONGEST_NAME = 30  # words: a village's name has a hundred letters at most
_AFTER = re.compile(
    r" (?:(?:năm|tháng|ngày|đợt|lần)(?=\s*\d)|(?:quý|khóa|khoá|đợt|lần)(?=\s*[IVX\d])|năm học|đến|xã|phường|nhận|"
    r"tham gia|đăng ký|đóng góp|được|phục vụ|theo|tính|thuộc)\b.*",
    re.IGNORECASE,
)


def _named(texts: Iterable[str], *, sure: bool = True) -> list[str]:
    """Names with the word of a village in some texts: “DANH SÁCH HỘ THÔN ĐÔNG PHÚ” → “THÔN ĐÔNG PHÚ”.

    `sure` leaves out words in the middle of a text that mean much else; without it, ask if there is such a village.
    """
    found = []
    for text in texts:
        for part in parts_of(text):
            words = part.split()
            for i, word in enumerate(words):
                if not has_word(" ".join(words[i : i + _WORD_AND_NAME])):
                    continue
                if not (sure and i and names.fold(word) in _AMBIGUOUS):
                    found.append(_AFTER.sub("", " ".join(words[i : i + _LONGEST_NAME])))
                    if sure:
                        break
    return found


def _without_numeral(text: str) -> str:
    """“II. Đông Phú” → “Đông Phú”."""
    text = text.lstrip()
    numeral = _NUMERAL.match(text)
    return text[numeral.end() :].lstrip() if numeral else text


def _is_part(text: str) -> bool:
    """Whether a text names a part of a village by its word."""
    bare = _without_numeral(text)
    return names.fold(bare).startswith(_PART_OF_VILLAGE) and not names.fold(bare).startswith("to dan pho")
