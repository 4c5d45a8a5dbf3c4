"""Is the client certificate one that a server would be shown?"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Final

from ccflow.config.profile import Profile
from ccflow.doctor.finding import Finding
from ccflow.doctor.finding import findings_of
from ccflow.doctor.keys import look_at
from ccflow.errors import SecretError
from ccflow.secret import Secret
from ccflow.wire.client_certificate import ClientCertificate
from ccflow.wire.clients import make_client
from ccflow.wire.trust import Trust


_STEP: Final = "tls_certificate"


def check_client_certificate(
    profile: Profile, secrets: Mapping[str, Secret], now: float
) -> Iterator[Finding]:
    """
    Load the certificate of the connection and its key, as a fetch would.

    Args:
        profile: Whose files they are.

        secrets: Those that could be read; the password may be one of them.

        now: Epoch seconds.
    """
    path = profile.tls_certificate
    if path is None:
        return
    if (yield from look_at(_STEP, path, now)) is None:
        return
    password = secrets.get("private_key_password")
    if profile.private_key_password is not None and password is None:
        return  # That it cannot be read is told elsewhere.
    certificate = ClientCertificate(path, profile.tls_private_key, password)
    try:
        make_client(Trust(certificate=certificate)).close()
    except SecretError as error:
        yield from findings_of(_STEP, error.problems)
        return
    if warning := certificate.warning():
        message, _, hint = warning.partition("; ")
        yield Finding(_STEP, "warning", message, hint)
    yield Finding(_STEP, "ok", "it and its key are shown to the authorization server")
