"""What stands in a column of names and names nobody: a formula, an address, “Nhà vắng chủ”, the form's own example.

Pure functions. A real name is never refused here: Ksor, H'Hen Niê, K'Brếp, Kim Min-jun, names of one word or of nine.
"""

import html
import re

from communities import names

NOT_A_NAME, LOST_LETTERS, ODD_NAME = "NOT_A_NAME", "LOST_LETTERS", "ODD_NAME"

_WORDS_ONLY = re.compile(r"[^\W\d_]{2,}(?: [^\W\d_]+)+")
_LONGEST = 9  # words of a name
_TAG = re.compile(r"</?(?:b|i|u|s|p|br|em|strong|font|span|div|td|small|big|sub|sup)(?: [^<>]*)?/?>", re.IGNORECASE)
_NO_LETTER_OF_A_NAME = re.compile(r"[=@<>{}|\\^~$%#€£]|://|(?<!\w)www\.|\.(?:com|vn|net|org)(?!\w)", re.IGNORECASE)
_LOST = re.compile(r"\ufffd|[^\W\d_]\?|\?[^\W\d_]")
#: “Nguyễn Văn Hòa?”: who wrote ễ had every letter, so the mark at the end is somebody's doubt.
_MARK_OF_DOUBT = re.compile(r"[^?\ufffd]*[ĂăĐđĨĩŨũƠ-ưẠ-ỹ][^?\ufffd]*\?")
_NOBODY = re.compile(
    r"(?:không|ko|k|chẳng|chưa) (?:có|ai|người|rõ|biết|còn|ở|xác định|tên|thấy|nhà|điền|khai)\b"
    r"|nhà (?:vắng|trống|hoang|không|bỏ|khóa|khoá|đóng|chưa|cho thuê|đi|trọ|kho|mới xây|đang)\b"
    r"|(?:đang |đã )?(?:đi|vắng) (?:vắng|làm|xa|học|nước|nhà|chủ|mặt|lao động|xklđ|hết|nơi)\b|vắng$|đi vắng"
    r"|(?:đã |hộ )?(?:chuyển|dời|bán|cắt) (?:đi|nhà|khẩu|hộ|nơi|đất|hết)\b"
    r"|đất (?:trống|nền|ruộng|vườn|công)\b|(?:bỏ|để|hộ|căn|phòng|lô) (?:trống|không|hoang)\b|trống$|khuyết$"
    r"|đang (?:cập nhật|xây|chờ|xác minh)\b|(?:chờ )?(?:cập nhật|bổ sung|xác minh|điền)(?: sau| tên)?$"
    r"|(?:khong|chua) (?:co|ai|ro|biet|con) (?:ai|nguoi|ten|chu|nha|o|thong tin|ho)\b"
    r"|nha (?:vang chu|bo hoang|bo trong)\b"
    r"|(?:ví dụ|vi du|vd|mẫu|thí dụ)\b",
    re.IGNORECASE,
)
_OFFICE = re.compile(
    r"(?:công ty|cty|doanh nghiệp|dntn|hợp tác xã|htx|ubnd|ủy ban|uỷ ban|công an|bưu điện|khách sạn"
    r"|nhà (?:máy|nghỉ|thờ|văn)|trạm (?:y|xá|bơm|điện|biến)"
    r"|trường (?:tiểu|mầm|học|mẫu|trung|đại|cấp|th|thcs|thpt)|cửa hàng|chùa|hội trường"
    r"|hộ kinh doanh|kinh doanh|chi nhánh|văn phòng|cơ sở|xưởng|karaoke|quán (?:cơm|phở|cà|ăn|nước|nhậu|bia|cafe)"
    r"|đình làng|nvh|phòng trọ|nhà trọ|tạp hóa|tạp hoá)\b",
    re.IGNORECASE,
)
#: First words of all of these: what begins otherwise need not be looked at.
_SUSPICIOUS = frozenset(
    re.findall(
        r"\w+",
        "không ko k chẳng chưa nhà đang đã đi vắng hộ chuyển dời bán cắt đất bỏ để căn phòng lô trống khuyết chờ cập "
        "bổ xác điền khong chua nha ví vi vd mẫu thí công cty doanh dntn hợp htx ubnd ủy uỷ bưu khách trạm trường cửa "
        "chùa hội kinh chi văn cơ xưởng karaoke quán đình nvh tạp tên họ chủ ông bà anh chị gia như ten ho chu nhu "
        "dang",
    )
)
_STANDS_FOR_A_NAME = frozenset(
    {
        "abc", "xyz", "test", "demo", "asdf", "qwerty", "vd", "null", "none", "n/a", "undefined", "tên", "họ tên",
        "họ và tên", "chủ hộ", "họ và tên chủ hộ", "tên chủ hộ", "không tên", "như trên", "hộ", "ông", "bà", "anh",
        "chị", "ông bà", "gia đình", "ho ten", "ho va ten", "ho va ten chu ho", "ten chu ho", "chu ho", "khong ro",
        "chua ro", "khong co", "chua co", "khong biet", "chua biet", "khong ten", "dang cap nhat", "nhu tren",
    }
)  # fmt: skip
_EXAMPLE = re.compile(r"(?:nguyễn|nguyen|trần|tran) (?:văn|van|thị|thi) [a-e]")
_FIRST_EXAMPLE = frozenset({"nguyễn văn a", "nguyen van a"})  # of every form, and hardly anybody's name
_NUMBERED_THING = re.compile(r"\w+\.? ?\w?\d+\w?")


def in_plain(text: str) -> str:
    """A text without the marks of a web page, its letters had back: “<b>Nguy&#7877;n</b>” → “Nguyễn”."""
    if "&" not in text and "<" not in text:
        return text
    return names.clean(_TAG.sub(" ", html.unescape(text)))


def kind_of(text: str) -> str:
    """Why a text names nobody: NOT_A_NAME, or LOST_LETTERS (“Nguy?n”); ODD_NAME in doubt; "" for a name."""
    low = text.casefold()
    if _WORDS_ONLY.fullmatch(low):  # nearly every cell of nearly every list
        if low.partition(" ")[0] in _SUSPICIOUS and (kind := _by_words(low)):
            return kind
        if low[-2] == " ":
            return _as_example(low)
        return ODD_NAME if low.count(" ") >= _LONGEST else ""
    letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdecimal, text))
    if letters + digits < 2 or digits > letters or _NO_LETTER_OF_A_NAME.search(text):
        return NOT_A_NAME
    if _LOST.search(text):
        return ODD_NAME if _MARK_OF_DOUBT.fullmatch(text.strip()) else LOST_LETTERS
    bare = low.strip(" .,;:()[]-–*+'\"“”")
    if len(bare) > 2 and len(set(bare) - {" "}) == 1:
        return NOT_A_NAME  # xxx
    return _by_words(bare) or _as_example(bare) or (ODD_NAME if _NUMBERED_THING.fullmatch(bare) else "")


def _by_words(low: str) -> str:
    """NOT_A_NAME for “Nhà vắng chủ”, “chưa rõ”; ODD_NAME for “Công ty …”, which may be no household."""
    if low in _STANDS_FOR_A_NAME or _NOBODY.match(low):
        return NOT_A_NAME
    return ODD_NAME if _OFFICE.match(low) else ""


def _as_example(low: str) -> str:
    """NOT_A_NAME for “Nguyễn Văn A”; ODD_NAME for “Trần Thị B”, who may be somebody."""
    if low in _FIRST_EXAMPLE:
        return NOT_A_NAME
    return ODD_NAME if _EXAMPLE.fullmatch(low) else ""
