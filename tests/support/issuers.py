"""An authorization server that says where its token endpoint is."""

from __future__ import annotations

import ssl
from typing import Any

from tests.support.certificates import server_context
from tests.support.hostile import Answer
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import a_token
from tests.support.hostile import http


OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


class Issuer(HostileServer):
    """
    Answers by path; what it does not know is not there.

    Args:
        path: The path of the issuer; its document is where OpenID Connect says.

        context: The certificate.
    """

    def __init__(
        self, path: str = "", *, context: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(self._route, context=context or server_context())
        self.issuer = f"{self.url}{path}"
        self.routes: dict[str, Answer] = {
            f"{path}{OPENID}": http(200, self.document()),
            "/token": a_token(),
        }

    def document(self, **changes: Any) -> dict[str, Any]:
        """Return its metadata."""
        return {
            "issuer": self.issuer,
            "token_endpoint": f"{self.url}/token",
            **changes,
        }

    def says(self, body: Any = b"", status: int = 200, **headers: str) -> None:
        """Have it answer so where its document is."""
        path = self.issuer.removeprefix(self.url)
        self.routes[f"{path}{OPENID}"] = http(status, body, headers)

    def _route(self, line: Line, request: Received) -> bytes | None:
        answer = self.routes.get(request.target, http(404, "nothing here"))
        return answer(line, request) if callable(answer) else answer

    @property
    def asked(self) -> list[str]:
        """Method and path of each request so far."""
        return [f"{it.method} {it.target}" for it in self.journal]
