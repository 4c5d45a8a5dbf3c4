"""A profile, a server that answers as it is told, and what the doctor finds there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs
import tomli_w

from ccflow.config.cache import Cache
from ccflow.doctor.examination import Order
from ccflow.doctor.examination import examine
from ccflow.doctor.finding import Finding
from ccflow.engine.runtime import SYSTEM
from ccflow.engine.runtime import Runtime
from tests.support.hostile import Answer
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import a_token
from tests.support.hostile import http


SECRET = "Hunter2-is-not: to%be+seen"
TOKEN = "tok-3n-is-not-to-be-seen-either"
ONLINE = (
    *("dns", "tcp", "proxy", "tls"),
    *("metadata", "clock", "token", "lifetime", "scope", "api"),
)
NO_DOCUMENT = http(404, "nothing here")


def answering(post: Answer, get: Answer = NO_DOCUMENT, api: Answer = b"") -> Answer:
    """Answer token requests, questions for metadata, and an API below ``/api``."""

    def answer(line: Line, request: Received) -> bytes | None:
        chosen = post if request.method == "POST" else get
        if request.target.startswith("/api"):
            chosen = api
        return chosen(line, request) if callable(chosen) else chosen

    return answer


GOOD = answering(a_token(TOKEN))


@attrs.frozen
class Visit:
    """What the doctor found."""

    findings: list[Finding]

    def of(self, step: str) -> list[Finding]:
        return [it for it in self.findings if it.step == step]

    def one(self, step: str) -> Finding:
        found = self.of(step)
        assert len(found) == 1, self.findings
        return found[0]

    def marks(self) -> dict[str, str]:
        """The worst level of each step that needs the server."""
        order = ("skipped", "ok", "note", "warning", "error")
        return {
            step: max((it.level for it in self.of(step)), key=order.index)
            for step in ONLINE
            if self.of(step)
        }

    def levels(self) -> str:
        """The same as a word: one letter for each step, in their order."""
        return "".join(level[0] for level in self.marks().values())

    def kinds(self) -> set[str]:
        """Whose the errors are."""
        return {it.kind for it in self.findings if it.level == "error"}


def posts(server: HostileServer) -> int:
    """Count the token requests that arrived."""
    return sum(request.method == "POST" for request in server.journal)


Examine = Callable[..., Visit]


@attrs.frozen
class Practice:
    """
    Examines one profile, whose file it writes.

    Args:
        directory: Where the file and the store are.
    """

    directory: Path

    def __call__(
        self,
        url: str,
        *,
        order: Order | None = None,
        runtime: Runtime = SYSTEM,
        **keys: object,
    ) -> Visit:
        values = {
            "token_endpoint": f"{url}/token",
            "client_id": "billing",
            "client_secret": {"env": "BILLING_SECRET"},
            "api_origins": ["https://localhost"],
            "timeout": 5,
            **keys,
        }
        kept = {key: value for key, value in values.items() if value is not None}
        path = self.directory / "ccflow.toml"
        path.write_text(tomli_w.dumps({"profiles": {"billing": kept}}))
        cache = Cache(store="file", settings={"directory": str(self.directory / "s")})
        found = list(
            examine(
                "billing",
                path,
                order=order or Order(),
                default_cache=cache,
                runtime=runtime,
            )
        )
        for finding in found:
            shown = repr(finding)
            assert SECRET not in shown
            assert TOKEN not in shown
        return Visit(found)
