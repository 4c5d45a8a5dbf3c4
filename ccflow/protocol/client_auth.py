"""
Client authentication: how a token request proves who asks.

Each method is a pure function from one request to another. RFC 6749 section 2.3
allows one method to a request, so exactly one of them is applied.
"""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from urllib.parse import quote

from ccflow.protocol.plan import Plan
from ccflow.protocol.quirks import JWT_BEARER
from ccflow.protocol.quirks import BasicEncoding
from ccflow.protocol.request import TokenRequest
from ccflow.secret import Secret


def client_secret_basic(
    request: TokenRequest, client_id: str, secret: Secret, *, encoding: BasicEncoding
) -> TokenRequest:
    """
    Put the credentials in the Authorization header.

    RFC 6749 section 2.3.1: both halves are form-encoded *before* they are joined,
    so that ``:`` and non-ASCII characters survive. Some servers do not decode;
    their provider says ``"raw"``.
    """
    # "%20", never "+": every server that decodes takes both, some take only the
    # former. "-", "_", "." and "~" stay as they are, so that servers which skip
    # the decoding still see the identifiers that they issued.
    encode = partial(quote, safe="") if encoding == "form" else str

    return request.with_header(
        "Authorization",
        Secret(
            "Basic "
            + b64encode(
                f"{encode(client_id)}:{encode(secret.reveal())}".encode()
            ).decode()
        ),
    )


def client_secret_post(
    request: TokenRequest, client_id: str, secret: Secret
) -> TokenRequest:
    """Put the credentials in the form (RFC 6749 section 2.3.1)."""
    return request.with_parameters(("client_id", client_id), ("client_secret", secret))


def client_assertion(
    request: TokenRequest,
    assertion: Secret,
    client_id: str | None,
    *,
    assertion_type: str = JWT_BEARER,
) -> TokenRequest:
    """
    Put a signed JWT in the form (RFC 7523 section 2.2).

    Args:
        request: The request so far.

        assertion: The JWT.

        client_id: Sent beside it where the server wants that.

        assertion_type: The ``client_assertion_type``.
    """
    if client_id is not None:
        request = request.with_parameters(("client_id", client_id))

    return request.with_parameters(
        ("client_assertion_type", assertion_type), ("client_assertion", assertion)
    )


def authenticate(request: TokenRequest, plan: Plan, credential: Secret) -> TokenRequest:
    """
    Apply the plan's method.

    Args:
        request: The request so far.

        plan: Which method, and for whom.

        credential: The client secret, or the assertion that was made of the
            credential.
    """
    client_id = plan.client_id or ""
    match plan.auth_method:
        case "client_secret_basic":
            return client_secret_basic(
                request, client_id, credential, encoding=plan.quirks.basic_encoding
            )
        case "client_secret_post":
            return client_secret_post(request, client_id, credential)
        case "client_secret_jwt" | "private_key_jwt":
            beside = plan.quirks.client_id_with_assertion
            return client_assertion(
                request,
                credential,
                plan.client_id if beside else None,
                assertion_type=plan.quirks.client_assertion_type,
            )
        case "tls_client_auth" | "self_signed_tls_client_auth":
            # RFC 8705 section 2: the connection proves it, and this says for whom.
            return request.with_parameters(("client_id", client_id))
        case method:
            raise ValueError(f"{method!r} is not implemented")
