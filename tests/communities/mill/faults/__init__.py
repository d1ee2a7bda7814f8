"""What goes wrong in lists, one fault a class: it changes the people, the columns or the rows, and the truth with them.

base.py says what a fault may do; shapes, cells, rows hold the faults; others are files that are no list at all.
"""

from tests.communities.mill.dice import Dice
from tests.communities.mill.faults import cells, others, rows, shapes
from tests.communities.mill.faults.base import Fault

__all__ = ["ALL", "Fault", "chosen", "main_fault"]

ALL: dict[str, type[Fault]] = {
    fault.__doc__ or "": fault for module in (shapes, cells, rows, others) for fault in module.FAULTS
}


_TURNS = 64  # of 64 seeds each fault has one, and the rest have none


def main_fault(seed: int) -> str:
    """The fault whose turn it is."""
    return (*ALL, *[""] * (_TURNS - len(ALL)))[seed % _TURNS]


def chosen(dice: Dice) -> list[Fault]:
    """The faults of a seed: mostly one, sometimes two that do not meddle with the same, or none."""
    found: list[Fault] = []
    second = dice.pick("second fault", "", *ALL, odds=0.3)
    for name, said in (("fault", main_fault(dice.seed)), ("second fault", second)):
        dice.said.pop(name, None)
        if name in dice.calm or not said:
            continue
        fault = ALL[said]()
        if any(fault.touches & other.touches or "everything" in fault.touches | other.touches for other in found):
            continue
        fixed = fault.fixed(dice)
        if any(dice.fixed.get(key, value) != value for key, value in fixed.items()):
            continue
        dice.fixed |= fixed
        dice.said[name] = said
        found.append(fault)
    return sorted(found, key=lambda fault: fault.is_last)
