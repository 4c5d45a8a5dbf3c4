"""The secrets of these tests: nothing else in the world looks like one of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization import PrivateFormat
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.jwk import ECKey

from tests.leaks.grep import Mark


# Each has what somebody escapes: quotes, signs of URLs, of forms, of HTML, of JSON.
CLIENT_SECRET = "Zq7~kV9w+Jx2/\"pT5'&h8:\u00e9%41\\<M3n>= Y6uR4eW1qA0s"
API_KEY = 'Ak5+hV8/wQ2:zJ7=xN4"bR9&tY6'
ACCOUNT = "Ac3%pL0+mB1/yG6 vF2'dS8#cE5"
KEY_PASSWORD = "Kp4&uX7+iH3/qO9\\nT2rW6eD1"
PROXY_PASSWORD = "Pw6+yT2/kD9@fJ5:sA8%lZ0?xC3"
STORE_PASSWORD = "Rd1+oN5/gM8@vB2:hK4#wU7?tI9"
STORE_KEY = "Ek9/cY3+aQ6rP0vXsL2dF7hJ1kZ5wT8b="
# Short enough to look like no token: what hides it must know what it is.
TOKEN = "Tk8~jR4+eU7/bH1.nV5-wC2="
REFRESH_TOKEN = "Rf2~qM6-sY9_xG3.pK7/dL0="
ID_TOKEN = "Id5~zB8-tN1_vJ4.cW7/hF3="


@attrs.frozen
class Keys:
    """
    Private keys, in all that they may be written as.

    Args:
        pem: An encrypted one of RSA.

        jwk: One of EC, as JSON.

        tls: The path of the key of a client certificate, encrypted.

        certificate: The path of that certificate.
    """

    pem: str = attrs.field(repr=False)
    jwk: str = attrs.field(repr=False)
    tls: Path
    certificate: Path

    def marks(self) -> list[Mark]:
        """Return what must not leave of them."""
        jwk = json.loads(self.jwk)
        return [
            *_marks_of("private key", self.pem),
            *_marks_of("TLS key", self.tls.read_text()),
            Mark("the JWK's d", jwk["d"]),
            Mark("the JWK's number", str(_number(jwk))),
        ]


def _number(jwk: dict[str, Any]) -> int:
    key = ECKey.import_key(jwk).private_key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key.private_numbers().private_value


def _lines(pem: str) -> str:
    return "".join(line for line in pem.splitlines() if "-----" not in line)


def _marks_of(name: str, encrypted: str) -> list[Mark]:
    """Return a key's marks: its text, what that decrypts to, and its numbers."""
    key = load_pem_private_key(encrypted.encode(), KEY_PASSWORD.encode())
    marks = [Mark(f"{name}, encrypted", _lines(encrypted))]
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        clear = key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
        # The beginning of each is the same for all keys of its kind.
        marks.append(Mark(f"{name}, decrypted", _lines(clear)[60:]))
    numbers = getattr(key, "private_numbers")()  # noqa: B009 - of either kind
    return marks + [
        Mark(f"{name}, {part}", str(getattr(numbers, part)))
        for part in ("d", "p", "private_value")
        if hasattr(numbers, part)
    ]


def make_pem() -> str:
    """Return a new RSA key, encrypted."""
    key = rsa.generate_private_key(65537, 2048)
    lock = BestAvailableEncryption(KEY_PASSWORD.encode())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()


def make_jwk() -> str:
    """Return a new EC key."""
    return json.dumps(ECKey.generate_key("P-256", private=True).as_dict(private=True))
