"""All that can be known of a profile without asking its server."""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Iterator

from ccflow.config.cache import Cache
from ccflow.config.load import Config
from ccflow.doctor.finding import Finding
from ccflow.doctor.keys import check_certificate
from ccflow.doctor.keys import check_signer
from ccflow.doctor.registration import check_origins
from ccflow.doctor.registration import check_plan
from ccflow.doctor.registration import load
from ccflow.doctor.secrets import check_file_modes
from ccflow.doctor.secrets import check_literals
from ccflow.doctor.secrets import check_readable
from ccflow.doctor.store import check_store
from ccflow.doctor.trust import check_api_origins
from ccflow.doctor.trust import check_endpoint
from ccflow.doctor.trust import check_trust


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
    profile = yield from load(name, config)
    if profile is None:
        return
    yield from check_origins(profile)
    plan = yield from check_plan(profile)
    if plan is not None:
        yield from check_endpoint(plan)
    yield from check_literals(profile)
    yield from check_file_modes(profile)
    secrets = yield from check_readable(profile)
    certificate = yield from check_certificate(profile, clock())
    if plan is not None:
        yield from check_signer(profile, plan, secrets, certificate)
    yield from check_trust(profile, secrets)
    yield from check_store(profile, secrets, default_cache)
    yield from check_api_origins(profile)
