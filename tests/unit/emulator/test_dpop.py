"""The dance with the nonce, with proofs that PyJWT makes."""

from __future__ import annotations

import json
import time
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric import rsa

from ccflow.emulator import emulate
from ccflow.emulator import faults

from .wire import PROVIDERS
from .wire import ask
from .wire import assertion_of


EC_KEY = ec.generate_private_key(ec.SECP256R1())
KEYS = {
    "ES256": EC_KEY,
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
}


@pytest.fixture(scope="module")
def servers():
    with emulate(*PROVIDERS) as running:
        yield {server.provider: server for server in running}


@pytest.fixture(params=PROVIDERS)
def server(request, servers):
    server = servers[request.param]
    server.next(faults.DpopNonce(), times=None)
    yield server
    server.behave()


@pytest.fixture
def okta(servers):
    servers["okta"].next(faults.DpopNonce(), times=None)
    yield servers["okta"]
    servers["okta"].behave()


def jwk_of(key, algorithm):
    makers = {"E": jwt.algorithms.ECAlgorithm, "R": jwt.algorithms.RSAAlgorithm}
    maker = makers[algorithm[0]]
    if algorithm == "EdDSA":
        maker = jwt.algorithms.OKPAlgorithm
    return json.loads(maker.to_jwk(key.public_key()))


def proof(server, algorithm="ES256", *, key=None, headers=None, **changes):
    """A proof for the token endpoint; a change to None leaves a claim out."""
    key = key or KEYS[algorithm]
    claims = {
        "htm": "POST",
        "htu": server.token_endpoint,
        "iat": int(time.time()),
        "jti": uuid.uuid4().hex,
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    header = {"typ": "dpop+jwt", "jwk": jwk_of(key, algorithm), **(headers or {})}
    return jwt.encode(kept, key, algorithm, header)


def error_of(answer):
    return answer.status, answer.json()["error"], answer.headers["DPoP-Nonce"]


class TestDance:
    @pytest.mark.parametrize("algorithm", sorted(KEYS))
    def test_a_nonce_is_told_and_wanted_back(self, server, algorithm):
        """Without it the proof is refused, and with it there is a token for it."""
        told = ask(server, DPoP=proof(server, algorithm))
        status, error, nonce = error_of(told)
        answer = ask(server, DPoP=proof(server, algorithm, nonce=nonce))

        assert (400, "use_dpop_nonce") == (status, error)
        assert (200, "DPoP") == (answer.status, answer.json()["token_type"])

    def test_another_nonce(self, okta):
        """Yesterday's is refused with that of today."""
        _, _, nonce = error_of(ask(okta, DPoP=proof(okta)))
        okta.tenant.dpop_nonce = "of-today"

        assert (400, "use_dpop_nonce", "of-today") == error_of(
            ask(okta, DPoP=proof(okta, nonce=nonce))
        )

    def test_no_proof(self, okta):
        """Okta words it so; no nonce helps."""
        answer = ask(okta)

        assert (400, "invalid_dpop_proof", None) == error_of(answer)
        assert "header is missing" in answer.json()["error_description"]

    def test_the_assertion_is_used_up(self, okta):
        """The second request of the dance needs an assertion of its own."""
        form = assertion_of(okta)
        _, _, nonce = error_of(ask(okta, form, DPoP=proof(okta)))
        again = ask(okta, form, DPoP=proof(okta, nonce=nonce))
        fresh = ask(okta, assertion_of(okta), DPoP=proof(okta, nonce=nonce))

        assert "already been used" in again.json()["error_description"]
        assert 200 == fresh.status

    def test_a_wrong_secret_is_told_first(self, okta):
        """Who is not known is told no nonce."""
        answer = ask(okta, DPoP=proof(okta), Authorization="Basic eDp5")

        assert 401 == answer.status
        assert answer.headers["DPoP-Nonce"] is None


class TestProofs:
    @pytest.mark.parametrize(
        "changes",
        [
            {"htm": "GET"},
            {"htu": "https://elsewhere.example/token"},
            {"htu": None},
            {"jti": None},
            {"iat": None},
            {"iat": 1},
            {"iat": 9_999_999_999},
            {"headers": {"typ": "JWT"}},
            {"headers": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}},
            {"headers": {"jwk": {"kty": "EC"}}},
            {"headers": {"jwk": {"kty": "oct", "k": "AA"}}},
            {"headers": {"jwk": "key"}},
            {"key": ec.generate_private_key(ec.SECP256R1()), "headers": "other"},
        ],
        ids="-".join,
    )
    def test_what_is_wrong_with_one(self, okta, changes):
        """Each of these is refused, whatever the nonce."""
        if changes.get("headers") == "other":
            changes = {**changes, "headers": {"jwk": jwk_of(EC_KEY, "ES256")}}
        text = proof(okta, nonce=okta.tenant.dpop_nonce, **changes)

        assert (400, "invalid_dpop_proof", None) == error_of(ask(okta, DPoP=text))

    @pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.e30"])
    def test_what_is_none(self, okta, text):
        """Nor does anything else that is no proof."""
        assert (400, "invalid_dpop_proof", None) == error_of(ask(okta, DPoP=text))

    def test_a_mac_is_no_proof(self, okta):
        """A secret that both know proves nothing."""
        key = "0" * 64
        claims = {"htm": "POST", "htu": okta.token_endpoint, "jti": "1"}
        header = {"typ": "dpop+jwt", "jwk": jwk_of(EC_KEY, "ES256")}
        text = jwt.encode({**claims, "iat": int(time.time())}, key, "HS256", header)

        assert (400, "invalid_dpop_proof", None) == error_of(ask(okta, DPoP=text))

    def test_the_clock_of_the_server_counts(self, okta):
        """A proof that was made just now is old where the clock is ahead."""
        okta.tenant.clock_offset = 400

        assert (400, "invalid_dpop_proof", None) == error_of(
            ask(okta, DPoP=proof(okta, nonce=okta.tenant.dpop_nonce))
        )
