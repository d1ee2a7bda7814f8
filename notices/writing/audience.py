"""Notice → households and the contact each would be reached through; the count shown before publishing."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from communities.channels import BY_KEY
from communities.models import Ward
from notices.models import Channel, Gateway


@dataclass(frozen=True)
class Audience:
    """Households of an audience, each in exactly one of the three ways."""

    households: int
    by_zalo: int
    by_sms: int
    in_person: int


def usable_channels(ward: Ward) -> set[str]:
    """Channels some gateway carries for the ward, also one that is stopped just now: its queue waits."""
    return set(Gateway.objects.for_ward(ward).filter(is_active=True).values_list("channel", flat=True))


def count(*, ward: Ward, village_ids: Sequence[int]) -> Audience:
    """How many active households the villages have, and how each would be told first. One query."""
    channels = usable_channels(ward)
    statement = f"""
        SELECT count(*), count(*) FILTER (WHERE zalo), count(*) FILTER (WHERE sms AND NOT zalo)
        FROM (
            SELECT coalesce(bool_or({BY_KEY[Channel.ZALO].reachable_sql("c")}), false) AND %(zalo)s AS zalo,
                   coalesce(bool_or({BY_KEY[Channel.SMS].reachable_sql("c")}), false) AND %(sms)s AS sms
            FROM communities_household h
            LEFT JOIN communities_contact c ON c.household_id = h.id
            WHERE h.ward_id = %(ward)s AND h.village_id = ANY(%(villages)s) AND h.is_active
            GROUP BY h.id
        ) AS way
    """  # noqa: S608 - both fragments are made of our own constants
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "ward": ward.pk,
                "villages": list(village_ids),
                "zalo": Channel.ZALO in channels,
                "sms": Channel.SMS in channels,
            },
        )
        households, by_zalo, by_sms = cursor.fetchone()
    return Audience(households, by_zalo, by_sms, households - by_zalo - by_sms)
