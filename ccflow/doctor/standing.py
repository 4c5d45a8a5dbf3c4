"""How a profile stands by what its store holds; nothing is fetched or written."""

from __future__ import annotations

from typing import Final
from typing import Literal

import attrs

from ccflow.config.profile import Profile
from ccflow.doctor.store import literal_keys
from ccflow.doctor.store import stays_in_memory
from ccflow.engine.fetch import Fetch
from ccflow.engine.freshness import Freshness
from ccflow.engine.freshness import freshness_of
from ccflow.engine.gate import Gate
from ccflow.engine.record import StoredToken
from ccflow.engine.runtime import SYSTEM
from ccflow.engine.runtime import Runtime
from ccflow.errors import CcflowError
from ccflow.events import Event
from ccflow.protocol.plan import Plan
from ccflow.store import StoreError


# Each process draws its own, so that not all of them renew at once.
_MIDDLE_JITTER: Final = 0.5

State = Literal["empty", "fresh", "stale", "expired", "memory", "unknown", "broken"]


@attrs.frozen(kw_only=True)
class Standing:
    """
    How a profile stands.

    Args:
        profile: Its name.

        provider: The name of its provider; None where it does not load.

        store: Where its tokens are shared: ``memory``, ``file`` or ``redis``;
            None where it does not load.

        state: ``empty``, ``fresh``, ``stale`` or ``expired``, as the stored token
            is; ``memory`` where nothing is stored; ``unknown`` where the store
            cannot be read, and ``broken`` where the profile cannot be used.

        expires_at: Epoch seconds, as the server said; None where unknown.

        refresh_at: Epoch seconds around which it is renewed; None without a token.

        retry_at: Epoch seconds until which the server is not asked, after a
            refusal that is remembered; None where the gate is closed.

        refusal: That refusal.

        problem: Why it is broken or unknown.

        note: Why nothing is stored.
    """

    profile: str
    provider: str | None = None
    store: str | None = None
    state: State
    expires_at: float | None = None
    refresh_at: float | None = None
    retry_at: float | None = None
    refusal: str | None = None
    problem: str | None = None
    note: str | None = None


def standing_of(
    profile: Profile,
    *,
    scope: tuple[str, ...] | None = None,
    audience: str | None = None,
    resource: tuple[str, ...] | None = None,
    runtime: Runtime = SYSTEM,
) -> Standing:
    """
    Look into the store of a profile.

    Args:
        profile: The profile; its ``cache`` says where.

        scope: As in a call; None for the profile's.

        audience: As in a call; None for the profile's.

        resource: As in a call; None for the profile's.

        runtime: The clocks.
    """
    kind = profile.cache.store if profile.cache is not None else "memory"
    plain = Standing(
        profile=profile.name, provider=profile.provider, store=kind, state="memory"
    )
    if kind == "memory":
        return attrs.evolve(plain, note="tokens stay in the memory of each process")
    try:
        provider, plan = profile.plan(scope=scope, audience=audience, resource=resource)
    except CcflowError as error:
        return attrs.evolve(plain, state="broken", problem=str(error))
    token, gate, problem = None, None, None
    try:
        share = Fetch(profile, provider, plan, runtime, _ignore).share()
        if share is None:
            note = stays_in_memory(literal_keys(profile))
            return attrs.evolve(plain, note=note)
        token, gate = share.stored()
    except (CcflowError, StoreError) as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001 - a plugin's store
        problem = f"{type(error).__name__} in the store"
    if problem is not None:
        return attrs.evolve(plain, state="unknown", problem=problem)
    return _with_gate(_with_token(plain, token, plan, runtime), gate, runtime)


def _ignore(event: Event) -> None:
    """Nobody is told: nothing happens."""


def _with_token(
    plain: Standing, stored: StoredToken | None, plan: Plan, runtime: Runtime
) -> Standing:
    if stored is None:
        return attrs.evolve(plain, state="empty")
    now, response = runtime.moment(), stored.response
    lifetime = response.expires_in
    freshness: Freshness = freshness_of(
        stored.moment(now),
        lifetime or plan.default_expires_in,
        _MIDDLE_JITTER,
        hint=response.refresh_in,
    )
    began = freshness.asked.wall
    return attrs.evolve(
        plain,
        state=freshness.state(now),
        expires_at=None if lifetime is None else began + lifetime,
        refresh_at=began + freshness.refresh_after,
    )


def _with_gate(plain: Standing, gate: Gate | None, runtime: Runtime) -> Standing:
    now = runtime.wall()
    left = gate.seconds_left(now) if gate is not None else 0
    # With a fresh token another credential was taken since, and is asked with.
    if gate is None or left <= 0 or plain.state == "fresh":
        return plain
    return attrs.evolve(plain, retry_at=now + left, refusal=str(gate.failure))
