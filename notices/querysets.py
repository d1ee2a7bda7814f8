"""Sets of notices, recipients, deliveries: who may see them, and the one way each changes state."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Greatest

if TYPE_CHECKING:
    from communities.models import User, Ward

TOLD = 2  # Reach.DELIVERED; from here up a household counts as told


class NoticeQuerySet(models.QuerySet):
    """Notices. Their status changes only through `advance`."""

    PREDECESSORS = {
        "SUBMITTED": ("DRAFT", "RETURNED"),
        "RETURNED": ("SUBMITTED",),
        "PUBLISHED": ("SUBMITTED",),
        "CLOSED": ("PUBLISHED",),
        "WITHDRAWN": ("PUBLISHED",),
    }

    def visible_to(self, user: User) -> NoticeQuerySet:
        """Notices of the wards the user works for; village staff see published ones that name their village."""
        from communities.models import Village, Ward

        officials = ("WARD_ADMIN", "EDITOR", "APPROVER", "VIEWER")
        wards = Ward.objects.for_user(user, officials).values("pk")
        villages = Village.objects.for_user(user, ("VILLAGE_HEAD", "HELPER")).values("pk")
        audience = self.model._meta.get_field("villages").remote_field.through  # type: ignore[union-attr]
        through = audience._default_manager.filter(village__in=villages).values("notice")
        return self.filter(Q(ward__in=wards) | Q(pk__in=through, status__in=("PUBLISHED", "CLOSED", "WITHDRAWN")))

    def advance(self, to: str, **fields: Any) -> int:
        """Move the notices that may go there; returns how many did. Look at the count."""
        return self.filter(status__in=self.PREDECESSORS[to]).update(status=to, **fields)


class RecipientQuerySet(models.QuerySet):
    """Households of a notice. `reach` only rises here."""

    def visible_to(self, user: User) -> RecipientQuerySet:
        """Recipients in the villages the user works for."""
        from communities.models import Village

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
        return self.filter(reach__lt=TOLD)


class GatewayQuerySet(models.QuerySet):
    """Gateways."""

    def working(self) -> GatewayQuerySet:
        """Switched on, and not stopped by themselves."""
        return self.filter(is_active=True, stopped_at__isnull=True)

    def for_ward(self, ward: Ward) -> GatewayQuerySet:
        """Those a ward's notices may use: its own before shared ones, in their order."""
        own_first = F("ward").asc(nulls_last=True)
        return self.filter(Q(ward=ward) | Q(ward__isnull=True)).order_by(own_first, "position", "pk")


class DeliveryQuerySet(models.QuerySet):
    """Deliveries. A status changes only through `advance` (or the engine's two batch statements)."""

    #: What a delivery may have been before. Receipts overtake our own record; UNKNOWN is settled by them, and so
    #: is PENDING: a message queued again after a lost answer need not go out once more when it had arrived.
    PREDECESSORS = {
        "PENDING": ("SENDING", "SKIPPED"),
        "SENDING": ("PENDING",),
        "SENT": ("SENDING", "UNKNOWN"),
        "DELIVERED": ("PENDING", "SENDING", "SENT", "UNKNOWN"),
        "SEEN": ("PENDING", "SENDING", "SENT", "UNKNOWN", "DELIVERED"),
        "FAILED": ("SENDING", "SENT", "UNKNOWN"),
        "EXPIRED": ("PENDING", "SENT", "UNKNOWN"),
        "UNKNOWN": ("SENDING",),
        "SKIPPED": ("PENDING",),
        "CANCELLED": ("PENDING",),
    }

    def advance(self, to: str, **fields: Any) -> int:
        """Move the deliveries that may go there; returns how many did. Look at the count."""
        return self.filter(status__in=self.PREDECESSORS[to]).update(status=to, **fields)

    def waiting(self) -> DeliveryQuerySet:
        """Still to be sent or on their way to the provider."""
        return self.filter(status__in=("PENDING", "SENDING"))

    @staticmethod
    def moving(at: datetime) -> Q:
        """Those a worker has, or will take within minutes: neither held by a stopped gateway nor put off for hours."""
        works = Q(gateway__is_active=True, gateway__stopped_at__isnull=True)
        return Q(status="SENDING") | Q(works, status="PENDING", not_before__lte=at + timedelta(minutes=3))


class ReceiptQuerySet(models.QuerySet):
    """Stored provider events."""

    def waiting(self) -> ReceiptQuerySet:
        """Not applied yet, oldest first."""
        return self.filter(applied_at__isnull=True).order_by("pk")
