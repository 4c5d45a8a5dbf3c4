"""`ccflow.emulator.credentials`."""

from __future__ import annotations

from base64 import b64encode

import pytest

from ccflow.emulator.credentials import both_readings
from ccflow.emulator.credentials import find_by_secret
from ccflow.emulator.credentials import read_basic
from ccflow.emulator.dialect import Client


def basic(text):
    return "Basic " + b64encode(text.encode()).decode()


class TestReadBasic:
    @pytest.mark.parametrize(
        ("text", "pair"),
        [
            ("me:secret", ("me", "secret")),
            ("me:a:b", ("me", "a:b")),
            ("me:", ("me", "")),
            ("ä%3A:ö+", ("ä%3A", "ö+")),
        ],
    )
    def test_reads(self, text, pair):
        """The first colon divides, and nothing is decoded."""
        assert pair == read_basic(basic(text))

    @pytest.mark.parametrize(
        "header",
        ["", "Basic", "Basic ", "Basic !", "Bearer eDp5", basic("x"), basic(":x")],
    )
    def test_malformed(self, header):
        """What is no pair is None."""
        assert None is read_basic(header)

    def test_scheme_in_any_case(self):
        """Schemes are compared without case (RFC 9110 section 11.1)."""
        assert read_basic("bASIC eDp5") == ("x", "y")


class TestFindBySecret:
    clients = {
        "me": Client(client_id="me", token_endpoint_auth_method="x", secret="a%20b"),
        "keyed": Client(client_id="keyed", token_endpoint_auth_method="x"),
    }

    @pytest.mark.parametrize(
        ("pair", "client_id", "is_right"),
        [
            (("me", "a%20b"), "me", True),
            (("m%65", "a%2520b"), "me", True),
            (("me", "a b"), "me", False),
            (("keyed", ""), "keyed", False),
        ],
    )
    def test_either_reading(self, pair, client_id, is_right):
        """As it is or form-decoded; no secret at all fits no secret."""
        client, is_it = find_by_secret(self.clients, both_readings(pair))

        assert (client_id, is_right) == (client.client_id, is_it)

    def test_unknown(self):
        """Nobody is nobody."""
        assert find_by_secret(self.clients, [("you", "x")]) == (None, False)
