"""What some servers want of a request that the standards do not."""

from __future__ import annotations

import attrs
import pytest

from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.plugin import Provider
from ccflow.plugin import Setting
from ccflow.protocol.assertion import make_assertion
from ccflow.protocol.plan import make_plan
from ccflow.protocol.request import make_token_request
from ccflow.protocol.request import with_grant
from ccflow.secret import Secret
from tests.unit.protocol.wire import NOW
from tests.unit.protocol.wire import a_plan
from tests.unit.protocol.wire import a_profile
from tests.unit.protocol.wire import a_request
from tests.unit.protocol.wire import parse_form


ZOOM = Provider(
    name="zoom-like",
    token_endpoint="https://{host}/token",
    settings={
        "host": Setting("the host", default="zoom.example"),
        "account_id": Setting("the account", pattern="[A-Za-z0-9_-]+"),
    },
    token_endpoint_auth_methods=("client_secret_basic",),
    extra_parameters={"account_id": "{account_id}", "fixed": "x y"},
)


def form(**changes):
    return dict(parse_form(a_request(**changes).wire_body()))


def told(**changes):
    with pytest.raises(ProfileError) as caught:
        a_plan(**changes)
    (problem,) = caught.value.problems
    return problem.key, problem.message


class Signer:
    """Signs nothing, and shows what it was given."""

    algorithm, key_id, thumbprints = "RS256", None, {}

    def sign(self, header, claims):
        self.claims = claims
        return Secret("a.b.c")


class TestGrant:
    def test_another_grant_type(self):
        """A server that calls this grant otherwise gets its own name for it."""
        quirks = {"grant_type": "account_credentials"}

        assert "account_credentials" == form(quirks=quirks)["grant_type"]
        assert "client_credentials" == form()["grant_type"]

    def test_another_separator(self):
        """Scopes are joined as the server wants them."""
        assert "a,b" == form(scope="a b", quirks={"scope_separator": ","})["scope"]
        assert "a b" == form(scope="a b")["scope"]


class TestAssertions:
    def test_another_assertion_type(self):
        """A SPIFFE document is no plain JWT."""
        given = {"client_secret": None, "client_assertion": "a.b.c"}
        usual = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

        assert usual == form(**given)["client_assertion_type"]
        assert (
            "urn:x"
            == form(**given, quirks={"client_assertion_type": "urn:x"})[
                "client_assertion_type"
            ]
        )

    @pytest.mark.parametrize("wanted", [False, True])
    def test_not_before(self, wanted):
        """It is there where the server wants it, and equal to ``iat``."""
        key = {"client_secret": None, "private_key": {"file": "key.pem"}}
        _, plan = a_plan(**key, quirks={"assertion_not_before": wanted})
        signer = Signer()
        make_assertion(plan, signer, now=NOW, jti="j")

        expected = signer.claims["iat"] if wanted else None
        assert expected == signer.claims.get("nbf")


class TestScopes:
    def test_one_that_is_required(self):
        """It is told before anything is sent, whatever else is asked for."""
        quirks = {"required_scopes": ["openid"]}

        assert ("scope", "generic needs 'openid' in every scope") == told(
            scope="a", quirks=quirks
        )
        assert ("scope", "generic needs 'openid' in every scope") == told(quirks=quirks)
        assert ("a", "openid") == a_plan(scope="a openid", quirks=quirks)[1].scope
        assert () == a_plan(default_scope=True, quirks=quirks)[1].scope

    def test_no_more_than_one(self):
        """A second one is told, not dropped."""
        quirks = {"single_scope": True}

        assert ("scope", "generic takes one scope in a request") == told(
            scope="a b", quirks=quirks
        )
        assert ("a",) == a_plan(scope="a", quirks=quirks)[1].scope

    def test_what_each_has_to_look_like(self):
        """The whole scope has to match."""
        quirks = {"scope_pattern": r".+/\.default"}

        assert ("scope", "generic takes no scope like 'x/.default/y'") == told(
            scope="x/.default/y", quirks=quirks
        )
        assert a_plan(scope="x/.default", quirks=quirks)

    def test_what_is_no_pattern(self):
        """A mistake in it is told, and no scope is blamed for it."""
        key, message = told(scope="a", quirks={"scope_pattern": "("})

        assert "quirks.scope_pattern" == key
        assert "'(' is no regular expression" in message

    def test_the_profile_loads_without_a_scope(self):
        """A call may still bring the one that is required."""
        profile = a_profile(quirks={"required_scopes": ["openid"]})

        assert ("openid",) == profile.plan(scope=("openid",))[1].scope


def zoom_plan(**more):
    profile = Profile(
        name="x",
        settings={"account_id": "a1"},
        client_id="us",
        client_secret=Secret("s"),
        **more,
    )
    return make_plan(ZOOM, profile, ZOOM.quirks)


def sent(plan, extra=()):
    request = with_grant(make_token_request(plan, {}), plan, dict(extra))
    return parse_form(request.wire_body())


class TestExtraParameters:
    def test_they_are_rendered(self):
        """Constants and settings, beside what is asked for."""
        plan, problems = zoom_plan(scope=("a",))

        assert () == problems
        assert [
            ("grant_type", "client_credentials"),
            ("scope", "a"),
            ("account_id", "a1"),
            ("fixed", "x y"),
        ] == sent(plan)

    def test_those_of_a_profile_win(self):
        """A parameter is sent once."""
        plan, _ = zoom_plan()

        assert ["other"] == [
            value for name, value in sent(plan, {"fixed": "other"}) if name == "fixed"
        ]

    def test_they_are_part_of_the_plan(self):
        """Two accounts never share a token."""
        plan, _ = zoom_plan()

        assert ("account_id", "a1") in plan.extra_parameters
        assert plan != attrs.evolve(plan, extra_parameters=())

    def test_without_a_setting_it_is_left_out(self):
        """With an endpoint of its own a profile needs no settings."""
        profile = Profile(
            name="x",
            token_endpoint="https://x.example/token",
            client_id="us",
            client_secret=Secret("s"),
        )
        plan, problems = make_plan(ZOOM, profile, ZOOM.quirks)

        assert () == problems
        assert (("fixed", "x y"),) == plan.extra_parameters

    def test_those_that_have_a_key_are_refused(self):
        """Nothing may send a parameter twice."""
        with pytest.raises(ValueError, match="ccflow sets scope itself"):
            attrs.evolve(ZOOM, extra_parameters={"scope": "a"})


class TestChoices:
    CLOUD = Setting(
        "the cloud",
        default="public",
        choices={"public": "a.example", "eu": "b.example"},
    )

    @pytest.fixture
    def cloudy(self):
        return attrs.evolve(
            ZOOM,
            settings={"host": self.CLOUD},
            extra_parameters={},
        )

    @pytest.mark.parametrize(
        ("given", "host"), [({}, "a.example"), ({"host": "eu"}, "b.example")]
    )
    def test_what_stands_for_it_goes_into_the_url(self, cloudy, given, host):
        """The default is a choice as well."""
        profile = Profile(
            name="x", settings=given, client_id="us", client_secret=Secret("s")
        )
        plan, _ = make_plan(cloudy, profile, cloudy.quirks)

        assert f"https://{host}/token" == plan.token_endpoint

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ("pubic", "there is no 'pubic'; did you mean 'public'?"),
            ("a.example", "there is no 'a.example'; use public or eu"),
        ],
    )
    def test_nothing_else_is_taken(self, cloudy, given, told):
        """Not even what stands for a choice."""
        profile = Profile(
            name="x",
            settings={"host": given},
            client_id="us",
            client_secret=Secret("s"),
        )
        _, (problem,) = make_plan(cloudy, profile, cloudy.quirks)

        assert ("host", told) == (problem.key, problem.message)
