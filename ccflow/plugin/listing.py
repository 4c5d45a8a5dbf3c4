"""What plugins and we offer, and how each of it stands."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any
from typing import Literal

import attrs

from ccflow.entry_point import distribution_of
from ccflow.errors import ProviderError
from ccflow.plugin import catalogue
from ccflow.plugin.kind import Kind
from ccflow.plugin.registry import FIRST_PARTY
from ccflow.plugin.registry import PROVIDERS
from ccflow.plugin.registry import SECRET_READERS
from ccflow.plugin.registry import TOKEN_STORES
from ccflow.plugin.registry import find_provider
from ccflow.plugin.registry import find_secret_reader
from ccflow.plugin.registry import find_token_store


State = Literal["built-in", "ready", "disabled", "broken", "unsupported"]


@attrs.frozen
class Listing:
    """
    One offered name and how it stands.

    Args:
        name: The name that a profile would use.

        distribution: The distribution that offers it.

        version: Its version.

        state: ``built-in``, ``ready``, ``disabled``, ``broken``, or
            ``unsupported`` where a name only says what to use instead.

        reason: Why it cannot be used; None otherwise.

        file: The file that describes it, where no distribution offers it.
    """

    name: str
    distribution: str
    version: str
    state: State
    reason: str | None = None
    file: str | None = None


def list_providers() -> list[Listing]:
    """Return every provider that is offered, and how each one stands."""
    from importlib.metadata import version

    ours = version("ccflow-oauth")
    listings = [Listing("generic", "ccflow-oauth", ours, "built-in")]
    for point in PROVIDERS.entry_points():
        if point.value == FIRST_PARTY.get(point.name):
            listings.append(Listing(point.name, "ccflow-oauth", ours, "built-in"))
        else:
            disabled = PROVIDERS.disabled_reason(point)
            listings.append(list_plugin(point, disabled, find_provider))
    listings += [_entry(name, ours) for name in catalogue.names()]
    return sorted(listings, key=_order)


def list_secret_readers() -> list[Listing]:
    """Return the secret readers of plugins, and how each one stands."""
    return _list_plugins(SECRET_READERS, find_secret_reader)


def list_token_stores() -> list[Listing]:
    """Return the stores of plugins, and how each one stands."""
    return _list_plugins(TOKEN_STORES, find_token_store)


def list_plugin(
    point: EntryPoint, disabled: str | None, find: Callable[[str], object]
) -> Listing:
    """
    Say how one entry point of a plugin stands.

    Args:
        point: The entry point.

        disabled: Why it is not used, if it is not.

        find: Finds what it offers; what cannot be used is a `ProviderError`.
    """
    number = point.dist.version if point.dist is not None else "unknown"
    state: State = "disabled" if disabled else "ready"
    reason = disabled
    if not disabled:
        try:
            find(point.name)
        except ProviderError as error:
            state, reason = "broken", str(error)
    return Listing(point.name, distribution_of(point), number, state, reason)


def _list_plugins(kind: Kind[Any], find: Callable[[str], object]) -> list[Listing]:
    points = kind.entry_points()
    found = [list_plugin(it, kind.disabled_reason(it), find) for it in points]
    return sorted(found, key=_order)


def _entry(name: str, version: str) -> Listing:
    """Tell how an entry of the catalogue stands: some only say what to use instead."""
    from ccflow.plugin.definition import InsteadError

    try:
        catalogue.find(name)
    except InsteadError as error:
        return Listing(name, "ccflow-oauth", version, "unsupported", str(error))
    except ProviderError as error:
        return Listing(name, "ccflow-oauth", version, "broken", str(error))
    return Listing(name, "ccflow-oauth", version, "built-in")


def _order(listing: Listing) -> tuple[str, str]:
    return listing.name, listing.distribution
