"""The only way a view gets a row: by asking as somebody.

Every function raises Http404 for what the user may not see, so that another ward's rows do not even exist,
and PermissionDenied for what they may see but not do.
"""

from django.core.exceptions import PermissionDenied
from django.http import Http404

from communities.models import NEIGHBOURS, Contact, Household, HouseholdImport, Membership, User, Village, Ward

Role = Membership.Role

#: Who may read household lists at all.
READERS = tuple(Role.values)
#: Who may change a household list, in their own place.
KEEPERS = (Role.WARD_ADMIN, Role.EDITOR, Role.VILLAGE_HEAD, Role.HELPER)
#: Who may decide that a household moves, is merged or is gone, and who may take a list with full numbers along.
#: A helper corrects what stands on a household's page, as they find it at the door, and no more.
DECIDERS = (Role.WARD_ADMIN, Role.EDITOR, Role.VILLAGE_HEAD)
#: Officials who may ask for the full numbers of one household; every time is recorded. Viewers come for figures.
REVEALERS = (Role.WARD_ADMIN, Role.EDITOR, Role.APPROVER)


def get_ward(user: User) -> Ward:
    """The ward a user works in. PermissionDenied when the account has no place yet."""
    ward = Ward.objects.for_user(user).order_by("name", "pk").first()
    if ward is None:
        raise PermissionDenied
    return ward


def has_role(user: User, *roles: str) -> bool:
    """Whether the user holds one of the roles anywhere. One query per request, remembered on the user."""
    held: set[str] | None = getattr(user, "_held_roles", None)
    if held is None:
        held = set(user.memberships.values_list("role", flat=True))
        user._held_roles = held  # type: ignore[attr-defined]
    return not held.isdisjoint(roles)


def require(user: User, *roles: str) -> None:
    """PermissionDenied unless the user holds one of the roles somewhere. The row still comes from `get_…`."""
    if not has_role(user, *roles):
        raise PermissionDenied


def get_import(user: User, import_id: int) -> HouseholdImport:
    """An import the user may work on."""
    rows = HouseholdImport.objects.for_user(user, KEEPERS).defer("content").select_related("ward", "village")
    row = rows.filter(pk=import_id).first()
    if row is None:
        raise Http404
    return row


def get_household(user: User, household_id: int) -> Household:
    """A household of the user's places, active or not."""
    rows = Household.objects.for_user(user, READERS).select_related("village", "ward", "merged_into")
    row = rows.filter(pk=household_id).first()
    if row is None:
        raise Http404
    return row


def get_household_as(user: User, household_id: int, roles: tuple[str, ...]) -> Household:
    """A household over which the user holds one of the roles. PermissionDenied where they may only read it."""
    row = get_household(user, household_id)
    if not may(user, row, roles):
        raise PermissionDenied
    return row


def get_contact(user: User, contact_id: int) -> Contact:
    """A contact of a household the user may change."""
    row = Contact.objects.filter(pk=contact_id).first()
    if row is None:
        raise Http404
    row.household = get_household_as(user, row.household_id, KEEPERS)
    return row


def may(user: User, household: Household, roles: tuple[str, ...]) -> bool:
    """Whether the user holds one of the roles over the household's village."""
    return Household.objects.for_user(user, roles).filter(pk=household.pk).exists()


def sees_circumstances(user: User, household: Household) -> bool:
    """Whether the user may read and set tags that tell this household's circumstances."""
    return Household.objects.for_circumstances(user).filter(pk=household.pk).exists()


def own_villages(user: User) -> set[int]:
    """Villages whose phones the user sees in full: those they head or help in. Officials see them masked."""
    return set(Village.objects.for_user(user, NEIGHBOURS).values_list("pk", flat=True))
