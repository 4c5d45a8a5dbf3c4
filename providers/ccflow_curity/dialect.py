"""
The Curity Identity Server, emulated as its installer sets it up.

Curity documents what success looks like, and next to nothing of failure: the
statuses and texts of errors are recalled (docs/providers/curity.md).
"""

from __future__ import annotations

import secrets
import string
import uuid
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Final

from ccflow.emulator.assertion import Rules
from ccflow.emulator.authentication import Authentication
from ccflow.emulator.dialect import Client
from ccflow.emulator.dialect import Dialect
from ccflow.emulator.dialect import Sample
from ccflow.emulator.dialect import usual_error
from ccflow.emulator.hookspecs import hookimpl
from ccflow.emulator.message import Refusal
from ccflow.emulator.message import Request
from ccflow.emulator.message import Response
from ccflow.emulator.tenant import Tenant


TOKEN_PATH: Final = "/oauth/v2/oauth-token"
ISSUER_PATH: Final = "/oauth/v2/oauth-anonymous"  # no prefix of the token endpoint

SCOPES: Final = ("read", "write")

LIFETIME: Final = 299  # "secondsUntil" the expiry of 300 seconds

# The list is configuration; all of these have been seen in one, or are offered.
ALGORITHMS: Final = frozenset(
    {"EdDSA"}
    | {
        family + size
        for family in ("RS", "PS", "ES", "HS")
        for size in ("256", "384", "512")
    }
)

ERROR_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head><title>Error</title></head>
<body><main><h1>{status}</h1><p>{text}</p></main></body>
</html>
"""


def refuse(status: int, error: str, description: str) -> Refusal:
    """Answer in the format of RFC 6749 section 5.2."""
    return Refusal(
        Response.json(status, {"error": error, "error_description": description})
    )


def refuse_client(request: Request) -> Refusal:
    """
    Refuse a client without a word on why.

    Only a profile with ``expose-detailed-error-messages`` would tell. 401 where a
    header was sent, as RFC 6749 section 5.2 has it, and 400 for a form (recalled).
    """
    body = {
        "error": "invalid_client",
        "error_description": "Client authentication failed",
    }
    if "authorization" in request.headers:
        challenge = {"WWW-Authenticate": 'Basic realm="oauth-token"'}
        return Refusal(Response.json(401, body, challenge))
    return Refusal(Response.json(400, body))


def answer(request: Request, tenant: Tenant) -> Response:
    """Answer the token endpoint, and a page for people everywhere else."""
    if request.path != TOKEN_PATH:
        return _error_page(404, "The requested page could not be found.")
    if request.method != "POST":
        page = _error_page(405, "The request method is not supported.")
        return page.with_headers({"Allow": "POST"})
    if request.media_type != "application/x-www-form-urlencoded" or request.repeated:
        raise refuse(400, "invalid_request", "The request is malformed")

    grant_type = request.form.get("grant_type")
    if not grant_type:
        raise refuse(400, "invalid_request", "The grant_type parameter is missing")
    client = _authenticate(request, tenant)
    if grant_type != "client_credentials":
        raise refuse(400, "unsupported_grant_type", "The grant type is not supported")
    scope = tuple(dict.fromkeys(request.form.get("scope", "").split()))
    if not set(scope) <= {*SCOPES, *tenant.scopes}:
        raise refuse(400, "invalid_scope", "The requested scope is not allowed")
    return _grant(client, scope, tenant)


def _error_page(status: int, text: str) -> Response:
    return Response.html(status, ERROR_PAGE.format(status=status, text=text))


def _authenticate(request: Request, tenant: Tenant) -> Client:
    rules = Rules(
        algorithms=ALGORITHMS,
        # The token endpoint in most of Curity's samples, the issuer in one.
        audiences=frozenset({tenant.url + TOKEN_PATH, tenant.url + ISSUER_PATH}),
        skew=10,  # seconds; and jti values are not enforced unless configured
    )
    authentication = Authentication(
        rules=rules,
        refuse_client=refuse_client,
        refuse_request=lambda text: refuse(400, "invalid_request", text),
        decodes_basic=True,  # or not: nobody wrote it down, both ways are let through
    )
    return authentication.identify(request, tenant)


def _grant(client: Client, scope: tuple[str, ...], tenant: Tenant) -> Response:
    """Issue an opaque token; scope is answered only if it was asked for."""
    token, lifetime = str(uuid.uuid4()), tenant.expires_in or LIFETIME
    tenant.issue(client, token, scope=scope, expires_in=lifetime)
    body: dict[str, Any] = {"access_token": token}
    if scope:
        body["scope"] = " ".join(scope)
    return Response.json(200, {**body, "token_type": "bearer", "expires_in": lifetime})


def fail(status: int, request: Request, tenant: Tenant) -> Response:
    """Answer with a status, and a page where no client is meant (recalled)."""
    if status in {404, 405}:
        return _error_page(status, "The requested page could not be found.")
    if status == 401 and "authorization" in request.headers:
        return refuse_client(request).response
    text = "The request could not be processed"
    return refuse(status, usual_error(status), text).response


def documents(tenant: Tenant) -> Mapping[str, Any]:
    """Return the metadata, below the issuer."""
    issuer = tenant.url + ISSUER_PATH
    metadata = {
        "issuer": issuer,
        "token_endpoint": tenant.url + TOKEN_PATH,
        "jwks_uri": f"{issuer}/jwks",
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": list(SCOPES),
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
        ],
        "token_endpoint_auth_signing_alg_values_supported": sorted(ALGORITHMS),
    }
    return {
        f"{ISSUER_PATH}/.well-known/openid-configuration": metadata,
        # The second one is recalled.
        f"{ISSUER_PATH}/.well-known/oauth-authorization-server": metadata,
        f"{ISSUER_PATH}/jwks": tenant.jwks(),
    }


def make_secret() -> str:
    """
    Make what a person might type, as Curity's administrators do.

    The end of it needs encoding in a form and in Basic.
    """
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(20)) + "!+%&3t"


CURITY: Final = Dialect(
    name="curity",
    answer=answer,
    token_path=TOKEN_PATH,
    token_paths=TOKEN_PATH,
    issuer=lambda url: url + ISSUER_PATH,
    host_setting="host",
    samples=(
        Sample(
            profile="curity",
            token_endpoint_auth_method="client_secret_post",
            names_method=False,
            scope=("read",),
        ),
        Sample(
            profile="curity-basic",
            token_endpoint_auth_method="client_secret_basic",
            scope=("read",),
        ),
        Sample(
            profile="curity-private-key-jwt",
            token_endpoint_auth_method="private_key_jwt",
            scope=("read",),
            key="EC",
            key_id="curity-key-1",
        ),
    ),
    # Curity's identifiers are chosen by people; the tutorial's is "server".
    make_client_id=lambda profile: profile.replace("curity", "server", 1),
    make_secret=make_secret,
    documents=documents,
    fail=fail,
)


@hookimpl
def ccflow_emulators() -> Iterable[Dialect]:
    """Offer Curity."""
    return [CURITY]
