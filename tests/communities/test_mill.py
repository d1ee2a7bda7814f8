"""Lists nobody made by hand: 250 seeds of the mill, read exactly.

`MILL_SEEDS=1000-3000 MILL_TOLD=failures.txt pytest -k every_seed …` grinds others and writes down what fails, made
as small as it goes.
"""

import os

import pytest

from tests.communities import mill
from tests.communities.mill.compare import shown
from tests.communities.opening import in_this_process

pytestmark = pytest.mark.django_db
SEEDS = range(250)


def test_every_seed_is_read_as_it_is_written(ward, monkeypatch):
    in_this_process(monkeypatch)
    asked = os.environ.get("MILL_SEEDS")
    seeds = range(*map(int, asked.split("-"))) if asked else SEEDS
    told = []
    for seed in seeds:
        if mill.differences(mill.grind(seed), ward):
            failure, choices, milled = mill.shrunk(seed, lambda one: mill.differences(one, ward))
            told.append(f"=== seed {seed} {choices}\n" + "\n".join(failure[:6]) + f"\n{shown(milled)}")
            if len(told) >= int(os.environ.get("MILL_MOST", "5")):
                break
    if path := os.environ.get("MILL_TOLD"):
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(told))
    assert not told, "\n".join(told)
