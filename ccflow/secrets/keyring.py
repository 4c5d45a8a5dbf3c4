"""``{ keyring = "service", username = "..." }``: a password of the system's keyring."""

from __future__ import annotations

import shlex

from ccflow.errors import SecretError
from ccflow.fork_wait import fork_waits
from ccflow.secret import Secret
from ccflow.secret import SecretReference


_INSTALL = 'needs keyring; run: pip install "ccflow-oauth[keyring]"'


def read_keyring(reference: SecretReference) -> Secret:
    """
    Ask the keyring that this system has, or that ``keyring`` was set up with.

    One that is locked may ask its user first, and is waited for.
    """
    service, username = reference.table["keyring"], reference.table["username"]
    secret, fault = _ask(service, username)
    if secret is None:
        raise SecretError(f"{reference} {fault}")
    return secret


def _ask(service: str, username: str) -> tuple[Secret | None, str]:
    """Return the password, or what went wrong; nothing is raised from here."""
    try:
        with fork_waits():
            import keyring
            from keyring import errors
    except ImportError:
        return None, _INSTALL
    try:
        found: object = keyring.get_password(service, username)
    except errors.NoKeyringError:
        return None, "finds no keyring on this system; run: keyring diagnose"
    except errors.KeyringLocked:
        return None, "finds the keyring locked; unlock it"
    except Exception as error:  # noqa: BLE001 - the text may hold anything
        return None, f"failed with {type(error).__name__}; run: keyring diagnose"
    if found is None:
        command = shlex.join(("keyring", "set", service, username))
        return None, f"is not in the keyring; run: {command}"
    return Secret(found) if isinstance(found, str) else None, "is no text"
