"""
The lockout guard: after a refusal that will not change, a growing pause.

Servers lock accounts and ban addresses that keep sending a bad secret. While the
gate is open, callers get the refusal from memory, and it says until when. It stops
only those who hold what was refused: another secret, key or profile goes through.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs

from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret


FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 300.0
_JITTER: Final = 0.2
# How far the clocks of a fleet may be apart.
_CLOCKS_DIFFER: Final = 60.0
# What a server asked to wait is believed up to here.
_LONGEST_WAIT: Final = 3600.0

# Slow on purpose: a gate record lies in a store that others may read.
_SCRYPT: Final[Mapping[str, int]] = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
_CLASSES: Final = {
    "TokenRefusedError": TokenRefusedError,
    "TokenUnavailableError": TokenUnavailableError,
}
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "retryable": (bool,),
    "retry_after": (int, float),
    "status_code": (int,),
}
# Takes out what could steer a terminal.
_SCRUBBER: Final = Scrubber(())
_FIELDS: Final = (
    "category",
    "retryable",
    "error",
    "error_description",
    "status_code",
    "hint",
    "correlation_id",
    "retry_after",
)


@attrs.frozen
class Refused:
    """
    What was refused, or may be.

    Args:
        value: The credential itself, or all of them where there are two.

        claims: What lasts of a ready-made assertion that is another one for each
            reading; None where there is no such.

        minted: Whether another assertion with these claims would be refused as well.
    """

    value: Secret
    claims: Secret | None = None
    minted: bool = False

    def known_by(self, claims: bool) -> Secret:
        """Return what a gate knows it by."""
        return self.claims if claims and self.claims is not None else self.value


def _digest(credential: Secret, salt: bytes) -> bytes:
    return hashlib.scrypt(credential.reveal().encode(), salt=salt, **_SCRYPT)


@attrs.frozen(kw_only=True)
class Gate:
    """
    One refusal, and until when it is remembered.

    Args:
        failure: The error that callers get.

        until: Epoch seconds.

        pause: How many seconds it was opened for.

        pauses: How many pauses there were in a row, this one included.

        salt: What the digest is salted with.

        digest: The slow digest of the refused credential.

        is_of_claims: Whether that is of the claims of an assertion, because each
            reading makes another assertion.
    """

    failure: TokenError
    until: float
    pause: float
    pauses: int
    salt: bytes = attrs.field(repr=False)
    digest: bytes = attrs.field(repr=False)
    is_of_claims: bool = False

    def seconds_left(self, now: float) -> float:
        """
        Return how long its pause still lasts; 0 or less where it is over.

        No longer than it was opened for, since the clock that wrote it may be ahead;
        and where that is far ahead, or was set, it is over.

        Args:
            now: Epoch seconds.
        """
        left = self.until - now
        return min(left, self.pause) if left <= self.pause + _CLOCKS_DIFFER else 0.0

    def stops(self, credential: Refused) -> bool:
        """Say whether a credential is the one that was refused."""
        known = credential.known_by(self.is_of_claims)
        return hmac.compare_digest(self.digest, _digest(known, self.salt))

    def remembered(self, retry_at: float, left: float) -> TokenError:
        """
        Return the refusal, with the time until which it is remembered.

        Args:
            retry_at: That time, in epoch seconds.

            left: The seconds until then.
        """
        failure = copy.copy(self.failure)
        failure.retry_at = retry_at
        text = (
            f"{self.failure} (from memory: the server is asked again in {left:.0f} s, "
            "or at once with another credential)"
        )
        failure.args = (text,)
        return failure

    def to_bytes(self) -> bytes:
        """Return it as a record for a store."""
        failure = self.failure
        return json.dumps(
            {
                "gate": 1,
                "class": type(failure).__name__,
                "message": str(failure),
                "fields": {name: getattr(failure, name) for name in _FIELDS},
                "until": self.until,
                "pause": self.pause,
                "pauses": self.pauses,
                "salt": self.salt.hex(),
                "digest": self.digest.hex(),
                "claims": self.is_of_claims,
            }
        ).encode()


def _field(name: str, value: object) -> Any:
    """
    Return a member of a record, which anybody may have written.

    Raises:
        TypeError: It is not of its kind.
    """
    if value is None and name not in {"message", "category"}:
        return None
    kinds = _KINDS.get(name, (str,))
    if not isinstance(value, kinds) or isinstance(value, bool) != (bool in kinds):
        raise TypeError(name)
    return _SCRUBBER.text(value, 2000) if isinstance(value, str) else value


def gate_from_bytes(value: bytes) -> Gate | None:
    """Return the gate of a record, or None where it is no such record."""
    try:
        members: Mapping[str, Any] = json.loads(value)
        fields = {name: _field(name, members["fields"][name]) for name in _FIELDS}
        if members["gate"] != 1:
            return None
        return Gate(
            failure=_CLASSES[members["class"]](
                _field("message", members["message"]), **fields
            ),
            until=float(members["until"]),
            pause=min(float(members["pause"]), _LONGEST_WAIT),
            pauses=int(members["pauses"]),
            salt=bytes.fromhex(members["salt"]),
            digest=bytes.fromhex(members["digest"]),
            is_of_claims=members["claims"] is True,
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def opens_gate(failure: TokenError) -> bool:
    """
    Say whether a failure is one that the same request will meet again.

    A rate limit counts only where the server said how long it lasts.
    """
    if isinstance(failure, TokenRefusedError):
        return True
    return failure.category == "rate_limit" and failure.retry_after is not None


def open_gate(
    failure: TokenError,
    credential: Refused,
    before: Gate | None,
    *,
    now: float,
    chance: float,
) -> Gate:
    """
    Make the gate that follows a failure.

    Args:
        failure: What the server answered.

        credential: What it refused.

        before: The gate of the last refusal of the same credential, or None.

        now: Epoch seconds.

        chance: From 0 to 1, so that workers do not come back together.
    """
    pauses = before.pauses + 1 if before is not None else 1
    pause = min(FIRST_PAUSE * 2.0 ** min(pauses - 1, 16), LONGEST_PAUSE)
    pause *= 1 + _JITTER * (2 * chance - 1)
    asked = min(failure.retry_after or 0.0, _LONGEST_WAIT)
    if not isinstance(failure, TokenRefusedError):
        pause = asked
    pause = max(pause, asked)
    salt = os.urandom(16)
    of_claims = credential.minted and credential.claims is not None
    return Gate(
        failure=failure,
        until=now + pause,
        pause=pause,
        pauses=pauses,
        salt=salt,
        digest=_digest(credential.known_by(of_claims), salt),
        is_of_claims=of_claims,
    )
