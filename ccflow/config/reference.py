"""The value of a secret key: a literal, or a reference that this place may use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final

from ccflow.config.origin import Origin
from ccflow.plugin.registry import SECRET_READERS
from ccflow.secret import Secret
from ccflow.secret import SecretReference
from ccflow.secret import SecretSource


_BUILT_IN: Final = ("env", "file", "command")
_EXAMPLE: Final = 'for example { env = "NAME" } or { file = "path" }'


def read_secret_value(value: Any, origin: Origin) -> SecretSource:
    """
    Return a literal as a `Secret`, and a table as a `SecretReference`.

    Raises:
        TypeError: It is neither.

        ValueError: It is a reference that cannot be read, or that a file which
            was only found in the working directory may not use.
    """
    if isinstance(value, Secret | SecretReference):
        return value
    if isinstance(value, str):
        if not value:
            raise ValueError("is empty")
        return Secret(value)
    if isinstance(value, list):
        raise TypeError("expected one secret, got an array")
    if not isinstance(value, Mapping):
        raise TypeError(f"expected text or a reference, {_EXAMPLE}")
    reference = SecretReference(
        _reader_of(value), dict(value), os.path.abspath(origin.base_directory)
    )
    _check_table(reference)
    if origin.discovered:
        _check_discovered(reference, origin)
    return reference


def _reader_of(table: Mapping[str, Any]) -> str:
    for reader in _BUILT_IN:
        if reader in table:
            return reader
    if "keyring" in table:
        raise ValueError("this version of ccflow does not implement keyring")
    offered = {point.name for point in SECRET_READERS.entry_points()}
    found = sorted(offered & table.keys())
    if len(found) != 1:
        names = ", ".join(sorted({*_BUILT_IN, *offered}))
        raise ValueError(
            f"names no way to read a secret; there are {names}, {_EXAMPLE}"
        )
    return found[0]


def _check_table(reference: SecretReference) -> None:
    table, reader = reference.table, reference.reader
    if reader not in _BUILT_IN:
        return
    extra = sorted(table.keys() - {reader})
    if extra:
        raise ValueError(f"a {reader} reference has no member {extra[0]!r}")
    value = table[reader]
    if reader == "command":
        texts = isinstance(value, list) and all(isinstance(part, str) for part in value)
        if not texts or not value:
            raise TypeError(
                "command is an array of text: the program and its arguments"
            )
    elif not isinstance(value, str) or not value or "\0" in value:
        raise TypeError(f"{reader} is text, {_EXAMPLE}")


def _check_discovered(reference: SecretReference, origin: Origin) -> None:
    """A file that merely lies in the working directory may not read everything."""
    if reference.reader == "env":
        return
    if reference.reader == "file":
        base = Path(origin.base_directory).resolve()
        path = (base / Path(reference.table["file"]).expanduser()).resolve()
        if path.is_relative_to(base):
            return
        what = "a file outside its own directory"
    else:
        what = f"a {reference.reader} reference"
    raise ValueError(
        f"{origin.file} was found, not named, so it may not use {what}; "
        f"to trust it: export CCFLOW_CONFIG={origin.file}"
    )
