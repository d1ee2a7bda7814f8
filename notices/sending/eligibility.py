"""The last look before a message leaves: is it still wanted, allowed and paid for? Then its words.

Everything is asked again right here, so that a confirmation, a withdrawal, an opt-out or a pause needs to find and
cancel nothing to be obeyed.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from communities.channels import BY_KEY, consent_sql
from notices.adapters.base import Message
from notices.gateways import budget
from notices.models import Delivery, Gateway, Notice, Reach, Urgency
from notices.models.words import NO_CONTACT, NOT_COMPOSED, OPTED_OUT, OVER_BUDGET
from notices.residents import links
from notices.writing import composing

log = logging.getLogger(__name__)


Status = Delivery.Status


@dataclass(frozen=True, slots=True)
class Withheld:
    """Asked again right before sending, the message was not needed or not allowed. `code` says why, if it is not
    simply that the household confirmed or the notice ended."""

    status: str
    code: str = ""


def compose(
    gateway: Gateway, batch: Sequence[Delivery], known: Mapping[str, str], at: datetime
) -> tuple[dict[int, Message], dict[int, Withheld]]:
    """Messages by delivery, and what became of rows that need none any more: everything is asked again right here.

    A shared phone's message is needless only when all its households confirmed; it links to one that did not.
    """
    notices = {n.pk: n for n in Notice.objects.select_related("ward").filter(pk__in={d.notice_id for d in batch})}
    households = _households(batch)
    messages: dict[int, Message] = {}
    needless: dict[int, Withheld] = {}
    costs: dict[int, tuple[int, int, bool]] = {}
    by_id = {delivery.pk: delivery for delivery in batch}
    for delivery in batch:
        notice, (state, waiting) = notices[delivery.notice_id], households[delivery.pk]
        if (why := _why_not(notice, state, waiting, delivery, at)) is not None:
            needless[delivery.pk] = why
            continue
        recipient_id, head_name = waiting[0]
        try:
            message = composing.message_for(
                delivery, notice=notice, head_name=head_name, link=links.url(recipient_id),
                template=known.get("template_id", ""), others=len(waiting) - 1,
            )  # fmt: skip
        except Exception:  # our bug; one household's must not keep all the others waiting
            log.exception("delivery %s cannot be composed", delivery.pk)
            needless[delivery.pk] = Withheld(Status.FAILED, NOT_COMPOSED)
            continue
        messages[delivery.pk] = message
        delivery.parts = composing.measure_sms(message.text).parts if BY_KEY[delivery.channel].is_in_parts else 1
        if delivery.is_pinned:
            continue  # counted when it was first sent: it may have been billed, and a repeat is not
        costs[delivery.pk] = notice.ward_id, gateway.price * delivery.parts, notice.urgency == Urgency.NORMAL
    for pk in budget.reserve(costs, at):
        del messages[pk], costs[pk]
        needless[pk] = Withheld(Status.SKIPPED, OVER_BUDGET)
    for pk, (ward_id, cost, _) in costs.items():
        by_id[pk].reserved = (ward_id, cost)
    return messages, needless


def wanted_again(batch: Sequence[Delivery]) -> set[int]:
    """Those of the batch for which somebody waits now whom `compose` may not have met: a household that came to the
    shared phone after it, or whose mark was taken back. For deliveries locked by the caller."""
    found = _households(batch).items()
    return {pk for pk, (state, waiting) in found if waiting and state.is_allowed and not state.own_refusal}


@dataclass
class _State:
    """Of the contacts behind the number a message goes to: one of those who still wait for it."""

    has_contact: bool
    is_allowed: bool
    own_refusal: str = ""  # why the household it was written for, still waiting, may not have it itself


def _households(batch: Sequence[Delivery]) -> dict[int, tuple[_State, list[tuple[int, str]]]]:
    """By delivery: whether it may be sent, and (recipient, head's name) of the households that are below the notice's
    goal. One query, those that share the phone included."""
    ids = [delivery.pk for delivery in batch]
    found: dict[int, tuple[_State, list[tuple[int, str]]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT d.id, d.covered_by_id, d.recipient_id, h.head_name, h.is_active,
                   r.reach >= CASE WHEN n.is_confirmation_wanted THEN %(confirmed)s ELSE %(told)s END,
                   c.id IS NOT NULL, {consent_sql("d.channel", "c")}
            FROM notices_delivery d
            JOIN notices_notice n ON n.id = d.notice_id
            JOIN notices_recipient r ON r.id = d.recipient_id
            JOIN communities_household h ON h.id = r.household_id
            LEFT JOIN communities_contact c ON c.id = d.contact_id
            WHERE d.id = ANY(%(ids)s)
               OR d.covered_by_id = ANY(%(ids)s) AND d.status IN ('PENDING', 'HELD', 'SENDING')
            ORDER BY d.id
            """,  # noqa: S608 - the fragment is made of our own constants
            {"ids": ids, "confirmed": Reach.CONFIRMED, "told": Reach.DELIVERED},
        )
        rows = cursor.fetchall()
    for pk, covered_by_id, *_ in rows:
        if covered_by_id is None:
            found[pk] = _State(has_contact=False, is_allowed=False), []
    for pk, covered_by_id, recipient_id, head_name, is_active, is_done, has_contact, is_allowed in rows:
        if not is_done and is_active:
            state, waiting = found[covered_by_id or pk]
            if covered_by_id is None and not is_allowed:
                state.own_refusal = OPTED_OUT if has_contact else NO_CONTACT
            # Whoever of them still has the number, and wants messages there, is enough; the message is then for them.
            if has_contact and is_allowed and not state.is_allowed:
                waiting.clear()
            state.has_contact |= has_contact
            if bool(has_contact and is_allowed) >= state.is_allowed:
                waiting.append((recipient_id, head_name))
            state.is_allowed |= bool(has_contact and is_allowed)
    return found


def _why_not(
    notice: Notice, state: _State, waiting: Sequence[tuple[int, str]], delivery: Delivery, at: datetime
) -> Withheld | None:
    if not notice.is_open:
        return Withheld(Status.CANCELLED)
    if notice.paused_at is not None:
        return Withheld(Status.HELD)
    if not waiting:
        return Withheld(Status.SKIPPED)
    if notice.stops_at is not None and at >= notice.stops_at:
        return Withheld(Status.EXPIRED)
    if not state.has_contact:
        return Withheld(Status.SKIPPED, NO_CONTACT)
    if not state.is_allowed:
        return Withheld(Status.SKIPPED, OPTED_OUT)
    # Others wait, and get a message of their own; one that may have left goes on under the name it left with.
    return Withheld(Status.SKIPPED, state.own_refusal) if state.own_refusal and not delivery.is_pinned else None
