"""Phone numbers as people read them: as they are dialled, in groups, or with the middle hidden."""

import re

_NUMBER = re.compile(r"\d[\d .\-]{6,}\d|\d(?:[ .,/()\-]*\d){8,}")  # long enough to be somebody's phone


def national(number: str | None) -> str:
    """+84912345678 → 0912345678. Anything that is not E.164 only loses what is neither a digit nor a plus."""
    compact = re.sub(r"[^\d+]", "", number or "")
    return "0" + compact[3:] if compact.startswith("+84") else compact


def full(number: str | None) -> str:
    """+84912345678 → 0912 345 678, with spaces that do not break."""
    dialled = national(number)
    return "\u00a0".join(part for part in (dialled[:4], dialled[4:7], dialled[7:]) if part)


def mask_numbers(text: str) -> str:
    """A text in which numbers that may be somebody's phone have their middle hidden."""
    return _NUMBER.sub(_hidden, text)


def _hidden(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return f"{digits[:4]} *** {digits[-3:]}"


def masked(number: str | None) -> str:
    """+84912345678 → 0912 *** 678. Of a number too short to hide anything in, nothing."""
    dialled = national(number)
    return f"{dialled[:4]}\u00a0***\u00a0{dialled[-3:]}" if len(dialled) >= 8 else "***"
