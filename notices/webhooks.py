"""One door for every provider's calls: verify, store, answer, apply after.

Providers call in bursts of thousands a minute, so a call costs one commit, shared with others, and nothing else. Who
is behind an address is kept in memory for a moment. The task that applies what was stored is asked for once in a
while, not for every call.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from celery.exceptions import OperationalError as BrokerAway
from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notices import tasks
from notices.adapters import BadAdapter
from notices.adapters.base import Adapter, Credentials, WebhookRequest
from notices.gateways import credentials
from notices.gateways.providers import adapter_for
from notices.models import Gateway
from notices.receipts import storing

log = logging.getLogger(__name__)

#: A provider's event is a few hundred bytes; anything much larger is not one.
MAX_BODY = 64 * 1024
#: Seconds for which a process believes what it read about a gateway: so long a replaced key still opens.
KEPT = 5.0
#: Seconds between two looks a process rings for. A look comes as long after its ring, so that whatever is stored
#: before the next ring is covered by it; what is missed nevertheless the sweep finds.
LOOK_EVERY = 0.3


@dataclass(frozen=True, slots=True)
class _Door:
    """The gateway behind an address, and what its calls are verified with."""

    gateway: Gateway
    adapter: Adapter
    known: Credentials
    opened_at: float = field(default_factory=time.monotonic)


_doors: dict[str, _Door] = {}
_bell = threading.Lock()
_bell_rang_at = float("-inf")


@csrf_exempt  # a provider holds no session; its signature, or the unguessable address, is what it shows
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, key: str) -> HttpResponse:
    """Take one call of the provider behind the gateway with this webhook key.

    200 for a genuine call once it is stored, also for one about a message nobody knows (else it would be repeated
    for hours) and for the unsigned empty probe Zalo sends when the address is saved; 403 for a wrong signature, 413
    for a body no event has, 411 for one that does not say how long it is (WSGI shows such a body as empty, and an
    empty call would pass for the probe), 404 for an unknown key, 503 while the gateway itself is set up wrongly or
    nothing can be stored: the provider repeats the call.
    """
    try:
        try:
            return _take(request, key)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise
            # Nobody but the view looks after the connection (see portal.wsgi): the database may have been restarted.
            connection.close_if_unusable_or_obsolete()
            return _take(request, key)
    except (BadAdapter, credentials.Unreadable):  # the engine has said why
        return HttpResponse(status=503)
    except Error as error:
        _doors.pop(key, None)  # the gateway may be gone
        log.error("a provider's call could not be stored: %s", type(error).__name__)
        return HttpResponse(status=503)


def _take(request: HttpRequest, key: str) -> HttpResponse:
    door = _doors.get(key)
    if door is None or time.monotonic() - door.opened_at >= KEPT:
        door = _open(key)
    if door is None:
        return HttpResponse(status=404)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal()) or request.META.get("HTTP_TRANSFER_ENCODING"):
        return HttpResponse(status=411)
    if len(length) > 9 or int(length) > MAX_BODY:
        return HttpResponse(status=413)
    call = WebhookRequest(
        method=request.method or "",
        headers=_headers(request),
        query=request.GET.dict() if request.META.get("QUERY_STRING") else {},
        body=request.body,
    )
    if door.adapter.is_probe(call):
        return _ok()
    if not door.adapter.verify(call, door.known):
        door = _open(key)  # the key may have been replaced a moment ago
        if door is None or not door.adapter.verify(call, door.known):
            return HttpResponse(status=403)
    storing.store(gateway=door.gateway, request=call, at=timezone.now())
    if time.monotonic() - _bell_rang_at >= LOOK_EVERY:
        transaction.on_commit(_ring)
    return _ok()


def _ok() -> HttpResponse:
    return HttpResponse(b"ok", content_type="text/plain")


def _headers(request: HttpRequest) -> dict[str, str]:
    # request.headers would cost more than storing the call.
    named = {name[5:].replace("_", "-").lower(): v for name, v in request.META.items() if name.startswith("HTTP_")}
    return {"content-type": request.META.get("CONTENT_TYPE", ""), **named}


def _open(key: str) -> _Door | None:
    """The door as the database has it now; None for an address nobody has. Raises BadAdapter, Unreadable."""
    if "\0" in key:  # PostgreSQL's text holds no NUL
        return None
    gateway = Gateway.objects.filter(webhook_key=key).first()
    if gateway is None:
        _doors.pop(key, None)
        return None
    _doors[key] = door = _Door(gateway, adapter_for(gateway), credentials.read(gateway))
    return door


def _ring() -> None:
    """Have a worker look at what is stored, unless one has just been asked to. The call is answered meanwhile: with
    the broker away it takes seconds to find out."""
    global _bell_rang_at
    if time.monotonic() - _bell_rang_at >= LOOK_EVERY and _bell.acquire(blocking=False):
        _bell_rang_at = time.monotonic()
        in_background(_ring_now)


def _ring_now() -> None:
    try:
        tasks.apply_receipts.apply_async(countdown=LOOK_EVERY, retry=False)
    except (OSError, BrokerAway) as error:
        log.warning("no look at receipts could be rung for, the sweep will come: %s", type(error).__name__)
    finally:
        _bell.release()


def in_background(work: Callable[[], None]) -> None:
    """In a thread of its own."""
    threading.Thread(target=work, daemon=True).start()
