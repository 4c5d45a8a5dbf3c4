"""
What texts of any authorization server name as the cause of a refusal.

Such a text says more than an error code does, so these come before what a provider
says of the code alone. One that only rewords its code belongs to
`general_explanations`.
"""

from __future__ import annotations

from typing import Final

from ccflow.protocol.explanation import Explanation


_PATH: Final = "check the token endpoint: nothing is served under this path"
_EXPIRED_SECRET: Final = (
    "the client secret has expired at the server: make a new one there; "
    "client_secret = [current, next] bridges the next change"
)
_GRANT_TEXT: Final = (
    r"grant[ _-]?type.*\bnot\b|\bnot\b.*grant[ _-]?type|"
    r"client[ _-]credentials (grant|flow|user)?\b.*\b(not|disabled|no)\b"
    r"(?! (valid|correct|found|known|recogni))|"
    r"\b(not|no|disabled)\b.*client[ _-]credentials (grant|flow|user)"
)

GRANT: Final = "allow the client credentials grant for this client at the server"
REPLAY: Final = (
    "an assertion serves one request: a ready-made client_assertion must be renewed "
    "by whoever writes it, or use private_key instead"
)

_OF_ANY_CODE: Final = (
    Explanation(
        description=r"too many (\w+ )?requests|\brate[ -]?limit|throttl",
        hint="the server limits the rate of requests: ask less often, share one "
        "source, or raise the limit at the server",
    ),
    Explanation(
        description=r"secret\b.*\bexpired|\bexpired\b.*\bsecret\b|"
        r"client credentials?\b.{0,20}\bexpired|AADSTS7000222",
        cause="expired_secret",
        hint=_EXPIRED_SECRET,
    ),
    Explanation(
        description=r"already (been )?used|replay|token reuse|\bjti\b.*\b(known|used)",
        cause="replay",
        hint=REPLAY,
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
        description="(multiple|more than one) (client )?(credential|authentication)",
        hint="send one credential: none in headers, in extra_parameters or in the "
        "query of token_endpoint",
    ),
)

_OF_THE_CLIENT: Final = (
    Explanation(error="invalid_client", description=_GRANT_TEXT, hint=GRANT),
    Explanation(error="invalid_request", description=_GRANT_TEXT, hint=GRANT),
    Explanation(
        error="invalid_client",
        description=r"\baudience|\baud\b",
        cause="audience",
        hint="set assertion_audience to what the server expects: "
        '"token_endpoint", "issuer", or the value itself',
    ),
    Explanation(
        error="invalid_client",
        description="expired|issued before|not yet valid|clock|in the future|too far|"
        r"time range|\b(nbf|iat|exp)\b",
        cause="clock",
        hint="the assertion is outside its time: compare this machine's clock with "
        "the server's, and quirks.assertion_lifetime with the longest that it takes",
    ),
    # Of those who sign nothing, nothing else can expire.
    Explanation(
        error="invalid_client",
        description="expired",
        cause="expired_secret",
        hint=_EXPIRED_SECRET,
    ),
    Explanation(
        error="invalid_client",
        description="auth(entication)?[ _-]method|client_secret_(basic|post|jwt)|"
        r"private_key_jwt|tls_client_auth|mutual|\bmtls\b|"
        "not (allowed|permitted|supported)",
        cause="method",
        hint="set token_endpoint_auth_method to the one that the client is "
        "registered for at the server",
    ),
    Explanation(
        error="invalid_client",
        description=r"kid\b|signature|jwks|(?<!consumer )\bkey|certificate|"
        "thumbprint|x5t",
        cause="key",
        hint="check that key_id names the key that is registered for this client, "
        "and that private_key is its private half",
    ),
    Explanation(
        error="invalid_client",
        description=r"certificate|thumbprint|\bsubject|\bdn\b|handshake",
        cause="certificate",
        hint="check that tls_certificate is the one that is registered for this "
        "client, and that nothing in front of the server ends the TLS connection",
    ),
    Explanation(
        error="invalid_client",
        description=r"\bbasic\b|auth(oriz|entic)ation header|malformed|decod|encod",
        cause="encoding",
        hint="the server did not read the Basic header as it was meant: set "
        'quirks.basic_encoding to the other one ("form" or "raw"), or use '
        "client_secret_post",
    ),
    Explanation(
        error="invalid_client",
        description="disabled|locked|inactive|deactivated|suspended|revoked",
        cause="disabled",
        hint="the client is switched off at the server: have it enabled, and find "
        "out why it was",
    ),
)

_OF_WHAT_IS_ASKED: Final = (
    Explanation(
        error="invalid_scope",
        description="openid|offline_access",
        hint="this grant has no user: take openid and offline_access out of scope, "
        "unless the server says that it wants them",
    ),
    Explanation(
        error="invalid_scope",
        description=r"scopes?\b.*\b(required|missing|empty)|"
        r"\b(missing|no|without|empty)\b.{0,20}\bscope|default scope",
        hint="set scope: this server gives no token without one",
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
)

CAUSES: Final = (*_OF_ANY_CODE, *_OF_THE_CLIENT, *_OF_WHAT_IS_ASKED)
