"""Providers at the edge: a folder each, named in settings, found by slug.

A folder's package holds PROVIDERS: what it says of itself (`provider.Provider`), with the adapter that speaks its
protocol (`base.Adapter`). In come messages and an account's credentials, out goes what the provider answered. Never
knows a model or a setting, never raises for a message, never logs. Nothing here has to change for a new one;
CONTRIBUTING says what has to be written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module
from typing import cast

from notices.adapters.base import Adapter
from notices.adapters.provider import Provider


class BadAdapter(Exception):
    """The list of adapters is wrong, or a gateway names one that is not on it. For the operator's eyes."""


def _wall_clock() -> datetime:
    return datetime.now(UTC)


def load(folders: Sequence[str]) -> dict[str, Provider]:
    """The providers of these packages by slug, in their order. Raises BadAdapter."""
    return dict(_load(tuple(folders)))


def build(
    slug: str, folders: Sequence[str], base_urls: Mapping[str, str], clock: Callable[[], datetime] = _wall_clock
) -> Adapter:
    """The adapter of a slug, speaking to these hosts (keys as in Provider.addresses). Raises BadAdapter.

    `clock` gives the aware moment that waits (night ban, daily quota) and token lives are counted from.
    """
    try:
        provider = _load(tuple(folders))[slug]
    except KeyError:
        raise BadAdapter(f"No adapter is called {slug!r}.") from None
    return _class_at(provider.adapter)(base_urls, clock)


@lru_cache
def _load(folders: tuple[str, ...]) -> dict[str, Provider]:
    found: dict[str, Provider] = {}
    for folder in folders:
        try:
            providers = import_module(folder).PROVIDERS
        except (ImportError, AttributeError, ValueError) as error:
            raise BadAdapter(f"There is no provider at {folder!r}.") from error
        for provider in providers:
            if provider.slug in found:
                raise BadAdapter(f"Two adapters are called {provider.slug!r}: one in {folder!r} is the second.")
            found[provider.slug] = provider
    return found


@lru_cache
def _class_at(path: str) -> Callable[[Mapping[str, str], Callable[[], datetime]], Adapter]:
    module, _, name = path.rpartition(".")
    try:
        return cast(Callable[..., Adapter], getattr(import_module(module), name))
    except (ImportError, AttributeError, ValueError) as error:
        raise BadAdapter(f"There is no adapter at {path!r}.") from error
