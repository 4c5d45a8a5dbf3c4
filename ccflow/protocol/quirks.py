"""
How one kind of server differs from the others, as plain data.

Where servers disagree there is no right answer for all of them, so each of these
fields belongs to the provider, and a profile may override it under ``quirks``.
A field is added with the first provider that needs it; docs/reference/provider.md
says where each known difference has its home.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Literal

import attrs


BasicEncoding = Literal["form", "raw"]

FORM = "application/x-www-form-urlencoded"


def _headers(values: Mapping[str, str]) -> Mapping[str, str]:
    return dict(values)


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise TypeError(f"{values!r} is text; a tuple of one needs its comma")
    return tuple(values)


def _list(*values: str) -> tuple[str, ...]:
    """Make a field of texts with its default."""
    made: tuple[str, ...] = attrs.field(default=values, converter=_texts)
    return made


@attrs.frozen(kw_only=True)
class Quirks:
    """
    The plain facts about a kind of authorization server.

    The same names serve in Python, in ``[providers.NAME.quirks]`` and in
    ``[profiles.NAME.quirks]``. The defaults are what the standards say.

    Args:
        basic_encoding: How the two halves of a Basic header are written before
            they are joined: ``"form"`` (RFC 6749 section 2.3.1, space as
            ``%20``) or ``"raw"``, for servers that do not decode.

        content_type: The media type of the request, parameters included.

        request_headers: Headers that the server wants on a token request.

        client_id_with_assertion: Whether ``client_id`` is sent beside a client
            assertion (RFC 7521 section 4.2 leaves it open).

        scope_required: Whether a request without ``scope`` is refused. A
            profile that relies on default scopes says ``default_scope = true``.

        forbidden_scopes: Scopes that ask for a user, refused before sending.

        exclusive_scopes: Scopes that must be the only one in a request.

        assertion_audience: The ``aud`` of a client assertion:
            ``"token_endpoint"``, ``"issuer"``, or the value itself.

        assertion_lifetime: Seconds from now to the ``exp`` of an assertion.

        assertion_algorithms: The ``alg`` values that the server takes, the
            preferred one first; empty means that it is not known.

        certificate_headers: The assertion headers made of a ``certificate``:
            ``"x5t"``, ``"x5t#S256"``, or both.

        scope_echoed: Whether the server always names what it granted, so that
            a missing ``scope`` means none. RFC 6749 section 5.1 reads it as
            "what was asked for".

        default_expires_in: Seconds to keep a token whose lifetime is unknown.

        error_members: The members that may hold the error code, in order.

        error_description_members: The members that may hold its text.

        retryable_errors: Error codes that pass, under any status.

        permanent_errors: Error codes that do not pass, even under a 5xx.

        rate_limit_errors: Error codes that mean "too many requests".

        rate_limit_reset_header: The header that holds the epoch second at
            which a rate limit ends, read against the server's own ``Date``.

        correlation_id_members: The members of an error body that the server's
            support asks for.

        correlation_id_headers: The headers that it asks for.

    .. versionadded:: 0.1.0
    """

    basic_encoding: BasicEncoding = "form"
    content_type: str = FORM
    request_headers: Mapping[str, str] = attrs.field(
        factory=lambda: {"Accept": "application/json"}, converter=_headers, hash=False
    )
    client_id_with_assertion: bool = False

    scope_required: bool = False
    forbidden_scopes: tuple[str, ...] = _list()
    exclusive_scopes: tuple[str, ...] = _list()

    assertion_audience: str = "token_endpoint"
    assertion_lifetime: int = 120
    assertion_algorithms: tuple[str, ...] = _list()
    certificate_headers: tuple[str, ...] = _list("x5t", "x5t#S256")

    scope_echoed: bool = False
    default_expires_in: float = 300.0

    error_members: tuple[str, ...] = _list(
        "error", "errorCode", "ErrorCode", "error_code"
    )
    error_description_members: tuple[str, ...] = _list(
        "error_description",
        "errorSummary",
        "Error",
        "error_message",
        "message",
        "detail",
        "reason",
    )
    retryable_errors: tuple[str, ...] = _list(
        "temporarily_unavailable",
    )
    permanent_errors: tuple[str, ...] = _list(
        "access_denied",
        "invalid_client",
        "invalid_dpop_proof",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "invalid_target",
        "unauthorized_client",
        "unsupported_grant_type",
    )
    rate_limit_errors: tuple[str, ...] = _list("slow_down", "too_many_requests")
    rate_limit_reset_header: str | None = None
    correlation_id_members: tuple[str, ...] = _list(
        "correlation_id",
        "trace_id",
        "request_id",
    )
    correlation_id_headers: tuple[str, ...] = _list("X-Request-Id", "X-Correlation-Id")
