"""Redis servers whose name, or whose answer, has no end."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import closing
from contextlib import contextmanager

import pytest
import trustme

from ccflow.secret import Secret
from ccflow.store import StoreError
from ccflow.stores.redis import Patience
from ccflow.stores.redis import RedisStore


KEY = "0123456789abcdef" * 4
PATIENCE = Patience(timeout=0.2, pause=0)


@contextmanager
def answering(answer, wrap=lambda connection: connection):
    """Run a server that answers one connection with a function; gives its port."""
    over = threading.Event()

    def serve():
        raw, _ = listener.accept()
        try:
            with wrap(raw) as connection:
                connection.recv(4096)
                answer(connection, over)
        except OSError:
            pass  # The store went away, as it should.

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join(10)


def drip(connection, over):
    connection.sendall(b"$60\r\n")
    while not over.wait(0.05):
        connection.sendall(b"x")


def flood(connection, over):
    connection.sendall(b"$2000000000\r\n")
    sent = 0
    while not over.is_set():
        connection.sendall(b"x" * 65536)
        sent += 65536
        assert sent < 1 << 28


def many(connection, over):
    """An array that never ends, of texts that do."""
    connection.sendall(b"*2000000000\r\n")
    while not over.is_set():
        connection.sendall(b"$65536\r\n%b\r\n" % (b"x" * 65536))


def failure(url):
    store = RedisStore(Secret(url), patience=PATIENCE)
    started = time.monotonic()
    with pytest.raises(StoreError) as caught:
        store.get(KEY)
    return str(caught.value), time.monotonic() - started


@pytest.fixture
def certificate(tmp_path):
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return ca.issue_cert("localhost")


class TestAnswers:
    def test_that_drips(self):
        """Each answer has its time in all, not one for each of its bytes."""
        with answering(drip) as port:
            error, took = failure(f"redis://127.0.0.1:{port}")

        assert error.endswith("did not answer within 0.2 s")
        assert took < 2

    def test_that_drips_over_tls(self, certificate, tmp_path):
        """A connection with TLS has the same limits."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)

        def wrap(raw):
            return context.wrap_socket(raw, server_side=True)

        with answering(drip, wrap) as port:
            query = f"?ssl_ca_certs={tmp_path / 'ca.pem'}"
            error, took = failure(f"rediss://localhost:{port}{query}")

        assert error.endswith("did not answer within 0.2 s")
        assert took < 2

    @pytest.mark.parametrize("answer", [flood, many])
    def test_of_any_size(self, answer):
        """No more is taken than a record can be."""
        with answering(answer) as port:
            error, took = failure(f"redis://127.0.0.1:{port}")

        assert error.endswith("answered more than a record is")
        assert took < 5


class TestNames:
    @pytest.fixture
    def look_up(self, monkeypatch):
        """Lets a test say what a name resolves to."""
        system = socket.getaddrinfo

        def use(answer):
            def getaddrinfo(host, port, *arguments, **keywords):
                if host == "redis.test":
                    host = answer()
                return system(host, port, *arguments, **keywords)

            monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

        return use

    def test_that_nobody_looks_up(self, look_up):
        """A name server that is silent costs no more than a server that is."""
        over = threading.Event()

        def answer():
            over.wait(30)
            raise socket.gaierror(-3, "Temporary failure in name resolution")

        look_up(answer)
        try:
            error, took = failure("redis://redis.test")
        finally:
            over.set()

        assert error == (
            "the Redis server redis://redis.test:6379 has a name that cannot be "
            "resolved"
        )
        assert took < 2

    def test_of_nobody(self, look_up):
        """A name that does not exist is told as such."""

        def answer():
            raise socket.gaierror(-2, "Name or service not known")

        look_up(answer)

        assert failure("redis://redis.test")[0].endswith("cannot be resolved")
