"""Whole numbers in what people and programs send us."""


def whole_number(text: str | None, *, digits: int = 18) -> int | None:
    """The number that a text spells in ASCII digits, at most so many; None for any other text.

    `int` alone takes the digits of every script and raises beyond 4,300 of them; PostgreSQL raises for an id of more
    than 18.
    """
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= digits else None
