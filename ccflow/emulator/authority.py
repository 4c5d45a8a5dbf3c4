"""A certificate authority that is thrown away after the run."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING
from typing import Final

from ccflow.emulator.workspace import Workspace
from ccflow.errors import ProviderError


if TYPE_CHECKING:
    import trustme


CA_FILE: Final = "ca.pem"


def make_context(workspace: Workspace, host: str) -> ssl.SSLContext:
    """
    Make the certificate for the servers of a run, and write down whom to trust.

    Raises:
        ProviderError: The package that makes certificates is not installed.
    """
    authority = _make_authority()
    workspace.write(CA_FILE, authority.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = dict.fromkeys([host, "localhost", "127.0.0.1", "::1"])
    authority.issue_cert(*names).configure_cert(context)
    return context


def _make_authority() -> trustme.CA:
    try:
        import trustme
    except ImportError as error:
        raise ProviderError(
            "emulators need the package trustme to make certificates; "
            'run: pip install "ccflow-oauth[demo]"'
        ) from error
    return trustme.CA(organization_name="ccflow emulator")
