"""What a token request asks for: scope, parameters and headers, checked."""

from __future__ import annotations

import re
from typing import Final

from ccflow.protocol.provider import RESERVED_PARAMETERS
from ccflow.protocol.review import Review
from ccflow.protocol.target import is_overridden
from ccflow.protocol.url import resource_problem
from ccflow.protocol.url import shown_url


_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
# RFC 9110 section 5.1.
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

RESERVED_HEADERS: Final = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
    }
)
"""Headers that the request itself decides."""


def checked_scope(review: Review, given: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the scope to ask for, checked against the provider's rules."""
    asked = (review.registration.scope if given is None else given) or ()
    scope = tuple(dict.fromkeys(asked))
    scope = asked if scope == asked else scope  # one tuple for all, not one each
    pattern = _scope_pattern(review)
    for value in scope:
        if not _SCOPE.fullmatch(value):
            review.problem("scope", f"{value!r} is not a scope")
        elif value in review.quirks.forbidden_scopes:
            review.problem(
                "scope",
                f"{review.provider.name} refuses {value!r} here: it asks for a "
                "user, and the client credentials grant has none",
                "take it out",
            )
        elif value in review.quirks.exclusive_scopes and len(scope) > 1:
            review.problem("scope", f"{value!r} must be the only scope of a request")
        elif not pattern.fullmatch(value):
            text = f"{review.provider.name} takes no scope like {value!r}"
            review.problem("scope", text, f"it has to match {pattern.pattern}")
    _check_number(review, scope)
    if not scope and review.quirks.scope_required:
        if not review.registration.default_scope:
            review.missing(
                "scope",
                f"{review.provider.name} needs a scope",
                "set scope, or say default_scope = true if the server has "
                "default scopes",
            )
    return scope


def _scope_pattern(review: Review) -> re.Pattern[str]:
    pattern = review.quirks.scope_pattern
    try:
        return re.compile(".*" if pattern is None else pattern)
    except re.error as error:
        key = "quirks.scope_pattern"
        review.problem(key, f"{pattern!r} is no regular expression: {error}")
        return re.compile(".*")


def _check_number(review: Review, scope: tuple[str, ...]) -> None:
    """Check how many scopes there are, and that none is missing."""
    name = review.provider.name
    if len(scope) > 1 and review.quirks.single_scope:
        review.problem("scope", f"{name} takes one scope in a request", "keep one")
    lacking = [it for it in review.quirks.required_scopes if it not in scope]
    if lacking and not review.registration.default_scope:
        text = " ".join(lacking)
        review.missing("scope", f"{name} needs {text!r} in every scope", "add it")


def check_audiences(review: Review, resource: tuple[str, ...]) -> None:
    """Check whom the token is asked for."""
    if review.registration.audience == "":
        review.problem("audience", "is empty", "take it out")
    for value in resource:
        if fault := resource_problem(value):
            review.problem("resource", f"{shown_url(value)} {fault} (RFC 8707)")


def check_names(review: Review) -> None:
    """Check the names of the extra parameters and headers."""
    for name in review.registration.extra_parameters:
        if name in RESERVED_PARAMETERS:
            review.problem(
                f"extra_parameters.{name}",
                "ccflow sets this parameter itself",
                f"use the key {name}"
                if name in {"audience", "resource", "scope"}
                else None,
            )
    own = {f"headers.{name}": name for name in review.registration.headers}
    quirks = {
        f"quirks.request_headers.{name}": name for name in review.quirks.request_headers
    }
    for key, name in {**own, **quirks}.items():
        if fault := header_problem(name):
            review.problem(key, fault)


def header_problem(name: str) -> str | None:
    """Say why nobody may set a header of this name, or None."""
    if name.lower() in RESERVED_HEADERS:
        return "ccflow sets this header itself"
    return None if _HEADER_NAME.fullmatch(name) else "is not the name of a header"


def ask_provider(
    review: Review,
    settings: dict[str, str],
    method: str | None,
    scope: tuple[str, ...],
) -> None:
    """
    Ask the provider what else cannot work.

    A setting that is wrong is not among those it gets: what it finds before it
    asks for that one does not depend on it.
    """
    provider = review.provider
    unknown = provider.settings.keys() - settings.keys()
    asks = provider.check_request
    if asks is None or (unknown and is_overridden(review)):
        return
    if review.incomplete and not scope:
        return
    used = method or provider.token_endpoint_auth_methods[0]
    try:
        for key, text in asks(settings, used, scope):
            guessed = method is None and key == "token_endpoint_auth_method"
            if not guessed and not review.is_broken(str(key)):
                review.problem(str(key), str(text))
    except Exception as error:  # noqa: BLE001 - a plugin's function
        if not isinstance(error, KeyError) or unknown.isdisjoint(map(str, error.args)):
            review.problem("provider", f"its check_request is broken: {error!r}")
