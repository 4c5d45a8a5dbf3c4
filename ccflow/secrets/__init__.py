"""Reads the secret that a reference names, at the moment it is needed."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import Final

from ccflow.errors import ConfigError
from ccflow.errors import Problem
from ccflow.errors import SecretError
from ccflow.plugin.registry import find_secret_reader
from ccflow.plugin.secret_reader import SecretReader
from ccflow.secret import Secret
from ccflow.secret import SecretReference
from ccflow.secret import SecretSource
from ccflow.secrets.command import read_command
from ccflow.secrets.env import read_env
from ccflow.secrets.file import read_file
from ccflow.secrets.keyring import read_keyring


_READERS: Final[Mapping[str, Callable[[SecretReference], Secret]]] = {
    "command": read_command,
    "env": read_env,
    "file": read_file,
    "keyring": read_keyring,
}


def read_secret(source: SecretSource, key: str) -> Secret:
    """
    Return the secret that a source holds or names.

    Args:
        source: A literal, or a reference.

        key: The profile key it belongs to, for messages.

    Raises:
        SecretError: It cannot be read, or it is empty.

        ProviderError: Its reader is a plugin's that cannot be used.
    """
    if isinstance(source, Secret):
        secret = source
    else:
        try:
            secret = _READERS.get(source.reader, _read_plugin)(source)
        except ConfigError as error:
            raise _told(key, str(error), type(error)) from None
    if not secret:
        raise _told(key, f"{source} is empty")
    if not _is_text(secret):
        raise _told(key, f"{source} is not UTF-8 text")
    return secret


def _told(key: str, text: str, kind: type[ConfigError] = SecretError) -> ConfigError:
    message, _, hint = text.partition("; ")
    return kind("", [Problem(message, key=key, hint=hint or None)])


def _is_text(secret: Secret) -> bool:
    """Say whether it can be sent: a variable may hold bytes that are no UTF-8."""
    try:
        secret.reveal().encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_plugin(reference: SecretReference) -> Secret:
    """Ask the reader of a plugin; what it raises may hold anything and is not shown."""
    secret, fault = _ask(find_secret_reader(reference.reader), reference)
    if secret is None:
        raise SecretError(f"the reader of {reference} {fault}")
    return secret


def _ask(reader: SecretReader, reference: SecretReference) -> tuple[Secret | None, str]:
    """Return what a reader gives, or what went wrong; nothing is raised from here."""
    try:
        value: Any = reader.read(dict(reference.table), reference.base_directory)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a plugin's function
        return None, f"failed with {type(error).__name__}"
    return Secret(value) if isinstance(value, str) else None, "did not return text"
