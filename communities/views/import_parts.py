"""The parts of an import's page, each made from the stored plan: columns, villages, problems, differences, alarm."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from communities.access import KEEPERS
from communities.lists import rights, telling
from communities.masking import mask_numbers
from communities.models import Household, HouseholdImport, User, Village
from communities.spreadsheet import NEVER_STORED

SHORT, LONG = 10, 50
FEW = 5  # rows of each kind of problem on the page of all
SECTIONS = ("changed", "new", "problems", "missing", "ledger")
Status = HouseholdImport.Status

#: What a person may say a column is. Whatever else is recognised is only read past.
FIELDS = {
    "": _("Không dùng"),
    "head_name": _("Họ tên chủ hộ"),
    "full_name": _("Họ và tên (từng người)"),
    "family_part": _("Họ và đệm (cột riêng)"),
    "given_part": _("Tên (cột riêng)"),
    "birth": _("Năm sinh"),
    "household_code": _("Mã hộ"),
    "household_no": _("Số thứ tự hộ"),
    "members_count": _("Số khẩu"),
    "phone": _("Số điện thoại"),
    "zalo": _("Zalo"),
    "village": _("Thôn"),
    "hamlet": _("Cụm, ngõ, xóm"),
    "address": _("Địa chỉ"),
    "relation": _("Quan hệ với chủ hộ"),
    "note": _("Ghi chú"),
}
#: The two halves of “Năm sinh | Nam | Nữ”: used as they are, offered only where the reader found them.
HALVES = {"birth_male": _("Năm sinh (cột nam)"), "birth_female": _("Năm sinh (cột nữ)")}

#: What a group of problems is called. Others take the first sentence of their explanation.
TITLES = {
    "NO_NAME": _("Không có họ tên chủ hộ"),
    "NO_HEAD": _("Không rõ ai là chủ hộ"),
    "NOT_A_NAME": _("Ô họ tên không phải một cái tên"),
    "NO_VILLAGE": _("Chưa biết thuộc thôn nào"),
    "UNKNOWN_VILLAGE": _("Trong xã không có thôn này"),
    "OTHER_VILLAGE": _("Thuộc thôn khác với thôn đã chọn"),
    "SAME_ROW_TWICE": _("Một hộ ghi hai lần"),
    "SAME_NAME": _("Trong thôn đã có hộ cùng tên"),
    "SAME_NAME_IN_FILE": _("Hai hộ cùng tên trong tệp"),
    "MEMBERS_DIFFER": _("Số khẩu khác số người trong tệp"),
    "HIDDEN_ROWS": _("Có dòng đang ẩn trong tệp"),
    "CONVERTED": _("Chữ phông cũ đã chuyển"),
    "SHEET_NOT_READ": _("Trang tính không được đọc"),
    "VILLAGE_LEFT_OUT": _("Thôn đã chọn bỏ qua"),
    "SHIFTED": _("Nhiều hộ cùng đổi một cột"),
    "ALL_NEW": _("Gần như cả danh sách là hộ mới"),
    "CODE_TAKEN": _("Mã hộ đã dùng cho hộ khác"),
    "ELSEWHERE": _("Hộ đang thuộc thôn khác"),
    "NOT_BACK": _("Hộ đã ngừng theo dõi"),
    "MERGED": _("Hộ đã được gộp vào hộ khác"),
    "MOVED": _("Hộ đã được chuyển sang thôn khác"),
    "DROPPED_PHONE": _("Số điện thoại đã có người bỏ"),
    "STATUS_NOTE": _("Ghi chú nói hộ có thể không còn ở đây"),
    "PART_LEFT": _("Có phần bên cạnh danh sách không đọc"),
    "STRUCK_OUT": _("Dòng bị gạch ngang trong tệp"),
    "EXAMPLE_ROW": _("Dòng ví dụ của mẫu"),
    "SHARED_PHONE": _("Nhiều hộ chung một số điện thoại"),
    "NUMBER_FROM_NOTE": _("Số điện thoại lấy từ ghi chú"),
    "NUMBER_IN_NOTE": _("Ghi chú có số điện thoại, chưa lấy"),
    "ODD_NAME": _("Có thể không phải họ tên người"),
    "HEAD_DEAD": _("Chủ hộ ghi là đã mất"),
    "TABLE_LEFT": _("Có bảng không phải danh sách hộ"),
}
#: Said once above all rows of a kind, which then tell only whose they are.
ADVICE = {
    "OTHER_VILLAGE": _(
        "Các hộ này thuộc thôn khác với thôn đã chọn, nên sẽ bỏ qua. Nếu chọn nhầm thôn, hãy tải tệp lên lại và chọn "
        "đúng thôn."
    ),
}
#: No single cell cures these; what to do stands in their sentence.
NOT_BY_A_CELL = {
    "SAME_NAME", "SAME_NAME_IN_FILE", "SAME_ROW_TWICE", "STATUS_NOTE", "HIDDEN_ROWS", "CONVERTED", "SHEET_NOT_READ",
    "VILLAGE_LEFT_OUT", "OTHER_VILLAGE", "NO_HEAD", "CUT", "SHIFTED", "ALL_NEW", "MERGED", "MOVED", "DROPPED_PHONE",
    "ELSEWHERE", "NOT_BACK", "PART_LEFT", "STRUCK_OUT", "EXAMPLE_ROW", "SHARED_PHONE", "TABLE_LEFT",
}  # fmt: skip


JSON = dict[str, Any]  # a piece of the stored plan, with what the page says about it


@dataclass(frozen=True)
class Asked:
    """What the address asks for: a section ("" = all), in it a kind of problem, a fate of rows or a changed field, and
    a page."""

    section: str
    kind: str
    field: str
    page: str
    opens_columns: bool
    place: str  # the whole query, to come back to

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        """The query of a request; sections nobody knows are none."""
        section = query.get("xem", "")
        return cls(
            section=section if section in SECTIONS else "",
            kind=query.get("loai", "") if section in ("problems", "ledger") else "",
            field=query.get("muc", ""),
            page=query.get("page", ""),
            opens_columns=query.get("mo") == "cot",
            place=query.urlencode(),
        )


class Columns(TypedDict):
    """The columns of a file, and the layout that was remembered for it."""

    all: list[JSON]
    used: int
    unused: int
    sensitive: list[str]  # headers of what is never stored
    has_sheets: bool
    layout: JSON | None
    layout_at: datetime | None


class Villages(TypedDict):
    """The villages the file names and nobody knows, and what may be said about each."""

    all: list[JSON]
    undecided: int
    options: list[tuple[str, str]]
    may_create: bool


class Group(TypedDict):
    """The problems of one kind: the first few, or a page of them."""

    kind: str
    is_error: bool
    count: int
    title: str
    rows: list[JSON]
    advice: str  # said once above all rows
    page: Page[JSON] | None
    query: str
    more: int
    untold: int  # beyond what the plan keeps


class Section(TypedDict):
    """The differences of one kind: the first few, or a page of them."""

    rows: list[JSON]
    page: Page[JSON] | None
    more: int
    untold: int
    field: str
    query: str
    marked_elsewhere: int


NO_SECTION: Section = {
    "rows": [], "page": None, "more": 0, "untold": 0, "field": "", "query": "", "marked_elsewhere": 0
}  # fmt: skip


def seen_as(row: HouseholdImport) -> str:
    """A mark of what a page showed. Another one means: somebody read, decided or wrote since."""
    told = [row.status, row.heartbeat_at.isoformat() if row.heartbeat_at else "", row.choices]
    return hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=8).hexdigest()


def step(row: HouseholdImport) -> int:
    """Which of the five steps the list is at; 6 when everything is done."""
    needs = row.plan.get("needs", [])
    if row.status in (Status.READING, Status.REFUSED) or {"QUESTION", "NAME_COLUMN", "ENCODING"}.intersection(needs):
        return 2
    if row.status == Status.READY:
        counts = row.plan.get("counts", {})
        to_fix = counts.get("errors") or any(not one["decision"] for one in row.plan.get("villages", []))
        return 3 if to_fix and "ALARM" not in needs else 4
    return 5 if row.status == Status.APPLYING else 6


# --- columns and letters ------------------------------------------------------------------------------


def columns(row: HouseholdImport, *, shows_phones: bool = False) -> Columns:
    """The columns of the file: which are used, which are not, which are recognised and never stored."""
    found = row.plan.get("columns", [])
    listed, used, unused, sensitive = [], 0, 0, []
    for column in found:
        field = column.get("field", "")
        if column.get("is_sensitive") or field in NEVER_STORED:
            sensitive.append(column["header"])
            listed.append({**column, "is_sensitive": True})
            continue
        is_used = bool(field) and (field in FIELDS or field in HALVES)
        used, unused = used + is_used, unused + (not is_used)
        if not shows_phones:
            column = {**column, "examples": [mask_numbers(one) for one in column["examples"]]}
        listed.append({**column, "shown": field if is_used else "", "options": _options(field)})
    sheets = {column.get("sheet", "") for column in found}
    layout = row.plan.get("layout")
    return {
        "all": listed,
        "used": used,
        "unused": unused,
        "sensitive": sensitive,
        "has_sheets": len(sheets) > 1,
        "layout": layout,
        "layout_at": datetime.fromisoformat(layout["saved_at"]) if layout else None,
    }


def _options(field: str) -> list[tuple[str, Any]]:
    return [*FIELDS.items(), *((key, label) for key, label in HALVES.items() if key == field)]


def villages(row: HouseholdImport, user: User) -> Villages | None:
    """The villages nobody knows; None when there is none."""
    named = row.plan.get("villages", [])
    if not named:
        return None
    return {
        "all": [{**one, "decision": str(one["decision"])} for one in named],
        "undecided": sum(1 for one in named if not one["decision"]),
        "options": [(str(pk), name) for pk, name in village_options(row, user)],
        "may_create": rights.may_create(row, user),
    }


def village_options(row: HouseholdImport, user: User) -> list[tuple[int, str]]:
    """Villages an unknown name may stand for: those the user keeps, within what the import is for."""
    own = Village.objects.for_user(user, KEEPERS).in_order().filter(ward_id=row.ward_id)
    if row.village_id is not None:
        own = own.filter(pk=row.village_id)
    return list(own.values_list("pk", "name"))


# --- problems -----------------------------------------------------------------------------------------


def problems(row: HouseholdImport, asked: Asked, *, shows_phones: bool) -> list[Group]:
    """The problems grouped by kind: those that leave a row out first. One kind is given page by page."""
    kept: dict[tuple[str, bool], list[dict[str, Any]]] = {}
    for one in row.plan.get("problems", []):
        if "is_error" in one:  # plans of the first version knew no groups
            kept.setdefault((one["kind"], one["is_error"]), []).append(one)
    groups = sorted(row.plan.get("kinds", []), key=lambda group: not group["is_error"])
    return [
        _group(
            row,
            group,
            kept.get((group["kind"], group["is_error"]), []),
            (asked.page or "1") if asked.kind else "",
            shows_phones,
        )
        for group in groups
        if not asked.kind or group["kind"] == asked.kind
    ]


def _group(row: HouseholdImport, group: JSON, kept: list[JSON], page: str, shows_phones: bool) -> Group:
    shown = Paginator(kept, LONG).get_page(page) if page else None
    rows = list(shown.object_list) if shown else kept[:FEW]
    words = [_worded_problem(row, one, f"{group['kind']}-{n}", shows_phones) for n, one in enumerate(rows)]
    advice = {one["why"] for one in words}
    return {
        "kind": group["kind"],
        "is_error": group["is_error"],
        "count": group["count"],
        "title": _title(group["kind"]),
        "rows": words,
        "advice": str(ADVICE.get(group["kind"]) or (advice.pop() if len(advice) == 1 and len(words) > 1 else "")),
        "page": shown,
        "query": f"xem=problems&loai={group['kind']}",
        "more": 0 if shown else group["count"] - len(rows),
        "untold": group["count"] - len(kept) if shown and not shown.has_next() else 0,
    }


def _title(kind: str) -> str:
    if kind in TITLES:
        return str(TITLES[kind])
    first = str(telling.PROBLEMS.get(kind, "")).partition(". ")[0].rstrip(".")
    return first if first and "%(" not in first else str(_("Cần xem lại"))


def _worded_problem(row: HouseholdImport, one: JSON, own_id: str, shows_phones: bool) -> JSON:
    is_hidden = one["kind"] == "DROPPED_PHONE" or not shows_phones
    why = telling.explain({**one, "value": mask_numbers(one["value"])} if is_hidden else one)
    why = "" if one["kind"] in ADVICE else why
    why = why if one["kind"] in TITLES else why.partition(". ")[2] or why
    is_empty = one["kind"] == "NO_NAME"  # its own cell holds nothing; its value is another cell's, perhaps private
    is_part = "cell" in one and not is_empty  # what is quoted is not all its cell holds
    text: str = "" if is_empty else one.get("cell") or one["value"]
    is_input = row.status == Status.READY and bool(one["column"]) and one["kind"] not in NOT_BY_A_CELL
    is_one_value = is_empty or one["kind"].startswith(("PHONE", "BAD_"))
    if is_part or not is_one_value:  # a cell is corrected whole, by who may see all of it
        is_input = is_input and one["value"] in text and (shows_phones or mask_numbers(text) == text)
    shown = "" if is_empty or (is_input and not is_part) else one["value"]
    return {
        **one,
        "id": own_id,
        "why": why,
        "head": "" if one["head"] in why or one["head"] == one["value"] else one["head"],
        "text": text,
        "shown_value": mask_numbers(shown) if is_hidden else shown,
        "is_input": is_input,
        "is_phone": one["kind"].startswith("PHONE") and not is_part,
    }


# --- differences --------------------------------------------------------------------------------------


def section(row: HouseholdImport, name: str, asked: Asked) -> Section:
    """The rows of one kind: the first few, or a page of them when this kind was asked for. None of them beside it."""
    is_chosen = asked.section == name
    if asked.section and not is_chosen:
        return NO_SECTION
    rows = row.plan.get(name, [])
    number = row.plan.get("counts", {}).get(name, 0)
    field = asked.field if name == "changed" else ""
    if field:
        rows = [one for one in rows if any(told["field"] == field for told in one["fields"])]
        number = row.plan.get("by_field", {}).get(field, 0)
    page = Paginator(rows, LONG if is_chosen else SHORT).get_page(asked.page if is_chosen else 1)
    shown = list(page.object_list)
    if name == "changed":
        shown = [{**one, "fields": [_worded(told) for told in one["fields"]]} for one in shown]
    return {
        "rows": shown,
        "page": page if is_chosen else None,
        "more": 0 if is_chosen else number - len(shown),
        "untold": number - len(rows) if is_chosen and not page.has_next() else 0,
        "field": field,
        "query": f"xem={name}" + (f"&muc={field}" if field else ""),
        "marked_elsewhere": _marked_elsewhere(row, shown) if name == "missing" else 0,
    }


def _marked_elsewhere(row: HouseholdImport, shown: list[dict[str, Any]]) -> int:
    return len(set(row.choices.get("moved_away", [])) - {one["id"] for one in shown})


def _worded(told: dict[str, Any]) -> dict[str, Any]:
    words = {"label": telling.FIELD_WORDS.get(told["field"], told["field"])}
    if told["field"] == "gone":
        words |= {"old": Household.Gone(told["old"]).label, "new": _("trở lại danh sách")}
    return {**told, **words}


def by_field(row: HouseholdImport) -> list[tuple[str, Any, int]]:
    """How many households change in which field."""
    told = row.plan.get("by_field", {})
    return [(name, words, told[name]) for name, words in telling.FIELD_WORDS.items() if told.get(name)]


def alarm(row: HouseholdImport) -> dict[str, Any]:
    """The alarm with the words of its field, empty when there is none to decide about."""
    found = row.plan.get("alarm")
    if not found or "ALARM" not in row.plan.get("needs", []):
        return {}
    return {**found, "label": telling.FIELD_WORDS.get(found.get("field", ""), "")}
