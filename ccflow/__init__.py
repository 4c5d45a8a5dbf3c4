"""
Access tokens by the OAuth 2.0 client credentials grant, from named profiles.

```python
import ccflow

with ccflow.client("billing") as api:  # an httpx.Client, authorised
    api.get("https://api.example.com/invoices")
```

This module is the one place that wires the rooms together. It imports nothing but
what a call needs, when it needs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING
from typing import Any

from ccflow._version import __version__


if TYPE_CHECKING:
    import httpx

    from ccflow.config.profile import Profile
    from ccflow.engine.source import TokenSource
    from ccflow.engine.status import Status
    from ccflow.engine.token import AccessToken
    from ccflow.errors import CcflowError
    from ccflow.errors import ConfigError
    from ccflow.errors import Problem
    from ccflow.errors import ProfileError
    from ccflow.errors import ProviderError
    from ccflow.errors import SecretError
    from ccflow.errors import TokenError
    from ccflow.errors import TokenRefusedError
    from ccflow.errors import TokenResponseError
    from ccflow.errors import TokenUnavailableError
    from ccflow.secret import Secret
    from ccflow.secret import SecretReference


__all__ = [
    "AccessToken",
    "CcflowError",
    "ConfigError",
    "Problem",
    "Profile",
    "ProfileError",
    "ProviderError",
    "Secret",
    "SecretError",
    "SecretReference",
    "Status",
    "TokenError",
    "TokenRefusedError",
    "TokenResponseError",
    "TokenSource",
    "TokenUnavailableError",
    "__version__",
    "async_client",
    "atoken",
    "auth",
    "client",
    "load_profile",
    "profiles",
    "reload",
    "source",
    "token",
]

_HOMES = {
    "AccessToken": "ccflow.engine.token",
    "CcflowError": "ccflow.errors",
    "ConfigError": "ccflow.errors",
    "Problem": "ccflow.errors",
    "Profile": "ccflow.config.profile",
    "ProfileError": "ccflow.errors",
    "ProviderError": "ccflow.errors",
    "Secret": "ccflow.secret",
    "SecretError": "ccflow.errors",
    "SecretReference": "ccflow.secret",
    "Status": "ccflow.engine.status",
    "TokenError": "ccflow.errors",
    "TokenRefusedError": "ccflow.errors",
    "TokenResponseError": "ccflow.errors",
    "TokenSource": "ccflow.engine.source",
    "TokenUnavailableError": "ccflow.errors",
}

_Config = str | os.PathLike[str] | None
_Many = str | Iterable[str] | None

_by_name: dict[object, Profile] = {}
_sources: dict[object, TokenSource] = {}


if not TYPE_CHECKING:  # or no checker would find a misspelt name

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'ccflow' has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)


def token(
    profile: str | Profile,
    *,
    scope: _Many = None,
    audience: str | None = None,
    resource: _Many = None,
    config: _Config = None,
) -> AccessToken:
    """
    Return a token that is valid now; waits only when there is none.

    Args:
        profile: The name of a profile, or a profile.

        scope: Replaces the profile's scope; None keeps it, ``()`` sends none.

        audience: Replaces the profile's audience; None keeps it.

        resource: Replaces the profile's resources (RFC 8707); None keeps them.

        config: The only file to read; None searches. Only with a name.

    Raises:
        ConfigError: Something in the configuration cannot work; nothing was sent.

        TokenError: No token came.

        TypeError: ``config`` was given together with a profile, or an argument is
            of another type.

    .. versionadded:: 0.1.0
    """
    return source(
        profile, scope=scope, audience=audience, resource=resource, config=config
    ).token()


async def atoken(
    profile: str | Profile,
    *,
    scope: _Many = None,
    audience: str | None = None,
    resource: _Many = None,
    config: _Config = None,
) -> AccessToken:
    """
    Return what `token` returns, awaited in asyncio or trio.

    The arguments and errors are those of `token`.

    .. versionadded:: 0.1.0
    """
    return await source(
        profile, scope=scope, audience=audience, resource=resource, config=config
    ).atoken()


def auth(
    profile: str | Profile,
    *,
    scope: _Many = None,
    audience: str | None = None,
    resource: _Many = None,
    config: _Config = None,
) -> httpx.Auth:
    """
    Return an ``httpx.Auth`` for ``Client`` and ``AsyncClient`` alike.

    Where ``httpx2`` is imported already, it serves that library's clients as well.
    The arguments and errors are those of `token`.

    .. versionadded:: 0.1.0
    """
    return source(
        profile, scope=scope, audience=audience, resource=resource, config=config
    ).auth()


def client(
    profile: str | Profile,
    *,
    scope: _Many = None,
    audience: str | None = None,
    resource: _Many = None,
    config: _Config = None,
    **httpx_options: Any,
) -> httpx.Client:
    """
    Return an ``httpx.Client`` whose requests carry the token.

    Args:
        profile: The name of a profile, or a profile.

        scope: As in `token`.

        audience: As in `token`.

        resource: As in `token`.

        config: As in `token`.

        httpx_options: For ``httpx.Client``; they act on the API, not on the
            authorization server. ``auth`` is refused.

    Raises:
        TypeError: ``auth`` was given.

    .. versionadded:: 0.1.0
    """
    _prepare(httpx_options)
    import httpx

    made = auth(
        profile, scope=scope, audience=audience, resource=resource, config=config
    )
    return httpx.Client(auth=made, **httpx_options)


def async_client(
    profile: str | Profile,
    *,
    scope: _Many = None,
    audience: str | None = None,
    resource: _Many = None,
    config: _Config = None,
    **httpx_options: Any,
) -> httpx.AsyncClient:
    """
    Return an ``httpx.AsyncClient`` whose requests carry the token.

    The arguments and errors are those of `client`.

    .. versionadded:: 0.1.0
    """
    _prepare(httpx_options)
    import httpx

    made = auth(
        profile, scope=scope, audience=audience, resource=resource, config=config
    )
    return httpx.AsyncClient(auth=made, **httpx_options)


def _prepare(httpx_options: dict[str, Any]) -> None:
    if "auth" in httpx_options:
        raise TypeError("auth is what ccflow sets; use httpx.Client for another one")
    # Plain http is allowed to this machine because it does not leave it, so the
    # environment's proxy is not for it.
    here = dict.fromkeys(("http://localhost", "http://127.0.0.1", "http://[::1]"), None)
    httpx_options["mounts"] = {**here, **(httpx_options.get("mounts") or {})}


def source(
    profile: str | Profile,
    *,
    scope: _Many = None,
    audience: str | None = None,
    resource: _Many = None,
    config: _Config = None,
) -> TokenSource:
    """
    Return the `TokenSource` behind all of the above.

    There is one for each distinct request in a process: the same profile and the
    same arguments share it, and with it one token. The arguments and errors are
    those of `token`.

    .. versionadded:: 0.1.0
    """
    from ccflow.engine.arguments import as_audience
    from ccflow.engine.arguments import as_resource
    from ccflow.engine.arguments import as_scope
    from ccflow.engine.source import TokenSource

    found = _profile(profile, config)
    scopes, resources = as_scope(scope), as_resource(resource)
    # What is asked for in the end, so that saying what the profile says is the same.
    wanted = (found.scope or ()) if scopes is None else scopes
    unordered = tuple(sorted({*wanted}))
    key = (
        found,
        wanted if wanted == unordered else unordered,
        found.audience if audience is None else as_audience(audience),
        found.resource if resources is None else resources,
    )
    known = _sources.get(key)
    if known is None:
        made = TokenSource(found, scope=scopes, audience=audience, resource=resources)
        # One step for the interpreter: of two threads, both get the same one.
        known = _sources.setdefault(key, made)
    return known


def _profile(profile: str | Profile, config: _Config) -> Profile:
    if not isinstance(profile, str):
        if config is not None:
            raise TypeError(
                "config goes with the name of a profile, not with a profile"
            )
        from ccflow.engine.arguments import as_profile

        return as_profile(profile)
    place = os.environ.get("CCFLOW_CONFIG") if config is None else config
    key = (profile, place and os.fspath(place), _directory(place))
    known = _by_name.get(key)
    if known is None:
        known = _by_name.setdefault(key, load_profile(profile, config=config))
    return known


def _directory(place: _Config) -> str | None:
    """Return the working directory where it decides which file is meant."""
    return None if place and os.path.isabs(place) else os.getcwd()


def load_profile(name: str, *, config: _Config = None) -> Profile:
    """
    Read the files and variables anew, and return one profile.

    Args:
        name: The name of the profile.

        config: The only file to read; None searches ``./ccflow.toml`` and the
            user's ``profiles.toml``.

    Raises:
        ProfileError: There is none of this name, or it cannot work; all of the
            problems at once.

    .. versionadded:: 0.1.0
    """
    from ccflow.config.load import load_profile as load

    return load(name, config)


def profiles(config: _Config = None) -> list[str]:
    """
    Return the names of all profiles, sorted.

    Args:
        config: The only file to read; None searches.

    Raises:
        ProfileError: A file cannot be read.

    .. versionadded:: 0.1.0
    """
    from ccflow.config.load import list_profiles

    return list_profiles(config)


def reload() -> None:
    """
    Forget the profiles that were read, and with them the shared sources.

    Sources that somebody holds go on with what they have.

    .. versionadded:: 0.1.0
    """
    _by_name.clear()
    _sources.clear()
