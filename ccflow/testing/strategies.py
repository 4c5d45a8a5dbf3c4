"""
Providers, profiles and answers to draw, for property tests (extra ``testing``).

    from hypothesis import given
    from ccflow.testing.strategies import error_bodies

    @given(error_bodies())
    def test_any_error_is_read(body):
        assert read_error(body) is None or read_error(body).error
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ccflow.config.profile import Profile
from ccflow.protocol.plan import make_plan
from ccflow.protocol.provider import Provider
from ccflow.testing.drawn_profiles import draw_profile
from ccflow.testing.drawn_providers import draw_provider
from ccflow.testing.members import error_members
from ccflow.testing.members import oracle_members
from ccflow.testing.members import other_token_members
from ccflow.testing.members import token_members


__all__ = ["error_bodies", "profiles", "providers", "token_responses"]


def providers() -> st.SearchStrategy[Provider]:
    """
    Draw providers, as somebody might write one as data.

    They have up to three settings, any methods, quirks that do not contradict each
    other, and explanations. ``ccflow conformance`` has nothing against any of them.

    .. versionadded:: 0.1.0
    """
    return draw_provider()


def profiles(provider: Provider | None = None) -> st.SearchStrategy[Profile]:
    """
    Draw profiles that can be used: each one has a plan.

    Secrets are literal, so that nothing has to be prepared; such a profile prints
    masked and does not pickle. A client certificate is only named.

    Args:
        provider: Whose profiles; None draws a provider for each.

    .. versionadded:: 0.1.0
    """
    if provider is None:
        return providers().flatmap(profiles)
    methods = provider.token_endpoint_auth_methods
    return st.one_of([draw_profile(provider, it) for it in methods]).filter(
        _can_be_used
    )


def token_responses() -> st.SearchStrategy[dict[str, Any]]:
    """
    Draw the members of a success as servers send it (RFC 6749 section 5.1).

    Lifetimes come as numbers, as text, as nonsense and not at all; tokens under
    other names, in an object, in a list; some are no token at all.

    .. versionadded:: 0.1.0
    """
    return st.one_of(token_members, other_token_members, oracle_members)


def error_bodies() -> st.SearchStrategy[dict[str, Any]]:
    """
    Draw the members of a failure as servers send it.

    In the shape of RFC 6749 section 5.2, in Okta's, one level down, in a list, in the
    fault of a gateway, and without a code; members are missing or of a wrong type.

    .. versionadded:: 0.1.0
    """
    return error_members


def _can_be_used(profile: Profile) -> bool:
    provider: Any = profile.own_provider
    plan, _ = make_plan(provider, profile, provider.quirks)
    return plan is not None
