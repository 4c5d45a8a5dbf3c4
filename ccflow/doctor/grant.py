"""Is what was granted what was asked for, and for long enough?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ccflow.doctor.finding import Finding
from ccflow.protocol.plan import Plan
from ccflow.protocol.response import TokenResponse


# A token that lives shorter costs a request a minute, and more.
_SHORT: Final = 60.0


def check_lifetime(response: TokenResponse, plan: Plan) -> Iterator[Finding]:
    """Tell how long a token lives."""
    seconds = response.expires_in
    if seconds is None:
        text = "the server does not say how long the token lives"
        hint = (
            f"it is kept for {plan.default_expires_in:g} s; set default_expires_in to "
            "what the server has"
        )
        yield Finding("lifetime", "warning", text, hint)
    elif seconds < _SHORT:
        text = f"the token lives for {seconds:g} s only"
        hint = "have tokens live longer at the server: each one costs a request"
        yield Finding("lifetime", "warning", text, hint)
    else:
        yield Finding("lifetime", "ok", f"the token lives for {seconds:g} s")


def check_scope(response: TokenResponse, plan: Plan) -> Iterator[Finding]:
    """Compare the scope that was granted with the one that was asked for."""
    granted, asked = response.scope, plan.scope
    shown = " ".join(granted or ()) or "nothing"
    if missing := response.shortfall(plan):
        hint = (
            "let the client have it at the server, or take it out of scope; "
            "require_scope = true makes an error of it"
        )
        text = f"{' '.join(missing)} was not granted; granted: {shown}"
        yield Finding("scope", "warning", text, hint)
    elif granted is None:
        text = "the answer does not name it"
        if asked:
            text += ", which means: as asked for (RFC 6749 section 5.1)"
        yield Finding("scope", "ok", text)
    else:
        yield Finding("scope", "ok", f"granted: {shown}")
    more = [it for it in granted or () if it not in asked]
    if asked and more:
        text = f"{' '.join(more)} was granted and not asked for"
        yield Finding("scope", "note", text)
