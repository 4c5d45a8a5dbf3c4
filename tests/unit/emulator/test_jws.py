"""Signatures of PyJWT, read by `ccflow.emulator.jws`."""

from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import ed448
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import PublicFormat

from ccflow.emulator.jws import encode
from ccflow.emulator.jws import is_signed_by
from ccflow.emulator.jws import make_jwk
from ccflow.emulator.jws import read_jws
from ccflow.emulator.jws import sign_rs256


RSA = rsa.generate_private_key(65537, 2048)
KEYS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSA),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
}
EDWARDS = [ed25519.Ed25519PrivateKey.generate(), ed448.Ed448PrivateKey.generate()]
SECRET = "s" * 64
CRITICAL = encode(b'{"crit":["b64"]}')
CASES = [
    *KEYS.items(),
    *(("EdDSA", key) for key in EDWARDS),
    *((f"HS{size}", SECRET) for size in (256, 384, 512)),
]


def checking_key(key):
    return key.encode() if isinstance(key, str) else key.public_key()


class TestIsSignedBy:
    @pytest.mark.parametrize(("algorithm", "key"), CASES)
    def test_takes_what_another_library_signed(self, algorithm, key):
        """Every algorithm of the specifications is understood."""
        jws = read_jws(jwt.encode({"sub": "x"}, key, algorithm))

        assert is_signed_by(jws, checking_key(key))

    @pytest.mark.parametrize(("algorithm", "key"), CASES)
    def test_refuses_what_was_changed(self, algorithm, key):
        """Claims that somebody swapped do not fit the signature."""
        head, _, signature = jwt.encode({"sub": "x"}, key, algorithm).split(".")
        jws = read_jws(f"{head}.{encode(b'{}')}.{signature}")

        assert not is_signed_by(jws, checking_key(key))

    @pytest.mark.parametrize(("algorithm", "key"), CASES)
    def test_refuses_other_keys(self, algorithm, key):
        """A key of another kind, or another curve, is not an error but a no."""
        jws = read_jws(jwt.encode({"sub": "x"}, key, algorithm))
        kinds = ("RS256", "ES256", "ES384", "ES512")
        others = [KEYS[kind] for kind in kinds] + [*EDWARDS, "other" * 20]

        assert not any(
            is_signed_by(jws, checking_key(other)) for other in others if other != key
        )

    @pytest.mark.parametrize(
        ("algorithm", "fits"), [("EdDSA", True), ("Ed25519", True), ("Ed448", False)]
    )
    def test_curves_by_their_names(self, algorithm, fits):
        """RFC 9864 names the curve, and the name of another one does not fit."""
        key = EDWARDS[0]
        signed = encode(f'{{"alg":"{algorithm}"}}'.encode()) + "." + encode(b"{}")
        jws = read_jws(f"{signed}.{encode(key.sign(signed.encode()))}")

        assert fits is is_signed_by(jws, key.public_key())

    def test_public_key_is_no_secret(self):
        """An HMAC keyed with the text of the public key proves nothing."""
        pem = RSA.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        head = encode(b'{"alg":"HS256"}')
        jws = read_jws(f"{head}.{encode(b'{}')}.{encode(pem)}")

        assert not is_signed_by(jws, RSA.public_key())

    @pytest.mark.parametrize("algorithm", ["none", "", "HS1", "RSA", "Ed999", "ES999"])
    def test_unknown_algorithm(self, algorithm):
        """What is not known signs nothing, least of all "none"."""
        head = encode(f'{{"alg":"{algorithm}"}}'.encode())
        jws = read_jws(f"{head}.{encode(b'{}')}.")
        keys = [checking_key(key) for _, key in CASES]

        assert not any(is_signed_by(jws, key) for key in keys)


class TestReadJws:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "a.b",
            "a.b.c.d",
            "....",
            f"{encode(b'[]')}.{encode(b'{}')}.",
            f"{encode(b'{}')}.{encode(b'1')}.",
            f"{encode(b'{}')}.{encode(b'nonsense')}.",
            f"{encode(b'{}')}.{encode(b'{}')}.a+b/",
            f"{encode(b'{}')}=.{encode(b'{}')}.",
            f"{encode(bytes([255]))}.{encode(b'{}')}.",
            f"{CRITICAL}.{encode(b'{}')}.",
            "ä.ö.ü",
        ],
    )
    def test_rubbish(self, text):
        """What cannot be read is one kind of error."""
        with pytest.raises(ValueError):
            read_jws(text)


class TestSign:
    def test_another_library_takes_it(self):
        """A token of ours is checked with the key set that we publish."""
        token = sign_rs256({"sub": "x"}, RSA, {"kid": "1"})
        key = jwt.PyJWK(make_jwk(RSA.public_key(), "1"))

        assert jwt.decode(token, key, ["RS256"]) == {"sub": "x"}
        assert jwt.get_unverified_header(token)["kid"] == "1"
