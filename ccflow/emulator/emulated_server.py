"""One running server: what it says of itself, and who answers a request to it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from collections.abc import Iterable
from functools import partial
from typing import Final

import attrs

from ccflow.emulator.api import answer_api
from ccflow.emulator.dialect import Dialect
from ccflow.emulator.fault import Fault
from ccflow.emulator.fault import Occasion
from ccflow.emulator.journal import Journal
from ccflow.emulator.journal import Kind
from ccflow.emulator.message import Refusal
from ccflow.emulator.message import Request
from ccflow.emulator.message import Response
from ccflow.emulator.script import Script
from ccflow.emulator.tenant import Tenant


_LOG: Final = logging.getLogger(__name__)


@attrs.frozen(kw_only=True, eq=False)
class EmulatedServer:
    """
    One running server.

    Args:
        provider: What it emulates.

        url: Scheme, host and port.

        issuer: How it names itself.

        token_endpoint: Where to ask for tokens.

        api: Below this, any path is a protected resource.

        ca_file: The certificate to trust, of all servers of the run.

        config: A configuration with a profile for each way to authenticate, at
            all servers of the run.

        journal: What it received.

        tenant: What is registered, and the knobs of a test.

        dialect: How it speaks.

    .. versionadded:: 0.1.0
    """

    provider: str
    url: str
    issuer: str
    token_endpoint: str
    api: str
    ca_file: str
    config: str
    tenant: Tenant = attrs.field(repr=False)
    dialect: Dialect = attrs.field(repr=False)
    _tell: Callable[[str, str], None] = attrs.field(alias="tell", repr=False)
    journal: Journal = attrs.field(factory=Journal, init=False)
    _script: Script = attrs.field(factory=Script, init=False, repr=False)

    def next(self, fault: Fault | None, *, times: int | None = 1) -> None:
        """
        Have the next token requests meet a fault, after those that wait already.

        Args:
            fault: One of `ccflow.emulator.faults`, or one of your own; None for
                requests that are answered as usual.

            times: How many requests meet it; None for all until `behave`.

        Raises:
            ValueError: A fault for all requests waits already.
        """
        self._script.add(fault, times)

    def script(self, faults: Iterable[Fault | None]) -> None:
        """
        Have the next token requests meet these, one each, instead of what waits.

        None stands for a request that is answered as usual, and so is everything
        after the last one.
        """
        self._script.replace(faults)

    def behave(self) -> None:
        """
        Go back to normal: forget the faults that wait, and what they have changed.

        New secrets and signing keys stay: the old ones would be a change as well.
        """
        self._script.clear()
        self.tenant.rate_limited = False
        self.tenant.clock_offset = 0.0
        self.tenant.jti_once = False

    def rotate_signing_key(self) -> None:
        """Sign tokens with a new key from now on; the old one stays published."""
        self.tenant.rotate_signing_key()

    def rotate_secrets(self, *, told: bool = True) -> None:
        """
        Give every client with a secret another one.

        Args:
            told: Whether to write the new ones into the files that the profiles
                name; else the profiles go on with secrets that are refused.
        """
        for client in list(self.tenant.clients.values()):
            if client.secret is not None:
                secret = self.dialect.make_secret()
                self.tenant.clients[client.client_id] = attrs.evolve(
                    client, secret=secret
                )
                if told:
                    self._tell(client.client_id, secret)

    def revoke_tokens(self) -> None:
        """Make every token that was issued so far invalid at the API."""
        self.tenant.revoke_tokens()

    def describe(self) -> dict[str, str]:
        """Return what a program needs to use it, ready for JSON."""
        return {
            "provider": self.provider,
            "issuer": self.issuer,
            "token_endpoint": self.token_endpoint,
            "api": self.api,
            "ca_file": self.ca_file,
            "config": self.config,
        }

    def answer(self, request: Request) -> Response:
        """Answer a request, and note both."""
        kind = self._classify(request.path)
        usual = partial(self._answer_as_usual, kind, request)
        fault = self._script.take() if kind == "token" else None
        try:
            response = (
                fault.answer(Occasion(request=request, server=self, usual=usual))
                if fault is not None
                else usual()
            )
        except Exception:  # noqa: BLE001 - a dialect, or a fault, may be anybody's
            _LOG.exception("the emulator of %s failed", self.provider)
            response = Response(status=500, body=b"the emulator itself failed")
        self.journal.note(kind, request, response, fault)
        return response

    def _answer_as_usual(self, kind: Kind, request: Request) -> Response:
        try:
            return self._answer(kind, request)
        except Refusal as refusal:
            return refusal.response

    def _classify(self, path: str) -> Kind:
        if path == "/api" or path.startswith("/api/"):
            return "api"
        return "token" if re.fullmatch(self.dialect.token_paths, path) else "other"

    def _answer(self, kind: Kind, request: Request) -> Response:
        if kind == "api":
            return answer_api(request, self.tenant)
        if kind == "token" and self.tenant.take_rate_limit():
            return self.dialect.too_many_requests(request, self.tenant)
        if kind == "other" and request.method in {"GET", "HEAD"}:
            documents = self.dialect.documents(self.tenant)
            if request.path in documents:
                return Response.json(200, documents[request.path])
        return self.dialect.answer(request, self.tenant)
