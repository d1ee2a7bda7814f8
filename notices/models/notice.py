"""A notice, and each household it is for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pghistory
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.models import NEIGHBOURS, OFFICIALS, Household, User, Village, Ward
from communities.numbers import whole_number
from notices.models import counts
from notices.models.words import ConfirmedVia, Reach, Urgency, new_code


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices. Their status changes only through `advance`."""

    PREDECESSORS = {
        "SUBMITTED": ("DRAFT", "RETURNED"),
        "RETURNED": ("SUBMITTED",),
        "PUBLISHED": ("SUBMITTED",),
        "CLOSED": ("PUBLISHED",),
        "WITHDRAWN": ("PUBLISHED",),
    }

    def named(self, name: str) -> Notice | None:
        """The notice with this id or code."""
        number = whole_number(name)
        return self.filter(code=name.upper()).first() if number is None else self.filter(pk=number).first()

    def visible_to(self, user: User) -> NoticeQuerySet:
        """Notices of the wards the user works for; village staff see published ones that name their village."""
        wards = Ward.objects.for_user(user, OFFICIALS).values("pk")
        villages = Village.objects.for_user(user, NEIGHBOURS).values("pk")
        through = Notice.villages.through._default_manager.filter(village__in=villages).values("notice")
        return self.filter(Q(ward__in=wards) | Q(pk__in=through, status__in=("PUBLISHED", "CLOSED", "WITHDRAWN")))

    def with_width(self) -> NoticeQuerySet:
        """Each with `is_for_many_wards`: whether its audience goes beyond its own ward."""
        elsewhere = Notice.villages.through._default_manager.exclude(village__ward=OuterRef("ward"))
        return self.annotate(is_for_many_wards=Exists(elsewhere.filter(notice=OuterRef("pk"))))

    def advance(self, to: str, **fields: Any) -> int:
        """Move the notices that may go there; returns how many did. Look at the count."""
        return self.filter(status__in=self.PREDECESSORS[to]).update(status=to, **fields)


class RecipientQuerySet(models.QuerySet["Recipient"]):
    """Households of a notice. `reach` only rises here."""

    def visible_to(self, user: User) -> RecipientQuerySet:
        """Recipients in the villages the user works for."""
        return self.filter(village__in=Village.objects.for_user(user).values("pk"))

    def raise_reach(self, to: int, at: datetime) -> int:
        """Raise to SENT, DELIVERED or SEEN; rows already higher keep theirs. Returns rows touched.

        The moment of the level is kept at the first time, also when a higher level was reached before.
        """
        moment = {1: "sent_at", 2: "delivered_at", 3: "seen_at"}[to]
        return self.filter(Q(reach__lt=to) | Q(**{f"{moment}__isnull": True})).update(
            reach=Greatest(F("reach"), Value(to)), **{moment: Coalesce(F(moment), Value(at))}
        )

    def left(self) -> RecipientQuerySet:
        """Households not told yet."""
        return self.filter(reach__lt=Reach.DELIVERED)


class Refused(Exception):
    """The step cannot be taken; the message is a sentence for the person who tried."""


class Notice(models.Model):
    """What a ward tells its households.

        DRAFT ─► SUBMITTED ─► PUBLISHED ─► CLOSED
          ▲  ▲       │            └─► WITHDRAWN
          │  └───────┴─► RETURNED ─► SUBMITTED

    An approver publishes what somebody else wrote; see notices.publishing.lifecycle for who may take which step.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Bản nháp")
        SUBMITTED = "SUBMITTED", _("Chờ duyệt")
        RETURNED = "RETURNED", _("Trả lại để sửa")
        PUBLISHED = "PUBLISHED", _("Đã gửi")
        CLOSED = "CLOSED", _("Đã kết thúc")
        WITHDRAWN = "WITHDRAWN", _("Đã thu hồi")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="notices")
    code = models.CharField(max_length=6, unique=True, default=new_code, editable=False)
    title = models.CharField(max_length=150)
    body = models.TextField(max_length=5000)
    urgency = models.CharField(max_length=20, choices=Urgency.choices, default=Urgency.NORMAL)
    happens_at = models.DateTimeField(null=True, blank=True)
    place = models.CharField(max_length=200, blank=True)
    contact = models.CharField(max_length=200, blank=True, help_text="whom to ask, with the phone number")
    sms_text = models.CharField(max_length=480, blank=True, help_text="own words for SMS; made from the title if blank")
    villages = models.ManyToManyField(Village, related_name="notices", blank=True)
    is_confirmation_wanted = models.BooleanField(default=True)
    confirm_by = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True, help_text="no message is sent from here on")
    is_for_evening = models.BooleanField(default=False, help_text="messages wait for the evening window")

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFT)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="written_notices")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    returned_reason = models.CharField(max_length=500, blank=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="published_notices")
    published_at = models.DateTimeField(null=True, blank=True)
    fanned_out_at = models.DateTimeField(null=True, blank=True, help_text="all recipients are written")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="closed or withdrawn")
    ladder = models.JSONField(default=list, blank=True, help_text="the rungs as published; see notices.ladder")
    stops_at = models.DateTimeField(
        null=True, blank=True, help_text="ladder.timetable.end_of_use as published: from here on nothing is sent"
    )
    expired_at = models.DateTimeField(null=True, blank=True, help_text="what was still queued then has been dropped")
    paused_at = models.DateTimeField(null=True, blank=True, help_text="no message leaves until it is resumed")
    paused_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    awake_until = models.DateTimeField(
        null=True, blank=True, help_text="in a demo: its messages leave in the quiet hours that end then"
    )

    objects = NoticeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["ward", "status", "-created_at"], name="notice_by_state")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def has_clock(self) -> bool:
        """Whether `happens_at` names an hour. A date alone is stored as midnight, when nothing a commune
        announces takes place."""
        local = self.happens_at and timezone.localtime(self.happens_at)
        return bool(local and (local.hour or local.minute))

    @property
    def is_open(self) -> bool:
        """Households may still confirm."""
        return self.status == self.Status.PUBLISHED

    @property
    def last_useful_moment(self) -> datetime | None:
        """From when on messages come too late: the end of validity, else of the last date the notice names."""
        if self.valid_until:
            return self.valid_until
        ends_at = self.happens_at
        if ends_at and not self.has_clock:
            ends_at += timedelta(days=1)  # a date alone: the whole day
        dates = [date for date in (self.confirm_by, ends_at) if date]
        return max(dates) if dates else None

    def may_send(self, at: datetime) -> bool:
        """Messages may still go out: published, not ended, and not too late to be of use."""
        return self.is_open and (self.stops_at is None or at < self.stops_at)

    def may_wake(self, at: datetime) -> bool:
        """Whether its messages leave in quiet hours, too: hỏa tốc, or one that a demo does not let wait."""
        return self.urgency == Urgency.FLASH or (self.awake_until is not None and at < self.awake_until)

    def priority(self, at: datetime) -> int:
        """How far before others its messages go. In quiet hours only those with the rank of hỏa tốc do."""
        return Urgency.FLASH.rank if self.may_wake(at) else Urgency(self.urgency).rank

    @property
    def is_editable(self) -> bool:
        """Text and audience may still change."""
        return self.status in {self.Status.DRAFT, self.Status.RETURNED}


@pghistory.track(
    pghistory.UpdateEvent("confirmation", row=pghistory.Old, condition=pghistory.AnyChange("confirmed_via")),
    fields=["id", "notice", "household", "reach", "confirmed_at", "confirmed_via", "confirmed_by"],
    model_name="RecipientEvent",
)
class Recipient(models.Model):
    """One household of one notice's audience: the denominator, and how far the notice got there.

        NOT_REACHED ─► SENT ─► DELIVERED ─► SEEN ─► CONFIRMED

    `reach` rises by RecipientQuerySet.raise_reach and confirmations alone. Only a person's undo of their own
    mark lowers it, to what the other moments prove; the change is in the audit log. Written set-wise by
    publishing.fanning_out.fan_out.
    Ward and village are those at publishing: a household that moves later stays where it was counted.
    """

    # No index of its own where a composite one begins with the column: fan-out pays for every index.
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="recipients", db_index=False)
    household = models.ForeignKey(Household, models.PROTECT, related_name="receptions")
    # A copy of the village's, which the next column guards: fan-out pays for every check as well.
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    village = models.ForeignKey(Village, models.PROTECT, related_name="+", db_index=False)
    reach = models.PositiveSmallIntegerField(choices=Reach.choices, default=Reach.NOT_REACHED)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_via = models.CharField(max_length=20, choices=ConfirmedVia.choices, blank=True, default="")
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", help_text="staff who recorded it"
    )

    objects = RecipientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "household"], name="recipient_once"),
            models.CheckConstraint(
                condition=Q(reach=Reach.CONFIRMED, confirmed_at__isnull=False) & ~Q(confirmed_via="")
                | ~Q(reach=Reach.CONFIRMED) & Q(confirmed_at__isnull=True, confirmed_via=""),
                name="recipient_confirmed_how",
            ),
        ]
        indexes = [
            # The households left in a village, and the recount of a notice.
            models.Index(fields=["notice", "village", "reach", "confirmed_via"], name="recipient_progress"),
        ]
        triggers = counts.counted("recipient")

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.household_id}"
