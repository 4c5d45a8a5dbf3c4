"""
Where the metadata of an authorization server may be.

RFC 8414 section 3 puts the well-known part between host and path, OpenID Connect
Discovery section 4 behind the path, and some servers have forms of their own. Which
ones are asked, and in which order, is data: `Quirks.metadata_locations`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from ccflow.protocol.url import endpoint_problem


_BEGINNINGS: Final = ("{origin}/", "{origin}{path}/")


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


def location_problem(location: str) -> str | None:
    """Say why a template leads to no metadata, or None."""
    (url,) = metadata_urls("https://a.example/b", [location])
    whole = location.startswith(_BEGINNINGS) and not {*"{}"} & {*url}
    if whole and endpoint_problem(url) is None:
        return None
    return f"{location!r} is no location; begin it with {' or '.join(_BEGINNINGS)}"
