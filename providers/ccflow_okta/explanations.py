"""
What Okta's errors mean, and where in its Admin Console to look.

The texts are those of Okta's published table of OAuth errors; see
docs/providers/okta.md.
"""

from __future__ import annotations

from typing import Final

from ccflow.plugin import Explanation


_CLIENT = "Admin Console > Applications > the app > General"
_SERVER = "Admin Console > Security > API > the authorization server"

EXPLANATIONS: Final = (
    Explanation(
        error="invalid_client",
        description="client secret supplied",
        cause="secret",
        hint=f"the secret is wrong or was rotated: compare it with {_CLIENT} > "
        "Client Credentials",
    ),
    Explanation(
        error="invalid_client",
        description="Invalid value for 'client_id'",
        hint=f"Okta knows no such client here: compare client_id with {_CLIENT}, and "
        "check that domain is the org the app lives in",
    ),
    Explanation(
        error="invalid_client",
        description="audience claim",
        cause="audience",
        hint='leave assertion_audience at "token_endpoint": Okta takes only the exact '
        "address that was called, so a proxy in front needs it spelt out",
    ),
    Explanation(
        error="invalid_client",
        description=r"(client_assertion|token)\b.*\bis expired|expiration too far|"
        "issued before the current time",
        cause="clock",
        hint="this machine's clock and Okta's differ: correct the clock",
    ),
    Explanation(
        error="invalid_client",
        description="already been used",
        cause="replay",
        hint="the assertion was sent twice: a ready-made client_assertion serves one "
        "request only; use private_key instead",
    ),
    Explanation(
        error="invalid_client",
        description="Error retrieving the client JWKSet",
        cause="key",
        hint="Okta could not fetch the app's jwks_uri: check that it is reachable from "
        "the internet, and try again",
    ),
    Explanation(
        error="invalid_client",
        description="issuer claim|subject claim",
        cause="assertion",
        hint=f"client_id is not one that Okta knows: compare it with {_CLIENT}",
    ),
    Explanation(
        error="invalid_client",
        description="kid is invalid|signature is invalid|JWKSet|algorithm is invalid",
        cause="key",
        hint="key_id and private_key must belong to a key that is listed in "
        f"{_CLIENT} > Client Credentials > Public Keys",
    ),
    Explanation(
        error="invalid_client",
        description="'exp' claim|parsing of the client_assertion failed",
        cause="assertion",
        hint="a ready-made client_assertion must be a JWT with exp in whole seconds: "
        "correct what writes it, or use private_key instead",
    ),
    Explanation(
        error="invalid_client",
        description="No client credentials found",
        cause="method",
        hint="no credential arrived: token_endpoint_auth_method must be the one set in "
        f"{_CLIENT} > Client Credentials, and a proxy in front must pass the "
        "Authorization header",
    ),
    Explanation(
        error="invalid_client",
        description="Found Authentication header",
        cause="encoding",
        hint="Okta could not read the Basic header: a secret that was imported may "
        'need quirks.basic_encoding = "raw"; or use client_secret_post',
    ),
    Explanation(
        error="invalid_client",
        description="too short to verify",
        cause="short_secret",
        hint="client_secret_jwt needs a secret of at least 32 characters: make a new "
        f"one in {_CLIENT}",
    ),
    Explanation(
        description="must use the private_key_jwt",
        hint="the org server takes only signed assertions: set private_key and key_id "
        "instead of client_secret",
    ),
    Explanation(
        error="invalid_client",
        hint="the secret or key is wrong, or token_endpoint_auth_method is not the one "
        f"set in {_CLIENT} > Client Credentials > Client authentication; Okta says "
        "the same for both",
    ),
    Explanation(
        error="unauthorized_client",
        description="custom authorization server",
        hint='this client belongs to the org server: set authorization_server = "org"',
    ),
    Explanation(
        error="unauthorized_client",
        hint=f"tick Client Credentials in {_CLIENT} > Grant type",
    ),
    Explanation(
        error="unsupported_grant_type",
        hint='name a custom authorization_server, for example "default"; the org '
        "server takes this grant only from service apps with private_key_jwt",
    ),
    Explanation(
        error="invalid_scope",
        description="default scopes|No scopes were requested",
        hint=f"set scope, or mark one as default in {_SERVER} > Scopes",
    ),
    Explanation(
        error="invalid_scope",
        description="openid",
        hint="take the OpenID scopes out: this grant has no user",
    ),
    Explanation(
        error="invalid_scope",
        hint=f"add the scope in {_SERVER} > Scopes, or correct its spelling",
    ),
    Explanation(
        error="client_credentials_self_scope_requested",
        hint="take the scopes that end in .self out: they are for users",
    ),
    Explanation(
        error="consent_required",
        hint="grant the okta.* scopes to the app: Admin Console > Applications > the "
        "app > Okta API Scopes",
    ),
    Explanation(
        error="access_denied",
        hint=f"add a rule in {_SERVER} > Access Policies that covers this client, the "
        "client credentials grant and these scopes; the default server of a free org "
        "ships without one",
    ),
    Explanation(
        error="access_denied",
        description="network zones",
        hint="this address is outside the zones that the client may be used from: "
        "Admin Console > Security > Networks",
    ),
    Explanation(
        error="invalid_request",
        description="multiple client credentials",
        hint="send one credential: no client_secret in extra_parameters or headers",
    ),
    Explanation(
        error="invalid_request",
        description="'grant_type'",
        hint="the form did not arrive: check that no gateway in front drops the body, "
        "and that token_endpoint ends in /v1/token",
    ),
    Explanation(
        error="server_error",
        status_code=400,
        hint=f"a claim could not be evaluated, or a feature is off: see {_SERVER} > "
        "Claims, and Admin Console > Reports > System Log",
    ),
    Explanation(
        error="server_error",
        status_code=403,
        hint=f"a claim could not be evaluated, or a feature is off: see {_SERVER} > "
        "Claims, and Admin Console > Reports > System Log",
    ),
    Explanation(
        error="invalid_dpop_proof",
        hint='the app demands DPoP, which this version does not speak: untick "Require '
        f'Demonstrating Proof of Possession" in {_CLIENT}',
    ),
    Explanation(
        error="use_dpop_nonce",
        hint='the app demands DPoP, which this version does not speak: untick "Require '
        f'Demonstrating Proof of Possession" in {_CLIENT}',
    ),
    Explanation(
        error="E0000007",
        hint="Okta has no such authorization server: compare authorization_server with "
        "the ids in Admin Console > Security > API",
    ),
    Explanation(
        error="E0000010",
        hint="Okta is in read-only mode: try again later, and see status.okta.com",
    ),
    Explanation(
        error="E0000021",
        hint="Okta did not accept the Accept or Content-Type header: take it out of "
        "headers",
    ),
    Explanation(
        error="E0000022",
        hint="this path takes no POST: compare domain and authorization_server with "
        "Admin Console > Security > API",
    ),
    Explanation(
        error="E0000047",
        hint="Okta limits this client: share one source, or see Admin Console > "
        "Reports > Rate Limits",
    ),
)
