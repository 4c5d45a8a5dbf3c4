"""What will be sent, and everything that is known to fail before it is."""

from __future__ import annotations

import attrs
import pytest

from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.protocol.header import RESERVED_HEADERS
from ccflow.protocol.plan import make_plan
from ccflow.protocol.provider import RESERVED_PARAMETERS
from ccflow.protocol.provider import Provider
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.template import Setting
from tests.unit.protocol.wire import MAPPINGS
from tests.unit.protocol.wire import a_plan
from tests.unit.protocol.wire import a_profile


SECRET = {"client_secret": {"env": "S"}}
KEY = {"private_key": {"file": "k"}}
ASSERTION = {"client_assertion": {"file": "a"}}
NONE = {"client_secret": None}


def problems_of(provider="generic", **changes):
    with pytest.raises(ProfileError) as caught:
        a_profile(provider, **changes)
    return [(problem.key, problem.message) for problem in caught.value.problems]


def a_provider(**changes):
    values = {
        "name": "acme",
        "token_endpoint": "https://{domain}/token",
        "settings": {"domain": Setting("the domain")},
        "token_endpoint_auth_methods": ("client_secret_basic", "private_key_jwt"),
        **changes,
    }
    return Provider(**values)


def planned(provider, **values):
    """Plan for a provider that is not installed."""
    registration = Profile(
        name="billing",
        client_id="c",
        **{"settings": {"domain": "acme.example"}, **values},
    )
    return make_plan(provider, registration, provider.quirks)


class TestMethod:
    @pytest.mark.parametrize(
        ("credentials", "named", "method", "credential"),
        [
            (SECRET, None, "client_secret_basic", "client_secret"),
            ({**NONE, **KEY}, None, "private_key_jwt", "private_key"),
            ({**NONE, **ASSERTION}, None, "private_key_jwt", "client_assertion"),
            (SECRET, "client_secret_post", "client_secret_post", "client_secret"),
            (SECRET, "client_secret_jwt", "client_secret_jwt", "client_secret"),
            ({**NONE, **KEY}, "private_key_jwt", "private_key_jwt", "private_key"),
            (
                {**NONE, **ASSERTION},
                "private_key_jwt",
                "private_key_jwt",
                "client_assertion",
            ),
            (
                {**NONE, **KEY, "certificate": "c.pem"},
                None,
                "private_key_jwt",
                "private_key",
            ),
        ],
    )
    def test_it_follows_from_the_credential(
        self, credentials, named, method, credential
    ):
        """A credential means a method; a certificate never means mTLS."""
        _, plan = a_plan(**credentials, token_endpoint_auth_method=named)

        assert (method, credential) == (plan.auth_method, plan.credential)

    @pytest.mark.parametrize(
        ("credentials", "named", "problem"),
        [
            (NONE, None, ("client_secret", "there is no credential")),
            (
                {**SECRET, **KEY},
                None,
                (
                    "token_endpoint_auth_method",
                    "private_key and client_secret are both set",
                ),
            ),
            (
                {**SECRET, **ASSERTION},
                None,
                (
                    "token_endpoint_auth_method",
                    "client_assertion and client_secret are both set",
                ),
            ),
            (
                {**SECRET, **KEY, **ASSERTION},
                None,
                (
                    "token_endpoint_auth_method",
                    "client_assertion and private_key and client_secret are both set",
                ),
            ),
            (
                {**SECRET, **KEY},
                "client_secret_basic",
                ("private_key", "client_secret_basic does not use it"),
            ),
            (
                {**SECRET, **KEY},
                "private_key_jwt",
                ("client_secret", "private_key_jwt does not use it"),
            ),
            (
                {**NONE, **KEY, **ASSERTION},
                "private_key_jwt",
                ("client_assertion", "client_assertion and private_key are both set"),
            ),
            (
                {**NONE, **KEY},
                "client_secret_post",
                ("private_key", "client_secret_post does not use it"),
            ),
            (
                NONE,
                "client_secret_post",
                ("client_secret", "client_secret_post needs client_secret"),
            ),
            (
                NONE,
                "private_key_jwt",
                (
                    "private_key",
                    "private_key_jwt needs private_key or client_assertion",
                ),
            ),
            (
                SECRET,
                "basic",
                ("token_endpoint_auth_method", "there is no method 'basic'"),
            ),
        ],
    )
    def test_what_does_not_go_together(self, credentials, named, problem):
        """A credential that no method uses, and a method without one, are told."""
        assert [problem] == problems_of(**credentials, token_endpoint_auth_method=named)

    @pytest.mark.parametrize(
        ("credentials", "named", "method"),
        [
            (SECRET, None, "client_secret_basic"),
            (SECRET, "client_secret_jwt", "client_secret_jwt"),
            ({**NONE, "tls_certificate": "t.pem"}, "tls_client_auth", None),
        ],
    )
    def test_a_certificate_without_its_key(self, credentials, named, method):
        """It is not ignored where no private key signs, and mTLS has another key."""
        ((key, told),) = problems_of(
            **credentials, token_endpoint_auth_method=named, certificate="c.pem"
        )

        assert key == "certificate"
        assert told.startswith(f"{method or named} does not use it")

    def test_the_first_secret_method_of_the_provider(self):
        """A server that prefers keys still has one meaning for a secret."""
        provider = a_provider(
            token_endpoint_auth_methods=("private_key_jwt", "client_secret_post")
        )
        plan, _ = planned(provider, client_secret={"env": "S"})

        assert "client_secret_post" == plan.auth_method

    def test_a_credential_that_the_provider_has_no_method_for(self):
        """A key for a server that takes only secrets is told with what it takes."""
        provider = a_provider(token_endpoint_auth_methods=("client_secret_basic",))
        _, problems = planned(provider, private_key={"file": "k"})

        assert ["private_key"] == [problem.key for problem in problems]
        assert "client_secret_basic" in problems[0].hint

    def test_one_mistake_is_told_once(self):
        """A credential that cannot be read is not reported as missing as well."""
        for key, method in [
            ("client_secret", None),
            ("client_secret", "client_secret_basic"),
            ("client_assertion", None),
            ("client_assertion", "private_key_jwt"),
        ]:
            changes = {"client_secret": None, "client_id": None, key: 5}
            if key == "client_secret":
                changes["client_id"] = "c"
            found = problems_of(**changes, token_endpoint_auth_method=method)

            assert [key] == [place for place, _ in found]


class TestAWrongMethodHidesNothing:
    """What is wrong whatever the method is told along with the method."""

    def test_the_three_rounds_of_old(self):
        """A method for another credential, and an algorithm of nobody, in one go."""
        found = problems_of(
            **SECRET,
            token_endpoint_auth_method="private_key_jwt",
            token_endpoint_auth_signing_alg="none",
            scope=['a"b'],
        )

        assert [
            ("client_secret", "private_key_jwt does not use it"),
            ("token_endpoint_auth_signing_alg", "there is no algorithm 'none'"),
            ("scope", "'a\"b' is not a scope"),
        ] == found

    def test_what_to_set_instead(self):
        """The hint says what the method uses, so that taking out is not half of it."""
        for method, keys in [
            ("private_key_jwt", "private_key or client_assertion"),
            ("client_secret_post", "client_secret"),
        ]:
            credentials = SECRET if "key" in keys else {**NONE, **KEY}
            with pytest.raises(ProfileError) as caught:
                a_profile(**credentials, token_endpoint_auth_method=method)
            (problem,) = caught.value.problems

            assert f"set {keys} instead" == problem.hint

    @pytest.mark.parametrize(
        "method", ["basic", "tls_client_auth", "client_secret_jwt", 3]
    )
    def test_the_rules_of_the_provider(self, method):
        """Oracle's one audience per request is told with any wrong method."""
        found = problems_of(
            "oracle-idcs",
            token_endpoint_auth_method=method,
            scope=["https://a.example/x", "https://b.example/x"],
            domain="https://idcs.example",
        )

        assert ["domain", "scope", "token_endpoint_auth_method"] == sorted(
            key for key, _ in found
        )

    def test_a_misspelt_method_is_taken_for_the_nearest_one(self):
        """What the nearest method cannot do is told, since it will be the next one."""
        found = problems_of(
            **SECRET,
            token_endpoint_auth_method="private_key_jw",
            token_endpoint_auth_signing_alg="HS256",
        )

        assert [
            "token_endpoint_auth_method",
            "client_secret",
            "token_endpoint_auth_signing_alg",
        ] == [key for key, _ in found]

    @pytest.mark.parametrize("method", ["basic", "none"])
    def test_the_credentials(self, method):
        """Two credentials, or none, are wrong with any method."""
        two = problems_of(**SECRET, **KEY, token_endpoint_auth_method=method)
        none = problems_of(**NONE, token_endpoint_auth_method=method)

        assert "private_key and client_secret are both set" in [it for _, it in two]
        assert ("client_secret", "there is no credential") in none

    def test_a_rule_about_a_method_that_was_guessed(self):
        """What a provider says of a method that nobody wrote is not told."""
        provider = a_provider(
            check_request=lambda settings, method, scope: [
                ("token_endpoint_auth_method", f"{method} is not for you"),
                ("scope", "no"),
            ]
        )
        _, problems = planned(provider)

        assert ["client_secret", "scope"] == [problem.key for problem in problems]

    def test_a_client_that_an_assertion_names(self):
        """Only a method that uses the assertion does without ``client_id``."""
        found = problems_of(
            client_id=None,
            **NONE,
            **ASSERTION,
            token_endpoint_auth_method="client_secret_post",
        )

        assert ["client_assertion", "client_id"] == [key for key, _ in found]


class TestClient:
    @pytest.mark.parametrize("client_id", [None, ""])
    def test_it_is_needed(self, client_id):
        """A request that names no client is told before sending."""
        assert [("client_id", "is missing")] == problems_of(client_id=client_id)

    def test_a_colon_that_raw_basic_cannot_carry(self):
        """Half of an identifier would be taken for the secret; that is told."""
        found = problems_of(client_id="a:b", quirks={"basic_encoding": "raw"})

        assert ["client_id"] == [key for key, _ in found]

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {
                "quirks": {"basic_encoding": "raw"},
                "token_endpoint_auth_method": "client_secret_post",
            },
        ],
    )
    def test_a_colon_elsewhere(self, changes):
        """Encoded, or in the form, a colon is like any other character."""
        assert "a:b" == a_plan(client_id="a:b", **changes)[1].client_id


class TestEndpoint:
    def test_the_profile_overrides_the_template(self):
        """An endpoint in the profile needs no settings, with any provider."""
        _, plan = a_plan("okta", domain=None, token_endpoint="https://proxy.example/t")

        assert "https://proxy.example/t" == plan.token_endpoint
        assert "https://proxy.example/t" == plan.assertion_audience

    def test_a_missing_setting(self):
        """What the template needs is told with an example."""
        assert [("domain", "is missing")] == problems_of("okta", domain=None)

    @pytest.mark.parametrize(
        "rule",
        [
            "http://{domain}/token",
            "https://{nowhere}/token",
            "{domain}",
            lambda settings: "http://acme.example/",
            lambda settings: None,
            lambda settings: settings["nowhere"],
        ],
    )
    def test_a_rule_that_gives_no_endpoint(self, rule):
        """A provider's slip is a problem of token_endpoint, never a traceback."""
        plan, problems = planned(
            a_provider(token_endpoint=rule), client_secret={"env": "S"}
        )

        assert plan is None
        assert ["token_endpoint"] == [problem.key for problem in problems]

    @pytest.mark.parametrize(
        "rule",
        [
            "http://acme.example/",
            "https://{nowhere}/",
            lambda settings: settings["nowhere"],
            lambda settings: 3,
        ],
    )
    def test_a_rule_that_gives_no_issuer(self, rule):
        """The issuer of a provider passes the same check."""
        plan, problems = planned(a_provider(issuer=rule), client_secret={"env": "S"})

        assert plan is None
        assert ["issuer"] == [problem.key for problem in problems]


class TestAudience:
    def test_an_issuer_is_needed_for_one(self):
        """``assertion_audience = "issuer"`` without an issuer is told."""
        found = problems_of(**NONE, **KEY, assertion_audience="issuer")

        assert [("assertion_audience", '"issuer" needs an issuer')] == found

    @pytest.mark.parametrize("credentials", [SECRET, {**NONE, **ASSERTION}])
    def test_who_signs_nothing_needs_none(self, credentials):
        """A server that wants the issuer in assertions serves secrets as well."""
        _, plan = a_plan(**credentials, quirks={"assertion_audience": "issuer"})

        assert plan is not None

    def test_a_wrong_setting_is_told_once(self):
        """An issuer that is missing because the host is wrong is not told as well."""
        found = problems_of(
            "curity", host="a/b", **NONE, **KEY, assertion_audience="issuer"
        )

        assert ["host"] == [key for key, _ in found]


class TestAlgorithm:
    @pytest.mark.parametrize(
        ("method", "credentials", "algorithm"),
        [
            ("client_secret_jwt", SECRET, "RS256"),
            ("private_key_jwt", {**NONE, **KEY}, "HS256"),
            ("private_key_jwt", {**NONE, **KEY}, "RS265"),
            ("private_key_jwt", {**NONE, **KEY}, "none"),
            ("private_key_jwt", {**NONE, **KEY}, ""),
        ],
    )
    def test_what_cannot_sign(self, method, credentials, algorithm):
        """An algorithm of the wrong family, or of none, is told."""
        found = problems_of(
            **credentials,
            token_endpoint_auth_method=method,
            token_endpoint_auth_signing_alg=algorithm,
        )

        assert ["token_endpoint_auth_signing_alg"] == [key for key, _ in found]


class TestNames:
    @pytest.mark.parametrize("name", sorted(RESERVED_PARAMETERS))
    def test_parameters_with_keys_of_their_own(self, name):
        """Nothing is sent twice: a parameter that has a key is told to use it."""
        assert [
            (f"extra_parameters.{name}", "ccflow sets this parameter itself")
        ] == problems_of(extra_parameters={name: "x"})

    @pytest.mark.parametrize(
        ("name", "key"), [("", '""'), ("a\nb", "a\nb"), ("\x7f", "\x7f")]
    )
    def test_what_is_no_parameter(self, name, key):
        """An empty name and a control character are told before they are sent."""
        assert [
            (f"extra_parameters.{key}", "is not the name of a parameter")
        ] == problems_of(extra_parameters={name: "x"})

    @pytest.mark.parametrize(
        ("quirks", "key", "told"),
        [
            ({"content_type": "a\r\nb"}, "content_type", "is not a media type"),
            ({"content_type": "text"}, "content_type", "is not a media type"),
            ({"content_type": "text/x; a=\nb"}, "content_type", "is not a media type"),
            ({"request_headers": {"A": "b\r\nc"}}, "request_headers.A", "line break"),
            ({"request_headers": {"A": " b"}}, "request_headers.A", "a space at an"),
            ({"request_headers": {"A": ""}}, "request_headers.A", "value is empty"),
            ({"request_headers": {"A b": "c"}}, "request_headers.A b", "not the name"),
        ],
    )
    def test_headers_of_quirks(self, quirks, key, told):
        """A profile's own quirks are looked at as its headers are."""
        ((found, text),) = problems_of(quirks=quirks)

        assert f"quirks.{key}" == found
        assert told in text

    @pytest.mark.parametrize("name", sorted(RESERVED_HEADERS))
    @pytest.mark.parametrize("write", [str.lower, str.title])
    def test_headers_that_the_request_decides(self, name, write):
        """Nothing overrides the credentials or the framing, whatever its case."""
        name = write(name)

        assert [(f"headers.{name}", "ccflow sets this header itself")] == problems_of(
            headers={name: "x"}
        )

    @pytest.mark.parametrize("name", ["X Key", "X:Key", "Schlüssel", "", "a\nb"])
    def test_what_is_no_header(self, name):
        """A name that no header can have is told before sending."""
        assert [(f"headers.{name}", "is not the name of a header")] == problems_of(
            headers={name: "x"}
        )


class TestRules:
    def test_a_rule_of_the_provider(self):
        """What a provider knows to fail is a problem with its key."""
        provider = a_provider(
            check_request=lambda settings, method, scope: [("scope", "no")]
        )
        _, problems = planned(provider, client_secret={"env": "S"})

        assert [("scope", "no")] == [
            (problem.key, problem.message) for problem in problems
        ]

    @pytest.mark.parametrize(
        "rule", [lambda *given: given[9], lambda *given: 3, lambda *given: ["x"]]
    )
    def test_a_rule_that_breaks(self, rule):
        """A provider's broken function is a problem, never a traceback."""
        _, problems = planned(
            a_provider(check_request=rule), client_secret={"env": "S"}
        )

        assert ["provider"] == [problem.key for problem in problems]


class TestRulesAndSettings:
    """A rule of a provider is asked as far as it does without a wrong setting."""

    @staticmethod
    def rule(settings, method, scope):
        yield "scope", "whatever the domain"
        yield "client_id", f"not at {settings['domain']}"

    def test_a_wrong_setting(self):
        """What the rule finds before it asks for the wrong setting is told."""
        _, problems = planned(
            a_provider(check_request=self.rule),
            client_secret={"env": "S"},
            settings={"domain": "https://x"},
        )

        assert ["domain", "scope"] == [problem.key for problem in problems]

    def test_a_missing_setting(self):
        """One that is missing is no reason to hide the rest either."""
        _, problems = planned(
            a_provider(check_request=self.rule), client_secret={"env": "S"}, settings={}
        )

        assert ["domain", "scope"] == [problem.key for problem in problems]

    def test_settings_that_nobody_needs(self):
        """An endpoint of the profile's own needs none, and no rule about them."""
        plan, problems = planned(
            a_provider(check_request=self.rule),
            client_secret={"env": "S"},
            settings={},
            token_endpoint="https://proxy.example/token",
        )

        assert () == problems
        assert plan is not None


class TestOverrides:
    def test_a_call_replaces_what_the_profile_says(self):
        """Arguments replace; None keeps; nothing sends none."""
        profile = a_profile(scope="a", audience="b", resource="https://c.example")

        def asked(**arguments):
            _, plan = profile.plan(**arguments)
            return plan.scope, plan.audience, plan.resource

        assert (("a",), "b", ("https://c.example",)) == asked()
        assert (("x",), "y", ("urn:z",)) == asked(
            scope=("x",), audience="y", resource=("urn:z",)
        )
        assert ((), "b", ()) == asked(scope=(), resource=())

    def test_an_empty_audience_of_a_call(self):
        """It is the same mistake as in a profile."""
        with pytest.raises(ProfileError, match="audience: is empty; take it out"):
            a_profile(audience="b").plan(audience="")

    def test_lifetimes_of_unknown_tokens(self):
        """The profile's ``default_expires_in`` wins over the quirk, that over 300."""
        quirk = {"quirks": {"default_expires_in": 60.0}}

        assert 300.0 == a_plan()[1].default_expires_in
        assert 60.0 == a_plan(**quirk)[1].default_expires_in
        assert 5.0 == a_plan(default_expires_in=5, **quirk)[1].default_expires_in


class TestValue:
    @pytest.mark.parametrize("provider", MAPPINGS)
    def test_it_compares_and_hashes(self, provider):
        """Two plans of the same profile are one key."""
        one, two = a_plan(provider)[1], a_plan(provider)[1]

        assert one == two
        assert hash(one) == hash(two)

    @pytest.mark.parametrize("provider", MAPPINGS)
    def test_it_holds_no_secret(self, provider):
        """A plan can be printed, logged and sent elsewhere."""
        import pickle

        _, plan = a_plan(provider)

        assert MAPPINGS[provider]["client_secret"] not in repr(attrs.asdict(plan))
        assert plan == pickle.loads(pickle.dumps(plan))


class TestProvider:
    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"name": "Acme"}, "cannot be called"),
            ({"name": "a--b"}, "cannot be called"),
            ({"name": ""}, "cannot be called"),
            ({"settings": {"scope": Setting("x")}}, "scope bear the names"),
            ({"settings": {"dpop": Setting("x")}}, "dpop bear the names"),
            ({"token_endpoint_auth_methods": ()}, "no authentication method"),
            ({"token_endpoint_auth_methods": ("basic",)}, "is no authentication"),
        ],
    )
    def test_a_slip_is_told_to_its_author(self, changes, told):
        """A provider that cannot work is refused where it is made."""
        with pytest.raises(ValueError, match=told):
            a_provider(**changes)

    def test_it_is_a_value(self):
        """Providers compare, hash and print."""
        assert a_provider() == a_provider()
        assert hash(a_provider()) == hash(a_provider())
        assert "acme" in repr(a_provider())

    def test_a_comma_that_is_missing(self):
        """Text where texts belong is refused, not read letter by letter."""
        with pytest.raises(TypeError, match="needs its comma"):
            Quirks(forbidden_scopes=("openid"))
        with pytest.raises(TypeError, match="needs its comma"):
            a_provider(token_endpoint_auth_methods=("client_secret_basic"))

    def test_lists_are_taken(self):
        """An author may write a list; it becomes a tuple, and hashes."""
        assert ("a",) == Quirks(forbidden_scopes=["a"]).forbidden_scopes
        assert hash(Quirks(forbidden_scopes=["a"]))
