"""Reading an answer: a token, or the one error that fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs

from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.protocol.answer import Answer
from ccflow.protocol.error import Verdict
from ccflow.protocol.error import is_among
from ccflow.protocol.error_body import call_reader
from ccflow.protocol.error_body import read_error
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import Provider
from ccflow.protocol.scrub import Scrubber
from ccflow.protocol.success import find_lifetime
from ccflow.protocol.success import find_scope
from ccflow.protocol.success import find_token
from ccflow.protocol.success import is_visible
from ccflow.protocol.success import needs_proof
from ccflow.protocol.success import read_lifetime
from ccflow.protocol.success import read_token_type
from ccflow.protocol.wait import server_time
from ccflow.secret import MASK
from ccflow.secret import Secret


_READ: Final = frozenset({"access_token", "token_type", "expires_in", "scope"})
_USUAL_TYPES: Final = frozenset({"Bearer", "bearer"})


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
    found = _token_members(verdict) if answer.is_success else None
    error = read_error(provider, plan, answer, beside_token=found is not None)
    code = error.error if error else None
    limits = any(it.lower() in answer.headers for it in quirks.rate_limit_headers)
    if status == 429 or limits or is_among(code, quirks.rate_limit_errors):
        return verdict.rate_limited(error)
    if error is not None:
        passing = status >= 500 and not is_among(code, quirks.permanent_errors)
        if passing or is_among(code, quirks.retryable_errors):
            return verdict.failing(error)
        return verdict.refused(error)
    if status >= 500:
        return verdict.failing(None)
    if found is not None:
        return _read_token(found, verdict)
    readable = answer.shape in {"empty", "object", "json", "text"}
    if 400 <= status < 500 and status != 407 and readable:
        return verdict.refused_silently()
    page = answer.shape in {"html", "xml"}
    if page or 300 <= status < 400 or status == 407:
        return verdict.intermediary()
    return verdict.malformed("answered without a token", _where_it_may_be(answer))


def _where_it_may_be(answer: Answer) -> str | None:
    if answer.shape == "object" and answer.is_success:
        return (
            "if the token stands under another name, set quirks.access_token_members; "
            "else check that token_endpoint is the token endpoint of this server"
        )
    return None


def _token_members(verdict: Verdict) -> Mapping[str, Any] | None:
    """Find the members of section 5.1, with the provider's own reader first."""
    members = verdict.answer.members
    if verdict.provider.read_success is not None:
        found = call_reader(verdict.provider.read_success, members)
        if isinstance(found, Mapping) and "access_token" in found:
            return found
    token = find_token(members, verdict.plan.quirks)
    return None if token is None else {**members, "access_token": token}


def _is_told(value: object, verdict: Verdict) -> bool:
    """Say whether a member is free of what the request itself kept secret."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except RecursionError:
        return False  # JSON can be read a little deeper than it can be written
    return not verdict.scrubber.is_in(text)


def _without_echo(scope: tuple[str, ...], verdict: Verdict) -> tuple[str, ...]:
    """
    Return what was granted; what a server echoes in it is told in no event.

    All at once, since a blank in a secret makes two of it.
    """
    told = " ".join(scope)
    if not verdict.scrubber.is_in(told):
        return scope
    return (*(value for value in scope if value in verdict.plan.scope), MASK)


def _read_token(
    members: Mapping[str, Any], verdict: Verdict
) -> TokenResponse | TokenError:
    plan, quirks = verdict.plan, verdict.plan.quirks
    access_token = members["access_token"]
    if not is_visible(access_token):
        return verdict.malformed(
            "answered with a token that is not visible ASCII",
            "no header can carry it: check that token_endpoint is the token endpoint "
            "of this server",
        )
    token_type = read_token_type(members.get("token_type"), quirks)
    if token_type is None:
        return _unknown_type(members["token_type"], verdict)

    scope = find_scope(members, quirks)
    if scope is not None and not {*scope} <= {*plan.scope}:
        scope = _without_echo(scope, verdict)
    usual = token_type in _USUAL_TYPES
    response = TokenResponse(
        access_token=Secret(access_token),
        token_type=token_type if usual or _is_told(token_type, verdict) else "Bearer",
        expires_in=find_lifetime(
            members, quirks, lambda: server_time(verdict.answer, verdict.now)
        ),
        scope=scope,
        refresh_in=read_lifetime(members.get("refresh_in")),
        extra=_extra(members, verdict),
    )
    missing = response.shortfall(plan)
    if missing and plan.require_scope:
        return _scope_shortfall(plan, verdict.answer, missing)
    return response


def _extra(members: Mapping[str, Any], verdict: Verdict) -> Mapping[str, Any]:
    """Return the other members, without what a server may echo of the request."""
    quirks = verdict.plan.quirks
    read = {
        *_READ,
        *quirks.access_token_members,
        *quirks.expires_in_members,
        *quirks.scope_members,
    }
    extra = {name: value for name, value in members.items() if name not in read}
    if not extra or _is_told(extra, verdict):
        return extra
    return {
        name: value
        for name, value in extra.items()
        if _is_told(name, verdict) and _is_told(value, verdict)
    }


def _unknown_type(token_type: str, verdict: Verdict) -> TokenError:
    """RFC 6749 section 7.1: such a token must not be used."""
    shown = verdict.scrubber.text(token_type, 60)
    if needs_proof(token_type):
        return verdict.malformed(
            f"answered with a token of the type {shown!r}, which is bound to a key",
            "no API takes it without a proof, which this version does not make: let "
            "the server give this client Bearer tokens",
        )
    return verdict.malformed(
        f"answered with a token of the type {shown!r}, which is not known",
        "if the API takes it as Bearer, add the type to quirks.bearer_token_types",
    )


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
