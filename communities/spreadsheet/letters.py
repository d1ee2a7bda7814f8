"""The texts of a book in Unicode: cells in old or wrong letters are decoded one by one, and it is told which."""

from collections.abc import Iterator
from typing import Any

from communities import encodings, names
from communities.spreadsheet.book import Encoding, Grid, Unreadable

_OVERWHELMING = 9  # so many cells in old letters for each that cannot be
_EXAMPLES = 5
_MOST_TIMES = 2  # that a file is read wrongly one after the other
_SURE = 2  # rows with letters that are gone for certain: one may be anything


def modernise(grids: list[Grid], decided: str) -> Encoding | None:
    """Decode what is in old letters or was read in wrong ones, and clean every text, in place.

    `decided` as Reading.encoding. Raises Unreadable LOST_LETTERS where the letters of most rows are gone.
    """
    texts = _texts(grids)
    reread = _reread(grids, texts) if decided != "UNICODE" else None
    if reread is not None:
        texts = _texts(grids)
    if any("?" in text or "\ufffd" in text for text in texts):
        _refuse_lost(grids)
    return _from_old_fonts(grids, decided, {text for text in texts if not text.isascii()}) or reread


def _texts(grids: list[Grid]) -> set[str]:
    return {value for grid in grids for row in grid.rows for value in row if isinstance(value, str)}


def _reread(grids: list[Grid], texts: set[str]) -> Encoding | None:
    """Read UTF-8 that was taken for Western letters, once or more often, as what it is. Nobody is asked: what makes
    Vietnamese of bytes that can be nothing else is no guess."""
    changed: dict[str, str] = {}
    for _ in range(_MOST_TIMES):
        texts = {text for text in texts if not text.isascii()}
        reader = encodings.misread(texts)
        if not reader:
            break
        read = {text: encodings.reread(text, reader, is_sure=False) for text in texts}
        whole = sum(new != text for text, new in read.items())
        if whole > _OVERWHELMING * (len(read) - whole):
            read = {text: encodings.reread(text, reader, is_sure=True) for text in texts}
        for grid in grids:
            grid.name = encodings.reread(grid.name, reader, is_sure=False)
            for row in grid.rows:
                row[:] = [read.get(value, value) if isinstance(value, str) else value for value in row]
        texts = _texts(grids)
        changed = {old: read.get(new, new) for old, new in changed.items()} | {
            old: new for old, new in read.items() if old != new and old not in changed.values()
        }
    if not changed:
        return None
    pairs = sorted(
        ((names.clean(old), names.clean(new)) for old, new in changed.items()), key=lambda pair: len(pair[0])
    )
    shown = [pair for pair in pairs if " " in pair[1]]
    return Encoding(encodings.UTF_8, True, "LETTERS", shown[:_EXAMPLES])


def _refuse_lost(grids: list[Grid]) -> None:
    """Raise Unreadable where letters are gone from most rows that have words: nothing brings them back."""
    rows = sure = unsure = 0
    for grid in grids:
        for row in grid.rows:
            texts = [value for value in row if isinstance(value, str) and " " in value.strip()]
            signs = max(map(encodings.lost, texts), default=0)
            rows += bool(texts)
            sure += signs == 2
            unsure += signs == 1
    if sure >= _SURE and (sure + unsure) * 2 >= rows:
        raise Unreadable("LOST_LETTERS")


def _from_old_fonts(grids: list[Grid], decided: str, texts: set[str]) -> Encoding | None:
    name = decided if decided in encodings.NAMES else encodings.guess(texts)
    if not name and not decided:
        name = _by_font(grids, texts)
    if not name:
        _clean(grids)
        return None
    verdicts = {text: encodings.verdict(text, name) if encodings.is_western(text) else "NEW" for text in texts}
    counts = {word: sum(verdict == word for verdict in verdicts.values()) for word in ("OLD", "NEW")}
    is_all = counts["OLD"] > _OVERWHELMING * counts["NEW"]
    found = [
        (text, font, row, index, new)
        for grid in grids
        for text, font, row, index, new in _decoded(grid, name, verdicts, is_all, decided == name)
    ]
    if not found:
        _clean(grids)
        return Encoding(name, bool(decided), "LETTERS", []) if decided in encodings.NAMES else None
    examples = dict.fromkeys((text, new) for text, *_, new in found if " " in text and text != new)
    by = "FONT" if sum(bool(font) for _, font, *_ in found) * 2 > len(found) else "LETTERS"
    if decided != "UNICODE":
        for _, _, row, index, new in found:
            row[index] = new
        for grid in grids:
            if encodings.verdict(grid.name, name) == "OLD":
                grid.name = encodings.decode(grid.name, name)
    _clean(grids)
    shown = [(names.clean(old), names.clean(new)) for old, new in examples]
    shown.sort(key=lambda pair: len(pair[0]) > 30)  # titles are longer than names
    return Encoding(name, bool(decided), by, shown[:_EXAMPLES])


def _by_font(grids: list[Grid], texts: set[str]) -> str:
    """The letters of the fonts, where a single text proves them: too few to tell without."""
    for name in encodings.NAMES:
        drawn = {
            grid.rows[row][column]
            for grid in grids
            for row, cells in grid.fonts.items()
            for column, font in cells.items()
            if font.startswith(name) and row < len(grid.rows) and column < len(grid.rows[row])
        }
        verdicts = [encodings.verdict(text, name) for text in drawn & texts]
        if "OLD" in verdicts and "NEW" not in verdicts:
            return name
    return ""


def _decoded(
    grid: Grid, name: str, verdicts: dict[str, str], is_all: bool, is_told: bool
) -> Iterator[tuple[str, str, list[Any], int, str]]:
    """The cells to decode: text, font, row, place in the row, and the new text."""
    knows_fonts = bool(grid.fonts)
    for position, row in enumerate(grid.rows):
        fonts = grid.fonts.get(position, {})
        told = {verdicts[value] for value in row if isinstance(value, str) and value in verdicts}
        is_old_row = "OLD" in told and "NEW" not in told
        for index, value in enumerate(row):
            if not isinstance(value, str) or not value:
                continue
            font = fonts.get(index, "")
            verdict = verdicts.get(value)
            if verdict is None:  # plain ASCII
                if font.endswith("H") and not value.isupper():
                    yield value, font, row, index, value.upper()
                continue
            if verdict == "OLD":
                is_old = True
            elif verdict == "NEW":
                is_old = False
            elif font:
                is_old = font.startswith(name)
            else:
                is_old = not knows_fonts and (is_told or is_old_row or (is_all and "NEW" not in told))
            if is_old:
                new = encodings.decode(value, name)
                yield value, font, row, index, new.upper() if font.endswith("H") else new


def _is_clean(text: str) -> bool:
    """Whether nothing of a text could be dropped: plain letters and signs, each space alone and between others."""
    return text.isascii() and text.isprintable() and "  " not in text and text[0] != " " != text[-1]


def _clean(grids: list[Grid]) -> None:
    """Spaces nobody sees dropped from every text; a line break within a cell stays."""
    cleaned: dict[str, str] = {}
    for grid in grids:
        for row in grid.rows:
            for i, value in enumerate(row):
                if isinstance(value, str) and value and not _is_clean(value):
                    new = cleaned.get(value)
                    if new is None:
                        lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
                        new = cleaned[value] = "\n".join(line for one in lines if (line := names.clean(one)))
                    row[i] = new
