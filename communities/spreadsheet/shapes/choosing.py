"""Which shape the lines of a table have: the one that contradicts least of what they say, or a question."""

from collections.abc import Iterator
from typing import NamedTuple

from communities.spreadsheet import words
from communities.spreadsheet.book import Option, Row
from communities.spreadsheet.shapes import evidence
from communities.spreadsheet.shapes.making import HOUSEHOLDS, MEMBERS, PERSONS, Made, Shape, households
from communities.spreadsheet.shapes.table import Table

_FIRST, _LAST = 400, 100  # lines that are tried
#: How much better, for each line on which two shapes differ, the better one has to be.
_MARGIN = 0.4
_SAMPLES = 3
ANSWERS = {HOUSEHOLDS: "row", MEMBERS: "members", PERSONS: "person"}


class Chosen(NamedTuple):
    """The shape of a table, its households, and the two ways to read it where its lines do not decide."""

    shape: Shape
    made: Made
    options: tuple[Option, ...] = ()


class _Tried(NamedTuple):
    against: float
    shape: Shape
    made: Made


def choose(table: Table, answer: str) -> Chosen:
    """The households of a table with at least one line. `answer` is one of ANSWERS, or "" while nobody was asked."""
    shapes = list(_possible(table))
    if answer in ANSWERS.values():
        shapes = [shape for shape in shapes if ANSWERS[shape.kind] == answer] or shapes[:1]
    if len(shapes) == 1:
        return Chosen(shapes[0], households(table, shapes[0]))
    tried = _tried(table, shapes)
    best = tried[0]
    rival = next((one for one in tried if _is_rival(one, best)), None)
    made = households(table, best.shape)
    if rival is None:
        return Chosen(best.shape, made)
    return Chosen(best.shape, made, tuple(_options(table, (best, rival), made)))


def _possible(table: Table) -> Iterator[Shape]:
    """The shapes a table may have by its columns, of equals the first; a line each is always one."""
    lines = table.lines
    if table.has_heads_apart:
        yield Shape(PERSONS)
        if any(table.cell(line, "head_name") == "" for line in lines):
            yield Shape(PERSONS, blank_is_own=True)
            yield Shape(MEMBERS, "head_name")
    yield Shape(HOUSEHOLDS)
    for name in evidence.NUMBERS:
        if evidence.numbers_households(table, name) and _repeats(table, name):
            yield Shape(MEMBERS, name)
    if "relation" in table.at and not all(words.is_head(str(relation)) for relation in table.values("relation")):
        yield Shape(MEMBERS, "relation")
    if evidence.numbering(table) == "HEADS" and table.cell(lines[0], "row_no") != "":
        yield Shape(MEMBERS, "row_no")
    if any(line.opens for line in lines):
        yield Shape(MEMBERS, "opens")


def _repeats(table: Table, name: str) -> bool:
    """Whether not every line has a number of its own."""
    values = table.values(name)
    return "" in values or len(set(values)) < len(values)


def _tried(table: Table, shapes: list[Shape]) -> list[_Tried]:
    """Each shape on a part of the lines, the best first."""
    lines = table.lines
    part = table.of(lines if len(lines) <= _FIRST + _LAST else lines[:_FIRST] + lines[-_LAST:])
    facts = evidence.Facts.of(part)
    made = [(shape, households(part, shape)) for shape in shapes]
    tried = [_Tried(evidence.against(part, facts, one), shape, one) for shape, one in made]
    return sorted(tried, key=lambda one: one.against)  # of two that are equal the first stays the first


def _is_rival(one: _Tried, best: _Tried) -> bool:
    """Whether a shape makes other households of another kind and fits nearly as well."""
    if one.shape.kind == best.shape.kind:
        return False
    differing = sum(
        one.made.member_of.get(number) != best.made.member_of.get(number)
        for number in {*one.made.member_of, *best.made.member_of}
    )
    return differing > 0 and one.against - best.against < _MARGIN * differing


def _options(table: Table, tried: tuple[_Tried, ...], made: Made) -> Iterator[Option]:
    """The ways to read a table in counts and samples, taken where the ways part."""
    outcomes = [made, *(households(table, one.shape) for one in tried[1:])]
    for one, outcome in zip(tried, outcomes, strict=True):
        others = next(other.member_of for other in outcomes if other is not outcome)
        parted = [row for row in outcome.rows if _is_parted(row, outcome.member_of, others)]
        samples = tuple(
            (row.number, _name(table, row), max(len(row.persons), 1)) for row in (parted or outcome.rows)[:_SAMPLES]
        )
        members = len(table.lines) - len(outcome.rows) - sum(of == 0 for of in outcome.member_of.values())
        yield Option(ANSWERS[one.shape.kind], len(outcome.rows), max(members, 0), samples)


def _is_parted(row: Row, own: dict[int, int], others: dict[int, int]) -> bool:
    numbers = {row.number, *(person.number for person in row.persons)}
    return any(own.get(number) != others.get(number) for number in numbers)


def _name(table: Table, row: Row) -> str:
    return next((str(row.cells[i]) for i in table.names_at if row.cells[i] != ""), "")
