"""A protected API (RFC 6750), to use the tokens at."""

from __future__ import annotations

from ccflow.emulator.message import Request
from ccflow.emulator.message import Response
from ccflow.emulator.tenant import Tenant


def answer_api(request: Request, tenant: Tenant) -> Response:
    """Answer who asked for what, or 401 as RFC 6750 section 3 has it."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        # No error code for a request without any token (RFC 6750 section 3.1).
        return _unauthorized('Bearer realm="api"')
    issued = tenant.find_token(token.strip())
    if issued is None:
        return _unauthorized('Bearer error="invalid_token", realm="api"')
    return Response.json(
        200,
        {
            "method": request.method,
            "path": request.path,
            "client_id": issued.client_id,
            "scope": " ".join(issued.scope),
        },
    )


def _unauthorized(challenge: str) -> Response:
    return Response.json(
        401, {"message": "unauthorized"}, {"WWW-Authenticate": challenge}
    )
