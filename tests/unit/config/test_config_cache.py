"""Where tokens are shared, and the pair of secrets, as a profile says it."""

from __future__ import annotations

import pickle

import pytest

from ccflow.config.cache import Cache
from ccflow.config.load import load_profile
from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.secret import Secret
from ccflow.secret import SecretReference


PROFILE = """
[profiles.billing]
token_endpoint = "https://as.example.com/token"
client_id = "c"
client_secret = { env = "S" }
"""


def mapping(**values):
    return {
        "token_endpoint": "https://as.example.com/token",
        "client_id": "c",
        "client_secret": {"env": "S"},
        **values,
    }


def cache_of(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text(text)
    return load_profile("billing", path).cache


def problems_of(**values):
    with pytest.raises(ProfileError) as caught:
        Profile.from_mapping(mapping(**values))
    return [str(problem) for problem in caught.value.problems]


class TestCache:
    def test_nothing_said(self, tmp_path):
        """Who says nothing gets the default of the library or of the command line."""
        assert cache_of(tmp_path, PROFILE) is None

    def test_of_the_file(self, tmp_path):
        """One table serves every profile of its file."""
        text = '[cache]\nstore = "file"\ndirectory = "tokens"\n' + PROFILE

        found = cache_of(tmp_path, text)

        assert found == Cache(store="file", directory=str(tmp_path / "tokens"))

    def test_profile_adds_to_the_table_of_the_file(self, tmp_path):
        """Tables merge by key."""
        text = '[cache]\nstore = "file"\n' + PROFILE + "[profiles.billing.cache]\n"

        found = cache_of(tmp_path, text + 'directory = "/tokens"\n')

        assert found == Cache(store="file", directory="/tokens")

    def test_another_store_replaces_the_table(self, tmp_path):
        """The keys of one store mean nothing to another one."""
        text = '[cache]\nstore = "redis"\nurl = { env = "U" }\n' + PROFILE

        found = cache_of(tmp_path, text + 'cache = { store = "file" }\n')

        assert found == Cache(store="file")

    def test_switched_off(self, tmp_path):
        """A profile can keep its tokens to itself."""
        text = '[cache]\nstore = "file"\n' + PROFILE + "cache = false\n"

        assert cache_of(tmp_path, text) == Cache(store="memory")

    def test_secrets_are_references(self):
        """The address of a Redis server and the encryption key are secrets."""
        cache = {"store": "redis", "url": {"env": "U"}, "encryption_key": {"env": "K"}}

        found = Profile.from_mapping(mapping(cache=cache)).cache

        assert found is not None
        assert isinstance(found.url, SecretReference)
        assert found.url.table == {"env": "U"}
        assert found.encryption_key.table == {"env": "K"}

    def test_literal_is_wrapped_and_does_not_pickle(self):
        """A password in the address shows nowhere and stays in this process."""
        cache = {"store": "redis", "url": "redis://:hunter2hunter2@localhost"}
        profile = Profile.from_mapping(mapping(cache=cache))

        assert "hunter2" not in repr(profile)
        with pytest.raises(TypeError, match=r"cache\.url"):
            pickle.dumps(profile)

    def test_everything_wrong_at_once(self):
        """Nonsense is told with every key and the nearest valid name."""
        found = problems_of(cache={"store": 3, "directry": "x", "url": 7})

        assert found == [
            "cache.store: expected text, got a whole number",
            "cache.directry: unknown key; did you mean 'directory'?",
            "cache.url: expected text or a reference, for example "
            '{ env = "NAME" } or { file = "path" }',
        ]

    def test_redis_without_an_address(self):
        """The one thing that a Redis store cannot do without."""
        (found,) = problems_of(cache={"store": "redis"})

        assert found.startswith("cache.url: is missing")

    def test_key_of_another_store(self):
        """A directory for Redis is a mistake, not a wish."""
        (found,) = problems_of(
            cache={"store": "redis", "url": {"env": "U"}, "directory": "x"}
        )

        assert found.startswith("cache.directory: only the file store has one")

    def test_unknown_store(self):
        """A store that there is not is a problem of the profile."""
        (found,) = problems_of(cache={"store": "fil"})

        assert found.startswith("cache.store: there is no store 'fil'")
        assert "did you mean 'file'?" in found


class TestPairOfSecrets:
    def test_current_and_next(self):
        """While a secret is rotated, both may stand in the profile."""
        pair = [{"env": "CURRENT"}, {"env": "NEXT"}]

        found = Profile.from_mapping(mapping(client_secret=pair)).client_secret

        assert [source.table for source in found] == pair

    def test_literals_are_wrapped(self):
        """Both are secrets."""
        profile = Profile.from_mapping(mapping(client_secret=["one-one", "two-two"]))

        assert profile.client_secret == (Secret("one-one"), Secret("two-two"))
        assert "one-one" not in repr(profile)
        assert profile.literal_secrets() == ["client_secret"]

    def test_empty_array(self):
        """No secret at all is a mistake."""
        (found, *_) = problems_of(client_secret=[])

        assert "empty array" in found

    def test_only_of_the_client_secret(self):
        """Other secrets have no next one."""
        found = problems_of(client_secret=None, private_key=[{"env": "K"}])

        assert any("expected one secret, got an array" in problem for problem in found)
