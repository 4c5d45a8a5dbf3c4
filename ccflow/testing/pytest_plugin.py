"""
Fixtures for the tests of a service that uses ccflow: a server, and a profile at it.

pytest loads this wherever ccflow is installed, so it imports nothing of ccflow's until
a fixture is used. ``-p no:ccflow`` leaves it out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING
from typing import Final
from typing import NamedTuple

import pytest


if TYPE_CHECKING:
    from ccflow.emulator import EmulatedServer


MARKER: Final = (
    "ccflow(provider, *, profile, sample, scope): what `ccflow_server` emulates "
    "(okta by default), and the profile that `ccflow_profile` makes: its name, which "
    "one of the emulator's it is like, and the scope that it asks for"
)

_TRUST: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_NO_PROXY: Final = ("NO_PROXY", "no_proxy")


class Wish(NamedTuple):
    """What the marker of a test says."""

    provider: str = "okta"
    profile: str | None = None
    sample: str | None = None
    scope: str | Iterable[str] = ()

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scope as a tuple; empty to ask for what the sample asks for."""
        return tuple(self.scope.split() if isinstance(self.scope, str) else self.scope)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, for ``--strict-markers``."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def ccflow_server(request: pytest.FixtureRequest) -> Iterator[EmulatedServer]:
    """
    An authorization server of this test alone, on this machine.

    ``@pytest.mark.ccflow("curity")`` says which one, as does a parameter that is
    passed with ``indirect=["ccflow_server"]``; otherwise it is Okta.
    """
    from ccflow.emulator import emulate
    from ccflow.emulator import load_dialect
    from ccflow.errors import ConfigError

    wish = _read_wish(request)
    with ExitStack() as stack:
        try:
            dialect = load_dialect(getattr(request, "param", wish.provider))
            sample = wish.sample or dialect.samples[0].profile
            names = {wish.profile or sample: sample}
            (server,) = stack.enter_context(emulate(dialect, profiles=names))
        except ConfigError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        server.tenant.scopes = wish.scopes
        yield server


@pytest.fixture
def ccflow_profile(
    request: pytest.FixtureRequest,
    ccflow_server: EmulatedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """
    The name of a profile at `ccflow_server`, for which all is prepared.

    During the test ``CCFLOW_CONFIG`` names its file, HTTP clients trust the server,
    and no proxy stands between.
    """
    wish = _read_wish(request)
    name = wish.profile or wish.sample or ccflow_server.dialect.samples[0].profile
    prefix = f"CCFLOW_{name.upper().replace('-', '_')}__"
    for variable in [it for it in os.environ if it.upper().startswith(prefix)]:
        monkeypatch.delenv(variable)  # the profile is not that of this machine
    monkeypatch.setenv("CCFLOW_CONFIG", ccflow_server.config)
    if wish.scopes:
        monkeypatch.setenv(f"{prefix}SCOPE", " ".join(wish.scopes))
    for variable in _TRUST:
        monkeypatch.setenv(variable, ccflow_server.ca_file)
    for variable in _NO_PROXY:
        monkeypatch.setenv(variable, "localhost", prepend=",")
    return name


def _read_wish(request: pytest.FixtureRequest) -> Wish:
    import difflib

    marker = request.node.get_closest_marker("ccflow")
    if marker is None:
        return Wish()
    if len(marker.args) > 1:
        _refuse("takes one name, of what to emulate; the rest by keyword")
    for name in marker.kwargs:
        if name not in Wish._fields:
            near = difflib.get_close_matches(name, Wish._fields, n=1)
            there_are = f"there are {', '.join(Wish._fields)}"
            hint = f"did you mean {near[0]!r}?" if near else there_are
            _refuse(f"has no {name!r}; {hint}")
    if marker.args and "provider" in marker.kwargs:
        _refuse("names what to emulate twice")
    return Wish(*marker.args, **marker.kwargs)


def _refuse(text: str) -> None:
    pytest.fail(f"@pytest.mark.ccflow {text}", pytrace=False)
