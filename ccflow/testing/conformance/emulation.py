"""The provider's emulator, in memory: it is asked without a socket."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import attrs
import tomli_w
from cryptography.hazmat.primitives.asymmetric import rsa

from ccflow.config.profile import Profile
from ccflow.config.secrecy import key_of
from ccflow.config.secrecy import sources_of
from ccflow.emulator.authority import CA_FILE
from ccflow.emulator.dialect import Dialect
from ccflow.emulator.emulated_server import EmulatedServer
from ccflow.emulator.enrolment import enrol
from ccflow.emulator.message import Request
from ccflow.emulator.message import Response
from ccflow.emulator.tenant import Tenant
from ccflow.emulator.workspace import CONFIG
from ccflow.emulator.workspace import open_workspace
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import Provider
from ccflow.protocol.request import TokenRequest
from ccflow.secrets import read_secret
from ccflow.testing.conformance.request import NOW
from ccflow.testing.conformance.request import build_request
from ccflow.testing.conformance.sample import load_profiles


URL: Final = "https://localhost:8443"


@cache
def _signing_key() -> rsa.RSAPrivateKey:
    """One for all: making it takes longer than all the rest."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@attrs.frozen
class Emulation:
    """
    A server that is asked in memory.

    Args:
        server: The server.

        profiles: Those at it, one for each way to authenticate.
    """

    server: EmulatedServer
    profiles: tuple[Profile, ...]

    def plan(self, profile: Profile) -> Plan:
        """Return what a profile would send, and where."""
        _, plan = profile.plan()
        return plan if plan.token_endpoint else plan.at(self.server.token_endpoint)

    def ask(self, profile: Profile, plan: Plan) -> Response:
        """Send what a profile would send by a plan."""
        return self.server.answer(arrived(self.request(profile, plan)))

    def request(self, profile: Profile, plan: Plan) -> TokenRequest:
        """Build the request of a plan, with the secret that a file holds."""
        credential = next(
            read_secret(source, key)
            for key, source in sources_of(profile)
            if key_of(key) == plan.credential
        )
        return build_request(
            profile, plan, jti=secrets.token_hex(), credential=credential
        )


def arrived(request: TokenRequest, *, method: str = "POST") -> Request:
    """Return a request as the server sees it."""
    parts = urlsplit(request.url)
    return Request(
        method=method,
        path=parts.path,
        query=parts.query,
        headers={
            name.decode().lower(): value.decode()
            for name, value in request.wire_headers()
        },
        body=request.wire_body(),
    )


@contextmanager
def in_memory(dialect: Dialect, provider: Provider) -> Iterator[Emulation]:
    """Set an emulator up, with its keys and secrets in a directory for the time."""
    with open_workspace(None) as workspace:
        tenant = Tenant(url=URL, clock=lambda: NOW, signing_key=_signing_key())
        enrolled = enrol(dialect, tenant, workspace, CA_FILE)
        text = tomli_w.dumps({"profiles": enrolled})
        config = workspace.write(CONFIG, text.encode())
        server = EmulatedServer(
            provider=dialect.name,
            url=URL,
            issuer=dialect.issuer(URL),
            token_endpoint=URL + dialect.token_path,
            api=f"{URL}/api",
            ca_file=str(workspace.directory / CA_FILE),
            config=str(config),
            tenant=tenant,
            dialect=dialect,
            tell=lambda client_id, secret: None,
        )
        yield Emulation(server, tuple(load_profiles(config, provider)))
