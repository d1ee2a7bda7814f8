"""A rung's recipients × its channels → Delivery rows, set-wise: one statement per ward and channel.

Every statement asks again who is left, so it may run twice and late. A phone that several households share gets
one message: the first household's delivery is sent and covers the others' (see Delivery).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from communities.channels import BY_KEY
from notices.gateways.choice import gateways_of
from notices.ladder.shared_phones import GROUPED_BY_PHONE, update_covered
from notices.models import MAY_HAVE_IT, MESSAGES, Notice, Reach, Recipient, Rung, Urgency

#: Messages a household may get of one notice below hỏa tốc (product §5). Failed ones reached nobody and do not count.
CAP = 3


#: Whether all messages of the step over some channels failed; NULL where there were none.
ALL_FAILED = """(SELECT bool_and(d.status IN ('FAILED', 'UNKNOWN')
                                 OR d.status = 'SKIPPED' AND d.error_code NOT IN ('', 'budget'))
                 FROM notices_delivery d
                 WHERE d.recipient_id = r.id AND d.rung = %(rung)s AND d.channel = ANY(%(tried)s))"""


@dataclass(frozen=True)
class Selection:
    """Which recipients of a ward a step is for, as SQL conditions on the recipient `r`, with their values.

    Everybody below the notice's goal unless narrowed. `is_fresh`: the recipients were written in this transaction
    and have no deliveries yet, so that nothing is asked of those.
    """

    conditions: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    is_fresh: bool = False

    def where(self, condition: str, **values: Any) -> Selection:
        """Those of them for whom the condition, SQL of our own, holds as well."""
        return Selection((*self.conditions, condition), {**self.values, **values}, self.is_fresh)

    def untold(self) -> Selection:
        """Those whom no message has reached yet."""
        return self.where("r.reach < %(told)s", told=Reach.DELIVERED)

    def among(self, recipient_ids: Sequence[int]) -> Selection:
        """Those with one of these ids."""
        return self.where("r.id = ANY(%(ids)s)", ids=list(recipient_ids))

    def out_of_reach_of(self, channel: str) -> Selection:
        """Those without any contact that the channel can reach.

        Asked of the contacts and not of the deliveries just written: the planner knows nothing of those.
        """
        able = BY_KEY[channel].reachable_sql("c")
        return self.where(
            f"NOT EXISTS (SELECT FROM communities_contact c WHERE c.household_id = r.household_id AND {able})"
        )

    def failed_over(self, channels: Sequence[str]) -> Selection:
        """Those who had messages of this step over some of the channels, none of which arrived or is still on its way.
        Held back for money is no failure."""
        return self.where(ALL_FAILED, tried=list(channels))

    def without_other_way(self, channels: Sequence[str], before: Sequence[str]) -> Selection:
        """Those whose messages of this step over the channels failed; or who had none, and cannot be reached by those
        that come `before`."""
        reached = [f"({BY_KEY[channel].reachable_sql('c')})" for channel in before]
        nobody = (
            f"""NOT EXISTS (SELECT FROM communities_contact c
                            WHERE c.household_id = r.household_id AND ({" OR ".join(reached) or "false"}))"""
        )  # fmt: skip
        return self.where(f"coalesce({ALL_FAILED}, {nobody})", tried=list(channels))

    def without_delivery(self) -> Selection:
        """Those who have no message of this step, and none that still waits to go out over the channel."""
        return self.where(
            """NOT EXISTS (SELECT FROM notices_delivery d WHERE d.recipient_id = r.id AND d.channel = %(channel)s
                           AND (d.rung = %(rung)s
                                OR d.status IN ('PENDING', 'HELD', 'SENDING') AND NOT d.is_pinned))"""
        )

    def at_home(self) -> Selection:
        """Those whose household is still in the list."""
        return self.where("EXISTS (SELECT FROM communities_household h WHERE h.id = r.household_id AND h.is_active)")

    def below_cap(self) -> Selection:
        """Those who may get one more message of this notice."""
        return self.where(
            f"(SELECT count(*) FROM notices_delivery d WHERE d.recipient_id = r.id AND d.status IN {MAY_HAVE_IT})"  # noqa: S608
            " < %(cap)s",
            cap=CAP,
        )


@dataclass(frozen=True)
class _StepInWard:
    """One step of a notice in one ward: what its deliveries have in common."""

    notice: Notice
    rung: Rung
    ward_id: int
    at: datetime

    def channels(self) -> dict[str, int]:
        """The message channels of the step that some gateway carries here: channel → gateway id, in order."""
        gateways = gateways_of(self.ward_id, self.at)
        return {channel: gateways[channel] for channel in self.rung.channels if channel in gateways}

    def write(self, selection: Selection) -> int:
        """Deliveries over every channel at once, or for each household over the first that can reach it."""
        written = 0
        for channel, gateway_id in self.channels().items():
            written += self.write_over(channel, gateway_id, selection)
            if not self.rung.is_all:
                selection = selection.out_of_reach_of(channel)
        return written

    def write_over(self, channel: str, gateway_id: int, selection: Selection) -> int:
        """Deliveries over one channel, in one statement. Returns how many."""
        if not selection.is_fresh:
            selection = selection.without_delivery().at_home()
            if self.notice.urgency != Urgency.FLASH:
                selection = selection.below_cap()
        able, where = BY_KEY[channel].reachable_sql("c"), " AND ".join(("true", *selection.conditions))
        statement = f"""
            WITH wanted AS (
                SELECT r.id AS recipient_id, r.household_id, best.id AS contact_id, best.phone
                FROM notices_recipient r
                CROSS JOIN LATERAL (
                    SELECT c.id, c.phone FROM communities_contact c
                    WHERE c.household_id = r.household_id AND {able} ORDER BY c.rank LIMIT 1
                ) AS best
                WHERE r.notice_id = %(notice)s AND r.ward_id = %(ward)s AND r.reach < %(goal)s AND {where}
            ), {GROUPED_BY_PHONE}, written AS (
                INSERT INTO notices_delivery (id, recipient_id, notice_id, contact_id, covered_by_id, channel, rung,
                                              address, gateway_id, priority, status, not_before, attempts, is_pinned,
                                              external_id, error_code, parts, price)
                SELECT id, recipient_id, %(notice)s, contact_id, covered_by_id, %(channel)s, %(rung)s, phone,
                       CASE WHEN covered_by_id IS NULL THEN %(gateway)s::bigint END, %(priority)s, 'PENDING', %(at)s,
                       0, false, '', '', 0, 0
                FROM grouped
                ON CONFLICT DO NOTHING
                RETURNING id
            )
            SELECT (SELECT count(*) FROM written),
                   (SELECT array_agg(DISTINCT known_id) FROM numbered WHERE known_id IS NOT NULL)
        """  # noqa: S608 - all fragments are constants of our own
        values = {
            "notice": self.notice.pk,
            "ward": self.ward_id,
            "goal": goal(self.notice),
            "channel": channel,
            "gateway": gateway_id,
            "rung": self.rung.number,
            "priority": self.notice.priority(self.at),
            "at": self.at,
            **selection.values,
        }
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            written, known = cursor.fetchone()
        if known:
            update_covered(known, self.at)
        return int(written)


def goal(notice: Notice) -> int:
    """The reach that ends the ladder for a household: confirmed, or told where no confirmation is wanted."""
    return Reach.CONFIRMED if notice.is_confirmation_wanted else Reach.DELIVERED


def write_first(*, notice: Notice, rung: Rung, ward_id: int, at: datetime) -> int:
    """First deliveries of a ward whose recipients were written in this very transaction. Returns how many."""
    return _StepInWard(notice, rung, ward_id, at).write(Selection(is_fresh=True))


def write_deliveries(
    *,
    notice: Notice,
    rung: Rung,
    at: datetime,
    only_untold: bool = False,
    recipient_ids: Sequence[int] | None = None,
) -> int:
    """Deliveries of a rung for everybody still below the notice's goal, or below told. Returns how many."""
    selection = Selection().untold() if only_untold else Selection()
    recipients = notice.recipients.all()
    if recipient_ids is not None:
        selection = selection.among(recipient_ids)
        recipients = recipients.filter(pk__in=recipient_ids)
    wards = recipients.order_by("ward").values_list("ward", flat=True).distinct()
    return sum(_StepInWard(notice, rung, ward_id, at).write(selection) for ward_id in list(wards))


def write_next_channel(*, notice: Notice, rung: Rung, recipient_ids: Sequence[int], at: datetime) -> int:
    """The next channel of the rung that can reach them, for those recipients not told yet whose channels before it
    failed. How many."""
    channels = [channel for channel in rung.channels if channel in MESSAGES]
    rows = Recipient.objects.filter(pk__in=recipient_ids, reach__lt=Reach.DELIVERED)
    left = Selection().among(recipient_ids).untold()
    written = 0
    for ward_id in rows.order_by("ward").values_list("ward", flat=True).distinct():
        step = _StepInWard(notice, rung, ward_id, at)
        carried = step.channels()
        for place, channel in enumerate(channels):
            if channel in carried and place:
                written += step.write_over(channel, carried[channel], left.failed_over(channels[:place]))
    return written


def write_missed_channel(*, notice: Notice, rung: Rung, channel: str, ward_id: int | None, at: datetime) -> int:
    """Deliveries of a step that was taken while nobody carried the channel, for those not told yet whom no other
    channel of the step reached or can reach. In one ward, or in all. How many."""
    channels = [one for one in rung.channels if one in MESSAGES]
    rows = notice.recipients.left()
    rows = rows if ward_id is None else rows.filter(ward=ward_id)
    written = 0
    for ward in list(rows.order_by("ward").values_list("ward", flat=True).distinct()):
        step = _StepInWard(notice, rung, ward, at)
        carried = step.channels()
        if channel not in carried:
            continue
        left = Selection().untold()
        if not rung.is_all:
            before = [one for one in channels[: channels.index(channel)] if one in carried]
            left = left.without_other_way([one for one in channels if one != channel], before)
        written += step.write_over(channel, carried[channel], left)
    return written
