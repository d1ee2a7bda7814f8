"""Vietnamese as the cheap alphabet of an SMS carries it: without marks, signs written out, nothing unseen.

What has no plain form (an emoji, another script) stays as it is and is pointed out to the author: `Sms.costly`.
"""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

from notices.adapters import sms

#: As an office writes these by hand, where the library would say something else: ÷ stands between two ends.
_SIGNS = {
    **dict.fromkeys("“”„«»″", '"'),
    **dict.fromkeys("–—―÷", "-"),
    **dict.fromkeys("→⇒⟶➔➜➝➞➡", "->"),
    # Bullets, those of Word's own fonts (private use) too.
    **dict.fromkeys("•●○◦■□▪▫◆◇♦★☆❖✓✔✅☑➢➣➤▶►‣⁃∙\uf02d\uf076\uf0a7\uf0b7\uf0d8\uf0fc", "-"),
    "đ": "d", "Đ": "D", "₫": "d", "×": "x", "≠": "khac", "±": "+/-", "‰": " phan nghin",
}  # fmt: skip
_PLAIN = str.maketrans(_SIGNS)
#: 38°C, 38 ºC (as typed for it) and 38℃ → 38 do C.
_DEGREE = re.compile(r"\s*[°º]\s*")
_CELSIUS = str.maketrans({"℃": "°C", "℉": "°F"})
#: 1½ is one and a half, not eleven halves; 10² is no hundred and two.
_BEFORE_FRACTION = re.compile("(?<=[0-9])(?=[¼-¾⅐-⅞↉])")
_BEFORE_POWER = re.compile("(?<=[0-9])(?=[²³¹⁰⁴-⁹])")
#: Invisible though of no such class: joiners of glyphs and selectors of their look.
_SELECTORS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def visible(text: str) -> str:
    """The text without characters that nobody sees, and with every kind of space an ordinary one. Lines stay."""
    if text.isascii() and text.isprintable():
        return text
    seen = (" " if _is_space(c) else c for c in _SELECTORS.sub("", text) if _is_seen(c))
    return unicodedata.normalize("NFC", "".join(seen))


@lru_cache(maxsize=256)  # a notice has thousands of messages
def unaccent(text: str) -> str:
    """Vietnamese without marks and with signs written out, as an SMS of the cheap alphabet carries it."""
    seen = visible(text).translate(_CELSIUS)
    seen = _DEGREE.sub(" do ", _BEFORE_POWER.sub("^", _BEFORE_FRACTION.sub(" ", seen))).translate(_PLAIN)
    bare = (c for c in unicodedata.normalize("NFD", seen.strip()) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", "".join(_plain(c) if sms.costly(c) else c for c in bare))


def _plain(character: str) -> str:
    """Its plain form; itself where it has none: pictures, and letters of scripts that would have to be translated."""
    if unicodedata.category(character) in ("Lo", "Co", "Cn"):
        return character
    plain = anyascii(character)
    return character if not plain or (len(plain) > 1 and plain.startswith(":")) else plain


def _is_space(character: str) -> bool:
    return character != "\n" and (character.isspace() or unicodedata.category(character).startswith("Z"))


def _is_seen(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
