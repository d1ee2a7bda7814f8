"""One door for every provider's calls: verify, store, answer, apply after."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notices import credentials, receipts, tasks
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
    body no event has, 404 for an unknown key.
    """
    gateway = get_object_or_404(Gateway, webhook_key=key)
    if int(request.headers.get("Content-Length") or 0) > MAX_BODY:
        return HttpResponse(status=413)
    call = WebhookRequest(
        method=request.method or "",
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.GET.dict(),
        body=request.body,
    )
    adapter = adapter_for(gateway)
    if adapter.is_probe(call):
        return HttpResponse("ok", content_type="text/plain")
    if not adapter.verify(call, credentials.read(gateway)):
        return HttpResponse(status=403)
    if receipts.store(gateway=gateway, request=call, at=timezone.now()):
        tasks.apply_receipts.delay_on_commit()
    return HttpResponse("ok", content_type="text/plain")
