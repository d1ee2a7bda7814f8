"""Vietnamese text in letters from before Unicode: TCVN3 (fonts .VnTime, .VnArial …) and VNI (VNI-Times …).

Pure. Both wrote Vietnamese in the places of Western letters, so a workbook from those years holds “NguyÔn V¨n”
or “Nguyeãn Vaên” until it is shown in its font. A text is old only if it cannot be Vietnamese as it stands and
can be once decoded: taking Unicode for old would garble a name, the opposite only leaves it unread.
Tables: TCVN 5712:1993, checked against glibc; VNI, checked against xvnkb (data/README.md).
"""

import codecs
import csv
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

TCVN3, VNI = "TCVN3", "VNI"
NAMES = (TCVN3, VNI)

_DATA = Path(__file__).parent / "data"


@cache
def table(name: str) -> dict[str, str]:
    """What stands in the file → the letter meant."""
    file, seen = ("legacy_tcvn3.csv", "seen_as_cp1252") if name == TCVN3 else ("legacy_vni.csv", "vni_cp1252")
    with open(_DATA / file, encoding="utf-8", newline="") as rows:
        return {row[seen]: row["unicode"] for row in csv.DictReader(rows)}


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(table(name), key=len, reverse=True))))


def decode(text: str, name: str) -> str:
    """The text in Unicode, NFC. The text must be as it stands in the file: a soft hyphen is ư in TCVN3."""
    letters = table(name)
    return unicodedata.normalize("NFC", _pattern(name).sub(lambda match: letters[match[0]], text))


def from_bytes(content: bytes) -> str:
    """Bytes as the Western letters they stand for; the five that windows-1252 leaves free stay controls."""
    return content.decode("cp1252", "_as_latin")


def _as_latin(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("_as_latin", _as_latin)


# --- which letters a text is written in -------------------------------------------------------------------

_ONSET = r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnprstvx])?"
_RIME = (
    r"(?:[ou]?a(?:ch|ng|nh|[cimnoptuy])?|[ou]?ă(?:ng|[cmnpt])|u?â(?:ng|[cmnptuy])|o?e(?:ng|[cmnopt])?|"
    r"u?ê(?:ch|nh|[mnptu])?|i(?:ch|nh|[acmnptu])?|iê(?:ng|[cmnptu])|u?y(?:ch|nh|[anptu])?|u?yê(?:ng|[mntu])|"
    r"o(?:ng|[cimnpt])?|oo(?:c|ng)|ô(?:ng|[cimnpt])?|u?ơ(?:[imnptu])?|u(?:ng|[acimnpt])?|uô(?:ng|[cimnt])|"
    r"ư(?:ng|[acimntuv])?|ươ(?:ng|[cimnptu]))"
)
_SYLLABLE = re.compile(_ONSET + _RIME)
_CLOSED = re.compile(r"(?:[cpt]|ch)$")
_TONES = {"̀": "", "̉": "", "̃": "", "́": "s", "̣": "s"}
_PARTS = re.compile(r"[\s0-9!-/:-@\[-`{-~–—‘’“”…•]+")  # what never stands within a word, in any of the letters
_WESTERN = re.compile("[\0-\x7f\xa0-\xffŒœŠšŸŽžƒˆ˜–—‘-‚“-„†-•…‰‹›€™\x80-\x9f]*")


_LONGEST = 20  # characters of a syllable, each mark counted: nghiêng has eight


def is_syllable(word: str) -> bool:
    """Whether a word can be a Vietnamese syllable: onset, rime and tone, written small, Capitalised or ALL BIG."""
    return len(word) <= _LONGEST and _is_syllable(word)


@lru_cache(maxsize=50_000)
def _is_syllable(word: str) -> bool:
    if not (word.islower() or word.isupper() or (word[:1].isupper() and word[1:].islower())):
        return False
    tones, plain = "", ""
    for mark in unicodedata.normalize("NFD", word.lower()):
        if mark in _TONES:
            tones += mark
        else:
            plain += mark
    plain = unicodedata.normalize("NFC", plain)
    if len(tones) > 1 or not _SYLLABLE.fullmatch(plain):
        return False
    return not _CLOSED.search(plain) or not tones or _TONES[tones] == "s"


def _words(text: str) -> list[str]:
    """The words with anything but plain letters in them: the others say nothing about the letters."""
    return [word for word in _PARTS.split(text) if word and not word.isascii()]


def is_western(text: str) -> bool:
    """Whether a text has only letters that old encodings have, and not plain ones only."""
    return not text.isascii() and _WESTERN.fullmatch(text) is not None


def verdict(text: str, name: str) -> str:
    """OLD: only the decoded text is Vietnamese. NEW: only the text as it stands. EITHER: both. "": says nothing."""
    if text.isascii():
        return ""
    if not _WESTERN.fullmatch(unicodedata.normalize("NFC", text)):
        return "NEW"
    words = [word for word in _words(text) if len(word) > 1]
    if not words:
        return ""
    bad = sum(not is_syllable(unicodedata.normalize("NFC", word)) for word in words)
    bad_after = sum(not is_syllable(decode(word, name)) for word in words)
    if bad and bad_after * 4 <= bad:
        return "OLD"
    if bad < bad_after:
        return "NEW"
    return "" if bad else "EITHER"


def is_legacy(text: str, *, rather_than: str) -> bool:
    """Whether the bytes of a text file are old letters, and not the windows-1258 text they also make."""
    words = [word for word in _words(text[:200_000]) if len(word) > 1]
    modern = [word for word in _words(rather_than[:200_000]) if len(word) > 1]
    good = sum(map(is_syllable, modern)) / (len(modern) or 1)
    return any(sum(is_syllable(decode(word, name)) for word in words) / (len(words) or 1) > good for name in NAMES)


def guess(texts: Iterable[str]) -> str:
    """The old letters most texts of a file are written in, "" when they are not. A single odd text is no proof."""
    counts = dict.fromkeys(NAMES, 0)
    others = 0
    for text in texts:
        if not is_western(text):
            others += not text.isascii()
            continue
        verdicts = {name: verdict(text, name) for name in NAMES}
        others += "NEW" in verdicts.values() and "OLD" not in verdicts.values()
        for name in NAMES:
            counts[name] += verdicts[name] == "OLD"
    name = max(NAMES, key=lambda one: counts[one])
    return name if counts[name] >= 2 or (counts[name] and not others) else ""


def of_font(font: str) -> str:
    """The letters a font draws: TCVN3, TCVN3H (capitals for small letters), VNI, or "" for every other font."""
    bare = font.strip().lower()
    if bare.startswith(".vn"):
        return "TCVN3H" if font.strip().endswith("H") else TCVN3
    return VNI if bare.startswith(("vni-", "vni ")) else ""
