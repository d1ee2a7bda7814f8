"""Which village a text names: spelled out or short, with or without accents, alone or inside an address."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from communities import names

_TOWN = ("to dan pho", "khu pho", "khoi pho", "tieu khu", "khu dan cu", "khom", "khoi", "khu", "tdp", "kp", "to")
#: How lists shorten or run together the word of a village, and the word. What it may mean besides is left to `find`.
_SPELLINGS = tuple(
    (re.compile(pattern, re.IGNORECASE), word)
    for pattern, word in (
        (r"(?:tổ|to|t)[ .]*(?:dân|dan|d)[ .]*(?:phố|pho|p)", "Tổ dân phố"),
        (r"(?:khu|k)[ .]*(?:dân|dan|d)[ .]*(?:cư|cu|c)", "Khu dân cư"),
        (r"(?:khu|k)[ .]*(?:phố|pho|p)", "Khu phố"),
        (r"(?:khối|khoi)[ .]*(?:phố|pho|p)", "Khối phố"),
        (r"(?:tiểu|tieu)[ .]*(?:khu|k)|tk", "Tiểu khu"),
        (r"thôn|thon|th(?=\. ?[^\W\d])", "Thôn"),
        (r"xóm|xom", "Xóm"),
        (r"bản|ban", "Bản"),
        (r"làng|lang", "Làng"),
        (r"ấp|ap", "Ấp"),
        (r"buôn|buon", "Buôn"),
        (r"khóm|khom", "Khóm"),
        (r"khối|khoi", "Khối"),
        (r"khu", "Khu"),
        (r"tổ|to", "Tổ"),
    )
)
_ORDINAL = re.compile(r"(?:thứ|thu) (?=\d)", re.IGNORECASE)
#: “K2”, “X. Đình”: a letter for one of several words, which the villages of a ward may decide.
_LETTER = re.compile(r"([tkxbal])h?(?:\. ?(?=\S)| ?(?=\d))", re.IGNORECASE)
_BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d]) (?=\w)|(?<=\d) (?=[^\W\d])")
_PARTS = re.compile(r"[,;\n]|\s[-–—]\s")


class Places:
    """The villages of one ward, found by what people write for them.

    The whole name decides first (“Tổ dân phố 3”), then the name without its word among villages of the same
    family (thôn, bản … or tổ dân phố, khu phố …), then without its word alone, if only one village bears it.
    """

    def __init__(self, villages: Iterable[tuple[int, str]]) -> None:
        self._whole: dict[str, int] = {}
        self._run_together: defaultdict[str, set[int]] = defaultdict(set)
        self._short: defaultdict[str, list[tuple[bool, int]]] = defaultdict(list)
        for village_id, name in villages:
            self.add(village_id, name)

    def add(self, village_id: int, name: str) -> None:
        """Make one more village known."""
        name = spelled(name)
        key, short = names.village_name_key(name), names.village_key(name)
        self._whole.setdefault(key, village_id)
        self._short[short].append((_is_town(name), village_id))
        for one in (key, short):
            self._run_together[_BETWEEN_LETTERS.sub("", one)].add(village_id)

    def find(self, text: str, *, loosely: bool = True) -> int | None:
        """The village a text names as a whole, None when none or more than one could be meant.

        `loosely` takes “Khu 3” for the only village called 3, be it a thôn.
        """
        text = spelled(text)
        found = self._find(text, loosely)
        return found if found is not None or not loosely else self._find_shortened(text)

    def _find(self, text: str, loosely: bool) -> int | None:
        key = names.village_name_key(text)
        if not key:
            return None
        if (found := self.find_whole(text)) is not None:
            return found
        short = names.village_key(text)
        same = self._short.get(short, [])
        if short != key:  # it has a word before the name
            family = [village_id for is_town, village_id in same if is_town == _is_town(text)]
            if len(family) == 1 or not loosely:
                return family[0] if len(family) == 1 else None
        return same[0][1] if len(same) == 1 else None

    def _find_shortened(self, text: str) -> int | None:
        """The one village that “K2”, “X. Đình” or “thonngoclam” can mean."""
        key = names.village_name_key(text)
        together = self._run_together.get(_BETWEEN_LETTERS.sub("", key), set()) if " " in key or len(key) > 2 else set()
        if letter := _LETTER.match(text):
            rest = names.village_key(text[letter.end() :])
            begins = letter[1].casefold()
            ends = f" {rest}"
            together = {own for whole, own in self._whole.items() if whole[0] == begins and whole.endswith(ends)
                        and whole.removesuffix(ends) in names.VILLAGE_WORDS}  # fmt: skip
        return next(iter(together)) if len(together) == 1 else None

    def find_whole(self, text: str) -> int | None:
        """The village that bears this very name, with its word."""
        return self._whole.get(names.village_name_key(spelled(text)))

    def find_in(self, text: str) -> tuple[int | None, str]:
        """The village one part of an address names, and the address without that part.

        “Xóm Đình, thôn Đông Phú, xã Hoa Đồng” → (Đông Phú, “Xóm Đình, xã Hoa Đồng”).
        """
        parts = parts_of(text)
        for i, part in enumerate(parts):  # “Khu chợ, ấp 1” is no place in Ấp Chợ
            if (found := self.find_whole(part)) is not None:
                return found, ", ".join(parts[:i] + parts[i + 1 :])
        for sure in (True, False):  # a part with its word, “thôn Đông”, says more than a bare name
            for i, part in enumerate(parts):
                if sure == has_word(part) and (found := self.find(part, loosely=False)) is not None:
                    return found, ", ".join(parts[:i] + parts[i + 1 :])
        return None, text


def has_word(text: str) -> bool:
    """Whether a text starts with the word of a village: thôn, bản, tổ dân phố …"""
    return names.begins_with_village_word(spelled(text))


@lru_cache(maxsize=10_000)
def spelled(text: str) -> str:
    """A village's name with its word spelled out and apart: “KP2” → “Khu phố 2”, “ThônNgọc Lâm” → “Thôn Ngọc Lâm”.

    Any other text is only cleaned, as is “T. Đông”, which names.village_name_key knows.
    """
    text = names.clean(text)
    for pattern, word in _SPELLINGS:
        found = pattern.match(text)
        if found is None or found.end() == len(text):
            continue
        following = text[found.end()]
        is_run_together = following.isupper() and not found[0].isupper() and len(found[0]) > 1
        if following.isalpha() and not is_run_together:
            continue
        rest = text[found.end() :].lstrip(" .:-")
        if names.fold(found[0]) == names.fold(word) and following == " ":
            word = found[0]
        return f"{word} {_ORDINAL.sub('', rest, count=1)}" if rest else text
    return text


def parts_of(text: str) -> list[str]:
    """The parts of an address or a title: what stands between commas, semicolons, dashes and line breaks."""
    return [part for part in (part.strip() for part in _PARTS.split(text)) if part]


@lru_cache(maxsize=10_000)
def _is_town(text: str) -> bool:
    return names.fold(text).startswith(tuple(f"{word} " for word in _TOWN))
