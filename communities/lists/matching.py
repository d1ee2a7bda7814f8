"""Which household of the file is which household we know.

Pure functions. A name alone decides nothing: the ten commonest given names cover a third of all men, and two
households of one village may share a name. So: the code, else village and folded name with the year of birth
or a phone. Two rows of one name never become one household, and one household never takes two rows.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

from communities.resources import Listed


@dataclass(slots=True)
class Known:
    """A household as the database has it."""

    id: int
    village_id: int
    code: str
    head_name: str
    name_key: str
    birth_year: int | None
    members: int | None
    lane: str
    address: str
    note: str
    contacts: dict[str, tuple[int, str, int]] = field(default_factory=dict)  # phone → contact id, relation, rank


def pair(listed: list[Listed], known: list[Known], elsewhere: list[Known]) -> dict[int, Known]:
    """Position in `listed` → the household it is. Each household is given once, the surest reasons first.

    `elsewhere` are households of other villages: they have moved here only if code and name both say so.
    """
    pairs: dict[int, Known] = {}
    taken: set[int] = set()

    def match(
        of_row: Callable[[Listed], Iterable[Hashable]],
        of_known: Callable[[Known], Iterable[Hashable]],
        among: list[Known] = known,
    ) -> None:
        if len(pairs) == len(listed) or len(taken) == len(known) + len(elsewhere):
            return  # nobody is left
        waiting: defaultdict[Hashable, deque[Known]] = defaultdict(deque)
        for household in among:
            if household.id not in taken:
                for key in of_known(household):
                    waiting[key].append(household)
        for position, row in enumerate(listed):
            if position in pairs:
                continue
            for key in of_row(row):
                queue = waiting.get(key)
                while queue and queue[0].id in taken:
                    queue.popleft()
                if queue:
                    pairs[position] = queue.popleft()
                    taken.add(pairs[position].id)
                    break

    match(
        lambda row: [(row.village_id, row.code.casefold())] if row.code else [],
        lambda own: [(own.village_id, own.code.casefold())],
    )
    match(
        lambda row: [(row.code.casefold(), row.name_key)] if row.code else [],
        lambda own: [(own.code.casefold(), own.name_key)],
        elsewhere,
    )
    match(
        lambda row: [(*_name(row), row.birth_year, phone.number) for phone in row.phones],
        lambda own: [(*_name(own), own.birth_year, phone) for phone in own.contacts],
    )
    match(
        lambda row: [(row.village_id, row.head_name.casefold(), row.birth_year, row.lane)] if row.birth_year else [],
        lambda own: [(own.village_id, own.head_name.casefold(), own.birth_year, own.lane)] if own.birth_year else [],
    )
    match(
        lambda row: [(*_name(row), row.birth_year, row.lane, not row.phones)] if row.birth_year else [],
        lambda own: [(*_name(own), own.birth_year, own.lane, not own.contacts)] if own.birth_year else [],
    )
    match(
        lambda row: [(*_name(row), row.birth_year)] if row.birth_year else [],
        lambda own: [(*_name(own), own.birth_year)] if own.birth_year else [],
    )
    match(
        lambda row: [(*_name(row), phone.number) for phone in row.phones],
        lambda own: [(*_name(own), phone) for phone in own.contacts],
    )
    # Nothing but the name on one of the two sides: nothing speaks against it, so the lane and then the order decide.
    match(
        lambda row: [(*_name(row), row.lane)] if _is_bare(row) else [],
        lambda own: [(*_name(own), own.lane)],
    )
    match(lambda row: [_name(row)] if _is_bare(row) else [], lambda own: [_name(own)])
    match(lambda row: [_name(row)], lambda own: [_name(own)] if own.birth_year is None and not own.contacts else [])
    return pairs


def _name(one: Listed | Known) -> tuple[int, str]:
    return one.village_id, one.name_key


def _is_bare(row: Listed) -> bool:
    return row.birth_year is None and not row.phones
