"""The queue of record, and what providers said about it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.models import Contact
from communities.numbers import whole_number
from notices.models import counts
from notices.models.gateway import Gateway
from notices.models.notice import Notice, Recipient
from notices.models.words import Channel, message_choices


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries. A status changes only through `advance` (or the batch statements of the engine and of receipts)."""

    #: What a delivery may have been before. Receipts overtake our own record; UNKNOWN is settled by them, and so
    #: is PENDING: a message queued again after a lost answer need not go out once more when it had arrived, or
    #: failed: a provider that removes duplicates would take it once more, and report nothing a second time.
    #: Such a message becomes UNKNOWN when it has waited longer than its provider remembers it.
    PREDECESSORS = {
        "PENDING": ("SENDING", "SKIPPED", "HELD"),
        "SENDING": ("PENDING",),
        "HELD": ("PENDING", "SENDING", "SKIPPED"),
        "SENT": ("SENDING", "UNKNOWN"),
        "DELIVERED": ("PENDING", "HELD", "SENDING", "SENT", "UNKNOWN"),
        "SEEN": ("PENDING", "HELD", "SENDING", "SENT", "UNKNOWN", "DELIVERED"),
        "FAILED": ("PENDING", "HELD", "SENDING", "SENT", "UNKNOWN"),
        "EXPIRED": ("PENDING", "HELD", "SENT", "UNKNOWN"),
        "UNKNOWN": ("SENDING", "PENDING"),
        "SKIPPED": ("PENDING", "HELD"),
        "CANCELLED": ("PENDING", "HELD"),
    }

    def advance(self, to: str, **fields: Any) -> int:
        """Move the deliveries that may go there; returns how many did. Look at the count."""
        return self.filter(status__in=self.PREDECESSORS[to]).update(status=to, **fields)

    def waiting(self) -> DeliveryQuerySet:
        """Still to be sent or on their way to the provider."""
        return self.filter(status__in=("PENDING", "SENDING"))

    def messages(self) -> DeliveryQuerySet:
        """One row per message: those of further households on a shared phone left out."""
        return self.filter(covered_by__isnull=True)


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    """Stored provider events."""

    def waiting(self) -> ReceiptQuerySet:
        """Not applied yet, oldest first."""
        return self.filter(applied_at__isnull=True).order_by("pk")


MAY_HAVE_IT = ("PENDING", "HELD", "SENDING", "SENT", "DELIVERED", "SEEN", "UNKNOWN")


class Delivery(models.Model):
    """One message to one contact over one channel on one rung: the queue of record.

        PENDING ─► SENDING ─► SENT ─► DELIVERED ─► SEEN
         │ ▲ │        │         └────► FAILED · EXPIRED
         ▼ │ │        ├─► PENDING (again at not_before)   ├─► FAILED (never)   └─► UNKNOWN (no answer)
        HELD │        └─► HELD (paused)
             └─► SKIPPED (confirmed, opted out, budget) · CANCELLED (withdrawn) · EXPIRED (too late)

    Receipts may overtake the answer to our own call (SENDING → DELIVERED) and settle an UNKNOWN, or what waits to
    be sent again (PENDING → DELIVERED, FAILED). A status changes only through DeliveryQuerySet.advance. The address
    is copied when the rung is taken: a later edit of the contact does not redirect what was decided.

    A phone that several households share gets one message: the delivery of one household is sent, and those of the
    others are `covered_by` it: they have no gateway and take over its status.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", _("chờ gửi")
        SENDING = "SENDING", _("đang gửi")
        SENT = "SENT", _("đã gửi")
        DELIVERED = "DELIVERED", _("đã đến máy")
        SEEN = "SEEN", _("đã mở xem")
        FAILED = "FAILED", _("gửi không thành công")
        EXPIRED = "EXPIRED", _("quá hạn")
        UNKNOWN = "UNKNOWN", _("không rõ đã gửi chưa")
        SKIPPED = "SKIPPED", _("không cần gửi")
        CANCELLED = "CANCELLED", _("đã hủy")
        HELD = "HELD", _("tạm dừng")

    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="deliveries", db_index=False)
    # A copy of the recipient's, which the column above guards.
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="deliveries", db_index=False, db_constraint=False)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="deliveries")
    covered_by = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="covered", db_index=False
    )
    channel = models.CharField(max_length=10, choices=message_choices)
    rung = models.PositiveSmallIntegerField(default=0)
    address = models.CharField(max_length=254, help_text="what the channel writes to: a number as +84…, or its like")
    gateway = models.ForeignKey(
        Gateway, models.PROTECT, null=True, blank=True, related_name="deliveries", db_index=False
    )
    priority = models.PositiveSmallIntegerField(default=0, help_text="Urgency.rank at publishing")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    not_before = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    is_pinned = models.BooleanField(
        default=False, help_text="an attempt may have left: only this gateway knows a repeat, so it may not move"
    )
    external_id = models.CharField(max_length=64, blank=True, default="")
    error_code = models.CharField(max_length=40, blank=True, default="")
    parts = models.PositiveSmallIntegerField(default=0)
    price = models.PositiveIntegerField(default=0, help_text="đồng")
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="delivered, failed, or given up")

    objects = DeliveryQuerySet.as_manager()

    #: (ward, đồng) counted in a budget for this attempt; in the memory of the worker that makes it.
    budgeted: tuple[int, int] | None = None

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "contact", "channel", "rung"], name="delivery_once"),
        ]
        indexes = [
            # The claim: due rows of one gateway, urgent first, oldest first.
            models.Index(
                fields=["gateway", "-priority", "not_before", "id"],
                name="delivery_due",
                condition=Q(status="PENDING"),
            ),
            models.Index(fields=["lease_until"], name="delivery_leased", condition=Q(status="SENDING")),
            # Who else of this notice has this phone, and all of a notice.
            models.Index(fields=["notice", "address"], name="delivery_address"),
            models.Index(fields=["covered_by"], name="delivery_covered", condition=Q(covered_by__isnull=False)),
            models.Index(fields=["settled_at"], name="delivery_unknown", condition=Q(status="UNKNOWN")),
            models.Index(fields=["not_before"], name="delivery_pinned", condition=Q(status="PENDING", is_pinned=True)),
        ]
        triggers = counts.counted("delivery")

    def __str__(self) -> str:
        return f"{self.pk} {self.channel} {self.status}"

    @property
    def channel_name(self) -> str:
        """The channel as people call it."""
        return str(Channel(self.channel).label)


class Receipt(models.Model):
    """A provider's event, stored before it is applied, so that nothing is lost and it can be replayed."""

    class Outcome(models.TextChoices):
        APPLIED = "APPLIED", _("đã ghi nhận")
        UNKNOWN_REFERENCE = "UNKNOWN_REFERENCE", _("không rõ của tin nào")
        UNREADABLE = "UNREADABLE", _("không đọc được")

    gateway = models.ForeignKey(Gateway, models.CASCADE, related_name="receipts")
    key = models.CharField(max_length=100, help_text="the provider's event id, or a hash of the raw call")
    payload = models.JSONField(help_text="the call as received: method, query, body")
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True, default="")

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "key"], name="receipt_once")]
        indexes = [models.Index(fields=["id"], name="receipt_waiting", condition=Q(applied_at__isnull=True))]

    def __str__(self) -> str:
        return self.key


def reference(notice_code: str, delivery_id: int) -> str:
    """What a provider knows a delivery by: `K7M2QX-123`. The code keeps two installations apart."""
    return f"{notice_code}-{delivery_id}"


def delivery_id_of(text: str) -> tuple[str, int] | None:
    """(notice code, delivery id) of a reference, or None when it is not one of ours."""
    code, _, number = text.partition("-")
    delivery_id = whole_number(number)
    return (code, delivery_id) if len(code) == 6 and delivery_id is not None else None
