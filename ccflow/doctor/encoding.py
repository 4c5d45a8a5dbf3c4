"""Would the other way to write a Basic header make a difference, and does it?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from ccflow.doctor.finding import Finding
from ccflow.doctor.finding import failure_of
from ccflow.engine.exchange import Exchange
from ccflow.errors import CcflowError
from ccflow.protocol.client_auth import authenticate
from ccflow.protocol.plan import Plan
from ccflow.protocol.quirks import BasicEncoding
from ccflow.protocol.request import TokenRequest
from ccflow.secret import Secret


STEP: Final = "encoding"

_OTHER: Final[dict[BasicEncoding, BasicEncoding]] = {"form": "raw", "raw": "form"}
_BASIC: Final = "client_secret_basic"


def check_encoding(plan: Plan, credential: Secret) -> Iterator[Finding]:
    """Say whether a refusal of Basic credentials can be about how they are written."""
    if plan.auth_method != _BASIC:
        return
    used, other = plan.quirks.basic_encoding, _OTHER[plan.quirks.basic_encoding]
    if _is_the_same(plan, credential):
        text = "it is not how the Basic header is written: both ways are the same here"
        yield Finding("cause", "note", text)
        return
    yield Finding(
        "cause",
        "note",
        "it may also be how the Basic header is written: the two ways differ for this "
        f"client_id and secret, and it was sent as {used!r}",
        f"--try-encodings tries {other!r}, once; that is a second login",
    )


def try_other_encoding(
    exchange: Exchange, credential: Secret, ends: float
) -> Iterator[Finding]:
    """
    Send the same secret once more, written the other way.

    Args:
        exchange: The one that was refused.

        credential: The client secret.

        ends: The time of the steady clock by which it must be over.
    """
    plan = exchange.plan
    if plan.auth_method != _BASIC:
        text = f"{plan.auth_method} knows one way to write the secret"
        yield Finding(STEP, "skipped", text)
        return
    if _is_the_same(plan, credential):
        text = "the other way to write the Basic header sends the same"
        yield Finding(STEP, "skipped", text)
        return
    other = _turned(plan)
    encoding = other.quirks.basic_encoding
    what = f"with basic_encoding = {encoding!r}"
    yield Finding(STEP, "note", f"the same secret is sent again {what}: a second login")
    try:
        attrs.evolve(exchange, plan=other).ask(credential, ends, fresh=True)
    except CcflowError as error:
        yield from failure_of(STEP, error)
        return
    yield Finding(
        STEP,
        "ok",
        f"the second login brought a token, {what}",
        f'set basic_encoding = "{encoding}" in [profiles.{plan.profile}.quirks]',
    )


def _turned(plan: Plan) -> Plan:
    encoding = _OTHER[plan.quirks.basic_encoding]
    return attrs.evolve(plan, quirks=attrs.evolve(plan.quirks, basic_encoding=encoding))


def _is_the_same(plan: Plan, credential: Secret) -> bool:
    return _header(plan, credential) == _header(_turned(plan), credential)


def _header(plan: Plan, credential: Secret) -> list[tuple[bytes, bytes]]:
    empty = TokenRequest(url="", headers={}, parameters=())
    return authenticate(empty, plan, credential).wire_headers()
