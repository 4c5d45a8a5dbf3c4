"""
Okta, emulated: a custom server named ``default``, and the org server.

Statuses and texts are those of Okta's error table (docs/providers/okta.md); what is
recalled rather than read is marked so.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Final

from ccflow.emulator.assertion import Flaw
from ccflow.emulator.assertion import Rules
from ccflow.emulator.assertion import judge
from ccflow.emulator.credentials import ASSERTION_TYPE
from ccflow.emulator.credentials import SECRET_METHODS
from ccflow.emulator.credentials import both_readings
from ccflow.emulator.credentials import find_by_secret
from ccflow.emulator.credentials import read_basic
from ccflow.emulator.dialect import Client
from ccflow.emulator.dialect import Dialect
from ccflow.emulator.dialect import Sample
from ccflow.emulator.hookspecs import hookimpl
from ccflow.emulator.message import Refusal
from ccflow.emulator.message import Request
from ccflow.emulator.message import Response
from ccflow.emulator.tenant import Tenant


TOKEN_PATHS: Final = r"/oauth2(?:/(?P<server>[^/]+))?/v1/token"

CUSTOM_SCOPES: Final = ("customScope", "invoices.read", "invoices.write")
ORG_SCOPES: Final = ("okta.users.read", "okta.groups.read")
OPENID_SCOPES: Final = frozenset(
    {"openid", "profile", "email", "address", "phone", "offline_access"}
)

LIFETIME: Final = 3600

ALGORITHMS: Final = frozenset(
    family + size for family in ("RS", "ES", "HS") for size in ("256", "384", "512")
)

API_ERRORS: Final = {
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

GRANT_TYPES: Final = frozenset({"authorization_code", "password", "refresh_token"})
"""Those that Okta knows, and that no client here is registered for."""

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
    "consent_required": (
        400,
        "consent_required",
        "You are not allowed any of the requested scopes.",
    ),
}

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
    return _envelope(
        status or usual, code, summary.format(about, "AuthorizationServer")
    )


def _envelope(status: int, code: str, summary: str) -> Response:
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
    return Refusal(_oauth_error(*REFUSALS[code]))


def _oauth_error(status: int, error: str, description: str) -> Response:
    return Response.json(status, {"error": error, "error_description": description})


def answer(request: Request, tenant: Tenant) -> Response:
    """Answer, with the number that Okta's support asks for (recalled)."""
    try:
        response = _answer(request, tenant)
    except Refusal as refusal:
        response = refusal.response
    return response.with_headers({"X-Okta-Request-Id": secrets.token_urlsafe(20)})


def _answer(request: Request, tenant: Tenant) -> Response:
    endpoint = re.fullmatch(TOKEN_PATHS, request.path)
    if endpoint is None:
        return api_error("E0000007", about=request.path)
    server = endpoint["server"]
    if server not in {None, "default"}:
        # Read for the metadata of an unknown server, recalled for its token endpoint.
        return api_error("E0000007", about=server)
    if request.method != "POST":
        return api_error("E0000022")
    if request.media_type != "application/x-www-form-urlencoded":
        return api_error("E0000021")
    if not _accepts_json(request.headers.get("accept", "*/*")):
        return api_error("E0000021", status=406)  # the status is recalled

    _check_form(request)
    client = _authenticate(request, tenant)
    _check_grant_type(request.form["grant_type"])
    if server is None and client.token_endpoint_auth_method != "private_key_jwt":
        raise refuse("unsupported_auth_method_client_creds")
    scope = tuple(dict.fromkeys(request.form.get("scope", "").split()))
    _check_scope(scope, is_org=server is None)
    return _grant(client, scope, server, tenant)


def _accepts_json(header: str) -> bool:
    ranges = {part.partition(";")[0].strip().lower() for part in header.split(",")}
    return bool(ranges & {"*/*", "application/*", "application/json"})


def _check_form(request: Request) -> None:
    credentials = {"client_id", "client_secret", "client_assertion"}
    if credentials & request.query_form.keys():
        raise refuse("client_credentials_in_query")
    if request.repeated:
        raise refuse("duplicate_oauth_params")
    if not request.form.get("grant_type"):
        raise refuse("token_request_missing_grant_type")


def _check_grant_type(grant_type: str) -> None:
    if grant_type in GRANT_TYPES:
        raise refuse("unauthorized_client")
    if grant_type != "client_credentials":
        raise refuse("unsupported_grant_type")


def _authenticate(request: Request, tenant: Tenant) -> Client:
    form, header = request.form, request.headers.get("authorization")
    has_assertion = bool({"client_assertion", "client_assertion_type"} & form.keys())
    # A client_id beside an assertion is optional; beside Basic it is a second one.
    has_post = "client_secret" in form or ("client_id" in form and not has_assertion)
    if (header is not None) + has_assertion + has_post > 1:
        raise refuse("multiple_client_credentials")
    if header is not None:
        pair = read_basic(header)
        if pair is None:
            raise refuse("invalid_basic_auth_creds")
        # Nobody wrote down whether Okta form-decodes; either way is let through.
        return _check_secret(both_readings(pair), tenant)
    if has_assertion:
        return _check_assertion(request, tenant)
    if has_post:
        pair = form.get("client_id", ""), form.get("client_secret", "")
        return _check_secret([pair], tenant)
    raise refuse("missing_client_credentials")


def _check_secret(readings: Iterable[tuple[str, str]], tenant: Tenant) -> Client:
    client, is_right = find_by_secret(tenant.clients, readings)
    if client is None:
        raise _unknown_client()
    if client.token_endpoint_auth_method not in SECRET_METHODS:
        raise refuse("invalid_token_endpoint_auth_method")
    if not is_right:
        raise refuse("invalid_client_secret")
    return client


def _unknown_client() -> Refusal:
    """Put the OAuth code into the other envelope; seen as 401, and as 400 elsewhere."""
    summary = "Invalid value for 'client_id' parameter."
    return Refusal(_envelope(401, "invalid_client", summary))


def _check_assertion(request: Request, tenant: Tenant) -> Client:
    form = request.form
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise refuse("invalid_client_assertion_type")
    rules = Rules(
        algorithms=ALGORITHMS,
        audiences=frozenset({tenant.url + request.path}),
        longest_life=3600,
        jti_once=True,
        shortest_secret=32,
    )
    client, flaw = judge(form.get("client_assertion", ""), rules, tenant)
    if flaw is not None or client is None:
        raise Refusal(_oauth_error(401, "invalid_client", FLAWS[flaw or "issuer"]))
    if form.get("client_id", client.client_id) != client.client_id:
        raise _unknown_client()  # recalled
    return client


def _check_scope(scope: tuple[str, ...], *, is_org: bool) -> None:
    if not scope:
        raise refuse("no_scopes" if is_org else "no_default_scopes")
    if OPENID_SCOPES.intersection(scope):
        raise refuse("openid_scopes")
    if not set(scope) <= set(ORG_SCOPES if is_org else CUSTOM_SCOPES):
        raise refuse("consent_required" if is_org else "unknown_scopes")


def _grant(
    client: Client, scope: tuple[str, ...], server: str | None, tenant: Tenant
) -> Response:
    """Issue a JWT; that of the org server is for nobody but Okta to read."""
    issuer = f"{tenant.url}/oauth2/{server}" if server else tenant.url
    now, lifetime = int(tenant.now()), tenant.expires_in or LIFETIME
    token = tenant.sign(
        {
            "ver": 1,
            "jti": f"AT.{secrets.token_urlsafe(32)}",
            "iss": issuer,
            "aud": f"api://{server}" if server else tenant.url,
            "iat": now,
            "exp": now + lifetime,
            "cid": client.client_id,
            "sub": client.client_id,
            "scp": list(scope),
        }
    )
    tenant.issue(client, token, scope=scope, expires_in=lifetime)
    return Response.json(
        200,
        {
            "token_type": "Bearer",
            "expires_in": lifetime,
            "access_token": token,
            "scope": " ".join(scope),
        },
    )


def too_many_requests(request: Request, tenant: Tenant) -> Response:
    """Say when the limit ends: in epoch seconds, by the clock of ``Date``."""
    return api_error("E0000047").with_headers(
        {
            "X-Rate-Limit-Limit": "60",
            "X-Rate-Limit-Remaining": "0",
            "X-Rate-Limit-Reset": str(
                int(tenant.now()) + tenant.rate_limit_reset_after
            ),
            "X-Okta-Request-Id": secrets.token_urlsafe(20),
        }
    )


def documents(tenant: Tenant) -> Mapping[str, Any]:
    """Return metadata of both servers, at every address that Okta has for it."""
    well_known = ("openid-configuration", "oauth-authorization-server")
    found: dict[str, Any] = {}
    for issuer_path, base in (("", "/oauth2"), ("/oauth2/default", "/oauth2/default")):
        metadata = {
            "issuer": tenant.url + issuer_path,
            "token_endpoint": f"{tenant.url}{base}/v1/token",
            "jwks_uri": f"{tenant.url}{base}/v1/keys",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": [
                "client_secret_basic",
                "client_secret_post",
                "client_secret_jwt",
                "private_key_jwt",
            ],
            "token_endpoint_auth_signing_alg_values_supported": sorted(ALGORITHMS),
        }
        found |= {f"{issuer_path}/.well-known/{name}": metadata for name in well_known}
        # RFC 8414 puts the path of the issuer last.
        found[f"/.well-known/oauth-authorization-server{issuer_path}"] = metadata
        found[f"{base}/v1/keys"] = tenant.jwks()
    return found


def make_client_id(profile: str) -> str:
    """Make 20 characters, as Okta's identifiers have."""
    alphabet = string.ascii_letters + string.digits
    return "0oa" + "".join(secrets.choice(alphabet) for _ in range(17))


OKTA: Final = Dialect(
    name="okta",
    answer=answer,
    token_path="/oauth2/default/v1/token",
    token_paths=TOKEN_PATHS,
    issuer=lambda url: f"{url}/oauth2/default",
    host_setting="domain",
    samples=(
        Sample(
            profile="okta",
            token_endpoint_auth_method="client_secret_basic",
            names_method=False,
            scope=("invoices.read",),
        ),
        Sample(
            profile="okta-private-key-jwt",
            token_endpoint_auth_method="private_key_jwt",
            scope=("invoices.read",),
            key_id="okta-key-1",
        ),
        Sample(
            profile="okta-client-secret-jwt",
            token_endpoint_auth_method="client_secret_jwt",
            scope=("invoices.read",),
        ),
        Sample(
            profile="okta-org",
            token_endpoint_auth_method="private_key_jwt",
            settings={"authorization_server": "org"},
            scope=("okta.users.read",),
            key_id="okta-org-key-1",
        ),
    ),
    make_client_id=make_client_id,
    make_secret=lambda: secrets.token_urlsafe(48),
    documents=documents,
    too_many_requests=too_many_requests,
)


@hookimpl
def ccflow_emulators() -> Iterable[Dialect]:
    """Offer Okta."""
    return [OKTA]
