"""Where tokens are shared, and the pair of secrets, as a profile says it."""

from __future__ import annotations

import pickle

import pytest

from ccflow.config.cache import Cache
from ccflow.config.load import load_profile
from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.plugin import StoreSetting
from ccflow.plugin import TokenStoreFactory
from ccflow.secret import Secret
from ccflow.secret import SecretReference
from ccflow.stores.memory import MemoryStore
from tests.support.plugins import Installed


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

        assert found == Cache(
            store="file", settings={"directory": str(tmp_path / "tokens")}
        )

    def test_profile_adds_to_the_table_of_the_file(self, tmp_path):
        """Tables merge by key."""
        text = '[cache]\nstore = "file"\n' + PROFILE + "[profiles.billing.cache]\n"

        found = cache_of(tmp_path, text + 'directory = "/tokens"\n')

        assert found == Cache(store="file", settings={"directory": "/tokens"})

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
        assert isinstance(found.settings["url"], SecretReference)
        assert found.settings["url"].table == {"env": "U"}
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

    @pytest.mark.parametrize(
        ("value", "told"),
        [("", "is empty"), ("a\0b", "has a NUL"), (["a"], "expected text, got an arr")],
    )
    def test_no_directory(self, value, told):
        """What cannot be a path is told before it is used."""
        (found,) = problems_of(cache={"store": "file", "directory": value})

        assert found.startswith(f"cache.directory: {told}")

    def test_redis_without_an_address(self):
        """The one thing that a Redis store cannot do without."""
        (found,) = problems_of(cache={"store": "redis"})

        assert found.startswith("cache.url: is missing")

    @pytest.mark.parametrize("url", ["http://x", "localhost:6379", "redis:/x", "x"])
    def test_address_of_something_else(self, url):
        """A literal one is looked at when the profile loads, and is not shown."""
        (found,) = problems_of(cache={"store": "redis", "url": f"{url}?p=hunter2"})

        assert found.startswith("cache.url: does not fit; expected rediss://")
        assert "hunter2" not in found

    @pytest.mark.parametrize(
        "url", ["redis://", "rediss://:p\nq@x/0", "unix:///run/redis.sock"]
    )
    def test_addresses_that_fit(self, url):
        """What redis-py reads; a reference is looked at when it is read."""
        for given in (url, {"env": "U"}):
            Profile.from_mapping(mapping(cache={"store": "redis", "url": given}))

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


def a_factory(**settings):
    return TokenStoreFactory("shelf", lambda texts, secrets: MemoryStore(), settings)


class TestCacheOfAPlugin:
    """A store that a plugin brings, as a profile says it."""

    @pytest.fixture(autouse=True)
    def installed(self, monkeypatch):
        """A store that asks for one of each kind."""
        self.installed = Installed(monkeypatch)
        self.installed.add_store(
            a_factory(
                room=StoreSetting("for example hall", pattern="[a-z]+"),
                place=StoreSetting("where the shelf is", kind="path", default=""),
                password=StoreSetting("the password of the room", kind="secret"),
                url=StoreSetting("its address", default="shelf.example"),
            )
        )

    def test_its_settings(self, tmp_path):
        """Texts stay, paths start at the file, secrets are wrapped or references."""
        text = (
            '[cache]\nstore = "shelf"\nroom = "hall"\nplace = "left"\nurl = "s"\n'
            'password = "hunter2"\nencryption_key = { env = "K" }\n'
        )

        found = cache_of(tmp_path, text + PROFILE)

        reference = SecretReference("env", {"env": "K"}, str(tmp_path))
        assert found == Cache(
            store="shelf",
            settings={
                "room": "hall",
                "place": str(tmp_path / "left"),
                "password": Secret("hunter2"),
                "url": "s",
            },
            encryption_key=reference,
        )
        assert found.secrets == {
            "password": Secret("hunter2"),
            "encryption_key": reference,
        }

    def test_everything_wrong_at_once(self):
        """Unknown keys, wrong types, what does not fit and what is missing."""
        found = problems_of(
            cache={"store": "shelf", "rom": "x", "room": "HALL", "place": 3}, scop="a"
        )

        assert [problem.split(";")[0] for problem in found] == [
            "scop: unknown key",
            "cache.rom: unknown key",
            "cache.room: 'HALL' does not fit",
            "cache.place: expected text, got a whole number",
            "cache.password: is missing",
        ]
        assert "did you mean 'room'?" in found[1]
        assert "expected for example hall" in found[2]
        assert "the password of the room" in found[4]

    def test_key_of_another_store(self):
        """What belongs to a store of ours is told with its name."""
        cache = {"store": "shelf", "room": "a", "password": {"env": "P"}}

        (found,) = problems_of(cache={**cache, "directory": "x"})

        assert found.startswith("cache.directory: only the file store has one")

    def test_unknown_store(self):
        """The nearest name counts plugins; keys that nobody knows are left alone."""
        (found,) = problems_of(cache={"store": "shelve", "rooms": "x", "url": "y"})

        assert found.startswith("cache.store: there is no store 'shelve'")
        assert "did you mean 'shelf'?" in found

    def test_ours_ask_no_plugin(self):
        """A store of ours is read without a look at what is installed."""
        Profile.from_mapping(mapping(cache={"store": "file"}))

        assert self.installed.loaded == []

    def test_broken_one_is_a_problem(self):
        """It is named with its distribution, beside all that is wrong otherwise."""
        self.installed.add(
            "broken", lambda: 1 / 0, dist="acme-tools", group="ccflow.token_stores"
        )

        found = problems_of(cache={"store": "broken", "anything": "x"}, scop="a")

        assert len(found) == 2
        assert "the store 'broken' of acme-tools is broken: ZeroDivision" in found[1]
        assert found[1].endswith("; update or uninstall acme-tools")

    def test_literal_shows_nowhere(self):
        """Not in what is printed, not in a problem, not in a pickle."""
        cache = {"store": "shelf", "room": "a", "password": "hunter2"}
        profile = Profile.from_mapping(mapping(cache=cache))

        assert "hunter2" not in repr(profile)
        assert profile.literal_secrets() == ["cache.password"]
        with pytest.raises(TypeError, match=r"cache\.password"):
            pickle.dumps(profile)
        with pytest.raises(ProfileError) as caught:
            Profile.from_mapping(mapping(cache={**cache, "pasword": "hunter3"}))
        assert "hunter" not in repr(caught.value.problems)

    def test_references_pickle(self):
        """Another process has the same settings, and finds the plugin by itself."""
        cache = {"store": "shelf", "room": "a", "password": {"env": "P"}}
        profile = Profile.from_mapping(mapping(cache=cache))

        assert pickle.loads(pickle.dumps(profile)).cache == profile.cache

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ('place = "/elsewhere"', "may not use a directory outside its own"),
            ('password = { file = "/k" }', "may not use a file outside its own"),
        ],
    )
    def test_file_that_was_only_found(self, tmp_path, monkeypatch, line, told):
        """Paths and references are limited as for a store of ours."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("CCFLOW_CONFIG", raising=False)
        text = f'[cache]\nstore = "shelf"\nroom = "a"\n{line}\n'
        (tmp_path / "ccflow.toml").write_text(text + PROFILE)

        with pytest.raises(ProfileError) as caught:
            load_profile("billing")

        assert told in str(caught.value)


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
