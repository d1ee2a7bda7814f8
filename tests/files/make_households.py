"""Writes the household lists of the tests and, beside each, what a careful person reads in it.

`python -m tests.files.make_households`. The same bytes on every run. Everybody in them is invented.
"""

from tests.files.lists import (
    emptiness,
    expected,
    formats,
    look_alikes,
    oddities,
    people,
    shapes,
    surroundings,
    synthetic,
    together,
    values,
)

MODULES = (shapes, surroundings, emptiness, values, people, formats, synthetic, together, oddities, look_alikes)


def main() -> None:
    """Write everything into tests/files/households/."""
    for module in MODULES:
        module.write()
    expected.write()
    print(f"{len(expected.CONTENTS)} files, {len(expected.CASES)} expectations")


if __name__ == "__main__":
    main()
