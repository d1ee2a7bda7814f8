"""Sets of notices, recipients, deliveries: who may see them, and the one way each changes state."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, F, Q, Value
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


class RungQuerySet(models.QuerySet):
    """Rungs of published notices."""

    def due(self, at: datetime) -> RungQuerySet:
        """Waiting rungs whose moment has come, of notices that are open, fanned out and not paused; first first."""
        open_notice = {"notice__status": "PUBLISHED", "notice__fanned_out_at__isnull": False}
        rows = self.filter(status="WAITING", due_at__lte=at, notice__paused_at__isnull=True, **open_notice)
        return rows.order_by("due_at", "pk")


class VillageTaskQuerySet(models.QuerySet):
    """What village staff are asked to do."""

    def for_villages(self, villages: Any) -> VillageTaskQuerySet:
        """Tasks of running notices in these villages."""
        return self.filter(village__in=villages, rung__notice__status="PUBLISHED")

    def announcements(self) -> VillageTaskQuerySet:
        """Tasks done once for the whole village; a visit is ticked per household."""
        return self.exclude(channel="VISIT")


class GatewayQuerySet(models.QuerySet):
    """Gateways."""

    def working(self, at: datetime) -> GatewayQuerySet:
        """Those that may carry messages now: on, not stopped, not tripped, not resting."""
        rested = Q(rests_until__isnull=True) | Q(rests_until__lte=at)
        return self.filter(rested, is_active=True, stopped_at__isnull=True, tripped_at__isnull=True)

    def probing(self, at: datetime) -> GatewayQuerySet:
        """Tripped ones that may be tried out with a few messages now (half-open)."""
        rested = Q(rests_until__isnull=True) | Q(rests_until__lte=at)
        return self.filter(rested, is_active=True, stopped_at__isnull=True, probe_at__lte=at)

    def for_ward(self, ward: Ward | int) -> GatewayQuerySet:
        """Those a ward's notices may use: its own before shared ones, in their order."""
        own_first = F("ward").asc(nulls_last=True)
        return self.filter(Q(ward=ward) | Q(ward__isnull=True)).order_by(own_first, "position", "pk")

    def visible_to(self, user: User) -> GatewayQuerySet:
        """Gateways of the wards the user works for as an official, and the shared ones."""
        from communities.models import Ward

        wards = Ward.objects.for_user(user, ("WARD_ADMIN", "EDITOR", "APPROVER", "VIEWER")).values("pk")
        return self.filter(Q(ward__in=wards) | Q(ward__isnull=True))

    def changeable_by(self, user: User) -> GatewayQuerySet:
        """Gateways of the wards the user administers; shared ones only where no other ward has staff who count on
        them. Elsewhere a shared account is the operator's."""
        from communities.models import Membership, Ward

        own = Ward.objects.for_user(user, ("WARD_ADMIN",)).values("pk")
        others = Membership.objects.exclude(Q(ward__in=own) | Q(village__ward__in=own))
        is_alone = Q(ward__isnull=True) & Q(Exists(own)) & ~Q(Exists(others))
        return self.filter(Q(ward__in=own) | is_alone)


class DeliveryQuerySet(models.QuerySet):
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
        return self.filter(carrier__isnull=True)

    @staticmethod
    def moving(at: datetime) -> Q:
        """Messages a worker has, or will take within minutes: neither held by a gateway that does not work nor
        put off for hours."""
        rested = Q(gateway__rests_until__isnull=True) | Q(gateway__rests_until__lte=at)
        works = Q(gateway__is_active=True, gateway__stopped_at__isnull=True, gateway__tripped_at__isnull=True) & rested
        return Q(status="SENDING") | Q(works, status="PENDING", not_before__lte=at + timedelta(minutes=3))


class ReceiptQuerySet(models.QuerySet):
    """Stored provider events."""

    def waiting(self) -> ReceiptQuerySet:
        """Not applied yet, oldest first."""
        return self.filter(applied_at__isnull=True).order_by("pk")
