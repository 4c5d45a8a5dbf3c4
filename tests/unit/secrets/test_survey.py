"""A fetch that cannot read its secrets tells of all of them, before it sends."""

from __future__ import annotations

import sys

import pytest

import ccflow
from ccflow.config.load import load_profile
from ccflow.errors import ProviderError
from ccflow.errors import SecretError


@pytest.fixture
def failure(tmp_path, monkeypatch):
    """Fetch a token by a profile whose secrets cannot be read; return the error."""

    def failure(lines, kind=SecretError):
        monkeypatch.chdir(tmp_path)
        path = tmp_path / "own.toml"
        path.write_text(
            '[profiles.billing]\ntoken_endpoint = "https://127.0.0.1:1/token"\n'
            f'client_id = "c"\n{lines}\n'
        )
        path.chmod(0o600)
        profile = load_profile("billing", path)
        with pytest.raises(kind) as caught:
            ccflow.TokenSource(profile).token()
        return caught.value

    return failure


def keys_of(error):
    return [problem.key.removeprefix("profiles.billing.") for problem in error.problems]


class TestSurvey:
    def test_all_that_cannot_be_read(self, failure, tmp_path):
        """Each reference is told with file and key, whichever failed first."""
        error = failure(
            'client_secret = [{ env = "NOT_SET" }, { file = "nowhere" }]\n'
            'headers = { X-A = { env = "NOT_SET" }, X-B = { env = "PATH" } }\n'
            'extra_parameters = { a = { command = ["false"] } }\n'
            'proxy = { file = "nowhere" }'
        )

        assert {str(tmp_path / "own.toml")} == {it.file for it in error.problems}
        assert [
            "client_secret",
            "client_secret[1]",
            "extra_parameters.a",
            "headers.X-A",
            "proxy",
        ] == sorted(keys_of(error))
        assert str(error).startswith("the profile 'billing' cannot be used:\n")
        assert ("billing", "generic") == (error.profile, error.provider)
        assert "export it" == error.problems[0].hint

    def test_the_credential_is_good(self, failure, monkeypatch):
        """What fails later than the credential is told with all that would follow."""
        monkeypatch.setenv("BILLING", "x")
        error = failure(
            'client_secret = { env = "BILLING" }\n'
            'headers = { X-A = { env = "NOT_SET" }, X-B = { env = "NOT_SET" } }\n'
            'proxy = { env = "NOT_SET" }'
        )

        assert ["headers.X-A", "headers.X-B", "proxy"] == sorted(keys_of(error))

    def test_one_alone_is_one_line(self, failure, tmp_path):
        """A single problem needs no heading."""
        error = failure('client_secret = { env = "NOT_SET" }')

        assert str(error) == (
            f"{tmp_path / 'own.toml'}: profiles.billing.client_secret: the variable "
            "NOT_SET is not set; export it"
        )

    def test_a_key_that_does_not_sign(self, failure, monkeypatch):
        """What is wrong with a key is told beside a secret that cannot be read."""
        monkeypatch.setenv("BILLING", "no key")
        error = failure(
            'private_key = { env = "BILLING" }\nproxy = { env = "NOT_SET" }'
        )

        told = [problem.message for problem in error.problems]
        assert ["private_key is neither a PEM nor a JWK"] == told[:1]
        assert "the variable NOT_SET is not set" in told[1]

    def test_what_could_be_read_is_not_read_again(self, failure, tmp_path):
        """A program that a person has to confirm is not run for the error's sake."""
        count = tmp_path / "count"
        code = f"open({str(count)!r}, 'a').write('x'); print('s')"
        failure(
            f"client_secret = {{ command = [{sys.executable!r}, '-c', \"{code}\"] }}\n"
            'headers = { X = { env = "NOT_SET" } }'
        )

        assert "x" == count.read_text()

    def test_the_secrets_of_a_cache_are_not_asked_for(self, failure):
        """They cost the sharing, and no token."""
        error = failure(
            'client_secret = { env = "NOT_SET" }\n'
            'cache = { store = "file", encryption_key = { env = "NOT_SET" } }'
        )

        assert ["client_secret"] == keys_of(error)

    def test_a_reader_that_is_gone(self, failure, monkeypatch):
        """A plugin that was uninstalled since is told with its key, and the rest."""
        monkeypatch.setattr(
            "ccflow.config.reference._reader_of", lambda table: next(iter(table))
        )
        error = failure(
            'client_secret = { vault = "a" }\nproxy = { env = "NOT_SET" }',
            ProviderError,
        )

        assert ["client_secret", "proxy"] == keys_of(error)
        assert "there is no secret reader 'vault'" in error.problems[0].message
