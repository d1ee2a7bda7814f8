"""What the desk did to households that a list still names as they were before.

A household that was merged, marked as gone, moved or renamed does not come a second time because next month's file
has not heard of it. And a number that people took away from a household does not come back with an old file.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, Q

from communities import names
from communities.lists.matching import Known, pair
from communities.models import Contact, Household, Village
from communities.phones import Phone
from communities.resources import Listed

#: Events of people, not of lists.
_BY_PEOPLE = Q(pgh_context__isnull=True) | ~Q(
    pgh_context__metadata__has_any_keys=["household_import", "household_import_undone"]
)


@dataclass(frozen=True, slots=True)
class Former:
    """A household as the list still has it, and what became of it since.

    `kind`: MERGED (`now` counts for it), GONE (no longer active), MOVED (`now` lives in another village) or
    RENAMED. `place` is that village's name.
    """

    kind: str
    now: Known
    gone: str = ""
    place: str = ""


def find(listed: list[Listed], ward_id: int, taken: set[int], known: Callable[[Any], list[Known]]) -> dict[int, Former]:
    """Position in `listed`, the rows nobody active is, → the household a row was once.

    `taken` are households that other rows are; `known` makes Knowns of a queryset.
    """
    villages = {one.village_id for one in listed if one.village_id > 0}
    if not villages:
        return {}
    inactive = Household.objects.filter(village_id__in=villages, is_active=False)
    before = {own.id: own for own in known(inactive)}
    told = dict(inactive.values_list("pk", "gone")) if before else {}
    into = {own_id: kept for own_id, kept in _survivors(ward_id).items() if own_id in before} if before else {}
    states = list(before.values())
    changed = _earlier_states(villages, ward_id, taken)
    now_of = {own.id: own for own in known(Household.objects.filter(pk__in=[*changed, *into.values()]))}
    for own_id, earlier in changed.items():
        states += [
            replace(now_of[own_id], village_id=village_id, head_name=head_name, name_key=names.name_key(head_name))
            for village_id, head_name in earlier
        ]
    if not states:
        return {}
    # A code alone may have been given to somebody else meanwhile: here it needs the name.
    pairs = pair(listed, [replace(own, code="") for own in states], states)
    places = dict(Village.objects.filter(pk__in={own.village_id for own in now_of.values()}).values_list("pk", "name"))
    found = {}
    for position, own in pairs.items():
        if own.id in into:
            found[position] = Former("MERGED", now_of[into[own.id]])
        elif own.id in before:
            found[position] = Former("GONE", before[own.id], told[own.id] or Household.Gone.OTHER)
        elif now_of[own.id].village_id != listed[position].village_id:
            found[position] = Former("MOVED", now_of[own.id], place=places[now_of[own.id].village_id])
        else:
            found[position] = Former("RENAMED", now_of[own.id])
    return found


def _survivors(ward_id: int) -> dict[int, int]:
    """Merged household → the one that counts for it, which may have been merged in its turn."""
    merged = Household.objects.filter(ward_id=ward_id, merged_into__isnull=False)
    links: dict[int, int] = dict(merged.values_list("pk", "merged_into_id"))
    found = {}
    for own_id in links:
        into = own_id
        while into in links and links[into] != own_id:
            into = links[into]
        found[own_id] = into
    return found


def _earlier_states(villages: set[int], ward_id: int, taken: set[int]) -> dict[int, list[tuple[int, str]]]:
    """Active households people moved or renamed → the villages and names they had before."""
    model: Any = Household
    events = model.pgh_event_model.objects.filter(
        _BY_PEOPLE, pgh_label="changed", village_id__in=villages, pgh_obj__ward=ward_id, pgh_obj__is_active=True
    )
    events = events.exclude(village_id=F("pgh_obj__village_id"), head_name=F("pgh_obj__head_name"))
    earlier: dict[int, list[tuple[int, str]]] = {}
    for own_id, village_id, head_name in events.exclude(pgh_obj__in=taken).values_list(
        "pgh_obj_id", "village_id", "head_name"
    ):
        states = earlier.setdefault(own_id, [])
        if (village_id, head_name) not in states:
            states.append((village_id, head_name))
    return earlier


def dropped_phones(pairs: Iterable[tuple[Listed, Known]]) -> dict[int, set[str]]:
    """Household id → numbers a list would add and people took away, or put another in the place of."""
    wanted: dict[int, list[Phone]] = {}
    for row, own in pairs:
        if added := [phone for phone in row.phones if phone.number not in own.contacts]:
            wanted[own.id] = added
    if not wanted:
        return {}
    numbers = {phone.number for phones in wanted.values() for phone in phones}
    model: Any = Contact
    events = model.pgh_event_model.objects.filter(
        _BY_PEOPLE, household_id__in=wanted, phone__in=numbers, pgh_context__isnull=False
    )
    told = list(events.values_list("household_id", "phone", "pgh_label", "pgh_obj_id"))
    now = dict(Contact.objects.filter(pk__in={one[3] for one in told}).values_list("pk", "phone"))
    dropped: dict[int, set[str]] = {}
    for household_id, phone, label, contact_id in told:
        if label == "deleted" or now.get(contact_id, phone) != phone:
            dropped.setdefault(household_id, set()).add(phone)
    return dropped
