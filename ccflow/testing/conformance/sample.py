"""Profiles of a file, for a provider that need not be installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from ccflow.config.draft import make_draft
from ccflow.config.files import read_file
from ccflow.config.layers import layers_of
from ccflow.config.layers import merge
from ccflow.config.layers import origin_in
from ccflow.config.origin import Origin
from ccflow.config.own_providers import OwnProviders
from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.protocol.provider import Provider
from ccflow.testing.conformance.candidate import Candidate


@attrs.frozen
class _Offered(OwnProviders):
    """The one provider that is judged, in place of what a file describes."""

    provider: Provider = attrs.field(kw_only=True)

    def find(self, name: str) -> Provider | None:
        """Return it by its name."""
        return self.provider if name == self.provider.name else None


def load_profiles(path: Path, provider: Provider) -> Iterator[Profile]:
    """
    Load the profiles of a provider in a file; the environment has no say.

    Args:
        path: The file.

        provider: Whose profiles they are.

    Raises:
        ProfileError: One cannot be used.
    """
    file = read_file(path, discovered=False)
    if file.problems:
        raise ProfileError("", file.problems)
    offered = _Offered(file.path, {provider.name: {}}, provider=provider)
    for name in file.profiles:
        values: dict[str, Any] = {}
        places: dict[str, Origin] = {}
        layers, problems = layers_of(file, name)
        for origin, table in layers:
            merge(values, places, table, origin)
        if values.get("provider") != provider.name:
            continue  # Somebody else's; it need not be in order.
        default = origin_in(file, f"profiles.{name}.")
        yield make_draft(
            name, values, places, default, problems, own_providers=offered
        ).checked()


def complain_of_sample(candidate: Candidate) -> Iterator[str]:
    """Load the profiles beside the provider, and plan what they would send."""
    path, provider = candidate.sample, candidate.provider
    if path is None:
        return
    profiles = list(load_profiles(path, provider))
    if not profiles:
        yield f"{path.name} has no profile of {provider.name}"
    for profile in profiles:
        _, plan = profile.plan()
        if not plan.token_endpoint and not plan.metadata_urls:
            yield f"{profile.name} goes nowhere"
