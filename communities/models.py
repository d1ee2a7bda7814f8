"""Who lives where, and how to reach them."""

from typing import Any, ClassVar

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.querysets import (
    HouseholdImportQuerySet,
    HouseholdQuerySet,
    TagQuerySet,
    VillageQuerySet,
    WardQuerySet,
)


def _history() -> tuple[pghistory.RowEvent, ...]:
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
        from communities import names

        self.name_key = names.village_name_key(self.name)
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "name_key"}
        super().save(*args, **kwargs)


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

    def get_full_name(self) -> str:
        """The whole name in Vietnamese order, or the login name."""
        return self.full_name or self.username

    def get_short_name(self) -> str:
        """The given name: the last word, as people are addressed."""
        return self.get_full_name().split()[-1]


@pghistory.track(*_history())
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


@pghistory.track(*_history(), pghistory.ManualEvent("added"), exclude=["search_key", "sort_key"])
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


@pghistory.track(*_history())
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
    is_zalo_allowed = models.BooleanField(default=True)
    is_sms_allowed = models.BooleanField(default=True)
    no_zalo_since = models.DateTimeField(null=True, blank=True, help_text="a provider said the number has no Zalo")
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


class HouseholdImport(models.Model):
    """One uploaded household list: the file, what people decided about it, what it would change, what became of it.

    A row of its own, so that a closed browser or a killed worker loses nothing. The file is kept in the
    database (at most 10 MB): state lives in PostgreSQL alone, and any worker on any machine can read it.

        READING ◄─► READY ─► APPLYING ─► APPLIED ─► UNDOING ─► UNDONE
           └─► REFUSED ◄─┘      └─► READY   ▲          └─► APPLIED
                                            └ a worker that dies leaves nothing behind: press again
    A decision (`choices`) sends READY, or a REFUSED that it may cure, back to READING.
    """

    class Status(models.TextChoices):
        READING = "READING", _("đang đọc tệp")
        REFUSED = "REFUSED", _("không đọc được")
        READY = "READY", _("chờ ghi")
        APPLYING = "APPLYING", _("đang ghi")
        APPLIED = "APPLIED", _("đã ghi")
        UNDOING = "UNDOING", _("đang hoàn tác")
        UNDONE = "UNDONE", _("đã hoàn tác")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="imports")
    village = models.ForeignKey(
        Village, models.PROTECT, null=True, blank=True, related_name="imports", help_text="of rows that name none"
    )
    filename = models.CharField(max_length=255)
    content = models.BinaryField(editable=False)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.READING)
    refusal = models.CharField(max_length=500, blank=True, help_text="why the file was refused, for people")
    choices = models.JSONField(default=dict, help_text="what people decided: see imports.decide")
    plan = models.JSONField(default=dict, help_text="lists.plan.Plan as JSON: counts, rows, problems")
    undo = models.JSONField(default=dict, editable=False, help_text="what applying wrote: lists.writing.Record as JSON")
    done_rows = models.PositiveIntegerField(default=0)
    total_rows = models.PositiveIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True, blank=True, help_text="last sign of life of the worker")
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="imports", help_text="none: an operator, at the command line"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="imports_undone")

    objects = HouseholdImportQuerySet.as_manager()

    def __str__(self) -> str:
        return self.filename

    @property
    def author(self) -> str:
        """Who brought the list in."""
        return str(self.created_by or _("người quản trị máy chủ"))


class ListLayout(models.Model):
    """How a ward's people read a kind of list: which column is which field, remembered for the next such file."""

    ward = models.ForeignKey(Ward, models.CASCADE, related_name="list_layouts")
    signature = models.CharField(max_length=64, help_text="spreadsheet.Book.signature: its headers")
    fields = models.JSONField(default=dict, help_text="column key → field; an empty field means “not used”")
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="list_layouts")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward", "signature"], name="list_layout_once")]

    def __str__(self) -> str:
        return f"{self.ward} · {self.signature[:8]}"
