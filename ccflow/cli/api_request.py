"""Reads what a person types for a request to an API; what cannot be used is told."""

from __future__ import annotations

import json
import re
import ssl
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click


_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*)")


def check_method(method: str) -> None:
    if not re.fullmatch(r"[A-Za-z]+", method):
        raise click.BadParameter(f"{method!r} is no method", param_hint="METHOD")


def check_url(url: str) -> str:
    """Return the host of a URL that a request can go to."""
    host = None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading the port is what checks it
        visible = not re.search(r"[\s\x00-\x20\x7f]", url)
        if visible and parts.scheme in {"http", "https"}:
            host = parts.hostname
    except ValueError:
        pass
    if not host:
        raise click.BadParameter(
            "expected a complete address, for example https://api.example.com/invoices",
            param_hint="URL",
        )
    return host


def read_headers(lines: tuple[str, ...]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        match = _HEADER.fullmatch(line)
        if match is None:
            raise click.BadParameter("expected NAME: VALUE", param_hint="--header")
        if match[1].lower() == "authorization":
            raise click.BadParameter(
                "Authorization is the header that ccflow sets", param_hint="--header"
            )
        headers[match[1].lower()] = match[2].strip()
    return headers


def read_data(data: str | None) -> bytes | None:
    if data is None or not data.startswith("@"):
        return None if data is None else data.encode("utf-8", "surrogateescape")
    try:
        return Path(data[1:]).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such file"
        raise click.BadParameter(f"{data[1:]}: {reason}", param_hint="--data") from None


def is_json(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict | list)
    except (ValueError, RecursionError):
        return False


def load_authorities(path: str | None) -> ssl.SSLContext:
    """Trust the authorities in a file, else the usual ones or SSL_CERT_FILE."""
    if path is None:
        import httpx

        return httpx.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it holds no PEM certificates"
        raise click.BadParameter(f"{path}: {reason}", param_hint="--ca-file") from None
