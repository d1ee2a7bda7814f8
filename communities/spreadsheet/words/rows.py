"""What the texts of rows mean that are nobody's: totals, signatures, group rows, ditto marks."""

import re
import unicodedata

from communities import names

_DITTO = re.compile(
    r"""[-–\s]*(?:n[./]?t\.?|["“”″〃'‘’`,]{1,4}|/{2}|\\{2}|-?"-?|ditto|như trên|nhu tren|như trên,? ?nt)[-–\s."”]*""",
    re.I,
)
_DITTO_STARTS = frozenset("nNdD-–\"“”″〃'‘’`,/\\")
_TOTAL = re.compile(
    r"(tổng|cộng|t ?[./] ?(cộng|số)|tc\b|σ|toàn (thôn|xóm|xã|bản)|bằng chữ|lũy kế|luỹ kế|cộng dồn|số hộ|"
    r"số khẩu|trong đó|(số )?(mang|chuyển) (sang|qua|từ|tiếp|trang|xuống|lên)|trang (trước|sau|\d+) (chuyển|mang)|"
    r"tong cong|tong so|cong (thon|xom|ban|to|trang|don)|luy ke|trong do|t cong|"
    r"(so )?(mang|chuyen) (sang|qua|tu|tiep|trang|xuong))(?!\w)"
)
_TOTAL_LETTERS = frozenset("tcblmsσ")  # with which they begin
_TOTAL_PLAIN = re.compile(r"(tong|cong|bang chu)( [a-z]*\d.*)?")
_SURNAMES_OF_TOTALS = re.compile(
    r"(tổng|cộng)\s+(?!số|cộng|hợp|thể|dồn|thôn|xóm|bản|tổ|trang|toàn|sổ|đợt|:)[^\W\d_]+", re.I
)
_END = re.compile(
    r"nguoi lap\b|ky ghi ro|ky va ghi ro|ky ten dong dau|xac nhan cua|t m ban\b|tm ban\b|t m ubnd|tm ubnd|"
    r"truong ban\b|ngay (\S+ ){0,2}thang (\S+ )?nam( \d|$)|ngay \d{1,2} \d{1,2} \d{4}$|"
    r"^[a-z ]{3,40} \d{1,2} \d{1,2} \d{4}$"
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
    """“Tổng cộng”, “Cộng thôn 1”, “Tổng: 30 hộ”, “Chuyển trang sau”; nobody called Tống or Công."""
    low = unicodedata.normalize("NFC", text).casefold().strip(" .:*-–+")
    return low[:1] in _TOTAL_LETTERS and bool(_TOTAL.match(low) or _TOTAL_PLAIN.fullmatch(low))


_PART = re.compile(r"\s*[-+–•*]|(hộ|số hộ|khẩu|số khẩu|nam|nữ|gồm)\b(?! (ông|bà))", re.I)


def is_part_of_total(text: str) -> bool:
    """Whether a text below a total may be what it is made of: “+ Hộ nghèo”, “Hộ cận nghèo: 3 hộ”."""
    return _PART.match(unicodedata.normalize("NFC", text)) is not None


def may_be_surname(text: str) -> bool:
    """Whether “Tổng Duy Tảo” may be a person, and not the sum that its first word says."""
    return _SURNAMES_OF_TOTALS.match(unicodedata.normalize("NFC", text).strip()) is not None


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
_OFFICE = re.compile(
    r"(?:thôn|xóm|tổ|cụm|nhóm|đội|khối|khu|bản|ấp|chi hội|liên gia|thon|xom|to|cum|nhom|chi hoi) "
    r"(?:trưởng|phó|truong|pho)\b"
)
_GLUED = re.compile(r"^((?i:thôn|xóm|ấp|bản|khu phố|tổ|cụm|đội|ngõ|khối|tdp|kp))(?=\d|[A-ZĐÀ-Ỹ][a-zà-ỹ])")
_SHORT_WORD = re.compile(
    r"(?:(?:T|Th|TDP|KP|TK)\s?\.\s?|(?:K\.? ?[Pp]hố|T\.? ?[Dd]ân phố|[Tt]ổ ?DP|T\.DP|TDP|KP) )[^\W_]"
)  # “T. Đông Phú”, “T.3”
_PLAIN_RANKS = (
    (1, re.compile(r"(ban|lang|ap|buon) \d")), (2, re.compile(r"khu \d")), (3, re.compile(r"(to|doi|nhom) \d")),
    (4, re.compile(r"(ngo|ngach|hem) \d")),
)  # fmt: skip
_COUNT = re.compile(r"(?<!\d)\d{1,9} ?(?:hộ|khẩu|nhân khẩu|người)\b", re.I)
_BEFORE_COUNT = re.compile(r"(?:gồm|có|tổng số)$", re.I)


def group_of(text: str) -> tuple[str, int] | None:
    """The label of a group row and its rank (0 commune … 5 anything else), None when it does not read like one."""
    text = _GLUED.sub(r"\1 ", " ".join(text.split()), count=1)
    numeral = None if _SHORT_WORD.match(text) else _NUMERAL.match(text)
    bare = text[numeral.end() :] if numeral else text
    label = _without_leader(_without_count(bare)).strip(" :.-–") or bare
    low = unicodedata.normalize("NFC", label).casefold().removeprefix("địa bàn ").removeprefix("địa chỉ: ")
    if len(label) > 80:
        return None
    if _SHORT_WORD.match(label):
        return label, 1
    if _OFFICE.match(low):
        return None
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
    return _without_leader(_without_count(bare)).strip(" :.-–") or bare


_LEADER = re.compile(
    r"[-–:(,;]\s?(?:(?:cụm|tổ|nhóm|đội|xóm|ngõ|thôn) trưởng|trưởng (?:cụm|tổ|nhóm|đội|xóm|ngõ|thôn)|phụ trách|"
    r"do (?:ông|bà))\b.*",
    re.I,
)


def _without_leader(text: str) -> str:
    """“Cụm 1 - Cụm trưởng Vũ Văn Ấm” → “Cụm 1”."""
    found = _LEADER.search(text)
    return text[: found.start()].rstrip() if found else text


def _without_count(text: str) -> str:
    """“Đông Phú (gồm 35 hộ)” → “Đông Phú”."""
    found = _COUNT.search(text)
    if found is None:
        return text
    before = text[: found.start()].rstrip(" :")
    if told := _BEFORE_COUNT.search(before, max(len(before) - 8, 0)):
        before = before[: told.start()]
    return before.rstrip(" (:–-")


_LONGEST_NUMERAL = 7  # letters: XXXVIII


def numeral_of(value: object) -> int | None:
    """The rank of a lone numeral before a group's name: I, II → 1; A, B → 0."""
    text = str(value).strip(" .)")
    if len(text) > _LONGEST_NUMERAL:
        return None
    if re.fullmatch(r"(?=[IVX])(X{0,3})(IX|IV|V?I{0,3})", text):
        return 1
    return 0 if re.fullmatch(r"[A-HĐ]", text) else None


_HOUSEHOLD = re.compile(
    r"(?:\d{1,3}[.)]\s*)?(?:hộ|chủ hộ|gia đình|hộ gia đình)\s*(?:số|thứ|:|ông|bà|ô\.|b\.|anh|chị|nhà)\W*", re.I
)


def opens_household(text: str) -> bool:
    """“Hộ số 1”, “Hộ ông Nguyễn Văn An”: a row that begins a household and is no person."""
    return len(text) <= 80 and _HOUSEHOLD.match(unicodedata.normalize("NFC", text)) is not None


def is_example(number: str) -> bool:
    """“VD”, “Ví dụ”, “Mẫu” where a running number is expected."""
    return names.fold(number) in {"vd", "v d", "vi du", "mau", "dong mau", "vd mau", "example", "vi du mau"}
