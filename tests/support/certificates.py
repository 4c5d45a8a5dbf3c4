"""Certificates for servers and clients on this machine; an authority costs time."""

from __future__ import annotations

import datetime as dt
import ssl
import warnings
from functools import cache
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import PrivateFormat
from cryptography.hazmat.primitives.serialization import load_pem_private_key


@cache
def authority(name: str = "ours") -> trustme.CA:
    """Return the certificate authority of this name."""
    return trustme.CA(organization_name=f"authority called {name}")


def _in_days(days: int) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=days)


@cache
def server_context(
    host: str = "localhost",
    ca: str = "ours",
    *,
    expired: bool = False,
    early: bool = False,
    clients: str | None = None,
    optional: bool = False,
    newest: str = "",
) -> ssl.SSLContext:
    """
    Return what a server needs to speak TLS as a host.

    Args:
        host: The name in its certificate.

        ca: The authority that vouches for it; the host's own name for none.

        expired: Whether its certificate was valid until yesterday.

        early: Whether it is valid from tomorrow.

        clients: The authority whose client certificates it demands.

        optional: Whether it only asks for one.

        newest: The name of the newest version of TLS that it speaks.
    """
    certificate = authority(ca).issue_cert(
        host,
        not_after=_in_days(-1) if expired else None,
        not_before=_in_days(1) if early else None,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if clients is not None:
        authority(clients).configure_trust(context)
        context.verify_mode = ssl.CERT_OPTIONAL if optional else ssl.CERT_REQUIRED
    if newest:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # It is old, which is the point.
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion[newest]
    return context


def write_ca_file(directory: Path, ca: str = "ours") -> str:
    """Write the certificate of an authority, and return its path."""
    path = directory / f"{ca}.pem"
    authority(ca).cert_pem.write_to_path(str(path))
    return str(path)


def write_client_certificate(
    directory: Path,
    name: str = "billing",
    ca: str = "ours",
    *,
    expired: bool = False,
    password: bytes | None = None,
) -> tuple[str, str]:
    """Write a client certificate and its key, and return their paths."""
    issued = authority(ca).issue_cert(
        common_name=name, not_after=_in_days(-1) if expired else None
    )
    certificate, key = directory / "client.pem", directory / "client.key"
    certificate.write_bytes(b"".join(it.bytes() for it in issued.cert_chain_pems))
    content = issued.private_key_pem.bytes()
    if password is not None:
        content = load_pem_private_key(content, None).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)
        )
    key.write_bytes(content)
    key.chmod(0o600)
    return str(certificate), str(key)
