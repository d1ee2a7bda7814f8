"""Vietnamese names and text as keys: for finding without accents, and for sorting by given name.

Pure functions. The keys behave as PostgreSQL's ICU collations would (`vi-x-icu` for order, level-1
comparison for search), which the embedded server lacks; see docs/decisions.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

# Letters in Vietnamese order, and tones ngang-huyền-hỏi-ngã-sắc-nặng.
_LETTERS = {letter: index for index, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz", start=1)}
_TONES = {"̀": 1, "̉": 2, "̃": 3, "́": 4, "̣": 5}
VILLAGE_WORDS = (
    "to dan pho", "khu pho", "khoi pho", "tieu khu", "khu dan cu", "thon", "ban", "xom", "lang", "ap", "buon", "bon",
    "phum", "soc", "khom", "khoi", "khu", "tdp", "kp", "to", "t",
)  # fmt: skip


_WORD_SPELLINGS = {
    "to lien gia": "Tổ liên gia", "to tu quan": "Tổ tự quản", "cum dan cu": "Cụm dân cư",
    "to dan pho": "Tổ dân phố", "khu pho": "Khu phố", "khoi pho": "Khối phố", "tieu khu": "Tiểu khu",
    "khu dan cu": "Khu dân cư", "thon": "Thôn", "ban": "Bản", "xom": "Xóm", "lang": "Làng", "ap": "Ấp",
    "buon": "Buôn", "bon": "Bon", "phum": "Phum", "soc": "Sóc", "khom": "Khóm", "khoi": "Khối", "khu": "Khu",
    "to": "Tổ",
}  # fmt: skip

_REMEMBERED = 4_096  # texts: a row of a list is asked for the same ones again and again
_MARKS = re.compile(r"[\u0300-\u036f]+")
_WORD = re.compile(r"[^\W_]+")
# Default_Ignorable_Code_Point, which Python's database does not tell, where the category is not Cf: joiners and
# selectors of variants (Mn), fillers (Lo), and places kept for more of the kind (Cn).
_IGNORABLE = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2065, 0x2065), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF),
)  # fmt: skip
_BLANK = "\ufffc\u2800"  # symbols by their category, drawn as nothing: where an object stood, braille of no dot


class _Seen(dict[int, str]):
    """What a character becomes (str.translate), found out by its class the first time it is met."""

    def __missing__(self, code: int) -> str:
        character = self[code] = _as_seen(chr(code))
        return character


def _as_seen(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return character if character in "\t\n\r" else "\n" if character.isspace() else ""
    if category in ("Cf", "Cs") or character in _BLANK:
        return ""
    if any(first <= ord(character) <= last for first, last in _IGNORABLE):
        return ""
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    # Letters, signs and spaces as wide as a Chinese character.
    return (
        unicodedata.normalize("NFKC", character)
        if unicodedata.decomposition(character).startswith("<wide>")
        else (character)
    )


_SEEN = _Seen()


def seen(text: str) -> str:
    """What a reader sees of a text, as it is kept: NFC, characters that nobody sees dropped, digits of other scripts
    and of full width as 0–9. Lines and spaces stay. Every text from outside passes here or through `clean`.

    By class of character (Cc, Cf, Cs, Default_Ignorable_Code_Point), not by a list. The joiners and selectors within
    an emoji go as well: 👨‍👩‍👧 becomes 👨👩👧. U+FFFD stays, it tells that letters were lost.
    """
    if text.isascii() and text.isprintable():
        return text
    left = text.translate(_SEEN)
    if len(left) < len(text) and "u" in left:
        left = _TORN.sub(_mended, unicodedata.normalize("NFC", text)).translate(_SEEN)
    return unicodedata.normalize("NFC", left)


# “ươ” before another letter, with something between its halves: a keyboard then gives the horn to the second alone.
# There is no “uơ” in such a place, but behind q.
_TORN = re.compile(r"(?<![qQ])u([^\w\s]+)(?=[ơờởỡớợ]\w)")


def _mended(torn: re.Match[str]) -> str:
    return torn[0] if torn[1].translate(_SEEN) else "ư"


@lru_cache(maxsize=_REMEMBERED)
def clean(text: str) -> str:
    """One line of what is `seen`, spaces made plain and squeezed. Never changes a letter."""
    return " ".join(seen(text).split())


@lru_cache(maxsize=_REMEMBERED)
def fold(text: str) -> str:
    """Lower-case letters and digits without any mark, words parted by one space: “Đỗ Thị Bưởi ” → “do thi buoi”."""
    # ð is not Vietnamese: Ð (eth) is typed for Đ, which it looks like.
    plain = unicodedata.normalize("NFD", seen(text).casefold()).replace("đ", "d").replace("ð", "d")
    return " ".join(_WORD.findall(_MARKS.sub("", plain)))


# The vowel alone behind these letters is spelled either way: Quý and Quí, Sỹ and Sĩ, Lý and Lí. In Tây and Thúy it is
# another sound than in Tai and Thúi. 0010_one_i has the same for PostgreSQL.
_ALONE = re.compile(r"(?<!\S)(h|k|l|m|s|t|v|qu)([yýỳỷỹỵ])(?!\S)")
_WITH_I = str.maketrans("yýỳỷỹỵ", "iíìỉĩị")


def with_i(text: str) -> str:
    """Lower-case text with the vowel i where it might as well be y: “lê văn quý” → “lê văn quí”. As long as before."""
    return _ALONE.sub(lambda found: found[1] + found[2].translate(_WITH_I), text)


def name_key(text: str) -> str:
    """What the spellings of one name share: `fold`, and one letter for i and y where they are one: “Lý” → “li”."""
    return with_i(fold(text))


def title(text: str) -> str:
    """ALL CAPS or no capital at all as a person would write it; anything else only cleaned: “LÊ VÂN” → “Lê Vân”."""
    cleaned = clean(text)  # str.title() is wrong on NFD
    return unicodedata.normalize("NFC", cleaned.title()) if cleaned.isupper() or cleaned.islower() else cleaned


_ASIDE = re.compile(r"\s*[(\[{]([^)\]}]*)(?:[)\]}]|$)\s*")
_ROMAN = re.compile(r"[IVX]+[AB]?")
_NUMBERED = re.compile(r"^\d{1,4}\s*[.)\-/]\s*")
_LETTERS_ONLY = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)+")
_EDGES = ' .,;:-–*+†"“”'
# What may stand before a name. The first two kinds are never a part of one.
_FORM = re.compile(
    r"(?:(?P<house>hộ gia đình|hộ gđ|gia đình|chủ hộ|hộ|gđ|g\.đ\.?|nhà(?=:? ?(?:ông|bà|cụ|cố|anh|chị|cô|chú|bác)\b))"
    r"|(?P<sure>(?:ông|cụ|bác|cô|anh) ?[/,&+-]? ?\(?(?:bà|chú|chị)\)?|bà ?/ ?ông|bà cụ|cụ ông|cụ|bà"
    r"|ô ?[/.,]? ?b(?=[. ])|đ/c|đồng chí)"
    r"|(?P<kin>ông|anh|chị|cô|chú|bác|cậu|dì|thím|mợ|cố)"
    r"|(?P<short>ô|b|a|c))"
    r"(?P<mark> ?[.:] ?| )(?=\S)",
    re.IGNORECASE,
)
_FORM_WORDS = frozenset(
    re.findall(r"\w+", "hộ gia chủ gđ nhà ông bà cụ cố anh chị cô chú bác cậu dì thím mợ đồng ô b ôb")
)
_MOST_FORMS = 4  # “Hộ gia đình: ông cụ …”
_SURNAMES = frozenset(
    re.findall(
        r"\w+",
        "nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý lí đinh đoàn trịnh mai đào lâm vương "
        "phùng tô tạ hà tăng lương lưu cao chu châu thái thân triệu tống từ trương kiều kim khổng la lã lại lục lò lữ "
        "mạc nghiêm nông ninh ông phí phó quách quản sầm tiêu tôn tòng thạch thi thiều trang trà tưởng ung uông văn vi "
        "viên vừ vàng giàng sùng hờ hơ hạng thào lầu lù cầm cà quàng lường bạc hoàn cù cung đàm đan đàng đậu điêu điền "
        "doãn đồng đới giang giáp hạ hàn hầu hứa khúc khương kha lạc liễu lỗ mã ma mẫn mộc nhan nhâm nhữ bành bế bồ "
        "cái cấn chử chung cổ danh diệp đái đổng lèng ly mông mùa ngân ngụy phương sử tào thang thẩm thôi tiết trưng "
        "viêm xa xồng ksor siu nay kpă rmah rơmah niê êban mlô",
    )
)
#: Words that follow a surname and are none: before them “Ông” is one, “Ông Ích Khiêm”.
_MIDDLES = frozenset(
    re.findall(
        r"\w+",
        "thị ích hữu đình ngọc quốc minh thanh bá đức trọng thế tấn chí gia huy nhật tiến viết duy xuân",
    )
)
_DIED = r"(?:nay |vừa |mới )?đã (?:mất|chết|qua đời|từ trần|tạ thế|khuất)|(?:nay )?da (?:mat|chet|qua doi)"
_DIED_BRIEFLY = r"qua đời|tạ thế|quá cố|từ trần|mất|chết"  # syllables of names as well
_DEAD = re.compile(
    rf" ?(?:[,;:/]|[-–—] ?| (?=đã |da |nay |vừa |mới )) ?((?:{_DIED})(?!\w).*)$"
    rf"|(?: ?[,;:/] ?| [-–—] ?)((?:{_DIED_BRIEFLY})(?!\w).*)$"
    r"| ((?:mất|chết) (?:năm |ngày |tháng |\d).*)$"
    r"| ?†(.*)$",
    re.IGNORECASE,
)
_DEAD_HINTS = frozenset({"đã", "da", "mất", "chết"})
_SAYS_DEAD = re.compile(
    rf"(?:^|; )(?:(?:chủ hộ )?(?:{_DIED}|qua đời|tạ thế|quá cố|từ trần|chết"
    r"|mất(?! (?:đất|sức|tích|liên|số|sim|điện|giấy|sổ|khả|nhà|trộm)))(?!\w)|†)",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"(?: [-–—]|[,;:/]) ?(?=(\w))")


def person(text: str) -> tuple[str, str]:
    """A name as a list has it → the person's name and what stood beside it.

    “Bà LÊ THỊ VÂN (ông Tư)” → (“Lê Thị Vân”, “ông Tư”); “Cụ Lê Văn An - đã mất” → (“Lê Văn An”, “đã mất”). Numbers,
    “Ông”, “Hộ bà” before a name are no part of it; “Ông” in “Ông Ích Khiêm” is.
    """
    bare = clean(text)
    if not _LETTERS_ONLY.fullmatch(bare) or bare.partition(" ")[0].casefold() in _FORM_WORDS:
        bare = _without_forms(_NUMBERED.sub("", bare))
    if _LETTERS_ONLY.fullmatch(bare) and _DEAD_HINTS.isdisjoint(bare.casefold().split(" ")):
        return title(bare), ""  # nearly every cell of nearly every list
    asides = [clean(found) for found in _ASIDE.findall(bare)]
    if bare.startswith("†"):
        asides.append("†")
        bare = bare.lstrip("† ")
    bare = clean(_ASIDE.sub(" ", bare))
    if died := _DEAD.search(bare):
        asides.append(next(clean(group) for group in (*died.groups(), "†") if group))
        bare = bare[: died.start()] or bare
    bare = bare.strip(_EDGES)
    bare = _without_forms(_NUMBERED.sub("", bare)) or bare
    if (behind := _BEHIND.search(bare)) and behind[1].islower() and not bare.islower():
        asides.insert(0, bare[behind.end() :])
        bare = bare[: behind.start()].strip(_EDGES)
    return title(bare), "; ".join(aside for aside in asides if aside)


def says_dead(aside: str) -> bool:
    """Whether what stands beside a name says that the person has died: “đã mất”, “mất 2021”, “†”."""
    return _SAYS_DEAD.search(aside) is not None


def _without_forms(text: str) -> str:
    """A text without “Hộ”, “Gia đình ông”, “B.” before it."""
    for _time in range(_MOST_FORMS):
        form = _FORM.match(text)
        if form is None or not _is_form(form, text[form.end() :]):
            break
        text = text[form.end() :]
    return text


def _is_form(form: re.Match[str], rest: str) -> bool:
    """Whether a word before a name is a form of address, and no name itself."""
    mark = form["mark"].strip()
    if form["house"] or form["sure"]:
        return True
    words = rest.casefold().split()
    first = re.split(r"[.:]", words[0], maxsplit=1)[0]
    if form["short"]:
        word = form["short"].casefold()
        has_surname = first in _SURNAMES and len(words) > 1
        return bool(mark and word in "ôb") or (has_surname and (bool(mark) or word in "ôb"))
    word = form["kin"]
    if mark == ":" or (word.islower() and rest[0].isupper()) or _FORM.match(rest):
        return True
    if word.casefold() == "ông":
        return len(words) == 1 or not (first in _MIDDLES or (first == "văn" and len(words) == 2))
    return first in _SURNAMES and len(words) > 1


@lru_cache(maxsize=10_000)  # a list names few villages, each many times
def village_title(text: str, default_word: str) -> str:
    """A village as it is written on paper: “TỔ DÂN PHỐ SỐ 3 (35 hộ)” → “Tổ dân phố số 3”; “T. Đông” → “Thôn Đông”.

    `default_word` (“Thôn”) stands before a name that has none.
    """
    bare = clean(_ASIDE.sub(" ", re.sub(r"^(?:[IVXLC]+|\d+|[A-Z]) ?[.)] ?", "", clean(text)))).strip(" .,;:-–")
    key, words = village_name_key(bare), bare.split()
    for word, written in _WORD_SPELLINGS.items():
        if key.startswith(f"{word} "):
            taken = 1 if fold(words[0]) in ("tdp", "kp", "t") else len(word.split())
            rest = " ".join(words[taken:])
            if "." in words[0][:-1] and taken == 1:  # “T.Đông”
                rest = " ".join([words[0].split(".", 1)[1], *words[1:]])
            return f"{written} {_place(rest)}"
    return f"{default_word} {_place(bare)}"


def _place(name: str) -> str:
    """The own name of a village: ALL CAPS as on paper, but “II” and “số 3” stay."""
    shown = " ".join(word if _ROMAN.fullmatch(word) else title(word) for word in name.split())
    return re.sub(r"^Số (?=\d)", "số ", shown)


def search_key(*parts: str) -> str:
    """What a search without accents looks in: the keys of the parts, words parted by one space."""
    return " ".join(key for part in parts if (key := name_key(part)))[:300]  # folding “ﬃ” makes three letters of one


def sort_key(name: str) -> str:
    """A string whose plain byte order is the Vietnamese order of people: given name, middle names, surname.

    Letters compare before tones, as in a dictionary: Thúy, Thụy and Thủy stand together.
    """
    words = clean(name).casefold().split()
    words = words[-1:] + words[1:-1] + words[:1] if len(words) > 1 else words
    ranks = [_rank(word) for word in words]
    letters, tones = " ".join(rank[0] for rank in ranks), "".join(rank[1] for rank in ranks)
    return f"{letters} {tones}"[:150]


@lru_cache(maxsize=20_000)  # a million households are made of a few hundred words
def _rank(word: str) -> tuple[str, str]:
    """A word as letters whose byte order is the Vietnamese order, and its tone as a digit."""
    letters, tone = [], 0
    for character in word:
        base, mark = _split(character)
        letters.append(chr(0x40 + _LETTERS[base]) if base in _LETTERS else base)
        tone = max(tone, _TONES.get(mark, 0))
    return "".join(letters), str(tone)


def _plain_number(key: str) -> str:
    """“thon so 03” is “thon 3”."""
    words: list[str] = []
    for word in key.split():
        if word.isdecimal():
            if words and words[-1] == "so":
                words.pop()
            word = word.lstrip("0") or "0"
        words.append(word)
    return " ".join(words)


@lru_cache(maxsize=10_000)
def village_name_key(name: str) -> str:
    """The whole name of a village as a key: “TDP 3” and “Tổ dân phố 3” are one, “Thôn 3” is another."""
    key = _plain_number(name_key(name))
    for short, word in (("tdp ", "to dan pho "), ("kp ", "khu pho "), ("t ", "thon ")):
        if key.startswith(short):
            return word + key.removeprefix(short)
    return key


@lru_cache(maxsize=10_000)
def village_key(name: str) -> str:
    """What two spellings of one village share: “T. Hoà Bình”, “Thôn Hòa Bình” → “hoa binh”."""
    key = _plain_number(name_key(name))
    for word in VILLAGE_WORDS:
        if key.startswith(f"{word} "):
            return key.removeprefix(f"{word} ")
    return key


def begins_with_village_word(text: str) -> bool:
    """Whether the word of a village, and something after it, stands first: thôn, bản, tổ dân phố …"""
    return _plain_number(fold(text)).startswith(tuple(f"{word} " for word in VILLAGE_WORDS))


def village_own_name(name: str) -> str:
    """A village's name without its word, as it is written: “Tổ dân phố Hòa Bình” → “Hòa Bình”."""
    words = clean(name).split()
    return " ".join(words[len(words) - len(village_key(name).split()) :])


def initials(name: str) -> str:
    """The first letters of the words of a name, upper case: “Đông Phú” → “ĐP”."""
    return "".join(word[0] for word in clean(name).split()).upper()


def marked(text: str, query: str) -> list[tuple[str, bool]]:
    """The text in pieces, and whether each is what was searched for: “nguyen thi” in Nguyễn Thị Tỉnh."""
    shown = unicodedata.normalize("NFC", text)
    plain = [fold(character) or " " for character in shown]
    if any(len(letter) != 1 for letter in plain):
        return [(shown, False)]
    folded, hits = "".join(plain), [False] * len(shown)
    words = [re.escape(word) for word in fold(query).split()]
    whole = [rf"(?<!\S){key}(?!\S)" for word in words if (key := with_i(word))]
    for looked_in, patterns in ((folded, words), (with_i(folded), whole)):
        for found in re.finditer("|".join(patterns), looked_in) if patterns else ():
            hits[found.start() : found.end()] = [True] * len(found[0])
    for i, character in enumerate(shown[1:-1], start=1):
        hits[i] = hits[i] or (character == " " and hits[i - 1] and hits[i + 1])
    return [
        ("".join(c for c, _ in run), is_hit) for is_hit, run in groupby(zip(shown, hits, strict=True), itemgetter(1))
    ]


def _split(character: str) -> tuple[str, str]:
    """A letter with its Vietnamese hat or horn kept, and its tone apart: ậ → (â, dot below)."""
    base, tone = "", ""
    for mark in unicodedata.normalize("NFD", character):
        if mark in _TONES:
            tone = mark
        else:
            base += mark
    return unicodedata.normalize("NFC", base), tone
