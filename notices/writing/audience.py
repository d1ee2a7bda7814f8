"""Notice → its households and the channels that reach them; the count shown before publishing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from communities.channels import BY_KEY, TABLE, MessageChannel
from communities.models import Ward
from notices.models import Gateway


@dataclass(frozen=True)
class Audience:
    """Households of an audience by the channels that reach them.

    `able`: by every set of channels, each household once. `order`: the channels the notice uses, and which of them a
    household is counted for that several reach; one that none reaches is told in person.
    """

    able: Mapping[frozenset[str], int]
    order: tuple[str, ...] = tuple(row.key for row in TABLE)

    @property
    def households(self) -> int:
        """All of them."""
        return sum(self.able.values())

    @property
    def in_person(self) -> int:
        """Those none of the channels in the order reaches."""
        return self.households - sum(self.by_channel.values())

    @property
    def by_channel(self) -> dict[str, int]:
        """Households by the first channel that reaches them."""
        return self.messages(self.order, is_all=False)

    @property
    def ways(self) -> list[tuple[MessageChannel, int]]:
        """The same, each channel with its households."""
        return [(BY_KEY[channel], households) for channel, households in self.by_channel.items()]

    def messages(self, channels: Sequence[str], *, is_all: bool) -> dict[str, int]:
        """Messages by channel of a step that goes over all of these channels, or for each household over the first
        that reaches it. Phones that households share are counted for each of them."""
        written = dict.fromkeys(channels, 0)
        for able, households in self.able.items():
            reached = [channel for channel in channels if channel in able]
            for channel in reached if is_all else reached[:1]:
                written[channel] += households
        return written


def usable_channels(ward: Ward) -> set[str]:
    """Channels some gateway carries for the ward, also one that is stopped just now: its queue waits."""
    return set(Gateway.objects.for_ward(ward).filter(is_active=True).values_list("channel", flat=True))


def count(*, ward: Ward, village_ids: Sequence[int], order: Sequence[str] = ()) -> Audience:
    """Which channels reach the active households of the villages. One query.

    `order`: the channels the notice uses, as it tries them; by itself all, as the table has them.
    """
    usable = usable_channels(ward)
    able = ", ".join(
        f"coalesce(bool_or({row.reachable_sql('c')}), false) AND %({row.key})s AS able_{place}"
        for place, row in enumerate(TABLE)
    )
    flags = ", ".join(f"able_{place}" for place in range(len(TABLE)))
    statement = f"""
        SELECT count(*), {flags}
        FROM (
            SELECT {able}
            FROM communities_household h
            LEFT JOIN communities_contact c ON c.household_id = h.id
            WHERE h.ward_id = %(ward)s AND h.village_id = ANY(%(villages)s) AND h.is_active
            GROUP BY h.id
        ) AS way
        GROUP BY {flags}
    """  # noqa: S608 - the fragments are made of our own constants
    wanted = {row.key: row.key in usable for row in TABLE}
    with connection.cursor() as cursor:
        cursor.execute(statement, {"ward": ward.pk, "villages": list(village_ids), **wanted})
        rows = cursor.fetchall()
    return Audience(
        {
            frozenset(row.key for row, is_able in zip(TABLE, is_able_by, strict=True) if is_able): households
            for households, *is_able_by in rows
        },
        tuple(order) or tuple(row.key for row in TABLE),
    )
