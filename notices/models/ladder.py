"""The steps of a notice, when each is due, and the work they give to people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.models import User, Village, Ward
from notices.models.notice import Notice
from notices.models.words import Urgency, channel_choices


class RungQuerySet(models.QuerySet["Rung"]):
    """Rungs of published notices."""

    def due(self, at: datetime) -> RungQuerySet:
        """Waiting rungs whose moment has come, of notices that are open, fanned out and not paused; first first."""
        open_notice = {"notice__status": "PUBLISHED", "notice__fanned_out_at__isnull": False}
        rows = self.filter(status="WAITING", due_at__lte=at, notice__paused_at__isnull=True, **open_notice)
        return rows.order_by("due_at", "pk")


class VillageTaskQuerySet(models.QuerySet["VillageTask"]):
    """What village staff are asked to do."""

    def for_villages(self, villages: Any) -> VillageTaskQuerySet:
        """Tasks of running notices in these villages."""
        return self.filter(village__in=villages, rung__notice__status="PUBLISHED")

    def announcements(self) -> VillageTaskQuerySet:
        """Tasks done once for the whole village; a visit is ticked per household."""
        return self.exclude(channel="VISIT")


@pghistory.track(pghistory.UpdateEvent("changed", row=pghistory.Old), pghistory.DeleteEvent("deleted"))
class WardLadder(models.Model):
    """A ward's own ladder for one urgency, in place of rules.DEFAULTS. Published notices keep theirs."""

    ward = models.ForeignKey(Ward, models.CASCADE, related_name="ladders")
    urgency = models.CharField(max_length=20, choices=Urgency.choices)
    rungs = models.JSONField(help_text="as Notice.ladder")
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward", "urgency"], name="ward_ladder_once")]

    def __str__(self) -> str:
        return f"{self.ward} · {self.get_urgency_display()}"


class Rung(models.Model):
    """One step of a published notice's ladder: when it is due, and that it was taken.

        WAITING ─► TAKEN   (deliveries or village tasks are written)
           └────► PASSED  (its moment made no sense, or the notice ended before)

    A rung belongs to the notice and not to each household: a million households fall due by one row, and who
    is still left is asked of the recipients in the very statement that takes the rung (docs/decisions/0012).
    """

    class Status(models.TextChoices):
        WAITING = "WAITING", _("chưa đến lúc")
        TAKEN = "TAKEN", _("đã làm")
        PASSED = "PASSED", _("bỏ qua")

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="rungs", db_index=False)
    number = models.PositiveSmallIntegerField(help_text="Delivery.rung")
    channels = ArrayField(models.CharField(max_length=12, choices=channel_choices))
    is_all = models.BooleanField(default=False, help_text="over all channels at once; else the first that works")
    gap_minutes = models.PositiveIntegerField(default=0, help_text="after the rung before; kept when that one is late")
    every_minutes = models.PositiveIntegerField(default=0, help_text="0: once. Else a next one follows when taken")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", help_text="if asked for"
    )
    deliveries_written = models.PositiveIntegerField(default=0)

    objects = RungQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "number"], name="rung_once")]
        indexes = [models.Index(fields=["due_at"], name="rung_due", condition=Q(status="WAITING"))]

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.number}"


class VillageTask(models.Model):
    """What a rung asks the people of a village to do: visit, announce, post. Done when somebody says so.

    Announcing is never counted as confirmation (product §4); what a visit achieved is ticked per household.
    """

    rung = models.ForeignKey(Rung, models.CASCADE, related_name="tasks")
    village = models.ForeignKey(Village, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=12, choices=channel_choices)
    households = models.PositiveIntegerField(help_text="left when the rung was taken")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = VillageTaskQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rung", "village", "channel"], name="village_task_once")]

    def __str__(self) -> str:
        return f"{self.rung_id} · {self.village_id} · {self.channel}"
