"""What a token request asks for: scope, parameters and headers, checked."""

from __future__ import annotations

import re
from typing import Final

from ccflow.protocol.review import Review


_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
# RFC 9110 section 5.1.
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

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
    if not scope and review.quirks.scope_required:
        if not review.registration.default_scope:
            review.problem(
                "scope",
                f"{review.provider.name} needs a scope",
                "set scope, or say default_scope = true if the server has "
                "default scopes",
            )
    return scope


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
        if name.lower() in RESERVED_HEADERS:
            review.problem(key, "ccflow sets this header itself")
        elif not _HEADER_NAME.fullmatch(name):
            review.problem(key, "is not the name of a header")


def ask_provider(
    review: Review,
    settings: dict[str, str] | None,
    method: str | None,
    scope: tuple[str, ...],
) -> None:
    """Ask the provider what else cannot work."""
    rule = review.provider.check_request
    if rule is None or settings is None or method is None:
        return
    try:
        found = [(str(key), str(text)) for key, text in rule(settings, method, scope)]
    except Exception as error:  # noqa: BLE001 - a plugin's function
        found = [("provider", f"its check_request is broken: {error!r}")]
    for key, message in found:
        review.problem(key, message)
