"""
What a newcomer wants to see of one provider, tried against its emulator.

Each step does the thing and then looks in the server's journal whether it happened.
Nothing here prints, and no line holds a secret or a whole token.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Final

import attrs
import httpx

import ccflow
from ccflow.cli.demo_step import Step
from ccflow.cli.demo_step import UnexpectedError
from ccflow.cli.demo_step import expect
from ccflow.cli.demo_step import masked_request
from ccflow.cli.exit_codes import REFUSED
from ccflow.cli.exit_codes import exit_code_of
from ccflow.cli.profile_text import profile_lines
from ccflow.config.profile import Profile
from ccflow.errors import CcflowError
from ccflow.errors import TokenRefusedError
from ccflow.secret import Secret


if TYPE_CHECKING:
    from ccflow.emulator import EmulatedServer

COLUMNS: Final = (
    "provider",
    "method",
    "token",
    "api call",
    "cached",
    "healed",
    "explained",
)

_FIRST: Final = 6
"""How many characters of a token are shown."""


@attrs.define
class Demonstration:
    """
    The steps for one provider.

    Args:
        server: Its emulator.

        profile: A client that is registered there.
    """

    server: EmulatedServer
    profile: Profile
    _client: httpx.Client = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        trusted = ssl.create_default_context(cafile=self.server.ca_file)
        # Not through a proxy of the environment: this machine is where it all is.
        self._client = ccflow.client(self.profile, verify=trusted, trust_env=False)

    def steps(self) -> Iterator[Step]:
        """Do one step after the other; a failed one does not stop the next."""
        with self._client:
            yield Step(
                "profile", tuple(profile_lines(self.profile, origins=False)), None
            )
            yield self._try("request", self._request)
            yield self._try("token", self._token)
            yield self._try("api call", self._api_call)
            yield self._try("cached", self._cached)
            yield self._try("healed", self._healed)
            yield self._try("explained", self._explained)

    def _try(self, title: str, do: Callable[[], tuple[list[str], str]]) -> Step:
        try:
            lines, cell = do()
        except (CcflowError, httpx.HTTPError, UnexpectedError, OSError) as error:
            text = f"{type(error).__name__}: {error}"
            return Step(title, (f"NOT as it should be: {text}",), "FAILED", ok=False)
        return Step(title, tuple(lines), cell)

    def _tokens(self) -> int:
        return self.server.journal.count("token")

    def _get(self) -> tuple[str, httpx.Response, list[int]]:
        """Call the API; give also the statuses that it answered with on its side."""
        journal = self.server.journal
        before = journal.count("api")
        url = f"{self.server.api}/invoices"
        response = self._client.get(url)
        return url, response, [it.status for it in journal.entries("api")[before:]]

    def _request(self) -> tuple[list[str], str]:
        """Get a token, and show what was sent for it."""
        before = self._tokens()
        ccflow.token(self.profile)
        asked = self.server.journal.entries("token")[before:]
        expect(len(asked) == 1, f"{len(asked)} token requests were sent, not one")
        _, plan = self.profile.plan()
        return list(
            masked_request(self.server.token_endpoint, asked[0])
        ), plan.auth_method

    def _token(self) -> tuple[list[str], str]:
        """Show the answer."""
        before = self._tokens()
        token = ccflow.token(self.profile)
        entries = self.server.journal.entries("token")
        expect(self._tokens() == before, "the token was not kept")
        expect(entries[-1].status == 200, f"the answer was HTTP {entries[-1].status}")
        expect(len(token.access_token) > 2 * _FIRST, "the token is too short")
        expect(not token.is_expired, "the token is expired")
        left = "unknown" if token.expires_in is None else f"{token.expires_in:.0f}"
        shown = {
            "access_token": f"{token.access_token[:_FIRST]}... "
            f"({len(token.access_token)} characters)",
            "token_type": token.token_type,
            "expires_in": left,
            "scope": " ".join(token.scope or ()) or "(as asked for)",
        }
        answer = ", ".join(f"{name}: {value}" for name, value in shown.items())
        return [f"HTTP {entries[-1].status}  {answer}"], f"{left} s"

    def _api_call(self) -> tuple[list[str], str]:
        """Use the token."""
        url, response, statuses = self._get()
        expect(response.status_code == 200, f"the API said {response.status_code}")
        expect(statuses == [200], f"the API's journal says {statuses}")
        body = json.dumps(response.json())
        return [f"GET {url} -> 200  {body}"], "200"

    def _cached(self) -> tuple[list[str], str]:
        """Use it again; no token request may have come."""
        url, response, statuses = self._get()
        expect(response.status_code == 200, f"the API said {response.status_code}")
        expect(statuses == [200], f"the API's journal says {statuses}")
        expect(self._tokens() == 1, f"{self._tokens()} token requests, not one")
        return [f"GET {url} -> 200  still 1 token request in all"], "yes"

    def _healed(self) -> tuple[list[str], str]:
        """Have the token revoked; the call must succeed with another one."""
        before = self._tokens()
        self.server.revoke_tokens()
        url, response, statuses = self._get()
        expect(response.status_code == 200, f"the API said {response.status_code}")
        expect(statuses == [401, 200], f"the API's journal says {statuses}")
        more = self._tokens() - before
        expect(more == 1, f"{more} token requests more, not one")
        line = f"token revoked; GET {url} -> 401, new token, again -> 200"
        return [line], "yes"

    def _explained(self) -> tuple[list[str], str]:
        """Ask with a wrong secret; the refusal must say what to do."""
        before = self._tokens()
        wrong = attrs.evolve(self.profile, client_secret=Secret("not-the-secret"))
        try:
            ccflow.token(wrong)
        except TokenRefusedError as error:
            refusal = error
        else:
            raise UnexpectedError("a wrong secret got a token")
        asked = self.server.journal.entries("token")[before:]
        statuses = [entry.status for entry in asked]
        expect(statuses == [refusal.status_code], f"the journal says {statuses}")
        expect(refusal.error == "invalid_client", f"the error is {refusal.error}")
        expect(refusal.hint, "there is no hint")
        code = exit_code_of(refusal)
        expect(code == REFUSED, f"the exit code would be {code}")
        came = f"{refusal.error} (HTTP {refusal.status_code}), exit code {code}"
        lines = [f"with a wrong secret: {came}", f"hint: {refusal.hint}"]
        return lines, f"exit {code}"
