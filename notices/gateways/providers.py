"""The provider behind a gateway: what it says of itself, the adapter that speaks for it, the address it calls."""

from django.conf import settings
from django.urls import reverse

from notices import adapters
from notices.adapters.base import Adapter
from notices.adapters.provider import Provider
from notices.models import Gateway


def all_providers() -> dict[str, Provider]:
    """Those this installation can use, by slug. Raises adapters.BadAdapter."""
    return adapters.load(settings.NOTICE_ADAPTERS)


def provider_of(gateway: Gateway) -> Provider | None:
    """The provider of a gateway; None for one this installation does not have."""
    return all_providers().get(gateway.adapter)


def adapter_for(gateway: Gateway) -> Adapter:
    """The adapter that speaks for a gateway. Raises adapters.BadAdapter for one this installation does not have."""
    return adapters.build(gateway.adapter, settings.NOTICE_ADAPTERS, settings.PROVIDER_URLS)


def webhook_url(gateway: Gateway) -> str:
    """Where the gateway's provider reports receipts."""
    return settings.PUBLIC_BASE_URL + reverse("webhook", args=[gateway.webhook_key])
