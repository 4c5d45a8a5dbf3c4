"""The answers of the corpus, sent by a real server and taken in by the engine."""

from __future__ import annotations

import functools
import gzip

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ccflow.config.profile import Profile
from ccflow.engine.exchange import Exchange
from ccflow.errors import TokenError
from tests.support.corpus import all_shapes
from tests.support.hostile import HostileServer
from tests.support.hostile import http
from tests.unit.protocol.wire import usual_mapping


# A client waits for what follows a 199; and there is no time in it for 10 MB.
SHAPES = [
    shape
    for shape in all_shapes()
    if 200 <= shape.status <= 599 and len(shape.body) < 500_000
]
PACKED = [shape for shape in SHAPES if shape.body][::12]


def answer(line, request):
    """Answer with the shape whose number is the path."""
    packed, number = request.target.strip("/").split("/")
    shape = SHAPES[int(number)]
    if packed == "gzip":
        headers = {**shape.headers, "Content-Encoding": "gzip"}
        return http(shape.status, gzip.compress(shape.body), headers)
    return http(shape.status, shape.body, shape.headers)


@pytest.fixture(scope="module")
def server():
    with HostileServer(answer, host="127.0.0.1") as running:
        yield running


@functools.cache
def a_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def ask(server, shape, way="plain"):
    """Ask for a token, and return it or the error."""
    usual = usual_mapping(shape.provider)
    if "private_key" in usual:
        usual["private_key"] = a_key()  # The sample names a file of its user's.
    values = {
        **usual,
        **shape.changes(),
        "token_endpoint": f"{server.url}/{way}/{SHAPES.index(shape)}",
    }
    profile = Profile.from_mapping(values, name="billing")
    exchange = Exchange(profile, *profile.plan())
    try:
        return exchange.attempt(exchange.credentials()[0], 20.0)
    except TokenError as error:
        return error


def check(shape, found):
    if shape.token is not None:
        assert not isinstance(found, TokenError), found
        told = shape.token.get("access_token", "t0ken")
        assert told == found.access_token.reveal()
        assert shape.token.get("expires_in") == pytest.approx(found.expires_in)
        return
    assert isinstance(found, TokenError)
    expected = (shape.error["category"], shape.error.get("code"), shape.status)
    assert expected == (found.category, found.error, found.status_code)


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.id for shape in SHAPES])
def test_the_engine_comes_to_the_same_conclusion(server, shape):
    """Nothing that HTTP does to an answer changes what it means."""
    check(shape, ask(server, shape))


@pytest.mark.parametrize("shape", PACKED, ids=[shape.id for shape in PACKED])
def test_a_compressed_answer_means_the_same(server, shape):
    """Servers compress although nobody asked them to."""
    check(shape, ask(server, shape, "gzip"))
