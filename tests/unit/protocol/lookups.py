"""Plans of profiles and providers whose token endpoint is looked up."""

from __future__ import annotations

from typing import Any

from ccflow.config.profile import Profile
from ccflow.errors import Problem
from ccflow.protocol.plan import Plan
from ccflow.protocol.plan import make_plan
from ccflow.protocol.provider import Provider
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.template import HOST
from ccflow.protocol.template import PATH
from ccflow.protocol.template import Setting
from tests.unit.protocol.wire import a_plan


ISSUER = "https://id.example/realms/a"

SMART = Provider(
    name="smart",
    token_endpoint=None,
    metadata_base="https://{fhir_host}/{fhir_path}",
    settings={
        "fhir_host": Setting(help="the host of the FHIR server", pattern=HOST),
        "fhir_path": Setting(help="its path", default="fhir", pattern=PATH),
    },
    token_endpoint_auth_methods=("private_key_jwt", "client_secret_basic"),
    quirks=Quirks(
        metadata_locations=("{origin}{path}/.well-known/smart-configuration",)
    ),
)


def planned(**changes: Any) -> Plan:
    """Make the plan of a profile that names no endpoint."""
    return a_plan(**{"token_endpoint": None, "issuer": ISSUER, **changes})[1]


def planned_for(
    provider: Provider, **values: Any
) -> tuple[Plan | None, tuple[Problem, ...]]:
    """Plan for a provider that is not installed."""
    given = {"client_id": "c", "client_secret": "s", **values}
    registration = Profile(name="billing", **given)
    return make_plan(provider, registration, provider.quirks)
