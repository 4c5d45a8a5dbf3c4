"""Can tokens be shared where the profile says, and are they safe there?"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import attrs

from ccflow.config.cache import Cache
from ccflow.config.profile import Profile
from ccflow.doctor.finding import Finding
from ccflow.doctor.finding import Level
from ccflow.engine.fetch import store_of
from ccflow.secret import Secret
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.store import TokenStore


STEP: Final = "store"

# A key of its own, so that no token is ever in the way.
_KEY: Final = sha256(b"ccflow check").hexdigest()
_SECONDS: Final = 60.0
_WAIT: Final = 1.0
_SHORTEST: Final = 22  # characters: 128 bits in base64
_FEWEST_BITS: Final = 80.0


def check_store(
    profile: Profile, secrets: Mapping[str, Secret], default: Cache | None = None
) -> Iterator[Finding]:
    """
    Write a record, read it and take it away again, as a fetch would.

    Args:
        profile: Whose store it is.

        secrets: Those that could be read; without those of the store it is not
            tried, since that was told already.

        default: What is used where the profile names none; that it cannot be
            used is no error of the profile.
    """
    cache = profile.cache
    if cache is None:
        yield Finding(STEP, "ok", "the profile names none; a program keeps its tokens")
        if default is not None:
            used = attrs.evolve(profile, cache=default)
            yield from _try(used, default, "warning")
        return
    if cache.store == "memory":
        yield Finding(STEP, "ok", "tokens stay in the memory of each process")
        return
    key = secrets.get("cache.encryption_key")
    if key is not None and _is_weak(key):
        yield Finding(
            STEP,
            "warning",
            "cache.encryption_key is short or easy to guess",
            "make one with: openssl rand -base64 32",
        )
    literal = literal_keys(profile)
    if literal and cache.encryption_key is None:
        yield Finding(
            STEP,
            "warning",
            f"{stays_in_memory(literal)}, and are not shared",
            "use references, or set encryption_key in [cache]",
        )
    if {f"cache.{name}" for name in cache.secrets} <= secrets.keys():
        yield from _try(profile, cache, "error")


def literal_keys(profile: Profile) -> list[str]:
    """Return the keys whose literal secret keeps the tokens from a store."""
    return [key for key in profile.literal_secrets() if not key.startswith("cache.")]


def stays_in_memory(literal: list[str]) -> str:
    """Say why tokens are not shared."""
    verb = "is" if len(literal) == 1 else "are"
    return f"tokens stay in memory, since {' and '.join(literal)} {verb} literal"


def _try(profile: Profile, cache: Cache, level: Level) -> Iterator[Finding]:
    store = store_of(profile)
    if store is None:
        return
    problem = None
    try:
        if not _keeps(store):
            problem = "what was written to it is not there afterwards"
    except StoreError as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001 - a plugin's store
        problem = f"{type(error).__name__} in the store"
    if problem is None:
        yield Finding(STEP, "ok", f"the {cache.store} store can be used")
        return
    message, _, hint = problem.partition("; ")
    yield Finding(STEP, level, f"the {cache.store} store: {message}", hint or None)


def _keeps(store: TokenStore) -> bool:
    """Use a store in every way that a fetch does."""
    record = Record(b"ccflow check", time.time() + _SECONDS)
    with store.lock(_KEY, _WAIT) as held:
        if not store.put(_KEY, record, store.get(_KEY)):
            return not held  # Somebody else who checks was in between.
        found = store.get(_KEY)
        if found is None or found.value != record.value:
            return not held
        store.put(_KEY, None, found)
    return True


def _is_weak(key: Secret) -> bool:
    """Say whether a key is short, or repeats itself: nobody has to be clever then."""
    return _bits(Counter(key.reveal().strip())) < _FEWEST_BITS


def _bits(counts: Counter[str]) -> float:
    """Return the entropy of a text, by how often it has each character."""
    length = counts.total()
    if length < _SHORTEST:
        return 0.0
    return -sum(count * math.log2(count / length) for count in counts.values())
