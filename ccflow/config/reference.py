"""The value of a secret key: a literal, or a reference that this place may use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final

import attrs

from ccflow.config.home import with_home
from ccflow.config.origin import Origin
from ccflow.config.words import nearest
from ccflow.plugin.registry import SECRET_READERS
from ccflow.secret import Secret
from ccflow.secret import SecretReference
from ccflow.secret import SecretSource


_BUILT_IN: Final = ("env", "file", "command", "keyring")
_COMPANIONS: Final[Mapping[str, tuple[str, ...]]] = {"keyring": ("username",)}
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
    base = os.path.abspath(origin.base_directory)
    reference = SecretReference(_reader_of(value), dict(value), base)
    _check_table(reference)
    if origin.discovered:
        _check_discovered(reference, origin)
        # Whatever it links to by then is looked at again when it is read.
        return attrs.evolve(reference, boundary=os.path.realpath(base))
    return reference


def _reader_of(table: Mapping[str, Any]) -> str:
    for reader in _BUILT_IN:
        if reader in table:
            return reader
    offered = {point.name for point in SECRET_READERS.entry_points()}
    found = sorted(offered & table.keys())
    if len(found) != 1:
        names = sorted({*_BUILT_IN, *offered})
        near = filter(None, (nearest(key, names) for key in table))
        hint = next(near, f"there are {', '.join(names)}, {_EXAMPLE}")
        raise ValueError(f"names no way to read a secret; {hint}")
    return found[0]


def _check_table(reference: SecretReference) -> None:
    table, reader = reference.table, reference.reader
    if reader not in _BUILT_IN:
        return
    members = {reader, *_COMPANIONS.get(reader, ())}
    extra = sorted(table.keys() - members)
    if extra:
        raise ValueError(f"{_called(reader)} has no member {extra[0]!r}")
    missing = sorted(members - table.keys())
    if missing:
        raise ValueError(f"{_called(reader)} needs a {missing[0]}")
    if reader == "command":
        value = table[reader]
        texts = isinstance(value, list) and all(isinstance(part, str) for part in value)
        if not texts or not value:
            raise TypeError(
                "command is an array of text: the program and its arguments"
            )
        return
    for member in sorted(members):
        value = table[member]
        if not isinstance(value, str) or not value or "\0" in value:
            raise TypeError(f"{member} is text, {_EXAMPLE}")


def _called(reader: str) -> str:
    return f"{'an' if reader[0] in 'aeiou' else 'a'} {reader} reference"


def _check_discovered(reference: SecretReference, origin: Origin) -> None:
    """A file that merely lies in the working directory may not read everything."""
    if reference.reader == "env":
        return
    if reference.reader == "file":
        base = Path(origin.base_directory).resolve()
        path = (base / with_home(reference.table["file"])).resolve()
        if path.is_relative_to(base):
            return
        what = "a file outside its own directory"
    else:
        what = _called(reference.reader)
    raise ValueError(
        f"{origin.file} was found, not named, so it may not use {what}; "
        f"to trust it: export CCFLOW_CONFIG={origin.file}"
    )
