"""Where a secret or a token may be sent: the rules for URLs."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult
from urllib.parse import urlsplit

from ccflow.secret import MASK


_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
_USERINFO: Final = re.compile(r"[^/?#]*//[^/?#]*@")
_PERHAPS_USERINFO: Final = re.compile(r"\A([^/]*//|).*@", re.DOTALL)
_AUTHORITY: Final = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
# RFC 3986 section 4.3, with something behind the scheme, and no fragment.
_ABSOLUTE_URI: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f-\U0010ffff\"#<>\\^`{|}]+"
)
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


def is_loopback(host: str) -> bool:
    """Say whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin_of(url: str) -> str:
    """
    Return scheme, host and port of a URL (RFC 6454), for comparison.

    Raises:
        ValueError: The URL has no scheme, no host, or a port that is none.
    """
    parts = urlsplit(url)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    if not parts.scheme or not parts.hostname or port is None:
        raise ValueError(f"{url!r} has no origin")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


def is_confidential(url: str) -> bool:
    """Say whether a URL is https, or http to this machine itself."""
    parts = urlsplit(url)
    match parts.scheme:
        case "https":
            return bool(parts.hostname)
        case "http":
            return is_loopback(parts.hostname or "")
        case _:
            return False


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading the port is what checks it
        # urlsplit takes "[::].example.com" and "<"; what sends reads others there.
        if not _AUTHORITY.fullmatch(parts.netloc):
            return None
        if "[" in parts.netloc:
            ipaddress.IPv6Address(parts.hostname or "")
    except ValueError:
        return None
    return parts


def endpoint_problem(url: object) -> str | None:
    """
    Say what is wrong with the URL of an endpoint, or None.

    An endpoint is https, or http on a loopback address, and holds no
    credentials and no fragment (RFC 6749 section 3.2).
    """
    if not isinstance(url, str) or not _VISIBLE.fullmatch(url):
        return "is not a URL of visible ASCII characters"
    if "\\" in url:
        return "holds a backslash"
    # Before anything that shows the URL: this part of it is a secret.
    if _USERINFO.match(url):
        return "holds a user name or password"
    parts = _split(url)
    if parts is None or not parts.hostname:
        return f"{shown_url(url)} is not a complete URL"
    if parts.scheme not in _DEFAULT_PORTS:
        return f"{shown_url(url)} is not an https URL"
    if not is_confidential(url):
        return f"{shown_url(url)} is plain http, which only a loopback address may be"
    if "#" in url:
        return f"{shown_url(url)} has a fragment"
    return None


def shown_url(text: str) -> str:
    """
    Quote what should be a URL, without what may be a password in it.

    One with a slash in it ends the host for whoever reads URLs, so everything before
    the last ``@`` counts.
    """
    return repr(_PERHAPS_USERINFO.sub(rf"\1{MASK}@", text))


def is_origin(text: str) -> bool:
    """Say whether a text is scheme and host of an endpoint, and nothing behind."""
    behind = text.rstrip("/").count("/") != 2 or "?" in text
    return not behind and endpoint_problem(text) is None


def resource_problem(text: str) -> str | None:
    """Say why a text is no absolute URI without a fragment (RFC 8707), or None."""
    if "#" in text:
        return "has a fragment, which a resource cannot have"
    if not _ABSOLUTE_URI.fullmatch(text):
        return "is not an absolute URI"
    parts = _split(text) if text.lower().startswith(("http:", "https:")) else True
    return None if parts else "is not a complete URL"
