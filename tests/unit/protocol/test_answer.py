"""An answer is read by its content, whatever it claims to be."""

from __future__ import annotations

import json

import pytest

from ccflow.protocol.page import read_title
from tests.unit.protocol.wire import an_answer


class TestShape:
    @pytest.mark.parametrize(
        ("body", "shape"),
        [
            (b"", "empty"),
            (b" \r\n\t", "empty"),
            (b"{}", "object"),
            (b'{"a": NaN}', "object"),
            (b"\xef\xbb\xbf{}", "object"),
            ("{}".encode("utf-16"), "object"),
            (b"error=x", "object"),
            (b"access_token=x&a.b-c=", "object"),
            (b"access_token=x&", "object"),
            (b"x-1=0&&access_token=x&a1=<b> {c} d\n", "object"),
            (b"a[0]=&error=x&b", "object"),
            (b"[]", "json"),
            (b"null", "json"),
            (b'"text"', "json"),
            (b"12", "json"),
            (b"<!DOCTYPE html><p>", "html"),
            (b"<!doctype HTML>", "html"),
            (b"\xef\xbb\xbf \n<HTML lang=de>", "html"),
            (b'<?xml version="1.0"?><!DOCTYPE html>', "html"),
            (b"<!-- x --><html>", "html"),
            (b"<h1>502 Bad Gateway</h1>", "html"),
            (b"<?xml version='1.0'?><fault/>", "xml"),
            (b"<headers/>", "xml"),
            (b"Unauthorized", "text"),
            (b"a=b", "text"),
            (b"error_code=x", "text"),
            (b"error=", "text"),
            (b"error=two words", "text"),
            (b"error=x msg=y", "text"),
            (b"A sentence with an error=x&a=b", "text"),
            (b"A sentence &error=x", "text"),
            (b"a=b and error=x", "text"),
            (b"https://a.example/?a=b&access_token=x", "text"),
            (b"/cb?access_token=x&a=b", "text"),
            (b'{"a": "b=c&error=x', "text"),
            (b"<p>a=b&error=x", "xml"),
            (b"a=b&error=<b>x</b>", "text"),
            (b"{'error': 'x'}", "text"),
            (b'{"error": "x"', "text"),
            (b"\x00\xff", "binary"),
            (b"[" * 100_000, "text"),
        ],
    )
    def test_it_follows_the_bytes(self, body, shape):
        """Marks, encodings and blanks do not hide what a body is."""
        assert shape == an_answer(200, body).shape

    def test_the_last_of_two_equal_keys(self):
        """A body with a key twice is read, and never crashes."""
        assert {"a": 2} == an_answer(200, '{"a": 1, "a": 2}').members

    @pytest.mark.timeout(10)
    @pytest.mark.parametrize(
        "body",
        [
            b"<" * 1_000_000,
            b"<title>" * 140_000,
            b"a=" * 500_000,
            b"a=&" * 330_000,
            b"a=" + b"&error=x " * 110_000,
            b"a" * 1_000_000,
            b"error=" + b"%" * 999_000,
            b'{"a":' * 200_000,
            b" " * 1_000_000,
        ],
    )
    def test_a_hostile_body_takes_no_time(self, body):
        """A megabyte made to be slow is read like any other."""
        title = read_title(an_answer(200, body).text)

        assert title is None or len(title) < 5000


class TestTitle:
    @pytest.mark.parametrize(
        ("body", "title"),
        [
            ("<html><title>Sign in</title>", "Sign in"),
            ("<html><TITLE lang='x'>\n Sign\n in </TITLE>", "Sign in"),
            ("<html><h1>403 <b>Forbidden</b></h1>", "403 Forbidden"),
            ("<html><p>no", None),
            ("<html><title></title>", ""),
        ],
    )
    def test_it_is_what_a_person_would_see(self, body, title):
        """The title of a page says which page it was."""
        assert title == read_title(body)


class TestRepr:
    def test_it_shows_no_body_and_no_header(self):
        """An answer in a traceback shows its status and shape only."""
        answer = an_answer(
            200, json.dumps({"access_token": "t0ken"}), {"Set-Cookie": "c00kie"}
        )

        assert "Answer(status_code=200, shape='object')" == repr(answer)
