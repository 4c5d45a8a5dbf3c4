"""An answer without an error code, in words that a message may hold."""

from __future__ import annotations

import re
from typing import Final

from ccflow.protocol.answer import Answer
from ccflow.protocol.page import explain_page
from ccflow.protocol.page import read_title
from ccflow.protocol.scrub import Scrubber


_LONGEST_LOCATION: Final = 1000
_LOGIN: Final = re.compile(
    r"log[-_]?(in|on)\b|sign[-_]?(in|on)\b|\bsso\b|saml|authorize|\badfs\b",
    re.IGNORECASE,
)
_KINDS: Final = {
    "empty": "an empty body",
    "object": "a JSON object",
    "json": "JSON that is no object",
    "html": "an HTML page",
    "xml": "an XML document",
    "text": "plain text",
    "binary": "bytes that are no text",
}


def describe(answer: Answer, scrubber: Scrubber) -> str:
    """Say what came instead of a token or an error."""
    kind = _KINDS[answer.shape]
    if answer.shape == "text" and answer.text.lstrip()[:1] in {"{", "["}:
        kind = "JSON that breaks off or is wrong"
    # Each text is masked before it is cut: the cut may go through a secret.
    if answer.shape in {"html", "xml"}:
        title = read_title(scrubber.mask(answer.text))
        if title:
            return f"{kind} titled {scrubber.text(title, 100)!r}"
    location = scrubber.mask(answer.headers.get("location", ""))
    if location and 300 <= answer.status_code < 400:
        target = location.split("?", 1)[0].split("#", 1)[0]
        return f"a redirect to {scrubber.text(target, 200)!r}"
    # Never of a 2xx: it can hold a credential in any shape.
    if answer.shape == "text" and not answer.is_success:
        return f"{kind}: {scrubber.text(answer.text, 120)!r}"
    return kind


def explain_intermediary(answer: Answer) -> str | None:
    """Say what to do about whatever answered instead of the server."""
    if 300 <= answer.status_code < 400:
        if _LOGIN.search(answer.headers.get("location", "")[:_LONGEST_LOCATION]):
            return (
                "it leads to a login page for people: set token_endpoint to the token "
                "endpoint, or let the gateway in front pass it without a login"
            )
        return (
            "ccflow follows no redirect with a secret in hand; set token_endpoint to "
            "the final address"
        )
    if answer.status_code == 407:
        return None
    return explain_page(answer.text) or (
        "check the token endpoint, and whether a proxy, gateway or login page stands "
        "between"
    )
