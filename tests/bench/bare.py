"""The honest baseline of receipts: a bare Django view that stores the body it is sent, without any middleware.

It looks nobody up, verifies nothing and applies nothing. Granian serves it exactly as it serves the portal.
"""

import os
import secrets

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from portal.server import Server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()  # before the middleware goes: apps insist on theirs
settings.MIDDLEWARE = []
settings.ROOT_URLCONF = __name__
application = Server(WSGIHandler())


def store(request: HttpRequest, gateway_id: int) -> HttpResponse:
    """Keep one body."""
    from notices.models import Receipt

    Receipt.objects.create(
        gateway_id=gateway_id,
        key=secrets.token_hex(16),
        payload={"body": request.body.decode()},
        received_at=timezone.now(),
    )
    return HttpResponse("ok", headers={"Content-Length": "2"})


def ready(request: HttpRequest) -> HttpResponse:
    """Answer that the process is up."""
    return HttpResponse("ok")


urlpatterns = [path("webhooks/<int:gateway_id>/", store), path("healthz", ready)]
