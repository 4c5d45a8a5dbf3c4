"""
What Oracle's errors mean, and where in its console to look.

The codes are RFC 6749's. Oracle's own texts are not published: what goes by a text
here goes by words that it is likely to have. See docs/providers/oracle-idcs.md.
"""

from __future__ import annotations

from typing import Final

from ccflow.plugin import Explanation


_APP = "Identity > Domains > the domain > Integrated applications > the application"

_ANY = (
    f"compare client_id and client_secret with {_APP} > OAuth configuration; "
    "with private_key_jwt, key_id must be the alias of the certificate imported "
    "there, and assertion_audience the value this domain takes "
    '("https://identity.oraclecloud.com/", or the domain\'s own URL); the '
    "application must be activated"
)

EXPLANATIONS: Final = (
    Explanation(
        error="invalid_client",
        description=r"secret\b.*\bexpired|\bexpired\b.*\bsecret\b|"
        r"client credentials?\b.{0,20}\bexpired",
        cause="expired_secret",
        hint=f"the secret has expired: regenerate it in {_APP} > OAuth configuration",
    ),
    Explanation(
        error="invalid_client",
        description=r"\baudience|\baud\b",
        cause="audience",
        hint='set assertion_audience to "https://identity.oraclecloud.com/", or to the '
        "domain's own URL with its trailing slash: domains differ in which they take",
    ),
    Explanation(
        error="invalid_client",
        description=r"expired|not yet|clock|skew|in the future|\b(exp|iat|nbf)\b",
        cause="clock",
        hint="compare this machine's clock with Oracle's; exp and iat of a ready-made "
        "client_assertion are whole seconds, whatever the documentation's sample has",
    ),
    Explanation(
        error="invalid_client",
        description=r"already (been )?used|replay|\bjti\b",
        cause="replay",
        hint="the assertion was sent twice: a ready-made client_assertion serves one "
        "request; use private_key instead",
    ),
    Explanation(
        error="invalid_client",
        description=r"signature|\bkid\b|alias|certificate|x5t|\bkey\b|algorithm",
        cause="key",
        hint="key_id must be the alias of the certificate imported in "
        f"{_APP} > OAuth configuration > Certificates, with private_key its private "
        "half; only RS256 is taken",
    ),
    Explanation(
        error="invalid_client",
        description="inactive|not active|deactivated|disabled",
        cause="disabled",
        hint=f"activate the application: {_APP} > Activate",
    ),
    Explanation(
        error="invalid_client",
        description=r"method|client type|not (allowed|enabled|supported)|public client",
        cause="method",
        hint="set token_endpoint_auth_method to what the application is made for, a "
        f"secret or a certificate: {_APP} > OAuth configuration > Client type",
    ),
    Explanation(
        error="invalid_client",
        description=r"\bbasic\b|auth(oriz|entic)ation header|malformed|decod|encod",
        cause="encoding",
        hint="Oracle's own samples do not encode the halves of the Basic header: leave "
        'quirks.basic_encoding at "raw", or use client_secret_post',
    ),
    Explanation(error="invalid_client", hint=_ANY),
    Explanation(
        error="unauthorized_client",
        hint=f"tick Client credentials in {_APP} > OAuth configuration > Allowed grant "
        "types; the application must be a confidential one",
    ),
    Explanation(
        error="unsupported_grant_type",
        hint=f"tick Client credentials in {_APP} > OAuth configuration > Allowed grant "
        "types",
    ),
    Explanation(
        error="invalid_scope",
        hint="write the scope with its audience in front, as the resource application "
        f"shows it, and add it in {_APP} > OAuth configuration > Resources; "
        "urn:opc:resource:consumer::all goes alone, and scopes of two resources do "
        "not go together",
    ),
    Explanation(
        error="access_denied",
        hint=f"give the application the app roles it needs in {_APP} > OAuth "
        "configuration > App roles",
    ),
    Explanation(
        status_code=404,
        hint="compare domain with Identity > Domains > the domain > Domain URL",
    ),
)
