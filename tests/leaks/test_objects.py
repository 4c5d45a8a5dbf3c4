"""Public objects, shown and copied and pickled in every way: none tells a secret."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterator
from urllib.parse import quote

import attrs
import pytest

import ccflow
from ccflow import events
from ccflow import store
from ccflow.config.cache import Cache
from ccflow.engine.gate import Refused
from ccflow.engine.gate import open_gate
from ccflow.engine.token import AccessToken
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret
from ccflow.secret import SecretReference
from ccflow.stores.configured import ConfiguredStore
from ccflow.stores.encrypted import EncryptedStore
from ccflow.stores.file import FileStore
from ccflow.stores.memory import MemoryStore
from ccflow.stores.redis import RedisStore
from tests.leaks import secrets
from tests.leaks.collector import collected
from tests.leaks.methods import METHODS


pytestmark = pytest.mark.usefixtures("on_this_machine")

LITERALS = {
    "client_secret": [secrets.CLIENT_SECRET, secrets.STORE_KEY],
    "headers": {"X-Api-Key": secrets.API_KEY},
    "extra_parameters": {"account": secrets.ACCOUNT},
    "proxy": f"http://joe:{secrets.PROXY_PASSWORD.replace('?', '')}@proxy.example",
    "cache": {
        "store": "redis",
        "url": "redis://joe:Rd1-oN5-gM8@cache.example",
        "encryption_key": secrets.STORE_KEY,
    },
}


def profiles(world) -> Iterator[ccflow.Profile]:
    """Make a profile of each method, and one that is all literals."""
    for method in METHODS:
        yield ccflow.Profile.from_mapping(
            {
                "token_endpoint": "https://id.example/token",
                "client_id": "me",
                **method.keys(world),
            }
        )
    yield ccflow.Profile.from_mapping(
        {"token_endpoint": "https://id.example/token", "client_id": "me", **LITERALS}
    )


def a_token() -> AccessToken:
    return AccessToken(
        access_token=secrets.TOKEN,
        expires_at=4_000_000_000.0,
        scope=("read",),
        extra={"other": secrets.ID_TOKEN},
    )


def an_error(kind: type[ccflow.CcflowError]) -> ccflow.CcflowError:
    problem = ccflow.Problem("is missing", "ccflow.toml", "client_secret", "set it")
    if issubclass(kind, ccflow.ConfigError):
        return kind("the profile cannot be used", [problem])
    return kind("no", category="server")


def fetched_source(world, servers) -> ccflow.TokenSource:
    """Make a source that holds a token."""
    url = f"{servers.main.url}/token/as-it-came/{world.number()}"
    source = ccflow.TokenSource(
        ccflow.Profile.from_mapping(
            {
                "token_endpoint": url,
                "client_id": "me",
                "ca_file": world.ca_file,
                "client_secret": {"env": "LEAKS_SECRET"},
            }
        )
    )
    assert source.token().access_token == secrets.TOKEN
    return source


def public_objects(world, servers) -> Iterator[object]:
    """Give an object of every public class that can hold something, and more."""
    yield Secret(secrets.CLIENT_SECRET)
    yield SecretReference("env", {"env": "LEAKS_SECRET"})
    yield ccflow.Problem("is missing", "ccflow.toml", "client_secret", "set it")
    yield from profiles(world)
    for name in ccflow.__all__:
        kind = getattr(ccflow, name)
        if inspect.isclass(kind) and issubclass(kind, ccflow.CcflowError):
            abstract = {ccflow.CcflowError, ccflow.TokenError}
            yield an_error(kind if kind not in abstract else ccflow.TokenRefusedError)
    source = fetched_source(world, servers)
    yield from (source, source.status(), source.plan, source.profile, source.auth())
    ccflow.reload()
    yield ccflow.client(source.profile, verify=False)
    yield store.StoreError("it is full")
    yield from stores(world)
    yield Scrubber([Secret(secrets.CLIENT_SECRET)])
    refused = Refused(Secret(secrets.CLIENT_SECRET), Secret(world.assertion))
    yield refused
    error = an_error(ccflow.TokenRefusedError)
    assert isinstance(error, ccflow.TokenError)
    yield open_gate(error, refused, None, now=0.0, chance=0.5)


def stores(world) -> Iterator[object]:
    """Give every store of ours, with a token in it where that is easy."""
    record = store.Record(secrets.TOKEN.encode(), 4_000_000_000.0)
    memory = MemoryStore()
    memory.put("k" * 64, record, None)
    key = Secret(secrets.STORE_KEY)
    for plain in (memory, FileStore(world.directory / "cache" / "stores")):
        yield plain
        yield EncryptedStore(plain, key)
    yield RedisStore(Secret("redis://joe:Rd1-oN5-gM8@cache.example"))
    cache = Cache(
        store="redis",
        settings={"url": "redis://joe:Rd1-oN5-gM8@cache.example"},
        encryption_key=secrets.STORE_KEY,
    )
    yield cache
    yield ConfiguredStore(cache)


class TestObjects:
    def test_none_tells_a_secret(self, on_this_machine, servers, reader):
        """Neither printed nor copied nor pickled."""
        with collected() as seen:
            for thing in public_objects(on_this_machine, servers):
                seen.add_object(thing)
                seen.add_pickle(thing)

        told = sorted({*reader.find(seen.pages)})
        assert not told, "\n".join(told[:20])

    def test_every_public_class_is_among_them(self, on_this_machine, servers):
        """A new one has to be looked at as well."""
        public = {
            kind
            for name in ccflow.__all__
            if inspect.isclass(kind := getattr(ccflow, name))
        }
        shown = {
            each
            for it in public_objects(on_this_machine, servers)
            for each in type(it).__mro__
        }

        assert {AccessToken} == public - shown

    @pytest.mark.parametrize(
        "thing", [a_token(), store.Record(secrets.TOKEN.encode(), 4_000_000_000.0)]
    )
    def test_what_travels_with_a_token(self, thing, reader):
        """A token, and the record that a store keeps of it; they do not print it."""
        with collected() as seen:
            seen.add_object(thing)

        assert [] == reader.find(seen.pages)
        assert thing == pickle.loads(pickle.dumps(thing))
        assert secrets.TOKEN.encode() in pickle.dumps(thing)

    def test_events(self, reader):
        """No event has a field for a secret."""
        kinds = [
            it
            for it in vars(events).values()
            if inspect.isclass(it) and issubclass(it, events.Event)
        ]
        fields = {field.name for kind in kinds for field in attrs.fields(kind)}

        assert len(kinds) > 10
        assert not {it for it in fields if "token" in it or "secret" in it}


class TestRedis:
    def test_a_client_that_prints_its_password(self, servers, reader, monkeypatch):
        """Some of redis-py do; no error has one in the variables of its frames."""
        name = "redis.connection.ConnectionPool.__repr__"
        monkeypatch.setattr(name, lambda pool: f"<{pool.connection_kwargs}>")
        password = quote(secrets.STORE_PASSWORD, safe="")
        url = Secret(f"redis://joe:{password}@127.0.0.1:{servers.redis.port}")
        kept = RedisStore(url)
        with collected() as seen:
            for use in (
                lambda: kept.get("k"),
                lambda: kept.put("k", store.Record(b"x", 4_000_000_000.0), None),
                lambda: kept.lock("k", 0).__enter__(),
            ):
                with pytest.raises(store.StoreError) as caught:
                    use()
                seen.add_error(caught.value)

        assert 3 == sum(
            "refused the user" in it.text
            for it in seen.pages
            if it.channel == "traceback"
        )
        assert [] == reader.find(seen.pages)
