"""
Files and directories that nobody but this user can read, write or swap.

Modes are given when a thing is made, never afterwards; what exists is looked at before
it is used, through its descriptor where there is one. Elsewhere than on POSIX, where
modes and owners mean nothing, only the kind of a thing is looked at.
"""

from __future__ import annotations

import errno
import os
import shlex
import stat
from pathlib import Path
from typing import BinaryIO
from typing import Final

from ccflow.store import StoreError


_POSIX: Final = os.name == "posix"
_FLAGS: Final[int] = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe in the place of a file must not hang us
    | getattr(os, "O_BINARY", 0)
)


def refuse_shared(path: Path, info: os.stat_result, *, directory: bool) -> None:
    """
    Raise if somebody else has a hand in a file or directory.

    Args:
        path: What it is called in the message.

        info: What ``lstat`` or ``fstat`` said of it.

        directory: Whether it is to be a directory, and else a regular file.

    Raises:
        StoreError: It is a link or of another kind, belongs to another user, or
            its mode lets others in; the message has the command that mends it.
    """
    problem = _problem(path, info, directory)
    if problem is not None:
        raise StoreError(problem)


def _problem(path: Path, info: os.stat_result, directory: bool) -> str | None:
    name = shlex.quote(str(path))
    kind = "directory" if directory else "file"
    right_kind = stat.S_ISDIR if directory else stat.S_ISREG
    if stat.S_ISLNK(info.st_mode):
        return f"{path} is a symbolic link, not a {kind}; run: rm {name}"
    if not right_kind(info.st_mode):
        away = f"mv {name} {name}.old" if directory else f"rm -r {name}"
        return f"{path} is not a {kind}; run: {away}"
    if not _POSIX:
        return None
    me = os.geteuid()
    if info.st_uid != me:
        mend = f"sudo chown -R {me} {name}" if directory else f"sudo rm {name}"
        return f"{path} belongs to the user {info.st_uid}; run: {mend}"
    if stat.S_IMODE(info.st_mode) & 0o077:
        # A file that others could read or write is not made good by a new mode.
        mend = f"chmod 700 {name}" if directory else f"rm {name}"
        mode = f"{stat.S_IMODE(info.st_mode):04o}"
        return f"others can read or write {path}, its mode is {mode}; run: {mend}"
    return None


def check_directory(path: Path) -> bool:
    """
    Tell whether a directory is there.

    Raises:
        StoreError: It is not this user's alone.
    """
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unusable(path, error) from error
    refuse_shared(path, info, directory=True)
    return True


def make_directory(path: Path) -> None:
    """
    Make a directory, and those above it, for this user alone.

    Raises:
        StoreError: It cannot be made, or exists and is not this user's alone.
    """
    if check_directory(path):
        return
    try:
        for each in (*reversed(path.parents), path):
            if not each.exists():
                each.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise unusable(path, error) from error
    check_directory(path)


def open_to_read(path: Path) -> BinaryIO | None:
    """
    Open a file, or return None where there is none.

    Raises:
        StoreError: It is not this user's alone, or cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _FLAGS)
    except FileNotFoundError:
        return None
    except OSError as error:
        check_file(path)
        raise unusable(path, error) from error
    try:
        refuse_shared(path, os.fstat(descriptor), directory=False)
    except StoreError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def open_new(path: Path) -> BinaryIO:
    """
    Make a file that does not exist yet.

    Raises:
        OSError: It exists, or cannot be made.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def check_file(path: Path) -> None:
    """
    Look at a file that somebody else will open, if it is there.

    Raises:
        StoreError: It is not this user's alone.
    """
    try:
        info = os.lstat(path)
    except OSError:
        return
    refuse_shared(path, info, directory=False)


def unusable(path: Path, error: OSError) -> StoreError:
    """Say what the system has against a path."""
    reason = error.strerror or type(error).__name__
    hint = {
        errno.ENOSPC: "; free some space",
        errno.EDQUOT: "; free some space",
        errno.EROFS: "; name another directory in [cache]",
        errno.EACCES: "; name another directory in [cache]",
        errno.EPERM: "; name another directory in [cache]",
    }.get(error.errno or 0, "")
    return StoreError(f"{path} cannot be used: {reason.lower()}{hint}")
