"""Every provider that is offered, and how each one stands."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Literal

import attrs

from ccflow.errors import ProviderError
from ccflow.plugin import catalogue
from ccflow.plugin.kind import distribution_of
from ccflow.plugin.registry import FIRST_PARTY
from ccflow.plugin.registry import PROVIDERS
from ccflow.protocol.provider import Provider


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
    points = sorted(PROVIDERS.entry_points(), key=lambda point: point.name)
    for point in points:
        if point.value == FIRST_PARTY.get(point.name):
            listings.append(Listing(point.name, "ccflow-oauth", ours, "built-in"))
        else:
            listings.append(_standing(point, [other.name for other in points]))
    listings += [_entry(name, ours) for name in catalogue.names()]
    return sorted(listings, key=lambda it: it.name)


def _entry(name: str, version: str) -> Listing:
    """Tell how an entry of the catalogue stands: some only say what to use instead."""
    try:
        catalogue.find(name)
    except ProviderError as error:
        return Listing(name, "ccflow-oauth", version, "unsupported", str(error))
    return Listing(name, "ccflow-oauth", version, "built-in")


def _standing(point: EntryPoint, names: list[str]) -> Listing:
    distribution = distribution_of(point)
    number = point.dist.version if point.dist is not None else "unknown"
    if reason := PROVIDERS.disabled_reason(point):
        return Listing(point.name, distribution, number, "disabled", reason)
    if names.count(point.name) > 1:
        reason = f"another package offers {point.name!r} too"
        return Listing(point.name, distribution, number, "broken", reason)
    try:
        PROVIDERS.find(point.name, Provider)
    except ProviderError as error:
        return Listing(point.name, distribution, number, "broken", str(error))
    return Listing(point.name, distribution, number, "ready")
