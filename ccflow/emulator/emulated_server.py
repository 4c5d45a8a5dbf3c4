"""One running server: what it says of itself, and who answers a request to it."""

from __future__ import annotations

import logging
import re
from typing import Final

import attrs

from ccflow.emulator.api import answer_api
from ccflow.emulator.dialect import Dialect
from ccflow.emulator.journal import Journal
from ccflow.emulator.journal import Kind
from ccflow.emulator.message import Refusal
from ccflow.emulator.message import Request
from ccflow.emulator.message import Response
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
    _dialect: Dialect = attrs.field(alias="dialect", repr=False)
    journal: Journal = attrs.field(factory=Journal, init=False)

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
        try:
            response = self._answer(kind, request)
        except Refusal as refusal:
            response = refusal.response
        except Exception:  # noqa: BLE001 - a dialect may be anybody's
            _LOG.exception("the emulator of %s failed", self.provider)
            response = Response(status=500, body=b"the emulator itself failed")
        self.journal.note(kind, request, response)
        return response

    def _classify(self, path: str) -> Kind:
        if path == "/api" or path.startswith("/api/"):
            return "api"
        return "token" if re.fullmatch(self._dialect.token_paths, path) else "other"

    def _answer(self, kind: Kind, request: Request) -> Response:
        if kind == "api":
            return answer_api(request, self.tenant)
        if kind == "token" and self.tenant.take_rate_limit():
            return self._dialect.too_many_requests(request, self.tenant)
        if kind == "other" and request.method in {"GET", "HEAD"}:
            documents = self._dialect.documents(self.tenant)
            if request.path in documents:
                return Response.json(200, documents[request.path])
        return self._dialect.answer(request, self.tenant)
