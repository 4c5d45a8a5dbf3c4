"""
What Curity's errors mean, and where in its Admin UI to look.

How much its texts tell depends on the profile's setting "expose detailed error
messages", and none of them is published: what goes by a text here goes by words that
it is likely to have. See docs/providers/curity.md.
"""

from __future__ import annotations

from typing import Final

from ccflow.plugin import Explanation


_CLIENT = "Profiles > Token Service > Clients > the client"
_METHODS = "Profiles > Token Service > General > Client Authentication"

_ANY = (
    f"compare client_id and the secret or key with {_CLIENT} > Client "
    "Authentication; the secret cannot be read back, only reset; the method must "
    f"be enabled under {_METHODS}"
)

EXPLANATIONS: Final = (
    Explanation(
        error="invalid_client",
        description=r"secret\b.*\bexpired|\bexpired\b.*\bsecret\b|"
        r"client credentials?\b.{0,20}\bexpired",
        cause="expired_secret",
        hint=f"the secret has expired: reset it in {_CLIENT} > Client Authentication; "
        "it cannot be read back",
    ),
    Explanation(
        error="invalid_client",
        description=r"\baudience|\baud\b",
        cause="audience",
        hint='set assertion_audience to "token_endpoint" or "issuer"; the issuer is '
        "the one of Profiles > Token Service > General",
    ),
    Explanation(
        error="invalid_client",
        description=r"expired|not yet|clock|skew|in the future|\b(exp|iat|nbf)\b",
        cause="clock",
        hint="compare this machine's clock with the server's: Curity allows 10 s "
        f"unless clock-skew in {_METHODS} says otherwise",
    ),
    Explanation(
        error="invalid_client",
        description=r"already (been )?used|replay|\bjti\b",
        cause="replay",
        hint="the assertion was sent twice, and the server enforces unique jti values: "
        "a ready-made client_assertion serves one request; use private_key instead",
    ),
    Explanation(
        error="invalid_client",
        description=r"signature|\bkid\b|jwks|\bkey\b|algorithm",
        cause="key",
        hint="key_id and private_key must belong to the key or JWKS of "
        f"{_CLIENT} > Client Authentication, and its algorithm must be allowed there",
    ),
    Explanation(
        error="invalid_client",
        description=r"method|certificate|mutual|\bmtls\b|"
        "not (allowed|enabled|supported)",
        cause="method",
        hint=f"enable the method under {_METHODS}, and give the client that one in "
        f"{_CLIENT} > Client Authentication; certificates have an endpoint of their "
        "own",
    ),
    Explanation(
        error="invalid_client",
        description=r"\bbasic\b|auth(oriz|entic)ation header|malformed|decod|encod",
        cause="encoding",
        hint='use token_endpoint_auth_method = "client_secret_post", for which nothing '
        "is encoded twice; or set quirks.basic_encoding",
    ),
    Explanation(error="invalid_client", hint=_ANY),
    Explanation(
        error="unauthorized_client",
        hint=f"add the capability Client Credentials in {_CLIENT} > Capabilities, and "
        "commit the change",
    ),
    Explanation(
        error="unsupported_grant_type",
        hint=f"add the capability Client Credentials in {_CLIENT} > Capabilities, and "
        "commit the change",
    ),
    Explanation(
        error="invalid_scope",
        hint=f"add the scope in {_CLIENT} > Scopes, and commit the change",
    ),
    Explanation(
        error="access_denied",
        hint="a token procedure refused: see Profiles > Token Service > Endpoints > "
        "the token endpoint > Client Credentials, and the server's log",
    ),
    Explanation(
        error="server_error",
        hint="a token procedure or a data source failed: the server's log says which; "
        "try again later",
    ),
    Explanation(
        status_code=404,
        hint="the endpoint's path is configuration: compare token_path with Profiles > "
        "Token Service > Endpoints",
    ),
)
