"""The way that a request took, as far as it came: what a failure is explained by."""

from __future__ import annotations

from urllib.parse import urlsplit

import attrs

from ccflow.wire.trust import Trust


@attrs.frozen(kw_only=True)
class Way:
    """
    Where a request was to go, and what it met.

    Args:
        url: Where to.

        trust: Through which proxy, trusting whom, known by what.

        seconds: The time for everything together.

        connect: The part of it that was for the connection.

        now: Epoch seconds, by the clock of this machine.

        greets: The host with which TLS was being set up, or None.

        secured: The hosts with which TLS was set up, or tried.

        heard: How the answer began.

        named: The profile key that names the address, or of which it is made.
    """

    url: str
    trust: Trust = attrs.field(factory=Trust)
    seconds: float = 30.0
    connect: float = 15.0
    now: float = 0.0
    greets: str | None = None
    secured: tuple[str, ...] = ()
    heard: bytes = b""
    named: str = "token_endpoint"

    @property
    def host(self) -> str:
        """The host, and the port where it is not the usual one."""
        return urlsplit(self.url).netloc

    @property
    def name(self) -> str:
        """The host alone."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_at_proxy(self) -> bool:
        """Whether it came no further than the proxy."""
        return self.trust.proxy is not None and self.name not in self.secured

    @property
    def there(self) -> str:
        """Who was to answer, and who was between."""
        through = self.trust.proxy is not None
        return f"{self.host} through the proxy" if through else self.host

    @property
    def peer(self) -> str:
        """Who was at the other end."""
        return "the proxy" if self.is_at_proxy else self.host

    @property
    def chain_command(self) -> str:
        """What shows the certificates of the server."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in self.name else self.name
        return (
            f"openssl s_client -connect {host}:{parts.port or 443} -showcerts "
            "</dev/null"
        )
