"""What a token request asks for: scope, parameters and headers, checked."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from ccflow.protocol.header import name_problem
from ccflow.protocol.provider import RESERVED_PARAMETERS
from ccflow.protocol.quirk_check import quirk_problems
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.review import Review
from ccflow.protocol.target import is_overridden
from ccflow.protocol.url import resource_problem
from ccflow.protocol.url import shown_url


_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


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
    except re.error:  # it is told with the other quirks
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


def check_audiences(
    review: Review, audience: str | None, resource: tuple[str, ...]
) -> None:
    """Check whom the token is asked for."""
    _check_text(review, "audience", audience)
    if audience == "":
        review.problem("audience", "is empty", "take it out")
    for value in resource:
        if fault := resource_problem(value):
            review.problem("resource", f"{shown_url(value)} {fault} (RFC 8707)")


def check_names(review: Review) -> None:
    """Check how the client, its key, the extra parameters and headers are called."""
    registration = review.registration
    _check_text(review, "client_id", registration.client_id)
    _check_text(review, "key_id", registration.key_id)
    _check_text(review, "assertion_audience", registration.assertion_audience)
    for name in registration.extra_parameters:
        if not name or _CONTROL.search(name):
            key = f"extra_parameters.{name}" if name else 'extra_parameters.""'
            review.problem(key, "is not the name of a parameter")
        if name in RESERVED_PARAMETERS:
            review.problem(
                f"extra_parameters.{name}",
                "ccflow sets this parameter itself",
                f"use the key {name}"
                if name in {"audience", "resource", "scope"}
                else None,
            )
    for name in registration.headers:
        if fault := name_problem(name):
            review.problem(f"headers.{name}", fault)


def check_quirks(review: Review) -> None:
    """Check the quirks, the provider's and the profile's own alike."""
    for name, fault in _told(review.quirks):
        review.problem(f"quirks.{name}", fault)


@lru_cache
def _told(quirks: Quirks) -> tuple[tuple[str, str], ...]:
    # Once for all plans of a profile: it would cost more than all the rest.
    return tuple(quirk_problems(quirks))


def _check_text(review: Review, key: str, text: str | None) -> None:
    if text is not None and _CONTROL.search(text):
        review.problem(key, "has a line break or another control character in it")


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
