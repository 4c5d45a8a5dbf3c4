"""A program that needs tokens, in threads and in tasks."""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Literal
from typing import assert_type

import ccflow
from ccflow.events import Event
from ccflow.events import FetchFailed
from ccflow.events import FetchSucceeded


def by_name() -> str:
    token = ccflow.token("billing", scope=["read", "write"], resource="https://api")
    assert_type(token, ccflow.AccessToken)
    assert_type(token.access_token, str)
    assert_type(token.token_type, str)
    assert_type(token.expires_at, float | None)
    assert_type(token.expires_in, float | None)
    assert_type(token.is_expired, bool)
    assert_type(token.scope, tuple[str, ...] | None)
    assert_type(token.extra, Mapping[str, Any])

    return token.authorization


async def by_profile(file: Path) -> None:
    profile = ccflow.load_profile("billing", config=file)
    assert_type(profile, ccflow.Profile)
    assert_type(ccflow.profiles(file), list[str])

    token = await ccflow.atoken(profile, scope=(), audience="api")
    assert_type(token, ccflow.AccessToken)


def inline() -> ccflow.Profile:
    values = {"provider": "okta", "domain": "acme.okta.com", "scope": ["read"]}
    return ccflow.Profile.from_mapping(values, name="billing")


def by_source() -> None:
    source = ccflow.source("billing", scope="read")
    assert_type(source, ccflow.TokenSource)
    assert_type(source.token(), ccflow.AccessToken)
    source.invalidate()
    source.invalidate(source.token())

    status = source.status()
    assert_type(status, ccflow.Status)
    assert_type(status.state, Literal["empty", "fresh", "stale", "expired"])

    def note(event: Event) -> None:
        match event:
            case FetchFailed(message=message):
                assert_type(message, str)
            case FetchSucceeded():
                assert_type(event.expires_in, float | None)
            case _:
                assert_type(event.profile, str)

    remove = source.on_event(note)
    assert_type(remove, Callable[[], None])
    remove()


async def by_own_source() -> None:
    source = ccflow.TokenSource(inline(), scope=None, resource=["https://api"])
    assert_type(await source.atoken(), ccflow.AccessToken)


def mistakes() -> None:
    ccflow.token("billing", "read")  # type: ignore[call-arg]
    ccflow.token("billing", scope=3)  # type: ignore[arg-type]
    ccflow.token(None)  # type: ignore[arg-type]
    ccflow.TokenSource("billing")  # type: ignore[arg-type]
    ccflow.token("billing").scope = ()  # type: ignore[misc]
    ccflow.tokn  # type: ignore[attr-defined] # noqa: B018
