"""Households, how to reach them, and what is known about them."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

import pghistory
from django.contrib.postgres.aggregates import BoolOr
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    Value,
    When,
)  # fmt: skip
from django.db.models.functions import Cast, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities import channels, names, phones
from communities.models.places import NEIGHBOURS, User, Village, Ward, history, places_of


class HouseholdQuerySet(models.QuerySet["Household"]):
    """Households."""

    def for_user(self, user: User, roles: tuple[str, ...] | None = None) -> HouseholdQuerySet:
        """Households of the villages the user works for."""
        places = places_of(user, roles)
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
        places = places_of(user, None, sees_circumstances=True)
        return self.filter(
            Q(village__in=places["villages"]) | Q(ward__in=places["wards"]) | Q(ward__province__in=places["provinces"])
        )

    def search(self, text: str, *, user: User | None = None) -> HouseholdQuerySet:
        """Households that match every word: head's name or code or lane, with or without accents; or a phone.

        A part of a number finds only what the user sees in full anyway, households of villages they head or help in:
        who sees numbers masked could ask for the hidden digits one by one. A whole number finds every household; for
        nobody in particular nothing else does.
        """
        digits = "".join(c for c in text if c.isdigit())
        if len(digits) >= 4 and len(digits) >= len(text.replace(" ", "").lstrip("+")) - 3:
            whole, _unread = phones.parse(text, allow_demo=True)
            given = [phone.number for phone in whole[:1]]  # several in one question: the first
            own = Village.objects.for_user(user, NEIGHBOURS).values("pk") if user else []
            national = digits.removeprefix("84").removeprefix("0")
            here = Contact.objects.filter(household=OuterRef("pk"))
            return self.filter(
                Exists(here.filter(phone__in=given))
                | Q(village__in=own) & Exists(here.filter(phone__contains=national))
                | Q(search_key__contains=digits)
            )
        matching = self
        for word in names.fold(text).split():
            condition = Q(search_key__contains=word)
            if (key := names.with_i(word)) != word:  # “quy”: also Quí as a whole word, and still Quyên
                condition |= Q(search_key__regex=rf"(^| ){key}( |$)")
            matching = matching.filter(condition)
        return matching

    def with_channel(self) -> HouseholdQuerySet:
        """Annotate `channel`: the key of the first channel that can reach some contact, blank for none."""
        contacts = Contact.objects.filter(household=OuterRef("pk"))
        first = [When(Exists(contacts.filter(row.reachable())), then=Value(row.key)) for row in channels.TABLE]
        return self.annotate(channel=Case(*first, default=Value("")))

    def reached_by(self, channel: str) -> HouseholdQuerySet:
        """Active households by how they can be told, with the keys of `count_by_channel`; `gone`: no longer active."""
        if channel == "gone":
            return self.filter(is_active=False)
        contacts = Contact.objects.filter(household=OuterRef("pk"))
        conditions: dict[str, tuple[Any, ...]] = {
            "all": (),
            "nophone": (~Exists(contacts),),
            "optout": (Exists(contacts.filter(channels.opted_out())),),
        }
        before: tuple[Any, ...] = ()
        for row in channels.TABLE:
            able = Exists(contacts.filter(row.reachable()))
            conditions[row.key.lower()] = (*before, able)
            before = (*before, ~able)
        conditions["door"] = before
        return self.filter(*conditions[channel], is_active=True)

    def count_by_channel(self) -> dict[str, int]:
        """Households in all (`all`), by the first channel that reaches them (`zalo`, `sms`), to be told at the door
        (`door`); of these without any number (`nophone`), and with an opt-out (`optout`); and those no longer active
        (`gone`). One query that reads each contact once."""
        conditions = {row.key.lower(): row.reachable("contacts__") for row in channels.TABLE}
        conditions |= {"phone": Q(contacts__isnull=False), "optout": channels.opted_out("contacts__")}
        rows = self.order_by().annotate(
            **{
                f"by_{name}": BoolOr(ExpressionWrapper(condition, models.BooleanField()), default=False)
                for name, condition in conditions.items()
            }
        )
        here = Q(is_active=True)
        wanted = {"all": here, "nophone": here & Q(by_phone=False), "optout": here & Q(by_optout=True), "gone": ~here}
        left = here
        for row in channels.TABLE:
            by = f"by_{row.key.lower()}"
            wanted[row.key.lower()] = left & Q((by, True))
            left &= Q((by, False))
        wanted["door"] = left
        return rows.aggregate(**{name: Count("pk", filter=condition) for name, condition in wanted.items()})

    def tagged(self, tag: Any, user: User) -> HouseholdQuerySet:
        """Households that carry the tag; of a circumstance, only where the user may know it."""
        carrying = _tags_seen_by(user).filter(household=OuterRef("pk"), tag=tag)
        return self.filter(Exists(carrying))

    def with_tags(self, user: User) -> HouseholdQuerySet:
        """Prefetch `tags_seen`: the HouseholdTags the user may know of, with their tags, by name."""
        seen = _tags_seen_by(user).select_related("tag").order_by("tag__kind", "tag__name_key", "pk")
        return self.prefetch_related(Prefetch("household_tags", seen, to_attr="tags_seen"))

    def count_by_tag(self, tags: list[Any], user: User) -> dict[int, int]:
        """Active households by tag id, for `tags`, which the user may know of. One query."""
        rows = _tags_seen_by(user) if any(tag.kind == "CIRCUMSTANCE" for tag in tags) else HouseholdTag.objects.all()
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


def _tags_seen_by(user: User) -> models.QuerySet[HouseholdTag]:
    """HouseholdTags the user may know of: circumstances only where a membership over the household allows it."""
    places = places_of(user, None, sees_circumstances=True)
    allowed = Q(household__village__in=places["villages"]) | Q(household__ward__in=places["wards"])
    allowed |= Q(household__ward__province__in=places["provinces"])
    return HouseholdTag.objects.filter(~Q(tag__kind="CIRCUMSTANCE") | allowed)


class TagQuerySet(models.QuerySet["Tag"]):
    """Tags of households."""

    def for_user(self, user: User) -> TagQuerySet:
        """Tags of the user's wards; circumstances only where a membership of theirs may see them."""
        every, careful = places_of(user, None), user.memberships.filter(sees_circumstances=True)
        in_place = Q(ward__in=every["wards"]) | Q(ward__province__in=every["provinces"])
        in_place |= Q(ward__villages__in=every["villages"])
        may_see = Q(ward__in=careful.filter(ward__isnull=False).values("ward"))
        may_see |= Q(ward__province__in=careful.filter(province__isnull=False).values("province"))
        may_see |= Q(ward__villages__in=careful.filter(village__isnull=False).values("village"))
        return self.filter(in_place).filter(~Q(kind="CIRCUMSTANCE") | may_see).distinct()


class Tag(models.Model):
    """A mark on households that people sort and choose by. Circumstances (hộ nghèo, người khuyết tật) are sensitive
    data (NĐ 356/2025 Art. 4): only memberships with `sees_circumstances` read or set them."""

    class Kind(models.TextChoices):
        CIRCUMSTANCE = "CIRCUMSTANCE", _("diện hộ")
        ASSOCIATION = "ASSOCIATION", _("đoàn thể")
        OWN = "OWN", _("nhãn riêng")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="tags")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.OWN)
    name = models.CharField(max_length=50)
    name_key = models.CharField(max_length=50, editable=False, help_text="names.fold(name)")

    objects = TagQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward", "name_key"], name="tag_name")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the key of the name in step."""
        from communities import names

        self.name_key = names.fold(self.name)[:50]
        super().save(*args, **kwargs)


@pghistory.track(*history(), pghistory.ManualEvent("added"), exclude=["search_key", "sort_key"])
class Household(models.Model):
    """The unit everything is counted in. A household counts once, whoever in it confirms.

    `search_key` and `sort_key` are made by communities.names and stored, since the embedded PostgreSQL has
    neither ICU nor unaccent; `save()` keeps them, and set-wise writers must write them themselves.
    """

    class Gone(models.TextChoices):
        """Why a household is no longer active. Nothing is ever deleted because a list does not name it."""

        MOVED_AWAY = "MOVED_AWAY", _("đã chuyển đi")
        MERGED = "MERGED", _("đã gộp vào hộ khác")
        MISTAKE = "MISTAKE", _("ghi nhầm")
        OTHER = "OTHER", _("lý do khác")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="households")
    village = models.ForeignKey(Village, models.PROTECT, related_name="households")
    code = models.CharField(max_length=30)
    head_name = models.CharField(max_length=100)
    name_as_listed = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="the list's own spelling, where ours differs: NGUYỄN VĂN AN",
    )
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    lane = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=200, blank=True)
    members = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)
    gone = models.CharField(
        max_length=20, choices=Gone.choices, blank=True, default="", db_default="", help_text="why it is not active"
    )
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_households")
    tags = models.ManyToManyField(Tag, through="HouseholdTag", related_name="households")
    search_key = models.CharField(max_length=300, editable=False)
    sort_key = models.CharField(max_length=150, editable=False, db_collation="C")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward", "code"], name="household_code")]
        indexes = [
            models.Index(fields=["ward", "sort_key", "id"], name="household_by_name", condition=Q(is_active=True)),
            models.Index(fields=["village", "is_active"], name="household_by_village"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.head_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the search and sort keys in step."""
        from communities import names

        self.search_key = names.search_key(self.code, self.head_name, self.lane)
        self.sort_key = names.sort_key(self.head_name)
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "search_key", "sort_key", "updated_at"}
        super().save(*args, **kwargs)


@pghistory.track(pghistory.InsertEvent("added"), pghistory.DeleteEvent("removed"))
class HouseholdTag(models.Model):
    """A tag on a household."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="household_tags")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="household_tags")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["household", "tag"], name="household_tag_once")]

    def __str__(self) -> str:
        return f"{self.household_id} · {self.tag_id}"


@pghistory.track(*history())
class Contact(models.Model):
    """A person of a household we may reach. Rank 1 is the representative. A phone need not be unique."""

    class PhoneKind(models.TextChoices):
        MOBILE = "MOBILE", _("di động")
        LANDLINE = "LANDLINE", _("máy bàn")

    household = models.ForeignKey(Household, models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=100, blank=True)
    relation = models.CharField(max_length=50, blank=True, help_text="whose phone it is: con gái, hàng xóm")
    phone = models.CharField(max_length=16, help_text="E.164: +84912345678")
    phone_kind = models.CharField(max_length=10, choices=PhoneKind.choices, default=PhoneKind.MOBILE)
    rank = models.PositiveSmallIntegerField(default=1)
    refused = ArrayField(
        models.CharField(max_length=10), default=list, db_default=[], blank=True,
        help_text="channels over which the person wants no messages",
    )  # fmt: skip
    no_account = models.JSONField(
        default=dict, db_default={}, blank=True,
        help_text="channel → when (ISO 8601) a provider said that the number has no account there",
    )  # fmt: skip
    created_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="contacts_added"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["household", "phone"], name="contact_phone_once"),
            models.UniqueConstraint(fields=["household", "rank"], name="contact_rank"),
        ]
        indexes = [models.Index(fields=["phone"], name="contact_by_phone")]

    def __str__(self) -> str:
        return self.phone

    @property
    def ways(self) -> list[tuple[channels.MessageChannel, bool, datetime | None]]:
        """Each channel that can write to such a number; whether the person wants messages there, and since when the
        number is known to have no account."""
        rows = [row for row in channels.TABLE if self.phone_kind in row.phone_kinds]
        return [(row, row.is_wanted_by(self), self.no_account_since(row.key)) for row in rows]

    def no_account_since(self, channel: str) -> datetime | None:
        """When a provider said that the number has no account there; None if none did."""
        said = self.no_account.get(channel)
        return datetime.fromisoformat(said) if said else None


class Disclosure(models.Model):
    """Somebody saw a household's full phone numbers, or took them along in a file. Rows are only ever added."""

    class Via(models.TextChoices):
        SCREEN = "SCREEN", _("xem trên màn hình")
        EXPORT = "EXPORT", _("xuất ra Excel")

    household = models.ForeignKey(Household, models.CASCADE, related_name="disclosures")
    user = models.ForeignKey(User, models.PROTECT, related_name="disclosures")
    via = models.CharField(max_length=10, choices=Via.choices)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.household_id} · {self.user} · {self.get_via_display()}"
