"""Questions about the columns and tables of a sheet, where its rows leave two ways to read it."""

from collections.abc import Iterator

from communities.spreadsheet import areas
from communities.spreadsheet.area import Area
from communities.spreadsheet.book import Grid, Option, Question, Reading
from communities.spreadsheet.rows import Line, Lines
from communities.spreadsheet.trying import Tried

_SAMPLES = 3
_FIELDS = {"HEADS": "head_name", "PHONES": "phone"}


def of_areas(grid: Grid, tried: Tried, found: list[Area], reading: Reading) -> Iterator[Question]:
    """The questions a person has not answered yet."""
    if "TABLES" not in reading.answers and (several := areas.parted(grid, tried.header, tried.columns, reading)):
        ways = (("one", found), ("several", several))
        yield Question("TABLES", grid.name, tuple(_tables(grid, answer, way) for answer, way in ways))
    for kind in _FIELDS:
        columns = [column for column in found[0].columns if column.asked == kind]
        if len(columns) > 1 and kind not in reading.answers:
            columns.sort(key=lambda column: not column.field)  # what is read for now comes first
            lines = Lines(grid, found[0])
            listed = list(lines)
            options = (_column(lines, listed, one.index, one.key, one.header or one.letter, kind) for one in columns)
            yield Question(kind, grid.name, tuple(options))


def chosen_by(answers: dict[str, str]) -> dict[str, str]:
    """The columns that answers choose: key → field."""
    return {answers[kind]: name for kind, name in _FIELDS.items() if answers.get(kind)}


def _tables(grid: Grid, answer: str, found: list[Area]) -> Option:
    households: list[tuple[int, str, int]] = []
    last: list[tuple[int, str, int]] = []
    for area in found:
        lines = Lines(grid, area)
        last = [(line.number, lines.name(line.cells), 1) for line in lines]
        households += last
    return Option(answer, len(households), samples=tuple(last[:_SAMPLES]))


def _column(lines: Lines, listed: list[Line], index: int, key: str, label: str, kind: str) -> Option:
    filled = [line for line in listed if line.cells[index] != ""]
    samples = []
    for line in filled[:_SAMPLES]:
        value = str(line.cells[index])
        samples.append((line.number, value if kind == "HEADS" else f"{lines.name(line.cells)}: {value}", 1))
    return Option(key, len(filled), samples=tuple(samples), label=label)
