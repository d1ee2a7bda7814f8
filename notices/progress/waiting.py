"""Until when messages that are not due yet wait, and why. The words stand with whoever says it."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import Enum, auto

from django.conf import settings
from django.utils import timezone

from notices import clock
from notices.models import Notice


class Cause(Enum):
    """Why messages go out later and not now."""

    EVENING = auto()  # the notice is for those who read in the evening
    QUIET_HOURS = auto()
    SET = auto()  # the moment was set


@dataclass(frozen=True, slots=True)
class Wait:
    """Messages go out at a later moment, for a cause."""

    until: datetime
    cause: Cause
    hours: tuple[time, ...] = ()  # from when until when the cause holds on every day


def of(notice: Notice, due_at: datetime | None, at: datetime) -> Wait | None:
    """The wait of messages that are due at a moment; None when nothing is awaited any more."""
    if due_at is None or due_at <= at:
        return None
    hour = timezone.localtime(due_at).time()
    if notice.is_for_evening and clock.EVENING_BEGINS <= hour < clock.EVENING_ENDS:
        return Wait(due_at, Cause.EVENING, (clock.EVENING_BEGINS, clock.EVENING_ENDS))
    if settings.QUIET_HOURS is not None and hour == settings.QUIET_HOURS[1]:
        return Wait(due_at, Cause.QUIET_HOURS, settings.QUIET_HOURS)
    return Wait(due_at, Cause.SET)
