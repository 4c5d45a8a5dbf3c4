"""How a client proves who it is: the method, and what it needs."""

from __future__ import annotations

import difflib
from typing import Final

from ccflow.protocol.provider import AUTH_METHODS
from ccflow.protocol.provider import LATER_METHODS
from ccflow.protocol.review import Review
from ccflow.protocol.review import one_of


_SECRET_METHODS: Final = frozenset(
    {"client_secret_basic", "client_secret_post", "client_secret_jwt"}
)
_SIGNED_METHODS: Final = frozenset({"client_secret_jwt", "private_key_jwt"})
CREDENTIALS: Final = ("client_assertion", "private_key", "client_secret")
"""The profile keys that hold a credential."""

_ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448"),
    *("HS256", "HS384", "HS512"),
)


def choose_method(review: Review) -> str | None:
    """Return the authentication method that is named, or that follows."""
    given = review.registration.token_endpoint_auth_method
    offered = review.provider.token_endpoint_auth_methods
    key = "token_endpoint_auth_method"
    present = [key for key in CREDENTIALS if key in review.registration.credentials]
    if given is None:
        return _implied_method(review, present)
    if given not in {*AUTH_METHODS, *LATER_METHODS}:
        near = difflib.get_close_matches(given, offered, n=1)
        hint = f"did you mean {near[0]!r}?" if near else one_of(offered)
        review.problem(key, f"there is no method {given!r}", hint)
    elif given not in AUTH_METHODS:
        review.problem(key, f"{given!r} is not implemented", one_of(offered))
    elif given not in offered:
        review.problem(
            key,
            f"{review.provider.name} does not take {given!r}",
            one_of(offered),
        )
    elif {*CREDENTIALS}.isdisjoint(review.broken) and (
        fault := _credential_fault(given, present)
    ):
        review.problem(*fault)
    else:
        return given
    return None


def _implied_method(review: Review, present: list[str]) -> str | None:
    match present:
        case []:
            if not {*CREDENTIALS} & {*review.broken}:
                review.problem(
                    "client_secret",
                    "there is no credential",
                    "set client_secret, private_key or client_assertion",
                )
            return None
        case ["client_secret"]:
            methods = [
                method
                for method in review.provider.token_endpoint_auth_methods
                if method in _SECRET_METHODS
            ]
        case [_]:
            methods = ["private_key_jwt"]
        case [*_]:
            review.problem(
                "token_endpoint_auth_method",
                f"{' and '.join(present)} are both set",
                "keep one of them",
            )
            return None
    if not {*methods} & {*review.provider.token_endpoint_auth_methods}:
        review.problem(
            present[0],
            f"{review.provider.name} has no authentication method for it",
            one_of(review.provider.token_endpoint_auth_methods),
        )
        return None
    return methods[0]


def _credential_fault(method: str, present: list[str]) -> tuple[str, str, str] | None:
    """Compare the credentials that are there with those that a method uses."""
    used = (
        {"client_secret"}
        if method in _SECRET_METHODS
        else {"private_key", "client_assertion"}
    )
    for key in present:
        if key not in used:
            return key, f"{method} does not use it", "take it out"
    match present:
        case []:
            keys = " or ".join(sorted(used, reverse=True))
            return max(used), f"{method} needs {keys}", f"set {keys}"
        case [_]:
            return None
        case [*_]:
            return present[0], f"{' and '.join(present)} are both set", "keep one"


def choose_algorithm(review: Review, method: str | None) -> str | None:
    """Return the signing algorithm that the profile names, checked."""
    given = review.registration.token_endpoint_auth_signing_alg
    known = review.quirks.assertion_algorithms or _ALGORITHMS
    key = "token_endpoint_auth_signing_alg"
    if given is None or method is None:
        return given
    symmetric = given.startswith("HS")
    if method == "client_secret_jwt" and not symmetric:
        review.problem(key, f"client_secret_jwt cannot use {given!r}", "use HS256")
    elif method == "private_key_jwt" and symmetric:
        review.problem(key, f"private_key_jwt cannot use {given!r}", "use RS256")
    elif given not in known:
        review.problem(
            key, f"{review.provider.name} does not take {given!r}", one_of(known)
        )
    return given


def assertion_audience(
    review: Review, token_endpoint: str | None, issuer: str | None, method: str | None
) -> str:
    """Return the ``aud`` of an assertion."""
    rule = review.registration.assertion_audience or review.quirks.assertion_audience
    match rule:
        case "token_endpoint":
            return token_endpoint or ""
        case "issuer":
            made_here = "client_assertion" not in review.registration.credentials
            told = {problem.key for problem in review.problems}
            if (
                issuer is None
                and method in _SIGNED_METHODS
                and made_here
                and told.isdisjoint({"issuer", *review.provider.settings})
            ):
                review.problem(
                    "assertion_audience", '"issuer" needs an issuer', "set issuer"
                )
            return issuer or ""
        case _:
            return rule


def check_client(review: Review, method: str | None) -> None:
    """Check that the request says which client asks."""
    client_id = review.registration.client_id
    assertion = {*review.registration.credentials, *review.broken}
    if not client_id:
        if "client_assertion" not in assertion:
            review.problem("client_id", "is missing", "set the client's identifier")
    elif (
        ":" in client_id
        and method == "client_secret_basic"
        and review.quirks.basic_encoding == "raw"
    ):
        review.problem(
            "client_id",
            'holds a colon, which basic_encoding = "raw" cannot carry',
            'use client_secret_post, or quirks.basic_encoding = "form"',
        )
