"""
What an emulated server is: how it answers, and what is registered at it.

A dialect is a value. What changes while a server runs is in its `Tenant`.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import TYPE_CHECKING
from typing import Any
from typing import Final
from typing import Literal

import attrs

from ccflow.emulator.message import Request
from ccflow.emulator.message import Response


if TYPE_CHECKING:
    from ccflow.emulator.jws import PublicKey
    from ccflow.emulator.tenant import Tenant


_CODES: Final[Mapping[int, str]] = {
    401: "invalid_client",
    403: "access_denied",
    404: "not_found",
    503: "temporarily_unavailable",
}


def usual_error(status: int) -> str:
    """Return the code that mostly comes with a status; the standard has few of them."""
    return _CODES.get(status, "invalid_request" if status < 500 else "server_error")


@attrs.frozen(kw_only=True)
class Client:
    """
    One registered client.

    Args:
        client_id: Its identifier.

        token_endpoint_auth_method: The only method it may use; what counts as
            the same method is the dialect's to say.

        secret: For the methods that have one.

        public_key: For ``private_key_jwt``.

        key_id: What the server calls that key.

        x5t: The SHA-1 thumbprint of its certificate, base64url.

        x5t_s256: The SHA-256 thumbprint, base64url.
    """

    client_id: str
    token_endpoint_auth_method: str
    secret: str | None = attrs.field(default=None, repr=False)
    public_key: PublicKey | None = attrs.field(default=None, repr=False)
    key_id: str | None = None
    x5t: str | None = None
    x5t_s256: str | None = None


@attrs.frozen(kw_only=True)
class Sample:
    """
    One profile of the configuration that is written, and the client behind it.

    Args:
        profile: Its name.

        token_endpoint_auth_method: The method that the client is registered for.

        names_method: Whether the profile says so; without it the provider's
            default applies.

        settings: More keys of the profile.

        scope: What the profile asks for.

        key: The kind of private key, for ``private_key_jwt``.

        key_id: What the server calls that key.

        names_certificate: Whether the profile names the key by its certificate
            instead.
    """

    profile: str
    token_endpoint_auth_method: str
    names_method: bool = True
    settings: Mapping[str, str] = attrs.field(factory=dict)
    scope: tuple[str, ...] = ()
    key: Literal["RSA", "EC"] = "RSA"
    key_id: str | None = None
    names_certificate: bool = False


def _no_documents(tenant: Tenant) -> Mapping[str, Any]:
    return {}


def _too_many_requests(request: Request, tenant: Tenant) -> Response:
    """RFC 6585 section 4, for servers that do not say how they do it."""
    return Response(
        status=429, headers={"Retry-After": str(tenant.rate_limit_reset_after)}
    )


def _fail(status: int, request: Request, tenant: Tenant) -> Response:
    """RFC 6749 section 5.2, for servers that do not say how they do it."""
    body = {"error": usual_error(status), "error_description": "scripted by a test"}
    challenge = {"WWW-Authenticate": 'Basic realm="token"'} if status == 401 else {}
    return Response.json(status, body, challenge)


_Check = Callable[[Any, Any, Any], None]

# A plugin's mistake is told where it is made, and not by a server that breaks.
_TEXT: Final[_Check] = attrs.validators.instance_of(str)
_FUNCTION: Final[_Check] = attrs.validators.is_callable()
_SAMPLES: Final[_Check] = attrs.validators.deep_iterable(
    attrs.validators.instance_of(Sample), attrs.validators.instance_of(tuple)
)


@attrs.frozen(kw_only=True)
class Dialect:
    """
    How one kind of server speaks.

    Args:
        name: The provider that it emulates.

        answer: Answers everything but the API, the documents and a rate limit;
            may raise `Refusal`.

        token_path: The path of the token endpoint.

        token_paths: A pattern for all paths that count as token endpoints.

        issuer: Makes the issuer from the server's URL.

        host_setting: The key of a profile that takes host and port, or
            ``token_endpoint`` where only the whole address can be named.

        samples: What is registered, and the profiles to write.

        make_client_id: Makes an identifier in the vendor's shape for a profile.

        make_secret: Makes a secret in the vendor's shape.

        documents: JSON documents by path: metadata and keys.

        too_many_requests: Answers a token request over the limit.

        fail: Answers with a status from 400 to 599 that a test asks for, and the
            body that the vendor sends with it.

    .. versionadded:: 0.1.0
    """

    name: str = attrs.field(validator=_TEXT)
    answer: Callable[[Request, Tenant], Response] = attrs.field(validator=_FUNCTION)
    token_path: str = attrs.field(validator=_TEXT)
    token_paths: str = attrs.field(validator=_TEXT)
    issuer: Callable[[str], str] = attrs.field(validator=_FUNCTION)
    host_setting: str = attrs.field(validator=_TEXT)
    samples: tuple[Sample, ...] = attrs.field(validator=_SAMPLES)
    make_client_id: Callable[[str], str] = attrs.field(validator=_FUNCTION)
    make_secret: Callable[[], str] = attrs.field(validator=_FUNCTION)
    documents: Callable[[Tenant], Mapping[str, Any]] = attrs.field(
        default=_no_documents, validator=_FUNCTION
    )
    too_many_requests: Callable[[Request, Tenant], Response] = attrs.field(
        default=_too_many_requests, validator=_FUNCTION
    )
    fail: Callable[[int, Request, Tenant], Response] = attrs.field(
        default=_fail, validator=_FUNCTION
    )
