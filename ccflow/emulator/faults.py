"""
What can go wrong at a token endpoint, as values.

A fault meets one token request and answers it; `EmulatedServer.next` and `script` say
which one. Those that say "from now on" leave the server changed until `behave`. A
fault of one's own is any value with an ``answer`` like theirs.
"""

from __future__ import annotations

from email.utils import formatdate
from typing import Final

import attrs

from ccflow.emulator.dpop import DpopNonce
from ccflow.emulator.fault import Occasion
from ccflow.emulator.fault import between
from ccflow.emulator.message import Delivery
from ccflow.emulator.message import Response


__all__ = [
    "ClockOffset",
    "DpopNonce",
    "Drip",
    "Hang",
    "Html",
    "JtiOnce",
    "NewSecret",
    "NewSigningKey",
    "RateLimit",
    "Redirect",
    "Reset",
    "SameToken",
    "Status",
    "StringLifetime",
]

PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head><title>Sign in</title></head>
<body><h1>Sign in</h1><form method="post" action="/login"></form></body>
</html>
"""


@attrs.frozen
class Status:
    """A status from 400 to 599, with the error body that the vendor sends with it."""

    status: int = attrs.field(validator=between(400, 599))

    def answer(self, occasion: Occasion) -> Response:
        dialect, tenant = occasion.server.dialect, occasion.server.tenant
        if self.status == 429:
            return dialect.too_many_requests(occasion.request, tenant)
        return dialect.fail(self.status, occasion.request, tenant)


@attrs.frozen
class Html:
    """A page for people, as of a login, a firewall or a gateway."""

    status: int = attrs.field(default=200, validator=between(200, 599))

    def answer(self, occasion: Occasion) -> Response:
        return Response.html(self.status, PAGE)


def _fits_header(fault: object, field: object, value: str | None) -> None:
    if value is not None and not (value.isascii() and value.isprintable()):
        raise ValueError(f"location is printable ASCII, not {value!r}")


@attrs.frozen
class Redirect:
    """
    Another address; without one, ``/elsewhere`` at the same server.

    There, whoever follows is in the journal, with all that was sent along.
    """

    location: str | None = attrs.field(default=None, validator=_fits_header)
    status: int = attrs.field(default=307, validator=between(300, 399))

    def answer(self, occasion: Occasion) -> Response:
        location = self.location or f"{occasion.server.url}/elsewhere"
        return Response(status=self.status, headers={"Location": location})


@attrs.frozen
class RateLimit:
    """
    A rate limit: 429, with the vendor's own headers and ``Retry-After``.

    Args:
        after: Seconds until it ends; those of the tenant by default.

        as_date: Whether ``Retry-After`` is a date rather than a number.
    """

    after: int | None = attrs.field(default=None, validator=between(0))
    as_date: bool = True

    def answer(self, occasion: Occasion) -> Response:
        tenant = occasion.server.tenant
        seconds = tenant.rate_limit_reset_after if self.after is None else self.after
        response = occasion.server.dialect.too_many_requests(
            occasion.request, attrs.evolve(tenant, rate_limit_reset_after=seconds)
        )
        date = formatdate(int(tenant.now()) + seconds, usegmt=True)
        return response.with_headers(
            {"Retry-After": date if self.as_date else str(seconds)}
        )


@attrs.frozen
class Hang:
    """
    Silence, until the client gives up or the server closes.

    Args:
        after: How many bytes of the usual answer come first.
    """

    after: int = attrs.field(default=0, validator=between(0))

    def answer(self, occasion: Occasion) -> Response:
        delivery = Delivery(most=self.after, end="hang")
        return attrs.evolve(occasion.usual(), delivery=delivery)


@attrs.frozen
class Drip:
    """The usual answer, a byte at a time, `pause` seconds apart."""

    pause: float = attrs.field(default=1.0, validator=between(0.001, 86400))

    def answer(self, occasion: Occasion) -> Response:
        return attrs.evolve(occasion.usual(), delivery=Delivery(pause=self.pause))


@attrs.frozen
class Reset:
    """
    A connection that is broken off.

    Args:
        after: How many bytes of the usual answer come first.
    """

    after: int = attrs.field(default=0, validator=between(0))

    def answer(self, occasion: Occasion) -> Response:
        delivery = Delivery(most=self.after, end="reset")
        return attrs.evolve(occasion.usual(), delivery=delivery)


@attrs.frozen
class StringLifetime:
    """The usual token, whose ``expires_in`` is a text."""

    def answer(self, occasion: Occasion) -> Response:
        response = occasion.usual()
        lifetime = response.members.get("expires_in")
        if lifetime is None:
            return response
        return response.with_members({"expires_in": str(lifetime)})


@attrs.frozen
class SameToken:
    """The token that the client has already, while that is valid, not a new one."""

    def answer(self, occasion: Occasion) -> Response:
        response = occasion.usual()
        new = response.members.get("access_token")
        older = occasion.server.tenant.reuse_token(new) if new else None
        if older is None:
            return response
        token, left = older
        return response.with_members({"access_token": token, "expires_in": left})


@attrs.frozen
class JtiOnce:
    """From now on, an assertion that was used before is refused."""

    def answer(self, occasion: Occasion) -> Response:
        occasion.server.tenant.jti_once = True
        return occasion.usual()


@attrs.frozen
class ClockOffset:
    """From now on, the server's clock is ahead by so much; below zero, behind."""

    seconds: float = attrs.field(validator=between(-1e9, 1e9))

    def answer(self, occasion: Occasion) -> Response:
        occasion.server.tenant.clock_offset = self.seconds
        return occasion.usual()


@attrs.frozen
class NewSigningKey:
    """From now on, tokens are signed with another key; the old one stays published."""

    def answer(self, occasion: Occasion) -> Response:
        occasion.server.rotate_signing_key()
        return occasion.usual()


@attrs.frozen
class NewSecret:
    """
    From now on, the clients' secrets are others; this request brings an old one.

    Args:
        told: Whether the files that the profiles name have the new ones.
    """

    told: bool = True

    def answer(self, occasion: Occasion) -> Response:
        occasion.server.rotate_secrets(told=self.told)
        return occasion.usual()
