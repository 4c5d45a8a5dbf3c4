"""What is judged: a provider, and what its author has beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import attrs

from ccflow.config.files import read_file
from ccflow.emulator.dialect import Dialect
from ccflow.emulator.hookspecs import FIRST_PARTY as DIALECTS
from ccflow.emulator.hookspecs import GROUP
from ccflow.emulator.hookspecs import catalogue_names
from ccflow.emulator.hookspecs import load_dialect
from ccflow.plugin import catalogue
from ccflow.plugin.registry import FIRST_PARTY
from ccflow.plugin.registry import PROVIDERS
from ccflow.plugin.registry import find_provider
from ccflow.protocol.provider import Provider


EXAMPLES: Final = 25
"""How many things are drawn for a claim, unless somebody says otherwise."""

SAMPLE: Final = "sample_profile.toml"
"""The file beside a provider with profiles to start with."""


@attrs.frozen(kw_only=True)
class KnownAnswer:
    """
    An answer that a server is known to give, and what is to be read in it.

    Args:
        name: What it shows.

        status: The HTTP status.

        body: The body.

        headers: The headers.

        error: The error code that it holds; None where it holds none.

        token: The access token that it holds; None for a failure.

    .. versionadded:: 0.1.0
    """

    name: str
    status: int
    body: bytes = attrs.field(default=b"", repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    error: str | None = None
    token: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class Candidate:
    """
    What is judged.

    Args:
        provider: The provider.

        dialect: Its emulator; None where there is none.

        sample: A file with profiles of it; None where there is none.

        answers: Answers that its servers are known to give.

        examples: How many things are drawn for a claim.
    """

    provider: Provider
    dialect: Dialect | None = None
    sample: Path | None = None
    answers: tuple[KnownAnswer, ...] = ()
    examples: int = EXAMPLES


def find_own(name: str, file: str | os.PathLike[str]) -> Provider | None:
    """
    Return the provider that a file describes, or None where it does not.

    Raises:
        ProviderError: It cannot be used.
    """
    return read_file(Path(file), discovered=False).own_providers.find(name)


def find_candidate(
    provider: Provider | str,
    *,
    sample: str | os.PathLike[str] | None = None,
    dialect: Dialect | None = None,
    answers: tuple[KnownAnswer, ...] = (),
    examples: int = EXAMPLES,
) -> Candidate:
    """
    Return a candidate, with what can be found of it by its name.

    Args:
        provider: The provider, or its name: that of one that ``sample`` describes,
            or of one that is installed.

        sample: A file with profiles of it; None looks beside the provider.

        dialect: Its emulator; None looks for an installed one.

        answers: Answers that its servers are known to give.

        examples: How many things are drawn for a claim.

    Raises:
        ProviderError: There is none of this name, or it cannot be used.
    """
    if isinstance(provider, str):
        own = find_own(provider, sample) if sample is not None else None
        provider = own or find_provider(provider)
    return Candidate(
        provider=provider,
        dialect=dialect or _find_dialect(provider.name),
        sample=Path(sample) if sample is not None else _find_sample(provider.name),
        answers=answers,
        examples=examples,
    )


def _find_dialect(name: str) -> Dialect | None:
    ours = {*DIALECTS, *catalogue_names()}
    offered = {point.name for point in entry_points(group=GROUP)}
    return load_dialect(name) if name in ours | offered else None


def _find_sample(name: str) -> Path | None:
    """Return the file beside the package of a provider, or the catalogue's."""
    if name in catalogue.names():
        found = [catalogue.folder() / f"{name}.sample.toml"]
    else:
        points = [it for it in PROVIDERS.entry_points() if it.name == name]
        modules = [FIRST_PARTY[name]] if name in FIRST_PARTY else []
        modules += [point.module for point in points]
        found = [Path(it) / SAMPLE for module in modules for it in _folders(module)]
    return next((path for path in found if path.is_file()), None)


def _folders(module: str) -> list[str]:
    spec = find_spec(module)
    return list(spec.submodule_search_locations or ()) if spec is not None else []
