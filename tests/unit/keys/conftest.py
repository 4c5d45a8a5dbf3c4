"""Keys that are made once for all tests of this directory."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization import PrivateFormat


def pem_of(key, password=None):
    """Write a key as PKCS#8."""
    encryption = (
        BestAvailableEncryption(password.encode()) if password else NoEncryption()
    )
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


@pytest.fixture(scope="session")
def rsa_key():
    """An RSA key; making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def short_key():
    """An RSA key that is too short for what uses a long hash."""
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


@pytest.fixture(scope="session")
def certificate(rsa_key, tmp_path_factory):
    """A self-signed certificate of that key: its file and its DER."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "billing")])
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(rsa_key.public_key())
        .serial_number(1)
        .not_valid_before(day)
        .not_valid_after(day + dt.timedelta(days=365))
        .sign(rsa_key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "billing.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path, made.public_bytes(Encoding.DER)
