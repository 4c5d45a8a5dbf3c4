"""
Okta's errors, as it publishes them: what each one is called, says and is sent with.

Statuses and texts are those of Okta's error table (docs/providers/okta.md).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

from ccflow.emulator.assertion import Flaw
from ccflow.emulator.message import Refusal
from ccflow.emulator.message import Response


API_ERRORS: Final = {
    # The texts of these two are recalled.
    "E0000009": (500, "Internal Server Error"),
    "E0000010": (503, "Service is in read only mode"),
    "E0000007": (404, "Not found: Resource not found: {} ({})"),
    "E0000021": (
        400,
        (
            "Bad request.  Accept and/or Content-Type headers likely do not match "
            "supported values."
        ),
    ),
    "E0000022": (405, "The endpoint does not support the provided HTTP method"),
    "E0000047": (429, "API call exceeded rate limit due to too many requests."),
}

# By the internal code of Okta's table.
REFUSALS: Final[Mapping[str, tuple[int, str, str]]] = {
    "client_credentials_in_query": (
        400,
        "invalid_request",
        "Client credentials cannot be supplied via query parameters.",
    ),
    "duplicate_oauth_params": (
        400,
        "invalid_request",
        "The request contained multiple parameters with the same name.",
    ),
    "token_request_missing_grant_type": (
        400,
        "invalid_request",
        (
            "The token request must specify a 'grant_type'. Valid values: "
            "[authorization_code, password, refresh_token, client_credentials]"
        ),
    ),
    "unauthorized_client": (
        400,
        "unauthorized_client",
        (
            "The client is not authorized to use the provided grant type. "
            "Configured grant types: [client_credentials]."
        ),
    ),
    "unsupported_grant_type": (
        400,
        "unsupported_grant_type",
        (
            "The authorization grant type is not supported by the authorization "
            "server. Configured grant types: [client_credentials]."
        ),
    ),
    "multiple_client_credentials": (
        401,
        "invalid_request",
        (
            "Cannot supply multiple client credentials. Use one of the following: "
            "credentials in the Authorization header, credentials in the post body, "
            "or a client_assertion in the post body."
        ),
    ),
    "missing_client_credentials": (
        401,
        "invalid_client",
        "No client credentials found.",
    ),
    "invalid_basic_auth_creds": (
        401,
        "invalid_client",
        "Found Authentication header but was not valid client credentials.",
    ),
    "invalid_token_endpoint_auth_method": (
        401,
        "invalid_client",
        (
            "Client authentication failed. Either the client or the client credentials "
            "are invalid."
        ),
    ),
    "invalid_client_secret": (
        401,
        "invalid_client",
        "The client secret supplied for a confidential client is invalid.",
    ),
    "unsupported_auth_method_client_creds": (
        401,
        "invalid_client",
        (
            "Client Credentials requests to the Org Authorization Server must use the "
            "private_key_jwt token_endpoint_auth_method."
        ),
    ),
    "invalid_client_assertion_type": (
        400,
        "invalid_request",
        "The client_assertion_type is invalid.",
    ),
    "no_default_scopes": (
        400,
        "invalid_scope",
        (
            "The authorization server resource does not have any configured default "
            "scopes, 'scope' must be provided."
        ),
    ),
    "no_scopes": (400, "invalid_scope", "No scopes were requested."),
    "openid_scopes": (
        400,
        "invalid_scope",
        "Cannot request 'openid' scopes using client credentials.",
    ),
    "unknown_scopes": (
        400,
        "invalid_scope",
        "One or more scopes are not configured for the authorization server resource.",
    ),
    "network_zone": (
        403,
        "access_denied",
        "The request is made from outside the client's permitted network zones.",
    ),
    "consent_required": (
        400,
        "consent_required",
        "You are not allowed any of the requested scopes.",
    ),
}

FAILURES: Final[Mapping[int, str]] = {
    400: "duplicate_oauth_params",
    401: "invalid_client_secret",
    403: "network_zone",
}
"""What stands for a status where a test asks for nothing more."""

FLAWS: Final[Mapping[Flaw, str]] = {
    "parse": "The parsing of the client_assertion failed.",
    "issuer": "The issuer claim for client_assertion is not a valid client_id.",
    "subject": "The subject claim for client_assertion is not a valid client_id.",
    "algorithm": "The client_assertion JWT signature algorithm is invalid.",
    "method": REFUSALS["invalid_token_endpoint_auth_method"][2],
    "no_secret": "The issuer and subject claim for client_assertion is invalid because "
    "the client does not have a client secret.",
    "no_key": "The client does not have a JWKSet configured, but the client_assertion "
    "requires one.",
    "short_secret": "The client secret is too short to verify a JWT HMAC.",
    "key_id": "The client_assertion JWT kid is invalid.",
    "signature": "The client_assertion signature is invalid.",
    "no_expiry": "The client_assertion must contain the 'exp' claim as seconds since "
    "epoch.",
    "expired": "The client_assertion token is expired.",
    "expires_too_late": "The client_assertion token has an expiration too far into the "
    "future.",
    "issued_in_future": "The client_assertion token must be issued before the current "
    "time.",
    "audience": "The audience claim for client_assertion must be the endpoint invoked "
    "for the request.",
    "used": "The client_assertion token has already been used.",
}


def api_error(code: str, *, status: int | None = None, about: str = "") -> Response:
    """Answer in the format of Okta's management API."""
    usual, summary = API_ERRORS[code]
    return api_envelope(
        status or usual, code, summary.format(about, "AuthorizationServer")
    )


def failure(status: int) -> Response:
    """
    Answer with a status: as an OAuth error where the table has one, else as the API.

    Which of the two a status comes in is recalled.
    """
    if status in FAILURES:
        return oauth_error(*REFUSALS[FAILURES[status]])
    usual = {code: name for name, (code, _) in API_ERRORS.items()}
    other = "E0000021" if status < 500 else "E0000009"
    return api_error(usual.get(status, other), status=status, about="token")


def api_envelope(status: int, code: str, summary: str) -> Response:
    return Response.json(
        status,
        {
            "errorCode": code,
            "errorSummary": summary,
            "errorLink": code,
            "errorId": f"oae{secrets.token_urlsafe(16)}",
            "errorCauses": [],
        },
    )


def refuse(code: str) -> Refusal:
    """Answer in the format of RFC 6749 section 5.2."""
    return Refusal(oauth_error(*REFUSALS[code]))


def oauth_error(status: int, error: str, description: str) -> Response:
    return Response.json(status, {"error": error, "error_description": description})
