"""Whether messages that could go do not: the sign that no worker works. For machines that wake people up at night."""

from datetime import datetime, timedelta

from django.db.models import DateTimeField, Exists, OuterRef, QuerySet, Subquery

from notices import clock
from notices.gateways.switching import WINDOW
from notices.models import Delivery, Gateway, GatewayEvent, Urgency
from notices.sending.claims import MEMORY, Status

State = Gateway.State


def longest_wait(at: datetime) -> timedelta:
    """How long the oldest message that could go has been waiting at a gateway where nothing moves; zero if none is.

    A message could go since it was due, people may be disturbed, its gateway works, and whatever last happened to the
    gateway (switched on, recovered, rested) happened. A gateway that has recorded an answer within the last
    minutes, or has messages with a worker, moves: a million messages take hours at any pace.
    """
    waits = [at - since for gateway in _standing_still(at) if (since := _could_go_since(gateway, at)) is not None]
    return max(waits, default=timedelta(0))


def _standing_still(at: datetime) -> QuerySet[Gateway]:
    with_a_worker = Delivery.objects.filter(gateway=OuterRef("pk"), status=Status.SENDING, lease_until__gt=at)
    due = Delivery.objects.filter(gateway=OuterRef("pk"), status=Status.PENDING, not_before__lte=at)
    due = due.exclude(is_pinned=True, not_before__lt=at - MEMORY).order_by("not_before")
    return (
        Gateway.objects.in_state(at, State.WORKING, State.TRIPPED)
        .exclude(trial_until__gt=at)
        # A window begins with an answer and counts those of so many minutes: an older one has seen none since.
        .exclude(window_from__gt=at - 2 * WINDOW)
        .exclude(Exists(with_a_worker))
        .annotate(
            changed_at=Subquery(
                GatewayEvent.objects.filter(gateway=OuterRef("pk")).order_by("-at").values("at")[:1],
                output_field=DateTimeField(),
            ),
            # Each by the index of the claim, however many wait.
            **{
                f"oldest_{urgency.rank}": Subquery(due.filter(priority=urgency.rank).values("not_before")[:1])
                for urgency in Urgency
            },
        )
    )


def _could_go_since(gateway: Gateway, at: datetime) -> datetime | None:
    """Since when the gateway's oldest due message could have gone; None if none can go now."""
    begins = [moment for moment in (gateway.changed_at, gateway.rests_until) if moment is not None]  # type: ignore[attr-defined]
    if gateway.tripped_at is not None:
        if gateway.probe_at is None or gateway.probe_at > at:
            return None  # to be tried out later
        begins.append(gateway.probe_at)
    found = []
    for urgency in Urgency:
        due = getattr(gateway, f"oldest_{urgency.rank}")
        if due is not None and urgency == Urgency.FLASH:
            found.append(max([due, *begins]))
        elif due is not None and not clock.is_quiet(at):
            found.append(max([due, clock.awake_since(at), *begins]))
    return min(found, default=None)
