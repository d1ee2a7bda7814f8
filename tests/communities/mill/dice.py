"""Named choices: each has its own random numbers, so that taking one of them back changes no other."""

from collections.abc import Sequence
from random import Random
from typing import Any


class Dice:
    """The choices of one seed. `calm` names those for which the plain way, the first option, is taken."""

    def __init__(self, seed: int, calm: Sequence[str] = ()) -> None:
        self.seed, self.calm = seed, frozenset(calm)
        self.said: dict[str, Any] = {}  # choices that did not go the plain way
        self.fixed: dict[str, Any] = {}  # choices that are no choice any more

    def of(self, name: str) -> Random:
        """Random numbers that belong to a name alone."""
        return Random(f"{self.seed}/{name}")

    def pick(self, name: str, *options: Any, odds: float = 0.0) -> Any:
        """One of the options; with `odds`, the first unless that chance comes up."""
        if name in self.fixed:
            return self.fixed[name]
        chance = self.of(name)
        if odds:
            found = chance.choice(options[1:]) if chance.random() < odds else options[0]
        else:
            found = chance.choice(options)
        if name in self.calm:
            found = options[0]
        if found != options[0]:
            self.said[name] = found
        return found

    def odd(self, name: str, odds: float) -> bool:
        """Whether something happens that mostly does not."""
        return bool(self.pick(name, False, True, odds=odds))
