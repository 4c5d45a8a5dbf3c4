"""Whether the token endpoint is looked up, and at which addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ccflow.protocol.metadata_location import metadata_urls
from ccflow.protocol.review import Review
from ccflow.protocol.target import checked_url
from ccflow.protocol.url import endpoint_problem


_WELL_KNOWN: Final = "/.well-known/"


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
