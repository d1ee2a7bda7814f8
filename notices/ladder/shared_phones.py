"""Households that share a phone get one message: who it stands for, and who takes it over."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from communities.channels import consent_sql
from notices.gateways.choice import gateways_of
from notices.models import MAY_HAVE_IT, Delivery

#: From `wanted` (recipient_id, household_id, contact_id, phone) to `grouped`: the same rows, each with an id of its own
#: and the delivery that covers it, if another one for the same phone does: one that is on its way, else that of the
#: household which was in the list first. For the statement that writes deliveries.
#: `on_its_way` is locked, so that whoever records it next meets the rows it covers, or we its record. One look per
#: phone: as a plain join the planner may read all deliveries of the notice instead. In the order of the phones: two
#: wards that share several wait for each other in one direction only.
GROUPED_BY_PHONE = f"""
    on_its_way AS (
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
        SELECT *, coalesce(known_id, nullif(first_value(id) OVER (PARTITION BY phone ORDER BY household_id), id))
            AS covered_by_id
        FROM numbered
    )
"""  # noqa: S608 - the fragment is a constant of our own


def update_covered(delivery_ids: Sequence[int], at: datetime) -> list[tuple[int, int, int, str, str]]:
    """Copy the status of sent deliveries to those they cover, and raise the reach of the households of these.

    Returns (notice, rung, recipient, status, error code) of the rows that moved. The covering deliveries are locked
    by the caller. A covered one that ended by itself (its household confirmed) stays. One whose household gave up the
    number before the message went was not told by it, and is SKIPPED.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH now AS (
                SELECT f.id, c.status, c.not_before, c.error_code, c.sent_at, c.settled_at,
                       CASE WHEN f.status NOT IN ('PENDING', 'HELD')
                                 OR c.status NOT IN ('SENT', 'DELIVERED', 'SEEN', 'UNKNOWN')
                                 OR {consent_sql("f.channel", "k")} THEN ''
                            WHEN k.id IS NULL THEN 'no-contact' ELSE 'opted-out' END AS why_not
                FROM notices_delivery c
                JOIN notices_delivery f ON f.covered_by_id = c.id
                LEFT JOIN communities_contact k ON k.id = f.contact_id
                WHERE c.id = ANY(%s) AND c.status <> 'SENDING'
            ), moved AS (
                UPDATE notices_delivery f SET
                    status = CASE WHEN why_not = '' THEN now.status ELSE 'SKIPPED' END,
                    not_before = now.not_before,
                    error_code = CASE WHEN why_not = '' THEN now.error_code ELSE why_not END,
                    sent_at = CASE WHEN why_not = '' THEN now.sent_at END,
                    settled_at = CASE WHEN why_not = '' THEN now.settled_at ELSE %s END
                FROM now
                WHERE f.id = now.id AND f.status <> now.status
                  AND f.status IN ('PENDING', 'HELD', 'SENT', 'UNKNOWN', 'DELIVERED')
                RETURNING f.notice_id, f.rung, f.recipient_id, f.status, f.error_code, f.sent_at, f.settled_at
            ), reached AS (
                UPDATE notices_recipient r SET
                    reach = greatest(r.reach, CASE m.status WHEN 'SENT' THEN 1 WHEN 'DELIVERED' THEN 2 ELSE 3 END),
                    sent_at = coalesce(r.sent_at, m.sent_at),
                    delivered_at = CASE WHEN m.status = 'DELIVERED' THEN coalesce(r.delivered_at, m.settled_at)
                                        ELSE r.delivered_at END,
                    seen_at = CASE WHEN m.status = 'SEEN' THEN coalesce(r.seen_at, m.settled_at) ELSE r.seen_at END
                FROM moved m WHERE r.id = m.recipient_id AND m.status IN ('SENT', 'DELIVERED', 'SEEN')
            )
            SELECT notice_id, rung, recipient_id, status, error_code FROM moved
            """,  # noqa: S608 - the fragment is made of our own constants
            [list(delivery_ids), at],
        )
        moved: list[tuple[int, int, int, str, str]] = cursor.fetchall()
    return moved


def promote_covered(delivery_ids: Sequence[int]) -> None:
    """Give a message that may not go to its own household to the next household on the phone.

    That household's delivery covers the others from now on. Where nobody else may have the message nothing changes.
    The covering deliveries are locked by the caller.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH next AS (
                SELECT DISTINCT ON (c.id) f.id, c.id AS covering_id, c.gateway_id
                FROM notices_delivery c
                JOIN notices_delivery f ON f.covered_by_id = c.id AND f.status IN ('PENDING', 'HELD')
                JOIN communities_contact k ON k.id = f.contact_id
                WHERE c.id = ANY(%s) AND {consent_sql("f.channel", "k")}
                ORDER BY c.id, f.id
            )
            UPDATE notices_delivery f SET
                covered_by_id = CASE WHEN f.id <> next.id THEN next.id END,
                gateway_id = CASE WHEN f.id = next.id THEN next.gateway_id END
            FROM next WHERE f.covered_by_id = next.covering_id AND f.status IN ('PENDING', 'HELD')
            """,  # noqa: S608 - the fragment is made of our own constants
            [list(delivery_ids)],
        )


def realign_covered(*, recipient_id: int, at: datetime) -> None:
    """Give deliveries that wait again, after a mark was taken back, the status of the one that covers them.

    One that nothing covers any more is covered by what the phone has got meanwhile, or becomes a message of its own.
    """
    waiting = Delivery.objects.filter(recipient=recipient_id, status="PENDING", is_pinned=False)
    for row in waiting.select_related("covered_by", "recipient"):
        sent = row.covered_by
        if sent is None or sent.status in ("SKIPPED", "CANCELLED", "EXPIRED"):
            same = Delivery.objects.filter(
                notice=row.notice_id, address=row.address, rung=row.rung, channel=row.channel
            )
            known = same.messages().filter(status__in=MAY_HAVE_IT).exclude(pk=row.pk).select_for_update(no_key=True)
            mine = Delivery.objects.filter(pk=row.pk, status="PENDING")
            if (joined := known.order_by("pk").first()) and mine.update(covered_by=joined, gateway=None):
                row.covered.update(covered_by=joined)
                update_covered([joined.pk], at)
            elif sent is not None:
                # With all of the channel switched off it waits at the covered_by's, like any other message.
                gateway = gateways_of(row.recipient.ward_id, at).get(row.channel, sent.gateway_id)
                mine.update(covered_by=None, gateway=gateway)
        else:
            update_covered([sent.pk], at)
