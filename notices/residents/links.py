"""The address a household opens: short, unguessable, and kept nowhere.

`/t/<recipient id>.<mac>/`, where the mac is 72 bits of HMAC-SHA256 over the id. Nothing secret is stored, a
reminder can rebuild the link, and a wrong letter opens nothing.
"""

import base64
import re
import unicodedata

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from communities.numbers import whole_number

_MAC_BYTES = 9  # 72 bits, 12 characters of URL-safe base64 without padding
_TOKEN = re.compile(r"(?<!\d)\d{1,18}\.[A-Za-z0-9_-]{12}", re.ASCII)


def token(recipient_id: int) -> str:
    """The secret part of a household's link."""
    return f"{recipient_id}.{_mac(recipient_id, settings.SECRET_KEY)}"


def recipient_id_of(text: str) -> int | None:
    """The recipient a token belongs to, or None for anything this installation did not make."""
    number, _, mac = text.partition(".")
    recipient_id = whole_number(number)
    if recipient_id is None or str(recipient_id) != number:
        return None
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]  # links that were sent outlive a change of key
    return recipient_id if any([constant_time_compare(mac, _mac(recipient_id, key)) for key in keys]) else None


def token_in(text: str) -> str | None:
    """The token in what a phone, a chat or a hand made of a link: a full stop, a bracket, a space behind it, quotes
    around it, and characters nobody sees anywhere. None where there is none of this installation."""
    found = _TOKEN.search("".join(c for c in text if unicodedata.category(c) != "Cf"))
    return found[0] if found and recipient_id_of(found[0]) is not None else None


def url(recipient_id: int) -> str:
    """The whole address, as it stands in messages."""
    return settings.PUBLIC_BASE_URL + reverse("resident", args=[token(recipient_id)])


def _mac(recipient_id: int, key: str) -> str:
    digest = salted_hmac("notices.links", str(recipient_id), secret=key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:_MAC_BYTES]).decode()
