"""
A plan: what will be sent, where to, and how the answer will be read.

It is made of a provider, a profile and the arguments of a call, and it holds no
secret: the credential is only named. Whatever can be known to fail is found here,
all of it at once, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Collection

import attrs

from ccflow.errors import Problem
from ccflow.protocol.asked import ask_provider
from ccflow.protocol.asked import check_audiences
from ccflow.protocol.asked import check_names
from ccflow.protocol.asked import check_quirks
from ccflow.protocol.asked import checked_scope
from ccflow.protocol.client_certificate import check_client_certificate
from ccflow.protocol.discovery import checked_metadata_urls
from ccflow.protocol.method import CREDENTIALS
from ccflow.protocol.method import assertion_audience
from ccflow.protocol.method import check_client
from ccflow.protocol.method import choose_algorithm
from ccflow.protocol.method import choose_method
from ccflow.protocol.provider import TLS_METHODS
from ccflow.protocol.provider import Provider
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.registration import Registration
from ccflow.protocol.review import Review
from ccflow.protocol.target import check_proxy
from ccflow.protocol.target import checked_settings
from ccflow.protocol.target import checked_url
from ccflow.protocol.target import extra_parameters


@attrs.frozen(kw_only=True, weakref_slot=False)
class Plan:
    """
    One token request, with its secrets left out.

    Args:
        profile: The name of the profile.

        provider: The name of the provider.

        token_endpoint: Where the request goes; empty until it was looked up.

        metadata_urls: Where it is looked up, in this order; empty where it is
            known.

        issuer: Whose metadata they have to be; None where nobody knows.

        extra_parameters: What this kind of server wants beside the standard's
            parameters.

        client_id: The client, or None where only an assertion names it.

        auth_method: The ``token_endpoint_auth_method``; empty where an answer is
            read and nobody knows.

        credential: The profile key that holds the credential.

        signing_algorithm: The ``alg`` of an assertion; None means the first one
            that the key and the server share.

        assertion_audience: The ``aud`` of an assertion.

        key_id: The ``kid`` of an assertion.

        scope: What is asked for; empty sends no ``scope``.

        audience: The ``audience`` parameter.

        resource: The ``resource`` parameters (RFC 8707).

        require_scope: Whether getting less than was asked for is an error.

        quirks: The provider's, with the profile's own put over them.

        default_expires_in: Seconds to keep a token of unknown lifetime.
    """

    profile: str
    provider: str
    token_endpoint: str
    client_id: str | None
    auth_method: str
    credential: str
    signing_algorithm: str | None
    assertion_audience: str
    key_id: str | None
    scope: tuple[str, ...]
    audience: str | None
    resource: tuple[str, ...]
    require_scope: bool
    quirks: Quirks
    default_expires_in: float
    issuer: str | None = None
    metadata_urls: tuple[str, ...] = ()
    extra_parameters: tuple[tuple[str, str], ...] = ()

    def at(self, token_endpoint: str) -> Plan:
        """Return the plan with the endpoint that was looked up."""
        return attrs.evolve(
            self,
            token_endpoint=token_endpoint,
            # It was to be the endpoint that the assertion goes to, or it is there.
            assertion_audience=self.assertion_audience or token_endpoint,
        )


def make_plan(
    provider: Provider,
    registration: Registration,
    quirks: Quirks,
    *,
    scope: tuple[str, ...] | None = None,
    audience: str | None = None,
    resource: tuple[str, ...] | None = None,
    broken: Collection[str] = (),
    incomplete: bool = False,
    scope_rules: bool = True,
) -> tuple[Plan | None, tuple[Problem, ...]]:
    """
    Decide what will be sent, and find everything that cannot work.

    Args:
        provider: The kind of server.

        registration: The profile.

        quirks: The provider's, with the profile's own put over them.

        scope: Replaces the profile's scope; None keeps it, ``()`` sends none.

        audience: Replaces the profile's audience; None keeps it.

        resource: Replaces the profile's resources; None keeps them.

        broken: Profile keys that are there and cannot be read, so that none of
            them is reported as missing.

        incomplete: Whether the profile lacks what it extends, so that nothing is
            reported as missing.

        scope_rules: Whether the scope is final; when a profile is loaded, a
            call may still bring one.

    Returns:
        The plan, or None where there are problems; and the problems, whose keys
        are relative to the profile.
    """
    review = Review(provider, registration, quirks, broken, incomplete)
    settings = checked_settings(review)
    token_endpoint = checked_url(
        review,
        "token_endpoint",
        registration.token_endpoint,
        provider.token_endpoint,
        settings,
    )
    # A profile's own issuer is an identifier; it is an address where it is asked.
    issuer = registration.issuer or checked_url(
        review, "issuer", None, provider.issuer, settings
    )
    metadata_urls = checked_metadata_urls(review, settings, issuer)
    target = token_endpoint or next(iter(metadata_urls), None)
    method = choose_method(review)
    check_client(review, method)
    check_client_certificate(review, target)
    check_proxy(review, target)
    algorithm = choose_algorithm(review, method)
    aud = assertion_audience(review, token_endpoint, issuer, method)
    wanted = checked_scope(review, scope) if scope_rules or registration.scope else ()
    resources = registration.resource if resource is None else resource
    asked = registration.audience if audience is None else audience
    check_audiences(review, asked, resources)
    check_names(review)
    check_quirks(review)
    ask_provider(review, settings, method, wanted)
    problems = tuple(review.problems)
    if problems or broken or incomplete or target is None or method is None:
        return None, problems
    present = [key for key in CREDENTIALS if key in registration.credentials]
    credential = "tls_certificate" if method in TLS_METHODS else present[0]
    return (
        Plan(
            profile=registration.name,
            provider=provider.name,
            token_endpoint=token_endpoint or "",
            client_id=registration.client_id,
            auth_method=method,
            credential=credential,
            signing_algorithm=algorithm,
            assertion_audience=aud,
            key_id=registration.key_id,
            scope=wanted,
            audience=asked,
            resource=resources,
            require_scope=registration.require_scope,
            quirks=quirks,
            default_expires_in=(
                registration.default_expires_in or quirks.default_expires_in
            ),
            issuer=issuer,
            metadata_urls=metadata_urls,
            extra_parameters=extra_parameters(review, settings),
        ),
        (),
    )
