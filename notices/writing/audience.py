"""Notice → households and the contact each would be reached through; the count shown before publishing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from communities.channels import TABLE, MessageChannel
from communities.models import Ward
from notices.models import Gateway


@dataclass(frozen=True)
class Audience:
    """Households of an audience, each in exactly one way: by the first channel that reaches it, or in person."""

    households: int
    by_channel: Mapping[str, int]
    in_person: int

    @property
    def ways(self) -> list[tuple[MessageChannel, int]]:
        """Each channel with its households, in the order of the table."""
        return [(row, self.by_channel[row.key]) for row in TABLE]


def usable_channels(ward: Ward) -> set[str]:
    """Channels some gateway carries for the ward, also one that is stopped just now: its queue waits."""
    return set(Gateway.objects.for_ward(ward).filter(is_active=True).values_list("channel", flat=True))


def count(*, ward: Ward, village_ids: Sequence[int]) -> Audience:
    """How many active households the villages have, and how each would be told first. One query."""
    usable = usable_channels(ward)
    able = ", ".join(
        f"coalesce(bool_or({row.reachable_sql('c')}), false) AND %({row.key})s AS able_{place}"
        for place, row in enumerate(TABLE)
    )
    first = ", ".join(
        f"count(*) FILTER (WHERE {' AND '.join([f'able_{place}', *(f'NOT able_{n}' for n in range(place))])})"
        for place in range(len(TABLE))
    )
    statement = f"""
        SELECT count(*), {first}
        FROM (
            SELECT {able}
            FROM communities_household h
            LEFT JOIN communities_contact c ON c.household_id = h.id
            WHERE h.ward_id = %(ward)s AND h.village_id = ANY(%(villages)s) AND h.is_active
            GROUP BY h.id
        ) AS way
    """  # noqa: S608 - the fragments are made of our own constants
    wanted = {row.key: row.key in usable for row in TABLE}
    with connection.cursor() as cursor:
        cursor.execute(statement, {"ward": ward.pk, "villages": list(village_ids), **wanted})
        households, *numbers = cursor.fetchone()
    by_channel = {row.key: number for row, number in zip(TABLE, numbers, strict=True)}
    return Audience(households, by_channel, households - sum(numbers))
