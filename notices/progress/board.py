"""What the dashboard of one notice shows at one moment."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode
from zlib import crc32

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import ngettext

from notices.ladder import next_messages
from notices.progress import plans, reasons, traffic
from notices.progress.counting import VillageProgress
from notices.progress.flow import Flow
from notices.progress.remaining import Left
from notices.progress.traffic import ReachAt

FIRST_ROWS, REASON_ROWS, ALL_ROWS = 8, 100, 500


@dataclass
class Board(Flow):
    """Everything the page and its moving parts show: what the flow decides, in words, and the list of those left."""

    villages: list[VillageProgress]
    left: list[Left]
    sort: str
    only_village: int | None
    is_official: bool
    is_all: bool

    @property
    def begins_words(self) -> str:
        """Why nothing has been sent yet: quiet hours or the evening window; blank once sending may begin."""
        return plans.begins_words(self.notice, self.begins_at, self.at) if self.notice.is_open else ""

    @property
    def sleeps_words(self) -> str:
        """How many messages wait for the end of the quiet hours, and until when; blank if none does."""
        if self.wakes_at is None:
            return ""
        sentence = ngettext(
            "Đang giờ yên lặng: %(n)s tin chờ đến %(time)s.", "Đang giờ yên lặng: %(n)s tin chờ đến %(time)s.",
            self.waiting,
        )  # fmt: skip
        return sentence % {"n": intcomma(self.waiting), "time": reasons.until(self.wakes_at, self.at)}

    @cached_property
    def steps(self) -> list[plans.Line]:
        """What was done so far and what is still to come."""
        return plans.of_rungs(self.notice, self.rungs, self.sends, self.at)

    @property
    def cap(self) -> int:
        """Messages a household may get of one notice."""
        return next_messages.CAP

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
    def moments(self) -> list[ReachAt]:
        """How the numbers rose since publishing."""
        return traffic.timeline(self.notice, self.at)

    @property
    def few_moments(self) -> list[ReachAt]:
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
