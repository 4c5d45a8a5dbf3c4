"""What is sent: every method makes requests that an independent server takes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any
from typing import Final

from ccflow.config.profile import Profile
from ccflow.engine.exchange import make_signer
from ccflow.errors import ConfigError
from ccflow.protocol.assertion import make_assertion
from ccflow.protocol.client_auth import authenticate
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import TLS_METHODS
from ccflow.protocol.request import TokenRequest
from ccflow.protocol.request import make_token_request
from ccflow.protocol.request import with_grant
from ccflow.secret import Secret
from ccflow.testing.conformance.candidate import Candidate
from ccflow.testing.conformance.falsify import falsify
from ccflow.testing.conformance.proof import complain_of_proof
from ccflow.testing.conformance.reader import Reading
from ccflow.testing.conformance.reader import UnacceptableError
from ccflow.testing.conformance.reader import read_request
from ccflow.testing.drawn_profiles import ENDPOINT
from ccflow.testing.drawn_profiles import draw_profile


NOW: Final = 1_800_000_000.0
"""When everything happens, in epoch seconds."""

_SIGNED: Final = frozenset({"client_secret_jwt", "private_key_jwt"})


def complain_of_requests(candidate: Candidate) -> Iterator[str]:
    """Draw profiles for each method, and have their requests read."""
    for method in candidate.provider.token_endpoint_auth_methods:
        sent: list[TokenRequest] = []
        refusals: list[str] = []
        complain = partial(_complain, sent, refusals)
        drawn = draw_profile(candidate.provider, method)
        found = list(falsify(drawn, complain, examples=candidate.examples))
        yield from (f"{method}: {complaint}" for complaint in found)
        if not sent and not found:
            why = refusals[-1] if refusals else "nothing could be drawn"
            yield f"{method}: no profile was found that it takes: {why}"


def _complain(
    sent: list[TokenRequest], refusals: list[str], profile: Profile
) -> Iterator[str]:
    try:
        _, plan = profile.plan()
    except ConfigError as refusal:  # a rule of the provider that is a function
        refusals.append(refusal.problems[0].message)
        return
    plan = plan if plan.token_endpoint else plan.at(ENDPOINT)
    request = build_request(profile, plan, jti="one")
    sent.append(request)
    yield from _read(request, profile, plan)


def build_request(
    profile: Profile, plan: Plan, *, jti: str, credential: Secret | None = None
) -> TokenRequest:
    """
    Build the whole request of a profile, as an exchange does.

    Args:
        profile: Its secrets are literal, unless the credential is given.

        plan: What to send.

        jti: The identifier of an assertion.

        credential: The secret or the key, where it was read already.
    """
    proof: Any = credential or getattr(profile, plan.credential)
    if plan.auth_method in _SIGNED:
        signer = make_signer(plan, proof, certificate=profile.certificate)
        proof = make_assertion(plan, signer, now=NOW, jti=jti)
    request = authenticate(make_token_request(plan, {}), plan, proof)
    return with_grant(request, plan, {})


def _read(request: TokenRequest, profile: Profile, plan: Plan) -> Iterator[str]:
    try:
        reading = read_request(
            request.method,
            request.wire_headers(),
            request.wire_body(),
            decodes_basic=plan.quirks.basic_encoding == "form",
        )
    except UnacceptableError as fault:
        yield str(fault)
        return
    yield from _complain_of_form(reading, plan)
    for name, value in plan.quirks.request_headers.items():
        if reading.headers.get(name.lower()) != value:
            yield f"the header {name} is not {value!r}"
    if plan.auth_method in TLS_METHODS:
        if reading.secret is not None or reading.assertion is not None:
            yield "a secret is sent beside the certificate"
        if reading.client_id != plan.client_id:
            yield f"client_id is {reading.client_id!r}, not {plan.client_id!r}"
    else:
        yield from complain_of_proof(reading, request.url, profile, plan, NOW)


def _complain_of_form(reading: Reading, plan: Plan) -> Iterator[str]:
    """Compare what is asked for with what was meant."""
    separator = plan.quirks.scope_separator
    scope = reading.value("scope")
    meant: dict[str, tuple[object, object]] = {
        "grant_type": (reading.value("grant_type"), plan.quirks.grant_type),
        "scope": (tuple(scope.split(separator)) if scope else (), plan.scope),
        "audience": (reading.value("audience"), plan.audience),
        "resource": (tuple(reading.values("resource")), plan.resource),
        **{
            name: (reading.value(name), value or None)
            for name, value in plan.extra_parameters
        },
    }
    for name, (read, wanted) in meant.items():
        if read != wanted:
            yield f"{name} is read as {read!r}, and {wanted!r} was meant"
