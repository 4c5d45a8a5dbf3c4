"""From a description to an emulator dialect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import Final

from ccflow.emulator.dialect import Client
from ccflow.emulator.dialect import Dialect
from ccflow.emulator.dialect import Sample
from ccflow.emulator.message import Request
from ccflow.emulator.message import Response
from ccflow.emulator.tenant import Tenant
from ccflow_catalog.dialects.description import Description
from ccflow_catalog.dialects.identity import identify
from ccflow_catalog.dialects.rendering import render
from ccflow_catalog.dialects.rendering import render_text
from ccflow_catalog.dialects.scope import granted_scope
from ccflow_catalog.dialects.speech import Speech


FORM: Final = "application/x-www-form-urlencoded"
KEYS_PATH: Final = "/emulator/keys"


def make_dialect(name: str, description: Description) -> Dialect:
    """Make the dialect of a description."""
    speech = Speech(description)
    server = _Server(description, speech)
    return Dialect(
        name=name,
        answer=server.answer,
        token_path=description.token_path,
        token_paths=re.escape(description.token_path),
        issuer=lambda url: render_text(description.issuer, {"url": url}),
        host_setting=description.host_setting,
        samples=_samples(description),
        make_client_id=lambda profile: render_text(
            description.client_id, {"profile": profile}
        ),
        make_secret=lambda: render_text(description.secret, {}),
        documents=server.documents,
        too_many_requests=lambda request, tenant: speech.say("rate_limit", tenant),
        fail=speech.fail,
    )


def _samples(description: Description) -> tuple[Sample, ...]:
    return tuple(
        Sample(
            profile=sample.profile or "",
            token_endpoint_auth_method=sample.method,
            names_method=number > 0,
            settings={**description.settings, **sample.settings},
            scope=sample.scope,
            key=sample.key,
            key_id=sample.key_id,
            names_certificate=sample.certificate,
        )
        for number, sample in enumerate(description.samples)
    )


@dataclass(frozen=True)
class _Server:
    """What one description answers; all that changes is in the tenant."""

    description: Description
    speech: Speech

    def answer(self, request: Request, tenant: Tenant) -> Response:
        """Answer the token endpoint, and that nothing is anywhere else."""
        description, refusal, form = self.description, self.speech.refusal, request.form
        if request.path != description.token_path:
            raise refusal("path", tenant)
        if request.method != "POST":
            raise refusal("method", tenant)
        if request.media_type != FORM or request.repeated:
            raise refusal("request", tenant)
        if not form.get("grant_type"):
            raise refusal("missing_grant_type", tenant, parameter="grant_type")
        client = identify(request, tenant, self.speech)
        if form["grant_type"] != description.grant_type:
            raise refusal("grant_type", tenant)
        for name in description.parameters:
            if not form.get(name):
                raise refusal(f"missing_{name}", tenant, parameter=name)
        scope = granted_scope(description.scopes, form.get("scope", ""), tenant.scopes)
        if isinstance(scope, str):
            raise refusal(scope, tenant)
        return self._grant(client, scope, form, tenant)

    def documents(self, tenant: Tenant) -> Mapping[str, Any]:
        """Return the metadata, and the keys."""
        description, facts = self.description, self.speech.facts(tenant)
        if not description.metadata:
            return {}
        algorithms = sorted(description.assertions.algorithms)
        metadata = {
            "issuer": facts["issuer"],
            "token_endpoint": facts["token_endpoint"],
            "jwks_uri": tenant.url + KEYS_PATH,
            "grant_types_supported": [description.grant_type],
            "token_endpoint_auth_methods_supported": sorted(
                description.taken_methods()
            ),
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
        }
        found: dict[str, Any] = dict.fromkeys(description.metadata, metadata)
        return {**found, KEYS_PATH: tenant.jwks()}

    def _grant(
        self,
        client: Client,
        scope: tuple[str, ...],
        form: Mapping[str, str],
        tenant: Tenant,
    ) -> Response:
        """Issue a token, and answer it as the description has it."""
        description = self.description
        lifetime = tenant.expires_in or description.lifetime
        facts = {
            **self.speech.facts(tenant),
            "client_id": client.client_id,
            "lifetime": lifetime,
            "scope": description.scopes.separator.join(scope),
            "scopes": list(scope),
        }
        if "{jwt}" in description.token:
            facts["jwt"] = _sign(facts, form.get("audience"), tenant)
        token = facts["token"] = render_text(description.token, facts)
        tenant.issue(client, token, scope=scope, expires_in=lifetime)
        members = render(description.success, facts)
        for name in description.omit_empty:
            if not members[name]:
                del members[name]
        return Response.json(200, members)


def _sign(facts: Mapping[str, Any], audience: str | None, tenant: Tenant) -> str:
    claims = {
        "iss": facts["issuer"],
        "sub": facts["client_id"],
        "aud": audience or facts["issuer"],
        "iat": facts["now"],
        "exp": facts["now"] + facts["lifetime"],
        "jti": render_text("{uuid}", {}),
        "scope": facts["scope"],
    }
    return tenant.sign(claims)
