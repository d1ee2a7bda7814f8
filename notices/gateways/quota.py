"""What a gateway may still send today, counted before it is sent."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from notices import clock
from notices.models import Gateway, GatewayDay


def reserve(gateway: Gateway, wanted: int, at: datetime) -> int:
    """How many of `wanted` messages the day's quota still allows, counted before they are sent. PostgreSQL holds
    the count, so that an emptied Redis grants nothing. Give back by `release` what was not handed over."""
    if wanted <= 0:
        return 0
    with transaction.atomic():
        day = _of_today(gateway, at).select_for_update().get()
        granted = min(wanted, max(0, gateway.daily_quota - day.reserved)) if gateway.daily_quota else wanted
        _of_today(gateway, at).update(reserved=F("reserved") + granted)
    return granted


def release(gateway: Gateway, unused: int, at: datetime) -> None:
    """Give back what was reserved and then not handed over to the provider."""
    if unused > 0:
        add_to_day(gateway, at, reserved=Greatest(F("reserved") - unused, 0))


def _of_today(gateway: Gateway, at: datetime) -> QuerySet[GatewayDay]:
    """The counting row of the day, made if it is the first message."""
    day = clock.day(at)
    GatewayDay.objects.bulk_create([GatewayDay(gateway=gateway, day=day)], ignore_conflicts=True)
    return GatewayDay.objects.filter(gateway=gateway, day=day)


def add_to_day(gateway: Gateway, at: datetime, **counted: Any) -> None:
    """Add to what the gateway counts on this day."""
    if not GatewayDay.objects.filter(gateway=gateway, day=clock.day(at)).update(**counted):
        _of_today(gateway, at).update(**counted)
