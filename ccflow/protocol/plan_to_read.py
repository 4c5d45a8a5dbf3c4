"""A plan of nobody's, for reading answers alone."""

from __future__ import annotations

from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import Provider


def make_plan_to_read(provider: Provider) -> Plan:
    """Return a plan that is good for reading answers alone."""
    return Plan(
        profile="",
        provider=provider.name,
        token_endpoint="",
        client_id=None,
        auth_method="",
        credential="client_secret",
        signing_algorithm=None,
        assertion_audience="",
        key_id=None,
        scope=(),
        audience=None,
        resource=(),
        require_scope=False,
        quirks=provider.quirks,
        default_expires_in=provider.quirks.default_expires_in,
    )
