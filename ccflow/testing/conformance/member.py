"""Every member that the quirks name is one that is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import Final

from ccflow.errors import TokenError
from ccflow.protocol.provider import Provider
from ccflow.protocol.response import TokenResponse
from ccflow.testing.conformance.answer import outcome_of
from ccflow.testing.conformance.candidate import Candidate


_TOKEN: Final = "t0ken"
_CODE: Final = "some_code"
_TEXT: Final = "some text"


def complain_of_members(candidate: Candidate) -> Iterator[str]:
    """Put something into each member that the quirks name, and read it back."""
    provider = candidate.provider
    yield from _complain_of_tokens(provider)
    for path in provider.quirks.error_members:
        yield from _complain_of_error(provider, {path: _CODE}, error=_CODE)
    told = {
        "error_description": provider.quirks.error_description_members,
        "correlation_id": provider.quirks.correlation_id_members,
    }
    for name, paths in told.items():
        for path in paths:
            code = next(
                (it for it in provider.quirks.error_members if not _clash(it, path)),
                None,
            )
            if code is not None:
                body = {code: _CODE, path: _TEXT}
                yield from _complain_of_error(provider, body, **{name: _TEXT})


def _complain_of_tokens(provider: Provider) -> Iterator[str]:
    quirks = provider.quirks
    one = 1000 if quirks.expires_in_unit == "milliseconds" else 1
    for token in quirks.access_token_members:
        found = _read(provider, 200, {token: _TOKEN})
        if (
            not isinstance(found, TokenResponse)
            or found.access_token.reveal() != _TOKEN
        ):
            yield f"a token in {token} is not read: {found}"
    token = next(iter(quirks.access_token_members), "access_token")
    for path in quirks.expires_in_members:
        found = _read(provider, 200, {token: _TOKEN, path: 60 * one})
        if not isinstance(found, TokenResponse) or found.expires_in != 60:
            yield f"a lifetime in {path} is not read"
    for path in quirks.scope_members:
        found = _read(provider, 200, {token: _TOKEN, path: "a b"})
        if not isinstance(found, TokenResponse) or found.scope != ("a", "b"):
            yield f"a scope in {path} is not read"


def _complain_of_error(
    provider: Provider, members: Mapping[str, Any], **expected: str
) -> Iterator[str]:
    found = _read(provider, 400, members)
    for name, value in expected.items():
        if getattr(found, name, None) != value:
            yield f"of {members} the {name} is not read: {found}"


def _clash(path: str, other: str) -> bool:
    """Say whether one is the object that the other one lies in."""
    one, two = path.split("."), other.split(".")
    short = min(len(one), len(two))
    return one[:short] == two[:short]


def _read(
    provider: Provider, status: int, members: Mapping[str, Any]
) -> TokenResponse | TokenError:
    body: dict[str, Any] = {}
    for path, value in members.items():
        _put(body, path.split("."), value)
    return outcome_of(provider, status, {}, json.dumps(body).encode())


def _put(body: dict[str, Any], parts: list[str], value: object) -> None:
    """Put a value where a path leads; its part ``0`` is the first of an array."""
    name, *rest = parts
    if not rest:
        body[name] = value
    elif rest[0] == "0":
        (item,) = body.setdefault(name, [{}])
        _put(item, rest[1:], value)
    else:
        _put(body.setdefault(name, {}), rest, value)
