"""`emulate`: directories, ports, and what it says of itself."""

from __future__ import annotations

import socket
import stat
import sys
import tomllib
from pathlib import Path

import pytest

import ccflow
from ccflow.emulator import emulate
from ccflow.errors import ProviderError


def modes(directory):
    return {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}


def free_ports(count):
    """The first of some ports in a row that nobody uses."""
    while True:
        sockets = [socket.socket() for _ in range(count)]
        try:
            sockets[0].bind(("127.0.0.1", 0))
            first = sockets[0].getsockname()[1]
            for number, it in enumerate(sockets[1:], 1):
                it.bind(("127.0.0.1", first + number))
        except (OSError, OverflowError):
            continue
        else:
            return first
        finally:
            for it in sockets:
                it.close()


class TestDirectory:
    def test_temporary_one_is_removed(self):
        """Secrets do not stay behind."""
        with emulate("curity") as (server,):
            directory = Path(server.config).parent
            assert stat.S_IMODE(directory.stat().st_mode) == 0o700
            assert {0o600} == modes(directory)

        assert not directory.exists()

    def test_given_one_is_made_and_kept(self, tmp_path):
        """Another process can read it."""
        directory = tmp_path / "a" / "b"
        with emulate("curity", directory=directory):
            pass

        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert {0o600} == modes(directory)
        assert (directory / "ccflow.toml").exists()

    def test_second_run_overwrites_the_first(self, tmp_path):
        """Files of an emulator are replaced, whatever their mode has become."""
        with emulate("curity", directory=tmp_path):
            pass
        secret = tmp_path / "curity.secret"
        before = secret.read_text()
        secret.chmod(0o644)
        with emulate("curity", directory=str(tmp_path)):
            after = secret.read_text()

        assert before != after
        assert {0o600} == modes(tmp_path)

    def test_configuration_of_a_person_is_left_alone(self, tmp_path):
        """What an emulator did not write, it does not overwrite."""
        (tmp_path / "ccflow.toml").write_text("[profiles.mine]\n")

        with (
            pytest.raises(ProviderError, match="was not written by an emulator"),
            emulate("curity", directory=tmp_path),
        ):
            pass

        assert [path.name for path in tmp_path.iterdir()] == ["ccflow.toml"]

    def test_no_directory(self, tmp_path):
        """A file is in the way."""
        (tmp_path / "file").touch()

        with (
            pytest.raises(ProviderError, match="cannot use the directory"),
            emulate("curity", directory=tmp_path / "file"),
        ):
            pass

    def test_secrets_are_references(self, okta):
        """No secret stands in the configuration itself."""
        text = Path(okta.config).read_text()
        secrets = [it.secret for it in okta.tenant.clients.values() if it.secret]

        assert secrets
        assert not [secret for secret in secrets if secret in text]

    def test_references_are_relative(self, okta):
        """The directory can be moved."""
        profiles = tomllib.loads(Path(okta.config).read_text())["profiles"]
        directory = Path(okta.config).parent
        files = [
            profile[key]["file"] if key != "ca_file" else profile[key]
            for profile in profiles.values()
            for key in ("client_secret", "private_key", "ca_file")
            if key in profile
        ]

        assert all((directory / file).is_file() for file in files)
        assert not [file for file in files if Path(file).is_absolute()]


class TestServers:
    def test_describe(self, okta):
        """The same names as the attributes, and none besides."""
        names = {"provider", "issuer", "token_endpoint", "api", "ca_file", "config"}

        assert {name: getattr(okta, name) for name in names} == okta.describe()

    def test_urls(self, okta):
        """All hang together."""
        assert (
            f"{okta.url}/oauth2/default",
            f"{okta.url}/oauth2/default/v1/token",
            f"{okta.url}/api",
        ) == (okta.issuer, okta.token_endpoint, okta.api)
        assert okta.url.startswith("https://localhost:")

    def test_several_in_a_row(self):
        """A fixed port is that of the first; configuration and trust are shared."""
        port = free_ports(2)
        with emulate("curity", "oracle-idcs", port=port) as servers:
            profiles = tomllib.loads(Path(servers[0].config).read_text())["profiles"]

            assert [f"https://localhost:{port + number}" for number in range(2)] == [
                server.url for server in servers
            ]
            assert len({(it.config, it.ca_file) for it in servers}) == 1
            assert {"curity", "oracle-idcs"} <= set(profiles)
            assert f"localhost:{port}" == profiles["curity"]["host"]

    def test_address_instead_of_a_name(self):
        """127.0.0.1 is in the certificate and in the profiles."""
        with emulate("curity", host="127.0.0.1") as (server,):
            profiles = tomllib.loads(Path(server.config).read_text())["profiles"]

            assert server.url == f"https://{profiles['curity']['host']}"
            assert server.url.startswith("https://127.0.0.1:")

    def test_secrets_differ_from_run_to_run(self):
        """Nobody can learn to rely on one."""
        found = set()
        for _ in range(2):
            with emulate("oracle-idcs") as (server,):
                found |= {client.secret for client in server.tenant.clients.values()}

        assert len(found - {None}) == 2

    def test_repr_shows_no_secret(self, okta):
        """Not of the server, its tenant or its clients."""
        clients = okta.tenant.clients
        text = repr((okta, okta.tenant, clients, okta.tenant.signing_key))

        assert not [it for it in clients.values() if it.secret and it.secret in text]


class TestProfiles:
    def test_more_names(self):
        """A program finds its own profiles, beside those of the emulator."""
        names = {"billing": "curity", "audit": "curity-private-key-jwt"}
        with emulate("curity", profiles=names) as (server,):
            tokens = [ccflow.token(name, config=server.config) for name in names]

            assert len({token.access_token for token in tokens}) == 2
            assert {*names, "curity"} <= {*ccflow.profiles(server.config)}
            server.journal.assert_token_requests(2)

    def test_its_own_name(self):
        """A profile may be called what it is called."""
        with emulate("curity", profiles={"curity": "curity"}) as (server,):
            assert ccflow.token("curity", config=server.config)

    @pytest.mark.parametrize(
        ("names", "message"),
        [
            ({"a": "curty"}, "no emulator here has a profile 'curty'; did you mean"),
            ({"a": "xyz"}, "'xyz'; there are curity, curity-basic, curity-private"),
            ({"curity": "curity-basic"}, "has a profile 'curity' of its own"),
        ],
    )
    def test_names_that_cannot_be(self, names, message):
        """The nearest one is named, and none is overwritten."""
        with (
            pytest.raises(ProviderError, match=message),
            emulate("curity", profiles=names),
        ):
            pass


class TestMistakes:
    @pytest.mark.parametrize(
        ("names", "options", "message"),
        [
            ((), {}, "name at least one emulator"),
            (("okta", "okta"), {}, "'okta' is named twice"),
            (("acme",), {}, "no emulator 'acme'"),
            (("okta",), {"host": "0.0.0.0"}, "loopback only"),
            (("okta",), {"host": "example.com"}, "loopback only"),
            (("okta",), {"port": 70000}, "cannot listen on localhost:70000"),
        ],
    )
    def test_is_explained(self, names, options, message):
        """Each has a message of its own."""
        with pytest.raises(ProviderError, match=message), emulate(*names, **options):
            pass

    def test_port_in_use(self, okta):
        """The port is named."""
        port = int(okta.url.rpartition(":")[2])

        with (
            pytest.raises(ProviderError, match=f"cannot listen on localhost:{port}"),
            emulate("curity", port=port),
        ):
            pass

    def test_without_trustme(self, monkeypatch):
        """The line to type is given."""
        monkeypatch.setitem(sys.modules, "trustme", None)

        with (
            pytest.raises(ProviderError, match=r'pip install "ccflow-oauth\[demo\]"'),
            emulate("okta"),
        ):
            pass
