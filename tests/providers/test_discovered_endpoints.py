"""What the servers say of themselves leads where their providers' templates lead."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping

import attrs
import pytest

import ccflow
from ccflow.emulator import EmulatedServer
from ccflow.emulator import emulate
from ccflow.engine.exchange import Exchange
from ccflow.engine.known_metadata import forget_metadata
from ccflow.plugin.registry import find_provider
from ccflow.protocol.plan import make_plan


PROVIDERS = ("curity", "okta", "oracle-idcs")


@pytest.fixture(scope="module")
def servers() -> Iterator[Mapping[str, EmulatedServer]]:
    """Every provider that knows its metadata, emulated."""
    with emulate(*PROVIDERS) as running:
        yield {server.provider: server for server in running}
    forget_metadata()


@pytest.mark.parametrize("name", PROVIDERS)
def test_provider_finds_its_endpoint(servers, name):
    """Without its template a provider looks its endpoint up, issuer checked."""
    server = servers[name]
    profile = ccflow.load_profile(name, config=server.config)
    provider = attrs.evolve(find_provider(name), token_endpoint=None)
    plan, problems = make_plan(provider, profile, provider.quirks)
    assert () == problems
    exchange = Exchange(profile, provider, plan)

    assert exchange.attempt(exchange.credentials()[0], 10.0).access_token
    assert server.issuer == plan.issuer
    assert exchange.located(exchange.runtime.steady() + 10.0) == (
        plan.at(server.token_endpoint)
    )


@pytest.mark.parametrize("name", ["curity", "okta"])
def test_issuer_is_enough(servers, name):
    """A profile of no provider gets a token from the issuer alone."""
    server = servers[name]
    known = ccflow.load_profile(name, config=server.config)
    profile = attrs.evolve(known, provider="generic", settings={}, issuer=server.issuer)

    assert ccflow.token(profile).access_token


def test_wrapped_document(servers):
    """Oracle's own form is read as well as the standard one."""
    server = servers["oracle-idcs"]
    profile = ccflow.load_profile("oracle-idcs", config=server.config)
    known = find_provider("oracle-idcs")
    location = "{origin}/.well-known/idcs-configuration"
    quirks = attrs.evolve(known.quirks, metadata_locations=(location,))
    provider = attrs.evolve(known, token_endpoint=None, quirks=quirks)
    plan, _ = make_plan(provider, profile, quirks)
    exchange = Exchange(profile, provider, plan)

    assert (f"{server.url}/.well-known/idcs-configuration",) == plan.metadata_urls
    assert exchange.attempt(exchange.credentials()[0], 10.0).access_token
