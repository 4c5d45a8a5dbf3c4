"""A kind of store that a plugin brings: what it asks of ``[cache]``, how it is made."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping
from typing import Final
from typing import Literal

import attrs

from ccflow.secret import Secret
from ccflow.store import TokenStore


_TAKEN: Final = frozenset({"store", "encryption_key"})


def _is_pattern(_: object, field: object, pattern: str) -> None:
    re.compile(pattern)


@attrs.frozen
class StoreSetting:
    """
    One value that a store asks of ``[cache]``.

    Args:
        help: What it is, with an example, for a person.

        default: The value when there is none; None makes it required, and an empty
            text is what an optional secret has.

        kind: ``text``; ``path``, which is made absolute, relative to the TOML file;
            or ``secret``, which is a reference or a literal, and is read when the
            store is made.

        pattern: The regular expression that the whole of a ``text`` matches, and of
            a ``secret`` that stands in the file itself.

    .. versionadded:: 0.1.0
    """

    help: str
    default: str | None = None
    kind: Literal["text", "path", "secret"] = "text"
    pattern: str = attrs.field(default=r"(?s:.+)", validator=_is_pattern)


def _settings(settings: Mapping[str, StoreSetting]) -> Mapping[str, StoreSetting]:
    return dict(settings)


@attrs.frozen
class TokenStoreFactory:
    """
    Makes the stores of one name.

    Args:
        name: What ``store`` in ``[cache]`` says.

        make: A function ``(settings, secrets) -> TokenStore``. It gets the texts
            and paths by key, and the secrets by key, wrapped; a value that is not
            given is its default. It is called when a source first fetches, and
            again when a secret changed. A `StoreError` that it raises is told;
            of anything else that it raises only the class is.

        settings: What may stand in ``[cache]`` for it, by key. ``encryption_key``
            is not among them: what a store gets is encrypted already.

    Raises:
        ValueError: A setting bears the name of a key that every store has.

    .. versionadded:: 0.1.0
    """

    name: str
    make: Callable[[Mapping[str, str], Mapping[str, Secret]], TokenStore]
    settings: Mapping[str, StoreSetting] = attrs.field(
        factory=dict[str, StoreSetting], converter=_settings, hash=False
    )

    def __attrs_post_init__(self) -> None:
        for key in sorted(_TAKEN & self.settings.keys()):
            raise ValueError(f"the setting {key!r} is a key that every store has")
