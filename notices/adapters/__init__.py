"""Providers at the edge: a file or a folder each, named in settings by dotted path, found by slug.

A new provider is a class with `slug`, `channel`, `removes_duplicates`, `from_settings` and the methods of
`base.Adapter`; nothing here has to change for it. CONTRIBUTING says what has to change elsewhere.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module

from notices.adapters.base import Adapter


class BadAdapter(Exception):
    """The list of adapters is wrong, or a gateway names one that is not on it. For the operator's eyes."""


def _wall_clock() -> datetime:
    return datetime.now(UTC)


def load(paths: Sequence[str]) -> dict[str, type[Adapter]]:
    """The adapter classes of these dotted paths by slug. Raises BadAdapter."""
    return dict(_load(tuple(paths)))


def build(
    slug: str, paths: Sequence[str], base_urls: Mapping[str, str], clock: Callable[[], datetime] = _wall_clock
) -> Adapter:
    """The adapter of a slug, speaking to these hosts (keys: zalo, zalo_oauth, esms). Raises BadAdapter.

    `clock` gives the aware moment that waits (night ban, daily quota) and token lives are counted from.
    """
    try:
        found = _load(tuple(paths))[slug]
    except KeyError:
        raise BadAdapter(f"No adapter is called {slug!r}.") from None
    return found.from_settings(base_urls, clock=clock)


@lru_cache
def _load(paths: tuple[str, ...]) -> dict[str, type[Adapter]]:
    found: dict[str, type[Adapter]] = {}
    for path in paths:
        module, _, name = path.rpartition(".")
        try:
            adapter = getattr(import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise BadAdapter(f"There is no adapter at {path!r}.") from error
        if adapter.slug in found:
            raise BadAdapter(f"Two adapters are called {adapter.slug!r}: {path!r} is the second.")
        found[adapter.slug] = adapter
    return found
