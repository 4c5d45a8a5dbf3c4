"""All that can be known of a profile without asking its server."""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Generator
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Final

import attrs

from ccflow.config.cache import Cache
from ccflow.config.load import Config
from ccflow.config.profile import Profile
from ccflow.doctor.client_certificate import check_client_certificate
from ccflow.doctor.finding import Finding
from ccflow.doctor.keys import check_certificate
from ccflow.doctor.keys import check_signer
from ccflow.doctor.plugins import check_plugins
from ccflow.doctor.registration import Asked
from ccflow.doctor.registration import check_origins
from ccflow.doctor.registration import check_plan
from ccflow.doctor.registration import load
from ccflow.doctor.secrets import check_file_modes
from ccflow.doctor.secrets import check_literals
from ccflow.doctor.secrets import check_readable
from ccflow.doctor.shadows import check_files
from ccflow.doctor.store import check_store
from ccflow.doctor.trust import check_api_origins
from ccflow.doctor.trust import check_endpoint
from ccflow.doctor.trust import check_trust
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import Provider
from ccflow.secret import Secret


_AS_WRITTEN: Final = Asked()


@attrs.frozen(kw_only=True)
class Patient:
    """
    A profile that was looked over, and what a request of it is made of.

    Args:
        profile: The profile; one that names no store has the default.

        provider: Its provider.

        plan: What would be sent.

        secrets: Those that could be read, by their key.
    """

    profile: Profile
    provider: Provider
    plan: Plan
    secrets: Mapping[str, Secret]


def check_profile(
    name: str,
    config: Config = None,
    *,
    clock: Callable[[], float] = time.time,
    default_cache: Cache | None = None,
) -> Iterator[Finding]:
    """
    Look a profile over; a step that fails does not stop the others.

    Args:
        name: The name of the profile.

        config: The only file to read; None searches.

        clock: Epoch seconds.

        default_cache: What is used where the profile names no store.
    """
    yield from look_over(name, config, clock=clock, default_cache=default_cache)


def look_over(
    name: str,
    config: Config,
    *,
    clock: Callable[[], float],
    default_cache: Cache | None,
    asked: Asked = _AS_WRITTEN,
) -> Generator[Finding, None, Patient | None]:
    """
    Look a profile over, and give it where it has a plan.

    Args:
        name: The name of the profile.

        config: The only file to read; None searches.

        clock: Epoch seconds.

        default_cache: What is used where the profile names no store.

        asked: What a call asks for instead of the profile's.
    """
    yield from check_files(name, config)
    draft = yield from load(name, config)
    if draft is None:
        return None
    profile = draft.profile
    yield from check_origins(profile)
    yield from check_plugins(profile)
    # What is wrong with the plan of a draft was told with the rest.
    found = None if draft.problems else (yield from check_plan(profile, asked))
    plan = found[1] if found is not None else None
    if plan is not None:
        yield from check_endpoint(plan)
    yield from check_literals(profile)
    yield from check_file_modes(profile)
    secrets = yield from check_readable(profile)
    certificate = yield from check_certificate(profile, clock())
    yield from check_signer(profile, plan, secrets, certificate)
    yield from check_client_certificate(profile, secrets, clock())
    yield from check_trust(profile, secrets, plan)
    if "cache" not in draft.broken:
        yield from check_store(profile, secrets, default_cache)
    if "api_origins" not in draft.broken:
        yield from check_api_origins(profile)
    if found is None:
        return None
    if profile.cache is None:
        profile = attrs.evolve(profile, cache=default_cache)
    provider, plan = found
    return Patient(profile=profile, provider=provider, plan=plan, secrets=secrets)
