"""The card a household keeps by the door: its QR opens its page for whoever works for its village.

`/h/<household id>.<mac>/`, where the mac is 72 bits of HMAC-SHA256 over the id: nothing secret is stored, a card
can be printed again, and nobody finds other households by counting. The card by itself shows a stranger nothing
of the household, and does not stand for it: who may see what is asked of the person who scans.
"""

import base64

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.safestring import SafeString, mark_safe

from communities.numbers import whole_number

_MAC_BYTES = 9  # 72 bits, 12 characters of URL-safe base64 without padding


def token(household_id: int) -> str:
    """The part of a card's address that nobody can guess."""
    return f"{household_id}.{_mac(household_id, settings.SECRET_KEY)}"


def household_id_of(text: str) -> int | None:
    """The household a card was printed for, or None for anything this installation did not print."""
    number, _, mac = text.partition(".")
    household_id = whole_number(number)
    if household_id is None or str(household_id) != number:
        return None
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]  # a printed card outlives a change of key
    return household_id if any([constant_time_compare(mac, _mac(household_id, key)) for key in keys]) else None


def url(household_id: int) -> str:
    """The whole address, as the QR holds it."""
    return settings.PUBLIC_BASE_URL + reverse("household_card", args=[token(household_id)])


def qr(household_id: int) -> SafeString:
    """The QR as an inline SVG of the size its style sheet gives it. A quarter may be torn or dirty (level Q)."""
    code = segno.make(url(household_id), error="q", micro=False, boost_error=False)
    return mark_safe(code.svg_inline(border=0, omitsize=True, svgclass="qr-code", lineclass=None))  # noqa: S308 our own


def _mac(household_id: int, key: str) -> str:
    digest = salted_hmac("communities.cards", str(household_id), secret=key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:_MAC_BYTES]).decode()
