"""The home directory of a user, in paths that begin with ``~``."""

from __future__ import annotations

from pathlib import Path


def with_home(path: str) -> Path:
    """
    Return a path with the home directory in the place of a leading ``~``.

    Raises:
        ValueError: There is no such user, or nobody knows the home.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        name = Path(path).parts[0]
        raise ValueError(
            f"there is no home directory for {name} in {path}; write the whole path"
        ) from None
