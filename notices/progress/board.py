"""What the dashboard of one notice shows at one moment."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode
from zlib import crc32

from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils.translation import ngettext

from notices.ladder import next_messages
from notices.progress import plans, reasons, traffic
from notices.progress.counting import VillageProgress, WardProgress
from notices.progress.flow import Flow
from notices.progress.remaining import Left
from notices.progress.traffic import ReachAt

#: Households left on the page at first; on each further page; looked at for how many are left for which reason.
FIRST_ROWS, ROWS_A_PAGE, REASON_ROWS = 8, 25, 100
WARDS_A_PAGE = 20


@dataclass
class Board(Flow):
    """Everything the page and its moving parts show: what the flow decides, in words, and the list of those left."""

    villages: list[VillageProgress]
    left: list[Left]
    sort: str
    only_village: int | None
    only_ward: int | None
    is_official: bool
    is_all: bool
    page: int = 1  # of the households left
    ward_page: int = 1

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
        places = [row.counts for row in self.villages] + [row.counts for row in self.progress.wards]
        every = [counts.parts() for counts in places] + state
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
        asked = {
            "sort": self.sort,
            "xa": self.only_ward,
            "thon": self.only_village,
            "con": "tat-ca" if self.is_all else None,
            "page": self.page if self.page > 1 else None,
            "trang-xa": self.ward_page if self.ward_page > 1 else None,
        }
        return {key: value for key, value in asked.items() if value is not None}

    @cached_property
    def links(self) -> QueryDict:
        """The page as it stands, for links that change a part of it."""
        links = QueryDict(mutable=True)
        links.update({key: str(value) for key, value in self._asked.items()})
        return links

    def _links_without(self, *parts: str) -> str:
        return urlencode({key: value for key, value in self._asked.items() if key not in parts})

    @property
    def list_query(self) -> str:
        """The page as it stands, for its pages of households left."""
        return self._links_without("page")

    @property
    def ward_query(self) -> str:
        """The same for its pages of wards."""
        return self._links_without("trang-xa")

    @property
    def kinds(self) -> list[tuple[int, str]]:
        """How many are left for which reason, in words; only when all of them were looked at."""
        if len(self.left) < self.progress.counts.left:
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
        """Households left that the page does not list, while it lists the first few."""
        return 0 if self.is_all else max(0, self.left_here - len(self.shown))

    @property
    def shown(self) -> list[Left]:
        """The households left that the page lists: the first few, until all are asked for."""
        return self.left if self.is_all else self.left[:FIRST_ROWS]

    @cached_property
    def left_page(self) -> Page[int]:
        """Which of them, once all are asked for."""
        return Paginator(range(self.left_here), ROWS_A_PAGE).get_page(self.page)

    @property
    def lists_wards(self) -> bool:
        """The notice goes to several wards, and none of them is opened."""
        return bool(self.progress.wards) and self.opened is None

    @cached_property
    def wards(self) -> Page[WardProgress]:
        """The wards the page lists."""
        return Paginator(self.progress.wards, WARDS_A_PAGE).get_page(self.ward_page)

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
        """Households left in the village or ward the list is narrowed to, or in all."""
        if self.only_village is not None:
            return sum(row.counts.left for row in self.villages if row.village.pk == self.only_village)
        return self.progress.counts.left if self.opened is None else self.opened.counts.left

    @cached_property
    def opened(self) -> WardProgress | None:
        """The ward the page is narrowed to."""
        return next((row for row in self.progress.wards if row.ward_id == self.only_ward), None)

    @property
    def place_name(self) -> str:
        """The village or ward the list is narrowed to."""
        village = next((row.village.name for row in self.villages if row.village.pk == self.only_village), "")
        return village or (self.opened.name if self.opened else "")
