"""Messages that wait at an account which only a person can set going again go on over the next channel of their step.

What may have left already, and reminders to households that have been told, stay: one must not be repeated elsewhere,
the other is not worth the price of another channel. At an account that a person switched off everything stays, as the
page says that asks for it.
"""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from communities.channels import BY_KEY
from notices.gateways import budget, choice, switching
from notices.ladder import shared_phones
from notices.models import ACCOUNT_STOPPED, Delivery, Gateway, Notice, Reach, Rung, Urgency
from notices.residents import links
from notices.sending import outcomes
from notices.writing import composing

log = logging.getLogger(__name__)

#: Messages of a step and ward at most, per look.
SLICE = 1_000


def go_on(*, at: datetime) -> int:
    """Give what waits at stopped accounts that nobody stands in for to the next channel that works and can reach its
    household; the rest waits on. Returns messages moved."""
    waiting = Delivery.objects.filter(gateway=OuterRef("pk"), status="PENDING", is_pinned=False)
    moved = 0
    for gateway in Gateway.objects.in_state(at, Gateway.State.STOPPED).filter(Exists(waiting)):
        try:
            moved += _leave(gateway, at)
        except Exception:  # one account's trouble must not keep the others' messages waiting
            if connection.in_atomic_block:
                raise
            log.exception("gateway %s: what waits there cannot go on", gateway.pk)
    return moved


def _leave(gateway: Gateway, at: datetime) -> int:
    others = Gateway.objects.working(at).exclude(channel=gateway.channel)
    if not others.exists():
        return 0  # before everything that waits is read
    waiting = Delivery.objects.filter(gateway=gateway, status="PENDING", is_pinned=False)
    steps = list(waiting.order_by().values_list("notice", "rung", "recipient__ward").distinct())
    notices = Notice.objects.select_related("ward").in_bulk({notice_id for notice_id, _, _ in steps})
    moved = 0
    for notice_id, number, ward_id in sorted(steps):
        notice = notices[notice_id]
        rung = Rung.objects.filter(notice=notice_id, number=number, is_all=False).first()
        if rung is None or gateway.channel not in rung.channels or not notice.may_send(at):
            continue
        working = choice.working_of(ward_id, at)
        after = rung.channels[rung.channels.index(gateway.channel) + 1 :]
        ways = {channel: working[channel] for channel in after if channel in working}
        if ways and (limit := _affordable(notice, ways.values(), at)):
            moved += _move(gateway, (notice_id, number), ward_id, list(ways), limit, at)
    switching.tell_moved(gateway, moved, None)
    return moved


def _affordable(notice: Notice, others: Collection[Gateway], at: datetime) -> int:
    """How many messages the month's money suffices for, beside those that wait for it already: what it holds back
    would be told by neither account. SLICE at most."""
    left = budget.left(notice.ward, at) if notice.urgency == Urgency.NORMAL else None
    if left is None:
        return SLICE
    longest = notice.recipients.order_by("-pk").values_list("pk", flat=True)[:1].get()
    parts = composing.sms_for(notice, links.url(longest)).parts
    cost = max(other.price * (parts if BY_KEY[other.channel].is_in_parts else 1) for other in others)
    if not cost:
        return SLICE
    queued = Delivery.objects.waiting().messages().filter(notice__ward=notice.ward, gateway__in=others, priority=0)
    return max(0, min(SLICE, left // cost - queued.count()))


def _move(gateway: Gateway, step: tuple[int, int], ward_id: int, ways: Sequence[str], limit: int, at: datetime) -> int:
    """Messages of a step in one ward, ended here and written anew there; whole or not at all."""
    with transaction.atomic():
        ids = _movable(gateway, step, ward_id, ways, limit)
        if not ids:
            return 0
        recipients = list(Delivery.objects.filter(pk__in=ids).values_list("recipient", flat=True))
        Delivery.objects.filter(pk__in=ids).advance("SKIPPED", error_code=ACCOUNT_STOPPED, settled_at=at)
        recipients += [row[2] for row in shared_phones.update_covered(ids, at)]
        outcomes.try_next_channel({step: recipients}, at)
    return len(ids)


def _movable(gateway: Gateway, step: tuple[int, int], ward_id: int, ways: Sequence[str], limit: int) -> list[int]:
    """Messages, locked, of which every household that waits for them is untold and within reach of one of the ways."""
    able = " OR ".join(f"({BY_KEY[channel].reachable_sql('c')})" for channel in ways)
    stays = f"""(r.reach >= %(told)s OR NOT EXISTS (
        SELECT FROM communities_contact c WHERE c.household_id = r.household_id AND ({able})))"""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT d.id FROM notices_delivery d JOIN notices_recipient r ON r.id = d.recipient_id
            WHERE d.gateway_id = %(gateway)s AND d.status = 'PENDING' AND NOT d.is_pinned
              AND d.notice_id = %(notice)s AND d.rung = %(rung)s AND r.ward_id = %(ward)s AND NOT {stays}
              AND NOT EXISTS (
                  SELECT FROM notices_delivery f JOIN notices_recipient r ON r.id = f.recipient_id
                  WHERE f.covered_by_id = d.id AND f.status IN ('PENDING', 'HELD') AND {stays})
            ORDER BY d.id LIMIT %(limit)s FOR NO KEY UPDATE OF d SKIP LOCKED
            """,  # noqa: S608 - the fragments are made of our own constants
            {
                "gateway": gateway.pk, "notice": step[0], "rung": step[1], "ward": ward_id,
                "told": Reach.DELIVERED, "limit": limit,
            },
        )  # fmt: skip
        return [pk for (pk,) in cursor.fetchall()]
