"""From the table of a file to a description, with its mistakes named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ccflow_catalog.dialects.description import Assertions
from ccflow_catalog.dialects.description import Description
from ccflow_catalog.dialects.description import Registered
from ccflow_catalog.dialects.description import Scopes
from ccflow_catalog.dialects.mistake import LIKE
from ccflow_catalog.dialects.mistake import STANDARD
from ccflow_catalog.dialects.mistake import Answer


def read_description(name: str, table: Mapping[str, Any]) -> Description:
    """
    Make a description of a table.

    Raises:
        TypeError: It has a key that there is not, or lacks one.

        ValueError: It words a mistake that nobody can make.
    """
    read = {key: _frozen(value) for key, value in table.items()}
    for key, kind in (("scopes", Scopes), ("assertions", Assertions)):
        if key in table:
            read[key] = kind(**_members(table[key]))
    samples = [Registered(**_members(it)) for it in table.get("samples", ())]
    read["samples"] = tuple(_named(name, it, n) for n, it in enumerate(samples))
    answers = table.get("answers", {})
    parameters = ("grant_type", *table.get("parameters", ()))
    possible = {*STANDARD, *LIKE, *(f"missing_{it}" for it in parameters)}
    for mistake in sorted(answers.keys() - possible):
        raise ValueError(f"answers.{mistake}: there is no such mistake")
    read["answers"] = {key: Answer(**it) for key, it in answers.items()}
    return Description(**read)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _members(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _frozen(value) for key, value in table.items()}


def _named(name: str, sample: Registered, number: int) -> Registered:
    """Name the profile of a sample: the first one as the provider."""
    if sample.profile is not None:
        return sample
    ending = sample.method.removeprefix("client_secret_").replace("_", "-")
    if sample.method == "client_secret_jwt":
        ending = "client-secret-jwt"
    return replace(sample, profile=f"{name}-{ending}" if number else name)
