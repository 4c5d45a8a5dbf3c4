"""Why the certificate of a server is not accepted."""

from __future__ import annotations

import datetime as dt
import ssl
from typing import Final

from ccflow.config.profile import SYSTEM_STORE
from ccflow.wire.fault import Fault
from ccflow.wire.way import Way


# Codes of OpenSSL for what is wrong with a chain of certificates.
_NOT_YET_VALID: Final = 9
_EXPIRED: Final = 10
_SELF_SIGNED: Final = 18
_UNKNOWN_AUTHORITY: Final = frozenset({2, 19, 20, 21, 27})
_OTHER_NAME: Final = frozenset({62, 64})


def certificate_fault(error: BaseException, way: Way) -> Fault:
    """Explain why the certificate of a server is not accepted."""
    code = getattr(error, "verify_code", None)
    whose = f"the certificate of {way.peer}"
    if code == _NOT_YET_VALID:
        return Fault(
            cause=f"{whose} is not valid yet",
            hint=f"{_clock_words(way)}; if it is right, have a certificate made that "
            "is valid now",
        )
    if code == _EXPIRED:
        return _expired_fault(way, whose)
    if code in _OTHER_NAME:
        return Fault(
            cause=f"{whose} is not trusted: it is for another name",
            hint="call the server by a name that its certificate has, or have one "
            f"made for this name; the names are shown by: {way.chain_command} | "
            "openssl x509 -noout -ext subjectAltName",
        )
    if code == _SELF_SIGNED:
        return Fault(
            cause=f"{whose} is self-signed, and not trusted",
            hint="if it is the right one, name it in ca_file; it is fetched and "
            f"looked at with: {way.chain_command} | openssl x509 -out ca.pem "
            "-subject -dates -fingerprint -sha256",
            passes=False,
        )
    if code in _UNKNOWN_AUTHORITY:
        return _authority_fault(way, whose)
    reason = getattr(error, "verify_message", None) or "it does not say why"
    return Fault(
        cause=f"{whose} is not trusted: {reason}",
        hint=f"whoever runs {way.peer} has to replace it; it is shown by: "
        f"{way.chain_command} | openssl x509 -noout -text",
    )


def _clock_words(way: Way) -> str:
    now = dt.datetime.fromtimestamp(way.now, dt.UTC)
    return (
        f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC; if that is wrong, set it"
    )


def _expired_fault(way: Way, whose: str) -> Fault:
    ca_file = way.trust.ca_file
    if ca_file is not None and _holds_expired(ca_file, way.now):
        return Fault(
            cause=f"{whose} is not trusted: an authority in ca_file {ca_file} "
            "has expired",
            hint=f"put its new certificate there; {_clock_words(way)}",
            passes=False,
        )
    return Fault(
        cause=f"{whose}, or one that vouches for it, has expired",
        hint=f"whoever runs {way.peer} has to renew it; {_clock_words(way)}",
    )


def _holds_expired(ca_file: str, now: float) -> bool:
    """Say whether one of the authorities in a file has expired."""
    try:
        found = ssl.create_default_context(cafile=ca_file).get_ca_certs()
    except OSError:
        return False
    return any(ssl.cert_time_to_seconds(str(it["notAfter"])) < now for it in found)


def _authority_fault(way: Way, whose: str) -> Fault:
    look = f"its chain is shown by: {way.chain_command}"
    match way.trust.ca_file:
        case None:
            hint = (
                "name the certificate of that authority in ca_file, or set "
                f'ca_file = "{SYSTEM_STORE}" if this machine\'s own store has it'
            )
        case "system":
            hint = "add the authority to this machine's store, or name it in ca_file"
        case path:
            hint = (
                f"ca_file {path} replaces the usual authorities: add the right one "
                "there, or take ca_file out"
            )
    return Fault(
        cause=f"{whose} is not trusted: its authority is unknown here",
        hint=f"{hint}; {look}",
        passes=False,
    )
