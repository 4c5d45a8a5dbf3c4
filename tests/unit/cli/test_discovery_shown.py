"""What the commands say of an endpoint that is looked up."""

from __future__ import annotations

import json


PROFILE = """
[profiles.billing]
issuer = "https://id.example/realms/a"
client_id = "c"
client_secret = { env = "NOWHERE" }
"""
ASKED = "https://id.example/realms/a/.well-known/openid-configuration"


def test_show(run, write):
    """It names the addresses, in their order, and no endpoint."""
    config = write(PROFILE)
    text = run("show", "billing", "--config", config)
    plan = json.loads(run("show", "billing", "--config", config, "--json").out)["plan"]

    assert ASKED in text.out
    assert "token_endpoint =" not in text.out
    assert plan["token_endpoint"] is None
    assert ASKED == plan["metadata_urls"][0]
    assert 3 == len(plan["metadata_urls"])


def test_check(run, write):
    """It says that there is a look-up, without doing it."""
    result = run("check", "billing", "--config", write(PROFILE))

    said = f"the token endpoint is looked up: GET {ASKED}, else 2 more"
    assert said in " ".join(result.out.split())


def test_providers(run):
    """A provider's own rule is told."""
    described = run("providers", "oracle-idcs").out

    assert "metadata_base   https://{domain}" in described
    assert "idcs-configuration" in described
    assert "from the metadata of the server" in run("providers", "generic").out
