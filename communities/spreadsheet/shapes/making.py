"""Lines → households, once it is said in which shape they are."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from communities import names
from communities.spreadsheet import words
from communities.spreadsheet.book import Person, Row, Skipped
from communities.spreadsheet.rows import Line
from communities.spreadsheet.shapes.table import Table, who

HOUSEHOLDS, MEMBERS, PERSONS = "HOUSEHOLDS", "MEMBERS", "PERSONS"

#: What a cell of a person tells of nobody else in the household.
_PERSONAL = frozenset(
    {"full_name", "family_part", "given_part", "birth", "birth_male", "birth_female", "gender", "national_id",
     "relation", "note", "occupation", "education", "health", "health_card", "ethnicity", "religion", "row_no"}
)  # fmt: skip
#: What is told of a household as a whole, on whichever of its lines.
_OF_ALL = frozenset({"address", "village", "hamlet", "household_code", "household_no", "members_count"})


@dataclass(frozen=True, slots=True)
class Shape:
    """How lines make households.

    HOUSEHOLDS: each is one. MEMBERS: persons below their head; `by` is the field that begins the next household:
    household_no, household_code, row_no, relation, head_name (only the first of a household has it), or opens (a row
    “Hộ số 2”). PERSONS: each names its head, in any order; where it names nobody it is its own head (`blank_is_own`)
    or goes on with the household above.
    """

    kind: str
    by: str = ""
    blank_is_own: bool = False


@dataclass(slots=True)
class Made:
    """Households in the order of their first lines, the first line of each group that belongs to none, and the row
    number of the head's line for each line that is not a head's own (0: it belongs to none)."""

    rows: list[Row] = field(default_factory=list)
    unled: list[Skipped] = field(default_factory=list)
    member_of: dict[int, int] = field(default_factory=dict)

    def add(self, row: Row, head: Line | None) -> None:
        """One more household; `head` is its head's own line, if there is one."""
        self.rows.append(row)
        own = head.number if head else None
        self.member_of |= {person.number: row.number for person in row.persons if person.number != own}


def households(table: Table, shape: Shape) -> Made:
    """The households of a table in a shape."""
    if shape.kind == MEMBERS:
        return _Members(table, shape).made()
    if shape.kind == PERSONS:
        return _Persons(table, shape).made()
    return Made([Row(line.number, tuple(line.cells), line.groups) for line in table.lines])


def _persons(lines: list[Line]) -> tuple[Person, ...]:
    return tuple(Person(line.number, tuple(line.cells)) for line in lines)


def _whole(table: Table, head: Line, group: list[Line]) -> tuple[Any, ...]:
    """The head's cells; what is told of the household as a whole only on another line is told here."""
    cells = list(head.cells)
    for column in table.columns:
        at = column.index
        if column.field in _OF_ALL and cells[at] == "":
            cells[at] = next((line.cells[at] for line in group if line.cells[at] != ""), "")
    return tuple(cells)


def blank_is_head(table: Table) -> bool:
    """Whether it is the heads who are left without a relation, and not the others."""
    relations = [relation for line in table.lines if (relation := table.relation(line))]
    heads = sum(map(words.is_head, relations))
    return len(relations) > heads and len(table.lines) - len(relations) > heads


# --- members below their head -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Group:
    """The lines of one household so far, and what each further line asks about all of them."""

    lines: list[Line]
    number: Any = ""  # of the household, "" where no line has one
    has_head: bool = False


class _Members:
    """Heads with their members below: a new number, a head, or a row “Hộ số 2” begins the next household."""

    def __init__(self, table: Table, shape: Shape) -> None:
        self.table = table
        self.at = table.at.get(shape.by) if shape.by in {"household_no", "household_code", "row_no"} else None
        self.blank_is_head = blank_is_head(table)
        self.counts_anew, self.mixes_blanks = self._counts_anew(), self._mixes_blanks()
        self.result = Made()

    def made(self) -> Made:
        """The households."""
        group = _Group([])
        for line in self.table.lines:
            number = line.cells[self.at] if self.at is not None else ""
            if group.lines and self._begins(line, number, group):
                self._close(group.lines)
                group = _Group([])
            group.lines.append(line)
            group.number = number if number != "" else group.number
            group.has_head = group.has_head or self.table.is_head(line)
        if group.lines:
            self._close(group.lines)
        return self.result

    def _counts_anew(self) -> bool:
        """Whether “STT” is the number within the household: 1 again and again, and nothing else counts households."""
        if self.at is not None:
            return False
        lines = self.table.lines
        ones = sum(str(self.table.cell(line, "row_no")) == "1" for line in lines)
        if ones < sum(map(self.table.is_head, lines)):
            return False  # it begins again with a village
        return bool(ones > 1 and ones * 12 > len(lines))

    def _mixes_blanks(self) -> bool:
        """Whether members, too, are left without a relation."""
        blanks = [line for line in self.table.lines if not self.table.relation(line)]
        return sum(not line.after_blank for line in blanks) > 1

    def _begins(self, line: Line, number: Any, group: _Group) -> bool:
        """Whether a line is the first of the next household."""
        if line.opens or line.groups != group.lines[0].groups:
            return True
        relation = self.table.relation(line)
        if self.at is not None:
            if number not in ("", group.number):
                return True
            return bool(relation) and words.is_head(relation) and group.has_head
        if self.counts_anew:
            return bool(str(self.table.cell(line, "row_no")) == "1")
        if self.table.cell(line, "head_name") != "" and not self.table.names_heads:
            return True
        if words.is_head(relation) if relation else self.blank_is_head:
            return True
        is_parted = line.after_blank and group.has_head and not self.mixes_blanks  # an empty row says so
        return not relation and is_parted and "relation" in self.table.at

    def _close(self, group: list[Line]) -> None:
        table = self.table
        head = next((line for line in group if table.is_head(line)), None)
        if head is None and group[0].opens:
            called = names.name_key(group[0].opens)
            head = next((line for line in group if names.name_key(table.name(line)) in called), None)
        if head is None and table.has_heads_apart:
            wanted = who(str(next((v for one in group if (v := table.cell(one, "head_name")) != ""), "")))
            head = next((line for line in group if who(table.name(line)) == wanted), None)
        if head is None:
            unsaid = [line for line in group if not table.relation(line)]
            if not unsaid and "relation" in table.at:
                column = next(column for column in table.columns if column.field == "relation")
                first = group[0]
                told = Skipped(first.number, column.letter, "NO_HEAD", table.name(first), tuple(first.cells))
                self.result.unled.append(told)
                self.result.member_of |= dict.fromkeys((line.number for line in group), 0)
                return
            head = unsaid[0] if unsaid else group[0]
        self.result.add(Row(head.number, _whole(table, head, group), head.groups, _persons(group)), head)


# --- persons who name their head --------------------------------------------------------------------------


class _Persons:
    """Persons who name the same head at the same place; two heads of one name are two households."""

    def __init__(self, table: Table, shape: Shape) -> None:
        self.table, self.blank_is_own = table, shape.blank_is_own

    def made(self) -> Made:
        """The households."""
        table = self.table
        groups: dict[Any, list[Line]] = {}
        heads: dict[Any, Line] = {}  # the first line of each that is its head's own
        latest: dict[str, Any] = {}  # head → key of the household that was met last
        turn: Counter[Any] = Counter()
        places = self._place()
        last: Any = None
        for line in table.lines:
            head = who(str(table.cell(line, "head_name")))
            place = names.fold(str(line.cells[places])) if places is not None else ""
            if not head and not self.blank_is_own and last is not None and not table.is_head(line):
                groups[last].append(line)
                if who(table.name(line)) == last[0]:
                    heads.setdefault(last, line)
                continue
            if not head:
                head = who(table.name(line))
            key = (head, place, line.groups)
            if not place and places is not None and latest.get(head) is not None:
                key = latest[head][:3]
            full = (*key, turn[key])
            is_own = who(table.name(line)) == head or table.is_head(line)
            if is_own and full in heads and self._is_other_head(line, heads[full]):
                turn[key] += 1
                full = (*key, turn[key])
            groups.setdefault(full, []).append(line)
            if is_own:
                heads.setdefault(full, line)
            latest[head] = last = full
        made = Made()
        for key, lines in groups.items():
            made.add(*self._household(key[0], lines))
        return made

    def _place(self) -> int | None:
        """The column that parts households of one head's name: their code or number, else where they live."""
        for name in ("household_code", "household_no", "address", "hamlet", "village"):
            if name in self.table.at:
                filled = sum(self.table.cell(line, name) != "" for line in self.table.lines)
                if filled * 2 > len(self.table.lines):
                    return self.table.at[name]
        return None

    def _is_other_head(self, line: Line, head: Line) -> bool:
        """Whether a head's line tells of another person than the line of the head a household already has."""
        for name in ("national_id", "birth", "birth_male", "birth_female"):
            old, new = self.table.cell(head, name), self.table.cell(line, name)
            if old != "" and new != "":
                return bool(old != new)
        return self.table.is_head(line) and self.table.is_head(head)

    def _household(self, head: str, group: list[Line]) -> tuple[Row, Line | None]:
        table = self.table
        own = next(filter(table.is_head, group), None)
        own = own or next((line for line in group if who(table.name(line)) == head), None)
        if own is not None:
            return Row(own.number, _whole(table, own, group), own.groups, _persons(group)), own
        first = group[0]
        cells = list(first.cells)
        for column in table.columns:  # the head has no row: what stands here is about somebody else
            if column.field in _PERSONAL:
                cells[column.index] = ""
        for at in table.names_at[:1]:
            cells[at] = table.cell(first, "head_name")
        return Row(first.number, tuple(cells), first.groups, _persons(group)), None
