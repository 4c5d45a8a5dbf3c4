"""Runs emulated servers: the one place where they meet sockets and files."""

from __future__ import annotations

import difflib
import ipaddress
import os
import ssl
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import ExitStack
from contextlib import contextmanager
from typing import Any

import tomli_w
from cryptography.hazmat.primitives.asymmetric import rsa

from ccflow.emulator.authority import CA_FILE
from ccflow.emulator.authority import make_context
from ccflow.emulator.dialect import Dialect
from ccflow.emulator.emulated_server import EmulatedServer
from ccflow.emulator.enrolment import enrol
from ccflow.emulator.hookspecs import load_dialect
from ccflow.emulator.server import HttpsServer
from ccflow.emulator.tenant import Tenant
from ccflow.emulator.workspace import CONFIG
from ccflow.emulator.workspace import HEADER
from ccflow.emulator.workspace import Workspace
from ccflow.emulator.workspace import open_workspace
from ccflow.errors import ProviderError


@contextmanager
def emulate(
    *names: str | Dialect,
    directory: str | os.PathLike[str] | None = None,
    host: str = "localhost",
    port: int = 0,
    clock: Callable[[], float] = time.time,
    profiles: Mapping[str, str] | None = None,
) -> Iterator[tuple[EmulatedServer, ...]]:
    """
    Run emulated servers until the end of the ``with`` block.

    Args:
        names: What to emulate: names, or dialects themselves.

        directory: Where to write configuration, keys and secrets; created if need
            be, and kept. A temporary directory by default.

        host: ``localhost`` or an address of the loopback interface.

        port: Of the first server, the others follow; 0 for any free ports.

        clock: Tells the servers the time, in epoch seconds.

        profiles: More names for the profiles, as your program has them, each with
            the one that it stands for: ``{"billing": "okta-private-key-jwt"}``.

    Raises:
        ProviderError: There is no such emulator or profile, or it cannot run here.

    .. versionadded:: 0.1.0
    """
    dialects = [load_dialect(it) if isinstance(it, str) else it for it in names]
    _check([dialect.name for dialect in dialects], host)
    with ExitStack() as stack:
        workspace = stack.enter_context(open_workspace(directory))
        context = make_context(workspace, host)
        # One key for the servers of a run: making it takes longer than all the rest.
        signing_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        servers: list[EmulatedServer] = []
        written: dict[str, Any] = {}
        for number, dialect in enumerate(dialects):
            https = _listen(host, port + number if port else 0, context, clock)
            stack.callback(https.close)
            name = f"[{host}]" if ":" in host else host
            tenant = Tenant(
                url=f"https://{name}:{https.port}",
                clock=clock,
                signing_key=signing_key,
            )
            enrolled = enrol(dialect, tenant, workspace, CA_FILE)
            server = _make_server(dialect, tenant, workspace, enrolled)
            https.answer, https.clock = server.answer, tenant.now
            https.start()
            servers.append(server)
            written |= enrolled
        written |= _rename(profiles or {}, written)
        workspace.write(CONFIG, HEADER + tomli_w.dumps({"profiles": written}).encode())
        yield tuple(servers)


def _check(names: list[str], host: str) -> None:
    if not names:
        raise ProviderError("name at least one emulator, for example okta")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ProviderError(f"the emulator {twice[0]!r} is named twice")
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise ProviderError(
            f"emulators listen on loopback only, not on {host!r}; "
            "use localhost, 127.0.0.1 or ::1"
        )


def _rename(names: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, Any]:
    """Give profiles more names."""
    for name, other in names.items():
        if other not in known:
            near = difflib.get_close_matches(other, known, n=1)
            there_are = f"there are {', '.join(sorted(known))}"
            hint = f"did you mean {near[0]!r}?" if near else there_are
            raise ProviderError(f"no emulator here has a profile {other!r}; {hint}")
        if name in known and name != other:
            raise ProviderError(f"an emulator here has a profile {name!r} of its own")
    return {n: {"extends": other} for n, other in names.items() if n != other}


def _make_server(
    dialect: Dialect,
    tenant: Tenant,
    workspace: Workspace,
    profiles: Mapping[str, Mapping[str, Any]],
) -> EmulatedServer:
    files = {
        profile["client_id"]: profile["client_secret"]["file"]
        for profile in profiles.values()
        if "client_secret" in profile
    }

    def tell(client_id: str, secret: str) -> None:
        if client_id in files:  # and not one that a test has registered
            workspace.write(files[client_id], f"{secret}\n".encode())

    return EmulatedServer(
        provider=dialect.name,
        url=tenant.url,
        issuer=dialect.issuer(tenant.url),
        token_endpoint=tenant.url + dialect.token_path,
        api=f"{tenant.url}/api",
        ca_file=str(workspace.directory / CA_FILE),
        config=str(workspace.directory / CONFIG),
        tenant=tenant,
        dialect=dialect,
        tell=tell,
    )


def _listen(
    host: str, port: int, context: ssl.SSLContext, clock: Callable[[], float]
) -> HttpsServer:
    # Not by name: "localhost" may be ::1 here and 127.0.0.1 there, and clients
    # that try one after the other find the latter everywhere.
    address = "127.0.0.1" if host == "localhost" else host
    try:
        return HttpsServer(address, port, context, clock)
    except (OSError, OverflowError) as error:
        raise ProviderError(f"cannot listen on {host}:{port}: {error}") from error
