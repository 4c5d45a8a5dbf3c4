"""A client that reads what a server sends, byte by byte; it shares no code with us."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import time
import urllib.parse
import uuid
from http.client import HTTPSConnection
from pathlib import Path

import attrs
import jwt


SCOPES = {
    "okta": "invoices.read",
    "curity": "read",
    "oracle-idcs": "https://api.example.com/invoices.read",
}
PROVIDERS = sorted(SCOPES)
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def client_of(server, method="client_secret"):
    """The first client that is registered for a method."""
    return next(
        client
        for client in server.tenant.clients.values()
        if client.token_endpoint_auth_method.startswith(method)
    )


def basic(server, secret=None):
    client = client_of(server)
    pair = f"{client.client_id}:{secret or client.secret}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def form_of(server, **more):
    return {
        "grant_type": "client_credentials",
        "scope": SCOPES[server.provider],
        **more,
    }


def assertion_of(server):
    """A form with an assertion, signed with the key that the profile has."""
    client = client_of(server, "private_key_jwt")
    (file,) = [
        path
        for path in Path(server.config).parent.glob("*-private-key-jwt.key")
        if path.name.startswith(server.provider)
    ]
    claims = {
        "iss": client.client_id,
        "sub": client.client_id,
        "aud": server.issuer if "oracle" in server.provider else server.token_endpoint,
        "exp": int(time.time()) + 300,
        "iat": int(time.time()) - 1,
        "jti": uuid.uuid4().hex,
    }
    algorithm = "ES256" if server.provider == "curity" else "RS256"
    key_id = {"kid": client.key_id}
    return form_of(
        server,
        client_id=client.client_id,
        client_assertion_type=JWT_BEARER,
        client_assertion=jwt.encode(claims, file.read_text(), algorithm, key_id),
    )


@attrs.frozen
class Answer:
    """What `http.client` made of an answer."""

    status: int
    headers: object
    text: str

    def json(self):
        return json.loads(self.text)


def connect(server, timeout=10):
    port = int(server.url.rpartition(":")[2])
    context = ssl.create_default_context(cafile=server.ca_file)
    return HTTPSConnection("localhost", port, timeout=timeout, context=context)


def ask(server, form=None, *, path=None, method="POST", **headers):
    """Ask for a token, by Basic unless the form holds an assertion."""
    form = form or form_of(server)
    sent = {"Content-Type": "application/x-www-form-urlencoded"}
    if "client_assertion" not in form:
        sent["Authorization"] = basic(server)
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = connect(server)
    try:
        target = path or urllib.parse.urlsplit(server.token_endpoint).path
        body = urllib.parse.urlencode(form) if method == "POST" else None
        connection.request(method, target, body, sent)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode())
    finally:
        connection.close()


def send(server, timeout=10):
    """Send a token request and return the socket, with nothing read."""
    connection = connect(server, timeout)
    path = urllib.parse.urlsplit(server.token_endpoint).path
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": basic(server),
    }
    connection.request("POST", path, urllib.parse.urlencode(form_of(server)), headers)
    return connection.sock


def is_reset(sock):
    """
    Whether a connection ends in a reset, rather than in good order.

    Below TLS, which takes the one for the other.
    """
    try:
        while socket.socket.recv(sock, 1 << 16):
            pass
    except ConnectionResetError:
        return True
    return False


def pieces(sock):
    """Everything that comes until the end, as it comes."""
    found = []
    while data := sock.recv(1 << 16):
        found.append(data)
    return found
