"""``{ file = "path" }``: the content of a file."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path
from typing import Final

from ccflow.errors import SecretError
from ccflow.secret import Secret
from ccflow.secret import SecretReference


_LOG: Final = logging.getLogger("ccflow")
_WARNED: Final[set[str]] = set()


def secret_path(reference: SecretReference) -> Path:
    """Return the path that a reference names, relative to its TOML file."""
    path = Path(reference.table["file"]).expanduser()
    return Path(reference.base_directory).absolute() / path


def mode_findings(path: Path) -> tuple[str | None, str | None]:
    """
    Return what makes a secret file unusable, and what is only to be warned of.

    Raises:
        OSError: There is no such file.
    """
    mode = path.stat().st_mode
    if os.name != "posix":
        return None, None
    if mode & stat.S_IWOTH:
        return f"others can write {path}; run: chmod o-w {path}", None
    if mode & stat.S_IROTH:
        return None, f"others can read {path}; run: chmod o-r {path}"
    return None, None


def read_file(reference: SecretReference) -> Secret:
    """Return the text of a file, without its one trailing newline."""
    path = secret_path(reference)
    try:
        refused, warning = mode_findings(path)
        if refused:
            raise SecretError(refused)
        content = path.read_bytes()
    except OSError as error:
        raise SecretError(f"{path} cannot be read: {error.strerror}") from error
    if warning and str(path) not in _WARNED:
        _WARNED.add(str(path))
        _LOG.warning("%s", warning)
    return decode(content, str(path))


def decode(content: bytes, place: str) -> Secret:
    """Return bytes as a secret: UTF-8, and exactly one trailing newline removed."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise SecretError(f"{place} is not UTF-8 text")
    for newline in ("\r\n", "\n"):
        if text.endswith(newline):
            return Secret(text[: -len(newline)])
    return Secret(text)
