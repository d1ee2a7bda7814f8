"""Background work. Each task may run twice, late or never: the table is the queue, the sweep is the promise."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.db import connection
from django.utils import timezone

from notices.ladder import taking
from notices.models import Notice, Receipt
from notices.progress import folding
from notices.publishing import fanning_out, lifecycle
from notices.receipts import applying
from notices.sending import claims, engine

log = logging.getLogger(__name__)

#: How long one task sends before others get their turn; it queues itself again.
SLICE = 10


@shared_task
def fan_out(*, notice_id: int, **_: Any) -> None:
    """Write a published notice's recipients, then send at once; those of a province with a second pair of hands."""
    notice = Notice.objects.get(pk=notice_id)
    if fanning_out.is_for_many_wards(notice):
        help_fan_out.delay_on_commit(notice_id=notice_id)
    fanning_out.fan_out(notice=notice, at=timezone.now())
    _send(engine.sweep(at=timezone.now()))


@shared_task
def help_fan_out(*, notice_id: int, **_: Any) -> None:
    """Come from the other end. Not in the urgent lane, which a long fan-out must not fill."""
    fanning_out.fan_out(notice=Notice.objects.get(pk=notice_id), at=timezone.now(), is_second=True)


@shared_task
def send_due(*, gateway_id: int, **_: Any) -> None:
    """Send what is due at one gateway, for a while."""
    started = time.monotonic()
    engine.send_due(gateway_id=gateway_id, seconds=SLICE)
    if time.monotonic() - started >= SLICE:  # there was more than fits
        send_due.delay_on_commit(gateway_id=gateway_id)


@shared_task
def send_urgent(*, gateway_id: int, **_: Any) -> None:
    """The same in a lane of its own, for what is above thường: no bulk send can keep it waiting."""
    engine.send_due(gateway_id=gateway_id, seconds=SLICE, only_urgent=True)


@shared_task
def apply_receipts(**_: Any) -> None:
    """Apply stored provider events."""
    applying.apply_waiting(at=timezone.now())


@shared_task
def sweep(**_: Any) -> None:
    """Find everything that is due and nobody works on. Runs every few seconds; finding nothing is cheap."""
    at = timezone.now()
    steps: list[Callable[..., object]] = [
        _fan_out_waiting, lifecycle.drop_expired, taking.take_due, _send_due, _apply_waiting, lifecycle.close_ended,
        folding.fold,
    ]  # fmt: skip
    for step in steps:
        try:
            step(at=at)
        except Exception:  # the trouble of one must not keep the others waiting
            if connection.in_atomic_block:
                raise
            log.exception("sweep: %s failed", step.__name__)


@shared_task
def recount(**_: Any) -> None:
    """Compare the counts of the dashboards with the rows. Runs at night."""
    folding.recount_all()


def _fan_out_waiting(*, at: datetime) -> None:
    for notice_id in fanning_out.waiting_for_fan_out(at=at - timedelta(seconds=10)):
        fan_out.delay_on_commit(notice_id=notice_id)


def _send_due(*, at: datetime) -> None:
    _send(engine.sweep(at=at))


def _apply_waiting(*, at: datetime) -> None:
    if Receipt.objects.waiting().exists():
        apply_receipts.delay_on_commit()


def _send(gateway_ids: Iterable[int]) -> None:
    """Set workers to gateways that have something due."""
    for gateway_id in gateway_ids:
        if claims.has_urgent(gateway_id, timezone.now()):
            send_urgent.delay_on_commit(gateway_id=gateway_id)
        send_due.delay_on_commit(gateway_id=gateway_id)
