"""One real authorization server for the run, one ``ccflow.toml`` for each test."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path

import pytest

from .authorization_server import AuthorizationServer
from .authorization_server import running_server
from .enrolment import METHODS
from .enrolment import Client
from .enrolment import Profiles
from .node import NodeMissingError
from .node import check_installed
from .node import find_node


@pytest.fixture(scope="session")
def clients() -> Mapping[str, Client]:
    """
    Return the registered clients by the name of their profile.

    Those that a test will get refused are others than those that must work:
    a refusal makes ccflow wary of that client for a while.
    """
    return {
        **{
            f"interop-{kind}": Client.enrol(f"interop-{kind}", kind) for kind in METHODS
        },
        **{
            f"refused-{kind}": Client.enrol(f"refused-{kind}", kind) for kind in METHODS
        },
        "limited": Client.enrol("limited", "post", scope="invoices.read"),
    }


@pytest.fixture(scope="session")
def server(
    clients: Mapping[str, Client], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AuthorizationServer]:
    """Run the server; without Node every test fails with one line on what to do."""
    todo = ""
    try:
        check_installed()
        node = find_node()
    except NodeMissingError as problem:
        todo = f"{problem}"
    if todo:  # not above, where the report would show both exceptions
        pytest.fail(todo, pytrace=False)

    with running_server(
        [client.registration() for client in clients.values()],
        node=node,
        directory=tmp_path_factory.mktemp("server"),
    ) as server:
        yield server


@pytest.fixture
def profiles(
    server: AuthorizationServer, clients: Mapping[str, Client], tmp_path: Path
) -> Profiles:
    """Return a profile for each client, in a file of this test's own."""
    profiles = Profiles(tmp_path, server)
    for name, client in clients.items():
        profiles.add(name, client)

    return profiles
