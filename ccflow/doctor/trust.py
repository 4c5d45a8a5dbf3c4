"""Whom would the secret be sent to, over what, and where may the token go?"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping

from ccflow.config.profile import SYSTEM_STORE
from ccflow.config.profile import Profile
from ccflow.doctor.finding import Finding
from ccflow.doctor.finding import findings_of
from ccflow.errors import SecretError
from ccflow.protocol.plan import Plan
from ccflow.secret import Secret
from ccflow.wire.clients import make_client
from ccflow.wire.proxy import environment_proxy
from ccflow.wire.trust import Trust


def target_of(plan: Plan) -> str:
    """Return where the first request of a plan goes."""
    return plan.metadata_urls[0] if plan.metadata_urls else plan.token_endpoint


def check_endpoint(plan: Plan) -> Iterator[Finding]:
    """Say where requests go; what is no https is loopback by now."""
    url, others = target_of(plan), plan.metadata_urls[1:]
    sent = f"POST {url}"
    if plan.metadata_urls:
        places = f", else {len(others)} more" if others else ""
        sent = f"the token endpoint is looked up: GET {url}{places}"
    if url.startswith("https:"):
        yield Finding("endpoint", "ok", sent)
    else:
        why = "plain http, which is only for this machine itself"
        yield Finding("endpoint", "warning", f"{sent}: {why}", "use https elsewhere")


def check_trust(
    profile: Profile, secrets: Mapping[str, Secret], plan: Plan | None
) -> Iterator[Finding]:
    """Load the authorities and the proxy that the request would use."""
    if profile.ca_file is not None:
        text = f"only the authorities in {profile.ca_file}"
        if profile.ca_file == SYSTEM_STORE:
            text = "only the authorities that this machine itself trusts"
        yield from _usable(Trust(profile.ca_file), text)
    if "proxy" in secrets:
        text = "requests go through the proxy of the profile"
        yield from _usable(Trust(proxy=secrets["proxy"]), text)
    elif plan is not None and (proxy := environment_proxy(target_of(plan))):
        text = "requests go through the proxy that HTTPS_PROXY or ALL_PROXY names"
        yield from _usable(Trust(proxy=proxy), text)


def _usable(trust: Trust, text: str) -> Iterator[Finding]:
    try:
        make_client(trust).close()
    except SecretError as error:
        yield from findings_of("trust", error.problems)
    else:
        yield Finding("trust", "ok", text)


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
