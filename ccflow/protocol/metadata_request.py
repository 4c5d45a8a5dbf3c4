"""The request for the metadata of a server (RFC 8414 section 3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import ClassVar

import attrs

from ccflow.protocol.request import Text
from ccflow.protocol.request import wire_headers
from ccflow.secret import Secret


@attrs.frozen(kw_only=True)
class MetadataRequest:
    """
    A GET that says nothing of the client.

    Args:
        url: One of the addresses where metadata may be.

        headers: The headers, by name; what is secret is a `Secret`, such as the key
            of a gateway in front of everything.
    """

    url: str
    headers: Mapping[str, Text] = attrs.field(hash=False)
    method: ClassVar[str] = "GET"
    named: ClassVar[str] = "issuer"

    def wire_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers as bytes, secrets in clear."""
        return wire_headers(self.headers)

    def wire_body(self) -> bytes:
        """Return nothing: all of it is in the address."""
        return b""

    def secrets(self) -> Iterable[Secret]:
        """Return everything in it that must not come back in an error."""
        return [value for value in self.headers.values() if isinstance(value, Secret)]
