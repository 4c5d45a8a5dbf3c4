"""
A store whose records only the holder of a key can read.

AES-256-GCM with a random nonce for each record; the record's key is authenticated, so
that a record moved under another key does not decrypt.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING
from typing import Final

import attrs

from ccflow.fork_wait import fork_waits
from ccflow.secret import Secret
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.store import TokenStore


if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM


_FORMAT: Final = b"\x01"
_NONCE: Final = 12
_PURPOSE: Final = b"ccflow token store 1"
_ANOTHER_KEY: Final = (
    "a record in the store does not open with this encryption_key, and counts as none; "
    "all who share tokens need the same key"
)


class EncryptedStore:
    """
    Encrypts what another store keeps.

    A record that does not decrypt counts as none, and is replaced. The first one is
    told by a `StoreError` of `get`: whoever wrote it has another key, or somebody
    changed it.

    Args:
        store: Where the records are kept.

        key: Text that nobody can guess, such as ``openssl rand -base64 32``
            prints; it is no password, and deriving the key from it costs
            whoever tries passwords nothing. Space around it does not count.

    Raises:
        StoreError: The key is empty.

    .. versionadded:: 0.1.0
    """

    def __init__(self, store: TokenStore, key: Secret) -> None:
        self._store = store
        if not key.reveal().strip():
            raise StoreError("the encryption key of the token store is empty")
        self._cipher = _derive(key)
        self._told = False

    def __repr__(self) -> str:
        return f"EncryptedStore({self._store!r})"

    def get(self, key: str) -> Record | None:
        """Return the record under a key, or None."""
        sealed = self._store.get(key)
        opened = self._open(key, sealed)
        if opened is None and _is_sealed(sealed) and not self._told:
            self._told = True
            raise StoreError(_ANOTHER_KEY, reread_secrets=True)
        return opened

    def put(self, key: str, record: Record | None, expected: Record | None) -> bool:
        """Write a record if the key still holds what was read from it."""
        sealed = None if record is None else self._seal(key, record)
        if self._store.put(key, sealed, expected):
            return True
        if expected is not None:
            return False
        # What stands there may be none to us: sealed with the key before this one.
        current = self._store.get(key)
        if current is None or self._open(key, current) is not None:
            return False
        return self._store.put(key, sealed, current)

    def lock(self, key: str, timeout: float) -> AbstractContextManager[bool]:
        """Hold the lock of a key."""
        return self._store.lock(key, timeout)

    def _seal(self, key: str, record: Record) -> Record:
        nonce = os.urandom(_NONCE)
        sealed = self._cipher.encrypt(nonce, record.value, _context(key))
        return attrs.evolve(record, value=_FORMAT + nonce + sealed)

    def _open(self, key: str, record: Record | None) -> Record | None:
        from cryptography.exceptions import InvalidTag

        if record is None or not _is_sealed(record):
            return None
        nonce = record.value[1 : 1 + _NONCE]
        sealed = record.value[1 + _NONCE :]
        try:
            value = self._cipher.decrypt(nonce, sealed, _context(key))
        except (InvalidTag, ValueError):  # ValueError: cut short
            return None
        return attrs.evolve(record, value=value)


def _is_sealed(record: Record | None) -> bool:
    return record is not None and record.value.startswith(_FORMAT)


def _context(key: str) -> bytes:
    return _PURPOSE + b"\0" + key.encode()


def _derive(key: Secret) -> AESGCM:
    with fork_waits():
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return AESGCM(hkdf.derive(key.reveal().strip().encode()))
