"""Any discovery document ends in metadata of this server, in none, or in an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

import attrs
import httpx

from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.metadata import Metadata
from ccflow.protocol.metadata import read_metadata
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret
from tests.fuzz.answers import SECRET
from tests.fuzz.answers import read
from tests.fuzz.answers import seeds as answers
from tests.fuzz.target import FindingError
from tests.fuzz.target import Target
from tests.unit.protocol.wire import NOW
from tests.unit.protocol.wire import a_plan


_ISSUER: Final = "https://as.example.com"
_URL: Final = f"{_ISSUER}/.well-known/openid-configuration"
_ORIGIN: Final = ("https", "as.example.com", None)
_DOCUMENT: Final = {
    "issuer": _ISSUER,
    "token_endpoint": f"{_ISSUER}/token",
    "mtls_endpoint_aliases": {"token_endpoint": f"{_ISSUER}/mtls/token"},
    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
    "grant_types_supported": ["client_credentials"],
    "scopes_supported": ["openid", "a"],
}
_WORDS: Final = (
    *(name.encode() for name in _DOCUMENT),
    *(
        b"https://as.example.com",
        b"http://",
        b"@",
        b":443",
        b"/../",
        b"%2e",
        b"\\u0000",
    ),
    *(
        b"https://evil.example/token",
        b"https:\\\\",
        b"localhost",
        b"[::1]",
        b"\xc2\xad",
    ),
    *(
        b"null",
        b"[" * 500,
        b'{"a":' * 500,
        b"\xef\xbb\xbf",
        b"<html>",
        b" ",
        b"#",
        b"?",
    ),
)
_PLANS: Final = tuple(
    attrs.evolve(plan, issuer=issuer)
    for _, plan in [a_plan(), a_plan("oracle-idcs")]
    for issuer in (_ISSUER, None)
)


def seeds() -> Iterator[bytes]:
    """Give documents, whole and in part, and answers that are none."""
    for number in range(len(_PLANS)):
        yield b"%d 200\n\n" % number + json.dumps(_DOCUMENT).encode()
    wrapped = {"openid-configuration": _DOCUMENT}
    yield b"2 200\n\n" + json.dumps(wrapped).encode()
    for left_out in _DOCUMENT:
        some = {name: it for name, it in _DOCUMENT.items() if name != left_out}
        yield b"0 200\n\n" + json.dumps(some).encode()
    yield from list(answers())[::10]


def run(data: bytes) -> str:
    """Read a document, and look at where it would send a secret."""
    number, answer = read(data)
    plan, mtls = _PLANS[number % len(_PLANS)], number % 2 == 0
    scrubber = Scrubber([Secret(SECRET)])
    try:
        found = read_metadata(plan, _URL, answer, scrubber, now=NOW, mtls=mtls)
    except (TokenUnavailableError, TokenResponseError) as error:
        if SECRET in f"{error}{vars(error)}" or "\x1b" in str(error):
            raise FindingError("what must not be told is in an error") from error
        return f"{type(error).__name__} {error.category}"
    if found is None:
        return "none"
    _check(found, mtls=mtls)
    return f"metadata {found.issuer is None} {found.mtls_token_endpoint is None}"


def _check(found: Metadata, *, mtls: bool) -> None:
    sent = httpx.URL(found.endpoint(mtls=mtls))
    if (sent.scheme, sent.host, sent.port) != _ORIGIN:
        raise FindingError(f"a secret would go to {sent}")


METADATA: Final = Target(name="metadata", seeds=seeds, run=run, words=_WORDS)
