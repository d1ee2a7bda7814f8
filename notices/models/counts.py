"""Counts beside the rows, so that a look at a province costs what a look at a ward does.

Every statement that writes, changes or deletes recipients or deliveries appends what it changed, by trigger and in its
own transaction: whoever counts the rows of a count adds up the same numbers as whoever counts the recipients, at any
moment and after any end of a worker. Nothing is ever updated in place, so nobody waits for a busy row.
notices.progress.folding adds the appended rows up every few seconds and compares with the recipients every night.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from notices.models.words import OVER_BUDGET, STAFF_WAYS, Reach, message_choices


class ReachCount(models.Model):
    """Households of a notice in one village by how far it got; several rows of one kind are added up.

    `is_sum`: the one row of its kind that the appended ones are folded into.
    """

    # No constraints: a notice that goes takes its recipients along, and their end is counted as any other change.
    notice = models.ForeignKey("Notice", models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    ward = models.ForeignKey(
        "communities.Ward", models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    village = models.ForeignKey(
        "communities.Village", models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    reach = models.PositiveSmallIntegerField(choices=Reach.choices)
    is_by_staff = models.BooleanField(help_text="told by staff")
    households = models.IntegerField(help_text="in an appended row the difference, which may be negative")
    is_sum = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "ward", "village", "reach", "is_by_staff"],
                name="reach_sum_once",
                condition=Q(is_sum=True),
            )
        ]
        indexes = [
            models.Index(fields=["notice", "ward"], name="reach_of_notice"),
            models.Index(fields=["id"], name="reach_appended", condition=Q(is_sum=False)),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.village_id}: {self.households}"


class ReachMoment(models.Model):
    """Households of a notice that were told, and that confirmed, at a moment; several rows are added up.

    To the second while it is young, to the minute from an hour on: `seconds` is the width, `at` where it begins.
    """

    notice = models.ForeignKey("Notice", models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    at = models.DateTimeField()
    seconds = models.PositiveSmallIntegerField(default=1, db_default=1)
    told = models.IntegerField()
    confirmed = models.IntegerField()
    is_sum = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "at", "seconds"], name="moment_sum_once", condition=Q(is_sum=True)
            )
        ]
        indexes = [
            models.Index(fields=["notice", "at"], name="moment_of_notice"),
            models.Index(fields=["id"], name="moment_appended", condition=Q(is_sum=False)),
            models.Index(fields=["at"], name="moment_fine", condition=Q(is_sum=True, seconds=1)),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.at:%H:%M:%S}: {self.told}"


class MessageCount(models.Model):
    """Messages of a notice by rung, channel and status, of which a shared phone gets one; several rows are added up.

    `first_sent_at` is the earliest known, which nothing takes back.
    """

    notice = models.ForeignKey("Notice", models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    rung = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=10, choices=message_choices)
    status = models.CharField(max_length=20)
    was_sent = models.BooleanField(help_text="a provider took it")
    is_over_budget = models.BooleanField(help_text="left unsent because the month's money is spent")
    messages = models.IntegerField()
    price = models.BigIntegerField(help_text="đồng")
    first_sent_at = models.DateTimeField(null=True)
    is_sum = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "rung", "channel", "status", "was_sent", "is_over_budget"],
                name="message_sum_once",
                condition=Q(is_sum=True),
            )
        ]
        indexes = [
            models.Index(fields=["notice"], name="messages_of_notice"),
            models.Index(fields=["id"], name="messages_appended", condition=Q(is_sum=False)),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.rung} {self.channel} {self.status}: {self.messages}"


_BY_STAFF = "confirmed_via IN ({})".format(", ".join(f"'{way}'" for way in STAFF_WAYS))

#: One row for each recipient, or message, of {rows}, in the columns of the model that counts it; {n} is 1 or -1.
#: (S608: made of our own constants.)
REACH = f"""
    SELECT notice_id, ward_id, village_id, reach, {_BY_STAFF} AS is_by_staff, {{n}} AS households FROM {{rows}}
"""  # noqa: S608
MOMENTS = f"""
    SELECT notice_id, date_trunc('second', least(delivered_at, seen_at, confirmed_at)) AS at,
           {{n}} AS told, 0 AS confirmed
    FROM {{rows}} WHERE reach >= {Reach.DELIVERED} AND coalesce(delivered_at, seen_at, confirmed_at) IS NOT NULL
    UNION ALL
    SELECT notice_id, date_trunc('second', confirmed_at), 0, {{n}} FROM {{rows}} WHERE confirmed_at IS NOT NULL
"""  # noqa: S608
MESSAGES = f"""
    SELECT notice_id, rung, channel, status, sent_at IS NOT NULL AS was_sent,
           status = 'SKIPPED' AND error_code = '{OVER_BUDGET}' AS is_over_budget,
           {{n}} AS messages, {{n}} * price::bigint AS price, sent_at AS first_sent_at
    FROM {{rows}} WHERE covered_by_id IS NULL
"""  # noqa: S608

_APPENDED = {
    "recipient": """
        INSERT INTO notices_reachcount (notice_id, ward_id, village_id, reach, is_by_staff, households)
        SELECT notice_id, ward_id, village_id, reach, is_by_staff, sum(households) FROM ({reach}) AS changed
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(households) <> 0;
        INSERT INTO notices_reachmoment (notice_id, at, told, confirmed)
        SELECT notice_id, at, sum(told), sum(confirmed) FROM ({moments}) AS changed
        GROUP BY 1, 2 HAVING sum(told) <> 0 OR sum(confirmed) <> 0;
        RETURN NULL;
    """,
    "delivery": """
        INSERT INTO notices_messagecount
            (notice_id, rung, channel, status, was_sent, is_over_budget, messages, price, first_sent_at)
        SELECT notice_id, rung, channel, status, was_sent, is_over_budget, sum(messages), sum(price),
               min(first_sent_at)
        FROM ({messages}) AS changed
        GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(messages) <> 0 OR sum(price) <> 0;
        RETURN NULL;
    """,
}


def _trigger(table: str, operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    new, old = operation != pgtrigger.Delete, operation != pgtrigger.Insert
    signs = [("new_rows", 1)] * new + [("old_rows", -1)] * old
    queries = {
        name: " UNION ALL ".join(query.format(rows=rows, n=n) for rows, n in signs)
        for name, query in (("reach", REACH), ("moments", MOMENTS), ("messages", MESSAGES))
    }
    return pgtrigger.Trigger(
        name=f"count_{str(operation).lower()}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(  # type: ignore[no-untyped-call]
            new="new_rows" if new else None, old="old_rows" if old else None
        ),
        func=_APPENDED[table].format(**queries),
    )


def counted(table: str) -> list[pgtrigger.Trigger]:
    """The triggers that count what statements do to a table: `recipient` or `delivery`."""
    return [_trigger(table, operation) for operation in (pgtrigger.Insert, pgtrigger.Update, pgtrigger.Delete)]
