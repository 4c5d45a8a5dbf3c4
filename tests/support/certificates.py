"""Certificates for servers on this machine, made once per run: they cost time."""

from __future__ import annotations

import datetime as dt
import ssl
from functools import cache
from pathlib import Path

import trustme


@cache
def authority(name: str = "ours") -> trustme.CA:
    """Return the certificate authority of this name."""
    return trustme.CA(organization_name=f"authority called {name}")


@cache
def server_context(
    host: str = "localhost", ca: str = "ours", *, expired: bool = False
) -> ssl.SSLContext:
    """Return what a server needs to speak TLS as a host."""
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    certificate = authority(ca).issue_cert(
        host, not_after=yesterday if expired else None
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def write_ca_file(directory: Path, ca: str = "ours") -> str:
    """Write the certificate of an authority, and return its path."""
    path = directory / f"{ca}.pem"
    authority(ca).cert_pem.write_to_path(str(path))
    return str(path)
