"""What a fault may do to a list."""

from collections.abc import Sequence
from typing import Any, ClassVar

from tests.communities.mill.dice import Dice
from tests.communities.mill.page import Page
from tests.communities.mill.people import Home
from tests.communities.mill.table import Column, Layout

ONE_ROW = {"shape": "HOUSEHOLDS"}
PLAIN_PLACES = {"village count": 1, "village by": "option", "lane by": "none"}
CALM_PHONES = {
    "many ways of writing": False, "phones as": "{0}", "words for no phone": False, "whose phone": False,
    "no phone": False,
}  # fmt: skip


class Fault:
    """Nothing goes wrong."""

    touches: ClassVar[set[str]] = set()  # two faults that touch the same do not come together
    is_last: ClassVar[bool] = False  # it takes the rows as the others have left them
    asks: ClassVar[dict[str, str]] = {}  # a question is allowed, and this is the answer, as options of the command

    def fixed(self, dice: Dice) -> dict[str, Any]:
        """Choices that this fault makes, by the names of their dice."""
        return {}

    def people(self, dice: Dice, homes: list[Home]) -> None:
        """Change who lives in the households."""

    def columns(self, layout: Layout, made: list[Column]) -> list[Column]:
        """The columns instead of those made."""
        return made

    def page(self, layout: Layout, page: Page) -> None:
        """Change what is written on a sheet."""

    def book(self, pages: list[Page]) -> list[Page]:
        """The sheets instead of those written."""
        return pages

    def instead(self, dice: Dice, homes: list[Home]) -> list[Page]:
        """Sheets in the place of a list; none where there is a list."""
        return []


def place(made: Sequence[Column], *names: str) -> int:
    """Where the first column stands that holds one of the fields."""
    return next(i for i, column in enumerate(made) if column.field in names)


def replaced(made: list[Column], at: int, *columns: Column) -> list[Column]:
    """The columns with others in the place of one."""
    return [*made[:at], *columns, *made[at + 1 :]]


def some(dice: Dice, name: str, found: Sequence[Any], most: int) -> list[Any]:
    """One to `most` of the things found, in their order; none where there are none."""
    chance = dice.of(name)
    at = sorted(chance.sample(range(len(found)), min(len(found), chance.randint(1, most))))
    return [found[i] for i in at]
