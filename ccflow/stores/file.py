"""
A store in a directory of this user's, for all processes of a machine.

A record is a file that is replaced whole and named by its key. Beside it lies the lock
that is held while a token is fetched; one more lock, for the directory, is held for
the moment that a record is compared and replaced. Nothing is synced to the disk: what a
power cut leaves torn fails its digest, and costs one request.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path
from typing import Final

from ccflow.fork_wait import fork_waits
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.stores import private
from ccflow.stores.envelope import LIMIT
from ccflow.stores.envelope import is_live
from ccflow.stores.envelope import pack
from ccflow.stores.envelope import unpack
from ccflow.stores.lockfile import hold
from ccflow.stores.sweep import sweep_if_due


_KEY: Final = re.compile(r"[0-9a-f]{64}")
_POLL: Final = 0.02
_WRITE_POLL: Final = 0.002
_WRITE_TIMEOUT: Final = 1.0  # A write takes a millisecond; this is a stopped process.


class FileStore:
    """
    Keeps records in files that only this user can read.

    Args:
        directory: Where, and ``~`` means nothing in it; None is ``ccflow`` in the
            user's cache directory. It is made, with those above it, when something
            is first kept.

        clock: Gives epoch seconds.

    Raises:
        StoreError: This user has no directory.

    .. versionadded:: 0.1.0
    """

    def __init__(
        self,
        directory: str | os.PathLike[str] | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        given = _cache_directory() if directory is None else directory
        self._directory = Path(os.path.abspath(given))
        self._clock = clock

    def __repr__(self) -> str:
        return f"FileStore({str(self._directory)!r})"

    def get(self, key: str) -> Record | None:
        """Return the record under a key, or None."""
        if not private.check_directory(self._directory):
            return None
        record = self._read(_name(key))
        return record if is_live(record, self._clock()) else None

    def put(self, key: str, record: Record | None, expected: Record | None) -> bool:
        """Write a record if the key still holds what was read from it."""
        private.make_directory(self._directory)
        name = _name(key)
        if not is_live(expected, self._clock()):
            expected = None
        with self._writing():
            current = self._read(name)
            if not is_live(current, self._clock()):
                current = None
            if (current and current.version) != (expected and expected.version):
                return False
            self._replace(name, record)
        sweep_if_due(self._directory, self._clock(), self._writing)
        return True

    @contextmanager
    def lock(self, key: str, timeout: float) -> Iterator[bool]:
        """Hold the lock of a key; gives False where somebody kept it."""
        private.make_directory(self._directory)
        path = self._directory / f"{_name(key)}.lock"
        with hold(path, timeout, _POLL) as held:
            yield held

    def _read(self, name: str) -> Record | None:
        path = self._directory / name
        file = private.open_to_read(path)
        if file is None:
            return None
        try:
            with file:
                return unpack(name, file.read(LIMIT + 1))
        except OSError as error:
            raise private.unusable(path, error) from error

    def _replace(self, name: str, record: Record | None) -> None:
        """Put a file in the place of another, or remove it."""
        path = self._directory / name
        temporary = self._directory / f"{name}.{secrets.token_hex(4)}.tmp"
        try:
            if record is None:
                path.unlink(missing_ok=True)
                return
            with private.open_new(temporary) as file:
                # The bytes are in no variable: tracebacks are rendered with those.
                file.write(pack(name, record))
            _move(temporary, path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            raise private.unusable(path, error) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Keep all others from writing, for a moment."""
        path = self._directory / "write.lock"
        with hold(path, _WRITE_TIMEOUT, _WRITE_POLL) as held:
            if not held:
                raise StoreError(
                    f"{path} is held by another process, which may be stopped"
                )
            yield


def _cache_directory() -> str:
    with fork_waits():
        import platformdirs
    try:
        found = platformdirs.user_cache_dir("ccflow", appauthor=False)
    except (RuntimeError, KeyError):  # no HOME, and a user that nobody knows
        found = "~"
    if found.startswith("~"):
        raise StoreError(
            "this user has no home directory to keep tokens in; name a directory in "
            "[cache]"
        )
    return found


def _name(key: str) -> str:
    """Return the file name of a key: itself, if it is such a digest as ccflow's."""
    if _KEY.fullmatch(key):
        return key
    return hashlib.sha256(key.encode()).hexdigest()


def _move(source: Path, target: Path) -> None:
    """Replace a file; on Windows that takes patience while somebody reads it."""
    for _ in range(50 if os.name == "nt" else 0):
        with suppress(PermissionError):
            source.replace(target)
            return
        time.sleep(0.01)
    source.replace(target)
