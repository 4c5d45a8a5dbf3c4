"""The files, the variables and the servers around a fetch that fails."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from tests.leaks import secrets
from tests.leaks.grep import Grep
from tests.leaks.grep import Mark
from tests.leaks.grep import Page
from tests.support.certificates import write_ca_file
from tests.support.certificates import write_client_certificate
from tests.support.hostile import Received


_MARKS = (
    Mark("api key", secrets.API_KEY),
    Mark("parameter", secrets.ACCOUNT),
    Mark("key password", secrets.KEY_PASSWORD),
    Mark("proxy password", secrets.PROXY_PASSWORD),
    Mark("store password", secrets.STORE_PASSWORD),
    Mark("store key", secrets.STORE_KEY),
    Mark("refresh token", secrets.REFRESH_TOKEN),
    Mark("id token", secrets.ID_TOKEN),
    Mark("client secret", secrets.CLIENT_SECRET),
    Mark("token", secrets.TOKEN),
)

# Where ccflow may write; "sealed" is for stores with a key.
_WRITTEN = ("home", "cache", "sealed", "state", "tmp", "work")
_VARIABLES = {
    "LEAKS_SECRET": secrets.CLIENT_SECRET,
    "LEAKS_API_KEY": secrets.API_KEY,
    "LEAKS_ACCOUNT": secrets.ACCOUNT,
    "LEAKS_PASSWORD": secrets.KEY_PASSWORD,
    "LEAKS_STORE_KEY": secrets.STORE_KEY,
    "LEAKS_OTHER_KEY": secrets.STORE_KEY[::-1],
}


class World:
    """
    A user's machine, as far as ccflow sees it.

    Args:
        directory: Where it is; empty.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        # What the user wrote himself is in the first two.
        for name in ("profiles", "secrets", *_WRITTEN):
            (directory / name).mkdir(mode=0o700)
        self.ca_file = write_ca_file(directory)
        self.other_ca_file = write_ca_file(directory, "theirs")
        certificate, key = write_client_certificate(
            directory / "secrets", password=secrets.KEY_PASSWORD.encode()
        )
        self.keys = secrets.Keys(
            pem=secrets.make_pem(),
            jwk=secrets.make_jwk(),
            tls=Path(key),
            certificate=Path(certificate),
        )
        self._numbers = itertools.count(1)
        claims = {"iss": "me", "sub": "me", "jti": "a ready-made one"}
        self.assertion = jwt.encode(claims, "k" * 32, algorithm="HS256")
        self.secret("client_secret", secrets.CLIENT_SECRET)
        self.secret("private_key", self.keys.pem)
        self.secret("assertion", self.assertion)

    def enter(self, patch: pytest.MonkeyPatch) -> None:
        """Have this process live there."""
        directory = self.directory
        for name, value in _VARIABLES.items():
            patch.setenv(name, value)
        patch.setenv("HOME", str(directory / "home"))
        patch.setenv("TMPDIR", str(directory / "tmp"))
        for kind in ("CACHE", "STATE", "DATA", "CONFIG"):
            place = "cache" if kind == "CACHE" else "state"
            patch.setenv(f"XDG_{kind}_HOME", str(directory / place))
        patch.chdir(directory / "work")
        patch.setattr("tempfile.tempdir", None)

    def secret(self, name: str, text: str | bytes, mode: int = 0o600) -> Path:
        """Write a secret file, and return its path."""
        path = self.directory / "secrets" / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)
        return path

    def number(self) -> int:
        """Return one that nobody else has."""
        return next(self._numbers)

    def written(self) -> Iterator[tuple[Path, Page]]:
        """Give each file that the user did not write himself, and what it says."""
        for top in _WRITTEN:
            for path in sorted((self.directory / top).rglob("*")):
                if path.is_file():
                    where = path.relative_to(self.directory)
                    content = path.read_bytes().decode("latin-1")
                    yield path, Page(f"{top} file", f"{where}: {content}")

    def tidy(self) -> None:
        """Take those files away."""
        for top in _WRITTEN:
            for path in (self.directory / top).iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def marks_of(request: Received) -> list[Mark]:
    """Return what is secret in a request and in no other one."""
    headers = dict(request.headers)
    basics = [
        headers.get(name, "") for name in ("authorization", "proxy-authorization")
    ]
    marks = [Mark("Basic", it.partition(" ")[2]) for it in basics if it]
    assertion = request.form.get("client_assertion")
    return marks + (assertion_marks(assertion) if assertion is not None else [])


def assertion_marks(assertion: str) -> list[Mark]:
    """Return what is secret in an assertion: its claims once signed, its signature."""
    _, claims, signature = assertion.split(".")
    return [Mark("assertion's claims", claims), Mark("assertion", signature)]


def grep_for(world: World) -> Grep:
    """Return what looks for everything that is secret on a machine."""
    return Grep([*_MARKS, *assertion_marks(world.assertion), *world.keys.marks()])
