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
from ccflow_okta.dialect_errors import FLAWS
from ccflow_okta.dialect_errors import api_envelope
from ccflow_okta.dialect_errors import api_error
from ccflow_okta.dialect_errors import failure
from ccflow_okta.dialect_errors import oauth_error
from ccflow_okta.dialect_errors import refuse


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

GRANT_TYPES: Final = frozenset({"authorization_code", "password", "refresh_token"})
"""Those that Okta knows, and that no client here is registered for."""


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
    _check_scope(scope, tenant, is_org=server is None)
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
    return Refusal(api_envelope(401, "invalid_client", summary))


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
        raise Refusal(oauth_error(401, "invalid_client", FLAWS[flaw or "issuer"]))
    if form.get("client_id", client.client_id) != client.client_id:
        raise _unknown_client()  # recalled
    return client


def _check_scope(scope: tuple[str, ...], tenant: Tenant, *, is_org: bool) -> None:
    if not scope:
        raise refuse("no_scopes" if is_org else "no_default_scopes")
    if OPENID_SCOPES.intersection(scope):
        raise refuse("openid_scopes")
    registered = ORG_SCOPES if is_org else CUSTOM_SCOPES
    if not set(scope) <= {*registered, *tenant.scopes}:
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


def fail(status: int, request: Request, tenant: Tenant) -> Response:
    """Answer with a status, by the table that has it."""
    return failure(status).with_headers(
        {"X-Okta-Request-Id": secrets.token_urlsafe(20)}
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
    fail=fail,
)


@hookimpl
def ccflow_emulators() -> Iterable[Dialect]:
    """Offer Okta."""
    return [OKTA]
