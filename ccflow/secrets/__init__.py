"""Reads the secret that a reference names, at the moment it is needed."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import Final

from ccflow.errors import CcflowError
from ccflow.errors import SecretError
from ccflow.plugin.registry import find_secret_reader
from ccflow.secret import Secret
from ccflow.secret import SecretReference
from ccflow.secret import SecretSource
from ccflow.secrets.command import read_command
from ccflow.secrets.env import read_env
from ccflow.secrets.file import read_file


_READERS: Final[Mapping[str, Callable[[SecretReference], Secret]]] = {
    "command": read_command,
    "env": read_env,
    "file": read_file,
}


def read_secret(source: SecretSource, key: str) -> Secret:
    """
    Return the secret that a source holds or names.

    Args:
        source: A literal, or a reference.

        key: The profile key it belongs to, for messages.

    Raises:
        SecretError: It cannot be read, or it is empty.
    """
    if isinstance(source, Secret):
        return source
    try:
        secret = _READERS.get(source.reader, _read_plugin)(source)
    except SecretError as error:
        raise SecretError(f"{key}: {error}") from None
    if not secret:
        raise SecretError(f"{key}: {source} is empty")
    return secret


def _read_plugin(reference: SecretReference) -> Secret:
    """Ask the reader of a plugin; what it raises may hold anything and is not shown."""
    fault = "did not return text"
    try:
        reader = find_secret_reader(reference.reader)
        value: Any = reader.read(dict(reference.table), reference.base_directory)
    except CcflowError:
        raise
    except Exception as error:  # noqa: BLE001 - a plugin's function
        value, fault = None, f"failed with {type(error).__name__}"
    if not isinstance(value, str):
        raise SecretError(f"the reader of {reference} {fault}")
    return Secret(value)
