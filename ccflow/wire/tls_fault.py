"""Why there is no TLS with a server: ports, versions, client certificates."""

from __future__ import annotations

import ssl
from typing import Final

from ccflow.wire.fault import Fault
from ccflow.wire.way import Way


# Reasons of OpenSSL, as the ssl module names them.
_NO_TLS: Final = frozenset(
    {
        "BAD_PACKET_LENGTH",
        "HTTPS_PROXY_REQUEST",
        "HTTP_REQUEST",
        "PACKET_LENGTH_TOO_LONG",
        "RECORD_LAYER_FAILURE",
        "UNKNOWN_PROTOCOL",
        "WRONG_VERSION_NUMBER",
    }
)
_OTHER_VERSION: Final = frozenset(
    {
        "NO_PROTOCOLS_AVAILABLE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "UNSUPPORTED_PROTOCOL",
        "VERSION_TOO_LOW",
        "WRONG_SSL_VERSION",
    }
)
_CERTIFICATE_WANTED: Final = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
_CERTIFICATE_REFUSED: Final = frozenset(
    {
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "TLSV1_ALERT_ACCESS_DENIED",
        "TLSV1_ALERT_DECRYPT_ERROR",
        "TLSV1_ALERT_UNKNOWN_CA",
    }
)
_NO_COMMON_WAY: Final = frozenset(
    {"SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV1_ALERT_INSUFFICIENT_SECURITY"}
)


def tls_fault(error: BaseException, way: Way) -> Fault:
    """Explain an error of TLS that is not about the server's certificate."""
    reason = getattr(error, "reason", None)
    if reason in _NO_TLS:
        return Fault(
            cause=f"what answers at {way.peer} speaks no TLS",
            hint=f"check host and port in {_where(way)}: TLS is often on another port "
            "than plain http",
            passes=False,
        )
    if reason in _OTHER_VERSION:
        return Fault(
            cause=f"{way.peer} speaks no version of TLS that is spoken here",
            hint="it needs TLS 1.2 or later; whoever runs it has to allow that",
        )
    if reason == _CERTIFICATE_WANTED or reason in _CERTIFICATE_REFUSED:
        return _client_certificate_fault(way, str(reason))
    if reason in _NO_COMMON_WAY:
        shown = "" if way.trust.certificate else ", or wants a client certificate"
        return Fault(
            cause=f"{way.peer} broke off the TLS handshake",
            hint=f"it takes none of the ciphers that are offered{shown}"
            + ("" if way.trust.certificate else ": set tls_certificate"),
        )
    if reason == "TLSV1_UNRECOGNIZED_NAME":
        return Fault(
            cause=f"{way.peer} does not know the name that it was called by",
            hint=f"check the spelling of the host in {_where(way)}",
        )
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return hung_up_fault(error, way)
    return Fault(
        cause=f"no TLS connection to {way.peer}: {reason or 'it does not say why'}",
        hint="check the port, and that the server speaks TLS 1.2 or later there",
    )


def _where(way: Way) -> str:
    return "the address of the proxy" if way.is_at_proxy else way.named


def _client_certificate_fault(way: Way, reason: str) -> Fault:
    certificate = way.trust.certificate
    if certificate is None or way.is_at_proxy:
        return Fault(
            cause=f"{way.peer} wants a client certificate",
            hint="set tls_certificate and tls_private_key, or use the endpoint that "
            "the server has for clients without one",
            passes=False,
        )
    words = reason.removeprefix("SSLV3_").removeprefix("TLSV1_").removeprefix("TLSV13_")
    what = words.removeprefix("ALERT_").replace("_", " ").lower()
    return Fault(
        cause=f"{way.peer} refused the client certificate: {what}",
        hint=f"compare {certificate.certificate} with the one that is registered at "
        "the server, see that it has not expired, and that it has the certificates "
        "of the authorities between behind it",
        passes=False,
    )


def hung_up_fault(error: BaseException, way: Way) -> Fault:
    """Explain a connection that was closed during the handshake."""
    return Fault(
        cause=f"{way.peer} hung up in the middle of the TLS handshake",
        hint="check the port; a firewall does that, and a load balancer that does not "
        "know the host, and a server that wants a client certificate",
    )
