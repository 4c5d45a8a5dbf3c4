"""Acme's authorization server and API, over HTTPS on this machine."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

import attrs
import trustme


SECRET: Final = "p:a%2Bs s+&/"
TOKEN: Final = "acme-token-1"


@attrs.frozen
class Acme:
    """
    Acme, running.

    Args:
        host: Host and port.

        asked: The path of every token request that came.
    """

    host: str
    asked: list[str]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.server.asked.append(self.path)
        length = int(self.headers["Content-Length"])
        form = parse_qs(self.rfile.read(length).decode(), strict_parsing=True)
        wanted = {
            "grant_type": ["client_credentials"],
            "client_id": ["us"],
            "client_secret": [SECRET],
        }
        if self.path != "/blue/token" or self.headers["X-Acme-Version"] != "7":
            self.answer(404, {"fault": {"code": "E40"}})
        elif {key: form.get(key) for key in wanted} != wanted:
            self.answer(401, {"fault": {"code": "E42", "text": "wrong secret"}})
        else:
            data = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 60}
            self.answer(200, {"data": data})

    def do_GET(self):
        known = self.headers["Authorization"] == f"Bearer {TOKEN}"
        self.answer(200 if known else 401, {"known": known})

    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@contextmanager
def running_acme(ca_file: Path) -> Iterator[Acme]:
    """Serve until the end of the block; writes the CA."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.asked = []
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Acme(f"localhost:{server.server_address[1]}", server.asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
