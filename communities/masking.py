"""Phone numbers as people read them: as they are dialled, in groups, or with the middle hidden."""

import re


def national(number: str | None) -> str:
    """+84912345678 → 0912345678. Anything that is not E.164 only loses what is neither a digit nor a plus."""
    compact = re.sub(r"[^\d+]", "", number or "")
    return "0" + compact[3:] if compact.startswith("+84") else compact


def full(number: str | None) -> str:
    """+84912345678 → 0912 345 678, with spaces that do not break."""
    dialled = national(number)
    return "\u00a0".join(part for part in (dialled[:4], dialled[4:7], dialled[7:]) if part)


def masked(number: str | None) -> str:
    """+84912345678 → 0912 *** 678. Of a number too short to hide anything in, nothing."""
    dialled = national(number)
    return f"{dialled[:4]}\u00a0***\u00a0{dialled[-3:]}" if len(dialled) >= 8 else "***"
