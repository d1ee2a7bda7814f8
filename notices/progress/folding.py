"""The counts beside the rows: appended ones are added up every few seconds, and compared with the rows every night.

A reader adds up whatever there is, folded or not: folding changes no number, may come late or never, and keeps
readers quick.
"""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction

from notices.models import Notice, counts

log = logging.getLogger(__name__)

#: Moments older than this are kept by the minute.
FINE_FOR = timedelta(hours=1)

_FOLD_REACH = """
    WITH taken AS (DELETE FROM notices_reachcount WHERE NOT is_sum RETURNING *)
    INSERT INTO notices_reachcount AS kept
        (notice_id, ward_id, village_id, reach, is_by_staff, households, is_sum)
    SELECT notice_id, ward_id, village_id, reach, is_by_staff, sum(households), true FROM taken
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(households) <> 0
    ON CONFLICT (notice_id, ward_id, village_id, reach, is_by_staff) WHERE is_sum
    DO UPDATE SET households = kept.households + excluded.households
"""
_FOLD_MOMENTS = """
    WITH taken AS (
        DELETE FROM notices_reachmoment WHERE NOT is_sum OR is_sum AND seconds = 1 AND at < %(fine_from)s RETURNING *
    ), rounded AS (
        SELECT notice_id, CASE WHEN at < %(fine_from)s THEN date_trunc('minute', at) ELSE at END AS at,
               CASE WHEN at < %(fine_from)s THEN 60 ELSE 1 END AS seconds, told, confirmed
        FROM taken
    )
    INSERT INTO notices_reachmoment AS kept (notice_id, at, seconds, told, confirmed, is_sum)
    SELECT notice_id, at, seconds, sum(told), sum(confirmed), true FROM rounded
    GROUP BY 1, 2, 3 HAVING sum(told) <> 0 OR sum(confirmed) <> 0
    ON CONFLICT (notice_id, at, seconds) WHERE is_sum
    DO UPDATE SET told = kept.told + excluded.told, confirmed = kept.confirmed + excluded.confirmed
"""
_FOLD_MESSAGES = """
    WITH taken AS (DELETE FROM notices_messagecount WHERE NOT is_sum RETURNING *)
    INSERT INTO notices_messagecount AS kept
        (notice_id, rung, channel, status, was_sent, is_over_budget, messages, price, first_sent_at, is_sum)
    SELECT notice_id, rung, channel, status, was_sent, is_over_budget, sum(messages), sum(price), min(first_sent_at),
           true
    FROM taken
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(messages) <> 0 OR sum(price) <> 0
    ON CONFLICT (notice_id, rung, channel, status, was_sent, is_over_budget) WHERE is_sum
    DO UPDATE SET messages = kept.messages + excluded.messages, price = kept.price + excluded.price,
        first_sent_at = least(kept.first_sent_at, excluded.first_sent_at)
"""


def fold(*, at: datetime) -> None:
    """Add up what was appended. One worker at a time; whoever finds another at it leaves it to that one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('fold counts', 0))")
        if cursor.fetchone()[0]:
            for statement in (_FOLD_REACH, _FOLD_MOMENTS, _FOLD_MESSAGES):
                cursor.execute(statement, {"fine_from": at - FINE_FOR})


# What the rows say less what the counts say is appended, in the statement that compares: exact while others write.
# Moments are compared by the minute, since that is how the older ones are kept. (S608: made of our own constants.)
_RECOUNTS = {
    "households": f"""
        INSERT INTO notices_reachcount (notice_id, ward_id, village_id, reach, is_by_staff, households)
        SELECT notice_id, ward_id, village_id, reach, is_by_staff, sum(households) FROM (
            {counts.REACH.format(rows="notices_recipient", n=1)} WHERE notice_id = %(notice)s
            UNION ALL
            SELECT notice_id, ward_id, village_id, reach, is_by_staff, -households FROM notices_reachcount
            WHERE notice_id = %(notice)s
        ) AS both_ways
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(households) <> 0
    """,  # noqa: S608
    "moments": f"""
        INSERT INTO notices_reachmoment (notice_id, at, seconds, told, confirmed)
        SELECT notice_id, date_trunc('minute', at), 60, sum(told), sum(confirmed) FROM (
            SELECT * FROM ({counts.MOMENTS.format(rows="notices_recipient", n=1)}) AS counted
            WHERE notice_id = %(notice)s
            UNION ALL
            SELECT notice_id, at, -told, -confirmed FROM notices_reachmoment WHERE notice_id = %(notice)s
        ) AS both_ways
        GROUP BY 1, 2 HAVING sum(told) <> 0 OR sum(confirmed) <> 0
    """,  # noqa: S608
    "messages": f"""
        INSERT INTO notices_messagecount
            (notice_id, rung, channel, status, was_sent, is_over_budget, messages, price, first_sent_at)
        SELECT notice_id, rung, channel, status, was_sent, is_over_budget, sum(messages), sum(price),
               min(first_sent_at)
        FROM (
            {counts.MESSAGES.format(rows="notices_delivery", n=1)} AND notice_id = %(notice)s
            UNION ALL
            SELECT notice_id, rung, channel, status, was_sent, is_over_budget, -messages, -price, first_sent_at
            FROM notices_messagecount WHERE notice_id = %(notice)s
        ) AS both_ways
        GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(messages) <> 0 OR sum(price) <> 0
    """,  # noqa: S608
}


def recount(notice: Notice) -> dict[str, int]:
    """Compare the counts of a notice with its rows and put right what differs, with a line in the log.

    Returns how many counts of households, moments and messages differed: none, unless somebody wrote to the tables
    with triggers switched off. Exact while messages go out and receipts come in.
    """
    found = {}
    with connection.cursor() as cursor:
        for what, statement in _RECOUNTS.items():
            cursor.execute(statement, {"notice": notice.pk})
            found[what] = cursor.rowcount
    if any(found.values()):
        log.error("counts of notice %s differed from its rows and were put right: %s", notice.code, found)
    return found


def recount_all() -> dict[str, int]:
    """The same for every notice that has recipients, one after the other. Returns the sums."""
    found = dict.fromkeys(_RECOUNTS, 0)
    for notice in Notice.objects.filter(published_at__isnull=False).order_by("pk").iterator():
        for what, number in recount(notice).items():
            found[what] += number
    return found
