"""A small server that speaks the part of Vault's HTTP API that is used here."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from urllib.parse import unquote
from urllib.parse import urlsplit


TOKEN = "hvs.a-token"


class Vault:
    """
    What is stored, and how it is.

    Args:
        url: Where it is.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.mount = "secret"
        self.namespace: str | None = None
        self.sealed = False
        self.canned: tuple[int, dict[str, str], bytes] | None = None
        self.secrets: dict[str, list[dict[str, Any] | None]] = {}
        self.asked: list[str] = []

    def answer(self, path: str, headers: Any) -> tuple[int, dict[str, Any]]:
        """Read a version, as the documentation has it."""
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if headers["X-Vault-Token"] != TOKEN or headers["X-Vault-Request"] != "true":
            return 403, {"errors": ["permission denied"]}
        if headers["X-Vault-Namespace"] != self.namespace:
            return 404, {"errors": []}
        parts = urlsplit(path)
        prefix = f"/v1/{self.mount}/data/"
        name = unquote(parts.path).removeprefix(prefix)
        versions = self.secrets.get(name)
        if not unquote(parts.path).startswith(prefix) or versions is None:
            return 404, {"errors": []}
        number = int(parse_qs(parts.query).get("version", ["0"])[0]) or len(versions)
        if not 0 < number <= len(versions):
            return 404, {"errors": []}
        data = versions[number - 1]
        metadata = {"version": number, "destroyed": False, "deletion_time": ""}
        status = 200 if data is not None else 404
        return status, {"data": {"data": data, "metadata": metadata}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        vault = self.server.vault
        vault.asked.append(self.path)
        if vault.canned is not None:
            status, headers, content = vault.canned
        else:
            status, members = vault.answer(self.path, self.headers)
            headers = {"Content-Type": "application/json"}
            content = json.dumps(members).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@contextmanager
def running_vault() -> Iterator[Vault]:
    """Serve until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.vault = Vault(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.vault
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
