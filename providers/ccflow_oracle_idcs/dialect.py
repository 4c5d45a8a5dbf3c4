"""
An identity domain of Oracle (IDCS), emulated.

Oracle documents requests, scopes and success. The status, code and text of every
error are recalled, but for the code ``invalid_scope`` beside
``urn:opc:resource:consumer::all`` (docs/providers/oracle-idcs.md).
"""

from __future__ import annotations

import re
import secrets
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


TOKEN_PATH: Final = "/oauth2/v1/token"
KEYS_PATH: Final = "/admin/v1/SigningCert/jwk"
ECID_HEADER: Final = "X-Oracle-DMS-ECID"

# The same for every domain, and not the host that serves it.
ISSUER: Final = "https://identity.oraclecloud.com/"

# A scope is written audience first, with nothing in between.
RESOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "https://api.example.com/": ("invoices.read", "invoices.write"),
    "https://hr.example.com/": ("employees.read",),
}
MY_SCOPES: Final = "urn:opc:idm:__myscopes__"
ALL_SCOPES: Final = "urn:opc:resource:consumer::all"
SEVERAL: Final = "urn:opc:resource:multiresourcescope"
EXPIRY: Final = r"urn:opc:resource:expiry=(\d{1,9})"
SHORTEST, LONGEST, LIFETIME = 60, 31_556_952, 3600


def refuse(status: int, error: str, description: str) -> Refusal:
    """Answer an OAuth error, with the number that Oracle's support asks for."""
    ecid = make_ecid()
    return Refusal(
        Response.json(
            status,
            {"error": error, "error_description": description, "ecid": ecid},
            {ECID_HEADER: ecid},
        )
    )


def make_ecid() -> str:
    """Make an execution context identifier, as long as real ones."""
    return secrets.token_urlsafe(18)


def answer(request: Request, tenant: Tenant) -> Response:
    """Answer the token endpoint, and "not found" everywhere else."""
    if request.path != TOKEN_PATH:
        raise refuse(404, "not_found", "The resource was not found.")
    if request.method != "POST":
        raise refuse(405, "invalid_request", "The method is not allowed.")
    if request.media_type != "application/x-www-form-urlencoded" or request.repeated:
        raise refuse(400, "invalid_request", "The request is malformed.")
    grant_type = request.form.get("grant_type")
    if not grant_type:
        raise refuse(400, "invalid_request", "Missing parameter: grant_type")
    client = _authenticate(request, tenant)
    if grant_type != "client_credentials":
        # Not emulated: tls_client_auth, which is a grant here.
        raise refuse(400, "unsupported_grant_type", "The grant type is not supported.")
    scope = tuple(dict.fromkeys(request.form.get("scope", "").split()))
    answered = Response.json(200, _grant(client, scope, tenant))
    return answered.with_headers({ECID_HEADER: make_ecid()})


def _authenticate(request: Request, tenant: Tenant) -> Client:
    rules = Rules(
        algorithms=frozenset({"RS256"}),
        # Two of Oracle's pages disagree on which one it is.
        audiences=frozenset({ISSUER, tenant.url, f"{tenant.url}/"}),
        key_named=True,
    )
    authentication = Authentication(
        rules=rules,
        refuse_client=lambda _: refuse(
            401, "invalid_client", "Client authentication failed."
        ),
        refuse_request=lambda text: refuse(400, "invalid_request", text),
        decodes_basic=False,  # Oracle's samples encode nothing
        wants_client_id=True,
    )
    return authentication.identify(request, tenant)


def _grant(client: Client, scope: tuple[str, ...], tenant: Tenant) -> dict[str, Any]:
    audiences, lifetime = _read_scope(scope, tenant)
    if SEVERAL in scope:
        # A body of another shape, whatever the number of audiences.
        tokens = [
            _issue(client, {audience: scopes}, lifetime, tenant)
            for audience, scopes in audiences.items()
        ]
        return {"tokenResponses": tokens}
    return _issue(client, audiences, lifetime, tenant)


def _read_scope(
    scope: tuple[str, ...], tenant: Tenant
) -> tuple[dict[str, list[str]], int]:
    """Return the scopes of each audience, and the lifetime that they ask for."""
    if ALL_SCOPES in scope and len(scope) > 1:
        raise refuse(400, "invalid_scope", f"{ALL_SCOPES} must be requested alone.")
    audiences: dict[str, list[str]] = {}
    lifetime = tenant.expires_in or LIFETIME
    for value in scope:
        if value == SEVERAL:
            continue
        if expiry := re.fullmatch(EXPIRY, value):
            wanted = int(expiry[1])
            if not SHORTEST <= wanted <= LONGEST:
                raise refuse(400, "invalid_scope", f"Invalid expiry: {wanted}")
            # The least of what was asked and what the application allows.
            lifetime = min(lifetime, wanted)
            continue
        audiences.setdefault(_find_audience(value, tenant), []).append(value)
    if not audiences:
        raise refuse(400, "invalid_scope", "A scope is required.")
    if len(audiences) > 1 and SEVERAL not in scope:
        raise refuse(
            400, "invalid_scope", "The scopes belong to more than one resource."
        )
    return audiences, lifetime


def _find_audience(scope: str, tenant: Tenant) -> str:
    if scope == MY_SCOPES:
        return ISSUER
    if scope == ALL_SCOPES:
        return "urn:opc:lbaas:logicalguid=emulated"
    for audience, names in RESOURCES.items():
        if scope.removeprefix(audience) in names and scope.startswith(audience):
            return audience
    if scope in tenant.scopes:
        return scope.removesuffix(scope.rpartition("/")[2])
    raise refuse(400, "invalid_scope", "The scope is not valid for this client.")


def _issue(
    client: Client, audiences: Mapping[str, list[str]], lifetime: int, tenant: Tenant
) -> dict[str, Any]:
    """Issue a JWT; the answer does not say for which scope."""
    (audience, scope), *_ = audiences.items()
    now = int(tenant.now())
    token = tenant.sign(
        {
            "iss": ISSUER,
            "sub": client.client_id,
            "sub_type": "client",
            "client_id": client.client_id,
            "aud": audience,
            "scope": " ".join(name.removeprefix(audience) for name in scope),
            "iat": now,
            "exp": now + lifetime,
            "jti": uuid.uuid4().hex,
        },
    )
    tenant.issue(client, token, scope=tuple(scope), expires_in=lifetime)
    return {"access_token": token, "token_type": "Bearer", "expires_in": lifetime}


def fail(status: int, request: Request, tenant: Tenant) -> Response:
    """Answer with a status; everything of it is recalled."""
    text = "The request could not be processed."
    return refuse(status, usual_error(status), text).response


def documents(tenant: Tenant) -> Mapping[str, Any]:
    """Return the metadata twice: by the standard, and wrapped as Oracle has it."""
    metadata = {
        "issuer": ISSUER,
        "token_endpoint": tenant.url + TOKEN_PATH,
        "jwks_uri": tenant.url + KEYS_PATH,
        "grant_types_supported": ["client_credentials", "tls_cert_auth"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "private_key_jwt",
            "client_secret_post",
        ],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
    }
    return {
        "/.well-known/openid-configuration": metadata,
        "/.well-known/idcs-configuration": {"openid-configuration": metadata},
        KEYS_PATH: tenant.jwks(),  # as if made public; by default it asks for a token
    }


ORACLE_IDCS: Final = Dialect(
    name="oracle-idcs",
    answer=answer,
    token_path=TOKEN_PATH,
    token_paths=TOKEN_PATH,
    issuer=lambda url: ISSUER,
    host_setting="domain",
    samples=(
        Sample(
            profile="oracle-idcs",
            token_endpoint_auth_method="client_secret_basic",
            names_method=False,
            scope=("https://api.example.com/invoices.read",),
        ),
        Sample(
            profile="oracle-idcs-private-key-jwt",
            token_endpoint_auth_method="private_key_jwt",
            scope=("https://api.example.com/invoices.read",),
            key_id="billing-certificate",
        ),
        Sample(
            profile="oracle-idcs-x5t",
            token_endpoint_auth_method="private_key_jwt",
            scope=("https://api.example.com/invoices.read",),
            key_id="reporting-certificate",
            names_certificate=True,
        ),
    ),
    make_client_id=lambda profile: uuid.uuid4().hex,
    make_secret=lambda: str(uuid.uuid4()),
    documents=documents,
    fail=fail,
)


@hookimpl
def ccflow_emulators() -> Iterable[Dialect]:
    """Offer Oracle IDCS."""
    return [ORACLE_IDCS]
