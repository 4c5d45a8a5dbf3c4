"""The directory of one run: configuration, secrets, keys and the certificate."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs

from ccflow.errors import ProviderError


CONFIG: Final = "ccflow.toml"

HEADER: Final = (
    b"# Written by the ccflow emulator. Everything here works on this machine only,\n"
    b"# while the emulator runs; the next run overwrites it.\n\n"
)


@attrs.frozen
class Workspace:
    """Where the files of a run are written; all of them are for the owner alone."""

    directory: Path

    def write(self, name: str, content: bytes) -> Path:
        """
        Write a file, replacing one of the same name.

        It is created with mode 0600 and moved into place, so that there is no
        moment at which others could read it, whatever was there before.
        """
        path = self.directory / name
        draft = self.directory / f".{name}.{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, no path
            file.write(content)
        draft.replace(path)
        return path


@contextmanager
def open_workspace(directory: str | os.PathLike[str] | None) -> Iterator[Workspace]:
    """
    Use a directory and keep it, or a temporary one that is removed at the end.

    Raises:
        ProviderError: The directory cannot be used, or holds a configuration that
            an emulator has not written.
    """
    if directory is None:
        with tempfile.TemporaryDirectory(
            prefix="ccflow-emulator-", ignore_cleanup_errors=True
        ) as name:  # created with mode 0700
            yield Workspace(Path(name))
        return

    path = Path(directory).expanduser().resolve()
    config = path / CONFIG
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_ours = not config.exists() or config.read_bytes().startswith(HEADER)
    except OSError as error:
        raise ProviderError(f"cannot use the directory {path}: {error}") from error
    if not is_ours:
        raise ProviderError(
            f"{config} was not written by an emulator, and is not overwritten; "
            "name another directory"
        )
    yield Workspace(path)
