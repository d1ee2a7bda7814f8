"""A mill of household lists: from a seed a true list of households, written as one of many offices would write it.

people.py invents the households, words.py knows how things are called, table.py lays the rows out, files.py makes
the file, compare.py holds what was read against what is true. Every choice has a name and its own dice, so a failing
seed is made smaller by taking the plain way at one choice after the other (`shrunk`).
"""

from tests.communities.mill.compare import differences, shrunk
from tests.communities.mill.dice import Dice
from tests.communities.mill.files import Milled, grind

__all__ = ["Dice", "Milled", "differences", "grind", "shrunk"]
