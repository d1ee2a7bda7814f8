"""What the dashboard of one notice shows at one moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode
from zlib import crc32

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import ngettext

from notices import clock
from notices.ladder import queueing
from notices.models import Notice, Rung, Urgency
from notices.progress import counting, plans, reasons, remaining, traffic
from notices.progress.counting import Progress, VillageProgress
from notices.progress.remaining import Left
from notices.progress.traffic import ChannelLine, Moment

#: Messages and their receipts are coming in; until then the list of those left changes with every look.
SETTLING = timedelta(minutes=3)
FIRST_ROWS, REASON_ROWS, ALL_ROWS = 8, 100, 500
SLOW = 20  # seconds between looks when nothing goes out by itself
#: Up to so many households left, those with a number are counted apart.
ASKED_FOR_PHONES = 5_000


@dataclass
class Board:
    """Everything the page and its moving parts show."""

    notice: Notice
    progress: Progress
    sends: list[ChannelLine]
    rungs: list[Rung]
    villages: list[VillageProgress]
    left: list[Left]
    sort: str
    only_village: int | None
    is_official: bool
    is_all: bool
    at: datetime

    @cached_property
    def channels(self) -> list[ChannelLine]:
        """What each channel carried."""
        return traffic.channels(self.sends)

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
    def begins_words(self) -> str:
        """Why nothing has been sent yet: quiet hours or the evening window; blank once sending may begin."""
        return plans.begins_words(self.notice, self.begins_at, self.at) if self.notice.is_open else ""

    @property
    def sleeps_words(self) -> str:
        """How many messages wait for the end of the quiet hours, and until when; blank if none does."""
        is_flash = Urgency(self.notice.urgency) == Urgency.FLASH
        if not self.notice.is_open or self.notice.paused_at is not None or is_flash or not clock.is_quiet(self.at):
            return ""
        if not self.waiting or any(line.moving for line in self.sends):
            return ""
        words = {"n": intcomma(self.waiting), "time": reasons.until(clock.waking(self.at), self.at)}
        return (
            ngettext(
                "Đang giờ yên lặng: %(n)s tin chờ đến %(time)s.", "Đang giờ yên lặng: %(n)s tin chờ đến %(time)s.",
                self.waiting,
            )
            % words
        )  # fmt: skip

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
        return any(line.moving for line in self.sends) or (is_young and is_awaited and bool(self.progress.counts.left))

    @property
    def began_at(self) -> datetime | None:
        """When the first messages were written; None before that."""
        return min((rung.taken_at for rung in self.rungs if rung.taken_at is not None), default=None)

    @property
    def seconds(self) -> int | None:
        """When to look again, or None when nothing can change any more. Slowly while nothing goes out by itself:
        paused, or before the first messages are due."""
        if not counting.is_moving(self.notice, self.progress.counts, self.at):
            return None
        if self.notice.paused_at is not None or (self.begins_at is not None and self.begins_at > self.at):
            return SLOW
        age = self.at - (self.began_at or self.notice.published_at or self.at)
        if self.is_settling:
            return 2 if age < timedelta(minutes=5) else 5
        return 5 if age < timedelta(hours=1) else SLOW

    @cached_property
    def steps(self) -> list[plans.Line]:
        """What was done so far and what is still to come."""
        return plans.of_rungs(self.notice, self.rungs, self.sends, self.at)

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
    def cap(self) -> int:
        """Messages a household may get of one notice."""
        return queueing.CAP

    @property
    def last_rung(self) -> int:
        """The highest rung number this page knows."""
        return max((rung.number for rung in self.rungs), default=0)

    @property
    def version(self) -> str:
        """Changes whenever a number on the page does; its first part is the sentence."""
        counts = self.progress.counts
        rungs = [(rung.number, rung.status, rung.due_at) for rung in self.rungs]
        flags = [
            self.notice.status,
            self.notice.paused_at,
            self.is_sending,
            self.is_settling,
            self.begins_words,
            self.sleeps_words,
        ]
        state = [self.sends, rungs, *flags]
        every = [row.counts.parts() for row in self.villages] + state
        return f"{counts.told}-{counts.households}-{crc32(repr(every).encode()):08x}"

    @property
    def query(self) -> str:
        """What the next look has to know: what stands on the page."""
        return urlencode(self._asked | {"v": self.version, "d": int(self.is_settling)})

    @property
    def query_after_tick(self) -> str:
        """The look right after the user ticked a household: everything anew, but no word about the list."""
        return urlencode(self._asked | {"toi": 1})

    @property
    def _asked(self) -> dict[str, str | int]:
        asked = {"sort": self.sort, "thon": self.only_village, "con": "tat-ca" if self.is_all else None}
        return {key: value for key, value in asked.items() if value is not None}

    @property
    def kinds(self) -> list[tuple[int, str]]:
        """How many are left for which reason, in words; only when all of them were looked at."""
        if self.only_village is not None or len(self.left) < self.progress.counts.left:
            return []
        found: dict[str, int] = {}
        for row in self.left:
            found[row.kind] = found.get(row.kind, 0) + 1
        return sorted(((n, reasons.kind_words(kind)) for kind, n in found.items()), key=lambda pair: -pair[0])

    @property
    def price(self) -> int:
        """Đồng spent."""
        return sum(line.price for line in self.channels)

    @property
    def more(self) -> int:
        """Households left that the page does not list."""
        return max(0, self.left_here - len(self.shown))

    @property
    def shown(self) -> list[Left]:
        """The households left that the page lists: the first few, until all are asked for."""
        return self.left if self.is_all else self.left[:FIRST_ROWS]

    @cached_property
    def moments(self) -> list[Moment]:
        """How the numbers rose since publishing."""
        return traffic.timeline(self.notice, self.at)

    @property
    def few_moments(self) -> list[Moment]:
        """The same for a table: few enough to read, the last one being now."""
        return self.moments[:-1:8] + self.moments[-1:]

    @property
    def left_here(self) -> int:
        """Households left in the village the list is narrowed to, or in all."""
        if self.only_village is None:
            return self.progress.counts.left
        return sum(row.counts.left for row in self.villages if row.village.pk == self.only_village)

    @property
    def village_name(self) -> str:
        """The village the list is narrowed to."""
        return next((row.village.name for row in self.villages if row.village.pk == self.only_village), "")

    @property
    def heads(self) -> dict[int, VillageProgress]:
        """The line of each village, for its head's name and phone."""
        return {row.village.pk: row for row in self.villages}
