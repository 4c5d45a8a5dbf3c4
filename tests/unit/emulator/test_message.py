"""`ccflow.emulator.message`."""

from __future__ import annotations

from ccflow.emulator.message import Request
from ccflow.emulator.message import Response


class TestRequest:
    def test_form(self):
        """Plus is a space, an empty parameter is sent, of two the last counts."""
        request = Request(method="POST", path="/", body=b"a=1+2%2B&b=&a=%C3%A4")

        assert request.form == {"a": "ä", "b": ""}
        assert {"a"} == request.repeated

    def test_form_of_any_bytes(self):
        """Bytes that are no text are no error."""
        request = Request(method="POST", path="/", body=b"a=\xff&%ff")

        assert "a" in request.form

    def test_media_type(self):
        """Parameters and case do not matter."""
        request = Request(
            method="POST",
            path="/",
            headers={"content-type": "Application/JSON ; charset=utf-8"},
        )

        assert request.media_type == "application/json"

    def test_repr_hides_values(self):
        """Neither query, header nor body is shown."""
        request = Request(
            method="POST",
            path="/",
            query="a=hidden",
            headers={"authorization": "hidden"},
            body=b"hidden",
        )

        assert "hidden" not in repr(request)


class TestResponse:
    def test_json_is_not_cached(self):
        """RFC 6749 section 5.1 wants both headers."""
        headers = Response.json(200, {}).headers

        assert (headers["Cache-Control"], headers["Pragma"]) == ("no-store", "no-cache")

    def test_repr_hides_the_body(self):
        """It holds tokens."""
        assert "hidden" not in repr(Response.json(200, {"access_token": "hidden"}))
