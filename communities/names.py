"""Vietnamese names and text as keys: for finding without accents, and for sorting by given name.

Pure functions. The keys behave as PostgreSQL's ICU collations would (`vi-x-icu` for order, level-1
comparison for search), which the embedded server lacks; see docs/decisions.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

# Letters in Vietnamese order, and tones ngang-huyền-hỏi-ngã-sắc-nặng.
_LETTERS = {letter: index for index, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz", start=1)}
_TONES = {"̀": 1, "̉": 2, "̃": 3, "́": 4, "̣": 5}
_VILLAGE_WORDS = (
    "to dan pho", "khu pho", "khoi pho", "tieu khu", "khu dan cu", "thon", "ban", "xom", "lang", "ap", "buon", "bon",
    "phum", "soc", "khom", "khoi", "khu", "tdp", "kp", "to", "t",
)  # fmt: skip


_MARKS = re.compile(r"[\u0300-\u036f]+")
_WORD = re.compile(r"[^\W_]+")
# What nobody sees: controls that are no white space, zero-width marks, the byte order mark.
_UNSEEN = dict.fromkeys([*range(9), *range(14, 28), *range(127, 133), *range(134, 160), 0x200B, 0x200C, 0x200D, 0xFEFF])


def clean(text: str) -> str:
    """NFC, unseen characters dropped, spaces made plain and squeezed. Never changes a letter."""
    seen = text if text.isprintable() else text.translate(_UNSEEN)
    return " ".join(unicodedata.normalize("NFC", seen).split())


def fold(text: str) -> str:
    """Lower-case letters and digits without any mark, words parted by one space: “Đỗ Thị Bưởi ” → “do thi buoi”."""
    # ð is not Vietnamese: Ð (eth) is typed for Đ, which it looks like.
    plain = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d").replace("ð", "d")
    return " ".join(_WORD.findall(_MARKS.sub("", plain)))


def title(text: str) -> str:
    """ALL CAPS as a person would write it; anything else only cleaned: “LÊ THỊ VÂN” → “Lê Thị Vân”."""
    cleaned = clean(text)  # str.title() is wrong on NFD
    return cleaned.title() if cleaned.isupper() else cleaned


def search_key(*parts: str) -> str:
    """What a search without accents looks in: the folded parts, padded so that words can be matched whole."""
    return " ".join(key for part in parts if (key := fold(part)))[:300]  # folding “ﬃ” makes three letters of one


def sort_key(name: str) -> str:
    """A string whose plain byte order is the Vietnamese order of people: given name, middle names, surname.

    Letters compare before tones, as in a dictionary: Thúy, Thụy and Thủy stand together.
    """
    words = clean(name).casefold().split()
    words = words[-1:] + words[1:-1] + words[:1] if len(words) > 1 else words
    ranks = [_rank(word) for word in words]
    letters, tones = " ".join(rank[0] for rank in ranks), "".join(rank[1] for rank in ranks)
    return f"{letters} {tones}"[:150]


@lru_cache(maxsize=20_000)  # a million households are made of a few hundred words
def _rank(word: str) -> tuple[str, str]:
    """A word as letters whose byte order is the Vietnamese order, and its tone as a digit."""
    letters, tone = [], 0
    for character in word:
        base, mark = _split(character)
        letters.append(chr(0x40 + _LETTERS[base]) if base in _LETTERS else base)
        tone = max(tone, _TONES.get(mark, 0))
    return "".join(letters), str(tone)


def village_name_key(name: str) -> str:
    """The whole name of a village as a key: “TDP 3” and “Tổ dân phố 3” are one, “Thôn 3” is another."""
    key = fold(name)
    for short, word in (("tdp ", "to dan pho "), ("kp ", "khu pho "), ("t ", "thon ")):
        if key.startswith(short):
            return word + key.removeprefix(short)
    return key


def village_key(name: str) -> str:
    """What two spellings of one village share: “T. Hoà Bình”, “Thôn Hòa Bình” → “hoa binh”."""
    key = fold(name)
    for word in _VILLAGE_WORDS:
        if key.startswith(f"{word} "):
            return key.removeprefix(f"{word} ")
    return key


def initials(name: str) -> str:
    """The first letters of the words of a name, upper case: “Đông Phú” → “ĐP”."""
    return "".join(word[0] for word in clean(name).split()).upper()


def marked(text: str, query: str) -> list[tuple[str, bool]]:
    """The text in pieces, and whether each is what was searched for: “nguyen thi” in Nguyễn Thị Tỉnh."""
    shown = unicodedata.normalize("NFC", text)
    plain = [fold(character) or " " for character in shown]
    if any(len(letter) != 1 for letter in plain):
        return [(shown, False)]
    folded, hits = "".join(plain), [False] * len(shown)
    for word in fold(query).split():
        at = folded.find(word)
        while at >= 0:
            hits[at : at + len(word)] = [True] * len(word)
            at = folded.find(word, at + len(word))
    for i, character in enumerate(shown[1:-1], start=1):
        hits[i] = hits[i] or (character == " " and hits[i - 1] and hits[i + 1])
    return [
        ("".join(c for c, _ in run), is_hit) for is_hit, run in groupby(zip(shown, hits, strict=True), itemgetter(1))
    ]


def _split(character: str) -> tuple[str, str]:
    """A letter with its Vietnamese hat or horn kept, and its tone apart: ậ → (â, dot below)."""
    base, tone = "", ""
    for mark in unicodedata.normalize("NFD", character):
        if mark in _TONES:
            tone = mark
        else:
            base += mark
    return unicodedata.normalize("NFC", base), tone
