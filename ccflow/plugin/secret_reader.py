"""A way to read a secret that a plugin brings."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen
class SecretReader:
    """
    Reads the secrets of one kind of reference.

    Args:
        key: The key of the reference that it reads, for example ``vault``.

        read: A function ``(reference, base_directory) -> str``. It gets the
            whole table of the reference and the directory that relative paths
            are relative to, and returns the clear text. What it raises becomes
            a `SecretError` that names the reference; its text is not shown.

    .. versionadded:: 0.1.0
    """

    key: str
    read: Callable[[Mapping[str, Any], str], str]
