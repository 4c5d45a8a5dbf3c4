"""The other libraries, each behind one function; those that are not installed, not."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Awaitable
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from typing import Final

import attrs

from bench.figure import Note


Ask = Callable[[], object]
AskAsync = Callable[[], Awaitable[object]]


@attrs.frozen
class Competitor:
    """
    One other library.

    Args:
        distribution: Its name, as it is installed.

        make: Makes a client without a token, of an endpoint and a timeout; calling
            what it returns gives a token, held or fetched, or raises.

        serial: Whether its callers fetch one after the other, so that few must do.
    """

    distribution: str
    make: Callable[[str, float], Ask]
    serial: bool = False

    @property
    def version(self) -> str | None:
        """Its version, or None where it is not installed."""
        try:
            return importlib.metadata.version(self.distribution)
        except importlib.metadata.PackageNotFoundError:
            return None

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


def installed() -> list[Competitor]:
    """Return those that are here."""
    return [it for it in ALL if it.version is not None]


def missing() -> list[Note]:
    """Say which are not."""
    return [
        Note(f"{it.distribution} is not installed, so it is left out")
        for it in ALL
        if it.version is None
    ]


def _authlib(url: str, timeout: float) -> Ask:
    from authlib.integrations.httpx_client import OAuth2Client

    client = OAuth2Client(
        "bench",
        "secret",
        scope="read",
        token_endpoint=url,
        grant_type="client_credentials",
        timeout=timeout,
    )

    def ask() -> object:
        # The one that users write, since without a token it raises (authlib#531).
        if client.token is None:
            client.fetch_token(url, grant_type="client_credentials")
        else:
            client.ensure_active_token(client.token)
        return client.token["access_token"]

    return ask


def authlib_async(url: str) -> AskAsync:
    """Make the asynchronous client of Authlib, with a token that is over."""
    from authlib.integrations.httpx_client import AsyncOAuth2Client

    client = AsyncOAuth2Client(
        "bench",
        "secret",
        scope="read",
        token_endpoint=url,
        grant_type="client_credentials",
        token={"access_token": "over", "token_type": "Bearer", "expires_at": 1},
        timeout=30,
    )

    async def ask() -> object:
        await client.ensure_active_token(client.token)
        return client.token["access_token"]

    return ask


def _requests_oauth2client(url: str, timeout: float) -> Ask:
    import requests
    from requests_oauth2client import OAuth2Client
    from requests_oauth2client import OAuth2ClientCredentialsAuth

    client = OAuth2Client(
        url, ("bench", "secret"), session=_with_timeout(timeout), testing=True
    )
    auth = OAuth2ClientCredentialsAuth(client, scope="read")
    request = requests.Request("GET", "https://api.example.com/").prepare()
    return lambda: auth(request)


def _httpx_auth(url: str, timeout: float) -> Ask:
    import httpx
    from httpx_auth import OAuth2ClientCredentials

    auth = OAuth2ClientCredentials(
        url, "bench", "secret", scope="read", client=httpx.Client()
    )
    auth.timeout = timeout  # its argument takes whole seconds only
    request = httpx.Request("GET", "https://api.example.com/")
    return lambda: next(auth.auth_flow(request))


def _msal(url: str, timeout: float) -> Ask:
    import msal

    place = "https://login.example.com/bench"
    session = _with_timeout(timeout)
    document = json.dumps(
        {
            "issuer": place,
            "authorization_endpoint": f"{place}/authorize",
            "token_endpoint": f"{place}/token",
        }
    )

    class HttpClient:
        """Takes its https addresses, which it insists on, to the endpoint."""

        def get(self, _: str, **options: Any) -> object:
            return SimpleNamespace(status_code=200, text=document, headers={})

        def post(self, _: str, **options: Any) -> object:
            return session.post(url, **options)

        def close(self) -> None:
            session.close()

    client = msal.ConfidentialClientApplication(
        "bench", "secret", oidc_authority=place, http_client=HttpClient()
    )
    return lambda: client.acquire_token_for_client(["read"])["access_token"]


def _with_timeout(timeout: float) -> Any:
    import requests

    class Session(requests.Session):
        """Gives up in time, whoever asks."""

        def request(self, *arguments: Any, **options: Any) -> requests.Response:
            return super().request(*arguments, **{**options, "timeout": timeout})

    return Session()


ALL: Final = (
    Competitor("Authlib", _authlib),
    Competitor("requests-oauth2client", _requests_oauth2client),
    Competitor("httpx-auth", _httpx_auth, serial=True),
    Competitor("msal", _msal),
)
