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
def _letters(name: str) -> dict[str, str]:
    """The table, and what Caps Lock and Shift make of it: in VNI a letter and its mark of different size."""
    mixed = {
        other: new
        for old, new in table(name).items()
        if len(old) == 2
        for other in (old[0] + old[1].swapcase(),)
        if len(other) == 2 and other not in table(name)
    }
    return mixed | table(name)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_letters(name), key=len, reverse=True))))


def decode(text: str, name: str) -> str:
    """The text in Unicode, NFC. The text must be as it stands in the file: a soft hyphen is ư in TCVN3."""
    letters = _letters(name)
    new = unicodedata.normalize("NFC", _pattern(name).sub(lambda match: letters[match[0]], text))
    return _all_capitals(new) if name == TCVN3 else new


_WORD = re.compile(r"[^\W\d_]+")
_SMALL = re.compile("[a-z]")
_CAPITAL_WITHIN = re.compile(r"[^\W\d_][A-Z]")


def _all_capitals(text: str) -> str:
    """Words that were typed in capitals: TCVN3 has no capital with a tone, Caps Lock gives “THị” for “THỊ”."""
    if not _CAPITAL_WITHIN.search(text):
        return text
    if not _SMALL.search(text):
        return text.upper()
    return _WORD.sub(lambda word: word[0] if _SMALL.search(word[0]) else _big(word[0]), text)


def _big(word: str) -> str:
    return word.upper() if _CAPITAL_WITHIN.search(word) else word


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


_PROOF = 2  # different words that are Vietnamese only when decoded


def guess(texts: Iterable[str]) -> str:
    """The old letters most texts of a file are written in, "" when they are not.

    A single odd text is no proof among others, and no single word is, however often it occurs: “Loïc” would be Lợc.
    """
    counts = dict.fromkeys(NAMES, 0)
    words: dict[str, set[str]] = {name: set() for name in NAMES}
    others = 0
    for text in texts:
        if not is_western(text):
            others += not text.isascii()
            continue
        verdicts = {name: verdict(text, name) for name in NAMES}
        others += "NEW" in verdicts.values() and "OLD" not in verdicts.values()
        for name in NAMES:
            if verdicts[name] == "OLD":
                counts[name] += 1
                if len(words[name]) < _PROOF:
                    words[name].update(word.lower() for word in _words(text) if not is_syllable(word))
    name = max(NAMES, key=lambda one: counts[one])
    is_proved = len(words[name]) >= _PROOF
    return name if is_proved and (counts[name] >= 2 or not others) else ""


def of_font(font: str) -> str:
    """The letters a font draws: TCVN3, TCVN3H (capitals for small letters), VNI, or "" for every other font."""
    bare = font.strip().lower()
    if bare.startswith(".vn"):
        return "TCVN3H" if font.strip().endswith("H") else TCVN3
    return VNI if bare.startswith(("vni-", "vni ")) else ""


# --- UTF-8 that was once read as something else -------------------------------------------------------------

UTF_8 = "UTF-8"
_MISREAD_AS = ("cp1252", "cp1258", "mac_roman")  # Western and Vietnamese Windows, and a Macintosh
_LOST = "\ufffd"
#: The first bytes of the letters of Vietnamese, of tones on their own and of the signs around them.
_LEADS = frozenset((0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xCC, 0xE1, 0xE2, 0xEF))
#: Where the last byte was dropped, as a place that windows-1252 leaves free: the one Vietnamese letter it can be.
_ONLY = {0xC4: "Đ", 0xCC: "\u0301"}


@cache
def _bytes_of(reader: str) -> dict[str, int]:
    """The byte behind each letter; those that a reader leaves free stand as controls."""
    known = {chr(byte): byte for byte in range(0xA0 if reader != "mac_roman" else 0x80)}
    for byte in range(0x80, 0x100):
        known[bytes([byte]).decode(reader, "_as_latin")] = byte
    return known


#: What two bytes of a letter look like to one of the readers: hardly any text of a list does.
_SUSPECT = re.compile("[ÂÃĂÄÅÆÌáâï][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|[¬√ƒ≈∆·]")


def misread(texts: Iterable[str], times: int = 2) -> str:
    """As what the UTF-8 of some of these texts was read, up to so many times; "" where it was not. They can be had
    back whole, and are Vietnamese then and were not before."""
    counts = dict.fromkeys(_MISREAD_AS, 0)
    for text in texts:
        if _SUSPECT.search(text):
            for reader in _MISREAD_AS:
                counts[reader] += _is_proof(text, reader, times)
    reader = max(_MISREAD_AS, key=lambda one: counts[one])
    return reader if counts[reader] else ""


def _is_proof(text: str, reader: str, times: int) -> bool:
    places = _bytes_of(reader)
    if not all(letter in places for letter in text):
        return False
    try:
        new = bytes(places[letter] for letter in text).decode()
    except UnicodeDecodeError:
        return False
    if new == text or all(letter == "\xa0" for letter in text if ord(letter) >= 0x80 and letter not in "ÃÆ"):
        return False
    if times > 1 and misread([new], times - 1):
        return True
    words = _words(unicodedata.normalize("NFC", new))
    return bool(words) and sum(map(is_syllable, words)) * 2 > len(words)


def reread(text: str, reader: str, *, is_sure: bool) -> str:
    """A text whose UTF-8 was read as `reader` says, read as UTF-8; as it stands where it is none.

    A letter with a byte that was dropped becomes U+FFFD, or what it can only be. `is_sure`: also where nothing in
    the text is whole.
    """
    places = _bytes_of(reader)
    if text.isascii() or not all(letter in places for letter in text):
        return text
    read: list[str] = []
    whole = lost = position = 0
    while position < len(text):
        byte = places[text[position]]
        wanted = 0 if byte < 0x80 else 1 if 0xC2 <= byte < 0xE0 else 2 if 0xE0 <= byte < 0xF0 else 3
        if not wanted:
            read.append(text[position])
            position += 1
            continue
        taken = bytes([byte])
        position += 1
        while len(taken) <= wanted and position < len(text) and 0x80 <= places[text[position]] < 0xC0:
            taken += bytes([places[text[position]]])
            position += 1
        if len(taken) > wanted:
            try:
                read.append(taken.decode())
            except UnicodeDecodeError:
                return text
            whole += 1
            continue
        lost += 1
        if (
            len(taken) == wanted
            and text[position : position + 1] == " "
            and (letter := _before_space(taken, read, text))
        ):
            position += _is_within(read, letter, text[position + 1 :])
            read.append(letter)
        else:
            read.append(_ONLY.get(byte, _LOST) if len(taken) == 1 else _LOST)
    return "".join(read) if whole >= max(lost, 1) or (lost and is_sure) else text


_TWO_CAPITALS = re.compile("[A-Z]{2}")


def _before_space(taken: bytes, read: list[str], text: str) -> str:
    """The letter whose last byte is a space that does not break, which programs make a plain one; "" where it may as
    well be one whose last byte was dropped: Ã is à within a word of small letters, but Á, Í or Ý elsewhere."""
    letter = (taken + b"\xa0").decode("utf-8", "replace")
    is_small = _SMALL.search(text) is not None and _TWO_CAPITALS.search(text) is None
    is_within_small = is_small and bool(read) and read[-1].isalpha()
    return letter if letter in "ẠƠ" or (letter == "à" and is_within_small) else ""


def _is_within(read: list[str], letter: str, rest: str) -> bool:
    """Whether the space is all that is left of the letter, and not the one behind its word as well."""
    after = _WORD.match(rest)
    before = _WORD.findall("".join(read[-_LONGEST:]) + letter)
    return after is None or is_syllable(before[-1] + after[0])


# --- letters that are gone ------------------------------------------------------------------------------------

_GONE = re.compile(r"[^\W\d_]\?+[^\W\d_]|[^\W\d_]\ufffd|\ufffd[^\W\d_]")
_GONE_AT_AN_END = re.compile(r"[^\W\d_]\?(?=[\s,]|$)|(?:^|\s)\?[^\W\d_]")
_NO_PROSE = re.compile(r"[=@&/]|\.\w")  # addresses of pages


def lost(text: str) -> int:
    """How sure it is that letters of a text are gone, “Nguy?n Th? M?”: 2, 1 (it may be a question), or 0."""
    if ("?" not in text and _LOST not in text) or _NO_PROSE.search(text):
        return 0
    if _GONE.search(text):
        return 2
    return int(" " in text and _GONE_AT_AN_END.search(text) is not None)
