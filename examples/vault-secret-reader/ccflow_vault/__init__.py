"""
Secrets of a Vault: ``client_secret = { vault = "billing", field = "secret" }``.

Version 2 of the key-value engine. Facts and their sources: README.md.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterable
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from typing import Final
from typing import Self
from urllib.parse import quote
from urllib.parse import urlsplit

import attrs

from ccflow.plugin import SecretReader
from ccflow.plugin import hookimpl


TIMEOUT: Final = 10.0
"""Seconds for one answer; ccflow's own deadline does not reach in here."""

_MEMBERS: Final = frozenset({"vault", "field", "mount", "version"})
_PATH: Final = re.compile(r"[^/]+(?:/[^/]+)*")


class VaultError(Exception):
    """Something is wrong; ccflow tells the class and never the text."""


class VaultReferenceError(VaultError):
    """The reference has a member that it cannot have."""


class VaultAddressError(VaultError):
    """``VAULT_ADDR`` is missing, or would send the token in clear."""


class VaultTokenMissingError(VaultError):
    """There is neither ``VAULT_TOKEN`` nor ``~/.vault-token``."""


class VaultDeniedError(VaultError):
    """The token is over, or no policy lets it read this path."""


class VaultSecretMissingError(VaultError):
    """There is no such secret, or this version of it was deleted."""


class VaultFieldMissingError(VaultError):
    """The secret has no such field, or more than one and none is named."""


class VaultUnavailableError(VaultError):
    """Vault is sealed or did not answer, or something else answered."""


@attrs.frozen
class Reference:
    """What a profile says: which text of which secret."""

    path: str
    field: str | None
    mount: str
    version: int | None

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """
        Read the table of a reference.

        Raises:
            VaultReferenceError: It has a member that it cannot have.
        """
        path, field = table["vault"], table.get("field")
        mount, version = table.get("mount", "secret"), table.get("version")
        for text in (path, mount, field or "any"):
            if not isinstance(text, str) or not _PATH.fullmatch(text):
                raise VaultReferenceError
        if {".", ".."} & {*path.split("/"), *mount.split("/")}:
            raise VaultReferenceError
        if table.keys() - _MEMBERS or type(version) not in {int, type(None)}:
            raise VaultReferenceError
        return cls(path, field, mount, version)

    @property
    def url(self) -> str:
        """Where it is, below the address of the Vault."""
        version = "" if self.version is None else f"?version={self.version}"
        return f"/v1/{quote(self.mount)}/data/{quote(self.path)}{version}"


def read_vault(table: Mapping[str, Any], base_directory: str) -> str:
    """
    Read a secret.

    Args:
        table: The reference.

        base_directory: What relative paths are relative to; there are none.

    Raises:
        VaultError: It cannot be read; the class says why.
    """
    reference = Reference.of(table)
    return _text_of(reference, _ask(_address() + reference.url, _headers()))


def _address() -> str:
    """Return where the Vault is; a token goes over TLS, or stays on this machine."""
    address = os.environ.get("VAULT_ADDR", "").rstrip("/")
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        raise VaultAddressError from None
    if not host or "@" in parts.netloc or parts.query or parts.fragment:
        raise VaultAddressError
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(host)):
        raise VaultAddressError
    return address


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _headers() -> dict[str, str]:
    headers = {"X-Vault-Token": _token(), "X-Vault-Request": "true"}
    if namespace := os.environ.get("VAULT_NAMESPACE"):
        headers["X-Vault-Namespace"] = namespace
    return headers


def _token() -> str:
    token = os.environ.get("VAULT_TOKEN")
    if not token:
        try:
            token = (Path.home() / ".vault-token").read_text("utf-8").strip()
        except (OSError, ValueError, RuntimeError):
            raise VaultTokenMissingError from None
    if not token or not token.isascii() or not token.isprintable():
        raise VaultTokenMissingError
    return token


def _ask(url: str, headers: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the members of an answer, or of what stands in its place."""
    # Imported here: a hook registers, and costs nothing where nobody reads a secret.
    import httpx

    file = os.environ.get("VAULT_CACERT")
    try:
        trust = ssl.create_default_context(cafile=file) if file else True
        # A redirect is not followed: the token would go with it.
        with httpx.Client(verify=trust, timeout=TIMEOUT) as client:
            answer = client.get(url, headers=dict(headers))
            members = answer.json() if answer.status_code in {200, 404} else {}
    except (httpx.HTTPError, OSError, ValueError):
        # Nothing of it is told: a request holds the token, and an answer the secret.
        raise VaultUnavailableError from None
    match answer.status_code:
        case 200 if isinstance(members, dict):
            return members
        case 403:
            raise VaultDeniedError
        case 404 if isinstance(members, dict) and {"errors", "data"} & members.keys():
            raise VaultSecretMissingError
        case _:
            raise VaultUnavailableError


def _text_of(reference: Reference, members: Mapping[str, Any]) -> str:
    """Return the text that is meant, of ``{"data": {"data": {...}}}``."""
    outer = members.get("data")
    if not isinstance(outer, dict):
        raise VaultUnavailableError
    fields = outer.get("data")
    if not isinstance(fields, dict):
        raise VaultSecretMissingError
    names = [reference.field] if reference.field is not None else [*fields]
    if len(names) != 1 or not isinstance(fields.get(names[0]), str):
        raise VaultFieldMissingError
    text: str = fields[names[0]]
    return text


@hookimpl
def ccflow_secret_readers() -> Iterable[SecretReader]:
    """Offer the Vault."""
    return [SecretReader(key="vault", read=read_vault)]
