"""The only way a view gets a row: by asking as somebody.

Every function raises Http404 for what the user may not see, so that another ward's rows do not even exist,
and PermissionDenied for what they may see but not do.
"""

from django.core.exceptions import PermissionDenied
from django.http import Http404

from communities.models import HouseholdImport, Membership, User, Ward

Role = Membership.Role

#: Who may read household lists at all.
READERS = tuple(Role.values)
#: Who may change a household list, in their own place.
KEEPERS = (Role.WARD_ADMIN, Role.EDITOR, Role.VILLAGE_HEAD, Role.HELPER)
#: Who works for the ward as a whole.
OFFICIALS = (Role.WARD_ADMIN, Role.EDITOR, Role.APPROVER, Role.VIEWER)


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
