"""Servers whose TLS is at fault in a way that trustme does not make."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization import PrivateFormat
from cryptography.x509.oid import NameOID

from tests.support.certificates import authority


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: str,
    subject: str,
    *,
    is_authority: bool,
    days: int = 30,
) -> bytes:
    now = dt.datetime.now(dt.UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=60))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), False)
        .add_extension(x509.BasicConstraints(is_authority, None), True)
        .add_extension(identifier, False)
        .add_extension(above, False)
        .sign(signer, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


def _server_context(
    directory: Path, key: ec.EllipticCurvePrivateKey, certificate: bytes
) -> ssl.SSLContext:
    path = directory / "server-with-key.pem"
    path.write_bytes(
        certificate
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def self_signed(directory: Path) -> tuple[ssl.SSLContext, str]:
    """Return a server that vouches for itself, and the path of its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate(key, key, "localhost", "localhost", is_authority=True)
    path = directory / "self.pem"
    path.write_bytes(made)
    return _server_context(directory, key, made), str(path)


def of_expired_authority(directory: Path) -> tuple[ssl.SSLContext, str]:
    """Return a server whose authority has expired, and the path of that one."""
    above, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    old = _certificate(above, above, "old", "old", is_authority=True, days=-1)
    path = directory / "old.pem"
    path.write_bytes(old)
    made = _certificate(key, above, "old", "localhost", is_authority=False)
    return _server_context(directory, key, made), str(path)


def _usual() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("localhost").configure_cert(context)
    return context


def with_odd_ciphers() -> ssl.SSLContext:
    """Return a server that takes none of the usual ciphers."""
    context = _usual()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ADH:@SECLEVEL=0")
    return context


def without_this_name() -> ssl.SSLContext:
    """Return a server that serves other names than the one that it is called by."""
    context = _usual()
    context.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    return context
