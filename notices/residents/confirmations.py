"""A household confirms, by any way; and the undo of what a member of staff ticked.

A phone that several households share speaks for all of them: its tap counts for each (docs/decisions/0013).
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce

from communities.models import User
from notices.ladder import shared_phones, taking
from notices.models import STAFF_WAYS, ConfirmedVia, Delivery, Notice, Reach, Recipient


def confirm(*, recipient_id: int, via: str, at: datetime, by: User | None = None) -> bool:
    """Record that the household confirmed, once, and stop what is still queued for it.

    Returns False, with nothing changed, when it had confirmed already or the notice has ended: the first
    confirmation keeps its way and its moment, also when two people tap at the same time.
    """
    fields = {"reach": Reach.CONFIRMED, "confirmed_at": at, "confirmed_via": via, "confirmed_by": by}
    if via in (ConfirmedVia.LINK, ConfirmedVia.ZALO_BUTTON):
        fields["seen_at"] = Coalesce(F("seen_at"), Value(at))  # who taps has seen
    with transaction.atomic():
        waiting = Recipient.objects.filter(
            pk=recipient_id, confirmed_at__isnull=True, notice__status=Notice.Status.PUBLISHED
        )
        if not waiting.update(**fields):
            return False
        # Batches lock deliveries before recipients, we the other way round: what one of them holds is passed over.
        # If it stays queued, the engine asks again before it sends.
        # A message that carries for further households stays; the engine drops it when all of them confirmed.
        mine = Delivery.objects.filter(recipient=recipient_id, status__in=("PENDING", "HELD"), covered__isnull=True)
        free = mine.select_for_update(skip_locked=True, no_key=True, of=("self",))
        # Without the code of an earlier try: this is why it ended, and what an undo looks for.
        skipped = Delivery.objects.filter(pk__in=list(free.values_list("pk", flat=True)))
        skipped.advance("SKIPPED", settled_at=at, error_code="")
    return True


def confirm_by_phone(*, recipient_id: int, via: str, at: datetime) -> int:
    """A tap on the household's page or its Zalo button: confirms for it and all that share the phone the message
    went to. Returns how many households confirmed now."""
    ids = sorted({recipient_id, *sharing_phone(recipient_id)})
    return sum(confirm(recipient_id=pk, via=via, at=at) for pk in ids)


def sharing_phone(recipient_id: int) -> list[int]:
    """Further recipients of the notice whom one message told together with this one. One query."""
    with connection.cursor() as cursor:
        # Two joins and no OR: each goes by an index, however many deliveries there are.
        cursor.execute(
            """
            WITH covering AS (
                SELECT coalesce(covered_by_id, id) AS id FROM notices_delivery
                WHERE recipient_id = %s AND status IN ('SENDING', 'SENT', 'DELIVERED', 'SEEN', 'UNKNOWN')
            )
            SELECT d.recipient_id FROM covering JOIN notices_delivery d ON d.id = covering.id
            UNION SELECT d.recipient_id FROM covering JOIN notices_delivery d ON d.covered_by_id = covering.id
            WHERE d.status <> 'SKIPPED' OR d.error_code = ''  -- not who had given up the number before
            """,
            [recipient_id],
        )
        return sorted({found for (found,) in cursor.fetchall()} - {recipient_id})


def undo_staff_mark(*, recipient_id: int, by: User, at: datetime) -> bool:
    """Take back a mark this member of staff made: reach returns to what the other moments prove.

    Messages the mark had stopped are queued again. Returns False for marks of others, for confirmations the
    household gave itself, and when the notice has ended.
    """
    proven = Case(
        When(seen_at__isnull=False, then=Value(Reach.SEEN)),
        When(delivered_at__isnull=False, then=Value(Reach.DELIVERED)),
        When(sent_at__isnull=False, then=Value(Reach.SENT)),
        default=Value(Reach.NOT_REACHED),
    )
    with transaction.atomic():
        marked = Recipient.objects.filter(
            pk=recipient_id, confirmed_via__in=STAFF_WAYS, confirmed_by=by, notice__status=Notice.Status.PUBLISHED
        )
        if not marked.update(reach=proven, confirmed_at=None, confirmed_via="", confirmed_by=None):
            return False
        notice = Notice.objects.select_related("ward").get(recipients=recipient_id)
        if notice.may_send(at):
            skipped = Delivery.objects.filter(recipient=recipient_id, status=Delivery.Status.SKIPPED, error_code="")
            skipped.advance("PENDING", settled_at=None)
            shared_phones.realign_covered(recipient_id=recipient_id, at=at)
        # A message that failed while the mark stood gave way to no other channel then; it does now.
        failed = Delivery.objects.filter(recipient=recipient_id, status=Delivery.Status.FAILED)
        for rung in failed.order_by("rung").values_list("rung", flat=True).distinct():
            taking.take_next_channel(notice=notice, rung_number=rung, recipient_ids=[recipient_id], at=at)
        taking.write_missed(notice=notice, recipient_id=recipient_id, at=at)
    return True
