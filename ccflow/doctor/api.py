"""Does an API take the token? One GET, and the token goes where it may only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import attrs

from ccflow._version import __version__
from ccflow.config.profile import Profile
from ccflow.doctor.connection import fault_of
from ccflow.doctor.finding import Finding
from ccflow.doctor.finding import failure_of
from ccflow.doctor.route import Route
from ccflow.engine.api_target import check_target
from ccflow.errors import ConfigError
from ccflow.protocol.response import TokenResponse
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret
from ccflow.wire.fault import Fault
from ccflow.wire.fault import FaultError
from ccflow.wire.proxy import environment_proxy
from ccflow.wire.trust import Trust


STEP: Final = "api"

_OPTION: Final = "--url"
_SECONDS: Final = 30.0
_PARAMETER: Final = re.compile(r'\b(error|error_description|scope)="([^"]*)"')
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_LONGEST: Final = 2000
_OURS: Final = frozenset({"bearer", "dpop"})


@attrs.frozen(kw_only=True)
class Api:
    """
    An API to try a token at.

    Args:
        url: A resource of it.

        ca_file: The only authorities to trust; None for the usual ones.
    """

    url: str
    ca_file: str | None = None

    @property
    def name(self) -> str:
        """The address without what may be secret: its query."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def check_api(profile: Profile, response: TokenResponse, api: Api) -> Iterator[Finding]:
    """
    Call an API with a token, once, and explain its answer.

    Args:
        profile: Whose token it is; its ``api_origins`` say where it may go.

        response: The token.

        api: Where to.
    """
    scheme = "DPoP" if response.token_type.lower() == "dpop" else "Bearer"
    header = Secret(f"{scheme} {response.access_token.reveal()}")
    headers: dict[str, str | Secret] = {
        "Authorization": header,
        "User-Agent": f"ccflow/{__version__}",
    }
    scrubber = Scrubber([response.access_token])
    try:
        check_target(profile, api.url)
        trust = Trust(api.ca_file, environment_proxy(api.url))
        route = Route(url=api.url, trust=trust, seconds=_SECONDS, named=_OPTION)
        with route.get(headers) as answer:
            status = answer.status_code
            challenge = answer.headers.get("www-authenticate", "")
    except ConfigError as error:
        yield from failure_of(STEP, error)
    except FaultError as error:
        yield fault_of(STEP, _in_words_of_the_option(error.fault))
    else:
        yield _judge(api, status, _Challenge(challenge[:_LONGEST], scrubber))


def _in_words_of_the_option(fault: Fault) -> Fault:
    """The profile's ``ca_file`` is not for the API."""
    if "ca_file" not in fault.hint:
        return fault
    return attrs.evolve(fault, hint="name the authority to trust with --ca-file")


@attrs.frozen
class _Challenge:
    """A ``WWW-Authenticate`` header (RFC 6750 section 3), in the API's own words."""

    header: str = attrs.field(repr=False)
    scrubber: Scrubber

    @property
    def scheme(self) -> str:
        found = _SCHEME.match(self.header)
        return self.scrubber.text(found[0], 30) if found else ""

    def parameter(self, name: str) -> str:
        found = dict(reversed(_PARAMETER.findall(self.header))).get(name, "")
        return self.scrubber.text(found, 200)

    @property
    def words(self) -> str:
        """What it says, for brackets."""
        error, text = self.parameter("error"), self.parameter("error_description")
        said = f'{error} "{text}"' if error and text else error or text
        return f": {said}" if said else ""


def _judge(api: Api, status: int, challenge: _Challenge) -> Finding:
    if status == 401:
        text = f"{api.name} refused the token with 401{challenge.words}"
        return Finding(STEP, "error", text, _unauthorized(challenge), "refused")
    if status == 403:
        text = f"{api.name} did not allow it: 403{challenge.words}"
        return Finding(STEP, "error", text, _forbidden(challenge), "refused")
    if status >= 500:
        hint = "that is not about the token: try again later, or look at the API's log"
        text = f"{api.name} failed with {status}"
        return Finding(STEP, "error", text, hint, "unavailable")
    if status == 407:
        hint = "the proxy wants credentials: name them in HTTPS_PROXY"
        text = f"a proxy answered for {api.name} with 407"
        return Finding(STEP, "error", text, hint, "response")
    if 300 <= status < 400:
        hint = "name the address that it leads to; a login page says that no token came"
        text = f"{api.name} leads elsewhere ({status}), where the token does not go"
        return Finding(STEP, "warning", text, hint)
    if status >= 400:
        hint = "check its path, and that it takes GET"
        text = f"{api.name} did not refuse the token, and answered {status}"
        return Finding(STEP, "warning", text, hint)
    return Finding(STEP, "ok", f"{api.name} took the token, and answered {status}")


def _unauthorized(challenge: _Challenge) -> str:
    if not challenge.header:
        return (
            "it does not say why (no WWW-Authenticate): check that it trusts this "
            "authorization server, and that audience or resource name this API"
        )
    if challenge.scheme.lower() not in _OURS:
        return f"it asks for {challenge.scheme or 'something else'}, not for a token"
    if challenge.scheme.lower() == "dpop":
        return "it wants a DPoP proof, which this version does not make"
    if not challenge.parameter("error"):
        return (
            "it says that no token came: look for a gateway that drops the "
            "Authorization header"
        )
    return (
        "check that the API trusts this authorization server, that audience or "
        "resource name this API, and that both clocks are right"
    )


def _forbidden(challenge: _Challenge) -> str:
    if wanted := challenge.parameter("scope"):
        return f"it wants the scope {wanted}: add it to scope in the profile"
    if challenge.parameter("error") == "insufficient_scope":
        return "the token has too little scope: add what the API wants to scope"
    return (
        "the token is good, and its client may not do this: look for the role or "
        "policy that the API wants"
    )
