"""
What can go wrong, grouped by what the reader does next.

    CcflowError
      ConfigError                 fix a file, a variable or an install; nothing was sent
        ProfileError
        ProviderError
        SecretError
      TokenError
        TokenRefusedError         the server said no; asking again gets the same answer
        TokenUnavailableError     no usable answer now; try later
        TokenResponseError        it answered, but not with a token

There is no class for each ``error`` code: callers branch on ``.error``, and
servers invent codes. No error holds a request, a response, a client or a secret,
and all of them pickle and copy, keyword arguments and all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any
from typing import Final
from typing import Literal
from typing import Self
from typing import TypeVar

import attrs


_Error = TypeVar("_Error", bound="CcflowError")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

Category = Literal[
    "config",
    "client_auth",
    "scope",
    "request",
    "rate_limit",
    "server",
    "network",
    "intermediary",
    "malformed",
]


@attrs.frozen
class Problem:
    """
    One mistake in the configuration.

    Args:
        message: What was expected and what came.

        file: The file, or the variable, that holds it.

        key: The path of the key in that file, for example
            ``profiles.billing.scope``.

        hint: What to do next.

    .. versionadded:: 0.1.0
    """

    message: str
    file: str | None = None
    key: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = ": ".join(part for part in (self.file, self.key) if part)
        text = f"{place}: {self.message}" if place else self.message
        text = f"{text}; {self.hint}" if self.hint else text
        # A key may be any text, and must not forge lines or steer a terminal.
        return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def _rebuild(
    error_class: type[_Error], args: tuple[Any, ...], state: dict[str, Any]
) -> _Error:
    error = error_class.__new__(error_class, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class CcflowError(Exception):
    """
    The base of every error that ccflow raises; never raised itself.

    Attributes:
        profile: The name of the profile, where one is known.

        provider: The name of its provider, where one is known.

        category: What kind of thing went wrong, one of `Category`.

        retryable: Whether the same request can succeed later with nothing
            changed on this side.

    .. versionadded:: 0.1.0
    """

    profile: str | None
    provider: str | None
    category: Category
    retryable: bool

    def __init__(
        self,
        message: str,
        *,
        profile: str | None = None,
        provider: str | None = None,
        category: Category = "config",
        retryable: bool = False,
    ) -> None:
        super().__init__(message)
        self.profile = profile
        self.provider = provider
        self.category = category
        self.retryable = retryable

    def __reduce__(
        self,
    ) -> tuple[Callable[..., Self], tuple[type[Self], tuple[Any, ...], dict[str, Any]]]:
        return _rebuild, (type(self), self.args, dict(self.__dict__))


class ConfigError(CcflowError):
    """
    The configuration cannot work as it is. Nothing was sent.

    Args:
        message: The line above the problems; empty where they say it all.

    Attributes:
        problems: All the mistakes that were found, never only the first.

    .. versionadded:: 0.1.0
    """

    problems: tuple[Problem, ...]

    def __init__(
        self,
        message: str,
        problems: Iterable[Problem] = (),
        *,
        profile: str | None = None,
        provider: str | None = None,
    ) -> None:
        found = tuple(problems)
        lines = [str(problem) for problem in found]
        if message:
            lines = [message, *(f"  {line}" for line in lines)]
        super().__init__("\n".join(lines), profile=profile, provider=provider)
        self.problems = found or (Problem(message),)


class ProfileError(ConfigError):
    """A profile, or the file or variable it comes from, cannot be used."""


class ProviderError(ConfigError):
    """
    A provider is unknown, broken, or offered twice.

    A profile tells that in its `ProfileError`, with all else; this one comes from what
    asks for a provider, reader, store or emulator by its name alone.
    """


class SecretError(ConfigError):
    """A secret, a key or a certificate cannot be read or does not fit."""


class TokenError(CcflowError):
    """
    A token was asked for and did not come.

    Attributes:
        error: The server's error code, for example ``invalid_client``, or None.

        error_description: The server's text, scrubbed and shortened. Its
            wording is not part of the API.

        status_code: The HTTP status, or None where no answer came.

        hint: What to look at next, for this provider.

        correlation_id: What the server's support will ask for.

        retry_after: Seconds that the server asked to wait, or None.

        retry_at: Epoch seconds until which ccflow answers from memory
            instead of asking again, or None.

    .. versionadded:: 0.1.0
    """

    def __init__(
        self,
        message: str,
        *,
        category: Category,
        retryable: bool = False,
        error: str | None = None,
        error_description: str | None = None,
        status_code: int | None = None,
        hint: str | None = None,
        correlation_id: str | None = None,
        retry_after: float | None = None,
        retry_at: float | None = None,
        profile: str | None = None,
        provider: str | None = None,
    ) -> None:
        super().__init__(
            message,
            profile=profile,
            provider=provider,
            category=category,
            retryable=retryable,
        )
        self.error = error
        self.error_description = error_description
        self.status_code = status_code
        self.hint = hint
        self.correlation_id = correlation_id
        self.retry_after = retry_after
        self.retry_at = retry_at


class TokenRefusedError(TokenError):
    """The server said no. The same request gets the same answer."""


class TokenUnavailableError(TokenError):
    """No usable answer came. Later the same request may succeed."""


class TokenResponseError(TokenError):
    """
    Something answered, but not with a token and not with an OAuth error.

    Attributes:
        content_type: The media type of the answer, or None.
    """

    def __init__(
        self, message: str, *, content_type: str | None = None, **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.content_type = content_type
