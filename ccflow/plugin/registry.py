"""Finds what a profile names: our own, the catalogue's, or a plugin's."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING
from typing import Final

from ccflow.errors import ProviderError
from ccflow.fork_wait import fork_waits
from ccflow.plugin import catalogue
from ccflow.plugin.kind import Kind
from ccflow.protocol.provider import Provider


if TYPE_CHECKING:
    from ccflow.plugin.secret_reader import SecretReader
    from ccflow.plugin.token_store import TokenStoreFactory


_LOG: Final = logging.getLogger(__name__)

FIRST_PARTY: Final[Mapping[str, str]] = {
    "curity": "ccflow_curity",
    "okta": "ccflow_okta",
    "oracle-idcs": "ccflow_oracle_idcs",
}
"""Our own providers: the short cut past the scan of installed distributions."""

RESERVED: Final = frozenset({"generic", *FIRST_PARTY, *catalogue.names()})
"""Names that no plugin can take: ours, and the catalogue's."""

PROVIDERS: Final[Kind[Provider]] = Kind(
    noun="provider",
    group="ccflow.providers",
    hook="ccflow_providers",
    name_attribute="name",
    built_in=RESERVED,
)

SECRET_READERS: Final[Kind[SecretReader]] = Kind(
    noun="secret reader",
    group="ccflow.secret_readers",
    hook="ccflow_secret_readers",
    name_attribute="key",
    built_in=frozenset({"env", "file", "command", "keyring"}),
)

TOKEN_STORES: Final[Kind[TokenStoreFactory]] = Kind(
    noun="store",
    group="ccflow.token_stores",
    hook="ccflow_token_stores",
    name_attribute="name",
    built_in=frozenset({"memory", "file", "redis"}),
)


@cache
def _first_party(name: str) -> Provider:
    _LOG.debug("the provider %r: importing %s, our own", name, FIRST_PARTY[name])
    with fork_waits():
        module = importlib.import_module(FIRST_PARTY[name])
    for provider in module.ccflow_providers():
        if provider.name == name:
            found: Provider = provider
            return found
    raise ProviderError(f"the package {FIRST_PARTY[name]} offers no {name!r}")


def find_provider(name: str, others: Iterable[str] = ()) -> Provider:
    """
    Return the provider that a profile names.

    Args:
        name: Its name.

        others: The names that a file describes itself; they may be meant where
            this one is unknown.

    Raises:
        ProviderError: There is none, or it cannot be used.

    .. versionadded:: 0.1.0
    """
    if name == "generic":
        from ccflow.plugin.generic import GENERIC

        return GENERIC
    if name in FIRST_PARTY:
        return _first_party(name)
    if name in catalogue.names():
        return catalogue.find(name)
    return PROVIDERS.find(name, Provider, others)


def find_secret_reader(key: str) -> SecretReader:
    """
    Return the reader that a plugin offers for a kind of reference.

    Raises:
        ProviderError: There is none, or it cannot be used.
    """
    from ccflow.plugin.secret_reader import SecretReader

    return SECRET_READERS.find(key, SecretReader)


def find_token_store(name: str) -> TokenStoreFactory:
    """
    Return the factory that a plugin offers for the stores of a name.

    Raises:
        ProviderError: There is none, or it cannot be used.
    """
    from ccflow.plugin.token_store import TokenStoreFactory

    return TOKEN_STORES.find(name, TokenStoreFactory)
