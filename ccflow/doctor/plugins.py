"""Who offers what the profile names: ccflow itself, or a plugin?"""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import Final

from ccflow._version import __version__
from ccflow.config.profile import Profile
from ccflow.config.secrecy import sources_of
from ccflow.doctor.finding import Finding
from ccflow.entry_point import DISABLE_VARIABLE
from ccflow.plugin.kind import Kind
from ccflow.plugin.listing import list_plugin
from ccflow.plugin.registry import PROVIDERS
from ccflow.plugin.registry import SECRET_READERS
from ccflow.plugin.registry import TOKEN_STORES
from ccflow.plugin.registry import find_provider
from ccflow.plugin.registry import find_secret_reader
from ccflow.plugin.registry import find_token_store
from ccflow.secret import SecretReference


_STEP: Final = "plugin"


def check_plugins(profile: Profile) -> Iterator[Finding]:
    """
    Name the packages that a profile needs, and that can be used; only those.

    That one of them is broken is told where it is used.
    """
    if value := os.environ.get(DISABLE_VARIABLE):
        yield Finding(_STEP, "note", f"{DISABLE_VARIABLE}={value} switches plugins off")
    if profile.provider in PROVIDERS.built_in:
        text = f"the provider {profile.provider} comes with ccflow {__version__}"
        yield Finding(_STEP, "ok", text)
    for kind, find, name in _names(profile):
        for point in kind.entry_points():
            if point.name != name:
                continue
            found = list_plugin(point, kind.disabled_reason(point), find)
            if found.state == "ready":
                package = f"{found.distribution} {found.version}"
                yield Finding(_STEP, "ok", f"the {kind.noun} {name} is of {package}")


def _names(
    profile: Profile,
) -> Iterator[tuple[Kind[Any], Callable[[str], object], str]]:
    """Give what a profile names and ccflow itself does not have, once each."""
    sources = [source for _, source in sources_of(profile)]
    readers = [it.reader for it in sources if isinstance(it, SecretReference)]
    stores = [profile.cache.store] if profile.cache is not None else []
    own = profile.provider_origin is not None
    for kind, find, names in (
        (PROVIDERS, find_provider, [] if own else [profile.provider]),
        (SECRET_READERS, find_secret_reader, readers),
        (TOKEN_STORES, find_token_store, stores),
    ):
        for name in dict.fromkeys(names):
            if name not in kind.built_in:
                yield kind, find, name
