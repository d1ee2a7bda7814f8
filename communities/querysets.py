"""Sets of places and households: who may see which, and how they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q

from communities import names

if TYPE_CHECKING:
    from communities.models import User


def _places(user: User, roles: tuple[str, ...] | None) -> dict[str, Any]:
    """Province, ward and village ids of a user's memberships, as subqueries."""
    own = user.memberships.all()
    if roles is not None:
        own = own.filter(role__in=roles)
    return {
        "provinces": own.filter(province__isnull=False).values("province"),
        "wards": own.filter(ward__isnull=False).values("ward"),
        "villages": own.filter(village__isnull=False).values("village"),
    }


class WardQuerySet(models.QuerySet):
    """Wards."""

    def for_user(self, user: User, roles: tuple[str, ...] | None = None) -> WardQuerySet:
        """Wards the user works for, by a membership of the ward, its province or one of its villages."""
        places = _places(user, roles)
        return self.filter(
            Q(pk__in=places["wards"])
            | Q(province__in=places["provinces"])
            | Q(pk__in=user.memberships.filter(village__in=places["villages"]).values("village__ward"))
        )

    def current(self) -> WardQuerySet:
        """One row per code: the unit that holds the code now (codes are reused over the years)."""
        newer = self.model._default_manager.filter(code=OuterRef("code"), valid_from__gt=OuterRef("valid_from"))
        return self.filter(~Exists(newer))


class VillageQuerySet(models.QuerySet):
    """Villages."""

    def for_user(self, user: User, roles: tuple[str, ...] | None = None) -> VillageQuerySet:
        """Villages the user works for: their own, or all of their ward or province."""
        places = _places(user, roles)
        return self.filter(
            Q(pk__in=places["villages"]) | Q(ward__in=places["wards"]) | Q(ward__province__in=places["provinces"])
        )

    def in_order(self) -> VillageQuerySet:
        """Active villages in the ward's own order."""
        return self.filter(is_active=True).order_by("position", "name_key", "pk")


class HouseholdQuerySet(models.QuerySet):
    """Households."""

    def for_user(self, user: User, roles: tuple[str, ...] | None = None) -> HouseholdQuerySet:
        """Households of the villages the user works for."""
        places = _places(user, roles)
        return self.filter(
            Q(village__in=places["villages"]) | Q(ward__in=places["wards"]) | Q(ward__province__in=places["provinces"])
        )

    def _contacts(self) -> Any:
        return self.model._meta.get_field("contacts").related_model._default_manager  # type: ignore[union-attr]

    def search(self, text: str) -> HouseholdQuerySet:
        """Households that match every word: head's name or code or lane, with or without accents; or phone digits."""
        digits = "".join(c for c in text if c.isdigit())
        if len(digits) >= 4 and len(digits) >= len(text.replace(" ", "").lstrip("+")) - 3:
            national = digits.removeprefix("84").removeprefix("0")
            contacts = self._contacts()
            return self.filter(
                Exists(contacts.filter(household=OuterRef("pk"), phone__contains=national))
                | Q(search_key__contains=digits)
            )
        matching = self
        for word in names.fold(text).split():
            matching = matching.filter(search_key__contains=word)
        return matching

    def with_channel(self) -> HouseholdQuerySet:
        """Annotate `can_zalo` and `can_sms`: whether some contact's number could be written to that way."""
        contacts = self._contacts().filter(household=OuterRef("pk"), phone_kind="MOBILE")
        return self.annotate(
            can_zalo=Exists(contacts.filter(is_zalo_allowed=True, no_zalo_since__isnull=True)),
            can_sms=Exists(contacts.filter(is_sms_allowed=True)),
        )

    def count_by_channel(self) -> dict[str, int]:
        """Households in all, by Zalo, by SMS only, and to be told at the door. One query."""
        return self.with_channel().aggregate(
            all=Count("pk"),
            zalo=Count("pk", filter=Q(can_zalo=True)),
            sms=Count("pk", filter=Q(can_zalo=False, can_sms=True)),
            door=Count("pk", filter=Q(can_zalo=False, can_sms=False)),
        )

    def in_order(self) -> HouseholdQuerySet:
        """By given name in Vietnamese order."""
        return self.order_by("sort_key", F("id"))


class TagQuerySet(models.QuerySet):
    """Tags of households."""

    def for_user(self, user: User) -> TagQuerySet:
        """Tags of the user's wards; circumstances only where a membership of theirs may see them."""
        every, careful = _places(user, None), user.memberships.filter(sees_circumstances=True)
        in_place = Q(ward__in=every["wards"]) | Q(ward__province__in=every["provinces"])
        in_place |= Q(ward__villages__in=every["villages"])
        may_see = Q(ward__in=careful.filter(ward__isnull=False).values("ward"))
        may_see |= Q(ward__province__in=careful.filter(province__isnull=False).values("province"))
        may_see |= Q(ward__villages__in=careful.filter(village__isnull=False).values("village"))
        return self.filter(in_place).filter(~Q(kind="CIRCUMSTANCE") | may_see).distinct()


class HouseholdImportQuerySet(models.QuerySet):
    """Imports. Their status changes only through `advance`."""

    PREDECESSORS = {
        "READING": ("READY", "REFUSED"),
        "READY": ("READING", "APPLYING"),
        "REFUSED": ("READING",),
        "APPLYING": ("READY",),
        "APPLIED": ("APPLYING", "UNDOING"),
        "UNDOING": ("APPLIED",),
        "UNDONE": ("UNDOING",),
    }

    def for_user(self, user: User, roles: tuple[str, ...] | None = None) -> HouseholdImportQuerySet:
        """Imports into the villages the user works for; ward-wide ones only for the ward's own staff."""
        places = _places(user, roles)
        return self.filter(
            Q(village__in=places["villages"]) | Q(ward__in=places["wards"]) | Q(ward__province__in=places["provinces"])
        )

    def advance(self, to: str, **fields: Any) -> int:
        """Move the imports that may go there; returns how many did. Look at the count."""
        return self.filter(status__in=self.PREDECESSORS[to]).update(status=to, **fields)
