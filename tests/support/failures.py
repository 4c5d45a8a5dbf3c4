"""Sources of hostile servers, and the failures that they end in."""

from __future__ import annotations

from base64 import b64encode

import pytest

import ccflow
from tests.support.hostile import HostileServer
from tests.support.worlds import SECRET
from tests.support.worlds import make_profile


BASIC = b64encode(b"me:s3cr3t-Value%2Bof%2Fthis%3Arun").decode()
"""What `SECRET` looks like in a header."""


def source_for(
    server: HostileServer, ca_file: str | None, **keys: object
) -> ccflow.TokenSource:
    keys = {"timeout": 5, "ca_file": ca_file, **keys}
    return ccflow.TokenSource(make_profile(f"{server.url}/token", **keys))


def fail(
    source: ccflow.TokenSource, kind: type[ccflow.TokenError]
) -> ccflow.TokenError:
    """Ask for a token, and return the failure without anything secret in it."""
    with pytest.raises(ccflow.CcflowError) as caught:
        source.token()
    error = caught.value

    assert type(error) is kind, error
    assert (error.profile, error.provider) == ("billing", "generic")
    text = f"{error} {error!r} {vars(error)} {error.__cause__!r}"
    assert SECRET not in text
    assert BASIC not in text
    return error


def unavailable(source: ccflow.TokenSource, *, passes: bool = True) -> str:
    """Ask for a token of a server that brings no answer; return what is told."""
    error = fail(source, ccflow.TokenUnavailableError)

    assert error.category == "network"
    assert error.retryable is passes
    assert error.status_code is None
    # The cause is one line, and what to do next stands at its end.
    assert "\n" not in str(error)
    assert error.hint
    assert str(error).endswith(f"; {error.hint}")
    return str(error)
