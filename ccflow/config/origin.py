"""Where a value of a profile came from."""

from __future__ import annotations

import attrs

from ccflow.errors import Problem


@attrs.frozen
class Origin:
    """
    Where a value came from.

    Args:
        file: A file, or ``environment``; None for a mapping.

        prefix: What stands before the key there, for example
            ``profiles.billing.``.

        discovered: Whether the file was found in the working directory rather
            than named, which limits what its references may read.

        base_directory: What relative paths are relative to.
    """

    file: str | None = None
    prefix: str = ""
    discovered: bool = False
    base_directory: str = "."

    def problem(
        self, key: str | None, message: str, hint: str | None = None
    ) -> Problem:
        """Make a problem of a key at this place."""
        name = '""' if key == "" else key
        path = f"{self.prefix}{name}" if name else self.prefix.rstrip(".")
        return Problem(message, file=self.file, key=path or None, hint=hint)

    def __str__(self) -> str:
        place = self.prefix.rstrip(".: ")
        return " ".join(part for part in (self.file, place and f"[{place}]") if part)
