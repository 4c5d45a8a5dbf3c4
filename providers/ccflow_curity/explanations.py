"""
What Curity's errors mean, and where in its Admin UI to look.

How much its texts tell depends on the profile's setting "expose detailed error
messages"; see docs/providers/curity.md.
"""

from __future__ import annotations

from typing import Final

from ccflow.plugin import Explanation


_CLIENT = "Profiles > Token Service > Clients > the client"

EXPLANATIONS: Final = (
    Explanation(
        error="invalid_client",
        hint=f"compare client_id and the secret or key with {_CLIENT} > Client "
        "Authentication; the secret cannot be read back, only reset; the method must "
        "be enabled under Profiles > Token Service > General > Client Authentication",
    ),
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
        status_code=404,
        hint="the endpoint's path is configuration: compare token_path with Profiles > "
        "Token Service > Endpoints",
    ),
)
