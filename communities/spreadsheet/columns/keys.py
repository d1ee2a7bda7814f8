"""A name for each column that is the same in every file of one layout."""

from collections import Counter
from typing import Any

from communities.spreadsheet.book import letter
from communities.spreadsheet.header import Path, shown
from communities.spreadsheet.words import fold


def key_of(header: str) -> str:
    """Column.key of a header as a person writes it: “Số điện thoại”, “Ghi chú#2”, “@C”."""
    text, mark, number = header.strip().rpartition("#")
    if mark and number.isdecimal():
        return f"{fold(text)}#{number}"
    return header.strip().upper() if header.strip().startswith("@") else fold(header)


def keys_of(paths: dict[int, Path], values: dict[int, list[Any]]) -> dict[int, str]:
    """Column → key, for the columns that have a header or a value."""
    keys: dict[int, str] = {}
    seen: Counter[str] = Counter()
    for i in sorted(values):
        if i in paths:
            text = fold(shown(paths[i])) or f"@{letter(i)}"
            seen[text] += 1
            keys[i] = text if seen[text] == 1 else f"{text}#{seen[text]}"
        elif values[i]:
            keys[i] = f"@{letter(i)}"
    return keys
