"""Whom a request trusts, and by what it is known itself: one TLS configuration."""

from __future__ import annotations

from pathlib import Path

import attrs

from ccflow.config.profile import SYSTEM_STORE
from ccflow.config.profile import Profile
from ccflow.secret import Secret
from ccflow.secrets import read_secret
from ccflow.wire.client_certificate import ClientCertificate
from ccflow.wire.proxy import environment_proxy


Stamp = tuple[tuple[int, int, int] | None, ...]
"""What changes when one of some files is replaced or written."""


@attrs.frozen
class Trust:
    """
    What decides which HTTP client serves a request.

    Args:
        ca_file: The only authorities to trust; "system" for those of this
            machine's own store, None for the usual ones.

        proxy: The proxy to go through; None for none.

        certificate: What the client shows to the server; None for nothing.
    """

    ca_file: str | None = None
    proxy: Secret | None = None
    certificate: ClientCertificate | None = None

    def stamp(self) -> Stamp:
        """Look whether the files are still those that were read."""
        files: list[str] = []
        if self.ca_file is not None and self.ca_file != SYSTEM_STORE:
            files.append(self.ca_file)
        if self.certificate is not None:
            files += self.certificate.files
        return tuple(_stamp_of(path) for path in files)


def _stamp_of(path: str) -> tuple[int, int, int] | None:
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None  # Reading it tells what is wrong.
    return found.st_mtime_ns, found.st_ino, found.st_size


def trust_of(profile: Profile, url: str) -> Trust:
    """
    Return what the requests of a profile go by.

    Args:
        profile: Whose files, and whose proxy if it names one.

        url: Where to, for the proxy of the environment.

    Raises:
        SecretError: The proxy, or the password of a key, cannot be read.
    """
    if profile.proxy is None:
        proxy = environment_proxy(url)
    else:
        proxy = read_secret(profile.proxy, "proxy")
    if profile.tls_certificate is None:
        return Trust(profile.ca_file, proxy)
    locked = profile.private_key_password
    password = None if locked is None else read_secret(locked, "private_key_password")
    paths = profile.tls_certificate, profile.tls_private_key
    return Trust(profile.ca_file, proxy, ClientCertificate(*paths, password))
