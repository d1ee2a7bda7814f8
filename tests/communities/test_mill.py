"""Lists nobody made by hand: 300 seeds of the mill, read exactly, every row with its fate.

`MILL_SEEDS=1000-3000 MILL_MOST=9999 pytest tests/communities/test_mill.py` grinds others and tells what fails, each as
small as it goes; `-k struck` takes the seeds of one fault alone.
"""

import os

import pytest

from tests.communities import mill
from tests.communities.mill.compare import shown
from tests.communities.mill.faults import ALL, main_fault
from tests.communities.opening import in_this_process

pytestmark = pytest.mark.django_db
SEEDS = range(*map(int, os.environ.get("MILL_SEEDS", "0-300").split("-")))
MOST = int(os.environ.get("MILL_MOST", "1"))  # failures of a fault that are told


@pytest.mark.parametrize("fault", ["", *ALL])
def test_every_seed_is_read_as_it_is_written(fault, ward, monkeypatch):
    in_this_process(monkeypatch)
    told: list[str] = []
    for seed in SEEDS:
        if main_fault(seed) == fault and len(told) < MOST and mill.differences(mill.grind(seed), ward):
            failure, choices, milled = mill.shrunk(seed, lambda one: mill.differences(one, ward))
            told.append(f"=== seed {seed} {choices}\n" + "\n".join(failure[:6]) + f"\n{shown(milled)}")
    assert not told, "\n".join(told)
