"""
What Oracle's errors mean, and where in its console to look.

The codes are RFC 6749's; Oracle's own texts are not published, so none of these
goes by a text. See docs/providers/oracle-idcs.md.
"""

from __future__ import annotations

from typing import Final

from ccflow.plugin import Explanation


_APP = "Identity > Domains > the domain > Integrated applications > the application"

EXPLANATIONS: Final = (
    Explanation(
        error="invalid_client",
        hint=f"compare client_id and client_secret with {_APP} > OAuth configuration; "
        "with private_key_jwt, key_id must be the alias of the certificate imported "
        "there, and assertion_audience the value this domain takes "
        '("https://identity.oraclecloud.com/", or the domain\'s own URL); the '
        "application must be activated",
    ),
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
)
