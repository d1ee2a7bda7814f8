"""The household lists that people bring in, and how a ward reads them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.models.places import User, Village, Ward, places_of


class HouseholdImportQuerySet(models.QuerySet["HouseholdImport"]):
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
        places = places_of(user, roles)
        return self.filter(
            Q(village__in=places["villages"]) | Q(ward__in=places["wards"]) | Q(ward__province__in=places["provinces"])
        )

    def advance(self, to: str, **fields: Any) -> int:
        """Move the imports that may go there; returns how many did. Look at the count."""
        return self.filter(status__in=self.PREDECESSORS[to]).update(status=to, **fields)


class HouseholdImport(models.Model):
    """One uploaded household list: the file, what people decided about it, what it would change, what became of it.

    A row of its own, so that a closed browser or a killed worker loses nothing. The file is kept in the
    database (at most 10 MB): state lives in PostgreSQL alone, and any worker on any machine can read it.

        READING ◄─► READY ─► APPLYING ─► APPLIED ─► UNDOING ─► UNDONE
           └─► REFUSED ◄─┘      └─► READY   ▲          └─► APPLIED
                                            └ a worker that dies leaves nothing behind: press again
    A worker that dies while READING is followed by another, imports.MOST_READS times in all; then it is REFUSED.
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
    reads = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="how often a worker has begun to read it since somebody decided"
    )
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="imports", help_text="none: an operator, at the command line"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    applied_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="imports_applied", help_text="who pressed “Ghi” last"
    )
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
    """How people read a kind of list: which column is which field, and what they answered where it can be read in two
    ways. Remembered for the next such file.

    What somebody of the ward said holds for the whole ward; what a head or helper said, for their village, where it
    comes before the ward's.
    """

    ward = models.ForeignKey(Ward, models.CASCADE, related_name="list_layouts")
    village = models.ForeignKey(
        Village, models.CASCADE, null=True, blank=True, related_name="list_layouts", help_text="none: the whole ward"
    )
    signature = models.CharField(max_length=64, help_text="spreadsheet.Book.signature: its headers")
    fields = models.JSONField(default=dict, help_text="column key → field; an empty field means “not used”")
    answers = models.JSONField(default=dict, help_text="spreadsheet.Question.kind → Option.answer")
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="list_layouts")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "village", "signature"], nulls_distinct=False, name="list_layout_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ward} · {self.signature[:8]}"
