"""What people do to one household: add, correct, move, merge, mark as gone, bring back; its contacts and tags.

Each function is one transaction and locks what it changes, so that two people at one household follow each
other. Who did it stands in the history of the rows (pghistory.context, set for each request). Notices a
household already got stay with it, whatever becomes of it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pghistory
from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Max

from communities import names
from communities.models import Contact, Household, HouseholdTag, Tag, User, Village
from communities.phones import Phone

Gone = Household.Gone
#: What a person writes on a household's page. Villages change by `move`.
WRITTEN = ("code", "head_name", "birth_year", "members", "lane", "address", "note")
CODES_LOCK = 0x7464  # advisory locks of new codes; the second number is the ward


class Overtaken(Exception):
    """Somebody else changed the household since the page was drawn: nothing was written."""


class CodeTaken(Exception):
    """Another household of the ward has the code."""


@transaction.atomic
def add(*, village: Village, by: User, at: datetime, phones: Iterable[Phone] = (), **written: Any) -> Household:
    """A new household, with a code of the village's own when none is given. CodeTaken."""
    _lock_codes(village.ward_id)
    code = written.pop("code", "") or next_code(village)
    if Household.objects.filter(ward=village.ward_id, code=code).exists():
        raise CodeTaken
    household = Household.objects.create(ward_id=village.ward_id, village=village, code=code, **written)
    pghistory.create_event(household, label="added")
    for phone in phones:
        add_contact(
            household=household,
            by=by,
            at=at,
            name="" if phone.owner else household.head_name,
            relation=phone.owner,
            phone=phone.number,
            phone_kind=phone.kind,
        )
    return household


def _lock_codes(ward_id: int) -> None:
    """One after the other gives out codes of a ward, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CODES_LOCK, ward_id])


def next_code(village: Village) -> str:
    """The next free code of a village: ĐP-041 after ĐP-040."""
    prefix = f"{village.code}-"
    codes = Household.objects.filter(ward=village.ward_id, code__startswith=prefix).values_list("code", flat=True)
    numbers = [int(rest) for code in codes if (rest := code.removeprefix(prefix)).isdecimal() and len(rest) <= 6]
    return f"{prefix}{max(numbers, default=0) + 1:03}"


@transaction.atomic
def edit(*, household_id: int, seen_at: datetime, **written: Any) -> bool:
    """Write what a person corrected; False when nothing is different. Overtaken, CodeTaken."""
    ward_id, code = Household.objects.values_list("ward_id", "code").get(pk=household_id)
    if written.get("code", code) != code:
        _lock_codes(ward_id)  # before the household, as a list that is being written does
    household = _locked(household_id)
    if household.updated_at != seen_at:
        raise Overtaken
    changed = [name for name in WRITTEN if name in written and getattr(household, name) != written[name]]
    if not changed:
        return False
    if "code" in changed and Household.objects.filter(ward=household.ward_id, code=written["code"]).exists():
        raise CodeTaken
    for name in changed:
        setattr(household, name, written[name])
    if "head_name" in changed:
        household.name_as_listed = ""  # the list's spelling of another name
        changed.append("name_as_listed")
        # The head's own phone carries their name.
        before = Household.objects.values_list("head_name", flat=True).get(pk=household_id)
        household.contacts.filter(name=before, relation="").update(name=household.head_name)
    household.save(update_fields=changed)
    return True


@transaction.atomic
def move(*, household_id: int, village: Village, lane: str) -> bool:
    """Into another village of the same ward, with a lane of the new one. False when it is there already.

    The code stays: it is unique in the ward, and it stands on the household's card and in the village's lists.
    """
    household = _locked(household_id)
    if household.ward_id != village.ward_id:
        raise ValueError("another ward")
    if household.village_id == village.pk:
        return False
    household.village, household.lane = village, lane
    household.save(update_fields=["village", "lane"])
    return True


# --- gone, and back -----------------------------------------------------------------------------------


@transaction.atomic
def leave(*, household_id: int, reason: str) -> bool:
    """Mark as gone: no notice counts it from now on, nothing is deleted. False when it was not active."""
    household = _locked(household_id)
    if not household.is_active:
        return False
    household.is_active, household.gone = False, reason
    household.save(update_fields=["is_active", "gone"])
    return True


@transaction.atomic
def merge(*, household_id: int, into_id: int) -> bool:
    """One household written down twice: contacts and tags go over to `into`, the other is no longer active.

    A number that `into` has already stays where it is, and so does every notice the household got. False when
    one of the two is not active any more.
    """
    if household_id == into_id:
        raise ValueError("into itself")
    both = {
        row.pk: row
        for row in Household.objects.select_for_update().filter(pk__in=[household_id, into_id]).order_by("pk")
    }
    household, into = both[household_id], both[into_id]
    if household.ward_id != into.ward_id:
        raise ValueError("another ward")
    if not (household.is_active and into.is_active):
        return False
    with pghistory.context(household_merge=household.pk):
        _hand_over(household.contacts.exclude(phone__in=into.contacts.values("phone")), into)
        HouseholdTag.objects.bulk_create(
            [
                HouseholdTag(household=into, tag_id=tag)
                for tag in household.household_tags.values_list("tag", flat=True)
            ],
            ignore_conflicts=True,
        )
        household.is_active, household.gone, household.merged_into = False, Gone.MERGED, into
        household.save(update_fields=["is_active", "gone", "merged_into"])
    return True


@transaction.atomic
def bring_back(*, household_id: int) -> bool:
    """Active again. After a merge, its own contacts come back, and tags that only the merge had given.

    What people changed meanwhile stays: a contact removed or given on since is not brought back. False when
    it is active already.
    """
    household = _locked(household_id)
    if household.is_active:
        return False
    if household.merged_into_id:
        _take_back(household)
    household.is_active, household.gone, household.merged_into = True, "", None
    household.save(update_fields=["is_active", "gone", "merged_into"])
    return True


def _take_back(household: Household) -> None:
    ContactEvent, HouseholdTagEvent = (
        apps.get_model("communities", f"{model.__name__}Event") for model in (Contact, HouseholdTag)
    )
    into = household.merged_into
    if into is None:
        return
    _locked(into.pk)
    contact_events = ContactEvent.objects.filter(pgh_context__metadata__household_merge=household.pk)
    went = contact_events.filter(household=household.pk).values("pgh_obj_id")
    own = into.contacts.filter(pk__in=went).exclude(phone__in=household.contacts.values("phone"))
    _hand_over(own, household)
    _close_ranks(into)
    tag_events = HouseholdTagEvent.objects.filter(pgh_context__metadata__household_merge=household.pk)
    into.household_tags.filter(pk__in=tag_events.filter(pgh_label="added").values("pgh_obj_id")).delete()


def _hand_over(contacts: Any, household: Household) -> None:
    """Give contacts to a household, behind those it has, in their order."""
    last = household.contacts.aggregate(last=Max("rank"))["last"] or 0
    for rank, contact in enumerate(contacts.order_by("rank"), start=last + 1):
        Contact.objects.filter(pk=contact.pk).update(household=household, rank=rank)


# --- contacts -----------------------------------------------------------------------------------------


@transaction.atomic
def add_contact(*, household: Household, by: User, at: datetime, **written: Any) -> Contact | None:
    """A further contact, behind the others. None when the household has the number already."""
    _locked(household.pk)
    if household.contacts.filter(phone=written["phone"]).exists():
        return None
    last = household.contacts.aggregate(last=Max("rank"))["last"] or 0
    return Contact.objects.create(household=household, rank=last + 1, created_at=at, created_by=by, **written)


@transaction.atomic
def edit_contact(*, contact: Contact, **written: Any) -> bool:
    """Write what a person corrected. False when another contact of the household has the number."""
    household = _locked(contact.household_id)
    if household.contacts.filter(phone=written["phone"]).exclude(pk=contact.pk).exists():
        return False
    if written["phone"] != contact.phone:
        written["no_account"] = {}  # was said of the other number
    Contact.objects.filter(pk=contact.pk).update(**written)
    return True


@transaction.atomic
def remove_contact(*, contact: Contact) -> None:
    """Take a contact away; the next becomes the representative. Messages sent to it stay recorded."""
    household = _locked(contact.household_id)
    household.contacts.filter(pk=contact.pk).delete()
    _close_ranks(household)


@transaction.atomic
def make_representative(*, contact: Contact) -> None:
    """To the first place: the number that is written to first."""
    household = _locked(contact.household_id)
    own = household.contacts.all()
    rank = own.values_list("rank", flat=True).filter(pk=contact.pk).first()
    if rank in (None, 1):
        return
    own.filter(pk=contact.pk).update(rank=0)
    _close_ranks(household)


def _close_ranks(household: Household) -> None:
    """1, 2, 3 … in the order they stand in. One by one, away from each other: the database checks every row."""
    rows = list(household.contacts.order_by("rank").values_list("pk", "rank"))
    wanted = {pk: number for number, (pk, _rank) in enumerate(rows, start=1)}
    moving = [pk for pk, rank in rows if rank != wanted[pk]]
    if rows and rows[0][1] < 1:  # somebody steps in front: the others step back first, the last one first
        moving.reverse()
    for pk in moving:
        Contact.objects.filter(pk=pk).update(rank=wanted[pk])


# --- tags ---------------------------------------------------------------------------------------------


@transaction.atomic
def set_tags(*, household: Household, wanted: set[int], among: set[int]) -> None:
    """Give the household the wanted ones `among` the tags a person saw; other tags of it stay as they are."""
    _locked(household.pk)
    had = set(household.household_tags.filter(tag__in=among).values_list("tag", flat=True))
    household.household_tags.filter(tag__in=had - wanted).delete()
    new = Tag.objects.filter(ward=household.ward_id, pk__in=(wanted & among) - had)
    HouseholdTag.objects.bulk_create([HouseholdTag(household=household, tag=tag) for tag in new])


def get_or_make_tag(*, ward_id: int, name: str, kind: str) -> Tag:
    """The ward's tag of that name, made when there is none. An old one keeps its kind."""
    key = names.fold(name)[:50]
    return Tag.objects.get_or_create(ward_id=ward_id, name_key=key, defaults={"name": name, "kind": kind})[0]


# --- who saw the numbers ------------------------------------------------------------------------------


def record_disclosure(*, households: Any, user: User, via: str, at: datetime) -> int:
    """Keep that somebody got the full numbers of households (a queryset). One statement; returns how many."""
    try:
        ids, params = (
            households.order_by().filter(contacts__isnull=False).values("pk").distinct().query.sql_with_params()
        )
    except EmptyResultSet:  # nobody's, as Django knows without asking
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO communities_disclosure (household_id, user_id, via, at) "  # noqa: S608 - a query of ours
            f"SELECT found.id, %s, %s, %s FROM ({ids}) AS found (id)",
            [user.pk, via, at, *params],
        )
        return int(cursor.rowcount)


def _locked(household_id: int) -> Household:
    return Household.objects.select_for_update().get(pk=household_id)
