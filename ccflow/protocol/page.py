"""
A page that answered instead of the server: whose it is, and what to do about it.

The marks are those of well-known products, from memory; one that fits nothing
here is still told apart from an answer of the server.
"""

from __future__ import annotations

import re
from typing import Final

from ccflow.protocol.explanation import Explanation
from ccflow.protocol.explanation import find_hint


_BEGINNING: Final = 4096
_TITLE: Final = re.compile(r"<(title|h1)[^>]*>(.*?)</\1", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_REFRESH: Final = re.compile(r"<meta\b[^>]*\brefresh\b[^>]*>", re.IGNORECASE)
_URL: Final = re.compile(r"\burl\s*=\s*[\"']?([^\s\"'<>]+)", re.IGNORECASE)


def read_title(page: str) -> str | None:
    """Return the title of a page, or None."""
    found = _TITLE.search(page[:_BEGINNING])
    return " ".join(_TAG.sub(" ", found[2]).split()) if found else None


def read_words(page: str) -> str:
    """Return what a person would read at the beginning of a page."""
    return " ".join(_TAG.sub(" ", page[:_BEGINNING]).split())


def read_refresh(page: str) -> str | None:
    """Return where a page sends a browser on to, or None."""
    found = _REFRESH.search(page[:_BEGINNING])
    place = _URL.search(found[0]) if found else None
    return place[1] if place else None


def explain_page(page: str) -> str | None:
    """Return what to do about a page, or None; its title says more than the rest."""
    for text in (read_title(page), read_words(page), read_refresh(page)):
        if text and (hint := find_hint(PAGES, None, text, None)):
            return hint
    return _ELSEWHERE if read_refresh(page) else None


_ELSEWHERE: Final = (
    "this page sends a browser somewhere else, as a network does that wants a login "
    "before it lets anything through: open the token endpoint in a browser"
)

PAGES: Final = (
    Explanation(
        description="plain HTTP request was sent to (the )?HTTPS port",
        hint="this port speaks TLS: write https:// in token_endpoint",
    ),
    Explanation(
        description=r"bad gateway|gateway time-?out|no healthy upstream|"
        r"service (temporarily )?unavailable|under maintenance",
        hint="the gateway is there and the server behind it is not: try again later",
    ),
    Explanation(
        description=r"cloudflare|just a moment\.\.\.|attention required|"
        r"request rejected|requested URL was rejected|incapsula|imperva|"
        r"web application firewall|mod_security|request (was )?blocked|"
        r"access denied.*reference #|bot (detection|protection)|captcha",
        hint="a firewall in front of the server stopped the request: ask those who "
        "run it to let this address and the User-Agent ccflow through, and give "
        "them the number on the page",
    ),
    Explanation(
        description=r"squid|zscaler|blue ?coat|forcepoint|fortiguard|web ?filter|"
        r"websense|palo alto|proxy (error|authentication|server)|"
        r"url could not be retrieved|blocked by (your|the) (organi[sz]ation|admin)",
        hint="a proxy of this network answered: let it pass this host, or set proxy "
        "(or NO_PROXY) so that the request goes another way",
    ),
    Explanation(
        description=r"captive|hot ?spot|wi-?fi|guest (network|access)|"
        r"network (login|authentication)|accept the terms",
        hint="this network wants a login in a browser before it lets anything through",
    ),
    Explanation(
        description=r"sign[ -]?in\b|sign[ -]?on\b|log[ -]?in\b|log[ -]?on\b|\bsso\b|"
        r"anmeld|einloggen|connexion|authenticate|saml",
        hint="this is a login page for people: set token_endpoint to the token "
        "endpoint, or let the gateway in front pass it without a login",
    ),
    Explanation(
        description=r"welcome to nginx|apache2? .*default page|it works!|"
        r"iis windows server",
        hint="this is the first page of a web server: check the path and the host of "
        "token_endpoint",
    ),
    Explanation(
        description=r"\b404\b|not found|cannot post|no such page",
        hint="check the token endpoint: nothing is served under this path",
    ),
)
