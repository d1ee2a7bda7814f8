"""Accounts at providers: their health, what they carried, their history, and what a ward may spend."""

from __future__ import annotations

import secrets
from datetime import datetime

import pghistory
from django.db import models
from django.db.models import Case, Exists, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from communities.models import OFFICIALS, Membership, User, Ward
from notices.models.words import message_choices


class GatewayQuerySet(models.QuerySet["Gateway"]):
    """Gateways."""

    def in_state(self, at: datetime, *states: str) -> GatewayQuerySet:
        """Those in one of these states at a moment: Gateway.state, asked of the database."""
        state = Case(
            When(is_active=False, then=Value(Gateway.State.OFF)),
            When(stopped_at__isnull=False, then=Value(Gateway.State.STOPPED)),
            When(rests_until__gt=at, then=Value(Gateway.State.RESTING)),
            When(tripped_at__isnull=False, then=Value(Gateway.State.TRIPPED)),
            default=Value(Gateway.State.WORKING),
        )
        return self.alias(state_then=state).filter(state_then__in=states)

    def working(self, at: datetime) -> GatewayQuerySet:
        """Those that may carry messages now."""
        return self.in_state(at, Gateway.State.WORKING)

    def probing(self, at: datetime) -> GatewayQuerySet:
        """Tripped ones that may be tried out with a few messages now (half-open)."""
        return self.in_state(at, Gateway.State.TRIPPED).filter(probe_at__lte=at)

    def for_ward(self, ward: Ward | int) -> GatewayQuerySet:
        """Those a ward's notices may use: its own before shared ones, in their order."""
        own_first = F("ward").asc(nulls_last=True)
        return self.filter(Q(ward=ward) | Q(ward__isnull=True)).order_by(own_first, "position", "pk")

    def visible_to(self, user: User) -> GatewayQuerySet:
        """Gateways of the wards the user works for as an official, and the shared ones."""
        wards = Ward.objects.for_user(user, OFFICIALS).values("pk")
        return self.filter(Q(ward__in=wards) | Q(ward__isnull=True))

    def changeable_by(self, user: User) -> GatewayQuerySet:
        """Gateways of the wards the user administers; shared ones only where no other ward has staff who count on
        them. Elsewhere a shared account is the operator's."""
        own = Ward.objects.for_user(user, (Membership.Role.WARD_ADMIN,)).values("pk")
        others = Membership.objects.exclude(Q(ward__in=own) | Q(village__ward__in=own))
        is_alone = Q(ward__isnull=True) & Q(Exists(own)) & ~Q(Exists(others))
        return self.filter(Q(ward__in=own) | is_alone)


def new_webhook_key() -> str:
    """The unguessable part of a gateway's webhook address (192 bits)."""
    return secrets.token_urlsafe(24)


class Gateway(models.Model):
    """A configured account at a provider: one of those that carry a channel for a ward, or for all wards.

    `state` says whether it works; notices.gateways.switching moves it between the states.
    """

    class State(models.TextChoices):
        """From the one that sends now to the one that will be last to send again."""

        WORKING = "working", _("chạy tốt")
        RESTING = "resting", _("đang nghỉ")
        TRIPPED = "tripped", _("tạm ngừng vì lỗi nhiều")
        STOPPED = "stopped", _("dừng, cần người xử lý")
        OFF = "off", _("đã tắt")

    ward = models.ForeignKey(Ward, models.CASCADE, null=True, blank=True, related_name="gateways")
    channel = models.CharField(max_length=10, choices=message_choices)
    adapter = models.CharField(max_length=30, help_text="slug of the adapter")
    name = models.CharField(max_length=100)
    credentials = models.BinaryField(default=bytes, editable=False, help_text="encrypted; notices.gateways.credentials")
    webhook_key = models.CharField(max_length=40, unique=True, default=new_webhook_key, editable=False)
    position = models.PositiveSmallIntegerField(default=1, help_text="lower goes first")
    price = models.PositiveIntegerField(default=0, help_text="đồng per message, or per SMS part")
    rate = models.PositiveIntegerField(default=0, help_text="messages per second over all workers; 0: no limit")
    daily_quota = models.PositiveIntegerField(default=0, help_text="messages per day in Viet Nam; 0: no limit")
    is_active = models.BooleanField(default=True)
    switched_on_at = models.DateTimeField(
        null=True, blank=True, help_text="steps taken while it was off are looked at once more"
    )
    stopped_reason = models.CharField(
        max_length=200, blank=True, help_text="the provider's code; error_words has its words"
    )
    stopped_at = models.DateTimeField(null=True, blank=True)
    tripped_at = models.DateTimeField(null=True, blank=True)
    probe_at = models.DateTimeField(null=True, blank=True)
    trial_until = models.DateTimeField(null=True, blank=True, help_text="a few messages try it out until then")
    failed_probes = models.PositiveSmallIntegerField(default=0)
    rests_until = models.DateTimeField(null=True, blank=True)
    window_from = models.DateTimeField(null=True, blank=True, help_text="the failures counted for tripping are since")
    window_tried = models.PositiveIntegerField(default=0)
    window_failed = models.PositiveIntegerField(default=0)
    last_error_code = models.CharField(max_length=40, blank=True, default="")
    last_error_at = models.DateTimeField(null=True, blank=True)

    objects = GatewayQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def state(self, at: datetime) -> State:
        """Whether it works at a moment, and if not, why; for many rows, GatewayQuerySet.in_state.

        OFF: a person switched it off. STOPPED: money, permission or the account itself, until a person acts.
        RESTING: the day's quota is used up or a night ban holds, until `rests_until`. TRIPPED: too many failures; from
        `probe_at` on a few messages try it out, but not before it has rested.
        """
        if not self.is_active:
            return self.State.OFF
        if self.stopped_at is not None:
            return self.State.STOPPED
        if self.rests_until is not None and self.rests_until > at:
            return self.State.RESTING
        return self.State.TRIPPED if self.tripped_at is not None else self.State.WORKING

    def is_on_trial(self, at: datetime) -> bool:
        """Whether a few messages try it out at this moment."""
        return self.trial_until is not None and self.trial_until > at


class GatewayDay(models.Model):
    """What one gateway carried on one day in Viet Nam. `reserved` is counted before sending and holds the quota."""

    gateway = models.ForeignKey(Gateway, models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    reserved = models.PositiveIntegerField(default=0, help_text="handed over, or about to be")
    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(null=True, blank=True, help_text="of the quota, as the provider last said")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "day"], name="gateway_day_once")]

    def __str__(self) -> str:
        return f"{self.gateway_id} · {self.day}"


class GatewayEvent(models.Model):
    """A line of a gateway's history, for people: what happened, why, and what became of its messages."""

    class Kind(models.TextChoices):
        TRIPPED = "TRIPPED", _("tạm ngừng vì lỗi nhiều")
        PROBE_FAILED = "PROBE_FAILED", _("gửi dò thử, vẫn lỗi")
        RECOVERED = "RECOVERED", _("chạy lại bình thường")
        STOPPED = "STOPPED", _("dừng, chờ người xử lý")
        RESTING = "RESTING", _("hết hạn mức trong ngày")
        SWITCHED_OFF = "SWITCHED_OFF", _("tắt")
        SWITCHED_ON = "SWITCHED_ON", _("bật lại")
        TESTED = "TESTED", _("gửi thử")
        CONNECTED = "CONNECTED", _("nối tài khoản")
        ACCOUNT_CHANGED = "ACCOUNT_CHANGED", _("sửa tài khoản")

    gateway = models.ForeignKey(Gateway, models.CASCADE, related_name="events", db_index=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    code = models.CharField(max_length=40, blank=True, default="", help_text="the provider's, if it was about one")
    moved = models.PositiveIntegerField(default=0, help_text="waiting messages that went to another gateway")
    moved_to = models.ForeignKey(Gateway, models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["gateway", "-at"], name="gateway_history")]

    def __str__(self) -> str:
        return f"{self.gateway_id} · {self.kind}"


@pghistory.track(
    pghistory.UpdateEvent("changed", row=pghistory.Old, condition=pghistory.AnyChange("limit")),
    fields=["id", "ward", "limit"],
)
class Budget(models.Model):
    """What a ward may spend on messages in a month, and has spent in `month`; counted before sending."""

    ward = models.OneToOneField(Ward, models.CASCADE, related_name="budget")
    limit = models.PositiveIntegerField(help_text="đồng per month")
    month = models.DateField(help_text="its first day; another month starts from zero")
    # One notice to a province may cost more than 2.1 milliard: a warning must not end where a number is full.
    spent = models.PositiveBigIntegerField(default=0, help_text="đồng, reserved ones included")

    def __str__(self) -> str:
        return f"{self.ward} · {self.limit}"
