"""What was sent for a notice, by channel, and how its reach rose over time."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from django.db import connection
from django.db.models import Min, Q, Sum

from communities.channels import position
from notices import clock
from notices.models import Channel, Gateway, MessageCount, Notice, ReachMoment, Urgency

#: Due messages of a gateway that are looked at for whose they are.
FRONT = 2_000


@dataclass(frozen=True)
class ChannelLine:
    """What one channel carried for a notice, or for one rung of it: messages, of which a shared phone gets one.

    `in_hand`: of those waiting, with a worker just now. `held`: waiting for a paused notice to go on.
    `over_budget`: left unsent because the month's money is spent. `price` in đồng.
    """

    channel: str
    rung: int
    sent: int
    waiting: int
    in_hand: int
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


def sends(notice: Notice) -> list[ChannelLine]:
    """What each rung sent over each channel, in their order, Zalo first. One query."""
    done = Q(status__in=("SENT", "DELIVERED", "SEEN"))

    def messages(which: Q) -> Sum:
        return Sum("messages", filter=which, default=0)

    rows: Any = (
        MessageCount.objects.filter(notice=notice)
        .order_by()
        .values("rung", "channel")
        .annotate(
            sent=messages(done),
            waiting=messages(Q(status__in=("PENDING", "SENDING"))),
            in_hand=messages(Q(status="SENDING")),
            held=messages(Q(status="HELD")),
            failed=messages(Q(status__in=("FAILED", "UNKNOWN")) | Q(status="EXPIRED", was_sent=True)),
            over_budget=messages(Q(is_over_budget=True)),
            spent=Sum("price", filter=done, default=0),
            first_sent=Min("first_sent_at"),
        )
    )
    lines = [ChannelLine(price=row.pop("spent"), first_sent_at=row.pop("first_sent"), **row) for row in rows]
    return sorted(lines, key=lambda line: (line.rung, position(line.channel)))


@dataclass(frozen=True)
class Queue:
    """Messages of a notice that are still to be handed over: all, those of its first rung, those a worker has."""

    messages: int
    first: int
    in_hand: int


def queues(notices: Collection[Notice]) -> dict[int, Queue]:
    """What waits, by notice id; notices of which nothing does are left out. One query."""
    waiting = MessageCount.objects.filter(notice__in=notices, status__in=("PENDING", "SENDING"))
    rows = (
        waiting.order_by()
        .values_list("notice")
        .annotate(
            all=Sum("messages"),
            first=Sum("messages", filter=Q(rung=0), default=0),
            in_hand=Sum("messages", filter=Q(status="SENDING"), default=0),
        )
    )
    return {pk: Queue(number, first, in_hand) for pk, number, first, in_hand in rows if number > 0}


def going_out(in_hand: Mapping[int, int], at: datetime) -> set[int]:
    """Of notices with messages that wait, by how many of them workers have: the ids of those whose messages a worker
    has, or will take within minutes, neither held by a gateway that does not work nor put off for hours. In quiet
    hours only hỏa tốc notices, and what had begun. At most one query.

    Each working gateway is asked for the first messages of its queue. Whoever waits behind so many of others counts
    as going out.
    """
    moving = {pk for pk, number in in_hand.items() if number}
    if len(moving) == len(in_hand):
        return moving
    working, params = Gateway.objects.working(at).order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT coalesce(max(front.number), 0), array_agg(DISTINCT notice)
            FROM ({working}) AS gateway (id) CROSS JOIN LATERAL (
                SELECT count(*) AS number, array_agg(DISTINCT notice_id) AS notices FROM (
                    SELECT notice_id FROM notices_delivery
                    WHERE gateway_id = gateway.id AND status = 'PENDING' AND not_before <= %s AND priority >= %s
                    ORDER BY priority DESC, not_before, id LIMIT %s
                ) AS due
            ) AS front CROSS JOIN unnest(front.notices) AS notice
            """,  # noqa: S608 - the ORM's own text
            [
                *params,
                at + timedelta(minutes=3),
                Urgency.FLASH.rank if clock.is_quiet(at) else 0,
                FRONT,
            ],
        )
        longest, first = cursor.fetchone()
    return set(in_hand) if longest == FRONT else moving | (set(first or ()) & in_hand.keys())


def channels(lines: Iterable[ChannelLine]) -> list[ChannelLine]:
    """The lines of `sends` added up by channel, in the order of their table; `rung` is the first that used it."""
    added: dict[str, ChannelLine] = {}
    for line in lines:
        before = added.get(line.channel)
        added[line.channel] = line if before is None else _sum(before, line)
    return sorted(added.values(), key=lambda line: position(line.channel))


def _sum(one: ChannelLine, other: ChannelLine) -> ChannelLine:
    numbers = ("sent", "waiting", "in_hand", "held", "failed", "over_budget", "price")
    moments = [line.first_sent_at for line in (one, other) if line.first_sent_at is not None]
    total = {name: getattr(one, name) + getattr(other, name) for name in numbers}
    return replace(one, **total, first_sent_at=min(moments, default=None))


def timeline(notice: Notice, at: datetime, steps: int = 60) -> list[ReachAt]:
    """How the numbers rose, in equal steps from publishing to a little past the last change, or until `at`.

    To the second, or to the minute for what is older than an hour; the last moment holds all. Empty while nobody has
    been told. One query.
    """
    changes = ReachMoment.objects.filter(notice=notice).order_by("at").values_list("at")
    rows = list(changes.annotate(Sum("told"), Sum("confirmed")))
    told = _rising((moment, n) for moment, n, _confirmed in rows if n)
    confirmed = _rising((moment, n) for moment, _told, n in rows if n)
    if not told or not told[-1][1]:
        return []
    start = min(notice.published_at or at, told[0][0])
    last = max([told[-1][0], *(moment for moment, _n in confirmed[-1:])]) + timedelta(seconds=1)
    last = max(last, start + timedelta(minutes=1))
    end = max(last, min(at, last + (last - start) / 12))
    moments = (start + (end - start) * number / steps for number in range(steps + 1))
    return [ReachAt(moment, _by(told, moment), _by(confirmed, moment)) for moment in moments]


def _rising(rises: Iterable[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """(moment, households until then), of moments in their order."""
    moments = list(rises)
    return list(zip((moment for moment, _n in moments), accumulate(n for _moment, n in moments), strict=True))


def _by(rising: list[tuple[datetime, int]], moment: datetime) -> int:
    passed = bisect_right(rising, moment, key=lambda rise: rise[0])
    return rising[passed - 1][1] if passed else 0
