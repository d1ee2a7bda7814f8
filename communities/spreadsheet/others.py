"""Lists of people that are no lists of households: those in office, the members of a chat group."""

import re

from communities.spreadsheet import words
from communities.spreadsheet.book import Column, Grid
from communities.spreadsheet.header import Header
from communities.spreadsheet.words import fold

_IS_SHIFT = re.compile(
    r"^(ca|buoi|truc) |^(sang|chieu|toi|dem)$|^(ca|buoi)? ?(sang|chieu|toi|dem)$|^thu (hai|ba|tu|nam|sau|bay|\d)$"
)
_IS_ROTA = re.compile(r"\blich (truc|hop|cong tac|phan cong|tiem|tuan|lam viec|dung)\b")
_SAMPLE = 100  # rows that show what a column holds
_OFFICES = frozenset({
    "chuc vu", "chuc danh", "chuc vu chuc danh", "nhiem vu", "chuc vu don vi", "vi tri", "phan cong nhiem vu",
    "chuc vu cong tac", "cong viec duoc giao", "nhiem vu duoc giao", "chuc vu hien tai",
})  # fmt: skip
_IN_OFFICE = re.compile(
    r"\b(can bo|cong chuc|truong|pho|bi thu|chu tich|uy vien|thanh vien|chi huy|chi hoi|doi vien|to vien|cong an|"
    r"quan su|y te|giao vien|ke toan|thu quy|thuong truc|xa doi|dan quan|dia chinh|van phong|van thu|tu phap)\b"
)
_OF_OFFICIALS = re.compile(
    r"\b(can bo|ban chi (huy|dao)|to (cong tac|giup viec|xung kich)|lich truc|truc ban|phan cong|ban cong tac|"
    r"ban thuong vu|cap uy|hoi dong nhan dan)\b"
)
_HOUSEHOLD = frozenset({"head_name", "household_no", "household_code", "members_count", "relation"})
_CALLED_IN_CHAT = frozenset({
    "ten zalo", "ten tren zalo", "ten hien thi", "biet danh", "zalo name", "display name", "ten nick", "nick zalo",
    "ten nguoi dung", "nickname", "ten goi nho",
})  # fmt: skip
_OF_CHAT = frozenset({
    "uid", "user id", "userid", "id zalo", "zalo id", "id", "vai tro", "vai tro trong nhom", "quyen", "avatar",
    "anh dai dien", "ngay tham gia", "ngay vao nhom", "trang thai", "role", "ban be", "link zalo", "truong pho nhom",
})  # fmt: skip


def kind_of(grid: Grid, header: Header | None, columns: list[Column]) -> str:
    """OFFICIALS, ZALO_MEMBERS, NO_LIST (a timetable), or "" for what may be households."""
    if header is None or any(column.by == "CHOSEN" for column in columns):
        return ""
    if sum(_IS_SHIFT.search(fold(column.header)) is not None for column in columns) > 1:
        return "NO_LIST"
    titles = fold(" ".join(str(value) for row in grid.rows[: header.index] for value in row if value != ""))
    fields = {column.field for column in columns}
    if _IS_ROTA.search(titles) and not fields & (_HOUSEHOLD | {"row_no"}):
        return "NO_LIST"
    told = {fold(column.header): column for column in columns if column.header}
    below = grid.rows[header.end : header.end + _SAMPLE]
    if told.keys() & _CALLED_IN_CHAT and told.keys() & _OF_CHAT and not _has_phones(columns, below):
        return "ZALO_MEMBERS"
    office = next((told[text] for text in told.keys() & _OFFICES), None)
    if office is None or fields & _HOUSEHOLD:
        return ""
    values = [fold(str(row[office.index])) for row in below if office.index < len(row) and row[office.index] != ""]
    are_most = sum(_IN_OFFICE.search(value) is not None for value in values) * 2 > len(values)
    return "OFFICIALS" if values and (are_most or _OF_OFFICIALS.search(titles)) else ""


def _has_phones(columns: list[Column], below: list[list[object]]) -> bool:
    at = [column.index for column in columns if column.field in {"phone", "zalo"}]
    return any(words.looks_like_phone(row[i]) for row in below for i in at if i < len(row))
