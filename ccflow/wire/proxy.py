"""The proxy that a request goes through: the profile's, or the environment's."""

from __future__ import annotations

import importlib.util
import urllib.request
from urllib.parse import urlsplit

import httpx

from ccflow.errors import SecretError
from ccflow.protocol.url import is_loopback
from ccflow.secret import Secret
from ccflow.wire.authorities import authorities


def environment_proxy(url: str) -> Secret | None:
    """
    Return the proxy that the environment names for a URL, or None.

    There is none for this machine itself: plain http is allowed there because it
    does not leave it, and a proxy elsewhere cannot come back to it.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy:
        return None
    # NO_PROXY may name a host alone, or with its port.
    if urllib.request.proxy_bypass(host) or urllib.request.proxy_bypass(parts.netloc):
        return None
    return Secret(proxy if "://" in proxy else f"http://{proxy}")


def make_proxy(address: Secret | None, ca_file: str | None) -> httpx.Proxy | None:
    """
    Return what httpx takes for a proxy.

    A proxy that speaks TLS itself is trusted as the server is. It is not shown the
    client certificate, which is for the server.

    Raises:
        SecretError: It is no address of a proxy, or a package is missing.
    """
    if address is None:
        return None
    try:
        proxy = httpx.Proxy(address.reveal())
    except Exception:  # noqa: BLE001 - its text may hold the password
        proxy = None
    if proxy is None or not proxy.url.host:
        raise SecretError(
            "proxy is not the address of a proxy that can be used; write "
            "http://host:port, in the profile or in HTTPS_PROXY"
        )
    if proxy.url.scheme == "https":
        proxy.ssl_context = authorities(ca_file)
    if proxy.url.scheme.startswith("socks") and not importlib.util.find_spec("socksio"):
        raise SecretError(
            "proxy is a SOCKS proxy, which needs the package socksio; install it "
            'with: pip install "httpx[socks]"'
        )
    return proxy
