"""One door for every provider's calls: verify, store, answer, apply after."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notices import credentials, receipts, tasks
from notices.adapters import BadAdapter
from notices.adapters.base import WebhookRequest
from notices.delivery import adapter_for
from notices.models import Gateway

#: A provider's event is a few hundred bytes; anything much larger is not one.
MAX_BODY = 64 * 1024


@csrf_exempt  # a provider holds no session; its signature, or the unguessable address, is what it shows
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, key: str) -> HttpResponse:
    """Take one call of the provider behind the gateway with this webhook key.

    200 for a genuine call, also one about a message nobody knows (else it would be repeated for hours) and
    for the unsigned empty probe Zalo sends when the address is saved; 403 for a wrong signature, 413 for a
    body no event has, 411 for one that does not say how long it is (WSGI shows such a body as empty, and an empty
    call would pass for the probe), 404 for an unknown key, 503 while the gateway itself is set up wrongly.
    """
    if "\0" in key:  # PostgreSQL's text holds no NUL
        raise Http404
    gateway = get_object_or_404(Gateway, webhook_key=key)
    length = request.headers.get("Content-Length") or "0"
    if not (length.isascii() and length.isdecimal()) or request.headers.get("Transfer-Encoding"):
        return HttpResponse(status=411)
    if len(length) > 9 or int(length) > MAX_BODY:
        return HttpResponse(status=413)
    call = WebhookRequest(
        method=request.method or "",
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.GET.dict(),
        body=request.body,
    )
    try:
        adapter = adapter_for(gateway)
        if adapter.is_probe(call):
            return HttpResponse("ok", content_type="text/plain")
        if not adapter.verify(call, credentials.read(gateway)):
            return HttpResponse(status=403)
    except (BadAdapter, credentials.Unreadable):  # the provider repeats the call; the engine has said why
        return HttpResponse(status=503)
    if receipts.store(gateway=gateway, request=call, at=timezone.now()):
        tasks.apply_receipts.delay_on_commit()
    return HttpResponse("ok", content_type="text/plain")
