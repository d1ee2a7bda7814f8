"""Sets of places and households: who may see which, and how they are found."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.aggregates import BoolOr
from django.db import models
from django.db.models import Count, Exists, ExpressionWrapper, F, Func, IntegerField, OuterRef, Prefetch, Q, Value
from django.db.models.functions import Cast

from communities import names

if TYPE_CHECKING:
    from communities.models import User


def _places(user: User, roles: tuple[str, ...] | None, **which: Any) -> dict[str, Any]:
    """Province, ward and village ids of a user's memberships, as subqueries."""
    own = user.memberships.filter(**which)
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

    def for_list(self, user: User) -> HouseholdQuerySet:
        """As `for_user`, with the places read first: a comparison with a ward's own id can follow the index
        household_by_name and stop at the first page; PostgreSQL cannot know that of a subquery."""
        places = list(user.memberships.values_list("province", "ward", "village"))
        conditions = []
        for name, column in (("ward__province", 0), ("ward", 1), ("village", 2)):
            ids = [place[column] for place in places if place[column]]
            if ids:
                conditions.append(Q(**{name: ids[0]}) if len(ids) == 1 else Q(**{f"{name}__in": ids}))
        return self.filter(reduce(or_, conditions)) if conditions else self.none()

    def for_circumstances(self, user: User) -> HouseholdQuerySet:
        """Households of which the user may know the circumstances."""
        places = _places(user, None, sees_circumstances=True)
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
        contacts = self._contacts().filter(household=OuterRef("pk"))
        return self.annotate(can_zalo=Exists(contacts.filter(_ZALO)), can_sms=Exists(contacts.filter(_SMS)))

    def reached_by(self, channel: str) -> HouseholdQuerySet:
        """Active households by how they can be told, with the keys of `count_by_channel`; `gone`: no longer active."""
        if channel == "gone":
            return self.filter(is_active=False)
        contacts = self._contacts().filter(household=OuterRef("pk"))
        zalo, sms = Exists(contacts.filter(_ZALO)), Exists(contacts.filter(_SMS))
        conditions = {
            "all": (),
            "zalo": (zalo,),
            "sms": (~zalo, sms),
            "door": (~zalo, ~sms),
            "nophone": (~Exists(contacts),),
            "optout": (Exists(contacts.filter(_OPTED_OUT)),),
        }
        return self.filter(*conditions[channel], is_active=True)

    def count_by_channel(self) -> dict[str, int]:
        """Households in all, by Zalo, by SMS only, to be told at the door; of these without any number, and with an
        opt-out; and those no longer active. One query that reads each contact once."""
        ways = {"zalo": _ZALO, "sms": _SMS, "phone": Q(pk__isnull=False), "optout": _OPTED_OUT}
        rows = self.order_by().annotate(
            **{f"by_{key}": BoolOr(_of_contacts(condition), default=False) for key, condition in ways.items()}
        )
        here = Q(is_active=True)
        return rows.aggregate(
            all=Count("pk", filter=here),
            zalo=Count("pk", filter=here & Q(by_zalo=True)),
            sms=Count("pk", filter=here & Q(by_zalo=False, by_sms=True)),
            door=Count("pk", filter=here & Q(by_zalo=False, by_sms=False)),
            nophone=Count("pk", filter=here & Q(by_phone=False)),
            optout=Count("pk", filter=here & Q(by_optout=True)),
            gone=Count("pk", filter=~here),
        )

    def tagged(self, tag: Any, user: User) -> HouseholdQuerySet:
        """Households that carry the tag; of a circumstance, only where the user may know it."""
        carrying = _tags_seen_by(user, self.model).filter(household=OuterRef("pk"), tag=tag)
        return self.filter(Exists(carrying))

    def with_tags(self, user: User) -> HouseholdQuerySet:
        """Prefetch `tags_seen`: the HouseholdTags the user may know of, with their tags, by name."""
        seen = _tags_seen_by(user, self.model).select_related("tag").order_by("tag__kind", "tag__name_key", "pk")
        return self.prefetch_related(Prefetch("household_tags", seen, to_attr="tags_seen"))

    def count_by_tag(self, tags: list[Any], user: User) -> dict[int, int]:
        """Active households by tag id, for `tags`, which the user may know of. One query."""
        rows = _tags_seen_by(user, self.model) if any(tag.kind == "CIRCUMSTANCE" for tag in tags) else _held(self.model)
        rows = rows.filter(tag__in=tags, household__in=self.order_by().filter(is_active=True).values("pk"))
        return dict(rows.values_list("tag").annotate(number=Count("pk")).order_by("tag"))

    def in_order(self, order: str = "") -> HouseholdQuerySet:
        """By given name in Vietnamese order; `ma`: by code; `ngo`: by village and lane, as one walks, then name.

        Lanes stand in the order of their numbers: Ngõ 2 before Ngõ 10, which the server's own order turns round.
        """
        if order == "ma":
            return self.order_by("code", "pk")
        if order == "ngo":
            word = Func(F("lane"), Value(r"\d.*"), Value(""), function="regexp_replace")
            number = Cast(Func(F("lane"), Value(r"\d{1,6}"), function="substring"), IntegerField())
            return self.order_by("village__position", "village", word, number, "lane", "sort_key", "pk")
        return self.order_by("sort_key", "id")


_ZALO = Q(phone_kind="MOBILE", is_zalo_allowed=True, no_zalo_since__isnull=True)
_SMS = Q(phone_kind="MOBILE", is_sms_allowed=True)
_OPTED_OUT = Q(phone_kind="MOBILE") & (Q(is_zalo_allowed=False) | Q(is_sms_allowed=False))


def _of_contacts(condition: Q) -> Any:
    """A condition on contacts, as an expression over a household's contacts."""

    def moved(node: Any) -> Q:
        children = [moved(one) if isinstance(one, Q) else (f"contacts__{one[0]}", one[1]) for one in node.children]
        return Q(*children, _connector=node.connector, _negated=node.negated)

    return ExpressionWrapper(moved(condition), models.BooleanField())


def _tags_seen_by(user: User, household: Any) -> Any:
    """HouseholdTags the user may know of: circumstances only where a membership over the household allows it."""
    places = _places(user, None, sees_circumstances=True)
    allowed = Q(household__village__in=places["villages"]) | Q(household__ward__in=places["wards"])
    allowed |= Q(household__ward__province__in=places["provinces"])
    return _held(household).filter(~Q(tag__kind="CIRCUMSTANCE") | allowed)


def _held(household: Any) -> Any:
    return household._meta.get_field("household_tags").related_model._default_manager.all()


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
