"""What the headers of columns mean: the field each names, and what they say their cells are not."""

import csv
import itertools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from communities import names

_DATA = Path(__file__).parents[2] / "data"

#: Letters of other alphabets that look like ours: a header typed with them is read as it looks.
_LOOKALIKES = str.maketrans("АВЕЅІЈКМНОРСТУХаеоѕіјрсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABESIJKMHOPCTYXaeosijpcyxABEZHIKMNOPTYX")


@lru_cache(maxsize=5_000)
def fold(text: str) -> str:
    """names.fold of what a header looks like."""
    return names.fold(text.translate(_LOOKALIKES))


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
    r"\b(vo|chong|con|cha|me|bo|chau|nguoi than|than nhan|nguoi thue|nguoi nop|nguoi nhan|"
    r"nguoi lap|giao vien|hoc sinh|nguoi giam ho|chu cu|nguoi gioi thieu)\b"
)
#: Somebody in office, whose name and number are no household's.
_OFFICIAL = re.compile(
    r"\b(can bo|truong (thon|ban|xom|to|cum|nhom|doi|khu|ap|buon|khom|lang)|(to|nhom|hoi|doi|ban|cum|xom|thon) truong|"
    r"phu trach|chi hoi|nguoi truc|truc ban|cong tac vien|bi thu|chu tich|cong an|y te|giao vien|chu nhiem|nhan vien|"
    r"nguoi (quan ly|theo doi|lap|thu))\b"
)
#: What was and is no longer: a head of former days, a number nobody answers.
_FORMER = re.compile(
    r"\b(trước đây|trước kia|ngày trước|hồi trước|(?<!đồ )cũ|(không|ko|k) (còn )?(dùng|sử dụng|liên lạc)|"
    r"ngừng dùng|đã bỏ|đã đổi)\b|\b(truoc day|truoc kia|khong (con )?(dung|su dung|lien lac))\b"
)
_FORMER_PLAIN = re.compile(r"\b(chu ho|sdt|dt|dien thoai|so) cu$")
#: Numbers of books, contracts and meters, which may look like telephones.
_OTHER_NUMBER = re.compile(
    r"\b(sổ|thẻ|hợp đồng|công tơ|đồng hồ|tài khoản|biên lai|hóa đơn|hoá đơn|quyết định|thửa|tờ|seri|sê-ri)\b|"
    r"\b(so so|hop dong|hd|cong to|tai khoan|stk|bien lai|hoa don|quyet dinh|cccd|cmnd|can cuoc|dinh danh|bhyt|bhxh|"
    r"ma|mst|serial|seri|so hieu)\b"
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
        _first_line(header),
        re.sub(r"^\d+ | \d+$", "", whole),
        fold(header.partition("/")[0]),
    ):
        if key in exact and key:
            return exact[key]
    if ("." in header or "/" in header) and (known := _unabbreviated(bare)):
        return known
    asked = set(bare.split())
    if "nao" in asked:  # “Ông/bà ở thôn nào?”
        asked -= {"o", "nao", "la", "thuoc", "ong", "ba", "anh", "chi", "gia", "dinh", "quy", "vi"}
    if asked and asked <= _PLACES and asked != {"ten"}:
        return "village"
    return ""


_SHORT = {
    "h": ("ho",), "d": ("dien", "dia"), "s": ("so",), "n": ("nam", "ngay", "nhan"), "ng": ("ngay",),
    "g": ("ghi", "gioi"), "q": ("quan",),
    "t": ("ten", "tong"), "c": ("chu",), "k": ("khau",), "ch": ("chu ho",), "v": ("va",), "nk": ("nhan khau",),
}  # fmt: skip


def _unabbreviated(folded: str) -> str:
    """The field of “S.T.T”, “H.tên chủ hộ”, “Đ.thoại”: letters run together, or each is the word it begins."""
    exact, _ = _aliases()
    words_ = folded.split()
    joined = re.sub(r"\b(\w) (?=\w\b)", r"\1", folded)
    if joined in exact or len(words_) > 6:
        return exact.get(joined, "")
    spelled = itertools.product(*((*_SHORT.get(word, ()), word) for word in words_))
    return next((exact[text] for each in spelled if (text := " ".join(each)) in exact), "")


def _first_line(header: str) -> str:
    """The first line of a header, folded, where what follows only explains it: “Họ và tên / (viết in hoa)”."""
    first, _, rest = header.partition("\n")
    told = fold(re.sub(r"[(\[][^)\]]*[)\]]?", " ", rest))
    return fold(first) if all(word in _HARMLESS or word.isdigit() for word in told.split()) else ""


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
        if name == "family_part" and "ten" in rest.split():
            name = "full_name"  # “Họ, chữ đệm, tên thành viên”
        if name in WHOLE_NAMES and not all(word in _HARMLESS or word.isdigit() for word in rest.split()):
            continue
        return "head_name" if name == "full_name" and re.search(r"\bchu ho\b", rest) else name
    return "phone" if _PHONE.search(whole) and not _MONEY.search(whole) else ""


def is_of_other(folded: str) -> bool:
    """Whether a folded header is about somebody else than the household's head: its wife, a teacher, a payer."""
    return _OTHER_PERSON.search(folded) is not None or _OFFICIAL.search(folded) is not None


def is_of_official(header: str) -> bool:
    """Whether a header is about somebody in office: “Tổ trưởng”, “Cán bộ phụ trách”."""
    return _OFFICIAL.search(fold(header)) is not None


@lru_cache(maxsize=5_000)
def is_set_aside(header: str) -> bool:
    """Whether a header is about an official, or about what is no longer so: “SĐT cũ”, “Chủ hộ (trước đây)”."""
    folded = fold(header)
    low = unicodedata.normalize("NFC", header).casefold()
    is_former = _FORMER.search(low) or (header.isascii() and _FORMER_PLAIN.search(folded))
    return bool(is_former) or is_of_official(header)


@lru_cache(maxsize=5_000)
def explains_number(header: str) -> bool:
    """Whether a header says that its numbers are none a household is called by: of a book, of an official, of old."""
    low = unicodedata.normalize("NFC", header).casefold()
    return (
        is_set_aside(header) or _OTHER_NUMBER.search(low) is not None or _OTHER_NUMBER.search(fold(header)) is not None
    )


#: What is nothing of the household where its header is set aside (is_set_aside).
_CALLED = frozenset({*_OF_ONE, "phone", "zalo"})
_OF_HEAD = re.compile(r"\b(?<!voi )chu ho\b")  # “Thông tin chủ hộ” above “Họ và tên”
_WHOSE = re.compile(
    r"\b(so( dt| dien thoai)?|sdt|dt|dien thoai|zalo|may) (nay )?(cua )?(ai|nguoi nao)\b|\bchu thue bao\b"
)


def field_of(path: tuple[str, ...]) -> tuple[str, bool]:
    """The field of a column by its headers from the top down, and whether they name it outright."""
    told, is_exact = _field_of(path)
    whole = " ".join(path)
    if told in _CALLED and is_set_aside(whole):
        return "", False
    if told == "household_code" and fold(whole).startswith("so "):
        return told, False  # “Số sổ hộ khẩu”, where there is no “Mã hộ”
    if told == "full_name" and _OF_HEAD.search(fold(whole)):
        return "head_name", is_exact
    if told == "relation" and _WHOSE.search(fold(whole)):
        return "", False  # whose telephone it is, and not who stands in the row
    return told, is_exact


def _field_of(path: tuple[str, ...]) -> tuple[str, bool]:
    if len(path) == 1:
        exact = exact_field(path[0])
        return (exact, True) if exact else (partial_field(path[0]), False)
    column = _Below.of(path)
    whole = _aliases()[0].get(fold(" ".join(path)))
    if whole is not None and not (column.parent == "full_name" and column.key == "ho"):  # “Họ”, and not “hộ”
        return whole, True
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
