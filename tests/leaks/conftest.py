"""One machine, one set of servers and one grep of each kind, for the whole run."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend

from ccflow import stores
from ccflow.plugin import SecretReader
from ccflow.wire.clients import close_clients
from tests.leaks.echoes import as_it_came
from tests.leaks.failures import FAILURES
from tests.leaks.grep import Reader
from tests.leaks.secrets import CLIENT_SECRET
from tests.leaks.servers import Servers
from tests.leaks.world import World
from tests.leaks.world import grep_for
from tests.stores.servers import ServerMissingError
from tests.stores.servers import find_server
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import http
from tests.support.plugins import Installed
from tests.support.plugins import offering


class ChattyKeyring(KeyringBackend):
    """A keyring whose errors say too much."""

    priority = 1.0  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        clear = CLIENT_SECRET
        raise RuntimeError(f"the vault said {clear}")

    def set_password(self, service: str, username: str, password: str) -> None:
        """It keeps nothing."""


def chatty_reader(reference: object, base_directory: str) -> str:
    """Fail as `ChattyKeyring` does."""
    clear = CLIENT_SECRET
    raise RuntimeError(f"the vault said {clear}")


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """The files; the variables are set where `on_this_machine` is used."""
    return World(tmp_path_factory.mktemp("leaks"))


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """All of them; without a Redis server every test fails with one line."""
    try:
        find_server()
    except ServerMissingError as problem:
        pytest.fail(str(problem), pytrace=False)
    says = {name: it.say for name, it in FAILURES.items() if it.say is not None}
    with Servers(says, tmp_path_factory.mktemp("redis")).running() as running:
        yield running
        close_clients()


@pytest.fixture(scope="session")
def reader(world):
    """What looks for everything secret; a token may be where it is meant to be."""
    return Reader(grep_for(world), {"token": ("token's output", "cache file")})


@pytest.fixture(scope="session")
def api():
    """An API that refuses every token, and repeats it to the doctor."""

    def refuse(line: Line, request: Received) -> bytes:
        if not (request.header("user-agent") or "").startswith("ccflow"):
            return http(401, "no")
        told = f'Bearer error="x", error_description="{as_it_came(request)}"'
        return http(401, told, {"WWW-Authenticate": told})

    with HostileServer(refuse) as server:
        yield f"{server.url}/invoices"


@pytest.fixture
def on_this_machine(world, monkeypatch):
    """Be the user of that machine, in a hurry."""
    world.enter(monkeypatch)
    monkeypatch.setattr(stores, "_stores", {})
    # Each fetch tries once, so that nobody waits for the pauses between.
    monkeypatch.setattr("ccflow.engine.retry.MOST_ATTEMPTS", 1)
    # What a gate knows a credential by is slow on purpose.
    fast = {"n": 2, "r": 1, "p": 1, "dklen": 32}
    monkeypatch.setattr("ccflow.engine.gate._SCRYPT", fast)
    module = offering(
        SecretReader("leaks-vault", chatty_reader), hook="ccflow_secret_readers"
    )
    plugins = Installed(monkeypatch)
    plugins.add("leaks-vault", module, group="ccflow.secret_readers")
    before = keyring.get_keyring()
    keyring.set_keyring(ChattyKeyring())
    yield world
    keyring.set_keyring(before)
    world.tidy()
