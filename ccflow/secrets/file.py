"""``{ file = "path" }``: the content of a file."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path
from typing import BinaryIO
from typing import Final

from ccflow.config.home import with_home
from ccflow.config.permissions import other_writers
from ccflow.errors import SecretError
from ccflow.secret import Secret
from ccflow.secret import SecretReference


_LOG: Final = logging.getLogger("ccflow")
_WARNED: Final[set[str]] = set()
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def secret_path(reference: SecretReference) -> Path:
    """
    Return the path that a reference names, relative to its TOML file.

    Raises:
        SecretError: Nobody knows the home directory that it begins with.
    """
    try:
        path = with_home(reference.table["file"])
    except ValueError as error:
        raise SecretError(str(error)) from None
    return Path(reference.base_directory).absolute() / path


def mode_findings(path: Path) -> tuple[str | None, str | None]:
    """
    Return what makes a secret file unusable, and what is only to be warned of.

    Raises:
        OSError: There is no such file.
    """
    return _findings(path, path.stat())


def _findings(path: Path, status: os.stat_result) -> tuple[str | None, str | None]:
    if writers := other_writers(status):
        return f"others can write {path}; run: chmod {writers}-w {path}", None
    if os.name == "posix" and status.st_mode & stat.S_IROTH:
        return None, f"others can read {path}; run: chmod o-r {path}"
    return None, None


def read_file(reference: SecretReference) -> Secret:
    """Return the text of a file, without its one trailing newline."""
    path = secret_path(reference)
    try:
        with _open(path, reference.boundary) as file:
            refused, warning = _findings(path, os.fstat(file.fileno()))
            if refused:
                raise SecretError(refused)
            # Never in a local variable: those of a traceback may be rendered.
            secret = decode(file.read())
    except OSError as error:
        raise SecretError(f"{path} cannot be read: {error.strerror}") from error
    if warning and str(path) not in _WARNED:
        _WARNED.add(str(path))
        _LOG.warning("%s", warning)
    if secret is None:
        raise SecretError(f"{path} is not UTF-8 text")
    return secret


def _open(path: Path, boundary: str | None) -> BinaryIO:
    """Open a file; one that must lie somewhere is opened where its links lead."""
    if boundary is None:
        return path.open("rb")
    real = path.resolve()
    if not real.is_relative_to(boundary):
        raise SecretError(
            f"{path} leads out of {boundary}, and the file that names it was found, "
            "not named; to trust that file: name it in CCFLOW_CONFIG"
        )
    # A link that is put in its place from now on is not followed.
    return os.fdopen(os.open(real, os.O_RDONLY | _NO_LINK), "rb")


def decode(content: bytes) -> Secret | None:
    """
    Return bytes as a secret, exactly one trailing newline removed.

    None is what is not UTF-8; nothing is raised from here, with the bytes in hand.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    for newline in ("\r\n", "\n"):
        if text.endswith(newline):
            return Secret(text[: -len(newline)])
    return Secret(text)
