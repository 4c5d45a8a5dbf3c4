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
from typing import Any
from typing import Final
from typing import Literal

import attrs

from ccflow.protocol.header import laid_over


BasicEncoding = Literal["form", "raw"]
LifetimeUnit = Literal["seconds", "milliseconds"]
CertificateHeader = Literal["x5t", "x5t#S256"]
# fmt: off
Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
    "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448",
    "HS256", "HS384", "HS512",
]
# fmt: on
"""The ``alg`` values of assertions."""

SECONDS = ("assertion_lifetime", "default_expires_in")
"""The quirks that are seconds."""

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"


_USUAL_HEADERS: Final = {"Accept": "application/json"}


def _headers(values: Mapping[str, str]) -> Mapping[str, str]:
    return laid_over(_USUAL_HEADERS, dict(values))


def _texts(values: Iterable[str]) -> tuple[Any, ...]:
    if isinstance(values, str):
        raise TypeError(f"{values!r} is text; a tuple of one needs its comma")
    return tuple(values)


def _list(*values: str) -> tuple[Any, ...]:
    """Make a field of texts with its default."""
    made: tuple[Any, ...] = attrs.field(default=values, converter=_texts)
    return made


@attrs.frozen(kw_only=True)
class Quirks:
    """
    The plain facts about a kind of authorization server.

    The same names serve in Python, in ``[providers.NAME.quirks]`` and in
    ``[profiles.NAME.quirks]``. The defaults are what the standards say.

    A field whose name ends in ``_members`` names members of an answer; the first
    that holds something usable counts. A name with dots leads into objects, and its
    part ``0`` to the first element of an array: ``errors.0.code``. Those of an error
    are found in another case as well, where there is none that is spelt so.

    Args:
        basic_encoding: How the two halves of a Basic header are written before
            they are joined: ``"form"`` (RFC 6749 section 2.3.1, space as
            ``%20``) or ``"raw"``, for servers that do not decode.

        content_type: The media type of the request, parameters included.

        request_headers: Headers that the server wants on a token request, beside
            ``Accept: application/json``, which one of that name replaces. Those of
            a profile are put over the provider's, by name.

        grant_type: The ``grant_type``, where a server calls this grant otherwise.

        client_id_with_assertion: Whether ``client_id`` is sent beside a client
            assertion (RFC 7521 section 4.2 leaves it open).

        client_assertion_type: The ``client_assertion_type``.

        scope_required: Whether a request without ``scope`` is refused. A
            profile that relies on default scopes says ``default_scope = true``.

        forbidden_scopes: Scopes that ask for a user, refused before sending.

        exclusive_scopes: Scopes that must be the only one in a request.

        required_scopes: Scopes that every request must name, unless the profile
            says ``default_scope = true``.

        single_scope: Whether a request takes no more than one scope.

        scope_pattern: The regular expression that the whole of each scope
            matches; None for any.

        scope_separator: What stands between two scopes.

        assertion_audience: The ``aud`` of a client assertion:
            ``"token_endpoint"``, ``"issuer"``, or the value itself.

        assertion_lifetime: Seconds from now to the ``exp`` of an assertion.

        assertion_not_before: Whether an assertion has an ``nbf``, which is its
            ``iat``.

        assertion_algorithms: The ``alg`` values that the server takes, the
            preferred one first; empty means that it is not known.

        certificate_headers: The assertion headers made of a ``certificate``:
            ``"x5t"``, ``"x5t#S256"``, or both.

        access_token_members: The members that may hold the token.

        bearer_token_types: Values of ``token_type`` that are used as Bearer,
            whatever their case, beside those that have the word in them. Any
            other one is refused (RFC 6749 section 7.1).

        expires_in_members: The members that may hold the lifetime.

        expires_in_unit: What the lifetime is counted in: ``"seconds"`` or
            ``"milliseconds"``.

        expires_at_members: The members that may hold the time at which the token
            expires, where there is no lifetime: an epoch second or millisecond,
            or a date with its zone. It is read against the server's own ``Date``.

        scope_members: The members that may hold what was granted.

        scope_echoed: Whether the server always names what it granted, so that
            a missing ``scope`` means none. RFC 6749 section 5.1 reads it as
            "what was asked for".

        default_expires_in: Seconds to keep a token whose lifetime is unknown.

        error_members: The members that may hold the error code; one that is
            text comes before one that is a number.

        error_description_members: The members that may hold its text.

        retryable_errors: Error codes that pass, under any status. Codes are
            compared without regard to case, blanks and punctuation.

        permanent_errors: Error codes that do not pass, even under a 5xx.

        client_auth_errors: Error codes that mean that the client or its secret is
            wrong, beside ``invalid_client`` and its like: the secret is read again.

        rate_limit_errors: Error codes that mean "too many requests".

        rate_limit_headers: Headers that come only with "too many requests",
            under any status.

        rate_limit_reset_header: The header that holds the epoch second at
            which a rate limit ends, read against the server's own ``Date``.

        correlation_id_members: The members of an error body that the server's
            support asks for.

        correlation_id_headers: The headers that it asks for.

        metadata_locations: Where its metadata may be, in the order in which
            they are asked for: templates with the ``{origin}`` and the ``{path}``
            of the issuer, or of `Provider.metadata_base`.

        metadata_members: The members that may hold the metadata, where the
            document wraps them.

        endpoint_origins: Other origins than that of the issuer where its
            metadata may say that an endpoint is.

    .. versionadded:: 0.1.0
    """

    basic_encoding: BasicEncoding = "form"
    content_type: str = FORM
    request_headers: Mapping[str, str] = attrs.field(
        factory=dict, converter=_headers, hash=False
    )
    grant_type: str = "client_credentials"
    client_id_with_assertion: bool = False
    client_assertion_type: str = JWT_BEARER

    scope_required: bool = False
    forbidden_scopes: tuple[str, ...] = _list()
    exclusive_scopes: tuple[str, ...] = _list()
    required_scopes: tuple[str, ...] = _list()
    single_scope: bool = False
    scope_pattern: str | None = None
    scope_separator: str = " "

    assertion_audience: str = "token_endpoint"
    assertion_lifetime: int = 120
    assertion_not_before: bool = False
    assertion_algorithms: tuple[Algorithm, ...] = _list()
    certificate_headers: tuple[CertificateHeader, ...] = _list("x5t", "x5t#S256")

    access_token_members: tuple[str, ...] = _list("access_token")
    bearer_token_types: tuple[str, ...] = _list(
        "access_token", "Application Access Token"
    )
    expires_in_members: tuple[str, ...] = _list("expires_in")
    expires_in_unit: LifetimeUnit = "seconds"
    expires_at_members: tuple[str, ...] = _list("expires_on", "expires_at")
    scope_members: tuple[str, ...] = _list("scope")
    scope_echoed: bool = False
    default_expires_in: float = 300.0

    error_members: tuple[str, ...] = _list(
        "error",
        "errorCode",
        "ErrorCode",
        "error_code",
        "errcode",
        "error.code",
        "error.error",
        "error.type",
        "error.status",
        "errors.0.code",
        "errors.0.errorType",
        "fault.detail.errorcode",
    )
    error_description_members: tuple[str, ...] = _list(
        "error_hint",
        "error_description",
        "errorSummary",
        "Error",
        "error_message",
        "error_msg",
        "errmsg",
        "message",
        "msg",
        "description",
        "detail",
        "reason",
        "title",
        "error.message",
        "error.description",
        "error.error_description",
        "error.detail",
        "error.reason",
        "errors.0.message",
        "errors.0.detail",
        "errors",
        "fault.faultstring",
        "error_uri",
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
    client_auth_errors: tuple[str, ...] = _list()
    rate_limit_errors: tuple[str, ...] = _list("slow_down", "too_many_requests")
    rate_limit_headers: tuple[str, ...] = _list()
    rate_limit_reset_header: str | None = None
    correlation_id_members: tuple[str, ...] = _list(
        "correlation_id",
        "trace_id",
        "request_id",
    )
    correlation_id_headers: tuple[str, ...] = _list("X-Request-Id", "X-Correlation-Id")

    metadata_locations: tuple[str, ...] = _list(
        "{origin}{path}/.well-known/openid-configuration",
        "{origin}/.well-known/oauth-authorization-server{path}",
        "{origin}{path}/.well-known/oauth-authorization-server",
    )
    metadata_members: tuple[str, ...] = _list()
    endpoint_origins: tuple[str, ...] = _list()


def changed_quirks(quirks: Quirks, changes: Mapping[str, Any]) -> Quirks:
    """Return quirks with the values of some fields; headers are put over by name."""
    headers = changes.get("request_headers", {})
    over = {"request_headers": laid_over(quirks.request_headers, headers)}
    return attrs.evolve(quirks, **{**changes, **over})
