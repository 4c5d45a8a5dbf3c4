"""Who asks, as an independent server sees it: a secret, or signed JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from typing import cast

from ccflow.config.profile import Profile
from ccflow.protocol.plan import Plan
from ccflow.secret import Secret
from ccflow.testing.conformance.reader import Reading
from ccflow.testing.signing_keys import key_pair


def complain_of_proof(
    reading: Reading, url: str, profile: Profile, plan: Plan, now: float
) -> Iterator[str]:
    """
    Compare the proof that was read with the credential of the profile.

    Args:
        reading: What was read.

        url: Where the request goes.

        profile: With a literal secret, or a key of `key_pair`.

        plan: What was to be sent.

        now: When it was, in epoch seconds.
    """
    match plan.auth_method:
        case "client_secret_basic" | "client_secret_post":
            yield from _complain_of_secret(reading, profile, plan)
        case _:
            yield from _complain_of_signature(reading, profile, plan)
            if reading.assertion is not None:
                claims = dict(reading.assertion.claims)
                yield from _complain_of_claims(claims, url, plan, now)


def _complain_of_secret(
    reading: Reading, profile: Profile, plan: Plan
) -> Iterator[str]:
    in_header = plan.auth_method == "client_secret_basic"
    if in_header is not ("authorization" in reading.headers):
        yield "the secret is not where the method has it"
    if reading.client_id != profile.client_id:
        yield f"client_id is read as {reading.client_id!r}, not {profile.client_id!r}"
    secret = cast("Secret", profile.client_secret)
    if reading.secret != secret.reveal():
        yield "another secret is read than was sent"


def _complain_of_signature(
    reading: Reading, profile: Profile, plan: Plan
) -> Iterator[str]:
    """RFC 7521 section 4.2, RFC 7515 section 4.1."""
    jws, algorithm = reading.assertion, profile.token_endpoint_auth_signing_alg or ""
    if jws is None:
        yield "no assertion is sent"
        return
    kind = reading.value("client_assertion_type")
    if kind != plan.quirks.client_assertion_type:
        yield f"client_assertion_type is {kind}"
    beside = profile.client_id if plan.quirks.client_id_with_assertion else None
    if reading.client_id != beside:
        yield f"client_id beside the assertion is {reading.client_id!r}, not {beside!r}"
    if jws.algorithm != algorithm:
        yield f"alg is {jws.algorithm!r}, not {algorithm!r}"
    secret = profile.client_secret
    mac = secret.reveal().encode() if isinstance(secret, Secret) else None
    if not reading.is_signed_by(mac or key_pair(algorithm)[1]):
        yield f"the signature by {algorithm} does not verify"
    if jws.header.get("kid") != profile.key_id:
        yield f"kid is {jws.header.get('kid')!r}, not {profile.key_id!r}"


def _complain_of_claims(
    claims: dict[str, Any], url: str, plan: Plan, now: float
) -> Iterator[str]:
    """RFC 7523 section 3."""
    for name in ("iss", "sub"):
        if claims.get(name) != plan.client_id:
            yield f"{name} is {claims.get(name)!r}, not the client's identifier"
    rule = plan.quirks.assertion_audience
    meant = {"token_endpoint": url, "issuer": plan.issuer}.get(rule, rule)
    if claims.get("aud") != meant:
        yield f"aud is {claims.get('aud')!r}, not {meant!r}"
    if not isinstance(claims.get("jti"), str):
        yield "jti is missing"
    named = ["iat", "exp", *["nbf"] * plan.quirks.assertion_not_before]
    times: dict[str, Any] = {name: claims.get(name) for name in named}
    if not all(type(value) is int for value in times.values()):
        yield f"times are no whole numbers: {times}"
    elif not max(times["iat"], times.get("nbf", times["iat"])) <= now < times["exp"]:
        yield f"it is not valid when it is sent: {times}"
    elif times["exp"] - now > plan.quirks.assertion_lifetime:
        yield f"it lives longer than {plan.quirks.assertion_lifetime} s"
