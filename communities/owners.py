"""Whose number it is, by the words beside it: a person of the household, an official, or nobody's any more.

Pure functions over single pieces of text.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from communities import names

_LABEL_WORDS = (
    r"số điện thoại|điện thoại|đtdđ|sđt|sdt|đt|dt|dđ|di động|số|so|tel|phone|zalo|của|cua|máy bàn|cố định|máy|viettel|"
    r"vina ?phone|vina|mobi ?fone|mobi|vietnamobile|sim \d|mới"
)
_CALL_WORDS = r"gọi|goi|liên hệ|liên lạc|lh|nhắn|báo|nhờ|qua"
_LABEL = re.compile(rf"(?:{_LABEL_WORDS})\b[\s.:]*", re.IGNORECASE)
_CALL = re.compile(rf"(?:(?:hãy|xin|cần)\s+)?(?:{_CALL_WORDS})\b[\s.:]*(?:(?:cho|qua|số)\s+)?", re.IGNORECASE)
_LABELS_AT_END = re.compile(rf"(?:(?<!\w)(?:{_LABEL_WORDS}|{_CALL_WORDS})\s*[.:]*\s*)+$", re.IGNORECASE)
_KIN = re.compile(
    r"(?:vợ|chồng|con|cháu|chắt|bố|cha|ba|má|mẹ|ông|bà|cụ|anh|chị|em|cô|dì|chú|bác|cậu|mợ|thím|dâu|rể|hàng xóm|"
    r"nhà bên|người (?:nhà|thân|quen|trông|thuê)|bạn|chủ (?:hộ|nhà))\b",
    re.IGNORECASE,
)
_OF_HEAD = frozenset({"chu ho", "ch", "chu", "chu nha", "goi", "nhan tin", "dang dung", "ban", "chinh", "phu", "rieng"})
_LETTERS = {"ô": "ông", "b": "bà", "v": "vợ", "c": "con"}
_OFFICIAL = re.compile(
    r"(?:truong|pho) (?:thon|ban|xom|ap|khu|khom|khoi|buon|lang|cum|nhom|cong an|tram|ban)\b|to (?:truong|pho)\b|"
    r"(?:cum|nhom|chi hoi) truong\b|bi thu\b|can bo\b|cong an\b|dan quan\b|ubnd\b|uy ban\b|(?:tram )?y te\b|"
    r"cong tac vien\b|nha van hoa\b|truc ban\b|tong dai\b"
)
_ASKED_OF_OFFICIAL = re.compile(rf"(?:(?:so|sdt|dt|cua|nho|goi|qua|bao|lien he|lh|nhan) )+(?:{_OFFICIAL.pattern})")
_OUT_OF_USE = re.compile(
    r"(?:so )?cu|(?:so )?(?:da )?(?:bo|hong|khoa|huy)|mat sim|"
    r"(?:so )?(?:khong|ko|k|het|ngung|thoi) (?:con )?(?:dung|su dung|lien lac)(?: duoc)?(?: nua)?"
)
_LONGEST = 50  # letters, as many as are kept with a number


# A list says “con trai” a hundred times: what is said of a word is kept.


def of(words: Iterable[str]) -> str:
    """Whose phone it is: the remarks without labels such as “ĐT”; nothing for the head's own."""
    kept = []
    for word in words:
        cleaned = without_labels(word)
        if len(cleaned) == 1:  # a mark, or “Ô”, “B”
            cleaned = _LETTERS.get(cleaned.casefold(), "")
        if cleaned and not _is_of_head(cleaned):
            kept.append(cleaned[:1].lower() + cleaned[1:] if not cleaned.isupper() else cleaned.lower())
    return ", ".join(kept)[:_LONGEST]


@lru_cache(maxsize=1_000)
def _is_of_head(text: str) -> bool:
    return names.fold(text) in _OF_HEAD


@lru_cache(maxsize=1_000)
def without_labels(text: str) -> str:
    """A remark without “ĐT”, “Zalo”, “số của” before it, and without “gọi” before a person: “gọi vợ” → “vợ”."""
    text = names.clean(text).strip(" :.-")
    while label := _LABEL.match(text):
        text = text[label.end() :].strip(" :.-")
    if (call := _CALL.match(text)) and is_kin(text[call.end() :]):
        text = text[call.end() :].strip(" :.-")
    return text


def without_labels_behind(text: str) -> str:
    """A text without the label of a number at its end: “Đào Thị Gió - ĐT:” → “Đào Thị Gió -”."""
    return _LABELS_AT_END.sub("", text)


def is_kin(text: str) -> bool:
    """Whether a text begins with the word for a person of the household, or near it: con gái, vợ, hàng xóm …"""
    return _KIN.match(text) is not None


@lru_cache(maxsize=1_000)
def is_official(text: str) -> bool:
    """Whether a text names an office: trưởng thôn, công an xã …"""
    return _OFFICIAL.match(names.fold(without_labels(text))) is not None


@lru_cache(maxsize=1_000)
def asks_official(text: str) -> bool:
    """Whether a text sends to an office: “gọi trưởng thôn”, “số của công an xã”."""
    return _ASKED_OF_OFFICIAL.search(names.fold(text)) is not None


@lru_cache(maxsize=1_000)
def is_out_of_use(text: str) -> bool:
    """Whether a remark says that the number is no longer used: “số cũ”, “không dùng”."""
    return _OUT_OF_USE.fullmatch(names.fold(text)) is not None
