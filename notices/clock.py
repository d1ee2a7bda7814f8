"""The hours at which people may be disturbed, as the clocks in Viet Nam show them: functions of a moment and
of settings.QUIET_HOURS.

Quiet hours hold for everything below hỏa tốc (product §5). The evening window is when those at sea, in
factories and in the fields read (peers.md §5, no. 13).
"""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

EVENING_BEGINS, EVENING_ENDS = time(18, 30), time(21, 0)


def is_quiet(at: datetime) -> bool:
    """Whether `at` lies in the quiet hours, which may run across midnight. Their end is no longer quiet."""
    if settings.QUIET_HOURS is None:
        return False
    begins, ends = settings.QUIET_HOURS
    now = timezone.localtime(at).time()
    return begins <= now < ends if begins <= ends else now >= begins or now < ends


def waking(at: datetime) -> datetime:
    """`at`, or the end of the quiet hours it lies in."""
    if settings.QUIET_HOURS is None or not is_quiet(at):
        return at
    ends = settings.QUIET_HOURS[1]
    local = timezone.localtime(at)
    morning = datetime.combine(local.date(), ends, local.tzinfo)
    return morning if morning > local else morning + timedelta(days=1)


def awake_since(at: datetime) -> datetime:
    """When the last quiet hours before `at` ended; a day ago where there are none."""
    local = timezone.localtime(at)
    if settings.QUIET_HOURS is None:
        return local - timedelta(days=1)
    ended = _on(local.date(), settings.QUIET_HOURS[1], local)
    return ended if ended <= local else ended - timedelta(days=1)


def before_quiet(at: datetime) -> datetime:
    """An hour before the quiet hours that `at` lies in began; `at` itself outside of them."""
    if settings.QUIET_HOURS is None or not is_quiet(at):
        return at
    begins = settings.QUIET_HOURS[0]
    local = timezone.localtime(at)
    evening = datetime.combine(local.date(), begins, local.tzinfo)
    return (evening if evening <= local else evening - timedelta(days=1)) - timedelta(hours=1)


def evening(at: datetime, days: int = 0) -> datetime:
    """The evening window so many days on: now inside it, else its beginning; never before `at`."""
    local = timezone.localtime(at)
    begins = _on(local.date() + timedelta(days=days), EVENING_BEGINS, local)
    if begins >= local:
        return begins
    return local if local.time() < EVENING_ENDS else _on(local.date() + timedelta(days=1), EVENING_BEGINS, local)


def day(at: datetime) -> date:
    """The date in Viet Nam: what a daily quota is counted by."""
    return timezone.localtime(at).date()


def midnight_after(at: datetime) -> datetime:
    """When the next day begins in Viet Nam."""
    local = timezone.localtime(at)
    return _on(local.date() + timedelta(days=1), time(0), local)


def _on(of_day: date, clock: time, like: datetime) -> datetime:
    return datetime.combine(of_day, clock, like.tzinfo)
