"""Numbers that two households or more would have once a list is written: said, never refused."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from communities.lists.matching import Known
from communities.resources import Listed, Remark

_NAMED = 3  # households or numbers


def numbers(listed: list[Listed], pairs: dict[int, Known], known: Iterable[Known]) -> Iterator[tuple[Listed, Remark]]:
    """What is said of numbers of the list that a second household has, in the list or in its villages.

    One remark a number, about the second row with it or the only one; it names the others. Numbers shared by the same
    households are said together. `pairs` tells which row of `listed` is which household.
    """
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for position, one in enumerate(listed):
        for number in dict.fromkeys(phone.number for phone in one.phones):
            rows[number].append(position)
    row_of = {own.id: position for position, own in pairs.items()}
    others: defaultdict[str, list[Known]] = defaultdict(list)
    for own in known:
        for number in own.contacts:
            if number in rows and row_of.get(own.id) not in rows[number]:
                others[number].append(own)
    together: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for number, positions in rows.items():
        if len(positions) + len(others.get(number, ())) > 1:
            at = positions[:2][-1]
            named = [listed[position].head_name for position in positions if position != at]
            named += [f"{own.head_name} ({own.code})" for own in others.get(number, ())]
            together[at, _first_of(named)].append(f"0{number[3:]}")
    for (at, names), shared in together.items():
        letter = listed[at].columns.get("phones") or listed[at].columns["head_name"]
        yield listed[at], Remark("SHARED_PHONE", letter, _first_of(shared), other=names)


def _first_of(named: list[str]) -> str:
    """The first of some, and how many more there are: “Lê An, Lê Ba, Lê Tư (+2)”."""
    more = f" (+{len(named) - _NAMED})" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more
