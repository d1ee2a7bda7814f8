"""Taking an applied list back, for thirty days, without touching what people have edited since.

A field goes back only if it still holds what the list wrote; a household the list created goes only if nobody has
worked on it since. Whatever stays is told, with its reason.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from communities import names
from communities.lists.writing import COLUMNS, update_contacts, update_households
from communities.models import Contact, Household, HouseholdImport, HouseholdTag, Village

SHOWN = 200  # households told by name that stay as they are
EDITED, NOTIFIED, CHANGED = "EDITED", "NOTIFIED", "CHANGED"


def take_back(row: HouseholdImport, at: datetime) -> dict[str, Any]:
    """Undo what applying wrote, inside the caller's transaction; returns counts and the households that stay.

    {"deleted", "restored", "kept", "kept_rows": [{"code", "head_name", "why"}]}. `why`: EDITED (somebody worked on
    it since), NOTIFIED (a notice counts it; it becomes inactive), CHANGED (a field holds something newer).
    """
    record = row.undo
    kept: dict[int, str] = {}
    deleted = _remove_created(record["households"], row, at, kept)
    restored = _restore_contacts(record, row, kept)
    restored |= _restore_fields(record["fields"], at, kept)
    restored |= _bring_back(record["moved_away"], at)
    _remove_villages(record["villages"])
    rows = Household.objects.filter(pk__in=list(kept)[:SHOWN]).order_by("code").values_list("pk", "code", "head_name")
    return {
        "deleted": deleted,
        "restored": len(restored),
        "kept": len(kept),
        "kept_rows": [{"code": code, "head_name": name, "why": kept[pk]} for pk, code, name in rows],
    }


def _worked_on(household_ids: Iterable[int], row: HouseholdImport) -> set[int]:
    """Which of the households a person, or a later list, has worked on since the list was applied.

    What the system does by itself (a number found to have no Zalo) has no context in the history and does not count.
    """
    ids = list(household_ids)
    found: set[int] = set()
    for model, column in ((Household, "pgh_obj_id"), (Contact, "household_id"), (HouseholdTag, "household_id")):
        found.update(_events_since(model, row).filter(**{f"{column}__in": ids}).values_list(column, flat=True))
    own = Contact.objects.filter(household__in=ids)
    later = own.filter(pk__gt=row.undo["last"][Contact._meta.db_table])
    later |= own.filter(pk__in=_events_since(Contact, row).values("pgh_obj_id"))  # handed over by another household
    found.update(later.values_list("household_id", flat=True))
    merged = Household.objects.filter(merged_into__in=ids).values("merged_into")
    return found | set(Household.objects.filter(pk__in=merged).values_list("pk", flat=True))


def _events_since(model: Any, row: HouseholdImport) -> Any:
    """The history of a table since the list was applied, as far as a person or another list made it."""
    events = model.pgh_event_model
    since = events.objects.filter(pgh_id__gt=row.undo["last"][events._meta.db_table], pgh_context__isnull=False)
    return since.exclude(pgh_context__metadata__contains={"household_import": row.pk})


def _referred(household_ids: list[int]) -> set[int]:
    """Which of the households something outside this app counts on: recipients of notices."""
    found: set[int] = set()
    for relation in Household._meta.related_objects:
        model = relation.related_model
        if model._meta.app_label != Household._meta.app_label:
            name = relation.field.name
            found.update(model._default_manager.filter(**{f"{name}__in": household_ids}).values_list(name, flat=True))
    return found


def _remove_created(ids: list[int], row: HouseholdImport, at: datetime, kept: dict[int, str]) -> int:
    worked_on = _worked_on(ids, row)
    kept.update(
        dict.fromkeys(worked_on & set(Household.objects.filter(pk__in=worked_on).values_list("pk", flat=True)), EDITED)
    )
    untouched = [own_id for own_id in ids if own_id not in worked_on]
    referred = _referred(untouched)
    kept.update(dict.fromkeys(referred, NOTIFIED))
    Household.objects.filter(pk__in=referred).update(is_active=False, gone=Household.Gone.MISTAKE, updated_at=at)
    free = [own_id for own_id in untouched if own_id not in referred]
    Contact.objects.filter(household__in=free).delete()
    return Household.objects.filter(pk__in=free).delete()[1].get("communities.Household", 0)


def _restore_contacts(record: dict[str, Any], row: HouseholdImport, kept: dict[int, str]) -> set[int]:
    """Take added phones away, put ranks and whose phone it is back; returns the households this was done in."""
    added = Contact.objects.filter(pk__in=record["contacts"])
    worked_on = _contacts_worked_on(record["contacts"], row)
    kept.update(dict.fromkeys(added.filter(pk__in=worked_on).values_list("household_id", flat=True), EDITED))
    removable = added.exclude(pk__in=worked_on)
    done = set(removable.values_list("household_id", flat=True))
    touched = set(done)
    removable.delete()
    with connection.cursor() as cursor:
        for column in ("ranks", "relations"):
            told = {int(contact_id): pair for contact_id, pair in record[column].items()}
            field = column.removesuffix("s")
            now = Contact.objects.filter(pk__in=told).values_list("pk", "household_id", field)
            back, homes = {}, set()
            for contact_id, household_id, value in now:
                old, new = told[contact_id]
                if value == new:
                    back[contact_id] = old
                    homes.add(household_id)
                elif value != old:
                    kept[household_id] = CHANGED
            if column == "ranks":  # a rank somebody else holds by now stays theirs
                held = set(
                    Contact.objects.filter(household__in=homes, rank=1)
                    .exclude(pk__in=back)
                    .values_list("household_id", flat=True)
                )
                homes_of = dict(Contact.objects.filter(pk__in=back).values_list("pk", "household_id"))
                back = {contact_id: old for contact_id, old in back.items() if homes_of[contact_id] not in held}
                homes -= held
            update_contacts(cursor, field, back)
            done |= homes
    _let_somebody_lead(touched)
    return done


def _let_somebody_lead(household_ids: set[int]) -> None:
    """The first of the numbers that are left is the representative's, where that one is gone."""
    led = Contact.objects.filter(household__in=household_ids, rank=1).values("household_id")
    left = Contact.objects.filter(household__in=household_ids).exclude(household__in=led)
    first = left.order_by("household_id", "rank").distinct("household_id").values_list("pk", flat=True)
    Contact.objects.filter(pk__in=list(first)).update(rank=1)


def _contacts_worked_on(contact_ids: list[int], row: HouseholdImport) -> set[int]:
    """Those somebody changed, and those of households where somebody took another number away because of them."""
    events = _events_since(Contact, row)
    found = set(events.filter(pgh_obj_id__in=contact_ids).values_list("pgh_obj_id", flat=True))
    fewer = events.filter(pgh_label="deleted").values("household_id")
    return found | set(Contact.objects.filter(pk__in=contact_ids, household__in=fewer).values_list("pk", flat=True))


def _restore_fields(fields: dict[str, dict[str, list[Any]]], at: datetime, kept: dict[int, str]) -> set[int]:
    """Put old values back where the list's value still stands."""
    rows = []
    now = Household.objects.filter(pk__in=fields).order_by("pk").select_for_update().values("pk", "code", *COLUMNS)
    for own in now.iterator(5_000):
        back = {}
        for name, (old, new) in fields[str(own["pk"])].items():
            if own[name] == new:
                back[name] = old
            elif own[name] != old and name not in ("name_as_listed", "is_active"):
                kept[own["pk"]] = CHANGED
        if back:
            then = {**own, **back}
            keys = names.search_key(then["code"], then["head_name"], then["lane"]), names.sort_key(then["head_name"])
            rows.append((own["pk"], *keys, *(then[name] for name in COLUMNS)))
    if rows:
        update_households(rows, at, may_empty=True)
    return {row[0] for row in rows}


def _bring_back(ids: list[int], at: datetime) -> set[int]:
    """Households marked as moved away by this list, and still so, are active again."""
    gone = Household.objects.filter(pk__in=ids, is_active=False, gone=Household.Gone.MOVED_AWAY)
    back = set(gone.values_list("pk", flat=True))
    gone.update(is_active=True, gone="", updated_at=at)
    return back


def _remove_villages(ids: list[int]) -> None:
    """Villages this list created, as far as nobody and nothing is in them."""
    for village in Village.objects.filter(pk__in=ids):
        in_use = any(
            relation.related_model._default_manager.filter(**{relation.field.name: village}).exists()
            for relation in Village._meta.related_objects
        )
        if not in_use:
            village.delete()
