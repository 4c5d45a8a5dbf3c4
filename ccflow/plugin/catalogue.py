"""
The providers that are files of the package ``ccflow_catalog``, one for each name.

A file is found by its name, so that nobody pays for the others.
"""

from __future__ import annotations

import importlib.util
import logging
from functools import cache
from pathlib import Path
from typing import Final

from ccflow.errors import ProviderError
from ccflow.protocol.provider import Provider


_LOG: Final = logging.getLogger(__name__)

_PACKAGE: Final = "ccflow_catalog"
_SUFFIX: Final = ".toml"
_SAMPLE: Final = ".sample.toml"


def folder() -> Path:
    """Return where the files are; nothing is imported for it."""
    spec = importlib.util.find_spec(_PACKAGE)
    places = spec.submodule_search_locations if spec is not None else None
    if not places:
        raise ProviderError(f"{_PACKAGE} is missing; reinstall ccflow-oauth")
    return Path(places[0])


@cache
def names() -> frozenset[str]:
    """Return what there is a file for; none of them is read."""
    return frozenset(
        path.name.removesuffix(_SUFFIX)
        for path in folder().iterdir()
        if path.name.endswith(_SUFFIX) and not path.name.endswith(_SAMPLE)
    )


@cache
def find(name: str) -> Provider:
    """
    Return the provider of one file.

    Raises:
        ProviderError: It is there to say what to use instead, or it is broken.
    """
    import tomllib

    from ccflow.plugin.definition import make_provider

    path = folder() / f"{name}{_SUFFIX}"
    _LOG.debug("the provider %r: reading %s", name, path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProviderError(f"{path} cannot be read: {error}") from error
    return make_provider(name, table, file=str(path))
