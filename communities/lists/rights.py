"""What a list may do: no more than each of those who had a hand in it may do at the desk.

Whoever brings a list in, says something about it, writes it or takes it back has a hand in it. A cell can be corrected
into anybody's code and name, so a list that an official brought in and a head corrected is worth as much as the head's
own. What only those may do who answer for a list (access.DECIDERS) stays theirs: that a household moves, is gone, or
comes back.
"""

from dataclasses import dataclass

from communities.access import DECIDERS, KEEPERS, Role
from communities.models import HouseholdImport, User, Village, Ward

#: Who works on the lists of a whole ward.
_OF_WARD = (Role.WARD_ADMIN, Role.EDITOR)


@dataclass(frozen=True, slots=True)
class Rights:
    """Villages of the ward whose households may be written; those that they may leave, enter and come back to."""

    keeps: frozenset[int]
    decides: frozenset[int]

    def lets_move(self, from_id: int, to_id: int) -> bool:
        """Whether a household may move between two villages. A village that is to be created has a negative id."""
        return from_id in self.decides and (to_id in self.decides or to_id < 0)


def hands(row: HouseholdImport) -> set[int]:
    """The ids of those who brought the list in, decided something about it, and have it written just now."""
    ids = {row.created_by_id, *row.choices.get("by", [])}
    if row.status == HouseholdImport.Status.APPLYING:
        ids.add(row.applied_by_id)
    return {one for one in ids if one is not None}


def of(row: HouseholdImport) -> Rights:
    """What all hands of a list may do. Nobody's list is an operator's, at the command line, who may do everything."""
    own = Village.objects.filter(ward_id=row.ward_id)
    users = list(User.objects.filter(pk__in=hands(row)))
    if not users:
        return Rights(*[frozenset(own.values_list("pk", flat=True))] * 2)
    keeps, decides = (
        frozenset.intersection(*(frozenset(own.for_user(user, roles).values_list("pk", flat=True)) for user in users))
        for roles in (KEEPERS, DECIDERS)
    )
    return Rights(keeps, decides)


def is_of_ward(row: HouseholdImport, user: User) -> bool:
    """Whether the user works on the lists of the whole ward."""
    return Ward.objects.for_user(user, _OF_WARD).filter(pk=row.ward_id).exists()


def may_create(row: HouseholdImport, user: User) -> bool:
    """Whether the user may add a village to the list's ward: its administrators, with a list of the ward."""
    if row.village_id is not None:
        return False
    return Ward.objects.for_user(user, (Role.WARD_ADMIN,)).filter(pk=row.ward_id).exists()


def may_mark(row: HouseholdImport, user: User) -> bool:
    """Whether the user may say that households the list no longer names have moved away. A helper may not."""
    return HouseholdImport.objects.for_user(user, DECIDERS).filter(pk=row.pk).exists()


def beyond(row: HouseholdImport, user: User) -> str:
    """What others decided and this user may not write: MARKS (households that moved away), VILLAGES (new ones), ""."""
    if row.choices.get("moved_away") and not may_mark(row, user):
        return "MARKS"
    is_new = any(one["decision"] == "NEW" for one in row.plan.get("villages", []))
    return "VILLAGES" if is_new and not may_create(row, user) else ""


def may_undo(row: HouseholdImport, user: User) -> bool:
    """Whether the user may take an applied list back: who answers for every village it touched.

    A helper only what is theirs alone, and did nothing a helper may not do.
    """
    fields = row.undo.get("fields", {}).values()
    touched = {village_id for told in fields for village_id in told.get("village_id", ())}
    if may_mark(row, user):
        decides = Village.objects.for_user(user, DECIDERS).filter(pk__in=touched)
        return decides.count() == len(touched)
    is_own = {row.created_by_id, row.applied_by_id, *row.choices.get("by", [])} == {user.pk}
    is_plain = not touched and not row.undo.get("moved_away") and not any("gone" in told for told in fields)
    return is_own and is_plain
