"""Starts the embedded servers before Django's settings are read, in an environment of the tests' own.

Loaded as a plugin (`-p tests.servers`), since it must run before pytest-django imports the settings. What
the caller's shell says about an installation must not change a test; only the two servers may be given.
"""

import os
from contextlib import ExitStack

OURS = (
    "DEMO",
    "QUIET_HOURS",
    "PORT",
    "SANDBOX_PORT",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "PUBLIC_BASE_URL",
    "TRUSTED_PROXIES",
    "LEASE_SECONDS",
    "GRACE_SECONDS",
)

for name in [*OURS, *(name for name in os.environ if name.endswith("_BASE_URL"))]:
    os.environ.pop(name, None)
os.environ.setdefault("DATA_DIR", "var/test")
os.environ["QUIET_HOURS"] = "off"  # tests run at any hour; those about the hours set them

from portal import embedded  # noqa: E402

_held = ExitStack()
_held.enter_context(embedded.servers())


def pytest_unconfigure() -> None:
    """Give the servers back when the last test process ends."""
    _held.close()
