"""Any TOML ends in profiles and plans, or in errors that name what is wrong."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from ccflow.config.load import list_profiles
from ccflow.config.load import load_profile
from ccflow.errors import ConfigError
from tests.fuzz.target import FindingError
from tests.fuzz.target import Target


_ROOT: Final = Path(__file__).resolve().parent.parent.parent
_MOST_PROFILES: Final = 4
_WORDS: Final = (
    *(b"[profiles.a]\n", b"[profiles.a.quirks]\n", b"[defaults]\n", b"[cache]\n"),
    *(b"[providers.x]\n", b'provider = "okta"\n', b'domain = "a.okta.com"\n'),
    *(b'client_secret = "hunter2hunter2"\n', b'extends = "a"\n', b"scope = [\n"),
    *(b'token_endpoint = "https://as.example.com/t"\n', b'client_id = "a"\n'),
    *(b'{ env = "A" }', b'{ command = ["x"] }', b"'''", b'"""', b"[[", b"]]", b"= "),
    *(b"9" * 500, b"[" * 500, b"{a=" * 500, b"nan", b"inf", b"1979-05-27", b"\x00"),
    *(b"\xff", b"\xef\xbb\xbf", b"\\ud800", b"\\uD800", b"\r\n", b'""."".""', b"a.b.c"),
)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Return where the inputs are written; in memory, where there is room in it."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)


def seeds() -> Iterator[bytes]:
    """Give the samples of the providers and the examples of the documentation."""
    for sample in sorted(_ROOT.glob("providers/*/sample_profile.toml")):
        yield sample.read_bytes()
    for page in sorted(_ROOT.glob("docs/**/*.md")):
        parts = page.read_text(encoding="utf-8").split("```toml\n")[1:]
        yield from (part.split("```")[0].encode() for part in parts)


def run(data: bytes) -> str:
    """Load all profiles of a file, and plan what they would send."""
    path = Path(_folder().name) / "ccflow.toml"
    path.write_bytes(data)
    try:
        names = list_profiles(path)
    except ConfigError as error:
        return f"file {_checked(error)}"
    ends = {_load(name, path) for name in itertools.islice(names, _MOST_PROFILES)}
    return f"profiles {sorted(ends)}"


def _load(name: str, path: Path) -> str:
    try:
        load_profile(name, path).plan()
    except ConfigError as error:
        return _checked(error)
    return "plan"


def _checked(error: ConfigError) -> str:
    """Return the name of an error, whose text must be fit for a person."""
    text = str(error)
    if not error.problems or any(char in text for char in "\x00\x1b\r"):
        raise FindingError(f"an error that cannot be shown: {text!r}")
    if "hunter2hunter2" in text:
        raise FindingError("a literal secret in an error")
    return f"{type(error).__name__} {min(len(error.problems), 3)}"


PROFILES: Final = Target(name="profiles", seeds=seeds, run=run, words=_WORDS)
