"""Where metadata are asked for, and that this is known before anything is sent."""

from __future__ import annotations

import attrs
import pytest

from ccflow.errors import ProfileError
from ccflow.plugin.registry import find_provider
from ccflow.protocol.metadata_location import metadata_urls
from ccflow.protocol.provider import Provider
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.template import Setting
from tests.unit.protocol.lookups import ISSUER
from tests.unit.protocol.lookups import SMART
from tests.unit.protocol.lookups import planned
from tests.unit.protocol.lookups import planned_for
from tests.unit.protocol.wire import MAPPINGS
from tests.unit.protocol.wire import a_plan


USUAL = Quirks().metadata_locations

ACME = Provider(
    name="acme",
    token_endpoint=None,
    issuer="https://{domain}/oauth",
    settings={"domain": Setting("the domain")},
    token_endpoint_auth_methods=("client_secret_basic",),
)


def problems_of(**changes):
    with pytest.raises(ProfileError) as caught:
        planned(**changes)
    return [(it.key, it.message, it.hint) for it in caught.value.problems]


class TestAddresses:
    def test_issuer_with_a_path(self):
        """OpenID Connect appends, RFC 8414 inserts, and older servers append that."""
        assert (
            "https://id.example/realms/a/.well-known/openid-configuration",
            "https://id.example/.well-known/oauth-authorization-server/realms/a",
            "https://id.example/realms/a/.well-known/oauth-authorization-server",
        ) == metadata_urls(ISSUER, USUAL)

    def test_issuer_without_a_path(self):
        """Inserting and appending are the same then, and asked for once."""
        assert (
            "https://id.example:8443/.well-known/openid-configuration",
            "https://id.example:8443/.well-known/oauth-authorization-server",
        ) == metadata_urls("https://id.example:8443", USUAL)

    @pytest.mark.parametrize("issuer", ["https://id.example", ISSUER])
    def test_slash_at_the_end(self, issuer):
        """One slash at the end of an issuer belongs to no address."""
        assert metadata_urls(issuer, USUAL) == metadata_urls(f"{issuer}/", USUAL)

    def test_path_that_looks_like_a_template(self):
        """What stands in the issuer is never filled in."""
        (url,) = metadata_urls("https://id.example/{origin}", ["{origin}{path}/x"])

        assert "https://id.example/{origin}/x" == url

    def test_forms_of_vendors(self):
        """Any other form is data."""
        base = "https://fhir.example/api/R4"

        assert (f"{base}/.well-known/smart-configuration",) == metadata_urls(
            base, SMART.quirks.metadata_locations
        )


class TestPlan:
    def test_issuer_is_where_it_is_looked_up(self):
        """Without an endpoint the issuer is asked, and the plan can be made."""
        plan = planned()

        assert "" == plan.token_endpoint
        assert ISSUER == plan.issuer
        assert metadata_urls(ISSUER, USUAL) == plan.metadata_urls

    def test_endpoint_of_the_profile_comes_first(self):
        """Then the issuer is an identifier, whatever it looks like."""
        for issuer in (ISSUER, "urn:acme:id"):
            plan = planned(token_endpoint="https://id.example/t", issuer=issuer)

            assert "https://id.example/t" == plan.token_endpoint
            assert () == plan.metadata_urls
            assert issuer == plan.issuer

    @pytest.mark.parametrize("name", sorted(MAPPINGS.keys() - {"generic"}))
    def test_template_of_the_provider_comes_first(self, name):
        """A provider that knows its endpoint is not asked for it."""
        _, plan = a_plan(name, issuer=ISSUER)

        assert () == plan.metadata_urls
        assert plan.token_endpoint.startswith("https://")
        assert ISSUER == plan.issuer

    def test_issuer_of_the_provider(self):
        """A provider may know the issuer alone; the profile's wins."""
        settings = {"domain": "id.acme.example"}
        plan, problems = planned_for(ACME, settings=settings)
        own, _ = planned_for(ACME, settings=settings, issuer=ISSUER)

        assert () == problems
        assert "https://id.acme.example/oauth" == plan.issuer
        assert metadata_urls(plan.issuer, USUAL) == plan.metadata_urls
        assert metadata_urls(ISSUER, USUAL) == own.metadata_urls

    def test_base_that_is_no_issuer(self):
        """A provider may ask elsewhere; the issuer is what has to be found there."""
        settings = {"fhir_host": "fhir.example", "fhir_path": "api/R4"}
        for issuer in (None, "https://id.example"):
            plan, problems = planned_for(SMART, settings=settings, issuer=issuer)

            assert () == problems
            assert issuer == plan.issuer
            assert (
                "https://fhir.example/api/R4/.well-known/smart-configuration",
            ) == plan.metadata_urls

    def test_oracle_asks_the_domain_for_the_pinned_issuer(self):
        """Oracle's document is at the tenant, of an issuer that all tenants share."""
        oracle = attrs.evolve(find_provider("oracle-idcs"), token_endpoint=None)
        plan, problems = planned_for(
            oracle, settings={"domain": "idcs-0.identity.oraclecloud.com"}, scope=("a",)
        )

        assert () == problems
        assert "https://identity.oraclecloud.com/" == plan.issuer
        assert (
            "https://idcs-0.identity.oraclecloud.com/.well-known/openid-configuration",
            "https://idcs-0.identity.oraclecloud.com/.well-known/idcs-configuration",
        ) == plan.metadata_urls

    def test_endpoint_is_put_in_later(self):
        """The assertion is for the endpoint that was found, or for whom it says."""
        key = {"client_secret": None, "private_key": {"file": "k"}}
        found = planned(**key).at("https://id.example/t")
        named = planned(**key, assertion_audience="issuer").at("https://id.example/t")

        assert "https://id.example/t" == found.token_endpoint
        assert "https://id.example/t" == found.assertion_audience
        assert ISSUER == named.assertion_audience


class TestMistakes:
    def test_nothing_says_where(self):
        """Without endpoint, template and issuer there are three things to do."""
        ((key, message, hint),) = problems_of(issuer=None)

        assert ("token_endpoint", "is missing") == (key, message)
        assert "issuer" in hint
        assert "provider" in hint

    @pytest.mark.parametrize(
        ("provider", "setting"), [(SMART, "fhir_host"), (ACME, "domain")]
    )
    def test_missing_setting_is_told_alone(self, provider, setting):
        """What cannot be made for want of a setting is not missing as well."""
        plan, problems = planned_for(provider)

        assert plan is None
        (problem,) = problems
        assert (setting, "is missing") == (problem.key, problem.message)

    @pytest.mark.parametrize(
        "issuer",
        [
            "id.example",
            "urn:acme:id",
            "http://id.example",
            "https://joe:pw@id.example",
            "https://id.example#top",
            "https://id.example/?tenant=a",
        ],
    )
    def test_issuer_that_cannot_be_asked(self, issuer):
        """Where it is an address, it is checked like one, and its secret not shown."""
        ((key, message, hint),) = problems_of(issuer=issuer)

        assert "issuer" == key
        assert "pw" not in message
        assert "token_endpoint" in hint

    @pytest.mark.parametrize("url", metadata_urls(ISSUER, USUAL))
    def test_address_of_the_document(self, url):
        """Who gives the document's own address is told what belongs there."""
        ((key, message, hint),) = problems_of(issuer=url)

        assert "issuer" == key
        assert "is the address of a document" in message
        assert '"issuer"' in hint

    @pytest.mark.parametrize(
        "location",
        [
            "https://evil.example/{path}",
            "{path}/x",
            "{origin}.evil.example/",
            "{origin}/{tenant}/x",
        ],
    )
    def test_location_at_another_origin(self, location):
        """A location stays at the origin of the issuer."""
        quirks = {"metadata_locations": [location]}
        ((key, message, _),) = problems_of(quirks=quirks)

        assert "quirks.metadata_locations" == key
        assert repr(location) in message
        assert "begin it with {origin}" in message

    def test_no_location(self):
        """An empty list would find nothing."""
        assert (
            "quirks.metadata_locations"
            == (problems_of(quirks={"metadata_locations": []})[0][0])
        )

    @pytest.mark.parametrize(
        "origin", ["id.example", "https://id.example/token", "http://id.example"]
    )
    def test_origin_that_is_none(self, origin):
        """Other origins are written like origins, and are as safe as endpoints."""
        ((key, message, _),) = problems_of(quirks={"endpoint_origins": [origin]})

        assert "quirks.endpoint_origins" == key
        assert repr(origin) in message

    @pytest.mark.parametrize("key", ["issuer", "token_endpoint"])
    def test_secret_in_clear(self, key):
        """Plain http may not leave this machine, so no proxy may carry it."""
        url = "http://localhost:8080/a"
        proxy = "http://proxy.example:3128"
        keys = {"issuer": None, key: url}
        ((told, message, _),) = problems_of(proxy=proxy, **keys)

        assert "proxy" == told
        assert "in clear" in message
        assert url in message
        assert not planned(**keys).token_endpoint.startswith("https:")
