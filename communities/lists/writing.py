"""Writing the plan of a list, set-wise, inside the caller's transaction, and keeping what is needed to undo it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from communities import names
from communities.lists.plan import Change, Plan
from communities.models import Contact, Household, HouseholdImport, Village

#: Columns of a household a list may change: type for PostgreSQL.
COLUMNS = {
    "village_id": "bigint", "head_name": "text", "name_as_listed": "text", "birth_year": "smallint",
    "members": "smallint", "lane": "text", "address": "text", "note": "text", "gone": "text", "is_active": "boolean",
}  # fmt: skip


@dataclass(slots=True)
class Record:
    """What applying a list wrote. Kept as JSON in HouseholdImport.undo, so that it can be taken back."""

    villages: list[int] = field(default_factory=list)  # created
    households: list[int] = field(default_factory=list)  # created
    fields: dict[str, dict[str, list[Any]]] = field(default_factory=dict)  # household id → field → [old, new]
    contacts: list[int] = field(default_factory=list)  # added to households that were there
    relations: dict[str, list[str]] = field(default_factory=dict)  # contact id → [old, new]
    ranks: dict[str, list[int]] = field(default_factory=dict)  # contact id → [old, new]
    moved_away: list[int] = field(default_factory=list)  # household ids
    last: dict[str, int] = field(default_factory=dict)  # table → highest id given out: what is higher came later

    def as_json(self) -> dict[str, Any]:
        """For the database."""
        return asdict(self)


class Changed(Exception):
    """Somebody changed a household at the desk after the plan was made: nothing was written."""


def write(found: Plan, row: HouseholdImport, at: datetime) -> Record:
    """Write everything of the plan; returns the record of it. Changed."""
    record = Record()
    _hold(found.changed)
    ids = _create_villages(found, row, record)
    _insert(found, row, ids, record, at)
    _update(found.changed, ids, record, at)
    _update_contacts(found.changed, record, at)
    _mark_moved_away(found, row, record, at)
    record.last = _highest_ids()
    return record


def _hold(changed: list[Change]) -> None:
    """Lock the households that change, as the desk does, so that what was compared is what is overwritten."""
    planned = {change.household.id: change for change in changed}
    if not planned:
        return
    names_of = [name for name in COLUMNS if name != "name_as_listed"]
    now = Household.objects.filter(pk__in=planned).order_by("pk").select_for_update().values("pk", *names_of)
    for own in now:
        change = planned[own["pk"]]
        if any(own[name] != old for name, (old, _new) in change.fields.items()):
            raise Changed
        if own["is_active"] != ("gone" not in change.fields):
            raise Changed
    ranks: defaultdict[int, dict[str, int]] = defaultdict(dict)
    contacts = Contact.objects.filter(household__in=[own_id for own_id, change in planned.items() if change.phones])
    for household_id, phone, rank in contacts.values_list("household_id", "phone", "rank"):
        ranks[household_id][phone] = rank
    for own_id, change in planned.items():
        if change.phones and ranks[own_id] != {phone: own[2] for phone, own in change.household.contacts.items()}:
            raise Changed


def _highest_ids() -> dict[str, int]:
    """Ids tell before from after without trusting clocks."""
    events = ("communities_householdevent", "communities_contactevent", "communities_householdtagevent")
    columns = [("communities_contact", "id"), *((table, "pgh_id") for table in events)]
    asked = ", ".join("pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)" for _ in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked}", [part for column in columns for part in column])
        return {table: last or 0 for (table, _), last in zip(columns, cursor.fetchone(), strict=True)}


def _create_villages(found: Plan, row: HouseholdImport, record: Record) -> dict[int, int]:
    """Create the villages of the plan's negative ids that have households; returns what ids mean."""
    ids = {village_id: village_id for village_id in found.villages if village_id > 0}
    wanted = {one.village_id for one in found.new} | {change.row.village_id for change in found.changed}
    for own_id in sorted((one for one in wanted if one < 0), reverse=True):
        ids[own_id] = create_village(row.ward_id, found.villages[own_id]).pk
        record.villages.append(ids[own_id])
    return ids


def create_village(ward_id: int, name: str) -> Village:
    """A new village of a ward, the last in its order, with a prefix for household codes of its own."""
    own = Village.objects.filter(ward_id=ward_id)
    code = _prefix(name, set(own.values_list("code", flat=True)))
    return Village.objects.create(ward_id=ward_id, name=name[:100], code=code, position=own.count() + 1)


def _prefix(name: str, taken: set[str]) -> str:
    """The prefix of a new village's household codes: “Thôn Đông Phú” → ĐP, “Thôn 3” → T3; unique in the ward."""
    short = names.initials(names.village_own_name(name))[:6]
    if short.isdecimal() or not short:
        short = names.initials(name)[:6]
    number, code = 1, short
    while code in taken:
        number += 1
        code = f"{short}{number}"
    return code


def _insert(found: Plan, row: HouseholdImport, villages: dict[int, int], record: Record, at: datetime) -> None:
    if not found.new:
        return
    with connection.cursor() as cursor:
        record.households = _take_ids(cursor, "communities_household", len(found.new))
        codes = list(_codes(found, row.ward_id, villages))  # before COPY, which holds the connection
        columns = (
            "id, ward_id, village_id, code, head_name, name_as_listed, birth_year, lane, address, members, note, "
            "is_active, search_key, sort_key, created_at, updated_at"
        )
        with cursor.copy(f"COPY communities_household ({columns}) FROM STDIN") as copy:
            for household_id, code, one in zip(record.households, codes, found.new, strict=True):
                copy.write_row(
                    (
                        household_id, row.ward_id, villages[one.village_id], code, one.head_name, one.name_as_listed,
                        one.birth_year, one.lane, one.address, one.members, one.note, True,
                        names.search_key(code, one.head_name, one.lane), names.sort_key(one.head_name), at, at,
                    )
                )  # fmt: skip
        contacts = [
            (household_id, one.head_name, phone, rank)
            for household_id, one in zip(record.households, found.new, strict=True)
            for rank, phone in enumerate(one.phones, start=1)
        ]
        _copy_contacts(cursor, contacts, at)


def _copy_contacts(cursor: Any, contacts: list[tuple[int, str, Any, int]], at: datetime) -> list[int]:
    """COPY contacts given as household id, head's name, phone, rank; returns their ids."""
    ids = _take_ids(cursor, "communities_contact", len(contacts))
    columns = "id, household_id, name, relation, phone, phone_kind, rank, created_at"
    with cursor.copy(f"COPY communities_contact ({columns}) FROM STDIN") as copy:
        for contact_id, (household_id, head_name, phone, rank) in zip(ids, contacts, strict=True):
            name = phone.name or ("" if phone.owner else head_name)  # the head's own phone carries their name
            copy.write_row((contact_id, household_id, name, phone.owner, phone.number, phone.kind, rank, at))
    return ids


def _take_ids(cursor: Any, table: str, number: int) -> list[int]:
    cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, number])
    return [row[0] for row in cursor.fetchall()]


def _codes(found: Plan, ward_id: int, villages: dict[int, int]) -> Iterator[str]:
    """A code for each new household: the file's own where it is free, else the next of the village (ĐP-041)."""
    prefixes = dict(Village.objects.filter(ward_id=ward_id).values_list("pk", "code"))
    used = {code.casefold() for code in found.codes}
    highest: defaultdict[str, int] = defaultdict(int)
    for code in found.codes:
        prefix, _dash, number = code.rpartition("-")
        if number.isdecimal() and len(number) <= 6:
            highest[prefix] = max(highest[prefix], int(number))
    for one in found.new:
        code = one.code
        if not code or code.casefold() in used:
            prefix = prefixes[villages[one.village_id]]
            while True:
                highest[prefix] += 1
                code = f"{prefix}-{highest[prefix]:03}"
                if code.casefold() not in used:
                    break
        used.add(code.casefold())
        yield code


def _update(changed: list[Change], villages: dict[int, int], record: Record, at: datetime) -> None:
    """One UPDATE for all changed fields of all households."""
    rows = []
    for change in changed:
        if not change.fields:
            continue
        own = change.household
        told = {name: [old, new] for name, (old, new) in change.fields.items()}
        if "village_id" in told:
            told["village_id"][1] = villages[told["village_id"][1]]
        if "head_name" in told:
            told["name_as_listed"] = [None, change.row.name_as_listed]
        if "gone" in told:
            told["is_active"] = [False, True]
        new = {name: value for name, (_old, value) in told.items()}
        head_name, lane = new.get("head_name", own.head_name), new.get("lane", own.lane)
        keys = (names.search_key(own.code, head_name, lane), names.sort_key(head_name))
        rows.append((own.id, *keys, *(new.get(name) for name in COLUMNS)))
        record.fields[str(own.id)] = told
    if not rows:
        return
    as_listed = dict(Household.objects.filter(pk__in=[row[0] for row in rows]).values_list("pk", "name_as_listed"))
    for household_id, told in record.fields.items():
        if "name_as_listed" in told:
            told["name_as_listed"][0] = as_listed[int(household_id)]
    update_households(rows, at)


def update_households(rows: list[tuple[Any, ...]], at: datetime, *, may_empty: bool = False) -> None:
    """Set-wise UPDATE of (id, search_key, sort_key, *COLUMNS). None leaves a column as it is, unless `may_empty`."""
    types = {"id": "bigint", "search_key": "text", "sort_key": "text", **COLUMNS}
    arrays = ", ".join(f"%s::{kind}[]" for kind in types.values())
    value = "new.{0}" if may_empty else "COALESCE(new.{0}, old.{0})"
    assigned = ", ".join(f"{name} = {value.format(name)}" for name in types if name != "id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE communities_household AS old SET {assigned}, updated_at = %s "  # noqa: S608 – our own column names
            f"FROM unnest({arrays}) AS new ({', '.join(types)}) WHERE old.id = new.id",
            [at, *(list(column) for column in zip(*rows, strict=True))],
        )


def _update_contacts(changed: list[Change], record: Record, at: datetime) -> None:
    """Whose phone it is, and further phones. A new first phone leads; the one it displaces goes to the end."""
    added = []
    for change in changed:
        for phone, (old, new) in change.relations.items():
            record.relations[str(change.household.contacts[phone][0])] = [old, new]
        if not change.phones:
            continue
        last = max((rank for _id, _relation, rank in change.household.contacts.values()), default=0)
        free = iter(range(last + 1, last + 2 + len(change.phones)))
        leader = next((own[0] for own in change.household.contacts.values() if own[2] == 1), None)
        head_name = change.row.head_name or change.household.head_name
        for position, phone in enumerate(change.phones):
            if position == 0 and change.leads and leader is not None:
                record.ranks[str(leader)] = [1, next(free)]
                added.append((change.household.id, head_name, phone, 1))
            else:
                added.append((change.household.id, head_name, phone, next(free)))
    with connection.cursor() as cursor:
        for rows, column in ((record.relations, "relation"), (record.ranks, "rank")):
            update_contacts(cursor, column, {int(contact_id): new for contact_id, (_old, new) in rows.items()})
        if added:
            record.contacts = _copy_contacts(cursor, added, at)


def update_contacts(cursor: Any, column: str, values: dict[int, Any]) -> None:
    """Set one column (relation or rank) of many contacts."""
    if values:
        kind = {"relation": "text", "rank": "smallint"}[column]
        cursor.execute(
            f"UPDATE communities_contact SET {column} = new.value "  # noqa: S608 – our own column names
            f"FROM unnest(%s::bigint[], %s::{kind}[]) AS new (id, value) WHERE communities_contact.id = new.id",
            [list(values), list(values.values())],
        )


def _mark_moved_away(found: Plan, row: HouseholdImport, record: Record, at: datetime) -> None:
    """Households a person marked as moved away, as far as the file still does not hold them."""
    marked = set(row.choices.get("moved_away", []))
    ours = found.rights.decides
    record.moved_away = [own.id for own in found.missing if own.id in marked and own.village_id in ours]
    Household.objects.filter(pk__in=record.moved_away).update(
        is_active=False, gone=Household.Gone.MOVED_AWAY, updated_at=at
    )
