"""
What an error means here, and which page or setting to look at next.

Explanations are data beside a provider; those of `general_explanations` serve every
provider. Which of all comes first is decided in `ccflow.protocol.hint`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Final
from typing import Literal
from typing import get_args

import attrs


Cause = Literal[
    "assertion",
    "audience",
    "certificate",
    "clock",
    "disabled",
    "encoding",
    "expired_secret",
    "key",
    "method",
    "replay",
    "secret",
    "short_secret",
]
"""What an explanation is about, where it is one of the known ones."""

_SIGNED: Final = frozenset({"client_secret_jwt", "private_key_jwt"})
_SECRET: Final = frozenset(
    {"client_secret_basic", "client_secret_post", "client_secret_jwt"}
)
_METHODS: Final[Mapping[Cause, frozenset[str]]] = {
    "assertion": _SIGNED,
    "audience": _SIGNED,
    "certificate": frozenset({"self_signed_tls_client_auth", "tls_client_auth"}),
    "clock": _SIGNED,
    "encoding": frozenset({"client_secret_basic"}),
    "expired_secret": _SECRET,
    "key": frozenset({"private_key_jwt"}),
    "replay": _SIGNED,
    "secret": _SECRET,
    "short_secret": frozenset({"client_secret_jwt"}),
}
"""Who can meet a cause, by the ``token_endpoint_auth_method``; the others all can."""

_MARKS: Final = re.compile(r"[\W_]+")

# What names all that could be tells nothing: the definition of a code, which many
# servers send as its description, and a list of causes.
_SAYS_NOTHING: Final = re.compile(
    "unknown client, no client authentication[^.)]*|"
    "missing a required parameter.*otherwise malformed|possible causes may be.*",
    re.IGNORECASE | re.DOTALL,
)


def plain_code(code: str) -> str:
    """
    Return a code as it is compared: servers write ``Invalid Client`` as well.

    Case, blanks and punctuation do not count, unless there is nothing else.
    """
    return _MARKS.sub("", code).casefold() or code


@attrs.frozen(kw_only=True)
class Explanation:
    """
    One known error of a kind of server, and what to do about it.

    Args:
        hint: The next step: the console page, the setting, the profile key.

        error: The error code it is about; None for any. Case, blanks and
            punctuation do not count.

        status_code: The HTTP status it is about; None for any.

        description: A regular expression that is searched in the server's
            text, whatever the case; None for any. The text is the description
            of the error; where there is no error code, the plain text of the
            answer or the title of the page; and a code that is a sentence
            belongs to it. What names all that could be, such as the standard's
            definition of a code, is left out of it.

        cause: What it is about, if that is one of the known causes: then only
            those are told it whose ``token_endpoint_auth_method`` can have it, and
            the general explanation of this cause is not told beside it.

    .. versionadded:: 0.1.0
    """

    hint: str
    error: str | None = None
    status_code: int | None = None
    description: str | None = None
    cause: Cause | None = None

    def __attrs_post_init__(self) -> None:
        # Here, so that a plugin breaks when it is imported and not in an answer. What
        # is of a wrong type is told with all else when it is loaded.
        re.compile(self.description or "")
        if not str(self.hint).strip():
            raise ValueError("the hint of an explanation is empty")
        if isinstance(self.status_code, int) and not 100 <= self.status_code <= 599:
            raise ValueError(f"there is no HTTP status {self.status_code}")
        if (cause := self.cause) is not None and cause not in get_args(Cause):
            raise ValueError(f"an explanation has no cause {cause!r}")

    def is_about(
        self, error: str | None, status_code: int | None, methods: Collection[str] = ()
    ) -> bool:
        """
        Say whether it is about such a code and status, whatever the text.

        Args:
            error: The code, or None.

            status_code: The status, or None.

            methods: The ``token_endpoint_auth_method``, or all that it may be; none
                where nobody knows.
        """
        same = self.error is None or (
            error is not None and plain_code(self.error) == plain_code(error)
        )
        if not same or self.status_code not in {None, status_code}:
            return False
        able = _METHODS.get(self.cause) if self.cause is not None else None
        return able is None or not methods or not able.isdisjoint(methods)

    def fits(
        self,
        error: str | None,
        description: str | None,
        status_code: int | None,
        methods: Collection[str] = (),
    ) -> bool:
        """Say whether this is about such an error, its text included."""
        if not self.is_about(error, status_code, methods):
            return False
        if self.description is None:
            return True
        text = _SAYS_NOTHING.sub("", description or "")
        if error is not None and " " in error:
            text = f"{error}: {text}"
        return re.search(self.description, text, re.IGNORECASE) is not None


def find_hint(
    explanations: Iterable[Explanation],
    error: str | None,
    description: str | None,
    status_code: int | None,
    methods: Collection[str] = (),
) -> str | None:
    """Return the hint of the first explanation that fits, or None."""
    asked = (error, description, status_code, methods)
    return next((it.hint for it in explanations if it.fits(*asked)), None)
