"""
What errors mean at any authorization server.

They come after those of the provider. By the text first, since servers put what is
wrong with a client under several codes; then by the code; then by the status alone.
"""

from __future__ import annotations

from typing import Final

from ccflow.protocol.explanation import Explanation


_REPLAY: Final = (
    "an assertion serves one request: a ready-made client_assertion must be renewed "
    "by whoever writes it, or use private_key instead"
)
_NO_CLIENT: Final = (
    "the server knows no such client: compare client_id, and whether token_endpoint "
    "is the tenant or realm that it lives in"
)
_GRANT: Final = "allow the client credentials grant for this client at the server"
_PATH: Final = "check the token endpoint: nothing is served under this path"
_TARGET: Final = "check audience and resource against what the server has registered"
_DPOP: Final = (
    "the server demands DPoP for this client, which this version does not speak: "
    "switch it off for the client at the server"
)
_PORTAL: Final = (
    "this network wants a login in a browser before it lets anything through"
)

_CLIENT: Final = (
    "check client_id, the secret or key, and that token_endpoint_auth_method is the "
    "one the client is registered for; a secret with special characters may need the "
    'other quirks.basic_encoding ("form" or "raw")'
)
_REQUEST: Final = "compare what `ccflow show` prints with what the server expects"

_BY_THE_STANDARDS_WORDS: Final = (
    # Many servers send the definition of the code as its description. It names all
    # that could be, and so tells nothing.
    Explanation(
        error="invalid_client",
        description="unknown client, no client authentication",
        hint=_CLIENT,
    ),
    Explanation(
        error="invalid_request",
        description="missing a required parameter.*otherwise malformed",
        hint=_REQUEST,
    ),
)

_BY_TEXT: Final = (
    Explanation(
        description=r"secret\b.*\bexpired|\bexpired\b.*\bsecret\b|AADSTS7000222",
        hint="the client secret has expired at the server: make a new one there; "
        "client_secret = [current, next] bridges the next change",
    ),
    Explanation(
        description=r"already (been )?used|replay|token reuse|\bjti\b.*\b(known|used)",
        hint=_REPLAY,
    ),
    Explanation(
        description=r"subscription[ -]key|(missing|invalid|no) api ?key",
        hint="the gateway in front of the server wants a key of its own: put its "
        "header into headers",
    ),
    Explanation(
        description="missing authentication token|no route matched", hint=_PATH
    ),
    Explanation(
        description=r"(realm|tenant|organi[sz]ation)\b.*"
        r"(not (be )?(found|exist)|unknown|invalid|does ?n['o]t exist)",
        hint="check the part of token_endpoint that names the tenant or realm",
    ),
    Explanation(
        description=r"grant[ _-]?type.*\bnot\b|\bnot\b.*grant[ _-]?type|"
        r"client[ _-]credentials\b.*\b(not|disabled|no)\b|"
        r"\b(not|no|disabled)\b.*client[ _-]credentials (grant|flow|user)",
        hint=_GRANT,
    ),
    Explanation(
        description="(multiple|more than one) (client )?(credential|authentication)",
        hint="send one credential: none in headers, in extra_parameters or in the "
        "query of token_endpoint",
    ),
)

_BY_CLIENT: Final = (
    Explanation(
        error="invalid_client",
        description=r"\baudience|\baud\b",
        hint="set assertion_audience to what the server expects: "
        '"token_endpoint", "issuer", or the value itself',
    ),
    Explanation(
        error="invalid_client",
        description="expired|issued before|not yet valid|clock|in the future|too far|"
        r"time range|\b(nbf|iat|exp)\b",
        hint="the assertion is outside its time: compare this machine's clock with "
        "the server's, and quirks.assertion_lifetime with the longest that it takes",
    ),
    Explanation(
        error="invalid_client",
        description="auth(entication)?[ _-]method|client_secret_(basic|post|jwt)|"
        r"private_key_jwt|tls_client_auth|mutual|\bmtls\b|"
        "not (allowed|permitted|supported|registered)",
        hint="set token_endpoint_auth_method to the one that the client is "
        "registered for at the server",
    ),
    Explanation(
        error="invalid_client",
        description=r"kid\b|signature|jwks|\bkey|certificate|thumbprint|x5t",
        hint="check that key_id names the key that is registered for this client, "
        "and that private_key is its private half",
    ),
    Explanation(
        error="invalid_client",
        description=r"\bbasic\b|auth(oriz|entic)ation header|malformed|decod|encod",
        hint="the server did not read the Basic header as it was meant: set "
        'quirks.basic_encoding to the other one ("form" or "raw"), or use '
        "client_secret_post",
    ),
    Explanation(
        error="invalid_client",
        description="disabled|locked|inactive|deactivated|suspended|revoked",
        hint="the client is switched off at the server: have it enabled, and find "
        "out why it was",
    ),
    Explanation(
        error="invalid_client",
        description=r"(unknown|no such|unregistered) client|client identifier|"
        r"client[ _]id\b|client\b.*\bnot (be )?(found|exist|registered)",
        hint=_NO_CLIENT,
    ),
    Explanation(error="invalid_client_id", hint=_NO_CLIENT),
    Explanation(error="invalid_client", hint=_CLIENT),
    Explanation(error="jti_known", hint=_REPLAY),
    Explanation(
        description="(invalid|bad|wrong|incorrect) (client )?((id|client) or )*"
        "(invalid )?(client )?(secret|credentials)|client authentication failed",
        hint="check client_id and the secret or key; this server says it under a "
        "code of its own",
    ),
    Explanation(error="unauthorized_client", hint=_GRANT),
    Explanation(
        error="unsupported_grant_type",
        hint="allow the client credentials grant at the server, "
        "and check that token_endpoint is its token endpoint",
    ),
    Explanation(
        error="invalid_grant",
        hint="the server has nobody in whose name to give a token: look for the user, "
        "role or policy that it ties to the client credentials grant",
    ),
    Explanation(error="use_dpop_nonce", hint=_DPOP),
    Explanation(error="invalid_dpop_proof", hint=_DPOP),
    Explanation(
        error="invalid_token",
        hint="this address wants an access token already, as an API does: check "
        "that token_endpoint is the token endpoint",
    ),
)

_BY_WHAT_IS_ASKED: Final = (
    Explanation(
        error="invalid_scope",
        description="openid|offline_access",
        hint="this grant has no user: take openid and offline_access out of scope, "
        "unless the server says that it wants them",
    ),
    Explanation(
        error="invalid_scope",
        description="required|must be|missing|no scope|empty|default scope",
        hint="set scope: this server gives no token without one",
    ),
    Explanation(
        error="invalid_scope",
        hint="check the spelling of each scope, and that the client may ask for it",
    ),
    Explanation(
        error="insufficient_scope",
        hint="let the client have these scopes at the server",
    ),
    Explanation(
        error="consent_required",
        hint="have an administrator grant these scopes to the client at the server",
    ),
    Explanation(
        error="access_denied",
        description=r"audience|\bapi\b|service not enabled",
        hint="set audience to the API that the token is for, and let the client use "
        "that API at the server",
    ),
    Explanation(
        error="access_denied",
        hint="check that a policy of the server lets this client have these scopes",
    ),
    Explanation(error="invalid_target", hint=_TARGET),
    Explanation(error="invalid_resource", hint=_TARGET),
    Explanation(
        error="invalid_request",
        description="client_id",
        hint="set quirks.client_id_with_assertion = true, or "
        'token_endpoint_auth_method = "client_secret_post"',
    ),
    Explanation(
        error="invalid_request",
        description="grant_type",
        hint="the form did not arrive: look for a gateway that drops it, and at "
        "quirks.content_type",
    ),
    Explanation(
        error="invalid_request",
        description="duplicate|repeated|more than once",
        hint="a parameter is sent twice: take it out of extra_parameters",
    ),
    Explanation(
        error="invalid_request",
        description="audience|resource",
        hint="set audience or resource to the API that the token is for",
    ),
    Explanation(error="invalid_request", hint=_REQUEST),
)

_BY_STATUS: Final = (
    Explanation(
        status_code=401,
        hint="check client_id, the secret or key, and token_endpoint_auth_method",
    ),
    Explanation(
        status_code=403,
        hint="check that this client and this network may use the token endpoint",
    ),
    Explanation(status_code=404, hint=_PATH),
    Explanation(
        status_code=405,
        hint="check the token endpoint: this path does not take POST requests",
    ),
    Explanation(
        status_code=406,
        hint="the server does not take the Accept header: set quirks.request_headers",
    ),
    Explanation(
        status_code=407,
        hint="the proxy wants credentials: set proxy in the profile",
    ),
    Explanation(
        status_code=413,
        hint="the request is too large for the server: ask for fewer scopes, or use a "
        "shorter assertion",
    ),
    Explanation(
        status_code=415,
        hint="the server does not take this media type: set quirks.content_type",
    ),
    Explanation(
        status_code=431,
        hint="the headers are too large for the server: use client_secret_post, or "
        "take some out of headers",
    ),
    Explanation(status_code=511, hint=_PORTAL),
)

GENERAL: Final = (
    *(*_BY_THE_STANDARDS_WORDS, *_BY_TEXT),
    *(*_BY_CLIENT, *_BY_WHAT_IS_ASKED, *_BY_STATUS),
)
