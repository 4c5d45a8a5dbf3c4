"""An answer without an error code, in words that a message may hold."""

from __future__ import annotations

import re
from typing import Final

from ccflow.protocol.answer import Answer
from ccflow.protocol.credential import is_bare_token
from ccflow.protocol.page import explain_page
from ccflow.protocol.page import read_refresh
from ccflow.protocol.page import read_title
from ccflow.protocol.page import read_words
from ccflow.protocol.scrub import Scrubber
from ccflow.protocol.xml_document import is_answered_in_xml
from ccflow.protocol.xml_document import read_root


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
    if is_answered_in_xml(answer):
        return _describe_xml(answer, scrubber)
    location = scrubber.mask(answer.headers.get("location", ""))
    if location and 300 <= answer.status_code < 400:
        return f"a redirect to {_place(location, scrubber)!r}"
    if answer.shape == "html":
        target = read_refresh(scrubber.mask(answer.text))
        return f"{kind} that leads to {_place(target, scrubber)!r}" if target else kind
    # Never of a 2xx: it can hold a credential in any shape.
    if answer.shape == "text" and not answer.is_success:
        if is_bare_token(answer.text.strip()):
            return f"{kind}: one word, which may be a token"
        return f"{kind}: {scrubber.text(answer.text, 120)!r}"
    return kind


def _place(location: str, scrubber: Scrubber) -> str:
    """Return an address without its query, which may hold anything."""
    return scrubber.text(location.split("?", 1)[0].split("#", 1)[0], 200)


def _describe_xml(answer: Answer, scrubber: Scrubber) -> str:
    """Name the outermost element, and what is in it; of a 2xx the name alone."""
    document = scrubber.mask(answer.text)
    root, words = read_root(document), read_words(document)
    kind = _KINDS["xml"]
    if root:
        kind += f" {scrubber.text(f'<{root}>', 80)}"
    if answer.is_success or not words:
        return kind
    return f"{kind}: {scrubber.text(words, 120)!r}"


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
    if (hint := explain_page(answer.text)) is not None:
        return hint
    if is_answered_in_xml(answer):
        return (
            "a token comes as JSON: check that token_endpoint is the token endpoint of "
            "this server, and which gateway stands in front of it"
        )
    return (
        "check the token endpoint, and whether a proxy, gateway or login page stands "
        "between"
    )
