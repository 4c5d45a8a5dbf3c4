"""The token request as a value, and as the bytes on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import quote

import attrs

from ccflow.errors import SecretError
from ccflow.protocol.header import laid_over
from ccflow.protocol.header import value_problem
from ccflow.protocol.plan import Plan
from ccflow.protocol.scrub import UNESCAPED
from ccflow.secret import Secret


Text = str | Secret


def _clear(text: Text) -> str:
    return text.reveal() if isinstance(text, Secret) else text


def wire_headers(headers: Mapping[str, Text]) -> list[tuple[bytes, bytes]]:
    """Return headers as bytes, secrets in clear."""
    return [
        (name.encode("ascii"), _clear(value).encode("utf-8"))
        for name, value in headers.items()
    ]


@attrs.frozen(kw_only=True)
class TokenRequest:
    """
    A POST to a token endpoint (RFC 6749 section 4.4.2).

    Args:
        url: The token endpoint.

        headers: The headers, by name; what is secret is a `Secret`.

        parameters: The form, in the order in which it is sent.
    """

    url: str
    headers: Mapping[str, Text] = attrs.field(hash=False)
    parameters: tuple[tuple[str, Text], ...]
    method: ClassVar[str] = "POST"
    named: ClassVar[str] = "token_endpoint"

    def with_header(self, name: str, value: Text) -> TokenRequest:
        """Return the same request with one more header."""
        return attrs.evolve(self, headers={**self.headers, name: value})

    def with_parameters(self, *parameters: tuple[str, Text]) -> TokenRequest:
        """Return the same request with more parameters at the end."""
        return attrs.evolve(self, parameters=(*self.parameters, *parameters))

    def wire_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers as bytes, secrets in clear."""
        return wire_headers(self.headers)

    def wire_body(self) -> bytes:
        """
        Return the form as bytes, secrets in clear.

        A space is ``%20``, never ``+``: every server that decodes takes it, and
        some take only it.
        """
        return "&".join(
            f"{quote(name, safe=UNESCAPED)}={quote(_clear(value), safe=UNESCAPED)}"
            for name, value in self.parameters
        ).encode("ascii")

    def secrets(self) -> Iterable[Secret]:
        """Return everything in it that must not come back in an error."""
        values = (*self.headers.values(), *(value for _, value in self.parameters))
        return [value for value in values if isinstance(value, Secret)]


def merged_headers(plan: Plan, headers: Mapping[str, Text]) -> dict[str, Text]:
    """
    Return the headers of the provider, and over them those of the profile.

    Raises:
        SecretError: A header's value cannot be one.
    """
    for name, value in headers.items():
        if fault := value_problem(_clear(value)):
            raise SecretError(f"headers.{name}: {fault}")
    usual: Mapping[str, Text] = plan.quirks.request_headers
    return laid_over(usual, headers)


def make_token_request(plan: Plan, headers: Mapping[str, Text]) -> TokenRequest:
    """
    Begin the request of a plan; client authentication comes next.

    Args:
        plan: What to send, with its endpoint.

        headers: The headers of the profile; they win over the provider's.

    Raises:
        SecretError: A header's value cannot be one.
    """
    return TokenRequest(
        url=plan.token_endpoint,
        headers={
            **merged_headers(plan, headers),
            "Content-Type": plan.quirks.content_type,
        },
        parameters=(("grant_type", plan.quirks.grant_type),),
    )


def with_grant(
    request: TokenRequest, plan: Plan, extra_parameters: Mapping[str, Text]
) -> TokenRequest:
    """
    Add what is asked for: scope, audience, resources, extra parameters.

    A parameter without a value is left out: RFC 6749 section 3.2 treats the two
    alike, and three servers out of thirteen do not.
    """
    asked = [
        ("scope", plan.quirks.scope_separator.join(plan.scope)),
        ("audience", plan.audience or ""),
        *(("resource", resource) for resource in plan.resource),
        *{**dict(plan.extra_parameters), **extra_parameters}.items(),
    ]
    return request.with_parameters(*((name, value) for name, value in asked if value))
