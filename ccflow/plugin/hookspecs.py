"""
What a plugin may offer.

Hooks only register: they take no request, no response and no secret, and return
typed objects once. pluggy prints the arguments of hooks when it traces.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pluggy

from ccflow.plugin.secret_reader import SecretReader
from ccflow.plugin.token_store import TokenStoreFactory
from ccflow.protocol.provider import Provider


PROJECT: Final = "ccflow"

hookspec: Final[pluggy.HookspecMarker] = pluggy.HookspecMarker(PROJECT)
hookimpl: Final[pluggy.HookimplMarker] = pluggy.HookimplMarker(PROJECT)


@hookspec
def ccflow_providers() -> Iterable[Provider]:  # type: ignore[empty-body]
    """
    Offer providers for profiles to name.

    Entry-point group ``ccflow.providers``. Called once per process, when a
    profile first names the entry point. Must not do I/O and must not read the
    environment.

    Returns:
        Providers; one of them carries the name of the entry point.

    .. versionadded:: 0.1.0
    """


@hookspec
def ccflow_secret_readers() -> Iterable[SecretReader]:  # type: ignore[empty-body]
    """
    Offer ways to read a secret, for references such as ``{ vault = "path" }``.

    Entry-point group ``ccflow.secret_readers``. Called once per process, when a
    reference first uses the name of the entry point as its key. Must not do I/O.

    Returns:
        Readers; the key of one of them is the name of the entry point.

    .. versionadded:: 0.1.0
    """


@hookspec
def ccflow_token_stores() -> Iterable[TokenStoreFactory]:  # type: ignore[empty-body]
    """
    Offer stores of tokens, for ``store = "NAME"`` in ``[cache]``.

    Entry-point group ``ccflow.token_stores``. Called once per process, when a
    profile first names the entry point. Must not do I/O and must not read the
    environment: that is for the stores that a factory makes.

    Returns:
        Factories; one of them carries the name of the entry point.

    .. versionadded:: 0.1.0
    """
