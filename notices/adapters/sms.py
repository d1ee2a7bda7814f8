"""A text as the mobile network carries and counts it: 3GPP TS 23.038 and 23.040. Whoever sends SMS needs it."""

from collections.abc import Iterable

#: One unit each in the cheap alphabet, GSM-7.
CHEAP = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: In its extension table, two units each.
CHEAP_DOUBLE = frozenset("^{}\\[~]|€\f")
#: Units of a text that goes alone, and of each part of one that is joined again on the phone.
_ALONE, _JOINED = 160, 153
_ALONE_DEAR, _JOINED_DEAR = 70, 67


def costly(text: str) -> list[str]:
    """The characters that force the dear alphabet, UCS-2, each once; none: the text goes out in the cheap one."""
    return list(dict.fromkeys(c for c in text if c not in CHEAP and c not in CHEAP_DOUBLE))


def count(text: str) -> tuple[int, int]:
    """(units, parts) of a text in the cheapest alphabet that can carry it."""
    if costly(text):
        return _in_parts((1 + (c > "\uffff") for c in text), len(text), _ALONE_DEAR, _JOINED_DEAR)
    return _in_parts((1 + (c in CHEAP_DOUBLE) for c in text), len(text), _ALONE, _JOINED)


def _in_parts(sizes: Iterable[int], characters: int, alone: int, joined: int) -> tuple[int, int]:
    """A character of two units is never cut: where one of them would not fit, both begin the next part."""
    sizes = list(sizes)
    units = sum(sizes)
    if units <= alone:
        return units, 1
    if units == characters:
        return units, -(-units // joined)
    parts, used = 1, 0
    for size in sizes:
        if used + size > joined:
            parts, used = parts + 1, 0
        used += size
    return units, parts
