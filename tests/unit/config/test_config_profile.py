"""The profile as a value: made of mappings and files alike, printed, pickled."""

from __future__ import annotations

import copy
import pickle

import attrs
import pytest
import tomli_w

import ccflow
from ccflow.config.cache import Cache
from ccflow.config.load import load_profile
from ccflow.config.profile import Profile
from ccflow.errors import ProfileError


PROFILES = {
    "minimal": {
        "token_endpoint": "https://as.example.com/token",
        "client_id": "c",
        "client_secret": {"env": "S"},
    },
    "okta": {
        "provider": "okta",
        "domain": "acme.okta.com",
        "client_id": "c",
        "client_secret": {"env": "S"},
        "scope": ["a", "b"],
    },
    "full": {
        "provider": "curity",
        "host": "id.acme.com:8443",
        "token_path": "ext/oauth-token",
        "issuer": "https://id.acme.com/oauth",
        "client_id": "c",
        "private_key": {"file": "key.pem"},
        "private_key_password": {"command": ["pass", "show", "x"]},
        "key_id": "k",
        "certificate": "/etc/c.pem",
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "assertion_audience": "issuer",
        "scope": "a b",
        "require_scope": True,
        "default_scope": False,
        "audience": "https://api.acme.com/",
        "resource": ["https://one.example", "https://two.example"],
        "extra_parameters": {"account": {"env": "ACCOUNT"}},
        "headers": {"X-Key": {"env": "KEY"}},
        "ca_file": "/etc/ca.pem",
        "proxy": {"env": "PROXY"},
        "timeout": 5,
        "default_expires_in": 60,
        "api_origins": ["https://api.acme.com"],
        "quirks": {"client_id_with_assertion": True, "correlation_id_members": ["id"]},
    },
}


class TestFromMapping:
    @pytest.mark.parametrize("name", PROFILES)
    def test_it_equals_the_file(self, workspace, name):
        """The same keys give the same profile, with a file or without."""
        text = tomli_w.dumps({"profiles": {"billing": PROFILES[name]}})
        workspace.write(text, "own.toml")

        assert load_profile("billing", "own.toml") == Profile.from_mapping(
            PROFILES[name], name="billing"
        )

    @pytest.mark.parametrize("name", PROFILES)
    def test_it_leaves_the_mapping_alone(self, name):
        """The caller's mapping is not changed."""
        before = copy.deepcopy(PROFILES[name])
        Profile.from_mapping(PROFILES[name])

        assert before == PROFILES[name]

    def test_problems_have_keys_and_no_file(self):
        """What is wrong is told with the key alone."""
        with pytest.raises(ProfileError) as caught:
            Profile.from_mapping({"scop": 1})

        assert {None} == {problem.file for problem in caught.value.problems}
        assert {"scop", "client_id", "client_secret", "token_endpoint"} == {
            problem.key for problem in caught.value.problems
        }

    def test_it_is_public(self):
        """A program makes its profile by ``ccflow.Profile.from_mapping``."""
        assert Profile is ccflow.Profile
        assert "inline" == ccflow.Profile.from_mapping(PROFILES["minimal"]).name

    def test_it_needs_no_table_of_its_own(self):
        """``extends`` has nothing to extend there, and is told."""
        with pytest.raises(ProfileError) as caught:
            Profile.from_mapping({**PROFILES["minimal"], "extends": "base"})

        assert ["extends"] == [problem.key for problem in caught.value.problems]


class TestValue:
    @pytest.mark.parametrize("name", PROFILES)
    def test_it_travels(self, name):
        """A profile with references pickles, copies, compares and hashes."""
        profile = Profile.from_mapping(PROFILES[name])

        for other in (
            pickle.loads(pickle.dumps(profile)),
            copy.copy(profile),
            copy.deepcopy(profile),
        ):
            assert profile == other
            assert hash(profile) == hash(other)
            assert profile.plan() == other.plan()

    def test_origins_travel(self, workspace):
        """Problems of a call are told with the file, in another process too."""
        file = workspace.write(tomli_w.dumps({"profiles": {"b": PROFILES["okta"]}}))
        profile = pickle.loads(pickle.dumps(load_profile("b")))

        with pytest.raises(ProfileError) as caught:
            profile.plan(scope=("openid",))
        (problem,) = caught.value.problems
        assert (str(file), "profiles.b.scope") == (problem.file, problem.key)

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"client_secret": "l1teral"}, "client_secret"),
            ({"headers": {"X-Key": "l1teral"}}, "headers.X-Key"),
            ({"extra_parameters": {"a": "l1teral"}}, "extra_parameters.a"),
            ({"proxy": "http://u:l1teral@p"}, "proxy"),
            (
                {"client_secret": "l1teral", "headers": {"X": "l1teral"}},
                "client_secret and headers.X",
            ),
        ],
    )
    def test_a_literal_does_not_pickle(self, changes, named):
        """A literal secret stays in its process, and the way out is named."""
        profile = Profile.from_mapping({**PROFILES["minimal"], **changes})

        with pytest.raises(
            TypeError, match=rf"a literal {named} and does not"
        ) as caught:
            pickle.dumps(profile)
        assert '{ env = "NAME" }' in str(caught.value)
        assert "l1teral" not in str(caught.value)
        assert named.split(" and ") == profile.literal_secrets()

    def test_a_literal_copies(self):
        """Within the process a profile with a literal is copied like any value."""
        profile = Profile.from_mapping({**PROFILES["minimal"], "client_secret": "l1"})

        assert profile == copy.copy(profile) == copy.deepcopy(profile)

    def test_a_literal_does_not_print(self):
        """A profile with literals can be logged."""
        profile = Profile.from_mapping(
            {
                **PROFILES["minimal"],
                "client_secret": "l1teral",
                "headers": {"X": "l1teral"},
                "proxy": "http://u:l1teral@p",
            }
        )

        assert "l1teral" not in f"{profile!r} {profile} {attrs.asdict(profile)}"

    def test_a_literal_is_wrapped_however_the_profile_is_made(self):
        """A profile that Python makes prints, logs and pickles no secret either."""
        profile = Profile(
            name="billing",
            client_secret=["l1teral", "l1teral"],
            private_key="l1teral",
            headers={"X": "l1teral"},
            extra_parameters={"a": "l1teral"},
            proxy="http://u:l1teral@p",
            cache=Cache(
                store="redis",
                settings={"url": "redis://:l1teral@r"},
                encryption_key="l1teral",
            ),
        )

        assert "l1teral" not in f"{profile!r} {profile} {attrs.asdict(profile)}"
        assert {
            "client_secret",
            "private_key",
            "proxy",
            "headers.X",
            "extra_parameters.a",
            "cache.url",
            "cache.encryption_key",
        } == {*profile.literal_secrets()}
        with pytest.raises(TypeError, match="use a reference"):
            pickle.dumps(profile)

    def test_two_secrets_are_two_profiles(self):
        """Another credential is another profile, even under one name."""
        one = Profile.from_mapping(PROFILES["minimal"])
        two = Profile.from_mapping(
            {**PROFILES["minimal"], "client_secret": {"env": "T"}}
        )

        assert one != two
