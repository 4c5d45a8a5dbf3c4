"""
A secret value, and the reference that says where one is kept.

Nothing in here prints, formats, compares in variable time or pickles the value.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any
from typing import Final
from typing import NoReturn

import attrs


MASK: Final = "********"


class Secret:
    """
    Text that must not leave the process in any string but the wire bytes.

    ``reveal()`` is called inside the expression that builds those bytes, and
    nowhere else: a local variable that holds the clear text shows up in every
    traceback that is rendered with locals.

    .. versionadded:: 0.1.0
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the clear text."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret('{MASK}')"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_encoded(self), _encoded(other))

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a secret does not pickle; use a reference to it instead, "
            'for example { env = "NAME" } or { file = "path" }'
        )


def _encoded(secret: Secret) -> bytes:
    # An error would have the clear text in it.
    return secret.reveal().encode(errors="surrogatepass")


@attrs.frozen
class SecretReference:
    """
    Where a secret is kept: ``{ env = "BILLING_SECRET" }`` and its like.

    The reference is not secret itself; it prints, compares and pickles.

    Args:
        reader: The key that names the way to read it, for example ``env``.

        table: The whole table as it stands in the profile.

        base_directory: What relative paths in the table are relative to.

        boundary: The directory that a file must lie in, links resolved; None
            allows any.

    .. versionadded:: 0.1.0
    """

    reader: str
    table: Mapping[str, Any] = attrs.field(hash=False)
    base_directory: str = "."
    boundary: str | None = None

    def __str__(self) -> str:
        members = ", ".join(f"{key} = {value!r}" for key, value in self.table.items())
        return f"{{ {members} }}"


SecretSource = Secret | SecretReference


def as_source(value: SecretSource | str) -> SecretSource:
    """Wrap a literal; a reference stays what it is."""
    return Secret(value) if isinstance(value, str) else value
