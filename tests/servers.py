"""Starts the embedded servers before Django's settings are read, under a folder of the tests' own."""

import os
from contextlib import ExitStack

os.environ.setdefault("DATA_DIR", "var/test")

from portal import embedded  # noqa: E402

_held = ExitStack()
_held.enter_context(embedded.servers())


def pytest_unconfigure() -> None:
    """Give the servers back when the last test process ends."""
    _held.close()
