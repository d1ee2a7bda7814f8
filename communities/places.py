"""Which village a text names: spelled out or short, with or without accents, alone or inside an address."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from communities import names

_TOWN = ("to dan pho", "khu pho", "khoi pho", "tieu khu", "khu dan cu", "khom", "khoi", "khu", "tdp", "kp", "to")
_PARTS = re.compile(r"[,;\n]|\s[-–—]\s")


class Places:
    """The villages of one ward, found by what people write for them.

    The whole name decides first (“Tổ dân phố 3”), then the name without its word among villages of the same
    family (thôn, bản … or tổ dân phố, khu phố …), then without its word alone, if only one village bears it.
    """

    def __init__(self, villages: Iterable[tuple[int, str]]) -> None:
        self._whole: dict[str, int] = {}
        self._short: defaultdict[str, list[tuple[bool, int]]] = defaultdict(list)
        for village_id, name in villages:
            self.add(village_id, name)

    def add(self, village_id: int, name: str) -> None:
        """Make one more village known."""
        self._whole.setdefault(names.village_name_key(name), village_id)
        self._short[names.village_key(name)].append((_is_town(name), village_id))

    def find(self, text: str, *, loosely: bool = True) -> int | None:
        """The village a text names as a whole, None when none or more than one could be meant.

        `loosely` takes “Khu 3” for the only village called 3, be it a thôn.
        """
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

    def find_whole(self, text: str) -> int | None:
        """The village that bears this very name, with its word."""
        return self._whole.get(names.village_name_key(text))

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
    return names.begins_with_village_word(text)


def parts_of(text: str) -> list[str]:
    """The parts of an address or a title: what stands between commas, semicolons, dashes and line breaks."""
    return [part for part in (part.strip() for part in _PARTS.split(text)) if part]


@lru_cache(maxsize=10_000)
def _is_town(text: str) -> bool:
    return names.fold(text).startswith(tuple(f"{word} " for word in _TOWN))
