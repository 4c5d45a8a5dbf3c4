"""Does the profile load, where does it come from, and what would be sent?"""

from __future__ import annotations

from collections.abc import Generator
from collections.abc import Iterator

from ccflow.config.load import Config
from ccflow.config.load import load_profile
from ccflow.config.profile import Profile
from ccflow.doctor.finding import Finding
from ccflow.doctor.finding import findings_of
from ccflow.errors import ConfigError
from ccflow.protocol.plan import Plan


def load(name: str, config: Config) -> Generator[Finding, None, Profile | None]:
    """Load the profile; every problem of it is a finding."""
    try:
        profile = load_profile(name, config)
    except ConfigError as error:
        yield from findings_of("profile", error)
        return None
    yield Finding("profile", "ok", f"{name} loads; its provider is {profile.provider}")
    return profile


def check_origins(profile: Profile) -> Iterator[Finding]:
    """Say which keys come from which place."""
    keys_by_place: dict[str, list[str]] = {}
    tables = {key.partition(".")[0] for key in profile.origins if "." in key}
    for key, origin in profile.origins.items():
        if key and key not in tables:
            keys_by_place.setdefault(str(origin), []).append(key)
    for place, keys in keys_by_place.items():
        yield Finding("origin", "ok", f"{', '.join(sorted(keys))} from {place}")


def check_plan(profile: Profile) -> Generator[Finding, None, Plan | None]:
    """Decide what a token request would be, with the scope of the profile."""
    try:
        _, plan = profile.plan()
    except ConfigError as error:
        yield from findings_of("plan", error)
        return None
    yield Finding("plan", "ok", f"{plan.auth_method} with {plan.credential}")
    scope = " ".join(plan.scope)
    yield Finding("plan", "ok", f"scope {scope}" if scope else "no scope is sent")
    if plan.audience:
        yield Finding("plan", "ok", f"audience {plan.audience}")
    if plan.resource:
        yield Finding("plan", "ok", f"resource {' '.join(plan.resource)}")
    return plan
