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
    plan: Plan,
    secrets: Mapping[str, Secret],
    certificate: str | None,
) -> Iterator[Finding]:
    """
    Make what signs the assertions, where the plan has any.

    Args:
        profile: Whose key it is.

        plan: Which method and algorithm.

        secrets: Those that could be read; without the key there is nothing to do.

        certificate: Its path, where it could be read.
    """
    signs = plan.auth_method in {"client_secret_jwt", "private_key_jwt"}
    if not signs or plan.credential == "client_assertion":
        return
    password = secrets.get("private_key_password")
    locked = profile.private_key_password is not None and password is None
    if plan.credential not in secrets or locked:
        return
    try:
        signer = make_signer(plan, secrets[plan.credential], password, certificate)
    except SecretError as error:
        yield from findings_of("key", error)
        return
    named = {
        "kid": plan.key_id or signer.key_id,
        **{name: signer.thumbprints.get(name) for name in ("x5t", "x5t#S256")},
    }
    shown = ", ".join(f"{name} {value}" for name, value in named.items() if value)
    yield Finding(
        "key",
        "ok",
        f"{plan.credential} signs with {signer.algorithm}"
        + (f"; {shown}" if shown else ""),
    )


def check_certificate(
    profile: Profile, now: float
) -> Generator[Finding, None, str | None]:
    """Say how long the certificate is still valid; give its path if it is one."""
    path = profile.certificate
    if path is None:
        return None
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
        yield Finding("certificate", "error", f"{path} {fault}")
        return None
    if days < 0:
        yield Finding("certificate", "error", f"{path} has expired", renew)
    elif days < SOON:
        left = f"{path} expires in {days:.0f} days"
        yield Finding("certificate", "warning", left, renew)
    else:
        left = f"{path} is valid for {days:.0f} more days"
        yield Finding("certificate", "ok", left)
    return path
