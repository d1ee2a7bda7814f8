"""The made-up people behind the numbers: always the same ones, so that tests and demos can foretell them."""

import hashlib
import re

#: The usual share of numbers without Zalo.
NO_ZALO_PERCENT = 8.0
_MOBILE = re.compile(r"(?:\+?84|0)([35789]\d{8})")  # today's mobile numbers: 03, 05, 07, 08, 09


def e164(phone: str) -> str | None:
    """+84…, from 84…, +84… or 0…; None for what no provider would take for a Vietnamese mobile number."""
    found = _MOBILE.fullmatch(phone)
    return f"+84{found[1]}" if found else None


def has_zalo(phone: str, no_zalo_percent: float = NO_ZALO_PERCENT) -> bool:
    """Whether the number has a Zalo account; that many in a hundred do not, decided by the number alone."""
    return _draw("zalo", phone) >= no_zalo_percent


def is_off(phone: str, fail_percent: float) -> bool:
    """Whether the phone is switched off: messages are accepted and never reach it."""
    return _draw("off", phone) < fail_percent


def has_keys(phone: str) -> bool:
    """Whether it is a keypad phone, as many old people's are. Only changes how the wall draws it."""
    return _draw("keys", phone) < 35


def patience(phone: str) -> float:
    """0.5 to 1.5: how much slower than others this phone reports a delivery."""
    return 0.5 + _draw("patience", phone) / 100


def _draw(what: str, phone: str) -> float:
    """A number from 0 up to 100 that belongs to this phone and question for ever."""
    digest = hashlib.blake2s(f"{what}:{phone[-9:]}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) % 10_000 / 100
