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


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row and a household are one: both give the same key. A side that gives no key takes no part."""

    of_row: Callable[[Listed], Iterable[Hashable]]
    of_known: Callable[[Known], Iterable[Hashable]]
    is_elsewhere: bool = False  # the household is sought in other villages


def pair(listed: list[Listed], known: list[Known], elsewhere: list[Known]) -> dict[int, Known]:
    """Position in `listed` → the household it is. Each household is given once, the surest reasons first.

    `elsewhere` are households of other villages: they have moved here only if code and name both say so.
    """
    pairs: dict[int, Known] = {}
    taken: set[int] = set()
    for reason in REASONS:
        if len(pairs) == len(listed) or len(taken) == len(known) + len(elsewhere):
            break  # nobody is left
        _pair_by(reason, listed, elsewhere if reason.is_elsewhere else known, pairs, taken)
    return pairs


def _pair_by(
    reason: Reason, listed: list[Listed], among: list[Known], pairs: dict[int, Known], taken: set[int]
) -> None:
    """Adds to `pairs` and `taken` what one reason finds. Of several households with one key the first goes first."""
    waiting: defaultdict[Hashable, deque[Known]] = defaultdict(deque)
    for household in among:
        if household.id not in taken:
            for key in reason.of_known(household):
                waiting[key].append(household)
    for position, row in enumerate(listed):
        if position in pairs:
            continue
        for key in reason.of_row(row):
            queue = waiting.get(key)
            while queue and queue[0].id in taken:
                queue.popleft()
            if queue:
                pairs[position] = queue.popleft()
                taken.add(pairs[position].id)
                break


def _phones(one: Listed | Known) -> list[str]:
    return [phone.number for phone in one.phones] if isinstance(one, Listed) else list(one.contacts)


def _name(one: Listed | Known) -> tuple[int, str]:
    return one.village_id, one.name_key


def _is_bare(one: Listed | Known) -> bool:
    """Whether nothing but the name tells who this is."""
    return one.birth_year is None and not _phones(one)


def _by_code(one: Listed | Known) -> list[Hashable]:
    return [(one.village_id, one.code.casefold())]


def _by_code_and_name(one: Listed | Known) -> list[Hashable]:
    return [(one.code.casefold(), one.name_key)]


def _by_name_year_and_phone(one: Listed | Known) -> list[Hashable]:
    return [(*_name(one), one.birth_year, phone) for phone in _phones(one)]


def _by_written_name_year_and_lane(one: Listed | Known) -> list[Hashable]:
    return [(one.village_id, one.head_name.casefold(), one.birth_year, one.lane)] if one.birth_year else []


def _by_name_year_lane_and_having_a_phone(one: Listed | Known) -> list[Hashable]:
    return [(*_name(one), one.birth_year, one.lane, not _phones(one))] if one.birth_year else []


def _by_name_and_year(one: Listed | Known) -> list[Hashable]:
    return [(*_name(one), one.birth_year)] if one.birth_year else []


def _by_name_and_phone(one: Listed | Known) -> list[Hashable]:
    return [(*_name(one), phone) for phone in _phones(one)]


def _by_name_and_lane(one: Listed | Known) -> list[Hashable]:
    return [(*_name(one), one.lane)]


def _by_name(one: Listed | Known) -> list[Hashable]:
    return [_name(one)]


def _row_with_code(row: Listed) -> list[Hashable]:
    return _by_code(row) if row.code else []


def _row_with_code_and_name(row: Listed) -> list[Hashable]:
    return _by_code_and_name(row) if row.code else []


def _bare_row_with_lane(row: Listed) -> list[Hashable]:
    return _by_name_and_lane(row) if _is_bare(row) else []


def _bare_row(row: Listed) -> list[Hashable]:
    return _by_name(row) if _is_bare(row) else []


def _bare_household(own: Known) -> list[Hashable]:
    return _by_name(own) if _is_bare(own) else []


#: The surest first.
REASONS = (
    Reason(_row_with_code, _by_code),
    Reason(_row_with_code_and_name, _by_code_and_name, is_elsewhere=True),
    Reason(_by_name_year_and_phone, _by_name_year_and_phone),
    Reason(_by_written_name_year_and_lane, _by_written_name_year_and_lane),
    Reason(_by_name_year_lane_and_having_a_phone, _by_name_year_lane_and_having_a_phone),
    Reason(_by_name_and_year, _by_name_and_year),
    Reason(_by_name_and_phone, _by_name_and_phone),
    # Nothing but the name on one of the two sides: nothing speaks against it, so the lane and then the order decide.
    Reason(_bare_row_with_lane, _by_name_and_lane),
    Reason(_bare_row, _by_name),
    Reason(_by_name, _bare_household),
)
