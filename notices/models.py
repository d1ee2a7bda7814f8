"""What is told to whom, whether it arrived, whether it was confirmed."""

from __future__ import annotations

import secrets

import pghistory
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.models import Contact, Household, User, Village, Ward
from notices.querysets import (
    DeliveryQuerySet,
    GatewayQuerySet,
    NoticeQuerySet,
    ReceiptQuerySet,
    RecipientQuerySet,
)

#: Letters and digits that cannot be mistaken for each other when read aloud or copied by hand.
CODE_ALPHABET = "ACDEFGHJKLMNPQRTUVWXY34679"


def new_code() -> str:
    """A notice code: six characters, printed on posters and read over the phone. Not a secret."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(6))


def new_webhook_key() -> str:
    """The unguessable part of a gateway's webhook address (192 bits)."""
    return secrets.token_urlsafe(24)


class Channel(models.TextChoices):
    """What the household sees."""

    ZALO = "ZALO", "Zalo"
    SMS = "SMS", "SMS"


class Urgency(models.TextChoices):
    """The state's own words (NĐ 30/2020/NĐ-CP Art. 8)."""

    NORMAL = "THUONG", _("Thường")
    URGENT = "KHAN", _("Khẩn")
    VERY_URGENT = "THUONG_KHAN", _("Thượng khẩn")
    FLASH = "HOA_TOC", _("Hỏa tốc")

    @property
    def rank(self) -> int:
        """0 for thường up to 3 for hỏa tốc."""
        return list(Urgency).index(self)


class Notice(models.Model):
    """What a ward tells its households.

        DRAFT ─► SUBMITTED ─► PUBLISHED ─► CLOSED
          ▲  ▲       │            └─► WITHDRAWN
          │  └───────┴─► RETURNED ─► SUBMITTED

    An approver publishes what somebody else wrote; see notices.publishing for who may take which step.
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
    ladder = models.JSONField(default=list, blank=True, help_text="ladder.rungs_for(urgency), as published")

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
    def is_editable(self) -> bool:
        """Text and audience may still change."""
        return self.status in {self.Status.DRAFT, self.Status.RETURNED}


class Reach(models.IntegerChoices):
    """How far a notice got with one household. Only rises; see Recipient.

    Reaching the device ≠ opened ≠ confirmed. From DELIVERED up a household counts as told.
    """

    NOT_REACHED = 0, _("Chưa liên hệ được")
    SENT = 1, _("Đã gửi")
    DELIVERED = 2, _("Đã đến máy")
    SEEN = 3, _("Đã mở xem")
    CONFIRMED = 4, _("Đã xác nhận")


class ConfirmedVia(models.TextChoices):
    """How a household confirmed. The last three are recorded by staff and are counted apart."""

    LINK = "LINK", _("trên trang của hộ")
    ZALO_BUTTON = "ZALO_BUTTON", _("nút trên Zalo")
    IN_PERSON = "IN_PERSON", _("báo tại nhà")
    PHONE_CALL = "PHONE_CALL", _("gọi điện")
    MEETING = "MEETING", _("tại cuộc họp")


#: Ways a member of staff records; shown as “đã báo trực tiếp”.
STAFF_WAYS = (ConfirmedVia.IN_PERSON, ConfirmedVia.PHONE_CALL, ConfirmedVia.MEETING)


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
    publishing.fan_out.
    Ward and village are those at publishing: a household that moves later stays where it was counted.
    """

    # No index of its own where a composite one begins with the column: fan-out pays for every index.
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="recipients", db_index=False)
    household = models.ForeignKey(Household, models.PROTECT, related_name="receptions")
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", db_index=False)
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
            # Covers the dashboard's one GROUP BY.
            models.Index(fields=["notice", "village", "reach", "confirmed_via"], name="recipient_progress"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.household_id}"


class Gateway(models.Model):
    """A configured account at a provider: the one that carries a channel for a ward, or for all wards."""

    ward = models.ForeignKey(Ward, models.CASCADE, null=True, blank=True, related_name="gateways")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    adapter = models.CharField(max_length=30, help_text="slug of the adapter")
    name = models.CharField(max_length=100)
    credentials = models.BinaryField(default=bytes, editable=False, help_text="encrypted; notices.credentials")
    webhook_key = models.CharField(max_length=40, unique=True, default=new_webhook_key, editable=False)
    position = models.PositiveSmallIntegerField(default=1, help_text="lower goes first")
    price = models.PositiveIntegerField(default=0, help_text="đồng per message, or per SMS part")
    is_active = models.BooleanField(default=True)
    stopped_reason = models.CharField(max_length=200, blank=True, help_text="why it stopped itself, for people")
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects = GatewayQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One message to one contact over one channel on one rung: the queue of record.

        PENDING ─► SENDING ─► SENT ─► DELIVERED ─► SEEN
           │          │         └────► FAILED · EXPIRED
           │          ├─► PENDING (again at not_before)   ├─► FAILED (never)   └─► UNKNOWN (no answer)
           └─► SKIPPED (already confirmed, no gateway) · CANCELLED (withdrawn)

    Receipts may overtake the answer to our own call (SENDING → DELIVERED) and settle an UNKNOWN. A status
    changes only through DeliveryQuerySet.advance. The address is copied at fan-out: a later edit of the
    contact does not redirect what was decided.
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

    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="deliveries", db_index=False)
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="deliveries")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    rung = models.PositiveSmallIntegerField(default=0)
    address = models.CharField(max_length=16)
    gateway = models.ForeignKey(
        Gateway, models.PROTECT, null=True, blank=True, related_name="deliveries", db_index=False
    )
    priority = models.PositiveSmallIntegerField(default=0, help_text="Urgency.rank at publishing")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    not_before = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    external_id = models.CharField(max_length=64, blank=True, default="")
    error_code = models.CharField(max_length=40, blank=True, default="")
    parts = models.PositiveSmallIntegerField(default=0)
    price = models.PositiveIntegerField(default=0, help_text="đồng")
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="delivered, failed, or given up")

    objects = DeliveryQuerySet.as_manager()

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
            models.Index(fields=["settled_at"], name="delivery_unknown", condition=Q(status="UNKNOWN")),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.channel} {self.status}"

    @property
    def channel_name(self) -> str:
        """The channel as people call it."""
        return Channel(self.channel).label


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
    return (code, int(number)) if len(code) == 6 and number.isdecimal() and len(number) < 19 else None
