"""Client certificates, before servers that demand one (RFC 8705)."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest

import ccflow
from ccflow.engine.shared_key import make_shared_key
from ccflow.wire.client_certificate import ClientCertificate
from ccflow.wire.clients import open_client
from ccflow.wire.trust import Trust
from tests.support.certificates import server_context
from tests.support.certificates import write_client_certificate
from tests.support.failures import fail
from tests.support.failures import source_for
from tests.support.failures import unavailable
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.hostile import http
from tests.support.proxies import Proxy
from tests.support.worlds import make_profile


pytestmark = pytest.mark.usefixtures("own_clients", "one_attempt")

METHODS = ["self_signed_tls_client_auth", "tls_client_auth"]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """The files of a client certificate and of its key."""
    return write_client_certificate(tmp_path)


@pytest.fixture(params=["TLSv1_2", "TLSv1_3"])
def strict(request):
    """
    A server that talks to nobody without a certificate, in two versions of TLS.

    In the newer one the client learns only afterwards what the server thinks of it.
    """
    newest = request.param if request.param == "TLSv1_2" else ""
    context = server_context(clients="ours", newest=newest)
    with HostileServer(a_token(), context=context) as server:
        yield server


def keys_of(
    pair: tuple[str, str], method: str = "tls_client_auth"
) -> dict[str, object]:
    return {
        "tls_certificate": pair[0],
        "tls_private_key": pair[1],
        "token_endpoint_auth_method": method,
        "client_secret": None,
    }


class TestMethod:
    @pytest.mark.parametrize("method", METHODS)
    def test_certificate_alone_says_who_asks(self, method, strict, pair, ca_file):
        """The form names the client, and nothing else proves it (section 2)."""
        source = source_for(strict, ca_file, **keys_of(pair, method), scope=["read"])

        assert source.token().access_token == "tok-1"
        (request,) = strict.journal
        assert request.client == "billing"
        assert request.header("Authorization") is None
        assert request.form == {
            "grant_type": "client_credentials",
            "client_id": "me",
            "scope": "read",
        }

    def test_it_may_be_there_beside_another_method(self, strict, pair, ca_file):
        """Some servers demand a certificate of the connection, and a secret too."""
        keys = {"tls_certificate": pair[0], "tls_private_key": pair[1]}

        assert source_for(strict, ca_file, **keys).token().access_token == "tok-1"
        assert strict.journal[0].client == "billing"
        assert strict.journal[0].header("Authorization").startswith("Basic ")

    def test_key_in_the_same_file(self, strict, pair, ca_file):
        """One file may hold both."""
        Path(pair[1]).write_bytes(b"".join(Path(path).read_bytes() for path in pair))
        keys = {**keys_of((pair[1], pair[1])), "tls_private_key": None}

        assert source_for(strict, ca_file, **keys).token().access_token == "tok-1"

    def test_encrypted_key(self, strict, tmp_path, ca_file):
        """A key with a password is opened with private_key_password."""
        pair = write_client_certificate(tmp_path, password=b"open sesame")
        keys = {**keys_of(pair), "private_key_password": "open sesame"}

        assert source_for(strict, ca_file, **keys).token().access_token == "tok-1"

    def test_one_password_for_both_keys(self, strict, tmp_path, ca_file):
        """A key that signs and a key of the connection may share a password."""
        pair = write_client_certificate(tmp_path, password=b"open sesame")
        keys = {
            **keys_of(pair, "private_key_jwt"),
            "private_key": {"file": pair[1]},
            "private_key_password": "open sesame",
        }

        assert source_for(strict, ca_file, **keys).token().access_token == "tok-1"
        assert strict.journal[0].client == "billing"
        assert "client_assertion" in strict.journal[0].form

    def test_it_is_for_the_server_and_not_for_a_proxy(self, pair, tmp_path, ca_file):
        """A proxy that asks for a certificate is not shown it."""
        curious = server_context(clients="ours", optional=True)
        context = server_context("id.example", clients="ours")
        with (
            HostileServer(a_token(), context=context) as server,
            Proxy(context=curious) as proxy,
        ):
            profile = make_profile(
                f"https://id.example:{server.port}/token",
                **keys_of(pair),
                ca_file=ca_file,
                proxy=proxy.url,
            )
            ccflow.TokenSource(profile).token()

        assert proxy.journal[0].client is None
        assert server.journal[0].client == "billing"

    def test_refusal_stops_at_the_gate(self, pair, tmp_path, ca_file):
        """A certificate that the server refuses is not sent again and again."""
        refusal = http(401, {"error": "invalid_client"})
        context = server_context(clients="ours")
        with HostileServer(refusal, context=context) as server:
            source = source_for(server, ca_file, **keys_of(pair))
            for _ in range(3):
                fail(source, ccflow.TokenRefusedError)

            assert len(server.journal) == 1
            # Another certificate is another credential, and is tried at once.
            write_client_certificate(tmp_path, "renewed")
            fail(source, ccflow.TokenRefusedError)
        assert [it.client for it in server.journal] == ["billing", "renewed"]


class TestSharing:
    @pytest.mark.parametrize("key", ["tls_certificate", "tls_private_key"])
    def test_token_of_another_certificate_is_another_token(self, key, pair):
        """A server may bind a token to the certificate that it was asked with."""

        def cache_key(**changes: str) -> str | None:
            profile = make_profile(**{**keys_of(pair), **changes})
            return make_shared_key(profile, profile.plan()[1])

        assert cache_key() == cache_key() is not None
        assert cache_key() != cache_key(**{key: "/another"})

    def test_it_is_shared_by_its_path(self, strict, pair, tmp_path, ca_file):
        """Where tokens are kept, the certificate is named and not read."""
        cache = {"store": "file", "directory": str(tmp_path / "cache")}
        for _ in range(2):
            source = source_for(strict, ca_file, **keys_of(pair), cache=cache)
            assert source.token().access_token == "tok-1"

        assert len(strict.journal) == 1


class TestRefusal:
    def test_certificate_is_wanted(self, strict, ca_file):
        """A server that demands one of somebody who has none is told as that."""
        source = source_for(strict, ca_file)
        error = fail(source, ccflow.TokenUnavailableError)

        assert strict.journal == []
        assert "tls_certificate" in error.hint

    def test_certificate_is_wanted_in_words(self, ca_file):
        """TLS 1.3 has a word for it."""
        context = server_context(clients="ours")
        with HostileServer(a_token(), context=context) as server:
            text = unavailable(source_for(server, ca_file), passes=False)

        assert f"localhost:{server.port} wants a client certificate" in text

    def test_certificate_of_another_authority(self, strict, tmp_path, ca_file):
        """One that the server does not know is told with which file it is."""
        pair = write_client_certificate(tmp_path, ca="theirs")
        source = source_for(strict, ca_file, **keys_of(pair))
        text = unavailable(source, passes=False)

        assert strict.journal == []
        assert "refused the client certificate: unknown ca" in text
        assert f"compare {pair[0]} with the one that is registered" in text

    def test_certificate_that_has_expired(self, strict, tmp_path, ca_file):
        """So is one that has expired."""
        pair = write_client_certificate(tmp_path, expired=True)
        source = source_for(strict, ca_file, **keys_of(pair))
        text = unavailable(source, passes=False)

        assert "refused the client certificate: certificate expired" in text

    def test_refusal_is_not_repeated(self, tmp_path, ca_file, monkeypatch):
        """What needs a person is not tried three times."""
        monkeypatch.setattr("ccflow.engine.retry.MOST_ATTEMPTS", 3)
        pair = write_client_certificate(tmp_path, ca="theirs")
        context = server_context(clients="ours")
        with HostileServer(a_token(), context=context) as server:
            unavailable(source_for(server, ca_file, **keys_of(pair)), passes=False)

        assert server.connections == 1


class TestReload:
    def test_new_certificate_without_a_restart(self, strict, tmp_path, ca_file):
        """A certificate that is replaced is shown from the next request on."""
        keys = keys_of(write_client_certificate(tmp_path))
        source_for(strict, ca_file, **keys).token()
        write_client_certificate(tmp_path, "renewed")
        source_for(strict, ca_file, **keys).token()

        assert [it.client for it in strict.journal] == ["billing", "renewed"]
        assert strict.connections == 2

    def test_by_a_link_as_kubernetes_does(self, tmp_path, ca_file):
        """A volume's files are links through one that is swapped."""
        for name in ("billing", "renewed"):
            (tmp_path / name).mkdir()
            write_client_certificate(tmp_path / name, name)
        data = tmp_path / "data"
        data.symlink_to(tmp_path / "billing")
        keys = keys_of((str(data / "client.pem"), str(data / "client.key")))
        context = server_context(clients="ours")
        with HostileServer(a_token(), context=context) as server:
            source_for(server, ca_file, **keys).token()
            (tmp_path / "swap").symlink_to(tmp_path / "renewed")
            (tmp_path / "swap").rename(data)
            source_for(server, ca_file, **keys).token()

        assert [it.client for it in server.journal] == ["billing", "renewed"]

    def test_old_client_is_closed(self, tmp_path, pair):
        """No client of an old certificate stays behind."""
        trust = Trust(certificate=ClientCertificate(*pair))
        with open_client(trust) as old:
            write_client_certificate(tmp_path, "renewed")
            with open_client(trust) as new:
                assert new is not old

            assert (old.is_closed, new.is_closed) == (False, False)
        assert (old.is_closed, new.is_closed) == (True, False)

    def test_pair_that_is_replaced_under_our_hands(self, tmp_path, pair, monkeypatch):
        """A certificate and a key that are replaced one after the other are a pair."""
        trust = Trust(certificate=ClientCertificate(*pair))
        (tmp_path / "new").mkdir()
        new = write_client_certificate(tmp_path / "new", "renewed")
        shutil.copy(new[0], pair[0])
        load = ClientCertificate.load_into

        def load_slowly(self, context):
            try:
                return load(self, context)
            finally:
                shutil.copy(new[1], pair[1])

        monkeypatch.setattr(ClientCertificate, "load_into", load_slowly)
        with open_client(trust) as client:
            assert not client.is_closed

    def test_pair_that_stays_half_replaced(self, tmp_path, pair):
        """Half a renewal is told, and is over when the other half comes."""
        trust = Trust(certificate=ClientCertificate(*pair))
        with open_client(trust):
            pass
        (tmp_path / "new").mkdir()
        new = write_client_certificate(tmp_path / "new", "renewed")
        shutil.copy(new[0], pair[0])
        with pytest.raises(ccflow.SecretError, match="does not belong"):
            open_client(trust).__enter__()
        shutil.copy(new[1], pair[1])
        with open_client(trust) as client:
            assert not client.is_closed


class TestFiles:
    def told(self, *pair: str, **keys: object) -> str:
        """Return what a fetch says of a pair that cannot be used."""
        names = ("tls_certificate", "tls_private_key")
        given = {**dict(zip(names, pair, strict=False)), **keys}
        with pytest.raises(ccflow.SecretError) as caught:
            ccflow.TokenSource(make_profile(**given)).token()
        return str(caught.value)

    def test_missing(self, pair, tmp_path):
        """A file that is not there is told with its key and its path."""
        none = str(tmp_path / "none.pem")

        assert f"tls_certificate {none} cannot be read: No such" in self.told(none)
        assert f"tls_private_key {none} cannot be" in self.told(pair[0], none)

    def test_no_certificate(self, pair):
        """A file without a certificate is told with how to make one."""
        text = self.told(pair[1], pair[1])

        assert "holds no PEM certificate" in text
        assert "openssl pkcs12" in text

    def test_no_key(self, pair):
        """A certificate alone is told with the key that is missing."""
        text = self.told(pair[0])

        assert f"tls_certificate {pair[0]} holds no PEM private key" in text
        assert "name its file in tls_private_key" in text

    def test_key_of_another(self, pair, tmp_path):
        """A key that is another certificate's is told with both paths."""
        (tmp_path / "other").mkdir()
        other = write_client_certificate(tmp_path / "other")
        text = self.told(pair[0], other[1])

        assert f"{other[1]} does not belong to the certificate in {pair[0]}" in text

    def test_locked(self, tmp_path):
        """An encrypted key without its password asks nobody at the terminal."""
        pair = write_client_certificate(tmp_path, password=b"open sesame")

        assert "is encrypted; set private_key_password" in self.told(*pair)

    def test_wrong_password(self, tmp_path):
        """A wrong password is told, and not shown."""
        pair = write_client_certificate(tmp_path, password=b"open sesame")
        text = self.told(*pair, private_key_password="w0rd-of-pass")

        assert "is private_key_password right?" in text
        assert "w0rd-of-pass" not in text

    def test_broken(self, pair):
        """A file that only looks like one is told as that."""
        Path(pair[0]).write_text(
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
        )

        assert "cannot be used" in self.told(*pair)

    def test_key_that_others_can_write(self, pair):
        """A key that others can write is refused, as any secret file is."""
        Path(pair[1]).chmod(0o602)

        assert f"others can write {pair[1]}" in self.told(*pair)

    def test_key_that_others_can_read(self, strict, pair, ca_file, caplog):
        """One that they can read is warned of."""
        Path(pair[1]).chmod(0o604)
        with caplog.at_level(logging.WARNING, "ccflow"):
            source_for(strict, ca_file, **keys_of(pair)).token()

        assert f"others can read {pair[1]}" in caplog.text

    def test_nothing_of_them_is_shown(self, pair, ca_file):
        """What is made of a certificate prints its paths, and nothing in them."""
        password = ccflow.Secret("w0rd-of-pass")
        made = ClientCertificate(*pair, password)

        assert "w0rd-of-pass" not in f"{made!r} {Trust(ca_file, certificate=made)!r}"
        assert "BEGIN" not in f"{made.text()!r}"
