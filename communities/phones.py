"""Vietnamese phone numbers as people write them into lists, to E.164.

Pure functions, nothing of Django. What counts as a number comes from the `phonenumbers` metadata of Vietnam;
what changed in 2017 and 2018 comes from data/phone_prefixes.csv.
"""

import csv
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import phonenumbers

from communities import names, owners

MOBILE, LANDLINE = "MOBILE", "LANDLINE"
#: Demo and test phones: 0510 and six digits. The numbering plan gives the range to nobody, so a message sent
#: by mistake reaches nobody; outside a demo such a number is refused.
DEMO_PREFIX = "0510"

_SAYS_NONE = re.compile(
    r"0|x|kdt|(?:k|ko|kg|khong|chua)(?: (?:co|dung|su dung|biet))?(?: (?:so|dt|sdt|dien thoai|so dien thoai))?"
)
_SEPARATOR = re.compile(r"[/;,|\n\r]+|\s[-–—]+\s|\s(?:hoặc|hoac|và|va)\s|&", re.IGNORECASE)
_BRACKET = re.compile(r"[()]")
_REMARK = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_LETTER = re.compile(r"[^\W\d_]")
_THOUSANDS = re.compile(r"\d{2,3}([.,])\d{3}\1\d{3}")  # 510,383,002: a number formatted as an amount
_FIRST_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"\+?\d+")
_WORDS = re.compile(r"[^\W\d_]+(?:\s+[^\W\d_]+)*")
_WORDS_THEN_NUMBER = re.compile(r"(?<=\d)[ .:]+(?=[^\W\d_])")
_NUMBER_THEN_WORDS = re.compile(r"(?:(?<=[^\W\d_])|(?<=\)))[ .:]+(?=\+?\d)")
#: The digits of one number in groups, whatever parts them: “0912, 000, 142”.
_CHAIN = re.compile(r"(?<!\d)\+?\d{1,7}(?:[\s,/;|.\-–—]{1,4}\d{1,7})+(?!\d)")
_PARTING = re.compile(r"[,/;|\n]|\s[-–—]")
_SERVICE = re.compile(r"1[89]00\d{4,6}|11[1-9]|10(?:22|8\d?)|1[89]\d|900|9090|8198|91(?:91|98)")
_LONGEST = 1_000  # characters: as many as a cell of a list has (spreadsheet.MAX_CELL)
_MOST_DIGITS = 15  # of a number, however its country is written
_FEWEST_DIGITS = 9  # of a mobile that lost its zero
_MOST_GROUPS = 64  # of digits in a cell that are tried as numbers in groups


@dataclass(frozen=True, slots=True)
class Phone:
    """One number: E.164, MOBILE or LANDLINE, whose it is (“con trai”), and what had to be repaired."""

    number: str
    kind: str
    owner: str = ""
    repaired: str = ""  # ZERO: the leading zero was lost · PREFIX: a prefix of before 2018
    name: str = ""  # of the person, where a list names every member of a household


@dataclass(frozen=True, slots=True)
class Problem:
    """A text that is no number: TOO_SHORT, TOO_LONG, UNKNOWN_PREFIX, LOST_DIGITS or NO_NUMBER, and the text.

    Or a number that is not the household's: SERVICE (113, 1900…), OFFICIAL (“gọi trưởng thôn 09…”), OLD (“số cũ”).
    """

    kind: str
    text: str


def parse(text: object, *, allow_demo: bool) -> tuple[list[Phone], list[Problem]]:
    """The numbers in one cell, in order and each once, and what in it could not be read.

    An empty cell, or one that says there is no phone (“K có”, “0”), gives neither.
    """
    written = _as_text(text)
    if not written or _SAYS_NONE.fullmatch(names.fold(written) or "0"):
        return [], []
    if re.fullmatch(r"\d[.,]\d+E\+?\d+", written, re.IGNORECASE):
        return [], [Problem("LOST_DIGITS", written)]
    if _THOUSANDS.fullmatch(written):
        written = re.sub(r"\D", "", written)
    if written.isdecimal() and (phone := _number(written, "", allow_demo, old_landline=False)):
        return [phone], []  # most cells of most lists
    if _PARTING.search(written):
        written = _CHAIN.sub(lambda chain: _rejoined(chain[0], allow_demo), written)
    found: dict[str, Phone] = {}
    problems: list[Problem] = []
    said = ""  # “Con trai” in a piece of its own, before its number
    last: Phone | None = None
    for piece in _pieces(written):
        bare = piece.strip(" .-–—")
        if bare and not bare[-1].isdecimal() and _is_whose(bare):
            if last is None:
                said = f"{bare} "
            elif not last.owner:
                found[last.number] = replace(last, owner=owners.of([bare.strip("()[] ")]))
            continue
        phones, wrong = _piece(said + bare, allow_demo)
        for phone in phones:
            last = found.setdefault(phone.number, phone)
        said = ""
        problems += wrong
    if said and not found:
        problems.append(Problem("NO_NUMBER", said.strip()))
    if problems and all(problem.kind == "NO_NUMBER" for problem in problems) and found:
        problems = []  # “0912… , gọi buổi tối”: the words are no lost number
    return list(found.values()), problems


def _is_whose(piece: str) -> bool:
    """Whether a piece has no number, but tells whose the one beside it is."""
    if re.search(r"\d", piece):
        return False
    words = piece.strip("()[] :.")
    return owners.is_kin(owners.without_labels(words)) or owners.is_official(words) or owners.asks_official(words)


def _rejoined(chain: str, allow_demo: bool) -> str:
    """Groups of digits as whole numbers, “0912, 000, 142” → “0912000142”; as they were if any would be left over."""
    parts = _PARTING.split(chain)
    if len(parts) == 1 or all(len(part) >= _FEWEST_DIGITS for part in parts):
        return chain  # numbers between what parts numbers
    groups = _DIGITS.findall(chain)
    if len(groups) > _MOST_GROUPS:
        return chain
    numbers: list[str] = []
    start = 0
    while start < len(groups):
        for end in range(min(len(groups), start + _MOST_DIGITS), start + 1, -1):
            run = groups[start:end]
            if _are_of_one(run, is_all=len(run) == len(groups)) and _number("".join(run), "", allow_demo, False):
                numbers.append("".join(run))
                start = end
                break
        else:
            return chain
    return " / ".join(numbers)


def _are_of_one(groups: list[str], *, is_all: bool) -> bool:
    """Whether groups of digits are such as people make of one number: “09123456 / 7” is rather one with two endings."""
    begins = groups[0].startswith(("0", "+", "84")) or is_all
    return begins and (len(groups[-1]) > 1 or all(len(group) == 1 for group in groups))


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "\n".join(names.clean(line) for line in str(value).split("\n")).strip()
    text = text[:_LONGEST]
    return text.removesuffix(".0") if re.fullmatch(r"\d+\.0", text) else text


def _pieces(text: str) -> Iterator[str]:
    """What stands between separators. Within brackets there is none: “0912… (con gái, ở Bình Dương)” is one number."""
    brackets = [match.start() for match in _BRACKET.finditer(text)]
    start = 0
    for separator in _SEPARATOR.finditer(text):
        following = bisect_left(brackets, separator.end())
        if following < len(brackets) and text[brackets[following]] == ")":
            continue
        yield text[start : separator.start()]
        start = separator.end()
    yield text[start:]


def _piece(text: str, allow_demo: bool) -> tuple[list[Phone], list[Problem]]:
    """Numbers in a piece without separators, each with the remark that stands beside it."""
    if not text:
        return [], []
    remarks = [remark for remark in _REMARK.findall(text) if _LETTER.search(remark)]
    bare = _REMARK.sub(lambda match: " " if _LETTER.search(match[1]) else match[0], text)
    groups = _DIGITS.findall(bare)
    if not groups:
        return [], [] if _SAYS_NONE.fullmatch(names.fold(text)) else [Problem("NO_NUMBER", text)]
    words = [*remarks, *_WORDS.findall(bare)]
    owner = owners.of(words) if words else ""
    old_landline = re.search(r"\(0?37\)", bare) is not None
    phones, start = [], 0
    while start < len(groups):
        last = min(len(groups), start + _MOST_DIGITS)
        for end in range(last, start, -1):  # the longest run of digit groups that is a number
            if phone := _number("".join(groups[start:end]), owner, allow_demo, old_landline):
                phones.append(phone)
                start = end
                break
        else:
            return phones, [_problem("".join(groups[start:]), text)]
    if len(phones) > 1 and len(words) > 1 and len(parts := _by_owner(text)) > 1:
        read = [_piece(part, allow_demo) for part in parts]
        return [phone for found, _ in read for phone in found], [problem for _, wrong in read for problem in wrong]
    if owner and (kind := _whose_else(bare, words, owner, len(phones))):
        return [], [Problem(kind, text)]
    return phones, []


def _by_owner(text: str) -> list[str]:
    """“Vợ 0912… chồng 0913…” in its parts: words before each number, or behind each."""
    parts = _WORDS_THEN_NUMBER if _LETTER.match(text.strip()) else _NUMBER_THEN_WORDS
    found = [part for part in parts.split(text) if part.strip()]
    return found if all(part.count("(") == part.count(")") for part in found) else []


def _whose_else(bare: str, words: list[str], owner: str, numbers: int) -> str:
    """OFFICIAL or OLD where the words beside a number say that it is not the household's. An office behind the number
    tells who the household's head is: “0912… (trưởng thôn)”."""
    before = _FIRST_DIGIT.split(bare, maxsplit=1)[0]
    if owners.is_official(before) or any(map(owners.asks_official, words)):
        return "OFFICIAL"
    return "OLD" if numbers == 1 and owners.is_out_of_use(owner) else ""


def _number(written: str, owner: str, allow_demo: bool, old_landline: bool) -> Phone | None:
    digits, repaired = _national(written)
    if old_landline and digits.startswith("037") and len(digits) in (10, 11):
        digits, repaired = "0237" + digits[3:], "PREFIX"
    elif len(digits) == 11 and digits[:4] in _moved_mobiles():
        digits, repaired = _moved_mobiles()[digits[:4]] + digits[4:], "PREFIX"
    if digits.startswith(DEMO_PREFIX):
        kind = MOBILE if allow_demo and len(digits) == 10 else ""
    else:
        mobile, landline = _patterns()
        kind = MOBILE if mobile.fullmatch(digits[1:]) else LANDLINE if landline.fullmatch(digits[1:]) else ""
    return Phone(f"+84{digits[1:]}", kind, owner, repaired) if kind else None


def _national(written: str) -> tuple[str, str]:
    """Digits with one leading zero, and ZERO when it had to be added."""
    digits = written.lstrip("+")
    if digits.startswith("0084"):
        digits = digits[2:]
    if digits.startswith("84") and (written.startswith("+") or len(digits) >= 11):
        return "0" + digits[2:].removeprefix("0"), ""
    if not digits.startswith("0"):
        return "0" + digits, "ZERO"
    return digits, ""


def _problem(written: str, text: str) -> Problem:
    if _SERVICE.fullmatch(written):
        return Problem("SERVICE", text)
    digits, _ = _national(written)
    kind = "TOO_SHORT" if len(digits) < 10 else "TOO_LONG" if len(digits) > 11 else "UNKNOWN_PREFIX"
    return Problem(kind, text)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    # The library's own patterns, used directly: its parse() costs 100 µs a number, a second in 10,000 rows.
    metadata: Any = phonenumbers.PhoneMetadata.metadata_for_region("VN")
    return (
        re.compile(metadata.mobile.national_number_pattern),
        re.compile(metadata.fixed_line.national_number_pattern),
    )


@cache
def _moved_mobiles() -> dict[str, str]:
    with open(Path(__file__).parent / "data" / "phone_prefixes.csv", encoding="utf-8", newline="") as file:
        return {row["old_prefix"]: row["new_prefix"] for row in csv.DictReader(file) if row["kind"] == "mobile_2018"}
