"""Every answer of the corpus ends in the conclusion that stands beside it."""

from __future__ import annotations

from collections import Counter

import pytest

from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.response import TokenResponse
from tests.support.corpus import all_shapes
from tests.unit.protocol.wire import outcome_of


SHAPES = all_shapes()
TOKENS = [shape for shape in SHAPES if shape.token is not None]
ERRORS = [shape for shape in SHAPES if shape.error is not None]
CLASSES = {
    "refused": TokenRefusedError,
    "unavailable": TokenUnavailableError,
    "response": TokenResponseError,
}
MARKS = ("CONFIRMED BY ONE", "CONFIRMED", "SEEN", "RECALLED", "MADE")
VENDORS = (
    *("Okta", "Curity", "Oracle IDCS", "Microsoft Entra ID", "Auth0", "Keycloak"),
    *("AWS Cognito", "PingFederate", "PingOne", "Google", "Duende", "Zitadel"),
    *("authentik", "Salesforce", "ForgeRock", "IBM Verify", "SAP", "ServiceNow"),
    *("Zoom", "Adobe", "PayPal", "Atlassian", "Workday", "Epic", "Amazon LWA"),
    *("WSO2", "Hydra", "Spring", "Connect2id", "Authlete", "Databricks"),
    *("Snowflake", "Apigee", "eBay", "VA Lighthouse", "ORCID", "Taboola", "Reddit"),
    *("Slack", "Fitbit", "Mailchimp", "Facebook", "Douban", "Weibo"),
    *("plentymarkets",),
)


def read(shape):
    """Read a shape as the profile of its server does."""
    provider, plan = shape.plan()
    return outcome_of(shape.answer(), provider, plan=plan), plan


@pytest.mark.parametrize("shape", TOKENS, ids=[shape.id for shape in TOKENS])
def test_a_success_is_a_token(shape):
    """Token, type, lifetime, scope and what else came are read as expected."""
    found, plan = read(shape)
    expected = {
        "access_token": "t0ken",
        "token_type": "Bearer",
        "expires_in": None,
        "scope": None,
        "shortfall": (),
        **shape.token,
    }

    assert isinstance(found, TokenResponse), found
    assert expected["access_token"] == found.access_token.reveal()
    assert expected["token_type"] == found.token_type
    assert expected["expires_in"] == pytest.approx(found.expires_in)
    assert expected["scope"] == (None if found.scope is None else list(found.scope))
    assert tuple(expected["shortfall"]) == found.shortfall(plan)
    assert {*expected.get("extra", ())} <= found.extra.keys()
    assert not {"refresh_token", "refreshToken", "id_token"} & found.extra.keys()


@pytest.mark.parametrize("shape", ERRORS, ids=[shape.id for shape in ERRORS])
def test_a_failure_is_one_of_three_errors(shape):
    """Class, category, code and whether it passes are as expected."""
    found, _ = read(shape)
    expected = {"code": None, "retryable": False, **shape.error}

    assert CLASSES[expected["class"]] is type(found)
    assert expected["category"] == found.category
    assert expected["code"] == found.error
    assert expected["retryable"] is found.retryable
    assert shape.status == found.status_code
    assert expected.get("retry_after") == found.retry_after
    for name in ("description", "correlation_id", "hint"):
        told = getattr(found, f"error_{name}" if name == "description" else name)
        assert expected.get(name, "") in (told or "")


@pytest.mark.parametrize("shape", ERRORS, ids=[shape.id for shape in ERRORS])
def test_a_failure_says_what_to_do(shape):
    """Cause and next step are on one line."""
    found, _ = read(shape)

    assert "\n" not in str(found)
    assert f"HTTP {shape.status}" in str(found)
    assert found.hint
    assert str(found).endswith(f"; {found.hint}")


class TestCorpus:
    def test_it_is_large(self):
        """It has the shapes of many, and of all classes of error."""
        kinds = Counter(shape.error["class"] for shape in ERRORS)

        assert len(SHAPES) >= 130
        assert len(TOKENS) >= 50
        assert min(kinds[kind] for kind in CLASSES) >= 20
        assert len(SHAPES) == len(TOKENS) + len(ERRORS)

    @pytest.mark.parametrize("vendor", VENDORS)
    def test_every_provider_is_in_it(self, vendor):
        """Who is described in what is known of providers has shapes here."""
        named = [
            shape
            for shape in SHAPES
            # A file of several says in each name whose it is.
            if vendor in (shape.name if ", " in shape.vendor else shape.vendor)
        ]

        assert named

    def test_every_shape_has_a_source(self):
        """Each says how well it is known."""
        assert all(shape.source.startswith(MARKS) for shape in SHAPES)

    def test_no_two_are_alike(self):
        """A name stands once in its file."""
        assert 1 == max(Counter(shape.id for shape in SHAPES).values())
