"""The last look before a message leaves: is it still wanted, allowed and paid for? Then its words.

Everything is asked again right here, so that a confirmation, a withdrawal, an opt-out or a pause needs to find and
cancel nothing to be obeyed.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

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
    gateway: Gateway, batch: Sequence[Delivery], credentials: Mapping[str, str], at: datetime
) -> tuple[dict[int, Message], dict[int, Withheld]]:
    """Messages by delivery, and what became of rows that need none any more: everything is asked again right here.

    A shared phone's message is needless only when all its households confirmed; it links to one that did not.
    """
    notices = {n.pk: n for n in Notice.objects.select_related("ward").filter(pk__in={d.notice_id for d in batch})}
    waiting_for = _waiting_for(batch)
    messages: dict[int, Message] = {}
    needless: dict[int, Withheld] = {}
    costs: dict[int, tuple[int, int, bool]] = {}
    by_id = {delivery.pk: delivery for delivery in batch}
    for delivery in batch:
        notice, waiting = notices[delivery.notice_id], waiting_for[delivery.pk]
        if (why := _why_not(notice, waiting, delivery, at)) is not None:
            needless[delivery.pk] = why
            continue
        first = waiting.households[0]
        try:
            message = composing.message_for(
                delivery, notice=notice, head_name=first.head_name, link=links.url(first.recipient_id),
                template=credentials.get("template_id", ""), others=len(waiting.households) - 1,
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
        by_id[pk].budgeted = (ward_id, cost)
    return messages, needless


def wanted_again(batch: Sequence[Delivery]) -> set[int]:
    """Those of the batch for which somebody waits now whom `compose` may not have met: a household that came to the
    shared phone after it, or whose mark was taken back. For deliveries locked by the caller."""
    found = _waiting_for(batch).items()
    return {pk for pk, waiting in found if waiting.is_allowed and not waiting.own_refusal}


class _Household(NamedTuple):
    """A household for which a message was written, in the order of the query's columns."""

    delivery_id: int
    covered_by_id: int | None  # the delivery that is sent for it, on a shared phone
    recipient_id: int
    head_name: str
    is_active: bool
    is_done: bool  # it has reached the notice's goal
    has_contact: bool  # the number is still there
    is_allowed: bool | None  # messages over the channel are wanted at it; None without a number

    @property
    def is_waiting(self) -> bool:
        """Whether it is to be told still."""
        return self.is_active and not self.is_done

    @property
    def may_get(self) -> bool:
        """Whether a message may go to its number."""
        return self.has_contact and bool(self.is_allowed)


@dataclass(slots=True)
class _Waiting:
    """The households that wait for one message, and what is known of their contacts behind its number."""

    households: Sequence[_Household]  # those that may get it; all of them if none may
    has_contact: bool
    is_allowed: bool
    own_refusal: str = ""  # why the household it was written for, still waiting, may not have it itself


def _waiting_for(batch: Sequence[Delivery]) -> dict[int, _Waiting]:
    """By delivery, who waits for it. One query."""
    of_delivery: dict[int, list[_Household]] = {}
    for household in _households(batch):
        of_delivery.setdefault(household.covered_by_id or household.delivery_id, []).append(household)
    return {pk: _choose(households) for pk, households in of_delivery.items()}


def _choose(households: Sequence[_Household]) -> _Waiting:
    """Of the households that share a message, those it is for: whoever of them still has the number, and wants
    messages there, is enough."""
    waiting = [one for one in households if one.is_waiting]
    able = [one for one in waiting if one.may_get]
    own = next((one for one in waiting if one.covered_by_id is None), None)
    refusal = "" if own is None or own.is_allowed else OPTED_OUT if own.has_contact else NO_CONTACT
    return _Waiting(able or waiting, any(one.has_contact for one in waiting), bool(able), refusal)


def _households(batch: Sequence[Delivery]) -> list[_Household]:
    """The households the messages were written for, and those that share a phone with them; in the order in which
    their deliveries were written."""
    ids = [delivery.pk for delivery in batch]
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
        return [_Household(*row) for row in cursor.fetchall()]


def _why_not(notice: Notice, waiting: _Waiting, delivery: Delivery, at: datetime) -> Withheld | None:
    """Why a message must not go out now; None if it may."""
    if not notice.is_open:
        return Withheld(Status.CANCELLED)
    if notice.paused_at is not None:
        return Withheld(Status.HELD)
    if not waiting.households:
        return Withheld(Status.SKIPPED)
    if notice.stops_at is not None and at >= notice.stops_at:
        return Withheld(Status.EXPIRED)
    if not waiting.has_contact:
        return Withheld(Status.SKIPPED, NO_CONTACT)
    if not waiting.is_allowed:
        return Withheld(Status.SKIPPED, OPTED_OUT)
    # Others wait, and get a message of their own; one that may have left goes on under the name it left with.
    return Withheld(Status.SKIPPED, waiting.own_refusal) if waiting.own_refusal and not delivery.is_pinned else None
