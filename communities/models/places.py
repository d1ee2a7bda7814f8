"""Provinces, wards, villages, and the people who work for them."""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from communities import names


def places_of(user: User, roles: tuple[str, ...] | None, **which: Any) -> dict[str, Any]:
    """Province, ward and village ids of a user's memberships, as subqueries."""
    own = user.memberships.filter(**which)
    if roles is not None:
        own = own.filter(role__in=roles)
    return {
        "provinces": own.filter(province__isnull=False).values("province"),
        "wards": own.filter(ward__isnull=False).values("ward"),
        "villages": own.filter(village__isnull=False).values("village"),
    }


class WardQuerySet(models.QuerySet["Ward"]):
    """Wards."""

    def for_user(self, user: User, roles: tuple[str, ...] | None = None) -> WardQuerySet:
        """Wards the user works for, by a membership of the ward, its province or one of its villages."""
        places = places_of(user, roles)
        return self.filter(
            Q(pk__in=places["wards"])
            | Q(province__in=places["provinces"])
            | Q(pk__in=user.memberships.filter(village__in=places["villages"]).values("village__ward"))
        )

    def current(self) -> WardQuerySet:
        """One row per code: the unit that holds the code now (codes are reused over the years)."""
        newer = self.model._default_manager.filter(code=OuterRef("code"), valid_from__gt=OuterRef("valid_from"))
        return self.filter(~Exists(newer))


class VillageQuerySet(models.QuerySet["Village"]):
    """Villages."""

    def for_user(self, user: User, roles: tuple[str, ...] | None = None) -> VillageQuerySet:
        """Villages the user works for: their own, or all of their ward or province."""
        places = places_of(user, roles)
        return self.filter(
            Q(pk__in=places["villages"]) | Q(ward__in=places["wards"]) | Q(ward__province__in=places["provinces"])
        )

    def in_order(self) -> VillageQuerySet:
        """Active villages in the ward's own order."""
        return self.filter(is_active=True).order_by("position", "name_key", "pk")


def history() -> tuple[pghistory.RowEvent, ...]:
    """Every change keeps the row as it was before, by a database trigger: bulk statements are covered, and
    inserting a thousand households writes nothing twice (the present row is its own first version)."""
    return pghistory.UpdateEvent("changed", row=pghistory.Old), pghistory.DeleteEvent("deleted")


class Province(models.Model):
    """A province or centrally-run city. Codes: QĐ 19/2025/QĐ-TTg, two digits."""

    code = models.CharField(max_length=2)
    valid_from = models.DateField()  # codes are reused: never join old data on the code alone
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="province_code_since")]

    def __str__(self) -> str:
        return self.name


class Ward(models.Model):
    """Any commune-level unit (xã, phường, đặc khu): the office that publishes notices."""

    class Kind(models.TextChoices):
        COMMUNE = "COMMUNE", _("xã")
        WARD = "WARD", _("phường")
        SPECIAL_ZONE = "SPECIAL_ZONE", _("đặc khu")

    province = models.ForeignKey(Province, models.PROTECT, related_name="wards")
    code = models.CharField(max_length=5)
    valid_from = models.DateField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=100, help_text="with its kind: Xã Hoa Đồng")
    phone = models.CharField(max_length=20, blank=True, help_text="of the office, as residents dial it")
    is_demo = models.BooleanField(default=False)

    objects = WardQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="ward_code_since")]

    def __str__(self) -> str:
        return self.name

    @property
    def office_name(self) -> str:
        """How the office signs: “UBND xã Hoa Đồng”."""
        return f"UBND {self.name[:1].lower()}{self.name[1:]}"


class Village(models.Model):
    """A self-governing community below the ward: thôn, bản, tổ dân phố … (NĐ 185/2026 Art. 2)."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="villages")
    name = models.CharField(max_length=100, help_text="with its word: Thôn Đông Phú")
    name_key = models.CharField(max_length=100, editable=False, help_text="names.village_name_key(name)")
    code = models.CharField(max_length=10, help_text="prefix of household codes, unique in the ward: ĐP")
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_villages")

    objects = VillageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ward", "name_key"], condition=Q(is_active=True), name="village_name"),
            models.UniqueConstraint(fields=["ward", "code"], name="village_code"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the key of the name in step."""
        self.name_key = names.village_name_key(self.name)
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "name_key"}
        super().save(*args, **kwargs)


class User(AbstractUser):
    """A member of staff. What a person may do stands in memberships, never on the login itself."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField(_("họ và tên"), max_length=100, blank=True)
    phone = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = []

    def __str__(self) -> str:
        return self.full_name or self.username

    def set_password(self, raw_password: str | None) -> None:
        """Kept for the letters, whatever their Unicode form: see `check_password`."""
        super().set_password(None if raw_password is None else names.seen(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Whether these are the letters of the password, in whichever Unicode form a keyboard gives them.

        A Mac may send “ồ” as three characters. Passwords of before are kept in the form they were typed in; each form
        of a password without accents is the same, so that a wrong one costs a single look.
        """
        if raw_password is None:
            return False
        forms = [names.seen(raw_password), raw_password]
        forms += [unicodedata.normalize(form, raw_password) for form in ("NFC", "NFD", "NFKC", "NFKD")]
        return any(super(User, self).check_password(form) for form in dict.fromkeys(forms))

    def get_full_name(self) -> str:
        """The whole name in Vietnamese order, or the login name."""
        return self.full_name or self.username

    def get_short_name(self) -> str:
        """The given name: the last word, as people are addressed."""
        return self.get_full_name().split()[-1]


@pghistory.track(*history())
class Membership(models.Model):
    """What one user may do, and where. Handing over a village moves the membership, never a login."""

    class Role(models.TextChoices):
        WARD_ADMIN = "WARD_ADMIN", _("Quản trị xã")
        EDITOR = "EDITOR", _("Người soạn")
        APPROVER = "APPROVER", _("Người duyệt")
        VILLAGE_HEAD = "VILLAGE_HEAD", _("Trưởng thôn")
        HELPER = "HELPER", _("Người giúp trưởng thôn")
        VIEWER = "VIEWER", _("Người xem")

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    province = models.ForeignKey(Province, models.PROTECT, null=True, blank=True, related_name="memberships")
    ward = models.ForeignKey(Ward, models.PROTECT, null=True, blank=True, related_name="memberships")
    village = models.ForeignKey(Village, models.PROTECT, null=True, blank=True, related_name="memberships")
    sees_circumstances = models.BooleanField(
        default=False, help_text="may read and set tags that tell a household's circumstances"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(province__isnull=False, ward__isnull=True, village__isnull=True)
                | Q(province__isnull=True, ward__isnull=False, village__isnull=True)
                | Q(province__isnull=True, ward__isnull=True, village__isnull=False),
                name="membership_one_place",
            ),
            models.CheckConstraint(
                condition=Q(village__isnull=False, role__in=["VILLAGE_HEAD", "HELPER"])
                | Q(village__isnull=True) & ~Q(role__in=["VILLAGE_HEAD", "HELPER"]),
                name="membership_role_fits_place",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "province", "ward", "village"], nulls_distinct=False, name="membership_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.province or self.ward or self.village}"


#: Who works for the ward as a whole.
OFFICIALS = (Membership.Role.WARD_ADMIN, Membership.Role.EDITOR, Membership.Role.APPROVER, Membership.Role.VIEWER)
#: Who works in one village.
NEIGHBOURS = (Membership.Role.VILLAGE_HEAD, Membership.Role.HELPER)
