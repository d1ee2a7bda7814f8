"""Phone numbers as people read them: in full, or with the middle hidden. Takes E.164."""


def full(number: str) -> str:
    """+84912345678 → 0912 345 678, with spaces that do not break."""
    national = f"0{number.removeprefix('+84')}"
    return "\u00a0".join(part for part in (national[:4], national[4:7], national[7:]) if part)


def masked(number: str) -> str:
    """+84912345678 → 0912 *** 678."""
    national = f"0{number.removeprefix('+84')}"
    return f"{national[:4]}\u00a0***\u00a0{national[-3:]}"
