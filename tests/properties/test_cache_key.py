"""The key of a shared token: what changes a token changes it, and no secret does."""

from __future__ import annotations

import json
from collections import Counter

import attrs
import pytest
from hypothesis import event
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ccflow.engine.shared_key import make_shared_key
from ccflow.protocol import cache_key
from ccflow.protocol.quirks import Quirks
from tests.support.worlds import make_profile


REGIONS: Counter[str] = Counter()
KEY = {"env": "CCFLOW_TEST_ENCRYPTION_KEY"}
REFERENCE = {"env": "CLIENT_SECRET"}

words = st.text("abcdefgh", min_size=1, max_size=3)
references = st.builds(lambda name: {"env": name}, words) | st.builds(
    lambda name: {"file": f"/secrets/{name}"}, words
)
sources = references | words
tables = st.dictionaries(words.map(lambda it: f"x-{it}"), sources, max_size=2)
quirks = st.fixed_dictionaries(
    {},
    optional={
        "basic_encoding": st.sampled_from(["form", "raw"]),
        "assertion_lifetime": st.integers(10, 12),
        "default_expires_in": st.sampled_from([60.0, 300.0]),
        "request_headers": st.dictionaries(words, words, max_size=1),
        "scope_echoed": st.booleans(),
    },
)
inputs = st.fixed_dictionaries(
    {
        "client_id": words,
        "client_secret": sources | st.lists(sources, min_size=2, max_size=2),
        "token_endpoint": words.map(lambda it: f"https://{it}.example/token"),
    },
    optional={
        "token_endpoint_auth_method": st.sampled_from(
            ["client_secret_basic", "client_secret_post", "client_secret_jwt"]
        ),
        "issuer": words.map(lambda it: f"https://{it}.example"),
        "scope": st.lists(words, unique=True, max_size=3),
        "audience": words,
        "resource": st.lists(words.map(lambda it: f"urn:{it}"), unique=True),
        "extra_parameters": tables,
        "headers": tables,
        "ca_file": words.map(lambda it: f"/ca/{it}"),
        "quirks": quirks,
        "key_id": words,
    },
)


def key_of(values, encrypted=True, name="billing"):
    """Return the key of a profile, as the engine makes it."""
    cache = {"cache": {"store": "file", "encryption_key": KEY}} if encrypted else {}
    try:
        profile = attrs.evolve(make_profile(**values, **cache), name=name)
        _, plan = profile.plan()
    except Exception as error:
        assert type(error).__name__ == "ProfileError"
        return False
    return make_shared_key(profile, plan)


@pytest.fixture(autouse=True)
def encryption_key(monkeypatch):
    monkeypatch.setenv("CCFLOW_TEST_ENCRYPTION_KEY", "a key that others do not have")


def meaning(values):
    """Return what two inputs must agree in to share a token, apart from the code."""
    plain = dict(values)
    plain["scope"] = sorted(set(plain.get("scope", ())))
    plain["resource"] = sorted(set(plain.get("resource", ())))
    given = plain.pop("quirks", {})
    every = attrs.asdict(Quirks())
    plain["quirks"] = {name: given.get(name, every[name]) for name in every}
    # A table is merged, and names of headers have no case.
    headers = {**every["request_headers"], **given.get("request_headers", {})}
    plain["quirks"]["request_headers"] = {it.lower(): headers[it] for it in headers}
    plain.setdefault("token_endpoint_auth_method", "client_secret_basic")
    for name in ("extra_parameters", "headers"):
        plain[name] = plain.get(name) or {}
    plain["default_expires_in"] = plain["quirks"]["default_expires_in"]
    for name in ("issuer", "audience", "ca_file", "key_id"):
        plain.setdefault(name, None)
    return json.dumps(plain, sort_keys=True)


class TestKey:
    @settings(max_examples=80)
    @given(one=inputs, data=st.data())
    def test_differs_with_any_input(self, one, data):
        """Two requests share a key if and only if they ask for the same thing."""
        other = data.draw(inputs)
        # One input changed, and any number of them.
        for name in [*sorted(one.keys() | other.keys()), None]:
            mixed = dict(one)
            if name is None:
                mixed = other
            elif name in other:
                mixed[name] = other[name]
            elif name not in ("client_id", "client_secret", "token_endpoint"):
                del mixed[name]
            keys = key_of(one), key_of(mixed)
            if False in keys:
                continue
            same = meaning(one) == meaning(mixed)
            REGIONS["same" if same else f"differs in {name}"] += 1
            event("same" if same else "differs")
            assert None not in keys
            assert same == (keys[0] == keys[1]), (one, mixed)

    def test_regions_were_reached(self):
        """The property above has met a change of each input."""
        missing = {
            name
            for name in (
                *("client_id", "client_secret", "token_endpoint", "scope", "quirks"),
                *("audience", "resource", "extra_parameters", "headers", "ca_file"),
                *("issuer", "token_endpoint_auth_method"),
            )
            if not REGIONS[f"differs in {name}"]
        }

        assert not missing
        assert REGIONS["same"]

    @given(scope=st.lists(words, unique=True, min_size=2), data=st.data())
    def test_order_of_scopes(self, scope, data):
        """It does not matter in which order scopes are named, nor how often."""
        other = [*data.draw(st.permutations(scope)), scope[0]]
        values = {"client_secret": REFERENCE}

        assert key_of({**values, "scope": scope}) == key_of({**values, "scope": other})

    @given(name=words)
    def test_name_of_the_profile(self, name):
        """Two profiles that ask for the same token share it."""
        values = {"client_secret": REFERENCE}

        assert key_of(values) == key_of(values, name=name)

    def test_arguments_of_a_call(self):
        """A source with another scope has another key."""
        profile = make_profile(client_secret=REFERENCE)
        keys = set()
        for arguments in (
            {},
            {"scope": ("a",)},
            {"scope": ("b",)},
            {"audience": "a"},
            {"resource": ("urn:a",)},
        ):
            _, plan = profile.plan(**arguments)
            keys.add(make_shared_key(profile, plan))

        assert 5 == len(keys)

    @pytest.mark.parametrize("name", ["key_id", "certificate", "private_key_password"])
    def test_what_belongs_to_a_key(self, name):
        """What an assertion is made with counts as well."""
        values = {"client_secret": None, "private_key": {"file": "/key.pem"}}
        change = {"file": "/other"} if name == "private_key_password" else "other"
        keys = {key_of(values), key_of({**values, name: change})}

        assert 2 == len(keys - {False})

    def test_certificate_headers_are_not_lost(self):
        """The content of a table counts, not only its names."""
        keys = {
            key_of(
                {
                    "client_secret": REFERENCE,
                    "quirks": {"request_headers": {"Accept": value}},
                }
            )
            for value in ("a", "b")
        }

        assert 2 == len(keys)


class TestSecrets:
    def test_literal_without_an_encryption_key(self):
        """A literal has no name that others may see, so it stays in memory."""
        for values in (
            {},
            {"client_secret": [REFERENCE, "literal"]},
            {"client_secret": REFERENCE, "headers": {"x-key": "literal"}},
            {"client_secret": REFERENCE, "extra_parameters": {"p": "literal"}},
            {"client_secret": REFERENCE, "proxy": "http://u:p@proxy.example"},
        ):
            assert key_of(values, encrypted=False) is None
            assert key_of(values)

    def test_literal_with_one(self, monkeypatch):
        """It counts, under a key that others do not have."""
        first = key_of({"client_secret": "one"})
        assert first == key_of({"client_secret": "one"})
        assert first != key_of({"client_secret": "two"})

        monkeypatch.setenv("CCFLOW_TEST_ENCRYPTION_KEY", "another key")
        assert first != key_of({"client_secret": "one"})

    def test_reference_needs_no_encryption_key(self, monkeypatch):
        """With references only, no secret at all is read to look a token up."""
        monkeypatch.delenv("CCFLOW_TEST_ENCRYPTION_KEY")
        monkeypatch.setattr("ccflow.engine.shared_key.read_secret", None)

        assert key_of({"client_secret": REFERENCE, "headers": {"x-a": {"env": "B"}}})

    def test_hashed_text_holds_no_secret(self, monkeypatch):
        """What is hashed fast could be guessed from the hash: no secret is in it."""
        hashed = []
        monkeypatch.setenv("CCFLOW_TEST_ENCRYPTION_KEY", "the-encryption-key")
        monkeypatch.setenv("CLIENT_SECRET", "in-the-environment")

        def spy(value, **options):
            hashed.append(json.dumps(value, **options))
            return hashed[-1]

        monkeypatch.setattr(
            cache_key, "json", type("json", (), {"dumps": staticmethod(spy)})
        )
        secrets = ["first-literal", "second-literal", "header-literal"]
        key_of(
            {
                "client_secret": [*secrets[:2], REFERENCE],
                "headers": {"x-key": secrets[2]},
            }
        )

        (text,) = hashed
        for secret in (*secrets, "the-encryption-key", "in-the-environment"):
            assert secret not in text
        assert "CLIENT_SECRET" in text

    def test_literal_that_is_no_text(self):
        """A variable may hold bytes that are no UTF-8: told when it is read."""
        assert key_of({"client_secret": "broken-\udcff"})
