"""How far the sending of a notice is, and what may be done about it: decisions, without words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from notices import clock
from notices.models import Notice, Rung
from notices.progress import counting, remaining, traffic
from notices.progress.counting import Progress
from notices.progress.traffic import ChannelLine

#: Messages and their receipts are coming in; until then the list of those left changes with every look.
SETTLING = timedelta(minutes=3)
SLOW = 20  # seconds between looks when nothing goes out by itself
#: Up to so many households left, those with a number are counted apart.
ASKED_FOR_PHONES = 5_000


@dataclass
class Flow:
    """A notice's messages at one moment."""

    notice: Notice
    progress: Progress
    sends: list[ChannelLine]
    rungs: list[Rung]
    at: datetime

    @cached_property
    def channels(self) -> list[ChannelLine]:
        """What each channel carried."""
        return traffic.channels(self.sends)

    @cached_property
    def is_going_out(self) -> bool:
        """Messages leave just now, or within minutes. At most one query, and none while nothing waits."""
        return bool(self.waiting) and bool(
            traffic.going_out({self.notice.pk: sum(line.in_hand for line in self.sends)}, self.at)
        )

    @property
    def waiting(self) -> int:
        """Messages still to be handed over."""
        return sum(line.waiting for line in self.channels)

    @property
    def held(self) -> int:
        """Messages that wait for a paused notice to go on."""
        return sum(line.held for line in self.channels)

    @property
    def over_budget(self) -> int:
        """Messages left unsent because the month's money is spent."""
        return sum(line.over_budget for line in self.channels)

    @property
    def begins_at(self) -> datetime | None:
        """When the first messages are due, while none is written yet."""
        first = next((rung for rung in self.rungs if rung.number == 0), None)
        return first.due_at if first is not None and first.status == Rung.Status.WAITING else None

    @property
    def began_at(self) -> datetime | None:
        """When the first messages were written; None before that."""
        return min((rung.taken_at for rung in self.rungs if rung.taken_at is not None), default=None)

    @property
    def is_sending(self) -> bool:
        """The first messages are on their way out: a household without one is waiting, not missed."""
        if not self.notice.is_open:
            return False
        is_first = any(line.waiting for line in self.sends if line.rung == 0)
        return self.notice.fanned_out_at is None or is_first or self.begins_at is not None

    @property
    def is_settling(self) -> bool:
        """The first wave is under way: nobody is asked to act on its list yet."""
        if not self.notice.is_open or self.notice.published_at is None or self.notice.paused_at is not None:
            return False
        if self.notice.fanned_out_at is None:
            return True
        is_young = self.began_at is not None and self.at - self.began_at < SETTLING
        is_awaited = any(line.sent for line in self.sends) or not self.waiting  # else something holds all of them
        return self.is_going_out or (is_young and is_awaited and bool(self.progress.counts.left))

    @property
    def seconds(self) -> int | None:
        """When to look again, or None when nothing can change any more. Slowly while nothing goes out by itself:
        paused, or before the first messages are due."""
        if not counting.may_still_change(self.notice, self.progress.counts, self.at):
            return None
        if self.notice.paused_at is not None or (self.begins_at is not None and self.begins_at > self.at):
            return SLOW
        age = self.at - (self.began_at or self.notice.published_at or self.at)
        if self.is_settling:
            return 2 if age < timedelta(minutes=5) else 5
        return 5 if age < timedelta(hours=1) else SLOW

    @property
    def has_more_to_send(self) -> bool:
        """Messages wait, or a step is still to come: there is something to hold."""
        return bool(self.waiting) or any(rung.status == Rung.Status.WAITING for rung in self.rungs)

    @property
    def may_resend(self) -> bool:
        """Somebody with a number is left, and no answer to the messages so far is awaited any more."""
        may_send = self.notice.may_send(self.at) and self.notice.paused_at is None
        is_over = self.began_at is not None and not self.is_settling and not self.is_sending
        return may_send and is_over and bool(self.reachable)

    @cached_property
    def reachable(self) -> int:
        """Of the households left, those sending again could reach. One query; of very many, as in a province, all
        are named, since a look at the phones of each would hold up the page."""
        left = self.progress.counts.left
        if not 0 < left <= ASKED_FOR_PHONES:
            return left
        return remaining.reachable(self.notice, next((rung.channels for rung in self.rungs if rung.number == 0), []))

    @property
    def unreachable(self) -> int:
        """Of the households left, those no message can be sent to."""
        return max(0, self.progress.counts.left - self.reachable)

    @property
    def wakes_at(self) -> datetime | None:
        """Until when everything that waits sleeps, if that is the quiet hours' doing."""
        is_asleep = clock.is_quiet(self.at) and not self.notice.may_wake(self.at)
        if not self.notice.is_open or self.notice.paused_at is not None or not is_asleep:
            return None
        if not self.waiting or self.is_going_out:
            return None
        return clock.waking(self.at)

    @property
    def is_asleep(self) -> bool:
        """Nothing but the quiet hours holds its messages, written or not: a demo may let them out."""
        morning = clock.waking(self.at)
        awaits_it = self.begins_at == morning > self.at and self.notice.is_open and self.notice.paused_at is None
        return awaits_it or self.wakes_at is not None
