"""Whom would the secret be sent to, over what, and where may the token go?"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping

from ccflow.config.profile import Profile
from ccflow.doctor.finding import Finding
from ccflow.doctor.finding import findings_of
from ccflow.engine.transport import Trust
from ccflow.engine.transport import make_client
from ccflow.errors import SecretError
from ccflow.protocol.plan import Plan
from ccflow.secret import Secret


def check_endpoint(plan: Plan) -> Iterator[Finding]:
    """Say where the request goes; what is no https is loopback by now."""
    sent = f"POST {plan.token_endpoint}"
    if plan.token_endpoint.startswith("https:"):
        yield Finding("endpoint", "ok", sent)
    else:
        why = "plain http, which is only for this machine itself"
        yield Finding("endpoint", "warning", f"{sent}: {why}", "use https elsewhere")


def check_trust(profile: Profile, secrets: Mapping[str, Secret]) -> Iterator[Finding]:
    """Load the authorities and the proxy that the request would use."""
    if profile.ca_file is None and "proxy" not in secrets:
        return
    try:
        make_client(Trust(profile.ca_file, secrets.get("proxy"))).close()
    except SecretError as error:
        yield from findings_of("trust", error)
        return
    if profile.ca_file is not None:
        yield Finding("trust", "ok", f"only the authorities in {profile.ca_file}")
    if "proxy" in secrets:
        yield Finding("trust", "ok", "requests go through the proxy of the profile")


def check_api_origins(profile: Profile) -> Iterator[Finding]:
    """Advise to say which APIs may see the token."""
    if profile.api_origins is None:
        yield Finding(
            "api_origins",
            "warning",
            "the token may go to any https address that a program names",
            'limit it: api_origins = ["https://api.example.com"]',
        )
    else:
        shown = ", ".join(profile.api_origins) or "nowhere"
        yield Finding("api_origins", "ok", f"the token may go to {shown}")
