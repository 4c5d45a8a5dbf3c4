"""A run of one server, shared by the tests that only look at it."""

from __future__ import annotations

import ssl

import httpx
import pytest

from ccflow.emulator import emulate


@pytest.fixture(scope="session")
def okta():
    with emulate("okta") as (server,):
        yield server


@pytest.fixture
def http(okta):
    """A client that trusts the run."""
    context = ssl.create_default_context(cafile=okta.ca_file)
    with httpx.Client(verify=context) as client:
        yield client


@pytest.fixture
def token(okta, http):
    """A token of the first client."""
    client, *_ = okta.tenant.clients.values()
    answer = http.post(
        okta.token_endpoint,
        data={"grant_type": "client_credentials", "scope": "invoices.read"},
        auth=(client.client_id, client.secret),
    )
    return answer.json()["access_token"]
