"""Client assertions, verified by PyJWT, which shares no code with what signs them."""

from __future__ import annotations

import base64
import hashlib
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import ed448
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization import PrivateFormat

from ccflow.errors import SecretError
from ccflow.keys.signer import client_secret_signer
from ccflow.keys.signer import private_key_signer
from ccflow.protocol.assertion import make_assertion
from ccflow.secret import Secret
from tests.unit.keys.conftest import pem_of
from tests.unit.protocol.wire import NOW
from tests.unit.protocol.wire import a_plan
from tests.unit.protocol.wire import a_request
from tests.unit.protocol.wire import parse_form


CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}
RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
SECRET = "a secret of sixty-four bytes or more, as RFC 7518 asks of HS512 keys"
TOKEN_ENDPOINT = "https://as.example.com/token"


def verify(assertion, key, algorithm, **options):
    """Verify as a strict server does, at the time the assertion was made for."""
    return jwt.decode(
        assertion,
        key,
        [algorithm],
        audience=options.pop("audience", TOKEN_ENDPOINT),
        options={
            "require": ["iss", "sub", "aud", "iat", "exp", "jti"],
            # PyJWT would look at this machine's clock.
            "verify_exp": False,
            "verify_iat": False,
            **options,
        },
    )


def assertion_by(signer, provider="generic", **changes):
    _, plan = a_plan(provider, **{"client_secret": None, "private_key": "x", **changes})
    return make_assertion(plan, signer, now=NOW, jti="j-1").reveal()


class TestAlgorithms:
    @pytest.mark.parametrize("algorithm", RSA)
    def test_rsa(self, rsa_key, algorithm):
        """A server verifies what an RSA key signed, by each algorithm for RSA."""
        signer = private_key_signer(Secret(pem_of(rsa_key)), algorithm=algorithm)
        assertion = assertion_by(signer)

        assert "a-client" == verify(assertion, rsa_key.public_key(), algorithm)["iss"]

    @pytest.mark.parametrize("algorithm", CURVES)
    def test_ec(self, algorithm):
        """Each curve signs by the one algorithm that belongs to it, unasked."""
        key = ec.generate_private_key(CURVES[algorithm]())
        assertion = assertion_by(private_key_signer(Secret(pem_of(key))))

        assert "a-client" == verify(assertion, key.public_key(), algorithm)["sub"]

    @pytest.mark.parametrize("kind", [ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey])
    def test_eddsa(self, kind):
        """Edwards curves sign by EdDSA."""
        key = kind.generate()
        assertion = assertion_by(private_key_signer(Secret(pem_of(key))))

        assert "EdDSA" == jwt.get_unverified_header(assertion)["alg"]
        assert "a-client" == verify(assertion, key.public_key(), "EdDSA")["sub"]

    @pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
    def test_hmac(self, algorithm):
        """``client_secret_jwt`` signs with the secret's bytes by each HMAC."""
        signer = client_secret_signer(Secret(SECRET), algorithm=algorithm)
        assertion = assertion_by(
            signer,
            private_key=None,
            client_secret=SECRET,
            token_endpoint_auth_method="client_secret_jwt",
        )

        assert "a-client" == verify(assertion, SECRET, algorithm)["iss"]

    def test_rs256_unless_told_otherwise(self, rsa_key):
        """An RSA key signs by what every server takes."""
        assert "RS256" == private_key_signer(Secret(pem_of(rsa_key))).algorithm

    def test_the_first_that_key_and_server_share(self, rsa_key):
        """A server's preference decides among what the key can do."""
        signer = private_key_signer(
            Secret(pem_of(rsa_key)), known=["ES256", "PS384", "RS256"]
        )

        assert "PS384" == signer.algorithm

    def test_a_key_that_the_server_cannot_take(self):
        """A key of the wrong kind is told before anything is sent."""
        key = ec.generate_private_key(ec.SECP256R1())

        with pytest.raises(SecretError, match="ES256, and the server takes RS256"):
            private_key_signer(Secret(pem_of(key)), known=["RS256"])

    def test_an_algorithm_that_the_key_cannot_do(self, rsa_key):
        """A profile that names another family is told what the key can do."""
        with pytest.raises(
            SecretError, match=r"set token_endpoint_auth_signing_alg.*PS"
        ):
            private_key_signer(Secret(pem_of(rsa_key)), algorithm="ES256")

    @pytest.mark.parametrize(
        ("algorithm", "length"), [("HS256", 31), ("HS384", 47), ("HS512", 63)]
    )
    def test_a_secret_shorter_than_the_hash(self, algorithm, length):
        """A secret that a server would refuse for HMAC is told, and not shown."""
        with pytest.raises(SecretError, match=f"{length + 1} bytes") as caught:
            client_secret_signer(Secret("x" * length), algorithm=algorithm)

        assert "xxx" not in str(caught.value)


class TestSigning:
    """A library that fails while it signs has the key in its frames."""

    @pytest.mark.filterwarnings("ignore:Key size")
    def test_a_key_too_short_for_its_algorithm(self, short_key):
        """1024 bits have no room for the hash and the salt of PS512; that is told."""
        signer = private_key_signer(Secret(pem_of(short_key)), algorithm="PS512")
        with pytest.raises(SecretError) as caught:
            assertion_by(signer)

        assert str(caught.value).startswith(
            "private_key has 1024 bits, too few for PS512; make one of 2048 or more"
        )
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None

    def test_a_warning_that_is_an_error(self, short_key):
        """Where warnings are errors, that of a short key is an error of ours too."""
        with pytest.raises(SecretError, match="make another one"):
            private_key_signer(Secret(pem_of(short_key)))

    def test_what_else_a_library_raises(self, rsa_key, monkeypatch):
        """Whatever signing fails with is told by its kind alone."""

        def broken(*arguments, **options):
            raise RuntimeError("with the key in its text")

        signer = private_key_signer(Secret(pem_of(rsa_key)))
        monkeypatch.setattr("joserfc.jws.serialize_compact", broken)
        with pytest.raises(SecretError) as caught:
            assertion_by(signer)

        assert str(caught.value).startswith("signing with RS256 failed with RuntimeErr")
        assert "its text" not in str(caught.value)


class TestKeyFormats:
    @pytest.mark.parametrize(
        "private_format",
        [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL],
        ids=["PKCS8", "PKCS1 or SEC1"],
    )
    @pytest.mark.parametrize("password", [None, "pass wörd"])
    @pytest.mark.parametrize("kind", ["rsa", "ec"])
    def test_pem(self, rsa_key, private_format, password, kind):
        """A PEM works in every common format, encrypted or not."""
        key = rsa_key if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
        encryption = (
            BestAvailableEncryption(password.encode()) if password else NoEncryption()
        )
        pem = key.private_bytes(Encoding.PEM, private_format, encryption).decode()
        signer = private_key_signer(Secret(pem), Secret(password) if password else None)

        claims = verify(assertion_by(signer), key.public_key(), signer.algorithm)

        assert "a-client" == claims["sub"]

    @pytest.mark.parametrize("kind", ["rsa", "ec", "okp"])
    def test_jwk(self, rsa_key, kind):
        """A JWK works for each kind of key, and brings its ``kid``."""
        key, algorithm, module = {
            "rsa": (rsa_key, "RS256", jwt.algorithms.RSAAlgorithm),
            "ec": (
                ec.generate_private_key(ec.SECP384R1()),
                "ES384",
                jwt.algorithms.ECAlgorithm,
            ),
            "okp": (
                ed25519.Ed25519PrivateKey.generate(),
                "EdDSA",
                jwt.algorithms.OKPAlgorithm,
            ),
        }[kind]
        jwk = {**json.loads(module.to_jwk(key)), "kid": "from-the-key"}
        assertion = assertion_by(private_key_signer(Secret(json.dumps(jwk))))

        assert "a-client" == verify(assertion, key.public_key(), algorithm)["sub"]
        assert "from-the-key" == jwt.get_unverified_header(assertion)["kid"]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("hello", "neither a PEM nor a JWK"),
            (
                "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----",
                "without a",
            ),
            (
                "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----",
                "cannot be",
            ),
            ("{}", "not a key for signing"),
            ('{"kty": "RSA", "n": "AQ"', "cannot be read"),
            ('{"kty": "RSA", "n": "AQAB"}', "cannot be read"),
            ('{"kty": "oct", "k": "c2VjcmV0"}', "not a key for signing"),
        ],
    )
    def test_what_is_no_key(self, text, told):
        """What was given instead of a key is said, and never shown."""
        with pytest.raises(SecretError, match=f"private_key .*{told}") as caught:
            private_key_signer(Secret(text))

        assert "MII" not in str(caught.value)
        assert caught.value.__context__ is None

    def test_a_public_jwk(self, rsa_key):
        """The public half, taken by mistake, is named as such."""
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key.public_key())

        with pytest.raises(SecretError, match="public JWK"):
            private_key_signer(Secret(jwk))

    def test_an_encrypted_key_without_its_password(self, rsa_key):
        """The key to set is named."""
        with pytest.raises(SecretError, match="set private_key_password"):
            private_key_signer(Secret(pem_of(rsa_key, "pw")))

    def test_a_wrong_password(self, rsa_key):
        """The password is doubted, and not shown."""
        with pytest.raises(
            SecretError, match="private_key_password is wrong"
        ) as caught:
            private_key_signer(Secret(pem_of(rsa_key, "pw")), Secret("n0t-this"))

        assert "n0t-this" not in str(caught.value)

    def test_a_password_for_nothing(self, rsa_key):
        """A password beside a plain key is told."""
        with pytest.raises(SecretError, match="take private_key_password out"):
            private_key_signer(Secret(pem_of(rsa_key)), Secret("pw"))


class TestParsedOnce:
    @pytest.fixture
    def parses(self, monkeypatch):
        """Count how often a PEM is parsed."""
        from ccflow.keys import load

        monkeypatch.setattr(load, "_keys", type(load._keys)())
        counted = []
        real = load.load_pem_private_key

        def counting(data, password):
            counted.append(1)
            return real(data, password)

        monkeypatch.setattr(load, "load_pem_private_key", counting)
        return counted

    def test_the_same_content_is_parsed_once(self, rsa_key, parses):
        """Reading an unchanged key file at each fetch costs no parsing."""
        for _ in range(5):
            private_key_signer(Secret(pem_of(rsa_key)))

        assert 1 == len(parses)

    def test_another_content_is_parsed_again(self, rsa_key, parses):
        """A rotated key takes effect, and the old one is not mistaken for it."""
        other = ec.generate_private_key(ec.SECP256R1())
        private_key_signer(Secret(pem_of(rsa_key)))
        rotated = private_key_signer(Secret(pem_of(other)))

        assert 2 == len(parses)
        assert "ES256" == rotated.algorithm

    def test_the_password_is_a_part_of_the_content(self, rsa_key, parses):
        """A wrong password fails even after the right one has worked."""
        pem = Secret(pem_of(rsa_key, "pw"))
        private_key_signer(pem, Secret("pw"))

        with pytest.raises(SecretError):
            private_key_signer(pem, Secret("other"))
        assert 2 == len(parses)

    def test_what_is_remembered_is_bounded(self, monkeypatch, parses):
        """A process that signs with ever new keys does not grow."""
        from ccflow.keys import load

        monkeypatch.setattr(load, "_MOST_KEYS", 2)
        for _ in range(4):
            key = ec.generate_private_key(ec.SECP256R1())
            private_key_signer(Secret(pem_of(key)))

        assert 2 == len(load._keys)


class TestClaims:
    def test_they_are_what_rfc_7523_asks(self, rsa_key):
        """Issuer and subject are the client, times are whole seconds."""
        assertion = assertion_by(private_key_signer(Secret(pem_of(rsa_key))))

        assert {
            "iss": "a-client",
            "sub": "a-client",
            "aud": TOKEN_ENDPOINT,
            "iat": int(NOW) - 10,
            "exp": int(NOW) + 120,
            "jti": "j-1",
        } == verify(assertion, rsa_key.public_key(), "RS256")

    def test_times_are_integers_in_the_bytes(self, rsa_key):
        """No ``.0`` and no quotes: strict servers want a NumericDate of digits."""
        _, plan = a_plan(client_secret=None, private_key="x")
        signer = private_key_signer(Secret(pem_of(rsa_key)))
        assertion = make_assertion(plan, signer, now=NOW + 0.75, jti="j").reveal()
        payload = assertion.split(".")[1]
        text = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()

        assert f'"iat":{int(NOW) - 10},' in text
        assert f'"exp":{int(NOW) + 120},' in text

    @pytest.mark.parametrize(
        ("provider", "changes", "audience"),
        [
            ("okta", {}, "https://acme.okta.com/oauth2/default/v1/token"),
            (
                "okta",
                {"authorization_server": "org", "scope": "okta.users.read"},
                "https://acme.okta.com/oauth2/v1/token",
            ),
            ("curity", {}, "https://localhost:8443/oauth/v2/oauth-token"),
            (
                "curity",
                {"assertion_audience": "issuer"},
                "https://localhost:8443/oauth/v2/oauth-anonymous",
            ),
            ("oracle-idcs", {}, "https://identity.oraclecloud.com/"),
            (
                "oracle-idcs",
                {"assertion_audience": "https://idcs-0123.identity.oraclecloud.com/"},
                "https://idcs-0123.identity.oraclecloud.com/",
            ),
            ("generic", {}, TOKEN_ENDPOINT),
            (
                "generic",
                {"assertion_audience": "issuer", "issuer": "https://as.example.com"},
                "https://as.example.com",
            ),
            (
                "generic",
                {
                    "quirks": {"assertion_audience": "issuer"},
                    "issuer": "https://as.example.com/tenant",
                },
                "https://as.example.com/tenant",
            ),
            ("generic", {"assertion_audience": "urn:of:our:own"}, "urn:of:our:own"),
        ],
    )
    def test_the_audience_follows_the_provider(
        self, rsa_key, provider, changes, audience
    ):
        """Each server gets the one ``aud`` it takes, as plain text, not an array."""
        signer = private_key_signer(Secret(pem_of(rsa_key)))
        assertion = assertion_by(signer, provider, **changes)
        claims = verify(assertion, rsa_key.public_key(), "RS256", audience=audience)

        assert audience == claims["aud"]

    def test_okta_accepts_the_lifetime(self, rsa_key):
        """Okta refuses an expiration more than an hour ahead."""
        signer = private_key_signer(Secret(pem_of(rsa_key)))
        claims = verify(
            assertion_by(signer, "okta"),
            rsa_key.public_key(),
            "RS256",
            verify_aud=False,
        )

        assert int(NOW) < claims["exp"] <= int(NOW) + 3600
        assert claims["iat"] < int(NOW)

    def test_each_attempt_brings_its_own_jti(self, rsa_key):
        """Two assertions for one plan differ, since servers burn the identifier."""
        signer = private_key_signer(Secret(pem_of(rsa_key)))
        forms = [
            dict(
                parse_form(
                    a_request(
                        client_secret=None, private_key="x", signer=signer, jti=jti
                    ).wire_body()
                )
            )
            for jti in ("one", "two")
        ]

        assert ["one", "two"] == [
            verify(form["client_assertion"], rsa_key.public_key(), "RS256")["jti"]
            for form in forms
        ]


class TestHeader:
    def test_the_profile_names_the_key(self, rsa_key):
        """``key_id`` wins over the identifier in a JWK."""
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key))
        signer = private_key_signer(Secret(json.dumps({**jwk, "kid": "in the key"})))
        header = jwt.get_unverified_header(assertion_by(signer, key_id="2026-01"))

        assert {"alg": "RS256", "typ": "JWT", "kid": "2026-01"} == header

    def test_without_an_identifier_there_is_none(self, rsa_key):
        """No empty ``kid`` goes out."""
        signer = private_key_signer(Secret(pem_of(rsa_key)))

        assert {"alg": "RS256", "typ": "JWT"} == jwt.get_unverified_header(
            assertion_by(signer)
        )

    def test_thumbprints_of_the_certificate(self, rsa_key, certificate):
        """Both thumbprints are those of the DER, in unpadded base64url."""
        path, der = certificate
        signer = private_key_signer(Secret(pem_of(rsa_key)), certificate=str(path))
        header = jwt.get_unverified_header(assertion_by(signer))

        def expected(digest):
            return base64.urlsafe_b64encode(digest).decode().rstrip("=")

        assert expected(hashlib.sha1(der).digest()) == header["x5t"]
        assert expected(hashlib.sha256(der).digest()) == header["x5t#S256"]

    def test_a_quirk_leaves_one_out(self, rsa_key, certificate):
        """A server that chokes on SHA-1 gets only the other."""
        signer = private_key_signer(
            Secret(pem_of(rsa_key)), certificate=str(certificate[0])
        )
        header = jwt.get_unverified_header(
            assertion_by(signer, quirks={"certificate_headers": ["x5t#S256"]})
        )

        assert {"alg", "typ", "x5t#S256"} == header.keys()

    def test_the_certificate_of_another_key(self, certificate):
        """A certificate that does not belong to the key is told before sending."""
        other = ec.generate_private_key(ec.SECP256R1())

        with pytest.raises(SecretError, match="does not belong to private_key"):
            private_key_signer(Secret(pem_of(other)), certificate=str(certificate[0]))

    def test_a_certificate_that_is_not_there(self, rsa_key, tmp_path):
        """The missing file is named."""
        with pytest.raises(SecretError, match=r"nowhere\.pem"):
            private_key_signer(
                Secret(pem_of(rsa_key)), certificate=str(tmp_path / "nowhere.pem")
            )

    def test_a_certificate_that_is_none(self, rsa_key, tmp_path):
        """A file that holds something else is named."""
        (tmp_path / "key.pem").write_text("hello")

        with pytest.raises(SecretError, match="not a PEM certificate"):
            private_key_signer(
                Secret(pem_of(rsa_key)), certificate=str(tmp_path / "key.pem")
            )


class TestRepr:
    def test_a_signer_shows_no_key(self, rsa_key):
        """A signer in a traceback shows its algorithm only."""
        signer = private_key_signer(Secret(pem_of(rsa_key)))

        assert "_key" not in repr(signer)
        assert "RS256" in repr(signer)
