"""
Any authorization server, by its token endpoint.

It knows nothing that RFC 6749 does not say; a profile brings the endpoint, and
its ``quirks`` bring the rest.
"""

from __future__ import annotations

from typing import Final

from ccflow.protocol.provider import AUTH_METHODS
from ccflow.protocol.provider import Provider


GENERIC: Final = Provider(
    name="generic",
    token_endpoint=None,
    settings={},
    token_endpoint_auth_methods=AUTH_METHODS,
    documentation=("https://www.rfc-editor.org/rfc/rfc6749#section-4.4",),
)
