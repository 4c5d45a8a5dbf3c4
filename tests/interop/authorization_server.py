"""The authorization server as a subprocess, and what it says about itself."""

from __future__ import annotations

import json
import queue
import ssl
import subprocess
import threading
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from typing import Any
from typing import Final

import attrs
import httpx
import trustme

from .node import HERE


RESOURCE: Final = "https://invoices.example/"
SCOPE: Final = "invoices.read invoices.write"

# Seconds until its first line: a cold Node on a busy machine takes about two.
DEADLINE: Final = 30


@attrs.frozen(kw_only=True)
class AuthorizationServer:
    """A running server: where it is, whom to trust, what it has seen."""

    issuer: str
    token_endpoint: str
    introspection_endpoint: str
    api: str
    ca_file: Path

    @property
    def invoices(self) -> str:
        """The protected resource: GET needs invoices.read, POST invoices.write."""
        return f"{self.api}/invoices"

    def ssl_context(self) -> ssl.SSLContext:
        """Return a context that trusts the throw-away CA and nobody else."""
        return ssl.create_default_context(cafile=self.ca_file)

    def client(self) -> httpx.Client:
        """Return a plain client, so that nothing of ccflow checks itself."""
        return httpx.Client(verify=self.ssl_context(), timeout=DEADLINE)

    def journal(self) -> list[dict[str, Any]]:
        """Return one entry for each token request so far, oldest first."""
        with self.client() as client:
            entries: list[dict[str, Any]] = client.get(f"{self.api}/journal").json()

        return entries

    def invoices_with(self, authorization: str) -> httpx.Response:
        """Ask the protected API, with this Authorization header."""
        with self.client() as client:
            return client.get(self.invoices, headers={"Authorization": authorization})

    def destroy(self, authorization: str) -> None:
        """Make the server forget the token of this Authorization header."""
        with self.client() as client:
            client.delete(
                f"{self.api}/tokens", headers={"Authorization": authorization}
            ).raise_for_status()


@contextmanager
def running_server(
    clients: Iterable[Mapping[str, Any]],
    *,
    node: Path,
    directory: Path,
    client_ca: Path | None = None,
) -> Iterator[AuthorizationServer]:
    """Run the server with these clients until the block ends."""
    config, ca_file = _write_config(clients, directory, client_ca)

    # To a file: nobody reads a pipe while the tests run, and a full one blocks.
    with (directory / "server.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [node, HERE / "server.mjs", config],
            stdin=subprocess.PIPE,  # its end tells the server that we are gone
            stdout=subprocess.PIPE,
            stderr=log,
            encoding="utf-8",
        )
        with process:
            try:
                ready = _first_line(process)
                if not ready:
                    log.seek(0)
                    msg = f"the authorization server did not start:\n{log.read()}"
                    raise RuntimeError(msg)

                fields = json.loads(ready)
                del fields["port"]
                yield AuthorizationServer(**fields, ca_file=ca_file)
            finally:
                _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(timeout=DEADLINE)
    except subprocess.TimeoutExpired:
        process.kill()


def _write_config(
    clients: Iterable[Mapping[str, Any]], directory: Path, client_ca: Path | None
) -> tuple[Path, Path]:
    ca = trustme.CA()
    certificate = ca.issue_cert("localhost")
    ca_file = directory / "ca.pem"
    ca.cert_pem.write_to_path(ca_file)
    certificate.private_key_and_cert_chain_pem.write_to_path(directory / "server.pem")

    config = directory / "server.json"
    config.touch(mode=0o600)
    config.write_text(
        json.dumps(
            {
                "certificate": f"{directory / 'server.pem'}",
                "key": f"{directory / 'server.pem'}",
                "port": 0,
                "resource": RESOURCE,
                "scope": SCOPE,
                "lifetime": 600,
                "client_ca": None if client_ca is None else f"{client_ca}",
                "clients": list(clients),
            }
        ),
        encoding="utf-8",
    )

    return config, ca_file


def _first_line(process: subprocess.Popen[str]) -> str:
    """Return the line that says it is ready, or nothing after the deadline."""
    stdout = process.stdout
    assert stdout is not None
    lines: queue.Queue[str] = queue.Queue()

    def read(stream: IO[str]) -> None:
        lines.put(stream.readline())

    threading.Thread(target=read, args=(stdout,), daemon=True).start()
    try:
        return lines.get(timeout=DEADLINE)
    except queue.Empty:
        return ""
