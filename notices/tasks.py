"""Background work. Each task may run twice, late or never: the table is the queue, the sweep is the promise."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from notices import delivery, publishing, receipts
from notices.models import Notice, Receipt


@shared_task
def fan_out(*, notice_id: int, **_: Any) -> None:
    """Write a published notice's recipients, then send at once."""
    publishing.fan_out(notice=Notice.objects.get(pk=notice_id), at=timezone.now())
    for gateway_id in delivery.sweep(at=timezone.now()):
        send_due.delay_on_commit(gateway_id=gateway_id)


@shared_task
def send_due(*, gateway_id: int, **_: Any) -> None:
    """Send what is due at one gateway."""
    delivery.send_due(gateway_id=gateway_id)


@shared_task
def apply_receipts(**_: Any) -> None:
    """Apply stored provider events."""
    receipts.apply_waiting(at=timezone.now())


@shared_task
def sweep(**_: Any) -> None:
    """Find everything that is due and nobody works on. Runs every few seconds; finding nothing is cheap."""
    at = timezone.now()
    for notice_id in publishing.waiting_for_fan_out(at=at - timedelta(seconds=10)):
        fan_out.delay_on_commit(notice_id=notice_id)
    for gateway_id in delivery.sweep(at=at):
        send_due.delay_on_commit(gateway_id=gateway_id)
    if Receipt.objects.waiting().exists():
        apply_receipts.delay_on_commit()
    publishing.close_ended(at=at)
