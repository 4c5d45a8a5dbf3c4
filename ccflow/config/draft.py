"""A profile as far as it can be read, with every mistake found at once."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs

from ccflow.config.origin import Origin
from ccflow.config.own_providers import OwnProviders
from ccflow.config.profile import Profile
from ccflow.config.profile import profile_error
from ccflow.config.structure import Reader
from ccflow.errors import Problem
from ccflow.protocol.provider import AUTH_METHODS
from ccflow.protocol.provider import Provider


_ANY: Final = Provider(
    name="generic",
    token_endpoint="https://provider.invalid/",
    settings={},
    token_endpoint_auth_methods=AUTH_METHODS,
    issuer="https://provider.invalid/",
)
"""In place of a provider that is not known: it asks for nothing."""

_NONE: Final = OwnProviders()


@attrs.frozen
class Draft:
    """
    A profile as far as it can be read, and all that is wrong with it.

    Args:
        profile: The profile, without the values that cannot be read.

        provider: Its provider, or None where that is not known.

        problems: All the mistakes.

        broken: The keys of those values; a member of a table by its dotted key.
    """

    profile: Profile
    provider: Provider | None
    problems: tuple[Problem, ...]
    broken: frozenset[str]

    def checked(self) -> Profile:
        """
        Return the profile.

        Raises:
            ProfileError: Something is wrong with it.
        """
        if self.problems:
            shown = self.profile.provider if self.provider is not None else None
            raise profile_error(self.profile.name, shown, self.problems)
        return self.profile


def make_draft(
    name: str,
    values: Mapping[str, Any],
    origins: Mapping[str, Origin],
    default: Origin,
    problems: Iterable[Problem] = (),
    broken: Collection[str] = (),
    own_providers: OwnProviders = _NONE,
) -> Draft:
    """
    Make a profile of merged values, and find all that is wrong with it.

    Args:
        name: The profile's name.

        values: The merged keys and values.

        origins: Where each key came from.

        default: Where the profile itself stands.

        problems: What is known to be wrong already; reported with the rest.

        broken: The keys that those problems are about; ``extends`` among them says
            that nobody knows what is missing.

        own_providers: What the profile's own file describes.
    """
    places = {**origins, "": default}
    reader = Reader(name, places, default, [*problems], {*broken})
    provider = reader.provider(values, own_providers)
    known = reader.known_keys(values, provider)
    reader.secrets(known)
    reader.paths(known)
    reader.quirks(known)
    reader.cache(known)
    reader.lists(known)
    known.pop("extends", None)
    if not isinstance(known.get("provider", ""), str):
        del known["provider"]  # it was told when the provider was looked for
    reader.settings(known)
    if provider is not None and provider.name in own_providers.tables:
        known["own_provider"] = provider
    profile = reader.structure(known)
    reader.values(profile)
    reader.problems += profile.find_problems(
        provider or _ANY,
        reader.broken,
        incomplete=reader.incomplete,
        alone=not reader.problems,
    )
    return Draft(profile, provider, tuple(reader.problems), frozenset(reader.broken))
