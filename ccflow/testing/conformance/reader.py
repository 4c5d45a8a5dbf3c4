"""
Reads a token request as a server does that never heard of ccflow.

It shares no code with what wrote the request: the form is taken apart by the
standard library, Basic by four lines, a signature by ``cryptography``. Whatever a
strict server could refuse is refused here (RFC 6749 sections 2.3, 3.2 and 4.4.2,
RFC 7521 section 4.2).
"""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl
from urllib.parse import unquote_plus

import attrs

from ccflow.emulator.jws import Jws
from ccflow.emulator.jws import PublicKey
from ccflow.emulator.jws import is_signed_by
from ccflow.emulator.jws import read_jws


FORM: Final = "application/x-www-form-urlencoded"

_REPEATABLE: Final = frozenset({"resource"})
_ONLY_PROOF: Final = frozenset({"client_secret", "client_assertion"})


class UnacceptableError(ValueError):
    """A strict server would refuse the request, and this is why."""


@attrs.frozen(kw_only=True)
class Reading:
    """
    What a server makes of a token request.

    Args:
        headers: By name, in lower case.

        form: The parameters, in their order.

        client_id: Who asks, as Basic or the form say it; None where only an
            assertion does.

        secret: The client secret, or None.

        assertion: The signed JSON, not yet believed, or None.
    """

    headers: Mapping[str, str] = attrs.field(repr=False)
    form: tuple[tuple[str, str], ...] = attrs.field(repr=False)
    client_id: str | None
    secret: str | None = attrs.field(repr=False)
    assertion: Jws | None

    def values(self, name: str) -> list[str]:
        """Return every value of a parameter."""
        return [value for key, value in self.form if key == name]

    def value(self, name: str) -> str | None:
        """Return the only value of a parameter, or None."""
        return next(iter(self.values(name)), None)

    def is_signed_by(self, key: PublicKey | bytes) -> bool:
        """Say whether a key made the signature of the assertion."""
        return self.assertion is not None and is_signed_by(self.assertion, key)


def read_request(
    method: str,
    headers: Iterable[tuple[bytes, bytes]],
    body: bytes,
    *,
    decodes_basic: bool,
) -> Reading:
    """
    Read a token request.

    Args:
        method: Of HTTP.

        headers: As they are on the wire.

        body: As it is on the wire.

        decodes_basic: Whether the halves of Basic are form-decoded (RFC 6749
            section 2.3.1).

    Raises:
        UnacceptableError: A strict server would refuse it.
    """
    if method != "POST":
        raise UnacceptableError(f"a token request is a POST, not a {method}")
    named = _read_headers(headers)
    form = _read_form(named, body)
    parameters = dict(form)
    basic = named.get("authorization")
    proofs = [
        *_ONLY_PROOF & parameters.keys(),
        *["Authorization"] * (basic is not None),
    ]
    if len(proofs) > 1:
        raise UnacceptableError(f"more than one credential: {' and '.join(proofs)}")
    client_id, secret = parameters.get("client_id"), parameters.get("client_secret")
    if basic is not None:
        user, secret = read_basic(basic, decodes=decodes_basic)
        if client_id not in {None, user}:
            raise UnacceptableError("client_id is not the one of the header")
        client_id = user
    if not client_id and "client_assertion" not in parameters:
        raise UnacceptableError("nobody says which client asks")
    return Reading(
        headers=named,
        form=form,
        client_id=client_id,
        secret=secret,
        assertion=_read_assertion(parameters),
    )


def read_basic(header: str, *, decodes: bool) -> tuple[str, str]:
    """
    Read who asks, and with which secret (RFC 7617).

    Raises:
        UnacceptableError: It is no such header.
    """
    scheme, _, encoded = header.partition(" ")
    try:
        text = b64decode(encoded, validate=True).decode()
    except ValueError as error:
        raise UnacceptableError(f"Authorization cannot be read: {error}") from error
    user, colon, password = text.partition(":")
    if scheme != "Basic" or not colon:
        raise UnacceptableError("Authorization is not Basic")
    return (unquote_plus(user), unquote_plus(password)) if decodes else (user, password)


def _read_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    read: dict[str, str] = {}
    for name, value in headers:
        key = name.decode("ascii").lower()
        if key in read:
            raise UnacceptableError(f"the header {key} came twice")
        if value.strip() != value or {*value} & {*b"\r\n\0"}:
            raise UnacceptableError(f"the header {key} has blanks or line breaks")
        read[key] = value.decode()
    return read


def _read_form(headers: Mapping[str, str], body: bytes) -> tuple[tuple[str, str], ...]:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise UnacceptableError(
            f"Content-Type is {media_type or 'missing'}, not {FORM}"
        )
    try:
        form = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
        )
    except ValueError as error:
        raise UnacceptableError(f"the form cannot be read: {error}") from error
    count = Counter(name for name, _ in form)
    for name, value in form:
        if not value:
            raise UnacceptableError(f"the parameter {name} is empty")
        if count[name] > 1 and name not in _REPEATABLE:
            raise UnacceptableError(f"the parameter {name} came twice")
    if "grant_type" not in count:
        raise UnacceptableError("grant_type is missing")
    return tuple(form)


def _read_assertion(parameters: Mapping[str, str]) -> Jws | None:
    pair = {"client_assertion", "client_assertion_type"}
    there = pair & parameters.keys()
    if not there:
        return None
    if there != pair:
        raise UnacceptableError(f"{there.pop()} is alone")
    try:
        return read_jws(parameters["client_assertion"])
    except ValueError as error:
        raise UnacceptableError(f"client_assertion is no JWS: {error}") from error
