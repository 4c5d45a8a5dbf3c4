"""What a server's certificate says: for whom, from whom, until when."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from ccflow.doctor.finding import Finding
from ccflow.protocol.scrub import Scrubber


SOON: Final = 14
"""Days before the end of a server's certificate from which it is warned of."""

STEP: Final = "tls"

_MOST_NAMES: Final = 5
_DER: Final = 2
_SCRUBBER: Final = Scrubber(())


def describe_tls(tls: ssl.SSLObject, host: str, now: float) -> Iterator[Finding]:
    """
    Tell of the TLS with a server, and warn of what ends soon.

    Args:
        tls: The connection.

        host: Whose it is.

        now: Epoch seconds.
    """
    chain = [x509.load_der_x509_certificate(it) for it in _chain(tls)]
    if not chain:
        yield Finding(STEP, "ok", f"{tls.version()} with {host}")
        return
    own, *above = chain
    text = f"{tls.version()} with {host}; the certificate is {describe(own)}"
    days = _days_left(own, now)
    if days < SOON:
        hint = f"have whoever runs {host} renew it"
        yield Finding(STEP, "warning", f"{text}: in {days:.0f} days", hint)
    else:
        yield Finding(STEP, "ok", f"{text}: in {days:.0f} days")
    for authority in above:
        days = _days_left(authority, now)
        if days < SOON:
            text = f"{_name(authority.subject)}, which vouches for it, ends"
            hint = f"have whoever runs {host} replace it in the chain"
            yield Finding(STEP, "warning", f"{text} in {days:.0f} days", hint)


def describe_pem(pem: str) -> str:
    """Say what a certificate that was not trusted says of itself."""
    return describe(x509.load_pem_x509_certificate(pem.encode()))


def describe(certificate: x509.Certificate) -> str:
    """Say for whom a certificate is, from whom, and until when."""
    names = _names(certificate) or [_name(certificate.subject)]
    shown = ", ".join(names[:_MOST_NAMES])
    if len(names) > _MOST_NAMES:
        shown += f" and {len(names) - _MOST_NAMES} more"
    until = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
    return f"for {shown}, made by {_name(certificate.issuer)}, and ends on {until}"


def _days_left(certificate: x509.Certificate, now: float) -> float:
    return (certificate.not_valid_after_utc.timestamp() - now) / 86400


def _names(certificate: x509.Certificate) -> list[str]:
    kind = x509.SubjectAlternativeName
    try:
        found = certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    texts = [str(name.value) for name in found if hasattr(name, "value")]
    return [_SCRUBBER.text(text, 100) for text in texts]


def _name(name: x509.Name) -> str:
    """Return the part of a name that people know it by."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for found in name.get_attributes_for_oid(kind):
            return _SCRUBBER.text(str(found.value), 100)
    return _SCRUBBER.text(name.rfc4514_string(), 100) or "nobody"


def _chain(tls: ssl.SSLObject) -> list[bytes]:
    """Return the certificates that were verified, the server's own first."""
    # Python 3.13 has it for all to see; before, only the object below has it.
    verified: Any = getattr(tls, "get_verified_chain", None)
    if verified is not None:
        return list(verified())
    below: Any = getattr(tls, "_sslobj", None)
    if hasattr(below, "get_verified_chain"):
        return [it.public_bytes(_DER) for it in below.get_verified_chain() or ()]
    own = tls.getpeercert(binary_form=True)
    return [own] if own else []
