"""What a ladder is: the steps of each urgency, the wards' own, and what makes one unusable (product §5).

A ladder is a list of rungs, stored as JSON: a ward's own or DEFAULTS, frozen into the notice at publishing. A rung
has one clock rule, its channels, and whether a household gets the first that works (`first`) or `all`:

    after_minutes             so long after the messages may begin to go out
    evening_after_days        in the evening window (18:30–21:00) so many days on
    before_deadline_minutes   so long before `confirm_by`; left out when the notice has no deadline
    every_minutes             with after_minutes: again and again, until the notice ends

`timetable` turns it into moments and keeps these as Rung rows, `taking` takes what is due.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from communities.models import User, Ward
from notices.models import BY_PEOPLE, MESSAGES, Channel, Urgency, WardLadder

FIRST, ALL = "first", "all"
MAX_RUNGS = 8
LONGEST = 30 * 24 * 60  # minutes
Rungs = list[dict[str, Any]]


def _rung(*channels: Channel, mode: str = FIRST, **rule: int) -> dict[str, Any]:
    return {**rule, "channels": [channel.value for channel in channels], "mode": mode}


_URGENT = [
    _rung(Channel.ZALO, Channel.SMS, after_minutes=0),
    _rung(Channel.SMS, Channel.VISIT, Channel.LOUDSPEAKER, mode=ALL, after_minutes=30),
    _rung(Channel.ZALO, Channel.SMS, after_minutes=120),
]
#: Product §5. The voice call of hỏa tốc joins when a gateway can carry calls.
DEFAULTS: dict[str, Rungs] = {
    Urgency.NORMAL: [
        _rung(Channel.ZALO, Channel.SMS, after_minutes=0),
        _rung(Channel.VISIT, after_minutes=24 * 60),
        _rung(Channel.ZALO, before_deadline_minutes=4 * 60),
    ],
    Urgency.URGENT: _URGENT,
    Urgency.VERY_URGENT: _URGENT,
    Urgency.FLASH: [
        _rung(Channel.ZALO, Channel.SMS, mode=ALL, after_minutes=0),
        _rung(Channel.VISIT, Channel.LOUDSPEAKER, mode=ALL, after_minutes=10),
        _rung(Channel.ZALO, Channel.SMS, mode=ALL, after_minutes=30, every_minutes=30),
    ],
}


class BadLadder(ValueError):
    """A ladder that cannot be used; the message is the sentence to show, beside the step if it is about one."""

    def __init__(self, sentence: str, step: int | None = None) -> None:
        super().__init__(sentence)
        self.step = step  # from 1


def rungs_for(urgency: str, ward: Ward | None = None) -> Rungs:
    """The rungs a notice of this urgency is published with: the ward's own, else the defaults."""
    own = WardLadder.objects.filter(ward=ward, urgency=urgency).first() if ward else None
    return own.rungs if own else DEFAULTS[urgency]


def messages_of(*rungs: Mapping[str, Any]) -> list[str]:
    """The channels over which these rungs send messages, as they come."""
    return list(dict.fromkeys(one for rung in rungs for one in rung["channels"] if one in MESSAGES))


def check(rungs: Rungs) -> None:
    """Raises BadLadder with a sentence for a ladder that makes no sense."""
    if not rungs:
        raise BadLadder(_("Cần ít nhất một bước."))
    if len(rungs) > MAX_RUNGS:
        raise BadLadder(_("Nhiều nhất %(n)s bước.") % {"n": MAX_RUNGS})
    first = rungs[0]
    if first.get("after_minutes") != 0 or first.get("every_minutes"):
        raise BadLadder(_("Bước đầu tiên là lúc gửi thông báo, một lần."), 1)
    if not set(first["channels"]) & set(MESSAGES):
        raise BadLadder(_("Bước đầu tiên cần có Zalo hoặc SMS."), 1)
    for number, rung in enumerate(rungs, start=1):
        if (sentence := _wrong_with(rung)) is not None:
            raise BadLadder(sentence % {"n": number}, number)


def _wrong_with(rung: dict[str, Any]) -> str | None:
    """A sentence with the number of the step left open, or None."""
    if not rung["channels"]:
        return _("Bước %(n)s chưa chọn kênh nào.")
    every = rung.get("every_minutes", 0)
    if every and not 10 <= every <= LONGEST:
        return _("Bước %(n)s: nhắc lại cách nhau ít nhất 10 phút, nhiều nhất 30 ngày.")
    if every and set(rung["channels"]) & set(BY_PEOPLE):
        return _("Bước %(n)s: chỉ tin nhắn mới lặp lại được, việc của trưởng thôn thì không.")
    days = rung.get("evening_after_days", 0)
    minutes = int(rung.get("after_minutes") or rung.get("before_deadline_minutes") or days * 24 * 60)
    if not 0 <= minutes <= LONGEST:
        return _("Bước %(n)s: nhiều nhất 30 ngày.")
    return None


def set_own(*, ward: Ward, urgency: str, rungs: Rungs, by: User) -> None:
    """Give a ward its own ladder for an urgency; what is published already keeps its own. Raises BadLadder."""
    check(rungs)
    WardLadder.objects.update_or_create(ward=ward, urgency=urgency, defaults={"rungs": rungs, "changed_by": by})


def return_to_default(*, ward: Ward, urgency: str) -> None:
    """Let the defaults hold again for this urgency."""
    WardLadder.objects.filter(ward=ward, urgency=urgency).delete()
