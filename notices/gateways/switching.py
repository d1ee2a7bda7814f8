"""When a gateway trips, rests, stops or is switched, by what became of its messages or by a person.

    working ─► tripped ─► (on trial) ─► working      too many failures; a few messages try it out (half-open)
       ├─────► resting ─► working                    the day's quota is used up, or a night ban holds
       ├─────► stopped ─► (a person) ─► working      money, permission, a dead account
       └─────► off ─► (a person) ─► working          switched off by a person; a new one begins so

What waits at a gateway that does not work moves to another one of the channel, except messages that may have left
already: only the gateway that was given them can tell a repeat (Delivery.is_pinned).
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from communities.models import User
from notices.gateways.choice import stand_in
from notices.gateways.quota import add_to_day
from notices.gateways.transfer import PROBE_AFTER, move_waiting
from notices.models import Gateway, GatewayEvent

log = logging.getLogger(__name__)


#: Failures are counted over so long.
WINDOW = timedelta(minutes=5)
#: So many of them, and this share of what was tried, trip a gateway that another one can stand in for …
TRIPS_AT, TRIPS_AT_PERCENT = 20, 10
#: … and this share one that stands alone: most of its messages still arrive, which is better than none.
ALONE_PERCENT = 90
Kind = GatewayEvent.Kind


def record_batch(
    *, gateway: Gateway, sent: int, failed: int, refused: int, code: str, left: int | None, at: datetime
) -> None:
    """Count what became of some messages: `failed` by the provider's fault (busy, unwell, silent), `refused` for
    other reasons. `code` is that of the last error which is about the gateway, not about one number. Trips the
    gateway, or ends its trial."""
    if sent or failed or refused:
        counted: dict[str, Any] = {"sent": F("sent") + sent, "failed": F("failed") + failed + refused}
        if left is not None:
            counted["left"] = left
        add_to_day(gateway, at, **counted)
    if refused and code:
        Gateway.objects.filter(pk=gateway.pk).update(last_error_code=code[:40], last_error_at=at)
    if not sent and not failed:
        return
    if not failed and gateway.tripped_at is None:  # all is well, and was: one cheap statement
        window = Gateway.objects.filter(pk=gateway.pk, window_from__gte=at - WINDOW, tripped_at__isnull=True)
        if window.update(window_tried=F("window_tried") + sent):
            return
    with transaction.atomic():
        row = Gateway.objects.select_for_update(no_key=True).get(pk=gateway.pk)
        if row.window_from is None or row.window_from < at - WINDOW:
            row.window_from, row.window_tried, row.window_failed = at, 0, 0
        row.window_tried += sent + failed
        row.window_failed += failed
        if failed:
            row.last_error_code, row.last_error_at = code[:40], at
        if row.tripped_at is not None:
            _judge_probe(row, sent, failed, code, at)
        elif failed and _is_too_much(row, at):
            _trip(row, code, at)
        health = ("window_from", "window_tried", "window_failed", "last_error_code", "last_error_at")
        row.save(update_fields=[*health, "tripped_at", "probe_at", "failed_probes", "trial_until"])
    if row.tripped_at is not None:
        _move_and_tell(row, at)


def stop(gateway: Gateway, code: str, at: datetime) -> None:
    """Stop a gateway until a person acts. What waits goes to another gateway, or waits; nothing is lost."""
    stopped = Gateway.objects.filter(pk=gateway.pk, stopped_at__isnull=True)
    if stopped.update(stopped_at=at, stopped_reason=code[:200], last_error_code=code[:40], last_error_at=at):
        log.error("gateway %s stopped itself: %s", gateway.pk, code)
        GatewayEvent.objects.create(gateway=gateway, at=at, kind=Kind.STOPPED, code=code[:40])
        _move_and_tell(gateway, at)


def rest(gateway: Gateway, until: datetime, code: str, at: datetime) -> None:
    """Let a gateway rest until the provider takes messages again."""
    awake = Gateway.objects.filter(pk=gateway.pk).exclude(rests_until__gte=until)
    if awake.update(rests_until=until, last_error_code=code[:40], last_error_at=at):
        log.warning("gateway %s rests until %s: %s", gateway.pk, until, code)
        GatewayEvent.objects.create(gateway=gateway, at=at, kind=Kind.RESTING, code=code[:40])
        _move_and_tell(gateway, at)


def switch_on(*, gateway: Gateway, by: User, at: datetime) -> None:
    """A person says it works again: stopped, tripped or resting are forgotten, and what waits there goes out. One that
    was off is noted for `ladder.catching_up`."""
    Gateway.objects.filter(pk=gateway.pk, is_active=False).update(switched_on_at=at)
    Gateway.objects.filter(pk=gateway.pk).update(
        is_active=True, stopped_at=None, stopped_reason="", tripped_at=None, probe_at=None, failed_probes=0,
        trial_until=None, rests_until=None, window_from=None, window_tried=0, window_failed=0,
    )  # fmt: skip
    GatewayEvent.objects.create(gateway=gateway, at=at, kind=Kind.SWITCHED_ON, by=by)


def switch_off(*, gateway: Gateway, by: User, at: datetime) -> None:
    """A person takes it out of service; what waits there goes to another gateway, or waits."""
    if Gateway.objects.filter(pk=gateway.pk, is_active=True).update(is_active=False):
        GatewayEvent.objects.create(gateway=gateway, at=at, kind=Kind.SWITCHED_OFF, by=by)
        _move_and_tell(gateway, at)


def _is_too_much(row: Gateway, at: datetime) -> bool:
    if row.window_failed < TRIPS_AT:
        return False
    percent = TRIPS_AT_PERCENT if stand_in(row, at) else ALONE_PERCENT
    return row.window_failed * 100 >= row.window_tried * percent


def _trip(row: Gateway, code: str, at: datetime) -> None:
    row.tripped_at, row.probe_at, row.failed_probes = at, at + PROBE_AFTER[0], 0
    row.window_from = None
    GatewayEvent.objects.create(gateway=row, at=at, kind=Kind.TRIPPED, code=code[:40])
    log.warning("gateway %s tripped: %s", row.pk, code)


def _judge_probe(row: Gateway, sent: int, failed: int, code: str, at: datetime) -> None:
    """The trial is over: all went well, or wait longer. What was in flight when it tripped is no trial."""
    if row.trial_until is None:
        return
    row.trial_until = None
    if failed:
        row.failed_probes = min(row.failed_probes + 1, len(PROBE_AFTER) - 1)
        row.probe_at = at + PROBE_AFTER[row.failed_probes]
        GatewayEvent.objects.create(gateway=row, at=at, kind=Kind.PROBE_FAILED, code=code[:40])
    elif sent:
        row.tripped_at = row.probe_at = row.window_from = None
        row.failed_probes = 0
        GatewayEvent.objects.create(gateway=row, at=at, kind=Kind.RECOVERED)
        log.warning("gateway %s works again", row.pk)


def _move_and_tell(gateway: Gateway, at: datetime) -> None:
    """Move what waits, and write into the history where it went."""
    moved, other = move_waiting(gateway, at)
    tell_moved(gateway, moved, other)


def tell_moved(gateway: Gateway, moved: int, other: Gateway | None) -> None:
    """Write into the history of a gateway how many messages left it since it last changed; no `other`: over another
    channel."""
    if moved and (event := GatewayEvent.objects.filter(gateway=gateway).order_by("-at", "-pk").first()):
        GatewayEvent.objects.filter(pk=event.pk).update(moved=F("moved") + moved, moved_to=other)
