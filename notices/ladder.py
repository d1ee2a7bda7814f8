"""What a notice does about households that are not told yet: rungs of channels, and the next channel.

A rung says which channels are used, and whether each household gets the first that works for it or all of
them. The rungs are frozen into the notice at publishing. Every statement here asks again who is left.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from notices import audience
from notices.models import Channel, Gateway, Notice, Urgency

FIRST, ALL = "first", "all"
_ABLE: dict[str, str] = {Channel.ZALO: audience.CAN_ZALO, Channel.SMS: audience.CAN_SMS}


def rungs_for(urgency: str) -> list[dict[str, Any]]:
    """The rungs a notice of this urgency is published with (product §5): Zalo, SMS where Zalo cannot; a hỏa
    tốc notice goes over both at once."""
    mode = ALL if urgency == Urgency.FLASH else FIRST
    return [{"after_minutes": 0, "channels": [Channel.ZALO.value, Channel.SMS.value], "mode": mode}]


def take_first_rung(*, notice: Notice, at: datetime) -> int:
    """Write the first deliveries of every recipient: one statement per channel, for publishing.fan_out.

    Returns deliveries written. Households nobody can message get none; they are left for the village head.
    """
    rung = notice.ladder[0]
    gateways = _gateways(notice)
    written = 0
    earlier: list[str] = []
    for channel in rung["channels"]:
        if channel in gateways:
            # Asked of the contacts and not of the deliveries just written: the planner knows nothing of those.
            only = " AND ".join(f"NOT EXISTS (SELECT FROM communities_contact c {able})" for able in earlier) or "true"
            written += _insert(notice, channel, gateways[channel], at, only)
            if rung["mode"] == FIRST:
                earlier.append(f"WHERE c.household_id = r.household_id AND {_ABLE[channel]}")
    return written


def fall_back(*, notice: Notice, recipient_ids: Sequence[int], at: datetime) -> int:
    """Give recipients whose channel failed the next channel of the rung, if one is left. Returns how many.

    Written so that it may run twice: a household that has the next channel already, or confirmed meanwhile,
    is passed over; so is everybody once the notice has ended.
    """
    gateways = _gateways(notice)
    if not recipient_ids or not notice.is_open or Channel.SMS not in gateways:
        return 0
    return _insert(
        notice, Channel.SMS, gateways[Channel.SMS], at, "r.id = ANY(%(ids)s) AND r.reach < 2 AND NOT EXISTS ("
        "SELECT FROM notices_delivery d WHERE d.recipient_id = r.id AND d.rung = 0 AND d.channel = %(channel)s)",
        ids=list(recipient_ids),
    )  # fmt: skip


def _gateways(notice: Notice) -> dict[str, int]:
    """The gateway that carries each channel of the ward: working ones before stopped ones."""
    chosen: dict[str, int] = {}
    rows = Gateway.objects.for_ward(notice.ward).filter(is_active=True)
    for gateway in sorted(rows, key=lambda row: row.stopped_at is not None):  # stable: keeps the ward's order
        chosen.setdefault(gateway.channel, gateway.pk)
    return chosen


def _insert(notice: Notice, channel: str, gateway_id: int, at: datetime, only: str, **more: Any) -> int:
    statement = f"""
        INSERT INTO notices_delivery (recipient_id, notice_id, contact_id, channel, rung, address, gateway_id,
                                      priority, status, not_before, attempts, external_id, error_code, parts, price)
        SELECT r.id, r.notice_id, best.id, %(channel)s, 0, best.phone, %(gateway)s,
               %(priority)s, 'PENDING', %(at)s, 0, '', '', 0, 0
        FROM notices_recipient r
        CROSS JOIN LATERAL (
            SELECT c.id, c.phone FROM communities_contact c
            WHERE c.household_id = r.household_id AND {_ABLE[channel]} ORDER BY c.rank LIMIT 1
        ) AS best
        WHERE r.notice_id = %(notice)s AND r.confirmed_at IS NULL AND {only}
        ON CONFLICT DO NOTHING
    """  # noqa: S608 - all fragments are constants of our own
    values = {
        "notice": notice.pk,
        "channel": channel,
        "gateway": gateway_id,
        "priority": Urgency(notice.urgency).rank,
        "at": at,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount
