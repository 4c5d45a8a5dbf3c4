"""
What a store of tokens does, for those who write one and those who use one.

A store keeps small records under opaque keys and knows nothing of OAuth. It is a
convenience, never a condition: whatever it raises costs the sharing and nothing else.
Provisional until 1.0.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

import attrs


class StoreError(Exception):
    """
    A store cannot be used; the message says why and what to do, without secrets.

    Args:
        message: The reason, ``; `` and what to do about it.

        reread_secrets: Whether what it was made with may be out of date, as after a
            refused password. The secrets of its settings are then read again, and
            if one changed, the store is made anew and asked once more.

    .. versionadded:: 0.1.0
    """

    reread_secrets: bool = False

    def __init__(self, message: str, *, reread_secrets: bool = False) -> None:
        super().__init__(message)
        self.reread_secrets = reread_secrets


@attrs.frozen
class Record:
    """
    What stands under a key.

    Args:
        value: The content, opaque to the store; never printed.

        expires_at: Epoch seconds from which the store may forget it.

        version: What the store tells this content from another by; set by the
            store when it is read, and ignored when it is written.

    .. versionadded:: 0.1.0
    """

    value: bytes = attrs.field(repr=False)
    expires_at: float
    version: str = ""


class TokenStore(Protocol):
    """
    Keeps records for the processes of a machine, or of a fleet.

    Every method may block for a moment and may raise `StoreError`. It is called on a
    thread that a fetch has for its store, the same one from taking a lock to giving
    it back; one that takes too long is left behind, and the fetch goes on alone. One
    store serves any number of threads, and serves on after a fork.

    .. versionadded:: 0.1.0
    """

    def get(self, key: str) -> Record | None:
        """
        Return the record under a key, or None.

        A record that is expired, corrupt or foreign counts as none.
        """
        ...

    def put(self, key: str, record: Record | None, expected: Record | None) -> bool:
        """
        Write a record if the key still holds what was read from it.

        Args:
            key: Where to write.

            record: What to write; None forgets the key.

            expected: What `get` returned; None expects nothing there.

        Returns:
            Whether it was written; False if somebody else wrote meanwhile.
        """
        ...

    def lock(self, key: str, timeout: float) -> AbstractContextManager[bool]:
        """
        Hold a lock that is apart from the record, while a token is fetched.

        It ends with its holder: a process that dies does not keep it longer than
        the store's own lease.

        Args:
            key: What to lock.

            timeout: Seconds to wait for it; 0 tries once.

        Returns:
            A context manager that gives True while it is held, and False where
            somebody else kept it until the timeout.
        """
        ...
