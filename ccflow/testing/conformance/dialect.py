"""What the provider's emulator says: tokens for its clients, and errors to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Final

import attrs

from ccflow.emulator.message import Response
from ccflow.errors import TokenError
from ccflow.protocol.provider import Provider
from ccflow.protocol.response import TokenResponse
from ccflow.testing.conformance.answer import outcome_of
from ccflow.testing.conformance.candidate import Candidate
from ccflow.testing.conformance.emulation import Emulation
from ccflow.testing.conformance.emulation import arrived
from ccflow.testing.conformance.emulation import in_memory


_STATUSES: Final = (400, 401, 403, 404, 405, 415, 500, 502, 503)
_NOBODY: Final = "nobody-is-called-so"
_NAMES_A_CODE: Final = re.compile(r"error|code", re.IGNORECASE)


def complain_of_dialect(candidate: Candidate) -> Iterator[str]:
    """Ask the emulator for tokens, then make it say each of its errors."""
    dialect, provider = candidate.dialect, candidate.provider
    if dialect is None:
        return
    if dialect.name != provider.name:
        yield f"the emulator is called {dialect.name!r}, not {provider.name!r}"
        return
    with in_memory(dialect, provider) as emulation:
        if not emulation.profiles:
            yield "the emulator has no samples"
            return
        yield from _complain_of_tokens(emulation, provider)
        for name, response in (*_mistakes(emulation), *_failures(emulation)):
            found = _complain_of_error(provider, response)
            yield from (f"{name}: {complaint}" for complaint in found)


def _read(provider: Provider, response: Response) -> TokenResponse | TokenError:
    return outcome_of(provider, response.status, response.headers, response.body)


def _complain_of_tokens(emulation: Emulation, provider: Provider) -> Iterator[str]:
    """Every sample gets a token that lives for a time."""
    for profile in emulation.profiles:
        response = emulation.ask(profile, emulation.plan(profile))
        found = _read(provider, response)
        if isinstance(found, TokenError):
            yield f"{profile.name} gets no token: {found}"
        elif emulation.server.tenant.find_token(found.access_token.reveal()) is None:
            yield f"{profile.name} gets a token that the API does not take"


def _mistakes(emulation: Emulation) -> Iterator[tuple[str, Response]]:
    """Give what is said to a client that does something wrong."""
    tenant = emulation.server.tenant
    for profile in emulation.profiles:
        plan = emulation.plan(profile)
        stranger = attrs.evolve(plan, client_id=_NOBODY)
        yield f"an unknown client, as {profile.name}", emulation.ask(profile, stranger)
    profile = emulation.profiles[0]
    plan = emulation.plan(profile)
    quirks = attrs.evolve(plan.quirks, grant_type=_NOBODY)
    yield (
        "an unknown grant",
        emulation.ask(profile, attrs.evolve(plan, quirks=quirks)),
    )
    request = emulation.request(profile, plan)
    yield "a GET", emulation.server.answer(arrived(request, method="GET"))
    lost = attrs.evolve(request, url=f"{emulation.server.url}/{_NOBODY}")
    yield "another path", emulation.server.answer(arrived(lost))
    for client in [it for it in tenant.clients.values() if it.secret is not None]:
        tenant.clients[client.client_id] = attrs.evolve(client, secret="x" * 64)
    for profile in emulation.profiles:
        if profile.client_secret is not None:
            response = emulation.ask(profile, emulation.plan(profile))
            yield f"a wrong secret, as {profile.name}", response


def _failures(emulation: Emulation) -> Iterator[tuple[str, Response]]:
    """Give what comes with each status, and over a limit."""
    dialect, tenant = emulation.server.dialect, emulation.server.tenant
    profile = emulation.profiles[0]
    request = arrived(emulation.request(profile, emulation.plan(profile)))
    for status in _STATUSES:
        yield f"a {status}", dialect.fail(status, request, tenant)
    yield "too many requests", dialect.too_many_requests(request, tenant)


def _complain_of_error(provider: Provider, response: Response) -> Iterator[str]:
    found = _read(provider, response)
    if isinstance(found, TokenResponse):
        yield f"HTTP {response.status} is taken for a token"
        return
    if not found.hint:
        yield f"it leaves nothing to do next: {found}"
    codes = sorted({*_codes(response.members)})
    if codes and found.error not in codes:
        yield f"the code {found.error!r} is read, and it is one of {', '.join(codes)}"


def _codes(value: object, name: str = "") -> Iterator[str]:
    """Give each word that stands under the name of an error or a code."""
    match value:
        case Mapping():
            for key, member in value.items():
                yield from _codes(member, str(key))
        case list():
            for member in value:
                yield from _codes(member, name)
        case str() if _NAMES_A_CODE.search(name) and re.fullmatch(r"\S+", value):
            yield value
        case _:
            pass
