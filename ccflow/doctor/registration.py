"""Does the profile load, where does it come from, and what would be sent?"""

from __future__ import annotations

from collections.abc import Generator
from collections.abc import Iterator
from typing import Final

import attrs

from ccflow.config.draft import Draft
from ccflow.config.load import Config
from ccflow.config.load import draft_profile
from ccflow.config.profile import Profile
from ccflow.doctor.finding import Finding
from ccflow.doctor.finding import findings_of
from ccflow.errors import ConfigError
from ccflow.protocol.method import SIGNED_METHODS
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import Provider


_ASSERTION_KEYS: Final = (
    *("key_id", "certificate"),
    *("token_endpoint_auth_signing_alg", "assertion_audience"),
)


@attrs.frozen(kw_only=True)
class Asked:
    """
    What a call asks for instead of the profile's; None keeps that.

    Args:
        scope: The scope; ``()`` sends none.

        audience: The audience.

        resource: The resources.
    """

    scope: tuple[str, ...] | None = None
    audience: str | None = None
    resource: tuple[str, ...] | None = None


def load(name: str, config: Config) -> Generator[Finding, None, Draft | None]:
    """Load the profile as far as that goes; every problem of it is a finding."""
    try:
        draft = draft_profile(name, config)
    except ConfigError as error:
        yield from findings_of("profile", error.problems)
        return None
    yield from findings_of("profile", draft.problems)
    if not draft.problems:
        text = f"{name} loads; its provider is {draft.profile.provider}"
        if origin := draft.profile.provider_origin:
            text += f", described in {origin}"
        yield Finding("profile", "ok", text)
    return draft


def check_origins(profile: Profile) -> Iterator[Finding]:
    """Say which keys come from which place."""
    keys_by_place: dict[str, list[str]] = {}
    tables = {key.partition(".")[0] for key in profile.origins if "." in key}
    for key, origin in profile.origins.items():
        if key and key not in tables:
            keys_by_place.setdefault(str(origin), []).append(key)
    for place, keys in keys_by_place.items():
        yield Finding("origin", "ok", f"{', '.join(sorted(keys))} from {place}")


def check_plan(
    profile: Profile, asked: Asked
) -> Generator[Finding, None, tuple[Provider, Plan] | None]:
    """Decide what a token request would be."""
    try:
        provider, plan = profile.plan(
            scope=asked.scope, audience=asked.audience, resource=asked.resource
        )
    except ConfigError as error:
        yield from findings_of("plan", error.problems)
        return None
    yield Finding("plan", "ok", f"{plan.auth_method} with {plan.credential}")
    scope = " ".join(plan.scope)
    yield Finding("plan", "ok", f"scope {scope}" if scope else "no scope is sent")
    if plan.audience:
        yield Finding("plan", "ok", f"audience {plan.audience}")
    if plan.resource:
        yield Finding("plan", "ok", f"resource {' '.join(plan.resource)}")
    yield from _check_assertion_keys(profile, plan)
    return provider, plan


def _check_assertion_keys(profile: Profile, plan: Plan) -> Iterator[Finding]:
    """Warn of keys that describe an assertion where none is made here."""
    if plan.auth_method not in SIGNED_METHODS:
        why = f"{plan.auth_method} makes no assertion"
    elif plan.credential == "client_assertion":
        why = "client_assertion is ready-made"
    else:
        return
    for key in _ASSERTION_KEYS:
        if getattr(profile, key) is not None:
            yield Finding(
                "plan", "warning", f"{key} does nothing: {why}", "take it out"
            )
