"""What was sent for a notice, by channel, and how its reach rose over time."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from django.db.models import (
    Count,
    Min,
    Q,
    Sum,
)  # fmt: skip
from django.db.models.functions import Least, TruncSecond

from communities.channels import position
from notices import clock
from notices.models import Channel, Delivery, Notice, Reach, Recipient, Urgency


@dataclass(frozen=True)
class ChannelLine:
    """What one channel carried for a notice, or for one rung of it: messages, of which a shared phone gets one.

    `going_out`: of those waiting, due now at a working gateway. `held`: waiting for a paused notice to go on.
    `over_budget`: left unsent because the month's money is spent. `price` in đồng.
    """

    channel: str
    rung: int
    sent: int
    waiting: int
    going_out: int
    held: int
    failed: int
    over_budget: int
    price: int
    first_sent_at: datetime | None

    @property
    def channel_name(self) -> str:
        """The channel as people call it."""
        return str(Channel(self.channel).label)


@dataclass(frozen=True)
class ReachAt:
    """How many households were told, and had confirmed, by then."""

    at: datetime
    told: int
    confirmed: int


def going_out(at: datetime) -> Q:
    """Deliveries on their way out just now: in quiet hours only those of hỏa tốc notices, and what had begun."""
    due = Delivery.objects.going_out(at)
    return due & (Q(status="SENDING") | Q(notice__urgency=Urgency.FLASH)) if clock.is_quiet(at) else due


def sends(notice: Notice, at: datetime) -> list[ChannelLine]:
    """What each rung sent over each channel, in their order, Zalo first. One query."""
    done = Q(status__in=("SENT", "DELIVERED", "SEEN"))
    rows: Any = (
        notice.deliveries.messages()
        .order_by()
        .values("rung", "channel")
        .annotate(
            sent=Count("pk", filter=done),
            waiting=Count("pk", filter=Q(status__in=("PENDING", "SENDING"))),
            going_out=Count("pk", filter=going_out(at)),
            held=Count("pk", filter=Q(status="HELD")),
            failed=Count("pk", filter=Q(status__in=("FAILED", "UNKNOWN")) | Q(status="EXPIRED", sent_at__isnull=False)),
            over_budget=Count("pk", filter=Q(status="SKIPPED", error_code="budget")),
            spent=Sum("price", filter=done, default=0),
            first_sent_at=Min("sent_at"),
        )
    )
    lines = [ChannelLine(price=row.pop("spent"), **row) for row in rows]
    return sorted(lines, key=lambda line: (line.rung, position(line.channel)))


def channels(lines: Iterable[ChannelLine]) -> list[ChannelLine]:
    """The lines of `sends` added up by channel, in the order of their table; `rung` is the first that used it."""
    added: dict[str, ChannelLine] = {}
    for line in lines:
        before = added.get(line.channel)
        added[line.channel] = line if before is None else _sum(before, line)
    return sorted(added.values(), key=lambda line: position(line.channel))


def _sum(one: ChannelLine, other: ChannelLine) -> ChannelLine:
    numbers = ("sent", "waiting", "going_out", "held", "failed", "over_budget", "price")
    moments = [line.first_sent_at for line in (one, other) if line.first_sent_at is not None]
    total = {name: getattr(one, name) + getattr(other, name) for name in numbers}
    return replace(one, **total, first_sent_at=min(moments, default=None))


def timeline(notice: Notice, at: datetime, steps: int = 60) -> list[ReachAt]:
    """How the numbers rose, in equal steps from publishing to a little past the last change, or until `at`.

    To the second; the last moment holds all. Empty while nobody has been told. One query.
    """
    first_told = Least("delivered_at", "seen_at", "confirmed_at")  # PostgreSQL's passes over what is empty
    reached = Recipient.objects.filter(notice=notice, reach__gte=Reach.DELIVERED).order_by()
    rows = list(reached.values_list(TruncSecond(first_told), TruncSecond("confirmed_at")).annotate(n=Count("pk")))
    if not rows:
        return []
    told = _rising((moment, n) for moment, _confirmed_at, n in rows)
    confirmed = _rising((moment, n) for _told_at, moment, n in rows if moment)
    start = min(notice.published_at or at, told[0][0])
    last = max([told[-1][0], *(moment for moment, _n in confirmed[-1:])]) + timedelta(seconds=1)
    last = max(last, start + timedelta(minutes=1))
    end = max(last, min(at, last + (last - start) / 12))
    moments = (start + (end - start) * number / steps for number in range(steps + 1))
    return [ReachAt(moment, _by(told, moment), _by(confirmed, moment)) for moment in moments]


def _rising(rises: Iterable[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """(moment, households until then), by time."""
    ordered = sorted(rises)
    return list(zip((moment for moment, _n in ordered), accumulate(n for _moment, n in ordered), strict=True))


def _by(rising: list[tuple[datetime, int]], moment: datetime) -> int:
    passed = bisect_right(rising, moment, key=lambda rise: rise[0])
    return rising[passed - 1][1] if passed else 0
