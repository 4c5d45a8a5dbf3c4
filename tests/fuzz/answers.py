"""Any answer ends in a token or in one of three errors."""

from __future__ import annotations

import copy
import math
import pickle
import re
from collections.abc import Iterator
from typing import Final

from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.answer import Answer
from ccflow.protocol.response import TokenResponse
from ccflow.protocol.response import read_response
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret
from tests.fuzz.target import FindingError
from tests.fuzz.target import Target
from tests.support.corpus import all_shapes
from tests.unit.protocol.wire import MAPPINGS
from tests.unit.protocol.wire import NOW
from tests.unit.protocol.wire import a_plan


SECRET: Final = "Zq7-s3cr&t/ü~7qZ"
_CATEGORIES: Final = {
    TokenRefusedError: {"client_auth", "scope", "request"},
    TokenUnavailableError: {"rate_limit", "server", "intermediary"},
    TokenResponseError: {"intermediary", "malformed"},
}
_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]"
)
_DESCRIBED: Final = {
    "access_token_members": ["access_token", "accessToken", "data.access_token"],
    "expires_in_members": ["expires_in", "data.expires_in", "a.0.b"],
    "expires_in_unit": "milliseconds",
    "scope_members": ["scope", "scopes"],
    "rate_limit_headers": ["X-Limited"],
    "rate_limit_reset_header": "X-Rate-Limit-Reset",
}
_PLANS: Final = [
    *(a_plan(name, scope="a b") for name in MAPPINGS),
    a_plan(scope="a b", require_scope=True),
    a_plan(quirks=_DESCRIBED),
]
_WORDS: Final = (
    *(b'"access_token":', b'"expires_in":', b'"expires_on":', b'"token_type":'),
    *(b'"scope":', b'"error":', b'"error_description":', b'"errors":[{', b'"code":'),
    *(b'"errorCode":', b'"tokenResponses":[{', b"invalid_client", b"null", b"NaN"),
    *(b"1e999", b"9" * 500, b"-0", b"[" * 500, b'{"a":' * 500, b"\\ud800", b"\\u0000"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"<html>", b"<title>", b"\x1b[31m"),
    *(b"www-authenticate: ", b"retry-after: ", b"date: ", b"location: ", b"\n\n"),
    *(b"content-type: text/html; charset=shift_jis\n", b"x-limited: 1\n"),
    *(b"Fri, 31 Dec 9999 23:59:59 GMT", b"Fri, 15 Jan 2027 08:00:30 +9999"),
    *(SECRET.encode(), b"&", b"=", b"%C3%BC", b"error=", b"access_token="),
)


def _number(digits: bytes) -> int:
    """Read a number; anything is one, so that few changes are for nothing."""
    return int(digits) if re.fullmatch(rb"[0-9]{1,9}", digits) else sum(digits)


def read(data: bytes) -> tuple[int, Answer]:
    """Read any input as the number of a plan and an answer."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    plan, _, status = first.partition(b" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers[name.decode("latin-1").lower()] = value.strip().decode("latin-1")
    return _number(plan) % len(_PLANS), Answer(_number(status) % 1000, headers, body)


def seeds() -> Iterator[bytes]:
    """Give the shapes of the corpus."""
    for number, shape in enumerate(all_shapes()):
        if 200 <= shape.status < 600 and len(shape.body) < 10_000:
            head = f"{number} {shape.status}"
            lines = [head, *(f"{name}: {it}" for name, it in shape.headers.items())]
            yield "\n".join(lines).encode("latin-1", "replace") + b"\n\n" + shape.body


def run(data: bytes) -> str:
    """Read an answer, and look at whatever comes of it."""
    number, answer = read(data)
    provider, plan = _PLANS[number]
    scrubber = Scrubber([Secret(SECRET)])
    try:
        token = read_response(provider, plan, answer, scrubber, now=NOW)
    except TokenError as error:
        _check_error(error, answer)
        return f"{type(error).__name__} {error.category} {error.error is None}"
    _check_token(token, answer)
    return f"token {token.expires_in is None} {token.scope is None}"


def _demand(met: bool, what: str) -> None:
    if not met:
        raise FindingError(what)


def _check_error(error: TokenError, answer: Answer) -> None:
    text = str(error)
    _demand(error.category in _CATEGORIES[type(error)], "an unknown category")
    _demand(error.status_code == answer.status_code, "another status")
    _demand(error.retryable is isinstance(error, TokenUnavailableError), "retryable")
    _demand(not _UNPRINTABLE.search(text), "a text that steers a terminal")
    _demand(len(text) < 2000, "a text that is too long")
    _demand(SECRET not in f"{text}{vars(error)}", "the secret in an error")
    wait = error.retry_after
    _demand(wait is None or 0 <= wait <= 366 * 86400, "a wait without bounds")
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        _demand(vars(other) == vars(error), "an error that does not travel")


def _check_token(token: TokenResponse, answer: Answer) -> None:
    text = token.access_token.reveal()
    lifetime = token.expires_in
    _demand(answer.is_success, "a token of a failure")
    _demand(text.isascii() and text.isprintable() and " " not in text, "no token")
    _demand(
        lifetime is None or (math.isfinite(lifetime) and 0 < lifetime <= 1e9),
        "a lifetime without bounds",
    )
    _demand(token.scope is None or all(token.scope), "an empty scope")
    _demand(not {"refresh_token", "id_token"} & token.extra.keys(), "a refresh token")
    _demand(SECRET not in f"{token.extra} {token.scope}", "the secret in a token")
    _demand(_UNPRINTABLE.search(token.token_type) is None, "a type that steers")


ANSWERS: Final = Target(name="answers", seeds=seeds, run=run, words=_WORDS)
