"""What looks like a person's name, relation or telephone."""

import csv
import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from communities import names

_DATA = Path(__file__).parents[2] / "data"


@cache
def _relations() -> frozenset[str]:
    with open(_DATA / "relation_to_head.csv", encoding="utf-8", newline="") as file:
        head = next(row for row in csv.DictReader(file) if row["code"] == "head")
    own = ("x", "v", "c", "co", "dung", "yes", "true", "1", "c ho", "c h", "chuho", "dai dien ho", "head")
    return frozenset({*own, *(names.fold(word) for word in (head["label_vi"], *head["aliases"].split("|")))})


#: What may stand beside “chủ hộ” where it is the head: “Bà chủ hộ (mới)”. “Vợ chủ hộ” and “chủ hộ cũ” are others.
_OF_A_HEAD = frozenset(
    {"ong", "ba", "anh", "chi", "la", "moi", "hien", "nay", "tai", "gia", "dinh", "nam", "nu", "1", "01"}
)


_ASIDE = re.compile(r"\([^()]*\)")
_FORMER = re.compile(r"\b(cu|truoc|truoc day)\b")


@lru_cache(maxsize=5_000)
def is_head(relation: str) -> bool:
    """Whether a relation to the head is the head's own: “Chủ hộ”, “CH”, “Bà chủ hộ (mới)”, or a mark in its column."""
    if relation and not any(map(str.isalnum, relation)):
        return relation.strip() not in {"", "-", "–", "—", "☐", "."}
    aside = _ASIDE.search(relation)
    if aside is not None and not _FORMER.search(names.fold(aside[0])):
        relation = relation.replace(aside[0], " ")
    folded = names.fold(re.sub(r"[✓✔☑√*]", "x", relation))
    if folded in _relations():
        return True
    before, is_told, after = folded.partition("chu ho")
    return bool(is_told) and {*before.split(), *after.split()} <= _OF_A_HEAD


_KIN = r"(vợ|chồng|con(?: trai| gái| dâu| rể)?|mẹ|bố|cha|cháu)"
_RELATIVE = re.compile(r"\(?" + _KIN + r"(?:\s*[:)\-–]\s*|\s+(?:là\s+)?)(?=\S)", re.I)
_RELATIVE_BEHIND = re.compile(r"[(\-–,]\s*(?:là )?" + _KIN + r"\s*\)?$", re.I)


def relative_of(name: str) -> str:
    """“Vợ: Lê Thị Vung”, “Lê Thị Vung (vợ)” → “vợ”; "" where no relation stands beside a name."""
    text = unicodedata.normalize("NFC", name).strip(" -–+•*")
    found = _RELATIVE.match(text)
    if found and (found[0].strip()[-1] in ":)-–" or looks_like_name(text[found.end() :])):
        return found[1].lower()
    found = _RELATIVE_BEHIND.search(text)
    return found[1].lower() if found and looks_like_name(text[: found.start()].strip()) else ""


_UPLAND = (
    "lo", "vi", "ha", "cam", "giang", "sung", "thao", "ho", "hang", "vang", "vu", "mua", "quach", "luc", "lau", "va",
    "xong", "ma", "ly", "then",
)  # fmt: skip


@cache
def _surnames() -> frozenset[str]:
    with open(_DATA / "names_surnames.csv", encoding="utf-8", newline="") as file:
        known = {names.fold(row["surname"]) for row in csv.DictReader(file)}
    return frozenset({*known, *_UPLAND})


@cache
def _written_surnames() -> frozenset[str]:
    with open(_DATA / "names_surnames.csv", encoding="utf-8", newline="") as file:
        return frozenset(unicodedata.normalize("NFC", row["surname"]).casefold() for row in csv.DictReader(file))


_ADDRESSES = frozenset({"ong", "ba", "o", "b", "cu", "anh", "chi", "co", "chu", "bac"})
_NO_NAME = frozenset(":;@/=<>?!#%")
#: Middle names that many write small: “Nguyễn văn an”.
_MIDDLE = frozenset({"van", "thi", "duc", "huu", "ngoc", "minh", "dinh", "quang", "thanh", "xuan", "cong", "ba", "the"})


def looks_like_name(value: object) -> bool:
    """Two to six words of letters, the first a surname; not a sentence that begins like one: “Hộ có xe máy”."""
    if not isinstance(value, str) or not 4 <= len(value) <= 60 or not _NO_NAME.isdisjoint(value):
        return False
    bare = (re.sub(r"\(.*?\)", "", value) if "(" in value else value).lstrip(" -–+•*.")
    folded = names.fold(bare).split()
    if len(folded) > 2 and folded[0] in _ADDRESSES:
        folded, bare = folded[1:], bare.replace(".", " ").strip().partition(" ")[2]
    if not 2 <= len(folded) <= 6 or folded[0] not in _surnames() or not all(word.isalpha() for word in folded):
        return False
    first, *others = bare.split()
    if not others or not first[0].isupper() or any(word[0].isupper() for word in others):
        return True
    is_surname = bare.isascii() or unicodedata.normalize("NFC", first).casefold() in _written_surnames()
    return folded[1] in _MIDDLE or (is_surname and len(others) == 1)


def could_be_name(value: object) -> bool:
    """A word or more of letters, each with a capital: what names of any people look like, and sentences do not."""
    if not isinstance(value, str) or not 2 <= len(value) <= 60:
        return False
    words_ = re.sub(r"\(.*?\)|['’`.-]", " ", value).split()
    is_written = all(word.isalpha() and word[0].isupper() for word in words_)
    return (1 <= len(words_) <= 8 and is_written) or looks_like_name(value)


def looks_like_phone(value: object) -> bool:
    """Nine or ten digits of a mobile number, with or without its zero."""
    digits = re.sub(r"[\s.\-+]", "", str(value))
    return bool(re.match(r"(?:0|84)?[35789]\d{8}(?!\d)|(?:0|84)?510\d{6}(?!\d)", digits))
