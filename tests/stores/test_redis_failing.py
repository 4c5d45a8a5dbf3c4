"""The Redis store on servers that are down, hung, restarted, strict or strange."""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
import traceback

import pytest
import redis
import trustme

from ccflow.secret import Secret
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.stores.redis import Patience
from ccflow.stores.redis import RedisStore

from .servers import PASSWORD
from .servers import RedisServer
from .servers import free_port


KEY = "0123456789abcdef" * 4
# More than a busy machine takes for anything, and far less than the 30 s of a lock.
MOMENTS = 10.0


class Clock:
    """A clock that goes on when it is told to, or slept by."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def patience(clock):
    """Half a second is enough for loopback, and little enough to wait for."""
    return Patience(timeout=0.5, pause=5, steady=clock, sleep=clock.sleep)


def failure(use, *arguments):
    """Return what a store raises, and how long it took."""
    started = time.monotonic()
    with pytest.raises(StoreError) as caught:
        use(*arguments)
    return caught.value, time.monotonic() - started


def record(value=b"content"):
    return Record(value, time.time() + 600)


def take_lock(store, timeout=0):
    with store.lock(KEY, timeout) as held:
        return held


class TestDown:
    """Nobody listens."""

    @pytest.fixture
    def store(self, patience):
        url = Secret(f"redis://u:s3cret@127.0.0.1:{free_port()}/0")
        return RedisStore(url, patience=patience)

    def test_it_is_named(self, store):
        """The error says where nobody listens, and that is all."""
        error, took = failure(store.get, KEY)

        place = repr(store).split("'")[1]
        expected = f"the Redis server {place} cannot be reached: connection refused"
        assert expected == str(error)
        assert took < MOMENTS

    @pytest.mark.parametrize(
        "use",
        [
            lambda it: it.get(KEY),
            lambda it: it.put(KEY, record(), None),
            lambda it: it.put(KEY, None, None),
            take_lock,
        ],
    )
    def test_everything_raises(self, store, use):
        """Each method raises a StoreError and nothing of redis-py."""
        error, _ = failure(use, store)

        assert error.__cause__ is None
        assert error.__context__ is None

    def test_it_is_not_asked_again_for_a_while(self, own_server, clock, patience):
        """After a failure the server is left alone, and then tried again."""
        store = RedisStore(own_server.url(), patience=patience)
        own_server.stop()
        first, _ = failure(store.get, KEY)
        own_server.start()

        clock.sleep(4.9)
        again, _ = failure(store.get, KEY)
        clock.sleep(0.2)

        assert str(first) == str(again)
        assert store.get(KEY) is None

    def test_a_restarted_server_is_used_at_once(self, own_server, patience):
        """A connection that died with the server is made anew without an error."""
        store = RedisStore(own_server.url(), patience=patience)
        assert store.put(KEY, record(), None)

        own_server.stop()
        own_server.start()

        assert store.get(KEY) is None
        assert store.put(KEY, record(), None)

    def test_a_server_that_dies_under_a_lock(self, own_server, patience):
        """Giving back a lock that is gone raises nothing."""
        store = RedisStore(own_server.url(), patience=patience)
        with store.lock(KEY, 0) as held:
            own_server.stop()
        own_server.start()

        assert held


class TestHung:
    """It takes connections and answers nothing."""

    def test_a_connected_store_gives_up(self, own_server, patience):
        """A server that falls silent costs one timeout, for all that follows."""
        store = RedisStore(own_server.url(), patience=patience)
        store.put(KEY, record(), None)

        with own_server.hung():
            error, took = failure(store.get, KEY)
            again, took_again = failure(take_lock, store, 30)

        assert str(error).endswith("did not answer within 0.5 s")
        assert str(error) == str(again)
        assert 0.4 < took < MOMENTS
        assert took_again < took

    def test_a_new_store_gives_up_within_about_a_second(self, own_server):
        """By default a silent server costs about a second."""
        store = RedisStore(own_server.url())

        with own_server.hung():
            error, took = failure(store.get, KEY)

        assert str(error).endswith("did not answer within 1 s")
        assert took < MOMENTS

    def test_it_is_used_again_when_it_wakes(self, own_server, clock, patience):
        """What it kept is there, and no answer is taken for another one."""
        store = RedisStore(own_server.url(), patience=patience)
        store.put(KEY, record(b"kept"), None)
        with own_server.hung():
            failure(store.get, KEY)
        clock.sleep(6)

        assert b"kept" == store.get(KEY).value

    def test_silence_while_waiting_for_a_lock(self, own_server, clock):
        """Who waits for a lock is told, and does not wait on."""
        hang = own_server.hung()
        calls = []

        def sleep(seconds):
            clock.sleep(seconds)
            calls.append(seconds)
            if len(calls) == 3:
                hang.__enter__()

        patience = Patience(timeout=0.3, steady=clock, sleep=sleep)
        store = RedisStore(own_server.url(), patience=patience)
        with store.lock(KEY, 0):
            error, took = failure(take_lock, store, 30)
            hang.__exit__(None, None, None)

        assert "did not answer" in str(error)
        assert took < MOMENTS


class TestSlow:
    """It answers, and each answer takes long."""

    @pytest.fixture
    def slow(self, own_server, clock, patience):
        """A store that finds each answer slow."""
        store = RedisStore(own_server.url(), patience=patience)
        do = store._server._connected

        class Slow:
            def __getattr__(self, name):
                clock.sleep(0.3)
                return getattr(do(), name)

        store._server._connected = Slow
        return store

    def test_it_is_left_alone_after_the_first_slow_answer(self, slow):
        """A fetch does not add up slow answers: what came counts, and no more."""
        assert slow.get(KEY) is None

        error, _ = failure(take_lock, slow)

        assert str(error).endswith("is slow")

    def test_a_lock_is_given_back_all_the_same(self, slow, own_server):
        """A lease that was got slowly is given back."""
        with slow.lock(KEY, 0) as held:
            failure(slow.put, KEY, record(), None)

        assert held
        assert take_lock(RedisStore(own_server.url()))


class TestWaiting:
    """The lock, with time given."""

    def test_it_asks_less_and_less_often(self, redis_server, clock, prefix):
        """Waiting starts with short pauses, has jitter, and keeps its timeout."""
        pauses = []

        def sleep(seconds):
            pauses.append(seconds)
            clock.sleep(seconds)

        patience = Patience(steady=clock, sleep=sleep, chance=lambda: 1.0)
        store = RedisStore(redis_server.url(), prefix=prefix, patience=patience)
        with store.lock(KEY, 0):
            assert not take_lock(store, 3)

        assert 0.02 == pauses[0]
        assert 0.25 == max(pauses)
        assert 3 == pytest.approx(sum(pauses))

    def test_a_lease_that_ended_is_not_taken_from_the_next_holder(
        self, redis_server, prefix
    ):
        """Who comes back too late does not give back another's lock."""
        late = RedisStore(
            redis_server.url(), prefix=prefix, patience=Patience(lease=0.05)
        )
        other = RedisStore(redis_server.url(), prefix=prefix)
        holding = late.lock(KEY, 0)
        assert holding.__enter__()

        with other.lock(KEY, 5) as held:
            assert held
            holding.__exit__(None, None, None)
            assert not take_lock(late)


class TestRefused:
    """A server that wants something else."""

    def test_a_wrong_password(self, redis_server, patience):
        """It says so, without the password."""
        store = RedisStore(redis_server.url(password="wr0ng"), patience=patience)

        error, _ = failure(store.get, KEY)

        assert str(error).endswith("refused the user name or password")

    def test_a_user_without_permissions(self, redis_server, patience):
        """It says what the user has to be given."""
        store = RedisStore(redis_server.url(), prefix="else:", patience=patience)

        error, _ = failure(store.get, KEY)

        assert str(error).endswith("it needs +get +set +del +eval on our keys")

    def test_a_replica(self, server_program, tmp_path, patience):
        """A server in the middle of failing over takes no writes."""
        server = RedisServer(tmp_path, f"replicaof 127.0.0.1 {free_port()}")
        try:
            store = RedisStore(server.url(), patience=patience)
            error, _ = failure(take_lock, store)
        finally:
            server.stop()

        assert "replica" in str(error)

    def test_a_full_server(self, server_program, tmp_path, patience):
        """A server without memory is named by its code."""
        server = RedisServer(tmp_path, "maxmemory 1", "maxmemory-policy noeviction")
        try:
            store = RedisStore(server.url(), patience=patience)
            error, _ = failure(store.put, KEY, record(), None)
        finally:
            server.stop()

        assert str(error).endswith("has no memory left")

    def test_an_unknown_authority(self, tls_server, tmp_path, patience):
        """A certificate of somebody else's authority is refused."""
        other = tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(str(other))
        store = RedisStore(tls_server.url(other), patience=patience)

        error, _ = failure(store.get, KEY)

        assert "has a certificate that fails" in str(error)

    def test_another_name(self, tls_server, patience):
        """A certificate for another name is refused."""
        store = RedisStore(tls_server.url(host="127.0.0.1"), patience=patience)

        error, _ = failure(store.get, KEY)

        assert "has a certificate that fails" in str(error)

    def test_tls_to_a_server_without(self, redis_server, patience):
        """TLS where there is none fails in words."""
        url = redis_server.url().reveal().replace("redis://", "rediss://")
        store = RedisStore(Secret(url), patience=patience)

        error, _ = failure(store.get, KEY)

        assert "the Redis server rediss://" in str(error)

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            b"",
            b"+OK",
            b"$-7\r\n",
            b"-lower case secret text\r\n",
            b"*100000000\r\n",
            b"\xff\xfe\r\n",
        ],
    )
    def test_something_that_is_no_redis(self, answer, clock):
        """Whatever answers, the error is ours, and has none of its text."""
        listener = socket.create_server(("127.0.0.1", 0))

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)
                connection.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        port = listener.getsockname()[1]
        patience = Patience(timeout=0.2, steady=clock)
        store = RedisStore(Secret(f"redis://127.0.0.1:{port}"), patience=patience)

        error, _ = failure(store.get, KEY)

        store._server._client = None  # which closes its connection
        thread.join(10)
        listener.close()
        assert f"the Redis server redis://127.0.0.1:{port} " in str(error)
        assert "secret" not in str(error)
        assert "Bad" not in str(error)

    def test_without_redis_py(self, monkeypatch, redis_server):
        """Without the extra the error has the line that installs it."""
        monkeypatch.setitem(sys.modules, "redis", None)

        error, _ = failure(RedisStore(redis_server.url()).get, KEY)

        assert 'pip install "ccflow-oauth[redis]"' in str(error)


class TestPermissions:
    """What a user of the server needs."""

    def test_nothing_is_asked_for_that_it_may_not(self, valkey_server, prefix):
        """A server that knows all that redis-py asks at a login notes no refusal."""
        with redis.Redis(port=valkey_server.port) as admin:
            admin.acl_log_reset()
            store = RedisStore(valkey_server.url(), prefix=prefix)
            assert store.put(KEY, record(), store.get(KEY))
            assert take_lock(store)

            assert [] == admin.acl_log()


class TestForeign:
    """What others left under our keys."""

    @pytest.mark.parametrize(
        "content", [b"", b"x", b"ccflow record 1 ", b"\xff" * 300, b"{}"]
    )
    def test_it_counts_as_none_and_is_replaced(self, redis_server, prefix, content):
        """Bytes that are no record are not given, and do not stay."""
        store = RedisStore(redis_server.url(), prefix=prefix)
        store._server.do(lambda it: it.set(prefix + KEY, content, nx=True, px=60000))

        assert store.get(KEY) is None
        assert store.put(KEY, record(), None)
        assert b"content" == store.get(KEY).value

    def test_a_record_of_another_key_counts_as_none(self, redis_server, prefix):
        """A record moved under another key is not given."""
        store = RedisStore(redis_server.url(), prefix=prefix)
        store.put(KEY, record(), None)
        moved = store._server.do(lambda it: it.get(prefix + KEY))
        other = KEY[::-1]
        store._server.do(lambda it: it.set(prefix + other, moved, nx=True, px=60000))

        assert store.get(other) is None

    def test_the_server_forgets_by_itself(self, redis_server, prefix):
        """A record has a time to live, and so has a lock."""
        store = RedisStore(redis_server.url(), prefix=prefix)
        store.put(KEY, Record(b"content", time.time() + 100), None)

        ask = "return redis.call('PTTL', KEYS[1])"
        with pytest.raises(StoreError, match="it needs"):
            store._server.do(lambda it: it.eval(ask, 1, prefix + KEY))
        admin = RedisStore(redis_server.url(user=None), prefix=prefix)
        with store.lock(KEY, 0):
            left = [
                admin._server.do(lambda it, name=name: it.eval(ask, 1, name))
                for name in (f"{prefix}{KEY}", f"{prefix}{KEY}:lock")
            ]

        assert 90_000 < left[0] <= 100_000
        assert 20_000 < left[1] <= 30_000


class TestUrl:
    """Addresses."""

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "s3cret",
            "http://u:s3cret@host",
            "redis://u:s3cret@host:port",
            "redis://:s3cret@[::1",
            "redis://u:s3cret@host:99999",
        ],
    )
    def test_what_is_no_address_is_refused_unseen(self, url):
        """The error gives an example, and not the address, which has a password."""
        error, _ = failure(RedisStore, Secret(url))

        assert "expected for example rediss://" in str(error)
        assert "s3cret" not in rendered(error)

    @pytest.mark.parametrize("query", ["nonsense=1", "socket_timeout=soon"])
    def test_an_option_that_does_not_exist(self, redis_server, query):
        """An unknown option is an error in words."""
        store = RedisStore(Secret(f"{redis_server.url().reveal()}?{query}"))

        error, _ = failure(store.get, KEY)

        assert "option" in str(error)

    def test_a_socket(self, tmp_path):
        """A server on a Unix socket is told by its path."""
        store = RedisStore(Secret(f"unix://:s3cret@{tmp_path}/it.sock?db=1"))

        error, _ = failure(store.get, KEY)

        assert f"RedisStore('unix://{tmp_path}/it.sock')" == repr(store)
        assert str(error).endswith("cannot be reached: no such file or directory")


def rendered(error):
    """Return a traceback as the tools that show variables render it."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(shown.format())


class TestSecrecy:
    """Neither the password nor a token is in anything that is shown."""

    def test_errors_and_logs(
        self, own_server, tls_server, tmp_path, caplog, clock, monkeypatch
    ):
        """Failures of every kind are rendered with locals, at DEBUG."""
        # As of redis-py 7: a client shows its password.
        monkeypatch.setattr(redis.Redis, "__repr__", lambda it: PASSWORD)
        caplog.set_level(logging.DEBUG)
        patience = Patience(timeout=0.2, steady=clock)
        wrong = own_server.url(password="wr0ng")
        stores = [
            RedisStore(own_server.url(), patience=patience),
            RedisStore(own_server.url(), prefix="else:", patience=patience),
            RedisStore(wrong, patience=patience),
            RedisStore(tls_server.url(tmp_path / "none.pem"), patience=patience),
        ]
        shown = []
        with own_server.hung():
            shown.append(failing(stores[0]))
        clock.sleep(10)
        shown += [failing(store) for store in stores[1:]]
        own_server.stop()
        shown.append(failing(stores[0]))
        own_server.start()

        everything = "\n".join([*shown, caplog.text])
        for secret in (PASSWORD, "p4ss%20", "wr0ng", "t0ken"):
            assert secret not in everything
        assert 5 == everything.count("StoreError: the Redis server")


def failing(store):
    """Have a write fail; return all that could be shown of it."""
    error, _ = failure(store.put, KEY, record(b"t0ken"), None)
    return f"{store!r} {vars(store)} {store._server!r} {rendered(error)}"
