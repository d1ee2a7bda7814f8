"""Vietnamese names and text as keys: for finding without accents, and for sorting by given name.

Pure functions. The keys behave as PostgreSQL's ICU collations would (`vi-x-icu` for order, level-1
comparison for search), which the embedded server lacks; see docs/decisions.
"""

import unicodedata

# Letters in Vietnamese order, and tones ngang-huyền-hỏi-ngã-sắc-nặng.
_LETTERS = {letter: index for index, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz", start=1)}
_TONES = {"̀": 1, "̉": 2, "̃": 3, "́": 4, "̣": 5}
_VILLAGE_WORDS = (
    "to dan pho", "khu pho", "khoi pho", "tieu khu", "khu dan cu", "thon", "ban", "xom", "lang", "ap", "buon", "bon",
    "phum", "soc", "khom", "khoi", "khu", "tdp", "kp", "to", "t",
)  # fmt: skip


def clean(text: str) -> str:
    """NFC, non-breaking spaces made plain, runs of space squeezed. Never changes a letter."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(text: str) -> str:
    """Lower-case letters and digits without any mark, words parted by one space: “Đỗ Thị Bưởi ” → “do thi buoi”."""
    plain = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())


def title(text: str) -> str:
    """ALL CAPS as a person would write it; anything else only cleaned: “LÊ THỊ VÂN” → “Lê Thị Vân”."""
    cleaned = clean(text)  # str.title() is wrong on NFD
    return cleaned.title() if cleaned.isupper() else cleaned


def search_key(*parts: str) -> str:
    """What a search without accents looks in: the folded parts, padded so that words can be matched whole."""
    return " ".join(key for part in parts if (key := fold(part)))


def sort_key(name: str) -> str:
    """A string whose plain byte order is the Vietnamese order of people: given name, middle names, surname.

    Letters compare before tones, as in a dictionary: Thúy, Thụy and Thủy stand together.
    """
    words = clean(name).casefold().split()
    words = words[-1:] + words[1:-1] + words[:1] if len(words) > 1 else words
    letters, tones = [], []
    for word in words:
        marked = []
        for character in word:
            base, tone = _split(character)
            letters.append(chr(0x40 + _LETTERS[base]) if base in _LETTERS else base)
            marked.append(_TONES.get(tone, 0))
        letters.append(" ")
        tones.append(str(max(marked, default=0)))
    return f"{''.join(letters).strip()} {''.join(tones)}"[:150]


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


def _split(character: str) -> tuple[str, str]:
    """A letter with its Vietnamese hat or horn kept, and its tone apart: ậ → (â, dot below)."""
    base, tone = "", ""
    for mark in unicodedata.normalize("NFD", character):
        if mark in _TONES:
            tone = mark
        else:
            base += mark
    return unicodedata.normalize("NFC", base), tone
