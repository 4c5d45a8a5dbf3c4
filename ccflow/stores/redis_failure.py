"""What an exception of redis-py means, in words that hold nothing of the server's."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import attrs


# The class that redis-py has for it, and words that are left of it in a script's error.
_REFUSALS: Final = (
    (
        "NoPermissionError",
        "can't run this command",
        "lets this user not do that; it needs +get +set +del +eval on our keys",
    ),
    ("ReadOnlyError", "READONLY", "is a replica, which takes no writes"),
    ("OutOfMemoryError", "OOM ", "has no memory left"),
)


class LookUpError(OSError):
    """Nobody said in time which addresses a name has."""


class OversizeError(OSError):
    """An answer is longer than any record."""


@attrs.frozen
class Failure:
    """
    What is wrong with a server.

    Args:
        problem: The end of a sentence about it.

        costly: Whether asking again would cost time.

        refused: Whether it refused who we are.
    """

    problem: str
    costly: bool = True
    refused: bool = False


def explain(error: Exception, timeout: float) -> Failure:
    """
    Return what is wrong.

    Args:
        error: What was raised.

        timeout: Seconds that an answer may take.
    """
    from redis import exceptions

    match error:
        case exceptions.AuthenticationError():
            return Failure("refused the user name or password", refused=True)
        case exceptions.BusyLoadingError():
            return Failure("is still loading its data")
        case exceptions.ResponseError():
            return Failure(_refusal(error), costly=False)
        case exceptions.TimeoutError():
            return Failure(f"did not answer within {timeout:g} s")
        case ValueError() | TypeError():
            problem = "has an option in its url that redis-py refuses"
            return Failure(problem, costly=False)
    return Failure(_reason(error))


def _refusal(error: Exception) -> str:
    """Return what a server's error means, or the code that it begins with."""
    text = str(error)
    for name, words, what in _REFUSALS:
        if name == type(error).__name__ or words in text:
            return what
    code = text.partition(" ")[0]
    known = code.isalpha() and code.isupper() and len(code) < 20
    return f"answered {code}" if known else "answered with an error"


def _reason(error: BaseException) -> str:
    """Return why there is no connection, as the system put it."""
    for each in _chain(error):
        match each:
            case ssl.SSLCertVerificationError():
                return f"has a certificate that fails: {each.verify_message}"
            case ssl.SSLError():
                return "does not speak TLS as it should"
            case OversizeError():
                return "answered more than a record is"
            case LookUpError() | socket.gaierror():
                return "has a name that cannot be resolved"
            case OSError(errno=int(number)):
                return f"cannot be reached: {os.strerror(number).lower()}"
    return f"failed: {type(error).__name__}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
