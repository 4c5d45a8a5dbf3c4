"""Makes plans and requests from mappings, and reads requests as a server would."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import attrs

from ccflow.config.profile import Profile
from ccflow.errors import TokenError
from ccflow.plugin import catalogue
from ccflow.plugin.registry import find_provider
from ccflow.protocol.answer import Answer
from ccflow.protocol.assertion import make_assertion
from ccflow.protocol.client_auth import authenticate
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import Provider
from ccflow.protocol.request import TokenRequest
from ccflow.protocol.request import make_token_request
from ccflow.protocol.request import with_grant
from ccflow.protocol.response import TokenResponse
from ccflow.protocol.response import read_response
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret


NOW = 1_800_000_000.0
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"  # NOW, as a server writes it
TOKEN = "a.b-c_d~e+f/g="

MAPPINGS: dict[str, dict[str, Any]] = {
    "okta": {
        "provider": "okta",
        "domain": "acme.okta.com",
        "client_id": "0oa1b2c3d4",
        "client_secret": "an okta secret",
        "scope": "customScope",
    },
    "curity": {
        "provider": "curity",
        "host": "localhost:8443",
        "client_id": "server",
        "client_secret": "Secr3t!",
    },
    "oracle-idcs": {
        "provider": "oracle-idcs",
        "domain": "idcs-0123.identity.oraclecloud.com",
        "client_id": "0123abcd",
        "client_secret": "5f1c-an-oracle-secret",
        "scope": "urn:opc:idm:__myscopes__",
    },
    "generic": {
        "token_endpoint": "https://as.example.com/token",
        "client_id": "a-client",
        "client_secret": "a generic secret",
    },
}


def usual_mapping(provider: str) -> dict[str, Any]:
    """Return what a profile of a provider says; of the catalogue, its first sample."""
    if provider in MAPPINGS:
        return MAPPINGS[provider]
    sample = catalogue.folder() / f"{provider}.sample.toml"
    profiles = tomllib.loads(sample.read_text(encoding="utf-8"))["profiles"]
    usual: dict[str, Any] = next(iter(profiles.values()))
    literal = {"client_secret": "a secret"} if "client_secret" in usual else {}
    return {**usual, **literal}


def a_profile(provider: str = "generic", **changes: Any) -> Profile:
    """Make a profile of a provider; a change to None takes the key out."""
    values = {**usual_mapping(provider), **changes}
    kept = {key: value for key, value in values.items() if value is not None}
    return Profile.from_mapping(kept, name="billing")


def a_plan(provider: str = "generic", **changes: Any) -> tuple[Provider, Plan]:
    """Make the plan of such a profile."""
    return a_profile(provider, **changes).plan()


def a_request(
    provider: str = "generic", *, signer: Any = None, jti: str = "j", **changes: Any
) -> TokenRequest:
    """Build the whole request of such a profile, with literal secrets."""
    profile = a_profile(provider, **changes)
    _, plan = profile.plan()
    credential = getattr(profile, plan.credential)
    if signer is not None:
        credential = make_assertion(plan, signer, now=NOW, jti=jti)
    request = make_token_request(plan, profile.headers)
    request = authenticate(request, plan, credential)
    return with_grant(request, plan, profile.extra_parameters)


def headers_of(request: TokenRequest) -> dict[str, str]:
    """Read the headers from the wire, their names in lower case."""
    return {
        name.decode("ascii").lower(): value.decode("utf-8")
        for name, value in request.wire_headers()
    }


def parse_form(body: bytes) -> list[tuple[str, str]]:
    """Read a form as a server does: pairs, plus is a space, percent is UTF-8."""
    pairs = (pair.partition("=") for pair in body.decode("ascii").split("&"))
    return [
        (unquote(name.replace("+", " ")), unquote(value.replace("+", " ")))
        for name, _, value in pairs
    ]


def parse_basic_as_server(header: str, *, decodes: bool) -> tuple[str, str]:
    """Read credentials as a server does that decodes both halves, or neither."""
    scheme, _, encoded = header.partition(" ")
    assert scheme == "Basic"
    user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    return (unquote(user), unquote(password)) if decodes else (user, password)


def an_answer(
    status: int = 200, body: bytes | str = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """Make an answer; its headers in lower case, as the transport gives them."""
    return Answer(
        status,
        {name.lower(): value for name, value in (headers or {}).items()},
        body.encode() if isinstance(body, str) else body,
    )


def outcome_of(
    answer: Answer,
    provider: str | Provider = "generic",
    *,
    plan: Plan | None = None,
    secrets: tuple[str, ...] = (),
    **changes: Any,
) -> TokenResponse | TokenError:
    """Read an answer, of nobody knows which method; the error is returned."""
    if isinstance(provider, str):
        if plan is None:
            plan = attrs.evolve(a_plan(provider, **changes)[1], auth_method="")
        provider = find_provider(provider)
    assert plan is not None
    scrubber = Scrubber(map(Secret, secrets))
    try:
        return read_response(provider, plan, answer, scrubber, now=NOW)
    except TokenError as error:
        return error
