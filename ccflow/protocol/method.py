"""How a client proves who it is: the method, and what it needs."""

from __future__ import annotations

import difflib
from typing import Final
from typing import get_args

from ccflow.protocol.provider import AUTH_METHODS
from ccflow.protocol.provider import TLS_METHODS
from ccflow.protocol.quirks import Algorithm
from ccflow.protocol.review import Review
from ccflow.protocol.review import one_of


_SECRET_METHODS: Final = frozenset(
    {"client_secret_basic", "client_secret_post", "client_secret_jwt"}
)
SIGNED_METHODS: Final = frozenset({"client_secret_jwt", "private_key_jwt"})
"""Those that send an assertion."""

CREDENTIALS: Final = ("client_assertion", "private_key", "client_secret")
"""The profile keys that hold a credential."""

_KEY: Final = "token_endpoint_auth_method"

_ALGORITHMS: Final = get_args(Algorithm)


def choose_method(review: Review) -> str | None:
    """
    Return the authentication method that is named, or that follows.

    Where the named one cannot be used, that is told, and the one that was meant is
    returned if that can be guessed, so that the mistake hides no other one.
    """
    given = review.registration.token_endpoint_auth_method
    offered = review.provider.token_endpoint_auth_methods
    present = [
        key
        for key in CREDENTIALS
        if key in review.registration.credentials or review.is_broken(key)
    ]
    meant = given
    if given is not None and given not in offered:
        meant = _told_and_meant(review, given, offered)
    if meant is None:
        meant = _implied_method(review, present)
    else:
        _check_credentials(review, meant, present)
    _check_certificate(review, meant)
    return meant


def _told_and_meant(review: Review, given: str, offered: tuple[str, ...]) -> str | None:
    """Tell why a method cannot be used; return the nearest one if it is misspelt."""
    if given in AUTH_METHODS:
        text = f"{review.provider.name} does not take {given!r}"
        review.problem(_KEY, text, one_of(offered))
        return None
    near = difflib.get_close_matches(given, offered, n=1)
    hint = f"did you mean {near[0]!r}?" if near else one_of(offered)
    review.problem(_KEY, f"there is no method {given!r}", hint)
    return near[0] if near else None


def _implied_method(review: Review, present: list[str]) -> str | None:
    offered = review.provider.token_endpoint_auth_methods
    match present:
        case []:
            hint = "set client_secret, private_key or client_assertion"
            if review.registration.tls_certificate is not None:
                # Two methods have one, and it may be there beside any other.
                hint += f', or {_KEY} = "tls_client_auth"'
            review.missing("client_secret", "there is no credential", hint)
            return None
        case ["client_secret"]:
            methods = [method for method in offered if method in _SECRET_METHODS]
        case [_]:
            methods = ["private_key_jwt"]
        case [*_]:
            text = f"{' and '.join(present)} are both set"
            review.problem(_KEY, text, "keep one of them")
            return None
    if not {*methods} & {*offered}:
        review.problem(
            present[0],
            f"{review.provider.name} has no authentication method for it",
            one_of(offered),
        )
        return None
    return methods[0]


def _check_credentials(review: Review, method: str, present: list[str]) -> None:
    """Compare the credentials that are there with those that a method uses."""
    if method in TLS_METHODS:
        for key in present:
            hint = "take it out; the certificate alone says who asks"
            review.problem(key, f"{method} does not use it", hint)
        if review.registration.tls_certificate is None:
            text = f"{method} needs it"
            review.missing("tls_certificate", text, "set tls_certificate")
        return
    used = (
        ["client_secret"]
        if method in _SECRET_METHODS
        else ["private_key", "client_assertion"]
    )
    keys = " or ".join(used)
    fitting = [key for key in present if key in used]
    if not present:
        review.missing(used[0], f"{method} needs {keys}", f"set {keys}")
    for key in present:
        if key not in used:
            hint = "take it out" if fitting else f"set {keys} instead"
            review.problem(key, f"{method} does not use it", hint)
    if len(fitting) > 1:
        text = f"{' and '.join(fitting)} are both set"
        review.problem(fitting[0], text, "keep one")


def _check_certificate(review: Review, method: str | None) -> None:
    """Check that something is made of a certificate of the signing key."""
    if review.registration.certificate is None or review.incomplete:
        return
    if method not in {"private_key_jwt", None}:
        text = f"{method} does not use it: it goes with a private_key"
        hint = "take it out; the certificate of the connection is tls_certificate"
        review.problem("certificate", text, hint)


def choose_algorithm(review: Review, method: str | None) -> str | None:
    """Return the signing algorithm that the profile names, checked."""
    given = review.registration.token_endpoint_auth_signing_alg
    known = review.quirks.assertion_algorithms
    key = "token_endpoint_auth_signing_alg"
    if given is None:
        return None
    symmetric = given.startswith("HS")
    if given not in _ALGORITHMS:
        near = difflib.get_close_matches(given, known or _ALGORITHMS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else one_of(known or _ALGORITHMS)
        review.problem(key, f"there is no algorithm {given!r}", hint)
    elif method == "client_secret_jwt" and not symmetric:
        review.problem(key, f"client_secret_jwt cannot use {given!r}", "use HS256")
    elif method == "private_key_jwt" and symmetric:
        review.problem(key, f"private_key_jwt cannot use {given!r}", "use RS256")
    elif known and given not in known:
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
            known = not review.is_in_doubt(["issuer", *review.provider.settings])
            if issuer is None and method in SIGNED_METHODS and made_here and known:
                review.missing(
                    "assertion_audience", '"issuer" needs an issuer', "set issuer"
                )
            return issuer or ""
        case _:
            return rule


def check_client(review: Review, method: str | None) -> None:
    """Check that the request says which client asks."""
    client_id = review.registration.client_id
    key = "client_assertion"
    given = key in review.registration.credentials or review.is_broken(key)
    if not client_id:
        if not given or method not in {"private_key_jwt", None}:
            review.missing("client_id", "is missing", "set the client's identifier")
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
