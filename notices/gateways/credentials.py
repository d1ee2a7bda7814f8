"""Provider credentials: encrypted at rest, and one refresher for tokens that rotate."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

from aiohttp import ClientSession
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

from notices.adapters.base import Adapter, Credentials
from notices.models import Gateway


class Unreadable(Exception):
    """The stored credentials were encrypted with another SECRET_KEY; they must be entered again."""


def read(gateway: Gateway) -> dict[str, str]:
    """The credentials of a gateway in the clear. Never log or show them. Raises Unreadable."""
    if not gateway.credentials:
        return {}
    try:
        return dict(json.loads(_box().decrypt(bytes(gateway.credentials))))
    except InvalidToken as error:
        raise Unreadable(f"gateway {gateway.pk}") from error


def write(gateway: Gateway, credentials: Credentials) -> None:
    """Encrypt and store the credentials of a saved gateway."""
    gateway.credentials = _box().encrypt(json.dumps(dict(credentials)).encode())
    Gateway.objects.filter(pk=gateway.pk).update(credentials=gateway.credentials)


def refresh(
    gateway: Gateway, *, stale_token: str, adapter: Adapter, run: Callable[[Any], Any], session: ClientSession
) -> dict[str, str]:
    """New credentials in place of those whose access token the provider refused.

    A refresh token works once, so only one worker may use it: the row stays locked while the provider is
    asked, and the new pair is committed before anybody sends with it. This is the one place that talks to a
    provider inside a transaction; a lost reply here needs a person at the provider's console anyway.
    `run` runs a coroutine to its end. Raises RefreshFailed.
    """
    with transaction.atomic():
        row = Gateway.objects.select_for_update(no_key=True).get(pk=gateway.pk)
        known = read(row)
        if known.get("access_token", "") == stale_token:
            known = dict(run(adapter.refresh(session, known)))
            write(row, known)
    gateway.credentials = row.credentials
    return known


def _box() -> MultiFernet:
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    digests = (hashlib.sha256(b"notices.credentials:" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
