"""The independent reader of requests: what it takes, refuses and imports."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from urllib.parse import urlencode

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccflow.testing.conformance import proof
from ccflow.testing.conformance import reader
from ccflow.testing.conformance.reader import UnacceptableError
from ccflow.testing.conformance.reader import read_request
from ccflow.testing.signing_keys import key_pair
from ccflow.testing.values import anything
from tests.test_layers import imported_names


GRANT = {"grant_type": "client_credentials"}
JWT = {
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": jwt.encode({"iss": "us"}, "s" * 32, "HS256"),
}


def basic(text):
    return {"Authorization": "Basic " + b64encode(text.encode()).decode()}


def read(form, headers=(), *, method="POST", decodes=True, body=None):
    """Read a request that the standard library wrote."""
    named = {"Content-Type": reader.FORM, **dict(headers)}
    wire = [(name.encode(), value.encode()) for name, value in named.items()]
    if body is None:
        body = urlencode(form, doseq=True).encode()
    return read_request(method, wire, body, decodes_basic=decodes)


class TestWhatItTakes:
    @given(client_id=anything, secret=anything)
    def test_a_secret_in_the_form(self, client_id, secret):
        """Whatever it is, it reads back."""
        pair = {"client_id": client_id, "client_secret": secret}
        found = read({**GRANT, **pair})

        assert (client_id, secret) == (found.client_id, found.secret)

    @given(
        client_id=st.from_regex(r"[^:\ud800-\udfff]+", fullmatch=True), secret=anything
    )
    def test_a_secret_in_the_header(self, client_id, secret):
        """As it is, where the server does not decode it."""
        found = read(GRANT, basic(f"{client_id}:{secret}"), decodes=False)

        assert (client_id, secret) == (found.client_id, found.secret)

    def test_a_secret_that_is_encoded(self):
        """Form-decoded, where the server does that."""
        found = read(GRANT, basic("a%3Ab:c+d%25"))

        assert ("a:b", "c d%") == (found.client_id, found.secret)

    def test_an_assertion(self):
        """Signed JSON alone says who asks; it is not believed unless the key fits."""
        found = read({**GRANT, **JWT})

        assert found.client_id is None
        assert found.assertion.claims == {"iss": "us"}
        assert found.is_signed_by(b"s" * 32)
        assert not found.is_signed_by(b"t" * 32)
        assert not found.is_signed_by(key_pair("RS256")[1])

    def test_several_resources(self):
        """The one parameter that may come more than once."""
        found = read({**GRANT, "client_id": "us", "resource": ["urn:a", "urn:b"]})

        assert ["urn:a", "urn:b"] == found.values("resource")


class TestWhatItRefuses:
    @pytest.mark.parametrize(
        ("told", "request_"),
        {
            "a POST, not a GET": {"form": GRANT, "method": "GET"},
            "Content-Type is application/json": {
                "form": GRANT,
                "headers": {"Content-Type": "application/json"},
            },
            "nobody says which client": {"form": GRANT},
            "grant_type is missing": {"form": {"client_id": "us"}},
            "grant_type came twice": {
                "form": {"grant_type": ["a", "b"], "client_id": "us"}
            },
            "scope is empty": {"form": {**GRANT, "client_id": "us", "scope": ""}},
            "more than one credential": {
                "form": {**GRANT, "client_secret": "s"},
                "headers": basic("us:s"),
            },
            "client_id is not the one": {
                "form": {**GRANT, "client_id": "them"},
                "headers": basic("us:s"),
            },
            "Authorization cannot be read": {
                "form": GRANT,
                "headers": {"Authorization": "Basic a:b"},
            },
            "Authorization is not Basic": {"form": GRANT, "headers": basic("us")},
            "client_assertion is alone": {
                "form": {**GRANT, "client_assertion": JWT["client_assertion"]}
            },
            "client_assertion is no JWS": {
                "form": {**GRANT, **JWT, "client_assertion": "a.b"}
            },
            "the form cannot be read": {"form": {}, "body": b"grant_type"},
            "the header a has blanks": {"form": GRANT, "headers": {"A": "b\r\nC: d"}},
            "the header content-type came twice": {
                "form": GRANT,
                "headers": {"content-type": "x"},
            },
        }.items(),
    )
    def test_what_a_strict_server_could_refuse(self, told, request_):
        """The reason is named."""
        with pytest.raises(UnacceptableError, match=told):
            read(**request_)

    def test_more_credentials_of_one_kind(self):
        """Two in the form are two, as well."""
        with pytest.raises(UnacceptableError, match="more than one credential"):
            read({**GRANT, **JWT, "client_secret": "s"})


class TestIndependence:
    def test_it_shares_nothing_with_what_it_reads(self):
        """Of ours it imports the emulators' JWS alone, which no client code uses."""
        source = Path(reader.__file__).read_text("utf-8")
        ours = [it for it in imported_names(source) if it.startswith("ccflow")]

        assert all(it.startswith("ccflow.emulator.jws.") for it in ours)
        assert ours

    def test_claims_are_compared_without_what_made_them(self):
        """Nor does the comparison of a proof call what makes one."""
        names = [*imported_names(Path(proof.__file__).read_text("utf-8"))]

        assert not [it for it in names if "assertion" in it or "client_auth" in it]
