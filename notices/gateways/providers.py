"""The adapter that speaks for a gateway, and the address its provider calls."""

from django.conf import settings
from django.urls import reverse

from notices import adapters
from notices.adapters.base import Adapter
from notices.models import Gateway


def adapter_for(gateway: Gateway) -> Adapter:
    """The adapter that speaks for a gateway. Raises adapters.BadAdapter for one this installation does not have."""
    urls = {
        "zalo": settings.ZALO_BASE_URL,
        "zalo_oauth": settings.ZALO_OAUTH_BASE_URL,
        "esms": settings.ESMS_BASE_URL,
    }
    return adapters.build(gateway.adapter, settings.NOTICE_ADAPTERS, urls)


def webhook_url(gateway: Gateway) -> str:
    """Where the gateway's provider reports receipts."""
    return settings.PUBLIC_BASE_URL + reverse("webhook", args=[gateway.webhook_key])
