"""
Where an authorization server says what it is: the addresses of its metadata.

RFC 8414 section 3 puts the well-known part between host and path, OpenID Connect
Discovery section 4 behind the path, and some servers have forms of their own. Which
ones are asked, and in which order, is data: `Quirks.metadata_locations`.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from ccflow.protocol.review import Review
from ccflow.protocol.target import checked_url
from ccflow.protocol.url import endpoint_problem
from ccflow.protocol.url import is_origin


_BEGINNINGS: Final = ("{origin}/", "{origin}{path}/")
_WELL_KNOWN: Final = "/.well-known/"


def metadata_urls(base: str, locations: Iterable[str]) -> tuple[str, ...]:
    """
    Return the addresses to ask, in their order, each of them once.

    Args:
        base: The issuer, or what stands in its place.

        locations: Templates with ``{origin}`` and ``{path}``, which are those of
            the base; a slash at its end does not count.
    """
    parts = urlsplit(base)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.removesuffix("/")
    urls = (
        location.replace("{origin}", origin).replace("{path}", path)
        for location in locations
    )
    return tuple(dict.fromkeys(urls))


def checked_metadata_urls(
    review: Review, settings: Mapping[str, str], issuer: str | None
) -> tuple[str, ...]:
    """
    Return where to look the token endpoint up; empty where it is known.

    Args:
        review: Collects what is wrong.

        settings: Those of the provider, checked.

        issuer: The profile's, or the provider's.
    """
    provider, registration = review.provider, review.registration
    quirks = review.quirks
    for problem in _data_problems(quirks.metadata_locations, quirks.endpoint_origins):
        review.problem(*problem)
    if registration.token_endpoint is not None or provider.token_endpoint is not None:
        return ()
    base, key = issuer, "issuer"
    if provider.metadata_base is not None:
        key = "provider"
        base = checked_url(review, key, None, provider.metadata_base, settings)
    elif issuer is None and provider.issuer is None and not review.is_broken("issuer"):
        review.missing(
            "token_endpoint",
            "is missing",
            "set it, or set issuer to have it looked up, or name a provider that "
            "knows it",
        )
    if base is None:
        return ()
    if found := _base_problem(base):
        review.problem(key, *found)
        return ()
    return metadata_urls(base, quirks.metadata_locations)


def _base_problem(base: str) -> tuple[str, str] | None:
    """Say why nothing can be looked up there, and what to write instead."""
    hint = "write it as the server itself does, or set token_endpoint"
    if fault := endpoint_problem(base):
        return f"{fault}, so that no token endpoint can be looked up there", hint
    if _WELL_KNOWN in base:
        return (
            f"{base!r} is the address of a document, not of an issuer",
            'write what that document has under "issuer"',
        )
    if "?" in base:
        return f"{base!r} has a query, which an issuer cannot have", hint
    return None


@lru_cache
def _data_problems(
    locations: tuple[str, ...], origins: tuple[str, ...]
) -> tuple[tuple[str, str, str], ...]:
    """Find what is wrong with where metadata are, and where they may lead."""
    # Once for all plans of a provider: it would cost as much as all the rest.
    key = "quirks.metadata_locations"
    problems = [] if locations else [(key, "is empty", "name one, or take it out")]
    for location in locations:
        (url,) = metadata_urls("https://a.example/b", [location])
        if not location.startswith(_BEGINNINGS) or endpoint_problem(url):
            hint = f"begin it with {' or '.join(_BEGINNINGS)}"
            problems.append((key, f"{location!r} is no location", hint))
    for origin in origins:
        if not is_origin(origin):
            hint = "write scheme and host, for example https://mtls.example.com"
            text = f"{origin!r} is not an origin"
            problems.append(("quirks.endpoint_origins", text, hint))
    return tuple(problems)
