"""What is sent reads back as what was meant, whatever it holds."""

from __future__ import annotations

import json
import re
import string
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
from hypothesis import assume
from hypothesis import event
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.keys.signer import client_secret_signer
from ccflow.plugin.registry import find_provider
from ccflow.protocol.assertion import make_assertion
from ccflow.protocol.plan import make_plan
from ccflow.protocol.provider import RESERVED_PARAMETERS
from ccflow.protocol.provider import Provider
from ccflow.protocol.template import HOST
from ccflow.protocol.template import NAME
from ccflow.protocol.template import PATH
from ccflow.protocol.template import Setting
from ccflow.protocol.url import endpoint_problem
from ccflow.secret import Secret
from ccflow.testing.members import lifetimes
from ccflow.testing.settings import hostile_values
from ccflow.testing.values import anything
from ccflow.testing.values import identifiers
from ccflow.testing.values import scopes
from ccflow.testing.values import uris
from tests.unit.protocol.wire import NOW
from tests.unit.protocol.wire import a_plan
from tests.unit.protocol.wire import a_request
from tests.unit.protocol.wire import an_answer
from tests.unit.protocol.wire import headers_of
from tests.unit.protocol.wire import outcome_of
from tests.unit.protocol.wire import parse_basic_as_server
from tests.unit.protocol.wire import parse_form


class TestClientSecretBasic:
    @given(client_id=identifiers, client_secret=anything)
    def test_server_reads_back_what_we_sent(self, client_id, client_secret):
        """
        Any client ID and secret survive the trip through the header, whatever
        colons, percent signs, or non-ASCII they contain.
        """
        request = a_request(client_id=client_id, client_secret=client_secret)

        assert (client_id, client_secret) == parse_basic_as_server(
            headers_of(request)["authorization"], decodes=True
        )

    @given(client_id=identifiers, client_secret=anything)
    def test_a_server_that_does_not_decode(self, client_id, client_secret):
        """Raw halves survive as well, or the colon that would cut them is told."""
        changes = {
            "client_id": client_id,
            "client_secret": client_secret,
            "quirks": {"basic_encoding": "raw"},
        }
        if ":" in client_id:
            with pytest.raises(ProfileError, match="holds a colon"):
                a_request(**changes)
            return

        assert (client_id, client_secret) == parse_basic_as_server(
            headers_of(a_request(**changes))["authorization"], decodes=False
        )


class TestForm:
    @given(
        client_id=identifiers,
        client_secret=anything,
        audience=st.one_of(st.none(), identifiers),
        resource=st.lists(uris, max_size=3),
        extra=st.dictionaries(
            identifiers.filter(lambda it: it not in RESERVED_PARAMETERS),
            anything,
            max_size=3,
        ),
    )
    def test_every_parameter_reads_back(
        self, client_id, client_secret, audience, resource, extra
    ):
        """A form parser finds each parameter once, with its exact value."""
        request = a_request(
            client_id=client_id,
            client_secret=client_secret,
            token_endpoint_auth_method="client_secret_post",
            audience=audience,
            resource=resource,
            extra_parameters=extra,
        )

        assert [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", client_secret),
            *([("audience", audience)] if audience else []),
            *(("resource", value) for value in resource),
            *extra.items(),
        ] == parse_form(request.wire_body())

    @given(client_secret=anything)
    def test_the_body_is_plain_ascii(self, client_secret):
        """Nothing in a form needs an encoding, and no space becomes a plus."""
        body = a_request(
            client_secret=client_secret, token_endpoint_auth_method="client_secret_post"
        ).wire_body()
        allowed = string.ascii_letters + string.digits + "-_.~!*'()%&="

        assert set(body.decode("ascii")) <= set(allowed)


class TestScope:
    @given(scopes)
    def test_it_goes_and_comes_back_in_order(self, scope):
        """Scopes are sent in order, each once, and read back the same."""
        form = dict(parse_form(a_request(scope=scope).wire_body()))
        expected = tuple(dict.fromkeys(scope))
        assert " ".join(expected) == form.get("scope", "")
        body = json.dumps({"access_token": "t", "scope": form.get("scope", "")})

        assert expected == (outcome_of(an_answer(200, body)).scope or ())

    @given(scopes, st.text(min_size=1))
    def test_what_is_no_scope_is_never_sent(self, scope, word):
        """A word outside RFC 6749 section 3.3 is told, and no other is refused."""
        good = re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", word) is not None
        profile = Profile.from_mapping(
            {
                "token_endpoint": "https://as.example.com/",
                "client_id": "c",
                "client_secret": {"env": "S"},
            }
        )
        try:
            profile.plan(scope=(*scope, word))
        except ProfileError:
            assert not good
        else:
            assert good


class TestAssertion:
    SIGNER = client_secret_signer(Secret("k" * 32))

    @given(
        client_id=identifiers, audience=identifiers, key_id=identifiers, jti=anything
    )
    def test_a_verifier_reads_back_what_we_signed(
        self, client_id, audience, key_id, jti
    ):
        """Any identifier survives the trip through the JWT."""
        assume(audience not in {"issuer", "token_endpoint"})
        _, plan = a_plan(
            client_id=client_id,
            key_id=key_id,
            assertion_audience=audience,
            token_endpoint_auth_method="client_secret_jwt",
        )
        assertion = make_assertion(plan, self.SIGNER, now=NOW, jti=jti).reveal()
        claims = jwt.decode(
            assertion,
            "k" * 32,
            ["HS256"],
            audience=audience,
            options={"verify_exp": False, "verify_iat": False},
        )

        assert (client_id, client_id, audience, jti) == (
            claims["iss"],
            claims["sub"],
            claims["aud"],
            claims["jti"],
        )
        assert key_id == jwt.get_unverified_header(assertion)["kid"]


ANY = r"(?s).*"

# A pattern, and a value that mostly fits it.
fitted = st.sampled_from([HOST, NAME, PATH, ANY]).flatmap(
    lambda pattern: st.tuples(
        st.just(pattern),
        hostile_values
        if pattern == ANY
        else st.one_of(st.from_regex(pattern, fullmatch=True), hostile_values),
    )
)
drawn = st.fixed_dictionaries(dict.fromkeys("abc", fitted))

segments = st.sampled_from(["oauth2", "v1", "{b}", "{b}", "pre-{b}", "{b}.jwt", "{c}"])
templates = st.builds(
    lambda before, after, path, query: (
        f"https://{before}{{a}}{after}/{'/'.join(path)}{query}"
    ),
    st.sampled_from(["", "", "x-", "login."]),
    st.sampled_from(["", "", ".example.com", ".okta.com:8443"]),
    st.lists(segments, max_size=4),
    st.sampled_from(["", "?tenant={b}", "?x=1&t={c}"]),
)


class TestTemplates:
    def plan(self, template, drawn):
        """Plan for a provider of such a template, with such values."""
        provider = Provider(
            name="acme",
            token_endpoint=template,
            settings={
                name: Setting("x", pattern=pattern)
                for name, (pattern, _) in drawn.items()
            },
            token_endpoint_auth_methods=("client_secret_basic",),
        )
        profile = Profile(
            name="p",
            client_id="c",
            client_secret=Secret("s"),
            settings={name: value for name, (_, value) in drawn.items()},
        )
        return make_plan(provider, profile, provider.quirks)

    @settings(max_examples=max(300, settings().max_examples))
    @given(template=templates, drawn=drawn)
    @example(
        "https://{a}.example.com/",
        {"a": (ANY, "[::]"), "b": (NAME, "b"), "c": (NAME, "c")},
    )
    def test_no_setting_changes_the_structure(self, template, drawn):
        """
        Whatever a profile puts into a template, the URL has the host, the path and
        the query that the template says, or it is refused.
        """
        plan, problems = self.plan(template, drawn)
        if plan is None:
            event("refused")
            assert problems
            return

        event("rendered")
        # The template is split before anything is put in, and each part filled.
        wanted = urlsplit(template)
        found = urlsplit(plan.token_endpoint)

        def filled(part):
            for name, (_, value) in drawn.items():
                part = part.replace(f"{{{name}}}", value)
            return part

        assert "https" == found.scheme
        assert filled(wanted.netloc) == found.netloc
        assert filled(wanted.path) == found.path
        assert filled(wanted.query) == found.query
        assert wanted.query.count("=") == found.query.count("=")
        assert "" == found.fragment
        assert "@" not in found.netloc
        # Another parser, the one that sends, goes to the same place.
        sent = httpx.URL(plan.token_endpoint)
        assert found.hostname == sent.host
        assert found.path == sent.path

    def test_both_ends_are_reached(self):
        """The property above sees URLs and refusals, many of each."""
        seen = {True: 0, False: 0}

        @settings(max_examples=300, database=None, derandomize=True)
        @given(templates, drawn)
        def count(template, drawn):
            plan, _ = self.plan(template, drawn)
            seen[plan is not None] += 1

        count()

        assert min(seen.values()) > 40

    @pytest.mark.parametrize("name", ["okta", "curity", "oracle-idcs"])
    @given(values=st.lists(hostile_values, min_size=2, max_size=2))
    def test_our_own_providers(self, name, values):
        """The endpoints of our own providers have the documented structure."""
        provider = find_provider(name)
        given_settings = dict(zip(provider.settings, values, strict=False))
        profile = Profile(
            name="p",
            client_id="c",
            client_secret=Secret("s"),
            scope=("a",),
            settings=given_settings,
        )
        plan, problems = make_plan(provider, profile, provider.quirks)
        if plan is None:
            assert problems
            return

        path = {
            "okta": r"/oauth2/[^/?#%]+/v1/token",
            "curity": r"/oauth/v2/[^?#%]+",
            "oracle-idcs": r"/oauth2/v1/token",
        }[name]
        url = re.fullmatch(r"https://([^/?#@\\]+)(/.*)", plan.token_endpoint)
        assert url is not None
        assert values[0] == url[1]
        assert re.fullmatch(path, url[2])


class TestEndpoints:
    @given(
        st.one_of(
            st.text(),
            st.builds(
                "{}://{}{}".format,
                st.sampled_from(["https", "http", "HTTPS", "ftp", ""]),
                hostile_values,
                st.sampled_from(["", "/", "/token", "?a=b", ":8443/x"]),
            ),
        )
    )
    def test_two_parsers_agree_on_what_is_taken(self, url):
        """A URL that passes goes, for the library that sends, to the same host."""
        if endpoint_problem(url) is not None:
            return

        sent = httpx.URL(url)
        assert urlsplit(url).hostname == sent.host
        assert urlsplit(url).scheme == sent.scheme
        assert sent.scheme == "https" or sent.host in {"localhost", "127.0.0.1", "::1"}
        assert not sent.userinfo
        assert not sent.fragment


class TestLifetimes:
    @given(lifetimes)
    def test_a_number_that_is_one_is_kept(self, value):
        """A positive number of seconds below thirty years is the lifetime."""
        body = json.dumps({"access_token": "t", "expires_in": value})
        found = outcome_of(an_answer(200, body))
        usual = isinstance(value, int) and not isinstance(value, bool)

        if usual and 0 < value <= 10**9:
            assert float(value) == found.expires_in
