"""What holds for every test: no network but loopback, and an environment of its own."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings


# No deadlines: on a busy machine they fail for no reason of ours.
settings.register_profile("dev", max_examples=40, deadline=None)
settings.register_profile(
    "ci",
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "nightly",
    max_examples=5000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# Started in the background, they would ignore interrupts; some of them send one.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, since some tests wait for a deadline."""
    return (os.cpu_count() or 1) + 1


class NetworkRefusedError(RuntimeError):
    """A test tried to reach another machine."""


def _is_here(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host in {None, "", "localhost", "localhost.localdomain"}:
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _check(address: object) -> None:
    # A path is a socket of this machine.
    if isinstance(address, tuple) and not _is_here(address[0]):
        raise NetworkRefusedError(f"a test may not connect to {address[0]!r}")


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """Refuse connections and name look-ups that leave this machine."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    getaddrinfo = socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _check(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _check(address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        if str(host).endswith(".invalid"):
            # RFC 6761 section 6.4: what every resolver says, without asking one.
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not _is_here(host):
            raise NetworkRefusedError(f"a test may not look up {host!r}")
        return getaddrinfo(host, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


@pytest.fixture(scope="session")
def user_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that stands in for the user's own ones; empty."""
    return tmp_path_factory.mktemp("user")


@pytest.fixture(autouse=True)
def own_environment(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    user_directory: Path,
) -> None:
    """Take out what this machine's environment says to ccflow."""
    for name in list(os.environ):
        plain = name.upper()
        if plain.startswith("CCFLOW_") or plain.endswith("_PROXY"):
            # Building and installing need the machine's own way to the outside.
            if "packaging" not in request.path.parts or plain.startswith("CCFLOW_"):
                monkeypatch.delenv(name)
    if "packaging" in request.path.parts:
        return
    for kind in ("CONFIG", "CACHE", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(user_directory / kind.lower()))
