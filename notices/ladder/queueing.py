"""A rung's recipients × its channels → Delivery rows, set-wise: one statement per ward and channel.

Every statement asks again who is left, so it may run twice and late. A phone that several households share gets
one message: the first household's delivery is sent and covers the others' (see Delivery).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import connection

from notices.gateways.choice import gateways_of
from notices.ladder.shared_phones import update_covered
from notices.models import MESSAGES, Channel, Notice, Reach, Recipient, Rung, Urgency
from notices.models.delivery import MAY_HAVE_IT
from notices.writing import audience

#: Messages a household may get of one notice below hỏa tốc (product §5). Failed ones reached nobody and do not count.
CAP = 3


_NOTHING: Mapping[str, Any] = {}


_ABLE: dict[str, str] = {Channel.ZALO: audience.CAN_ZALO, Channel.SMS: audience.CAN_SMS}


_BELOW_CAP = (
    f" AND (SELECT count(*) FROM notices_delivery d WHERE d.recipient_id = r.id AND d.status IN {MAY_HAVE_IT})"  # noqa: S608
    " < %(cap)s"
)


def goal(notice: Notice) -> int:
    """The reach that ends the ladder for a household: confirmed, or told where no confirmation is wanted."""
    return Reach.CONFIRMED if notice.is_confirmation_wanted else Reach.DELIVERED


def write_first(*, notice: Notice, rung: Rung, ward_id: int, at: datetime) -> int:
    """First deliveries of a ward whose recipients were written in this very transaction. Returns how many."""
    return _write(notice, rung, ward_id, at, is_fresh=True)


def write_deliveries(
    *,
    notice: Notice,
    rung: Rung,
    at: datetime,
    only_untold: bool = False,
    recipient_ids: Sequence[int] | None = None,
) -> int:
    """Deliveries of a rung for everybody still below the notice's goal, or below told. Returns how many."""
    only, more = "r.reach < 2" if only_untold else "true", dict[str, Any]()
    recipients = notice.recipients.all()
    if recipient_ids is not None:
        only, more = "r.id = ANY(%(ids)s)", {"ids": list(recipient_ids)}
        recipients = recipients.filter(pk__in=recipient_ids)
    wards = recipients.order_by("ward").values_list("ward", flat=True).distinct()
    return sum(_write(notice, rung, ward_id, at, only=only, more=more) for ward_id in list(wards))


def write_next_channel(*, notice: Notice, rung: Rung, recipient_ids: Sequence[int], at: datetime) -> int:
    """The next channel of the rung for those recipients not told yet whose channel before it failed. How many."""
    channels = [channel for channel in rung.channels if channel in MESSAGES]
    rows = Recipient.objects.filter(pk__in=recipient_ids, reach__lt=Reach.DELIVERED)
    written = 0
    for ward_id in rows.order_by("ward").values_list("ward", flat=True).distinct():
        gateways = gateways_of(ward_id, at)
        for before, channel in pairwise(channels):
            if channel in gateways:
                only = (
                    "r.id = ANY(%(ids)s) AND r.reach < 2 AND EXISTS (SELECT FROM notices_delivery d "
                    "WHERE d.recipient_id = r.id AND d.rung = %(rung)s AND d.channel = %(before)s "
                    "AND (d.status IN ('FAILED', 'UNKNOWN') "
                    "OR d.status = 'SKIPPED' AND d.error_code NOT IN ('', 'budget')))"
                )
                more = {"ids": list(recipient_ids), "before": before}
                written += _insert(notice, rung, channel, gateways[channel], ward_id, at, only, more)
    return written


def _write(
    notice: Notice,
    rung: Rung,
    ward_id: int,
    at: datetime,
    *,
    only: str = "true",
    is_fresh: bool = False,
    more: Mapping[str, Any] = _NOTHING,
) -> int:
    """Every message channel of a rung in one ward: all at once, or each household the first that works for it."""
    gateways = gateways_of(ward_id, at)
    written = 0
    earlier: list[str] = []
    for channel in [channel for channel in rung.channels if channel in MESSAGES and channel in gateways]:
        # Asked of the contacts and not of the deliveries just written: the planner knows nothing of those.
        first = "".join(
            f" AND NOT EXISTS (SELECT FROM communities_contact c WHERE c.household_id = r.household_id AND {able})"
            for able in earlier
        )
        written += _insert(notice, rung, channel, gateways[channel], ward_id, at, only + first, more, is_fresh)
        if not rung.is_all:
            earlier.append(_ABLE[channel])
    return written


def _insert(
    notice: Notice,
    rung: Rung,
    channel: str,
    gateway_id: int,
    ward_id: int,
    at: datetime,
    only: str,
    more: Mapping[str, Any],
    is_fresh: bool = False,
) -> int:
    """The one statement. Fresh recipients have no deliveries yet, so nothing is asked of those."""
    if not is_fresh:
        only += """ AND NOT EXISTS (
            -- Neither this step twice, nor a second message beside one that still waits to go out over the channel.
            SELECT FROM notices_delivery d WHERE d.recipient_id = r.id AND d.channel = %(channel)s
            AND (d.rung = %(rung)s OR d.status IN ('PENDING', 'HELD', 'SENDING') AND NOT d.is_pinned)
        ) AND EXISTS (SELECT FROM communities_household h WHERE h.id = r.household_id AND h.is_active)"""
        if notice.urgency != Urgency.FLASH:
            only += _BELOW_CAP
    statement = f"""
        WITH wanted AS (
            SELECT r.id AS recipient_id, best.id AS contact_id, best.phone
            FROM notices_recipient r
            CROSS JOIN LATERAL (
                SELECT c.id, c.phone FROM communities_contact c
                WHERE c.household_id = r.household_id AND {_ABLE[channel]} ORDER BY c.rank LIMIT 1
            ) AS best
            WHERE r.notice_id = %(notice)s AND r.ward_id = %(ward)s AND r.reach < %(goal)s AND {only}
        ), on_its_way AS (
            -- Locked, so that whoever records it next meets the rows we cover, or we its record. One look per phone: as
            -- a plain join the planner may read all deliveries of the notice instead. In the order of the phones:
            -- two wards that share several wait for each other in one direction only.
            SELECT o.id, o.address FROM (SELECT DISTINCT phone FROM wanted ORDER BY phone) p CROSS JOIN LATERAL (
                SELECT d.id, d.address FROM notices_delivery d
                WHERE d.notice_id = %(notice)s AND d.address = p.phone AND d.rung = %(rung)s
                  AND d.channel = %(channel)s AND d.covered_by_id IS NULL AND d.status IN {MAY_HAVE_IT}
                ORDER BY d.id LIMIT 1 FOR NO KEY UPDATE
            ) o
        ), numbered AS (
            SELECT nextval(pg_get_serial_sequence('notices_delivery', 'id')) AS id, w.*, o.id AS known_id
            FROM wanted w LEFT JOIN on_its_way o ON o.address = w.phone
        ), grouped AS (
            SELECT *, coalesce(known_id, nullif(first_value(id) OVER (PARTITION BY phone ORDER BY id), id))
                AS covered_by_id
            FROM numbered
        ), written AS (
            INSERT INTO notices_delivery (id, recipient_id, notice_id, contact_id, covered_by_id, channel, rung,
                                          address, gateway_id, priority, status, not_before, attempts, is_pinned,
                                          external_id, error_code, parts, price)
            SELECT id, recipient_id, %(notice)s, contact_id, covered_by_id, %(channel)s, %(rung)s, phone,
                   CASE WHEN covered_by_id IS NULL THEN %(gateway)s::bigint END, %(priority)s, 'PENDING', %(at)s,
                   0, false, '', '', 0, 0
            FROM grouped
            ON CONFLICT DO NOTHING
            RETURNING id, covered_by_id
        )
        SELECT (SELECT count(*) FROM written),
               (SELECT array_agg(DISTINCT known_id) FROM numbered WHERE known_id IS NOT NULL)
    """  # noqa: S608 - all fragments are constants of our own
    values = {
        "notice": notice.pk,
        "ward": ward_id,
        "goal": goal(notice),
        "channel": channel,
        "gateway": gateway_id,
        "rung": rung.number,
        "priority": Urgency(notice.urgency).rank,
        "at": at,
        "cap": CAP,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        written, known = cursor.fetchone()
    if known:
        update_covered(known, at)
    return written
