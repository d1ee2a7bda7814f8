"""What every staff page shows around its content."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

if TYPE_CHECKING:
    from communities.models import Membership, Ward


class Frame:
    """Who is at work and where, for the frame around a page. Asks the database once, and only if shown."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def memberships(self) -> "list[Membership]":
        """All places of the person at work, the widest first."""
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            return []
        rows = user.memberships.select_related("province", "ward", "village__ward").order_by("pk")
        return sorted(rows, key=lambda row: (row.village_id is not None, row.ward_id is not None))

    @property
    def is_village(self) -> bool:
        """The person works for villages only: the head's phone, not the desk."""
        return bool(self.memberships) and all(row.village_id for row in self.memberships)

    @property
    def role(self) -> str:
        """Every role held, in words: “Người soạn, Người duyệt”."""
        return ", ".join(dict.fromkeys(row.get_role_display() for row in self.memberships))

    @property
    def ward(self) -> "Ward | None":
        """The ward worked in, if there is one."""
        for row in self.memberships:
            if row.ward or row.village:
                return row.ward or row.village.ward  # type: ignore[union-attr]
        return None

    @property
    def place(self) -> str:
        """The office for officials, the village for its head."""
        if self.is_village:
            return ", ".join(dict.fromkeys(row.village.name for row in self.memberships if row.village))
        if self.ward:
            return self.ward.office_name
        return self.memberships[0].province.name if self.memberships and self.memberships[0].province else ""

    @property
    def may_write(self) -> bool:
        """The person may write notices."""
        return any(row.role in {"EDITOR", "APPROVER", "WARD_ADMIN"} for row in self.memberships)


def desk(request: HttpRequest) -> dict[str, Any]:
    """Demo flag, addresses, language and the frame of the page."""
    return {
        "DEMO": settings.DEMO,
        "PUBLIC_BASE_URL": settings.PUBLIC_BASE_URL,
        "SANDBOX_URL": settings.SANDBOX_URL if settings.DEMO else "",
        "LANGUAGE_CODE": get_language() or settings.LANGUAGE_CODE,
        "frame": Frame(request),
    }
