"""Secrets are read from where the reference says, exactly, and never shown."""

from __future__ import annotations

import logging
import os
import pickle
import sys
import traceback

import attrs
import pytest

from ccflow.config import permissions
from ccflow.config.load import load_profile
from ccflow.errors import CcflowError
from ccflow.errors import ProviderError
from ccflow.errors import SecretError
from ccflow.plugin.registry import SECRET_READERS
from ccflow.plugin.secret_reader import SecretReader
from ccflow.secret import Secret
from ccflow.secret import SecretReference
from ccflow.secrets import command as command_module
from ccflow.secrets import file as file_module
from ccflow.secrets import read_secret


# What stands in a file or comes from a program, and what the secret is.
CONTENTS = [
    (b"s3cret", "s3cret"),
    (b"s3cret\n", "s3cret"),
    (b"s3cret\r\n", "s3cret"),
    (b"s3cret\n\n", "s3cret\n"),
    (b"s3cret \n", "s3cret "),
    (b" s3cret\t", " s3cret\t"),
    (b"two\nlines\n", "two\nlines"),
    ("schlüssel\n".encode(), "schlüssel"),
    (b"s3cret\r", "s3cret\r"),
]
BAD = b"s3cret\xff\xfe"


def told(source, key="client_secret"):
    """Read what cannot be read, and return what is said."""
    with pytest.raises(SecretError) as caught:
        read_secret(source, key)
    return str(caught.value)


def shown(error):
    """Render a traceback with the locals of every frame below this test."""
    text = "".join(
        traceback.TracebackException.from_exception(error, capture_locals=True).format()
    )
    return text.partition("in read_secret")[2]


class TestLiteral:
    def test_it_is_itself(self):
        """A literal needs no reading."""
        assert "x" == read_secret(Secret("x"), "client_secret").reveal()

    @pytest.mark.parametrize(("value", "why"), [("", "empty"), ("\udcff", "not UTF-8")])
    def test_what_cannot_be_sent(self, value, why):
        """An empty one, or one that is no text, is told with its key."""
        text = told(Secret(value))

        assert text.startswith("client_secret: ")
        assert why in text


class TestEnv:
    REFERENCE = SecretReference("env", {"env": "BILLING"})

    def test_it_is_read_at_each_fetch(self, monkeypatch):
        """A variable that changes is the new secret; nothing is trimmed."""
        for value in ("one", "two\n", " ü "):
            monkeypatch.setenv("BILLING", value)

            assert value == read_secret(self.REFERENCE, "x").reveal()

    def test_a_variable_that_is_not_set(self, monkeypatch):
        """The key and the variable are named."""
        monkeypatch.delenv("BILLING", raising=False)

        assert "client_secret: the variable BILLING is not set; export it" == told(
            self.REFERENCE
        )

    def test_an_empty_variable(self, monkeypatch):
        """A variable that a deployment left empty is told before sending."""
        monkeypatch.setenv("BILLING", "")

        assert "client_secret: { env = 'BILLING' } is empty" == told(self.REFERENCE)

    def test_bytes_that_are_no_text(self, monkeypatch):
        """A variable that is not UTF-8 is told, and not sent as something else."""
        monkeypatch.setitem(os.environ, "BILLING", os.fsdecode(BAD))

        assert "client_secret: { env = 'BILLING' } is not UTF-8 text" == told(
            self.REFERENCE
        )


class TestFile:
    @pytest.fixture
    def write(self, tmp_path):
        def write(content, mode=0o600):
            file = tmp_path / "secret"
            file.write_bytes(content)
            file.chmod(mode)
            return SecretReference("file", {"file": "secret"}, str(tmp_path))

        return write

    @pytest.mark.parametrize(("content", "secret"), CONTENTS)
    def test_exactly_one_newline_is_removed(self, write, content, secret):
        """What an editor adds goes; everything else is a part of the secret."""
        assert secret == read_secret(write(content), "x").reveal()

    def test_it_is_read_at_each_fetch(self, write):
        """A file that is rotated is the new secret."""
        assert "one" == read_secret(write(b"one\n"), "x").reveal()
        assert "two" == read_secret(write(b"two\n"), "x").reveal()

    @pytest.mark.parametrize("content", [b"", b"\n", b"\r\n"])
    def test_an_empty_file(self, write, content):
        """A file with nothing in it is told before sending."""
        assert "client_secret: { file = 'secret' } is empty" == told(write(content))

    def test_a_file_that_is_not_there(self, tmp_path):
        """The whole path and the reason are told."""
        reference = SecretReference("file", {"file": "nowhere"}, str(tmp_path))

        assert (
            f"client_secret: {tmp_path / 'nowhere'} cannot be read: "
            "No such file or directory"
        ) == told(reference)

    def test_a_directory(self, tmp_path):
        """A directory in place of a file is told."""
        reference = SecretReference("file", {"file": "."}, str(tmp_path))

        assert "cannot be read: Is a directory" in told(reference)

    def test_bytes_that_are_no_text(self, write):
        """A binary file is told, and no frame of the traceback shows it."""
        with pytest.raises(SecretError, match="is not UTF-8 text") as caught:
            read_secret(write(BAD), "x")

        assert "s3cret" not in shown(caught.value)

    def test_a_file_that_others_can_write(self, write):
        """A secret that anybody could have put there is refused."""
        text = told(write(b"s3cret", 0o602))

        assert "others can write" in text
        assert "run: chmod o-w " in text

    def test_a_file_that_others_can_read(self, write, monkeypatch, caplog):
        """A secret that anybody can read is used, and warned of once."""
        monkeypatch.setattr(file_module, "_WARNED", set())
        caplog.set_level(logging.WARNING, "ccflow")
        reference = write(b"s3cret", 0o604)
        for _ in range(3):
            assert "s3cret" == read_secret(reference, "x").reveal()

        (record,) = caplog.records
        assert "others can read" in record.getMessage()
        assert "run: chmod o-r " in record.getMessage()

    @pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o660])
    def test_a_file_that_only_we_can_read(self, write, monkeypatch, caplog, mode):
        """Owner and group alone are no reason to warn."""
        monkeypatch.setattr(file_module, "_WARNED", set())
        read_secret(write(b"s3cret", mode), "x")

        assert [] == caplog.records

    @pytest.mark.parametrize(("mode", "letters"), [(0o660, "g"), (0o666, "go")])
    def test_a_file_that_a_group_of_others_can_write(
        self, write, monkeypatch, mode, letters
    ):
        """A secret that members of another group could have put there is refused."""
        reference = write(b"s3cret", mode)
        monkeypatch.setattr(permissions, "_is_private", lambda group, user: False)

        assert f"run: chmod {letters}-w " in told(reference)

    @pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
    def test_a_foreign_group(self, write, tmp_path):
        """The group of the file decides, as this system knows it."""
        reference = write(b"s3cret", 0o660)
        assert "s3cret" == read_secret(reference, "x").reveal()

        os.chown(tmp_path / "secret", -1, 4242)
        assert "others can write" in told(reference)

    def test_relative_to_its_own_file(self, write, tmp_path, monkeypatch):
        """The process may stand anywhere."""
        reference = write(b"s3cret")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")

        assert "s3cret" == read_secret(reference, "x").reveal()

    def test_the_home_directory_can_be_written_short(
        self, write, tmp_path, monkeypatch
    ):
        """``~`` is the user's home."""
        write(b"s3cret")
        monkeypatch.setenv("HOME", str(tmp_path))

        assert "s3cret" == (
            read_secret(SecretReference("file", {"file": "~/secret"}), "x").reveal()
        )


class TestBoundary:
    """What a file that was only found may read is looked at again when it is read."""

    @pytest.fixture
    def reference(self, tmp_path):
        inside, outside = tmp_path / "inside", tmp_path / "outside"
        for directory in (inside, outside):
            directory.mkdir()
            (directory / "secret").write_text("s3cret")
            (directory / "secret").chmod(0o600)
        return SecretReference("file", {"file": "secret"}, str(inside), str(inside))

    def test_inside(self, reference, tmp_path):
        """A file in the directory is read, through links that stay there as well."""
        assert "s3cret" == read_secret(reference, "x").reveal()

        (tmp_path / "inside" / "secret").rename(tmp_path / "inside" / "other")
        (tmp_path / "inside" / "secret").symlink_to("other")
        assert "s3cret" == read_secret(reference, "x").reveal()

    @pytest.mark.parametrize("way", ["link", "directory", "dots"])
    def test_outside(self, reference, tmp_path, way):
        """A link that was turned since the profile was loaded is not followed."""
        inside = tmp_path / "inside"
        match way:
            case "link":
                (inside / "secret").unlink()
                (inside / "secret").symlink_to(tmp_path / "outside" / "secret")
            case "directory":
                (inside / "below").symlink_to(tmp_path / "outside")
                reference = attrs.evolve(reference, table={"file": "below/secret"})
            case "dots":
                reference = attrs.evolve(reference, table={"file": "../outside/secret"})
        text = told(reference)

        assert f"leads out of {inside}" in text
        assert "CCFLOW_CONFIG" in text

    def test_a_link_that_is_put_there_at_the_last_moment(self, reference, monkeypatch):
        """Between the look and the reading no link can take the place of the file."""
        path = file_module.secret_path(reference)
        real = type(path).is_relative_to

        def swapped(self, *other):
            path.unlink()
            path.symlink_to(path.parent.parent / "outside" / "secret")
            return real(self, *other)

        monkeypatch.setattr(type(path), "is_relative_to", swapped)

        assert "cannot be read" in told(reference)

    def test_it_comes_from_the_profile(self, tmp_path, monkeypatch):
        """A found file's references carry it, those of a named file do not."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "ccflow.toml").write_text(
            '[profiles.billing]\ntoken_endpoint = "https://as.example.com/token"\n'
            'client_id = "c"\nclient_secret = { file = "secret" }\n'
            'headers = { X = { env = "X" } }'
        )
        found = load_profile("billing")
        named = load_profile("billing", tmp_path / "ccflow.toml")

        assert os.path.realpath(tmp_path) == found.client_secret.boundary
        assert os.path.realpath(tmp_path) == found.headers["X"].boundary
        assert named.client_secret.boundary is None
        assert found == pickle.loads(pickle.dumps(found))


def program(code, *arguments):
    return SecretReference(
        "command", {"command": [sys.executable, "-c", code, *arguments]}
    )


class TestCommand:
    @pytest.mark.parametrize(("content", "secret"), CONTENTS)
    def test_exactly_one_newline_is_removed(self, content, secret):
        """What a program prints is treated as a file."""
        code = f"import sys; sys.stdout.buffer.write({content!r})"

        assert secret == read_secret(program(code), "x").reveal()

    def test_there_is_no_shell(self):
        """Arguments reach the program as they stand."""
        code = "import sys; print(sys.argv[1])"

        assert "$(id); *" == read_secret(program(code, "$(id); *"), "x").reveal()

    def test_standard_input_is_closed(self):
        """A program that would ask gets no answer and cannot hang."""
        code = "import sys; print(repr(sys.stdin.read()))"
        mine, (reading, writing) = os.dup(0), os.pipe()
        os.write(writing, b"typed by a person")
        os.close(writing)
        os.dup2(reading, 0)
        try:
            assert "''" == read_secret(program(code), "x").reveal()
        finally:
            os.dup2(mine, 0)
            os.close(mine)
            os.close(reading)

    def test_it_runs_beside_its_file(self, tmp_path):
        """A relative script is found where the TOML file lies."""
        reference = SecretReference(
            "command",
            {"command": [sys.executable, "-c", "import os; print(os.getcwd())"]},
            str(tmp_path),
        )

        assert str(tmp_path) == read_secret(reference, "x").reveal()

    def test_a_program_that_fails(self, capfd):
        """The status is told, and nothing that the program printed."""
        code = "import sys; print('s3cret'); sys.exit('s3cret in an error')"
        with pytest.raises(SecretError) as caught:
            read_secret(program(code), "client_secret")

        assert (
            f"client_secret: the command {sys.executable} ended with status 1; "
            "run it by hand to see why"
        ) == str(caught.value)
        assert ("", "") == tuple(capfd.readouterr())
        assert "'s3cret\\n'" not in shown(caught.value)

    def test_a_program_that_is_not_there(self):
        """The program and the reason are told."""
        reference = SecretReference("command", {"command": ["/nowhere/pass"]})

        assert (
            "client_secret: the command /nowhere/pass cannot be run: "
            "No such file or directory"
        ) == told(reference)

    def test_a_program_that_takes_too_long(self, monkeypatch):
        """A program that hangs is ended, and the limit is told."""
        monkeypatch.setattr(command_module, "TIMEOUT", 0.2)
        text = told(program("import threading; threading.Event().wait()"))

        assert "took more than 0.2 seconds" in text

    def test_the_limit_of_the_contract(self):
        """A program has half a minute."""
        assert 30.0 == command_module.TIMEOUT

    @pytest.mark.parametrize("content", [b"", b"\n"])
    def test_a_program_that_prints_nothing(self, content):
        """An empty answer is told before sending."""
        code = f"import sys; sys.stdout.buffer.write({content!r})"

        assert "is empty" in told(program(code))

    def test_bytes_that_are_no_text(self):
        """Binary output is told, and no frame of the traceback shows it."""
        code = "import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))"
        with pytest.raises(SecretError, match="not UTF-8 text") as caught:
            read_secret(program(code, BAD.hex()), "x")

        assert "s3cret" not in shown(caught.value)


class TestPlugin:
    @pytest.fixture
    def offer(self, monkeypatch):
        def offer(read):
            reader = SecretReader("vault", read)
            monkeypatch.setitem(SECRET_READERS._loaded, "vault", reader)
            return SecretReference("vault", {"vault": "kv/a", "field": "b"}, "/srv")

        return offer

    def test_it_gets_the_table_and_the_directory(self, offer):
        """A plugin's reader sees the whole reference and returns the clear text."""
        reference = offer(lambda table, directory: f"{sorted(table)} {directory}")

        assert "['field', 'vault'] /srv" == read_secret(reference, "x").reveal()

    def test_what_it_raises_is_not_shown(self, offer):
        """A plugin's error may hold the secret; its type is enough."""

        def read(table, directory):
            raise RuntimeError("s3cret")

        with pytest.raises(SecretError) as caught:
            read_secret(offer(read), "client_secret")

        assert (
            "client_secret: the reader of { vault = 'kv/a', field = 'b' } failed with "
            "RuntimeError"
        ) == str(caught.value)
        assert caught.value.__cause__ is None
        assert "s3cret" not in shown(caught.value)

    @pytest.mark.parametrize("value", [None, b"s3cret", 3, ["s3cret"]])
    def test_what_is_no_text(self, offer, value):
        """A plugin that returns something else is told, and it is not shown."""
        with pytest.raises(SecretError, match="did not return text") as caught:
            read_secret(offer(lambda table, directory: value), "x")

        assert "s3cret" not in shown(caught.value)

    @pytest.mark.parametrize(("value", "why"), [("", "empty"), ("\ud800", "not UTF-8")])
    def test_what_cannot_be_sent(self, offer, value, why):
        """An empty answer, or one that is no text, is told."""
        assert why in told(offer(lambda table, directory: value))

    def test_a_plugin_that_is_not_there(self):
        """A reader that was uninstalled is told by its key."""
        with pytest.raises(ProviderError, match="no secret reader 'vault'"):
            read_secret(SecretReference("vault", {"vault": "x"}), "x")

    def test_it_is_an_error_of_ours(self):
        """Whatever a secret fails with can be caught as one thing."""
        assert issubclass(SecretError, CcflowError)
