"""Reading an answer: a token, or the one error that fits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs

from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.protocol.answer import Answer
from ccflow.protocol.error import Verdict
from ccflow.protocol.error import call_reader
from ccflow.protocol.error import read_error
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import Provider
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret


_TOKEN_TYPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._~+/:-]{0,59}")
_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
_READ: Final = frozenset({"access_token", "token_type", "expires_in", "scope"})
# RFC 6749 section 4.4.3: a refresh token should not come. Neither is used or kept.
_DROPPED: Final = frozenset({"refresh_token", "id_token"})
# Beyond this a lifetime is a way to write "never", and dates overflow.
_LONGEST_LIFETIME: Final = 100 * 366 * 86400.0


@attrs.frozen(kw_only=True)
class TokenResponse:
    """
    A success, as the server told it (RFC 6749 section 5.1).

    Args:
        access_token: The token.

        token_type: As it came; ``Bearer`` where it was missing.

        expires_in: Seconds, above zero; None where it is unknown.

        scope: What was granted; None where the answer does not say.

        extra: The other members, without refresh and ID tokens.

        refresh_in: Seconds until the server would like it to be renewed; None
            where it does not say.
    """

    access_token: Secret
    token_type: str
    expires_in: float | None
    scope: tuple[str, ...] | None
    extra: Mapping[str, Any] = attrs.field(repr=False, hash=False)
    refresh_in: float | None = None

    def shortfall(self, plan: Plan) -> tuple[str, ...]:
        """Return what was asked for and not granted."""
        granted = self.scope
        if granted is None:
            granted = () if plan.quirks.scope_echoed else plan.scope
        return tuple(scope for scope in plan.scope if scope not in granted)


def is_visible(access_token: object) -> bool:
    """Say whether it can be a token: visible ASCII (RFC 6749 appendix A.12)."""
    return isinstance(access_token, str) and bool(_VISIBLE.fullmatch(access_token))


def read_lifetime(value: object) -> float | None:
    """
    Return a lifetime in seconds, or None where it is unknown.

    It comes as an integer, a float or text; absent, zero, negative and absurd ones
    say nothing that can be relied on.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if 0 < seconds <= _LONGEST_LIFETIME else None


def read_scope(value: object) -> tuple[str, ...] | None:
    """Return the granted scopes; None where they are absent, null or empty."""
    if isinstance(value, str):
        parts = value.split()
        # A comma cannot be told from a part of a scope unless it is the only sign.
        parts = value.split(",") if len(parts) == 1 and "," in value else parts
    elif isinstance(value, list):
        parts = [part for part in value if isinstance(part, str)]
    else:
        return None
    return tuple(part.strip() for part in parts if part.strip()) or None


def _token_members(
    provider: Provider, members: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Find the members of section 5.1, with the provider's own reader first."""
    if provider.read_success is not None:
        found = call_reader(provider.read_success, members)
        if isinstance(found, Mapping) and "access_token" in found:
            return found
    return members if members.get("access_token") else None


def read_response(
    provider: Provider,
    plan: Plan,
    answer: Answer,
    scrubber: Scrubber,
    *,
    now: float,
    clock_offset: float = 0.0,
) -> TokenResponse:
    """
    Return the token of an answer, or raise the first error that fits.

    The order is the contract's: rate limits, a readable error code, a failing
    server, a token, a refusal without a code, something in between, the rest.

    Args:
        provider: Whose dialect it is.

        plan: What was asked for.

        answer: What came.

        scrubber: Knows the secrets of the request.

        now: Epoch seconds, for waits that are given as a date.

        clock_offset: Seconds by which this machine's clock is behind the server's,
            where that matters; below zero where it is ahead.

    Raises:
        TokenRefusedError: The server said no.

        TokenUnavailableError: It cannot say now.

        TokenResponseError: What came is neither.
    """
    # Raised here, where no local variable holds a text or a token of the server:
    # tracebacks may be rendered with those.
    outcome = _read(Verdict(provider, plan, answer, scrubber, now, clock_offset))
    if isinstance(outcome, TokenError):
        raise outcome
    return outcome


def _read(verdict: Verdict) -> TokenResponse | TokenError:
    provider, plan, answer = verdict.provider, verdict.plan, verdict.answer
    status, quirks = answer.status_code, plan.quirks
    found = _token_members(provider, answer.members) if answer.is_success else None
    error = read_error(provider, plan, answer, beside_token=found is not None)
    code = error.error if error else None
    if status == 429 or code in quirks.rate_limit_errors:
        return verdict.rate_limited(error)
    if error is not None:
        passing = status >= 500 and code not in quirks.permanent_errors
        if code in quirks.retryable_errors or passing:
            return verdict.failing(error)
        return verdict.refused(error)
    if status >= 500:
        return verdict.failing(None)
    if found is not None:
        return _read_token(plan, found, verdict)
    readable = answer.shape in {"empty", "object", "json", "text"}
    if 400 <= status < 500 and status != 407 and readable:
        return verdict.refused_silently()
    page = answer.shape in {"html", "xml"}
    if page or 300 <= status < 400 or status == 407:
        return verdict.intermediary()
    return verdict.malformed("answered without a token")


def _is_told(text: str, verdict: Verdict) -> bool:
    """Say whether a text is free of what the request itself kept secret."""
    return verdict.scrubber.mask(text) == text


def _read_token_type(value: object, verdict: Verdict) -> str:
    """Return the type as it came, where it is one; ``Bearer`` otherwise."""
    if isinstance(value, str) and value in {"Bearer", "bearer"}:
        return value
    if not isinstance(value, str) or not _TOKEN_TYPE.fullmatch(value):
        return "Bearer"
    return value if _is_told(value, verdict) else "Bearer"


def _read_token(
    plan: Plan, members: Mapping[str, Any], verdict: Verdict
) -> TokenResponse | TokenError:
    access_token = members["access_token"]
    if not is_visible(access_token):
        return verdict.malformed("answered with a token that is not visible ASCII")

    scope = read_scope(members.get("scope"))
    if scope is not None and not {*scope} <= {*plan.scope}:
        # A server may echo what it got anywhere, and these are told in events.
        scope = tuple(value for value in scope if _is_told(value, verdict)) or None
    response = TokenResponse(
        access_token=Secret(access_token),
        token_type=_read_token_type(members.get("token_type"), verdict),
        expires_in=read_lifetime(members.get("expires_in")),
        scope=scope,
        refresh_in=read_lifetime(members.get("refresh_in")),
        extra={
            name: value
            for name, value in members.items()
            if name not in _READ
            and name not in _DROPPED
            and _is_told(json.dumps(value, ensure_ascii=False, default=str), verdict)
        },
    )
    missing = response.shortfall(plan)
    if missing and plan.require_scope:
        return _scope_shortfall(plan, verdict.answer, missing)
    return response


def _scope_shortfall(
    plan: Plan, answer: Answer, missing: tuple[str, ...]
) -> TokenRefusedError:
    hint = "let the client have it at the server, or take it out of scope"
    return TokenRefusedError(
        f"{plan.provider} did not grant {' '.join(missing)} "
        f"(HTTP {answer.status_code}); {hint}",
        category="scope",
        status_code=answer.status_code,
        hint=hint,
        profile=plan.profile,
        provider=plan.provider,
    )
