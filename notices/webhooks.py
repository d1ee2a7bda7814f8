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
from django.core.exceptions import TooManyFieldsSent
from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from communities import names
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


@dataclass(frozen=True, slots=True)
class Door:
    """The gateway behind an address, and what its calls are verified with."""

    gateway: Gateway
    adapter: Adapter
    credentials: Credentials
    opened_at: float = field(default_factory=time.monotonic)

    def verifies(self, call: WebhookRequest) -> bool:
        """Whether a call is the provider's own."""
        return self.adapter.verify(call, self.credentials)


class Doors:
    """The gateways behind the addresses, each read once and believed for `kept` seconds: so long a replaced key still
    opens. Raises BadAdapter and credentials.Unreadable for a gateway that is set up wrongly."""

    def __init__(self, *, kept: float) -> None:
        self.kept = kept
        self._known: dict[str, Door] = {}

    def at(self, key: str) -> Door | None:
        """The door with this key; None for an address nobody has."""
        door = self._known.get(key)
        return door if door is not None and time.monotonic() - door.opened_at < self.kept else self.read(key)

    def read(self, key: str) -> Door | None:
        """The door as the database has it now."""
        if "\0" in key:  # PostgreSQL's text holds no NUL
            return None
        gateway = Gateway.objects.filter(webhook_key=key).first()
        if gateway is None:
            self.forget(key)
            return None
        self._known[key] = door = Door(gateway, adapter_for(gateway), credentials.read(gateway))
        return door

    def forget(self, key: str) -> None:
        """Read the gateway again before the next call: it may be gone."""
        self._known.pop(key, None)


class ApplySoon:
    """Has a worker apply what was stored, asking for it at most once in `every` seconds.

    The task runs `every` seconds after it was asked for, so that it finds whatever is stored before the next time;
    what it misses nevertheless the sweep finds.
    """

    def __init__(self, *, every: float, in_background: Callable[[Callable[[], None]], None] | None = None) -> None:
        self.every = every
        self.in_background = in_background or _in_a_thread
        self._asking = threading.Lock()
        self._asked_at = float("-inf")

    @property
    def is_due(self) -> bool:
        """Whether it is time to ask again."""
        return time.monotonic() - self._asked_at >= self.every

    def ask(self) -> None:
        """Ask, unless it was just done. The call is answered meanwhile: with the broker away it takes seconds to find
        out."""
        if self.is_due and self._asking.acquire(blocking=False):
            self._asked_at = time.monotonic()
            self.in_background(self._ask)

    def _ask(self) -> None:
        try:
            tasks.apply_receipts.apply_async(countdown=self.every, retry=False)
        except (OSError, BrokerAway) as error:
            log.warning("nobody could be asked to apply receipts, the sweep will: %s", type(error).__name__)
        finally:
            self._asking.release()


def _in_a_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()


doors = Doors(kept=5.0)
apply_soon = ApplySoon(every=0.3)


@csrf_exempt  # a provider holds no session; its signature, or the unguessable address, is what it shows
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, key: str) -> HttpResponse:
    """Take one call of the provider behind the gateway with this webhook key.

    200 for a genuine call once it is stored, also for one about a message nobody knows (else it would be repeated
    for hours) and for the unsigned empty probe Zalo sends when the address is saved; 403 for a wrong signature, 413
    for a body or a query no event has, 411 for one that does not say how long it is (WSGI shows such a body as empty,
    and an empty call would pass for the probe), 404 for an unknown key, 503 while the gateway itself is set up wrongly
    or nothing can be stored: the provider repeats the call.
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
        doors.forget(key)
        log.error("a provider's call could not be stored: %s", type(error).__name__)
        return HttpResponse(status=503)


def _take(request: HttpRequest, key: str) -> HttpResponse:
    door = doors.at(key)
    if door is None:
        return HttpResponse(status=404)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal()) or request.META.get("HTTP_TRANSFER_ENCODING"):
        return HttpResponse(status=411)
    if len(length) > 9 or int(length) > MAX_BODY:
        return HttpResponse(status=413)
    try:
        query = request.GET.dict() if request.META.get("QUERY_STRING") else {}
    except TooManyFieldsSent:
        return HttpResponse(status=413)
    call = WebhookRequest(
        method=request.method or "",
        headers=_headers(request),
        query={names.seen(name): names.seen(value) for name, value in query.items()},
        body=request.body,
    )
    if door.adapter.is_probe(call):
        return _ok()
    if not door.verifies(call):
        door = doors.read(key)  # the key may have been replaced a moment ago
        if door is None or not door.verifies(call):
            return HttpResponse(status=403)
    storing.store(gateway=door.gateway, request=call, at=timezone.now())
    if apply_soon.is_due:
        transaction.on_commit(apply_soon.ask)
    return _ok()


def _ok() -> HttpResponse:
    return HttpResponse(b"ok", content_type="text/plain")


def _headers(request: HttpRequest) -> dict[str, str]:
    # request.headers would cost more than storing the call.
    named = {name[5:].replace("_", "-").lower(): v for name, v in request.META.items() if name.startswith("HTTP_")}
    return {"content-type": request.META.get("CONTENT_TYPE", ""), **named}
