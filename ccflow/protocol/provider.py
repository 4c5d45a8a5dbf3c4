"""
A provider: what is true of one kind of authorization server.

It is a frozen value. What differs between servers and can be said as data is a
field of `Quirks`; a pure function fills a field where data will not do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs

from ccflow.protocol.explanation import Explanation
from ccflow.protocol.quirk_check import quirk_problems
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.template import Setting


CORE_KEYS: Final = frozenset(
    {
        "api_origins",
        "assertion_audience",
        "audience",
        "authorization_details",
        "ca_file",
        "cache",
        "certificate",
        "client_assertion",
        "client_id",
        "client_secret",
        "default_expires_in",
        "default_scope",
        "dpop",
        "extends",
        "extra_parameters",
        "headers",
        "issuer",
        "key_id",
        "private_key",
        "private_key_password",
        "provider",
        "proxy",
        "quirks",
        "require_scope",
        "resource",
        "scope",
        "timeout",
        "tls_certificate",
        "tls_private_key",
        "token_endpoint",
        "token_endpoint_auth_method",
        "token_endpoint_auth_signing_alg",
    }
)
"""The keys of a profile; no setting of a provider may bear one of these names."""

AUTH_METHODS: Final = (
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
)
"""The values of ``token_endpoint_auth_method``."""

RESERVED_PARAMETERS: Final = frozenset(
    {
        "audience",
        "client_assertion",
        "client_assertion_type",
        "client_id",
        "client_secret",
        "grant_type",
        "resource",
        "scope",
    }
)
"""Parameters that have keys of their own, so that nothing sends them twice."""

TLS_METHODS: Final = frozenset({"tls_client_auth", "self_signed_tls_client_auth"})
"""Those where the TLS connection says who asks (RFC 8705)."""


@attrs.frozen
class ErrorBody:
    """
    An OAuth error as a provider read it from a body.

    Args:
        error: The code.

        error_description: Text for the developer.

    .. versionadded:: 0.1.0
    """

    error: str
    error_description: str | None = None


def rfc6749_error(body: Mapping[str, Any]) -> ErrorBody | None:
    """Read the error of RFC 6749 section 5.2, or None where there is none."""
    error = body.get("error")
    if not isinstance(error, str) or not error:
        return None

    description = body.get("error_description")
    return ErrorBody(error, description if isinstance(description, str) else None)


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise TypeError(f"{values!r} is text; a tuple of one needs its comma")
    return tuple(values)


def _explanations(values: Iterable[Explanation]) -> tuple[Explanation, ...]:
    return tuple(values)


def _settings(values: Mapping[str, Setting]) -> Mapping[str, Setting]:
    return dict(values)


def _parameters(values: Mapping[str, str]) -> Mapping[str, str]:
    return dict(values)


UrlRule = str | Callable[[Mapping[str, str]], str]
"""A template, or a pure function from the settings to a URL."""

RequestRule = Callable[
    [Mapping[str, str], str, tuple[str, ...]], Iterable[tuple[str, str]]
]


@attrs.frozen
class Provider:
    """
    A kind of authorization server.

    Args:
        name: What a profile calls it, in lower case with dashes.

        token_endpoint: The template of the token endpoint, or a pure function
            ``(settings) -> str``; None where only the profile can know it, or
            where it is looked up in the server's metadata.

        settings: The values that a profile gives, by name.

        token_endpoint_auth_methods: The client authentication methods that it
            takes. The first is the default, and the first one with a secret is
            what ``client_secret`` alone means.

        issuer: The issuer, as a template or a pure function, where it is known.
            Metadata of another one are refused.

        quirks: Where it differs from the standards, as data.

        read_success: A pure function ``(body) -> body`` that finds the members
            of RFC 6749 section 5.1 in a body of another shape; None where it
            cannot.

        read_error: A pure function ``(body) -> ErrorBody | None``, where
            `Quirks.error_members` are not enough.

        explanations: What its errors mean and what to do next.

        documentation: Pages of the vendor, for people.

        check_request: A pure function ``(settings, token_endpoint_auth_method,
            scope) -> (key, problem) pairs``: what can be known to fail before
            anything is sent.

        metadata_base: Where its metadata are asked for, as a template or a pure
            function; None for the issuer.

        extra_parameters: More parameters of a token request, each a template of
            the settings; those of a profile win.

    .. versionadded:: 0.1.0
    """

    name: str
    token_endpoint: UrlRule | None
    settings: Mapping[str, Setting] = attrs.field(converter=_settings, hash=False)
    token_endpoint_auth_methods: tuple[str, ...] = attrs.field(converter=_texts)
    issuer: UrlRule | None = None
    quirks: Quirks = attrs.field(factory=Quirks)
    read_success: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] | None = None
    read_error: Callable[[Mapping[str, Any]], ErrorBody | None] | None = None
    explanations: tuple[Explanation, ...] = attrs.field(
        default=(), converter=_explanations
    )
    documentation: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    check_request: RequestRule | None = None
    metadata_base: UrlRule | None = None
    extra_parameters: Mapping[str, str] = attrs.field(
        factory=dict, converter=_parameters, hash=False
    )

    def __attrs_post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", self.name):
            raise ValueError(f"a provider cannot be called {self.name!r}")
        taken = sorted(CORE_KEYS & self.settings.keys())
        if taken:
            raise ValueError(
                f"provider {self.name!r}: the settings {', '.join(taken)} bear "
                "the names of profile keys"
            )
        taken = sorted(RESERVED_PARAMETERS & self.extra_parameters.keys())
        if taken:
            raise ValueError(
                f"provider {self.name!r}: ccflow sets {', '.join(taken)} itself"
            )
        if not self.token_endpoint_auth_methods:
            raise ValueError(f"provider {self.name!r} names no authentication method")
        unknown = {*self.token_endpoint_auth_methods} - {*AUTH_METHODS}
        if unknown:
            raise ValueError(
                f"provider {self.name!r}: {', '.join(sorted(map(str, unknown)))} is "
                "no authentication method"
            )
        for key, fault in self._quirk_problems():
            raise ValueError(f"provider {self.name!r}: quirks.{key}: {fault}")

    def _quirk_problems(self) -> list[tuple[str, str]]:
        try:
            return list(quirk_problems(self.quirks))
        except (AttributeError, TypeError):
            return []  # Wrong types are told, all at once, where a plugin is loaded.
