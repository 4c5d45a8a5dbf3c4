"""
What an authorization server says of itself (RFC 8414), read and checked.

A document is not believed because it came: its issuer is the one that is expected,
and a secret goes to an endpoint of it only at the origin that was asked, or at one
that is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import Final
from urllib.parse import urlsplit

import attrs

from ccflow.errors import TokenError
from ccflow.protocol.answer import Answer
from ccflow.protocol.member import find_member
from ccflow.protocol.metadata_error import MetadataVerdict
from ccflow.protocol.plan import Plan
from ccflow.protocol.scrub import Scrubber
from ccflow.protocol.url import endpoint_problem
from ccflow.protocol.url import origin_of


# Beside 5xx, these say "not now"; every other 4xx says "not here", since gateways
# answer 401 and 403 for what does not exist.
_NOT_NOW: Final = frozenset({408, 425, 429})
_LISTS: Final = (
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "grant_types_supported",
    "scopes_supported",
)


@attrs.frozen(kw_only=True)
class Metadata:
    """
    What a client needs to know of a server (RFC 8414 section 2).

    A list is None where the document does not have it, or has something else there.

    Args:
        issuer: How the server names itself; None where the document does not say.

        token_endpoint: Where tokens are asked for.

        mtls_token_endpoint: Where clients with a certificate ask for them (RFC 8705
            section 5); None where that is the same.

        token_endpoint_auth_methods_supported: The authentication methods.

        token_endpoint_auth_signing_alg_values_supported: The ``alg`` values of
            assertions.

        grant_types_supported: The grants.

        scopes_supported: The scopes, as far as they are told to everybody.
    """

    issuer: str | None
    token_endpoint: str
    mtls_token_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] | None = None
    token_endpoint_auth_signing_alg_values_supported: tuple[str, ...] | None = None
    grant_types_supported: tuple[str, ...] | None = None
    scopes_supported: tuple[str, ...] | None = None

    def endpoint(self, *, mtls: bool) -> str:
        """Return the token endpoint for a client with a certificate, or without."""
        return (self.mtls_token_endpoint if mtls else None) or self.token_endpoint


def read_metadata(
    plan: Plan,
    url: str,
    answer: Answer,
    scrubber: Scrubber,
    *,
    now: float,
    mtls: bool = False,
) -> Metadata | None:
    """
    Return the metadata of an answer, or None where there are none at this address.

    Args:
        plan: Which issuer is expected, and which origins are known.

        url: What was asked.

        answer: What came.

        scrubber: Knows the secrets of the request.

        now: Epoch seconds, for waits that are given as a date.

        mtls: Whether the client shows a certificate.

    Raises:
        TokenUnavailableError: The server cannot answer now.

        TokenResponseError: What came are no metadata, or not those of this server.
    """
    # Raised here, where no local variable holds a text of the server.
    outcome = _read(MetadataVerdict(plan, url, answer, scrubber, now), mtls=mtls)
    if isinstance(outcome, TokenError):
        raise outcome
    return outcome


def _read(verdict: MetadataVerdict, *, mtls: bool) -> Metadata | TokenError | None:
    answer, status = verdict.answer, verdict.answer.status_code
    if status >= 500 or status in _NOT_NOW:
        return verdict.failing()
    if 400 <= status != 407:
        return None
    if not answer.is_success or answer.shape != "object":
        return verdict.no_document()
    members = document_members(verdict.plan, answer)
    issuer, expected = members.get("issuer"), verdict.plan.issuer
    if expected is not None and issuer != expected:
        return verdict.other_issuer(issuer, expected)
    endpoint = members.get("token_endpoint")
    if not isinstance(endpoint, str):
        return verdict.unusable("names no token_endpoint")
    alias = find_member(members, "mtls_endpoint_aliases.token_endpoint")
    for used in (endpoint, alias if mtls else None):
        if used is not None and (failure := _endpoint_failure(used, verdict)):
            return failure
    return Metadata(
        issuer=issuer if isinstance(issuer, str) else None,
        token_endpoint=endpoint,
        mtls_token_endpoint=alias if isinstance(alias, str) else None,
        **{name: _texts(members.get(name)) for name in _LISTS},
    )


def document_members(plan: Plan, answer: Answer) -> Mapping[str, Any]:
    """Return the members; some servers wrap them once more."""
    for path in plan.quirks.metadata_members:
        if isinstance(found := find_member(answer.members, path), Mapping):
            return found
    return answer.members


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(each for each in value if isinstance(each, str))


def _endpoint_failure(endpoint: object, verdict: MetadataVerdict) -> TokenError | None:
    """Say why no secret goes to an endpoint of the document, or None."""
    if fault := endpoint_problem(endpoint):
        shown = verdict.scrubber.text(fault)
        return verdict.unusable(f"names no token_endpoint that can be used: {shown}")
    known = map(origin_of, (verdict.url, *verdict.plan.quirks.endpoint_origins))
    if origin_of(str(endpoint)) in known:
        return None
    parts = urlsplit(str(endpoint))
    return verdict.other_origin(f"{parts.scheme}://{parts.netloc}")
