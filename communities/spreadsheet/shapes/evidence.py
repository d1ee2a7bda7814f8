"""What speaks against reading the lines of a table in a shape.

Each kind of evidence looks at one line and at what a shape makes of it – its head's own, or a member of the household
of another row – and says how badly the two agree, 0 not at all. The weights come from lists that were met: a
running number beside a name outweighs a relation, a household's number outweighs both. A new kind of list adds a
function to EVIDENCE, and no branch.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from communities import names
from communities.spreadsheet import words
from communities.spreadsheet.rows import Line
from communities.spreadsheet.shapes.making import Made, blank_is_head
from communities.spreadsheet.shapes.table import Table, who

NUMBERS = ("household_no", "household_code")


@dataclass(slots=True)
class Facts:
    """What holds for all lines of a table, counted once."""

    numbering: str  # THROUGH all lines, HEADS only, WITHIN each household, or ""
    numbers: dict[str, bool]  # field that numbers households → whether lines are left without
    blank_is_head: bool
    marks_heads: bool  # only heads have a relation
    counts: str  # ALL lines tell how many they are, HEADS only, or ""
    has_phones: bool
    has_openings: bool  # rows “Hộ số 2”
    named_heads: frozenset[str]  # whom the lines name in a column of heads

    @classmethod
    def of(cls, table: Table) -> "Facts":
        """The facts of a table."""
        relations = [relation for line in table.lines if (relation := table.relation(line))]
        is_of_heads = all(map(words.is_head, relations))
        few = len(relations) * 10 <= len(table.lines) * 7
        return cls(
            numbering(table),
            {name: "" in table.values(name) for name in NUMBERS if numbers_households(table, name)},
            blank_is_head(table),
            bool(relations) and is_of_heads and few,
            _counts(table),
            "phone" in table.at,
            any(line.opens for line in table.lines),
            frozenset(who(str(table.cell(line, "head_name"))) for line in table.lines)
            if table.has_heads_apart
            else frozenset(),
        )


def numbers_households(table: Table, name: str) -> bool:
    """Whether the cells of a field tell households apart: “Số hộ: 1” on every line is a thing to be summed up."""
    if name not in table.at:
        return False
    values = set(table.values(name)) - {""}
    if len(values) > 1:
        return True
    header = next((names.fold(column.header) for column in table.columns if column.field == name), "")
    is_to_be_summed = table.names_heads or header.split()[-2:] == ["so", "ho"] or "full_name" not in table.at
    return bool(values) and (len(table.lines) <= 2 or not is_to_be_summed)


def numbering(table: Table) -> str:
    """THROUGH all lines, HEADS only, WITHIN each household, or ""."""
    if "row_no" not in table.at:
        return ""
    numbers = table.values("row_no")
    given = [int(number) for number in numbers if str(number).isdecimal()]
    if len(given) < 2:
        return ""
    if (len(numbers) - len(given)) * 10 >= len(numbers) and len(numbers) - len(given) > 1:
        return "HEADS" if all(b > a or b == 1 for a, b in itertools.pairwise(given)) else ""
    ones = sum(number == 1 for number in given)
    if 1 < ones <= len({line.groups for line in table.lines}):
        return "THROUGH"  # it begins again with each village
    if ones > 1 and ones * 12 > len(numbers):
        return "WITHIN"
    steps = sum(b == a + 1 for a, b in itertools.pairwise(given))
    return "THROUGH" if steps * 10 >= (len(given) - 1) * 8 else ""


def _counts(table: Table) -> str:
    if "members_count" not in table.at or not table.lines:
        return ""
    filled = sum(table.cell(line, "members_count") != "" for line in table.lines)
    return "ALL" if filled * 10 >= len(table.lines) * 9 else "HEADS" if filled * 10 <= len(table.lines) * 6 else ""


class Role:
    """A line and what a shape makes of it."""

    __slots__ = ("above", "are_alone", "facts", "head", "is_alone", "is_head", "line", "table")

    def __init__(self, table: Table, facts: Facts, *, are_alone: bool) -> None:
        self.table, self.facts = table, facts
        self.are_alone = are_alone  # most heads have nobody else

    def turn_to(self, line: Line, head: Line | None, above: Line | None, *, is_head: bool, is_alone: bool) -> None:
        """The next line: its head's own line, where there is one, and the line above it."""
        self.line, self.head, self.above, self.is_head, self.is_alone = line, head, above, is_head, is_alone

    def cell(self, name: str) -> Any:
        """A cell of the line."""
        return self.table.cell(self.line, name)


def _said_to_be_head(role: Role) -> float:
    """Below “Họ và tên chủ hộ” each name is a head, all the more where it has its number in a list that counts."""
    if role.is_head or not role.table.names_heads:
        return 0
    return 3 if role.facts.numbering == "THROUGH" and role.cell("row_no") != "" else 1.5


def _same_person(role: Role) -> float:
    """Nobody is a member of a household of his own name: his row was copied."""
    if role.is_head or role.head is None or role.head is role.line:
        return 0
    return 3 if who(role.table.name(role.line)) == who(role.table.name(role.head)) else 0


def _relation(role: Role) -> float:
    relation = role.table.relation(role.line)
    if "relation" not in role.table.at:
        return 0
    if not relation:
        if role.facts.blank_is_head:
            return 0 if role.is_head else 1.5
        return (1.5 if role.facts.marks_heads else 0.5) if role.is_head else 0.2
    if words.is_head(relation):
        return 0 if role.is_head else 3
    if not role.is_head:
        return 0.5 if role.facts.has_phones and role.table.names_heads and role.cell("phone") != "" else 0
    return 3 if role.facts.has_phones and role.cell("phone") == "" else 2


def _number(role: Role) -> float:
    """The number or code of the household: once for each, and its members' own or left out."""
    against = 0.0
    for name, is_partial in role.facts.numbers.items():
        own = role.cell(name)
        if role.is_head:
            is_repeated = own != "" and role.above is not None and role.table.cell(role.above, name) == own
            against += 1.5 if is_repeated else 0.5 if own == "" and is_partial else 0
        elif own == "":
            against += 0 if name == "household_no" else 0.5
        elif role.head is not None and role.table.cell(role.head, name) not in ("", own):
            against += 3
    return against


def _same_number(role: Role) -> float:
    """In a list of which nobody says who is the head, and in which most are alone, a code may have been copied."""
    if role.is_head or not role.are_alone or role.facts.numbering != "THROUGH" or "household_no" in role.facts.numbers:
        return 0
    return 0 if "relation" in role.table.at or role.table.has_heads_apart else 1.2


def _running_number(role: Role) -> float:
    number = role.cell("row_no")
    if role.facts.numbering == "HEADS":
        return (0 if number != "" else 1.5) if role.is_head else (0 if number == "" else 3)
    if role.facts.numbering == "WITHIN" and number != "":
        return 2 if (str(number) == "1") is not role.is_head else 0
    return 0


def _named_head(role: Role) -> float:
    """The head whom a line names in a column of its own."""
    if not role.table.has_heads_apart:
        return 0
    named, own = who(str(role.cell("head_name"))), who(role.table.name(role.line))
    if role.is_head:
        is_nobody = not named and own not in role.facts.named_heads  # whom none of his people names
        return 3 if named not in ("", own) else float(is_nobody)
    if own == named or (not named and own in role.facts.named_heads):
        return 3
    return 3 if named and role.head is not None and who(role.table.name(role.head)) != named else 0


def _count(role: Role) -> float:
    """How many they are is told once for a household."""
    if role.facts.counts == "ALL":
        is_same = role.head is not None and role.cell("members_count") == role.table.cell(role.head, "members_count")
        return 0 if role.is_head else 0.5 if is_same else 2
    if role.facts.counts == "HEADS":
        is_told = role.cell("members_count") != ""
        return 0 if is_told is role.is_head else 0.7
    return 0


def _opening(role: Role) -> float:
    """“Hộ số 2” begins a household, and what follows are its persons."""
    return 2 if role.facts.has_openings and role.is_alone and not role.line.opens else 0


EVIDENCE: tuple[Callable[[Role], float], ...] = (
    _said_to_be_head, _same_person, _relation, _number, _same_number, _running_number, _named_head, _count, _opening,
)  # fmt: skip
_LOST = 3.0  # a line that would belong to nobody


def against(table: Table, facts: Facts, made: Made) -> float:
    """How much of what the lines say a shape contradicts, in all."""
    lines = {line.number: line for line in table.lines}
    alone = {row.number for row in made.rows if len(row.persons) < 2}
    role = Role(table, facts, are_alone=len(alone) * 2 > len(made.rows))
    total = 0.0
    above: Line | None = None
    for line in table.lines:
        of = made.member_of.get(line.number)
        if of == 0:
            total += _LOST
        else:
            head = line if of is None else lines.get(of) if of != line.number else None
            role.turn_to(line, head, above, is_head=of is None, is_alone=line.number in alone)
            total += sum(evidence(role) for evidence in EVIDENCE)
        above = line
    return total
