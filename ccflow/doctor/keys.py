"""Does the key parse, and does it fit the algorithm and the certificate?"""

from __future__ import annotations

from collections.abc import Generator
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Final

from ccflow.config.profile import Profile
from ccflow.doctor.finding import Finding
from ccflow.doctor.finding import findings_of
from ccflow.engine.exchange import make_signer
from ccflow.errors import SecretError
from ccflow.protocol.plan import Plan
from ccflow.secret import Secret


SOON: Final = 30
"""Days before the end of a certificate from which it is warned of."""


def check_signer(
    profile: Profile,
    plan: Plan | None,
    secrets: Mapping[str, Secret],
    certificate: str | None,
) -> Iterator[Finding]:
    """
    Make what signs the assertions, where there are any, and sign with it.

    Args:
        profile: Whose key it is.

        plan: Which method and algorithm; None where that is not known, and the
            key is only read.

        secrets: Those that could be read; without the key there is nothing to do.

        certificate: Its path, where it could be read.
    """
    credential = "private_key" if plan is None else plan.credential
    signs = plan is None or plan.auth_method in {"client_secret_jwt", "private_key_jwt"}
    password = secrets.get("private_key_password")
    locked = profile.private_key_password is not None and password is None
    if not signs or locked or credential not in secrets:
        return
    if credential == "client_assertion":
        return
    try:
        if plan is None:
            _read_key(secrets[credential], password, certificate)
            yield Finding("key", "ok", f"{credential} is a key that can be read")
            return
        signer = make_signer(plan, secrets[credential], password, certificate)
        # A key may be too short for its algorithm.
        signer.sign({"alg": signer.algorithm}, {})
    except SecretError as error:
        yield from findings_of("key", error.problems)
        return
    named = {
        "kid": plan.key_id or signer.key_id,
        **{name: signer.thumbprints.get(name) for name in ("x5t", "x5t#S256")},
    }
    shown = ", ".join(f"{name} {value}" for name, value in named.items() if value)
    text = f"{credential} signs with {signer.algorithm}"
    yield Finding("key", "ok", f"{text}; {shown}" if shown else text)
    if plan.key_id and signer.key_id not in {None, plan.key_id}:
        text = f"key_id is {plan.key_id}, and the key calls itself {signer.key_id}"
        hint = "name the one that the server knows, and take the other one out"
        yield Finding("key", "warning", text, hint)


def _read_key(text: Secret, password: Secret | None, certificate: str | None) -> None:
    # cryptography costs 40 ms to import; most profiles have no key.
    from ccflow.keys.signer import private_key_signer

    private_key_signer(text, password, certificate=certificate)


def check_certificate(
    profile: Profile, now: float
) -> Generator[Finding, None, str | None]:
    """Say how long the certificate is still valid; give its path if it is one."""
    if profile.certificate is None:
        return None
    return (yield from look_at("certificate", profile.certificate, now))


def look_at(step: str, path: str, now: float) -> Generator[Finding, None, str | None]:
    """Say how long a certificate is still valid; give its path if it is one."""
    # cryptography costs 40 ms to import; most profiles have no certificate.
    from ccflow.keys.load import days_left

    fault = None
    days = 0.0
    try:
        days = days_left(path, now)
    except OSError as error:
        fault = f"cannot be read: {error.strerror}"
    except ValueError:
        fault = "is not a PEM certificate"
    renew = "renew it, and register the new one at the server"
    if fault is not None:
        yield Finding(step, "error", f"{path} {fault}")
        return None
    if days < 0:
        yield Finding(step, "error", f"{path} has expired", renew)
    elif days < SOON:
        left = f"{path} expires in {days:.0f} days"
        yield Finding(step, "warning", left, renew)
    else:
        left = f"{path} is valid for {days:.0f} more days"
        yield Finding(step, "ok", left)
    return path
