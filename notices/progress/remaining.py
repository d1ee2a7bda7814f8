"""The households that are left, and why."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    Exists,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)  # fmt: skip

from communities.channels import TABLE
from communities.models import Contact, Household, Village
from notices.models import Delivery, Notice, Recipient, Rung
from notices.progress import reasons


@dataclass(frozen=True)
class Left:
    """A household still to be told: why, what can be done about it, and the number to call if there is one."""

    recipient: Recipient
    household: Household
    kind: str
    reason: str
    phone: str
    action: reasons.Action | None = None


def left(
    notice: Notice,
    within: Iterable[tuple[int, int]] | None = None,
    limit: int = 50,
    offset: int = 0,
    *,
    at: datetime,
    by: str = "village",
) -> list[Left]:
    """Households not told yet with the reason, by ward, village, lane and name. Three queries, however many.

    `within` narrows them to villages (or wards, as `by` says), given in order with how many are left in each: so it
    is known which of them the page falls into, and only their households are put in order.
    """
    rows = notice.recipients.left()
    if within is not None:
        chosen: list[int] = []
        passed = skipped = 0
        for place, households in within:
            if passed + households > offset and passed < offset + limit:
                skipped = skipped if chosen else offset - passed
                chosen.append(place)
            passed += households
        # Wards by their villages, which the index knows.
        villages = chosen if by == "village" else Village.objects.filter(ward__in=chosen)
        rows, offset = rows.filter(village__in=villages), skipped
    order = ("ward", "village__position", "village", "household__lane", "household__sort_key", "pk")
    return explain(rows.order_by(*order)[offset : offset + limit], at)


def reachable(notice: Notice, channels: Collection[str]) -> int:
    """Households not told yet that have a number for one of the channels. One query."""
    ways = Q(pk__in=[])
    for row in TABLE:
        if row.key in channels:
            ways |= row.reachable()
    contacts = Contact.objects.filter(ways, household=OuterRef("household"))
    return notice.recipients.left().filter(Exists(contacts)).count()


def explain(recipients: QuerySet[Recipient], at: datetime) -> list[Left]:
    """Why each of the recipients is where it is, what can be done about it, and how to call it. Three queries."""
    first = Rung.objects.filter(notice=OuterRef("notice"), number=0, status=Rung.Status.WAITING)
    sent = Delivery.objects.select_related("gateway", "covered_by__gateway", "covered_by__recipient__household")
    rows = (
        recipients.annotate(begins_at=Subquery(first.values("due_at")))
        .select_related("notice", "ward", "household", "household__village")
        .prefetch_related(
            Prefetch("household__contacts", Contact.objects.order_by("rank")),
            Prefetch("deliveries", sent.order_by("pk")),
        )
    )
    explained = []
    for recipient in rows:
        contacts = list(recipient.household.contacts.all())
        reason = reasons.why(
            recipient, contacts, list(recipient.deliveries.all()), begins_at=recipient.begins_at, at=at
        )
        phone = contacts[0].phone if contacts else ""
        explained.append(
            Left(recipient, recipient.household, reason.kind, reason.sentence, phone, action=reason.action)
        )
    return explained
