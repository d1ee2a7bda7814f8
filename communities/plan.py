"""What a file would do to the households of a ward: the plan, made without changing anything.

The uploader sees it as new, changed, unchanged and missing households, and as problems with the row and the
column Excel shows. An empty cell says nothing, a household missing from the file stays.
"""

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from communities import names, spreadsheet
from communities.access import KEEPERS
from communities.matching import Known, pair
from communities.models import Contact, Household, HouseholdImport, Village
from communities.resources import NEVER_STORED, HouseholdResource, Listed
from communities.spreadsheet import Sheet

#: Fields that are compared, in the order they are shown.
FIELDS = ("head_name", "birth_year", "members", "lane", "address", "note")
SHOWN = 1_000  # rows of each kind kept for the page; the counts are always whole
BATCH = 2_000  # rows between two signs of life
_PARTS = ("cum ", "xom ", "ngo ", "doi ", "to ", "lien gia ", "khu ")

FIELD_WORDS = {
    "head_name": _("Họ tên chủ hộ"),
    "birth_year": _("Năm sinh"),
    "members": _("Số khẩu"),
    "lane": _("Cụm ngõ"),
    "address": _("Địa chỉ"),
    "note": _("Ghi chú"),
    "phone": _("Điện thoại"),
    "relation": _("Số của ai"),
}

REFUSALS = {
    "NOT_A_SPREADSHEET": _("Tệp này không phải Excel. Hãy chọn tệp .xlsx hoặc .xls."),
    "OTHER_FORMAT": _(
        "Hệ thống chưa đọc được tệp %(suffix)s. Hãy mở tệp bằng Excel, chọn “Lưu thành” .xlsx, rồi tải lên lại."
    ),
    "PASSWORD": _("Tệp này có mật khẩu. Hãy bỏ mật khẩu trong Excel, lưu lại, rồi tải lên lại."),
    "DAMAGED": _("Tệp này bị hỏng, không mở được. Hãy mở bằng Excel, lưu lại, rồi tải lên lại."),
    "TOO_LARGE": _("Tệp quá lớn. Tối đa %(limit)s MB. Hãy tách danh sách thành nhiều tệp nhỏ hơn."),
    "TOO_MANY_ROWS": _(
        "Tệp có dữ liệu ở quá %(limit)s dòng. Hãy xóa các dòng thừa bên dưới danh sách, hoặc tách thành nhiều tệp."
    ),
    "TOO_MANY_COLUMNS": _("Tệp có dữ liệu ở quá %(limit)s cột. Hãy xóa các cột thừa bên phải danh sách."),
    "EMPTY": _("Tệp này không có hộ nào. Hãy kiểm tra xem có chọn nhầm tệp không."),
    "NO_HEADER": _(
        "Không tìm thấy dòng tiêu đề. Tệp cần có một dòng ghi tên cột, ít nhất “Họ và tên chủ hộ” và một cột nữa, "
        "trong 30 dòng đầu."
    ),
    "PERSON_ROWS": _(
        "Tệp này liệt kê từng nhân khẩu, mỗi người một dòng. Hiện hệ thống chỉ nhập danh sách mỗi hộ một dòng; "
        "hãy lập danh sách chủ hộ rồi tải lên lại."
    ),
    "BROKEN": _("Hệ thống chưa đọc được tệp này. Danh sách hộ chưa có gì thay đổi. Hãy báo cho người quản trị."),
}

PROBLEMS = {
    "NO_NAME": _("Dòng không có họ tên chủ hộ. Sẽ bỏ qua; hãy điền tên nếu đây là một hộ."),
    "TOTAL": _("Dòng tổng cộng không phải một hộ. Sẽ bỏ qua."),
    "NOT_A_NAME": _("Ô này không phải họ tên. Sẽ bỏ qua dòng; hãy sửa lại họ tên chủ hộ."),
    "TOO_LONG": _("Ô này quá dài, không ghi được. Hãy viết ngắn lại."),
    "BAD_YEAR": _("Năm sinh chưa đúng. Sẽ để trống; viết theo dạng 1962 hoặc 05/03/1962."),
    "BAD_COUNT": _("Số khẩu chưa đúng. Sẽ để trống; hãy ghi một số từ 1 đến 50."),
    "PHONE_TOO_SHORT": _("Số điện thoại thiếu số. Sẽ để trống; hãy hỏi lại hộ %(head)s."),
    "PHONE_TOO_LONG": _("Số điện thoại thừa số. Sẽ để trống; hãy hỏi lại hộ %(head)s."),
    "PHONE_UNKNOWN_PREFIX": _("Không có đầu số điện thoại này. Sẽ để trống; hãy hỏi lại hộ %(head)s."),
    "PHONE_LOST_DIGITS": _("Excel đã làm mất các chữ số cuối. Hãy đặt cột thành dạng Văn bản và gõ lại số."),
    "PHONE_NO_NUMBER": _("Ô này không có số điện thoại. Sẽ để trống; nếu là ghi chú, hãy chuyển sang cột Ghi chú."),
    "NO_VILLAGE": _("Chưa biết hộ %(head)s thuộc thôn nào. Sẽ bỏ qua; hãy chọn thôn khi tải tệp lên."),
    "UNKNOWN_VILLAGE": _("Trong xã không có thôn này. Sẽ bỏ qua dòng; hãy sửa tên thôn."),
    "OTHER_VILLAGE": _("Hộ %(head)s thuộc thôn khác với thôn đã chọn. Sẽ bỏ qua dòng."),
    "SAME_ROW_TWICE": _("Hộ %(head)s đã có ở dòng %(other)s, cùng năm sinh và số điện thoại. Chỉ lấy dòng đầu."),
    "SAME_NAME": _(
        "Trong thôn đã có hộ cùng tên (%(other)s) nhưng khác năm sinh hoặc số điện thoại. Sẽ ghi thành hộ mới; "
        "nếu là một hộ, hãy sửa trong tệp cho khớp."
    ),
    "CODE_TAKEN": _("Mã hộ này đã dùng cho hộ khác. Hộ %(head)s sẽ được cấp mã mới."),
}


class Beat(Protocol):
    """Told how many rows are done."""

    def step(self, done: int, total: int) -> None:
        """`done` of `total` rows."""


@dataclass(slots=True)
class Change:
    """What a row of the file would change in a household."""

    row: Listed
    household: Known
    fields: dict[str, tuple[Any, Any]]
    relations: dict[str, tuple[str, str]]  # phone → whose it was, whose it is
    phones: list[Any]  # numbers to add, in the file's order
    leads: bool  # the first of them becomes the representative's, in place of the present one

    def key(self) -> str:
        """What is promised by showing this change."""
        added = [phone.number for phone in self.phones]
        return repr((self.household.id, sorted(self.fields.items()), sorted(self.relations.items()), added))


@dataclass(slots=True)
class Plan:
    """What a file would do to the households of a ward."""

    sheets: list[Sheet]
    new: list[Listed] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    missing: list[Known] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)  # all codes of the ward

    def promises(self) -> list[bytes]:
        """Eight bytes for each thing that would be written, equal only if the very same thing would be."""
        keys = Counter(_new_key(row) for row in self.new)
        texts = [f"{key}#{n}" for key, times in keys.items() for n in range(times)]
        texts += [change.key() for change in self.changed]
        return [hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts]


def _new_key(row: Listed) -> str:
    told = (row.village_id, row.code, row.head_name, row.birth_year, row.members, row.lane, row.address, row.note)
    return repr((told, [(phone.number, phone.owner) for phone in row.phones]))


def make(row: HouseholdImport, beat: Beat) -> Plan:
    """Compare the file with the households its uploader may change. Raises Unreadable."""
    plan = Plan(spreadsheet.read(bytes(row.content), row.filename))
    listed = _listed(row, plan, beat)
    known = _known({one.village_id for one in listed})
    plan.codes = set(Household.objects.filter(ward_id=row.ward_id).values_list("code", flat=True))
    pairs = pair(listed, known)
    same_name = defaultdict(list)
    for own in known:
        same_name[own.village_id, own.name_key].append(own.code)
    for position, one in enumerate(listed):
        household = pairs.get(position)
        if household is None:
            plan.new.append(one)
            if others := same_name.get((one.village_id, one.name_key)):
                letter = one.columns.get("head_name", "")
                plan.problems.append(_problem(one, "SAME_NAME", letter, one.head_name, other=", ".join(others[:3])))
        elif change := _change(one, household):
            plan.changed.append(change)
        else:
            plan.unchanged += 1
    matched = {own.id for own in pairs.values()}
    plan.missing = sorted((own for own in known if own.id not in matched), key=lambda own: own.code)
    plan.problems.sort(key=lambda problem: (problem["sheet"], problem["row"]))
    return plan


def _listed(row: HouseholdImport, plan: Plan, beat: Beat) -> list[Listed]:
    """The households of the file, cleaned and placed in a village; what cannot be is a problem of the plan."""
    resource = HouseholdResource()
    active = Village.objects.filter(ward_id=row.ward_id, is_active=True)
    places = {names.village_key(village.name): village.pk for village in active}
    allowed = set(active.for_user(row.created_by, KEEPERS).values_list("pk", flat=True))
    if row.village_id is not None:
        allowed &= {row.village_id}  # a list of one village, which its head may open, holds no other village
    total = sum(len(sheet.rows) for sheet in plan.sheets)
    listed: list[Listed] = []
    done = 0
    for sheet in plan.sheets:
        clean = resource.reader(sheet, allow_demo=settings.DEMO)
        titled = places.get(names.village_key(sheet.name)) if row.village_id is None else None
        for skipped in sheet.skipped:
            plan.problems.append(
                {"sheet": sheet.name, "row": skipped.number, "column": skipped.letter, "kind": skipped.kind,
                 "value": skipped.text[:100], "skipped": True}
            )  # fmt: skip
        for cells in sheet.rows:
            one, remarks = clean(cells)
            left_out = False
            for kind, letter, value, is_fatal in remarks:
                left_out = left_out or is_fatal
                plan.problems.append(_problem(one, kind, letter, value, skipped=is_fatal))
            if not left_out and (misplaced := _place(one, row, places, allowed, titled)):
                left_out = True
                letter = one.columns.get("village") or one.columns.get("head_name", "")
                plan.problems.append(_problem(one, misplaced, letter, one.village or one.head_name, skipped=True))
            if not left_out:
                listed.append(one)
            done += 1
            if done % BATCH == 0:
                beat.step(done, total)
    return list(_once(listed, plan))


def _place(
    one: Listed, row: HouseholdImport, places: dict[str, int], allowed: set[int], titled: int | None
) -> str | None:
    """Set the village of a row: the one it names, else the sheet's, else the one chosen for the file."""
    named = places.get(names.village_key(one.village)) if one.village else None
    if named is None and one.address and (named := places.get(names.village_key(one.address))):
        one.address = ""  # an address column that only repeats the village
    elif one.address and named is not None and places.get(names.village_key(one.address)) == named:
        one.address = ""
    if named is None and one.village:
        if names.village_key(one.village) == names.fold(one.village) or names.fold(one.village).startswith(_PARTS):
            one.lane = one.lane or one.village[:100]  # “Cụm 1”, “Xóm Đình”: a part of the village
        else:
            return "UNKNOWN_VILLAGE"
    village_id = named or titled or row.village_id
    if village_id is None:
        return "NO_VILLAGE"
    if village_id not in allowed:
        return "OTHER_VILLAGE"
    one.village_id = village_id
    return None


def _once(listed: list[Listed], plan: Plan) -> Iterator[Listed]:
    """The rows without those that repeat another whole: same village, name, year and phones, all given."""
    first: dict[Any, Listed] = {}
    for one in listed:
        numbers = tuple(phone.number for phone in one.phones)
        key = (one.village_id, one.name_key, one.birth_year, numbers)
        if one.birth_year and numbers and not one.code:
            if key in first:
                letter = one.columns.get("head_name", "")
                other = first[key].number
                plan.problems.append(
                    _problem(one, "SAME_ROW_TWICE", letter, one.head_name, skipped=True, other=str(other))
                )
                continue
            first[key] = one
        yield one


def _known(village_ids: Iterable[int]) -> list[Known]:
    """The active households of some villages with their contacts, in two queries, oldest first."""
    households = Household.objects.filter(village_id__in=village_ids, is_active=True).order_by("pk")
    columns = ("id", "village_id", "code", "head_name", "birth_year", "members", "lane", "address", "note")
    known: dict[int, Known] = {}
    for row in households.values_list(*columns).iterator(10_000):
        own_id, village_id, code, head_name, *told = row
        known[own_id] = Known(own_id, village_id, code, head_name, names.fold(head_name), *told)
    contacts = Contact.objects.filter(household__in=households.order_by()).order_by("household_id", "rank")
    numbers = contacts.values_list("household_id", "phone", "id", "relation", "rank")
    for household_id, phone, contact_id, relation, rank in numbers.iterator(10_000):
        if household_id in known:
            known[household_id].contacts[phone] = (contact_id, relation, rank)
    return list(known.values())


def _change(row: Listed, household: Known) -> Change | None:
    """What the row says differently. An empty cell says nothing."""
    fields = {}
    for name in FIELDS:
        new, old = getattr(row, name), getattr(household, name)
        if new and new != old and not (name == "head_name" and new.casefold() == old.casefold()):
            fields[name] = (old, new)
    relations = {
        phone.number: (household.contacts[phone.number][1], phone.owner)
        for phone in row.phones
        if phone.owner and phone.number in household.contacts
        if names.fold(household.contacts[phone.number][1]) != names.fold(phone.owner)
    }
    added = [phone for phone in row.phones if phone.number not in household.contacts]
    if not (fields or relations or added):
        return None
    leads = bool(added) and added[0] is row.phones[0] and bool(household.contacts)
    return Change(row, household, fields, relations, added, leads)


def _problem(
    row: Listed, kind: str, letter: str, value: str, *, skipped: bool = False, **details: str
) -> dict[str, Any]:
    return {
        "sheet": row.sheet, "row": row.number, "column": letter, "kind": kind, "value": value, "skipped": skipped,
        "head": row.head_name, **details,
    }  # fmt: skip


# --- kept and told ------------------------------------------------------------------------------------


def as_json(plan: Plan) -> dict[str, Any]:
    """The plan as it is stored with the import: whole counts, and the first thousand of each kind of row."""
    village_names = dict(Village.objects.filter(pk__in={row.village_id for row in plan.new}).values_list("pk", "name"))
    by_field = Counter(name for change in plan.changed for name in _told_fields(change))
    ignored = {
        column.header: column.field in NEVER_STORED
        for sheet in plan.sheets
        for column in sheet.columns
        if column.field in NEVER_STORED or not column.field
    }
    return {
        "sheets": [{"name": s.name, "header_row": s.header_row, "rows": len(s.rows)} for s in plan.sheets],
        "counts": {
            "rows": sum(len(sheet.rows) for sheet in plan.sheets),
            "new": len(plan.new),
            "changed": len(plan.changed),
            "unchanged": plan.unchanged,
            "missing": len(plan.missing),
            "problems": len(plan.problems),
        },
        "by_field": dict(by_field),
        "left_out": ignored,
        "new": [_new_as_json(row, village_names) for row in plan.new[:SHOWN]],
        "changed": [_change_as_json(change) for change in plan.changed[:SHOWN]],
        "missing": [{"id": own.id, "code": own.code, "head_name": own.head_name} for own in plan.missing[:SHOWN]],
        "problems": plan.problems[:SHOWN],
        "promises": base64.b85encode(b"".join(plan.promises())).decode(),
    }


def _told_fields(change: Change) -> Iterator[str]:
    yield from change.fields
    if change.phones:
        yield "phone"
    if change.relations:
        yield "relation"


def _new_as_json(row: Listed, village_names: dict[int, str]) -> dict[str, Any]:
    return {
        "sheet": row.sheet,
        "row": row.number,
        "village": village_names[row.village_id],
        "head_name": row.head_name,
        "birth_year": row.birth_year,
        "members": row.members,
        "lane": row.lane,
        "phones": [[phone.number, phone.owner, phone.repaired] for phone in row.phones],
    }


def _change_as_json(change: Change) -> dict[str, Any]:
    told = [{"field": name, "old": old, "new": new} for name, (old, new) in change.fields.items()]
    first = next(iter(change.household.contacts), "")  # by rank
    for position, phone in enumerate(change.phones):
        old = first if change.leads and position == 0 else ""
        told.append(
            {"field": "phone", "old": old, "new": phone.number, "owner": phone.owner, "repaired": phone.repaired,
             "is_further": bool(change.household.contacts) and not old}
        )  # fmt: skip
    told += [{"field": "relation", "old": old, "new": new} for old, new in change.relations.values()]
    return {
        "sheet": change.row.sheet,
        "row": change.row.number,
        "id": change.household.id,
        "code": change.household.code,
        "head_name": change.household.head_name,
        "lane": change.household.lane,
        "fields": told,
    }


def refusal(kind: str, details: dict[str, Any]) -> dict[str, Any]:
    """Fields of an import that is refused: the sentence, and its parts for other languages."""
    with translation.override("vi"):
        sentence = str(REFUSALS[kind]) % details
    return {"refusal": sentence, "plan": {"refusal": kind, "details": details}}


def refusal_of(row: HouseholdImport) -> str:
    """Why a file was refused, in the reader's language."""
    kind = row.plan.get("refusal", "")
    return str(REFUSALS[kind]) % row.plan.get("details", {}) if kind in REFUSALS else row.refusal


def explain(problem: dict[str, Any]) -> str:
    """A problem of a plan as a sentence: what it is and what to do."""
    return str(PROBLEMS[problem["kind"]]) % {"head": problem.get("head", ""), "other": problem.get("other", "")}
