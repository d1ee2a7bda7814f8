"""What words in a list mean: headers, group rows, totals, signatures, relations, ditto marks. Pure text."""

import csv
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from communities import names

_DATA = Path(__file__).parents[1] / "data"

#: Letters of other alphabets that look like ours: a header typed with them is read as it looks.
_LOOKALIKES = str.maketrans("АВЕЅІЈКМНОРСТУХаеоѕіјрсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABESIJKMHOPCTYXaeosijpcyxABEZHIKMNOPTYX")


@lru_cache(maxsize=5_000)
def fold(text: str) -> str:
    """names.fold of what a header looks like."""
    return names.fold(text.translate(_LOOKALIKES))


# --- headers ----------------------------------------------------------------------------------------------


@cache
def _aliases() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Folded header → field, and the aliases of two words and more, longest first, for headers that say more."""
    exact: dict[str, str] = {}
    with open(_DATA / "household_header_aliases.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for alias in row["aliases_normalised"].split("|"):
                exact.setdefault(alias, row["field"])
    parts = sorted((alias for alias in exact if " " in alias), key=lambda alias: (-len(alias), alias))
    return exact, [(alias, exact[alias]) for alias in parts]


WHOLE_NAMES = frozenset({"head_name", "full_name"})
NAMES = WHOLE_NAMES | {"family_part"}  # every list of people has one of them
_OF_ONE = frozenset({*WHOLE_NAMES, "birth", "birth_male", "birth_female", "gender", "family_part", "given_part"})
_OTHER_PERSON = re.compile(
    r"\b(vo|chong|con|cha|me|bo|chau|nguoi than|than nhan|nguoi thue|nguoi nop|nguoi nhan|can bo|truong thon|"
    r"nguoi lap|giao vien|hoc sinh|nguoi giam ho|chu cu|nguoi gioi thieu)\b"
)
_PHONE = re.compile(r"\b(sdt|dt|dtdd|di dong|mobile|phone|tel)\b")
_MONEY = re.compile(r"\b(tien|phi|cuoc|dinh danh)\b")
_HARMLESS = frozenset({
    "ong", "ba", "o", "b", "gia", "dinh", "viet", "in", "hoa", "chu", "day", "du", "theo", "so", "ho", "khau", "cccd",
    "cmnd", "giay", "to", "nam", "cua", "va", "ten", "hien", "nay", "thon", "xom", "moi", "nguoi", "dai", "dien",
    "hoac", "la", "full", "name", "khai", "sinh", "nhan", "dan", "can", "cuoc", "tt", "stt", "cac", "trong", "danh",
    "sach", "cu", "tri", "cong", "thuong", "tru", "co", "bang", "hoc", "lot", "dem", "goi", "khac", "tai",
    "gi", "vui", "long", "xin", "nhap", "ghi", "cho", "biet", "quy", "vi", "anh", "chi", "bac",
})  # fmt: skip
_OF_HOUSEHOLD = frozenset({  # words that leave “Số khẩu” the number of all persons of a household
    "trong", "ho", "gia", "dinh", "cua", "hien", "co", "nay", "tong", "so", "nguoi", "tai", "thuc", "te", "dang", "o",
    "sinh", "song", "thuong", "tru", "ca", "moi", "chu", "nhan", "khau", "tat", "den", "ngay", "thoi", "diem",
    "ong", "ba", "anh", "chi", "bac", "bao", "nhieu", "may", "minh",
})  # fmt: skip
_PLACES = frozenset({
    "thon", "ban", "xom", "to", "dan", "pho", "tdp", "khu", "ap", "ten", "dia", "khoi", "kp", "buon", "lang", "bon",
    "khom", "tieu",
})  # fmt: skip


@lru_cache(maxsize=5_000)
def exact_field(header: str) -> str:
    """The field a header names outright: whole, without what stands in brackets, or by its first line."""
    exact, _ = _aliases()
    low = unicodedata.normalize("NFC", header).casefold().strip(" .:*")
    if low in {"hộ", "số hộ", "tt hộ"}:
        return "household_no"  # “Họ” is a part of a name
    whole = fold(header)
    bare = fold(re.sub(r"[(\[][^)\]]*[)\]]?", " ", header))
    for key in (
        whole,
        bare,
        fold(header.partition("\n")[0]),
        re.sub(r"^\d+ | \d+$", "", whole),
        fold(header.partition("/")[0]),
    ):
        if key in exact and key:
            return exact[key]
    asked = set(bare.split())
    if "nao" in asked:  # “Ông/bà ở thôn nào?”
        asked -= {"o", "nao", "la", "thuoc", "ong", "ba", "anh", "chi", "gia", "dinh", "quy", "vi"}
    if asked and asked <= _PLACES and asked != {"ten"}:
        return "village"
    return ""


@lru_cache(maxsize=5_000)
def partial_field(header: str) -> str:
    """The field of the first, longest known part of a header, if the rest does not make it something else."""
    whole = fold(header)
    if len(whole) > 300:
        return ""
    found = [
        (match.start(), -len(alias), alias, name)
        for alias, name in _aliases()[1]
        if alias in whole and (match := re.search(rf"\b{alias}\b", whole))
    ]
    outside = fold(re.sub(r"[(\[][^)\]]*[)\]]?", " ", header))
    for _, _, alias, name in sorted(found):
        rest = re.sub(rf"\b{alias}\b", " ", outside)
        if name == "members_count" and set(re.sub(r"\b(nam )?\d+\b", " ", rest).split()) - _OF_HOUSEHOLD:
            continue  # “Số người trong độ tuổi lao động”
        if name not in _OF_ONE:
            return "" if name == "phone" and _MONEY.search(whole) else name
        if is_of_other(rest):
            return ""
        if name in WHOLE_NAMES and not all(word in _HARMLESS or word.isdigit() for word in rest.split()):
            continue
        return "head_name" if name == "full_name" and re.search(r"\bchu ho\b", rest) else name
    return "phone" if _PHONE.search(whole) and not _MONEY.search(whole) else ""


def is_of_other(folded: str) -> bool:
    """Whether a folded header is about somebody else than the household's head: its wife, a teacher, a payer."""
    return _OTHER_PERSON.search(folded) is not None


def field_of(path: tuple[str, ...]) -> tuple[str, bool]:
    """The field of a column by its headers from the top down, and whether they name it outright."""
    if len(path) == 1:
        exact = exact_field(path[0])
        return (exact, True) if exact else (partial_field(path[0]), False)
    whole = _aliases()[0].get(fold(" ".join(path)))
    if whole is not None:
        return whole, True
    column = _Below.of(path)
    if is_of_other(fold(" ".join(path[:-1]))) and column.parent != "relation" and column.own in _OF_ONE:
        return "", False
    return _BELOW.get(column.parent, _own_field)(column)


@dataclass(frozen=True, slots=True)
class _Below:
    """The lowest header of a column, below others."""

    parent: str  # the field that the headers above it name
    text: str
    key: str  # the text folded
    exact: str  # the field the text names outright

    @classmethod
    def of(cls, path: tuple[str, ...]) -> "_Below":
        """The lowest header of a path of two and more."""
        parent = exact_field(path[-2]) or partial_field(path[-2]) or partial_field(" ".join(path[:-1]))
        return cls(parent, path[-1], fold(path[-1]), exact_field(path[-1]))

    @property
    def own(self) -> str:
        """The field the text names, outright or in part."""
        return self.exact or partial_field(self.text)


def _own_field(column: _Below) -> tuple[str, bool]:
    return column.own, bool(column.exact)


def _below_head_name(column: _Below) -> tuple[str, bool]:
    is_name = column.own in WHOLE_NAMES or column.key in {"nam", "nu"}  # “Chủ hộ” over “Nam” and “Nữ”
    return ("head_name", True) if is_name else _own_field(column)


def _below_full_name(column: _Below) -> tuple[str, bool]:
    parts = {"nam": "full_name", "nu": "full_name", "ho": "family_part", "ten": "given_part"}
    return parts.get(column.key) or column.own, True


def _below_birth(column: _Below) -> tuple[str, bool]:
    if column.key == "nam" and "ă" in unicodedata.normalize("NFC", column.text).casefold():
        return "birth", True  # day, month and year apart
    by_sex = {"nam": "birth_male", "nu": "birth_female"}
    return by_sex.get(column.key, "" if column.exact == "gender" else column.exact), True


def _below_members(column: _Below) -> tuple[str, bool]:
    is_all = column.key in {"tong", "tong so", "tong cong", "cong", "so khau", "so nguoi"}
    return "members_count" if is_all else "", True


def _below_phone(column: _Below) -> tuple[str, bool]:
    is_other = column.exact and column.exact not in {"head_name", "full_name", "relation"}  # “Chủ hộ”: whose it is
    return column.exact if is_other else column.parent, True


def _below_row_no(column: _Below) -> tuple[str, bool]:
    return {"ho": "household_no", "khau": "row_no"}.get(column.key, column.exact), True


def _below_unused(column: _Below) -> tuple[str, bool]:
    return column.exact if column.exact in {"note", "phone"} else column.parent, False


#: Field of the headers above → what the lowest header then means. Below any other field it speaks for itself.
_BELOW: dict[str, Callable[[_Below], tuple[str, bool]]] = {
    "head_name": _below_head_name,
    "full_name": _below_full_name,
    "birth": _below_birth,
    "gender": lambda _: ("gender", True),
    "members_count": _below_members,
    "phone": _below_phone,
    "zalo": _below_phone,
    "address": lambda column: (column.own or "address", True),
    "row_no": _below_row_no,
    "amount": _below_unused,
    "signature": _below_unused,
    "household_kind": _below_unused,
    "health": _below_unused,
    "health_card": _below_unused,
    "party": _below_unused,
    "ethnicity": _below_unused,
    "education": _below_unused,
}


# --- rows -------------------------------------------------------------------------------------------------

_DITTO = re.compile(
    r"""[-–\s]*(?:n[./]?t\.?|["“”″〃'‘’`,]{1,4}|/{2}|\\{2}|-?"-?|ditto|như trên|nhu tren|như trên,? ?nt)[-–\s."”]*""",
    re.I,
)
_DITTO_STARTS = frozenset("nNdD-–\"“”″〃'‘’`,/\\")
_TOTAL = re.compile(
    r"(tổng|cộng|toàn (thôn|xóm|xã|bản)|bằng chữ|lũy kế|luỹ kế|số hộ|số khẩu|mang sang|chuyển sang|"
    r"trang \d+ (chuyển|mang)|tong cong|tong so|cong (thon|xom|ban|to|trang|don)|mang sang|chuyen sang)\b"
)
_TOTAL_PLAIN = re.compile(r"(tong|cong|bang chu)( [a-z]*\d.*)?")
_END = re.compile(
    r"nguoi lap\b|ky ghi ro|ky va ghi ro|ky ten dong dau|xac nhan cua|t m ban\b|tm ban\b|t m ubnd|tm ubnd|"
    r"truong ban\b|ngay (\d+ )?thang (\d+ )?nam( \d|$)"
)
_SIGNER = re.compile(
    r"(truong (thon|ban|xom|khu|khu pho)|to truong|ke toan|thu quy|bi thu( chi bo)?|chu tich|pho chu tich|"
    r"cong an (xa|vien)|nguoi (ghi|kiem tra|tong hop|thu|nop|giao|nhan)( tien| so)?|can bo|giam doc)\b"
)


def is_ditto(value: object) -> bool:
    """“nt”, “-nt-”, ″, “như trên”: the same as above."""
    if not isinstance(value, str) or value[:1] not in _DITTO_STARTS or len(value) > 14:
        return False
    return _DITTO.fullmatch(value) is not None


def is_total(text: str) -> bool:
    """“Tổng cộng”, “Cộng thôn 1”, “Tổng: 30 hộ”; nobody called Tống or Công."""
    low = unicodedata.normalize("NFC", text).casefold().strip(" .:*-–+")
    return bool(_TOTAL.match(low) or _TOTAL_PLAIN.fullmatch(low))


def ends_list(texts: list[str]) -> bool:
    """Whether the texts of a row belong to a signature block."""
    folded = [names.fold(text) for text in texts]
    return any(_END.search(text) for text in folded) or all(_SIGNER.match(text) for text in folded)


_NUMERAL = re.compile(
    r"(?:(?:[IVX]{1,5}|[A-ZĐ]|\d{1,3}(?:\.\d{1,2})?)(?:[.)/:–-]+\s*|\s+)|[a-zđ]\s*[.)/]\s*|[*+•●▪◦–-]+\s*)(?=\S)"
)
_RANKS = (
    (0, re.compile(r"(xã|phường|thị trấn|xa|phuong|thi tran)\b")),
    (1, re.compile(
        r"(tổ dân phố|to dan pho|tdp|khu phố|khu pho|khối phố|khoi pho|tiểu khu|tieu khu|thôn|thon|bản|làng|ấp|buôn|"
        r"khóm|kp)\b"
    )),
    (2, re.compile(r"(xóm|xom|khu dân cư|khu dan cu|khu|khối|khoi)\b")),
    (3, re.compile(r"(cụm dân cư|cụm|cum|tổ liên gia|tổ tự quản|tổ|đội|liên gia|lien gia|nhóm|chi hội)\b")),
    (4, re.compile(r"(ngõ|ngách|hẻm|kiệt|phố|đường|dãy)\b")),
)  # fmt: skip
_SHORT_WORD = re.compile(r"(?:T|TDP|KP)\s?\.\s?[^\W_]")  # “T. Đông Phú”, “T.3”
_PLAIN_RANKS = (
    (1, re.compile(r"(ban|lang|ap|buon) \d")), (2, re.compile(r"khu \d")), (3, re.compile(r"(to|doi|nhom) \d")),
    (4, re.compile(r"(ngo|ngach|hem) \d")),
)  # fmt: skip
_COUNT = re.compile(r"(?<!\d)\d{1,9} ?(?:hộ|khẩu|nhân khẩu|người)\b", re.I)
_BEFORE_COUNT = re.compile(r"(?:gồm|có|tổng số)$", re.I)


def group_of(text: str) -> tuple[str, int] | None:
    """The label of a group row and its rank (0 commune … 5 anything else), None when it does not read like one."""
    text = " ".join(text.split())
    numeral = None if _SHORT_WORD.match(text) else _NUMERAL.match(text)
    bare = text[numeral.end() :] if numeral else text
    label = _without_count(bare).strip(" :.-–") or bare
    low = unicodedata.normalize("NFC", label).casefold().removeprefix("địa bàn ").removeprefix("địa chỉ: ")
    if len(label) > 80:
        return None
    if _SHORT_WORD.match(label):
        return label, 1
    for rank, pattern in _RANKS:
        match = pattern.match(low)
        if match and len(low) > match.end() + 1:
            return label, rank
    for rank, pattern in _PLAIN_RANKS:
        if low.isascii() and pattern.match(low):
            return label, rank
    return None


def bare_label(text: str) -> str:
    """The text of a group row without its numeral and its counts: “II. ĐÔNG PHÚ (35 hộ)” → “ĐÔNG PHÚ”."""
    text = " ".join(text.split())
    numeral = _NUMERAL.match(text)
    bare = text[numeral.end() :] if numeral else text
    return _without_count(bare).strip(" :.-–") or bare


def _without_count(text: str) -> str:
    """“Đông Phú (gồm 35 hộ)” → “Đông Phú”."""
    found = _COUNT.search(text)
    if found is None:
        return text
    before = text[: found.start()].rstrip(" :")
    if told := _BEFORE_COUNT.search(before, max(len(before) - 8, 0)):
        before = before[: told.start()]
    return before.rstrip(" (:–-")


def numeral_of(value: object) -> int | None:
    """The rank of a lone numeral before a group's name: I, II → 1; A, B → 0."""
    text = str(value).strip(" .)")
    if re.fullmatch(r"(?=[IVX])(X{0,3})(IX|IV|V?I{0,3})", text):
        return 1
    return 0 if re.fullmatch(r"[A-HĐ]", text) else None


_HOUSEHOLD = re.compile(
    r"(?:\d{1,3}[.)]\s*)?(?:hộ|chủ hộ|gia đình|hộ gia đình)\s*(?:số|thứ|:|ông|bà|ô\.|b\.|anh|chị|nhà)\W*", re.I
)


def opens_household(text: str) -> bool:
    """“Hộ số 1”, “Hộ ông Nguyễn Văn An”: a row that begins a household and is no person."""
    return len(text) <= 80 and _HOUSEHOLD.match(unicodedata.normalize("NFC", text)) is not None


@cache
def _relations() -> frozenset[str]:
    with open(_DATA / "relation_to_head.csv", encoding="utf-8", newline="") as file:
        head = next(row for row in csv.DictReader(file) if row["code"] == "head")
    own = ("x", "chu ho gia dinh", "la chu ho", "c ho", "c h", "chuho", "dai dien ho", "head", "1 chu ho", "01 chu ho")
    return frozenset({*own, *(names.fold(word) for word in (head["label_vi"], *head["aliases"].split("|")))})


@lru_cache(maxsize=5_000)
def is_head(relation: str) -> bool:
    """Whether a relation to the head is the head's own: “Chủ hộ”, “CH”."""
    return names.fold(relation) in _relations()


# --- values -----------------------------------------------------------------------------------------------


_UPLAND = (
    "lo", "vi", "ha", "cam", "giang", "sung", "thao", "ho", "hang", "vang", "vu", "mua", "quach", "luc", "lau", "va",
    "xong", "ma", "ly", "then",
)  # fmt: skip


@cache
def _surnames() -> frozenset[str]:
    with open(_DATA / "names_surnames.csv", encoding="utf-8", newline="") as file:
        known = {names.fold(row["surname"]) for row in csv.DictReader(file)}
    return frozenset({*known, *_UPLAND})


def looks_like_name(value: object) -> bool:
    """Two to six words of letters, the first a surname."""
    if not isinstance(value, str) or not 4 <= len(value) <= 60:
        return False
    words = names.fold(re.sub(r"\(.*?\)", "", value)).split()
    words = words[1:] if words and words[0] in {"ong", "ba"} else words
    return 2 <= len(words) <= 6 and words[0] in _surnames() and all(word.isalpha() for word in words)


def looks_like_phone(value: object) -> bool:
    """Nine or ten digits of a mobile number, with or without its zero."""
    digits = re.sub(r"[\s.\-+]", "", str(value))
    return bool(re.match(r"(?:0|84)?[35789]\d{8}(?!\d)|(?:0|84)?510\d{6}(?!\d)", digits))
