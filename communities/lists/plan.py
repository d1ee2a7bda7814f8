"""What a file would do to the households of a ward: the plan, made without changing anything.

The uploader sees it as new, changed, unchanged and missing households, and as problems with the row and the
column Excel shows. An empty cell says nothing, a household missing from the file stays.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.conf import settings

from communities import names
from communities.lists import former, ledger, opening, placing, rights, shared
from communities.lists.alarms import Alarm, look
from communities.lists.matching import Known, pair
from communities.lists.placing import Unknown
from communities.lists.rights import Rights
from communities.models import Contact, Household, HouseholdImport, ListLayout, Village
from communities.resources import HouseholdResource, Listed, Remark, says_gone
from communities.spreadsheet import Book, Entry, Row
from communities.spreadsheet.book import column_index

#: Fields that are compared, in the order they are shown.
FIELDS = ("head_name", "birth_year", "members", "lane", "address", "note")
BATCH = 2_000  # rows between two signs of life
#: What a row would do and those who had a hand in the list may not: the row is left out, and told.
HELD = frozenset({"ELSEWHERE", "NOT_BACK"})
_COLUMNS = ("id", "village_id", "code", "head_name", "birth_year", "members", "lane", "address", "note")


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

    book: Book
    rights: Rights
    layout: ListLayout | None = None
    new: list[Listed] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: list[tuple[Listed, Known]] = field(default_factory=list)
    missing: list[Known] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)  # all codes of the ward
    villages: dict[int, str] = field(default_factory=dict)  # id → name; negative ids are villages to create
    unknown: list[Unknown] = field(default_factory=list)
    alarm: Alarm | None = None
    ledger: list[Entry] = field(default_factory=list)  # every row of the file, and what becomes of it

    @property
    def rows(self) -> int:
        """Households in the file: new, changed, unchanged and left out."""
        left_out = {(problem["sheet"], problem["row"]) for problem in self.problems if problem["is_error"]}
        return len(self.new) + len(self.changed) + len(self.unchanged) + len(left_out)

    @property
    def held(self) -> int:
        """How many rows are left out because they would do more than those who had a hand in the list may."""
        return sum(problem["kind"] in HELD for problem in self.problems)

    def needs(self, choices: dict[str, Any]) -> list[str]:
        """What a person must decide before anything can be written."""
        needs = []
        if not any(sheet.rows for sheet in self.book.sheets):
            needs.append("NAME_COLUMN")
        if self.book.questions:
            needs.append("QUESTION")
        if self.book.encoding is not None and not self.book.encoding.is_decided:
            needs.append("ENCODING")
        if self.alarm is not None and not choices.get("accepted"):
            needs.append("ALARM")
        return needs

    def promises(self) -> list[bytes]:
        """Eight bytes for each thing that would be written, equal only if the very same thing would be."""
        keys = Counter(_new_key(row, self.villages) for row in self.new)
        texts = [f"{key}#{n}" for key, times in keys.items() for n in range(times)]
        texts += [change.key() for change in self.changed]
        return [hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts]


def _new_key(row: Listed, villages: dict[int, str]) -> str:
    village = row.village_id if row.village_id > 0 else villages[row.village_id]
    told = (village, row.code, row.head_name, row.birth_year, row.members, row.lane, row.address, row.note)
    return repr((told, [(phone.number, phone.owner) for phone in row.phones]))


def make(row: HouseholdImport, beat: Beat, *, only_sheet: str = "", create_villages: bool = False) -> Plan:
    """Compare the file with the households that all who had a hand in it may change. Raises Unreadable.

    `row` need not be saved. `only_sheet` reads one sheet; `create_villages` plans every unknown village as new.
    """
    book, layout = opening.book_of(row, only_sheet)
    plan = Plan(book, rights.of(row), layout)
    listed = _listed(row, plan, beat, create_villages)
    in_list = {one.village_id for one in listed if one.village_id > 0}
    known = _known(Household.objects.filter(village_id__in=in_list, is_active=True))
    plan.codes = set(Household.objects.filter(ward_id=row.ward_id).values_list("code", flat=True))
    moved = _known_elsewhere(row, listed, {own.code for own in known}, plan)
    listed, pairs = _without_held(listed, pair(listed, known, moved), plan)
    named = {own.id for own in pairs.values()}
    listed, pairs, gone = _without_former(row, listed, pairs, named, plan)
    dropped = former.dropped_phones((listed[position], own) for position, own in pairs.items())
    same_name: defaultdict[Any, list[str]] = defaultdict(list)
    for own in known:
        same_name[_same_name(own)].append(own.code)
    codes = {code.casefold() for code in plan.codes}
    told = {(said["sheet"], said["row"]) for said in plan.problems if said["kind"] == "CODE_TAKEN"}
    for position, one in enumerate(listed):
        household = pairs.get(position)
        if household is None:
            plan.new.append(one)
            if others := same_name.get(_same_name(one)):
                letter, others_said = one.columns["head_name"], ", ".join(others[:3])
                _say(plan, one, Remark("SAME_NAME", letter, one.head_name, other=others_said))
            if one.code.casefold() in codes and (one.sheet, one.number) not in told:
                _say(plan, one, Remark("CODE_TAKEN", one.columns.get("code", ""), one.code))
            continue
        for phone in [phone for phone in one.phones if phone.number in dropped.get(household.id, ())]:
            one.phones.remove(phone)
            _say(plan, one, Remark("DROPPED_PHONE", one.columns["phones"], f"0{phone.number[3:]}"))
        if gone.get(household.id) and one.village_id not in plan.rights.decides:
            reason = str(Household.Gone(gone[household.id]).label)
            _say(plan, one, Remark("NOT_BACK", one.columns["head_name"], one.head_name, is_error=True, other=reason))
        elif gone.get(household.id) == "":  # the list says so too
            plan.unchanged.append((one, household))
        elif change := _change(one, household, gone.get(household.id, "")):
            plan.changed.append(change)
        else:
            plan.unchanged.append((one, household))
    for one, remark in shared.numbers(listed, pairs, known):
        _say(plan, one, remark)
    matched = named | {own.id for own in pairs.values()}
    plan.missing = sorted((own for own in known if own.id not in matched), key=lambda own: own.code)
    plan.alarm = plan.alarm or look(
        plan.new, [(change.row, change.household) for change in plan.changed], plan.unchanged, plan.missing
    )
    plan.problems.sort(key=lambda problem: (problem["sheet"], problem["row"]))
    plan.ledger = _ledger(plan)
    return plan


def _ledger(plan: Plan) -> list[Entry]:
    rows = [*plan.new, *(change.row for change in plan.changed), *(row for row, _own in plan.unchanged)]
    refused = {(said["sheet"], said["row"]): said["kind"] for said in plan.problems if said["is_error"]}
    read = {sheet.name for sheet in plan.book.sheets}
    return ledger.final(plan.book.ledger, read, {(row.sheet, row.number) for row in rows}, refused)


def _listed(row: HouseholdImport, plan: Plan, beat: Beat, create_villages: bool) -> list[Listed]:
    """The households of the file, cleaned and placed in a village; what cannot be is a problem of the plan."""
    resource = HouseholdResource()
    active = Village.objects.filter(ward_id=row.ward_id, is_active=True)
    plan.villages = dict(active.values_list("pk", "name"))
    allowed = set(plan.villages) & plan.rights.keeps
    if row.village_id is not None:
        allowed &= {row.village_id}  # a list of one village, which its head may open, holds no other village
    placer = placing.Placer(row, plan.villages, allowed, create_all=create_villages)
    total = sum(len(sheet.rows) for sheet in plan.book.sheets)
    listed: list[Listed] = []
    done = 0
    for sheet in plan.book.sheets:
        if not sheet.rows:
            continue
        reader = resource.reader(sheet, allow_demo=settings.DEMO)
        placer.turn_to(sheet)
        for skipped in sheet.skipped:
            if skipped.kind != "TOTAL":  # a total is no household and no problem
                remark = Remark(skipped.kind, skipped.letter, skipped.text[:100], is_error=True)
                _say(plan, Listed(sheet.name, skipped.number), remark)
        for cell in sheet.remarks:
            _say(plan, Listed(sheet.name, cell.number), Remark(cell.kind, cell.letter, cell.text[:100]))
        for cells in sheet.rows:
            one, remarks = reader.read(cells)
            if not any(remark.is_error for remark in remarks):
                placed = placer.place(one)
                if isinstance(placed, Remark):
                    remarks = [placed]
                else:
                    one = placed.of(one)
            for remark in remarks:
                _say(plan, one, remark, _cell_of(cells, remark))
            if not any(remark.is_error for remark in remarks):
                listed.append(one)
            done += 1
            if done % BATCH == 0:
                beat.step(done, total)
    _drop_cut_and_refused(plan)
    plan.unknown = placer.unknown()
    if placer.elsewhere is not None and listed:
        name = plan.villages[placer.elsewhere]
        if row.created_by is not None:
            plan.alarm = Alarm("OTHER_TITLE", name, len(listed), len(listed), [])
        else:  # an operator has named the village in so many words
            _say(plan, Listed("", 0), Remark("OTHER_TITLE", "", name, other=str(row.village)))
    return list(_once(listed, plan))


def _drop_cut_and_refused(plan: Plan) -> None:
    """A cell that is refused for its length need not be said to be cut as well."""
    refused = {(said["sheet"], said["row"], said["column"]) for said in plan.problems if said["kind"] == "TOO_LONG"}
    plan.problems = [
        said
        for said in plan.problems
        if said["kind"] != "CUT" or (said["sheet"], said["row"], said["column"]) not in refused
    ]


def _once(listed: list[Listed], plan: Plan) -> Iterator[Listed]:
    """The rows without those that repeat another whole: same village, name, year and phones, or the same code."""
    first: dict[Any, Listed] = {}
    namesakes: dict[Any, Listed] = {}
    for one in listed:
        numbers = tuple(phone.number for phone in one.phones)
        code = one.code.casefold()
        same_code = (one.village_id, one.name_key, code) if code else None
        same_all = (one.village_id, one.name_key, one.birth_year, numbers) if one.birth_year and numbers else None
        twin = first.get(same_code) or (first.get(same_all) if not one.code else None)
        letter = one.columns["head_name"]
        if twin is not None:
            _say(plan, one, Remark("SAME_ROW_TWICE", letter, one.head_name, is_error=True, other=str(twin.number)))
            continue
        if code and first.setdefault(code, one) is not one:
            _say(plan, one, Remark("CODE_TAKEN", one.columns.get("code", ""), one.code))
        for key in (same_code, same_all):
            if key is not None:
                first.setdefault(key, one)
        namesake = namesakes.setdefault((one.village_id, one.name_key), one)
        if namesake is not one and not (one.code and namesake.code) and _same_name(one) == _same_name(namesake):
            _say(plan, one, Remark("SAME_NAME_IN_FILE", letter, one.head_name, other=str(namesake.number)))
        yield one


def _same_name(one: Listed | Known) -> tuple[int, str, str]:
    """What two of one name in one village share: the key of the order tells Hoa from Hoá, but not hoà from hòa, nor
    lý from lí."""
    return one.village_id, one.name_key, names.sort_key(names.with_i(one.head_name.casefold()))


def _known(households: Any) -> list[Known]:
    """Households with their contacts, in two queries, oldest first."""
    households = households.order_by("pk")
    known: dict[int, Known] = {}
    for row in households.values_list(*_COLUMNS).iterator(10_000):
        own_id, village_id, code, head_name, *told = row
        known[own_id] = Known(own_id, village_id, code, head_name, names.name_key(head_name), *told)
    contacts = Contact.objects.filter(household__in=households.order_by()).order_by("household_id", "rank")
    numbers = contacts.values_list("household_id", "phone", "id", "relation", "rank")
    for household_id, phone, contact_id, relation, rank in numbers.iterator(10_000):
        if household_id in known:
            known[household_id].contacts[phone] = (contact_id, relation, rank)
    return list(known.values())


def _known_elsewhere(row: HouseholdImport, listed: Iterable[Listed], here: set[str], plan: Plan) -> list[Known]:
    """Households of the ward's other villages whose codes the list names: they have moved if it names them, too."""
    codes = {one.code for one in listed if one.code} & plan.codes - here
    if not codes:
        return []
    return _known(Household.objects.filter(ward_id=row.ward_id, code__in=codes, is_active=True))


def _without_held(listed: list[Listed], pairs: dict[int, Known], plan: Plan) -> tuple[list[Listed], dict[int, Known]]:
    """The rows and their pairs without those that would move a household which is not theirs to move."""
    held = {
        position
        for position, own in pairs.items()
        if own.village_id != (there := listed[position].village_id) and not plan.rights.lets_move(own.village_id, there)
    }
    for position in held:
        one = listed[position]
        _say(plan, one, Remark("ELSEWHERE", one.columns["head_name"], one.head_name, is_error=True))
    kept = [position for position in range(len(listed)) if position not in held]
    return [listed[at] for at in kept], {new: pairs[at] for new, at in enumerate(kept) if at in pairs}


def _without_former(
    row: HouseholdImport, listed: list[Listed], pairs: dict[int, Known], named: set[int], plan: Plan
) -> tuple[list[Listed], dict[int, Known], dict[int, str]]:
    """The rows and their pairs without those whose household was merged or moved since, which the plan then says.

    Those of households that are gone are paired with them: their ids and why they went come back too (nothing where
    the list says so itself), and `named` grows by the households the file still names in another way.
    """
    waiting = [position for position in range(len(listed)) if position not in pairs]
    found = former.find([listed[position] for position in waiting], row.ward_id, named, _known) if waiting else {}
    gone: dict[int, str] = {}
    left_out = set()
    for at, one in found.items():
        position = waiting[at]
        if one.kind in ("MERGED", "MOVED"):
            left_out.add(position)
            named.add(one.now.id)
            row_of = listed[position]
            other = one.now.code if one.kind == "MERGED" else one.place
            remark = Remark(one.kind, row_of.columns["head_name"], row_of.head_name, is_error=True, other=other)
            _say(plan, row_of, remark)
            continue
        pairs[position] = one.now
        if one.kind == "GONE":
            gone[one.now.id] = "" if says_gone(listed[position].note) else one.gone
    kept = [position for position in range(len(listed)) if position not in left_out]
    return (
        [listed[position] for position in kept],
        {at: pairs[position] for at, position in enumerate(kept) if position in pairs},
        gone,
    )


def _change(row: Listed, household: Known, gone: str) -> Change | None:
    """What the row says differently. An empty cell says nothing; a household that is gone comes back."""
    fields: dict[str, tuple[Any, Any]] = {"gone": (gone, "")} if gone else {}
    if row.village_id != household.village_id:
        fields["village_id"] = (household.village_id, row.village_id)
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


def _cell_of(row: Row, remark: Remark) -> str:
    """All that the cell of a remark holds, where the remark quotes only a part of it; else nothing."""
    if not remark.letter or not remark.value:
        return ""
    cells = next((one.cells for one in row.persons if one.number == remark.number), row.cells)
    index = column_index(remark.letter)
    whole = str(cells[index]) if index < len(cells) else ""
    return whole if whole[:300] != remark.value else ""


def _say(plan: Plan, row: Listed, remark: Remark, cell: str = "") -> None:
    plan.problems.append(
        {
            "kind": remark.kind, "is_error": remark.is_error, "sheet": row.sheet, "row": remark.number or row.number,
            "column": remark.letter, "value": remark.value, "head": row.head_name, "other": remark.other,
            **({"cell": cell[:500]} if cell else {}),
        }
    )  # fmt: skip
