"""Settings, templates, and the rules for URLs."""

from __future__ import annotations

import re

import pytest

from ccflow.protocol.template import HOST
from ccflow.protocol.template import NAME
from ccflow.protocol.template import PATH
from ccflow.protocol.template import Setting
from ccflow.protocol.template import render_template
from ccflow.protocol.template import setting_problem
from ccflow.protocol.template import template_fields
from ccflow.protocol.url import endpoint_problem
from ccflow.protocol.url import is_confidential
from ccflow.protocol.url import is_loopback
from ccflow.protocol.url import origin_of


class TestSetting:
    @pytest.mark.parametrize(
        ("pattern", "value"),
        [
            (HOST, "acme.okta.com"),
            (HOST, "a"),
            (HOST, "a_b.c-d.example"),
            (HOST, "127.0.0.1:8443"),
            (HOST, "[::1]:8443"),
            (NAME, "aus1.a~b_c-d"),
            (PATH, "ext/oauth-token"),
        ],
    )
    def test_what_fits(self, pattern, value):
        """Hosts, segments and paths as servers have them are taken."""
        assert setting_problem(Setting("x", pattern=pattern), value) is None

    @pytest.mark.parametrize(
        "value",
        [
            *("", ".", "..", "a/../b", "a/./b", "/a", "a/", "a//b", "a..b"),
            *("a%2fb", "a\\b", "a?b", "a#b", "a@b", "a b", "a\n", "ä", "\x7f", "\0"),
            *("https://a", "a\u2215b"),
        ],
    )
    def test_what_never_fits(self, value):
        """Whatever a pattern allows, no value reaches another host, path or query."""
        problem = setting_problem(Setting("a name", pattern=r"(?s).*"), value)

        assert problem is not None
        assert "expected a name" in problem

    @pytest.mark.parametrize("value", [None, 1, ["a"], {"a": 1}, True])
    def test_what_is_no_text(self, value):
        """A value of another type is told."""
        assert "is not text; expected x" == setting_problem(Setting("x"), value)

    def test_a_known_mistake_is_corrected(self):
        """The sentence of a correction comes instead of the general one."""
        setting = Setting("a domain", corrections={"-admin": "write it without"})

        assert "'a-admin': write it without" == setting_problem(setting, "a-admin")

    @pytest.mark.parametrize(
        "broken", [{"pattern": "("}, {"corrections": {"[": "write it otherwise"}}]
    )
    def test_a_broken_pattern_breaks_the_plugin(self, broken):
        """An author's slip shows at import, not in somebody's profile."""
        with pytest.raises(re.error):
            Setting("x", **broken)


class TestTemplate:
    def test_it_is_filled_in(self):
        """Each field is replaced, and nothing is evaluated."""
        assert "https://a.example/t/b/{c.d}/{}" == render_template(
            "https://{host}/t/{tenant}/{c.d}/{}", {"host": "a.example", "tenant": "b"}
        )

    def test_its_fields(self):
        """What a template needs can be known."""
        assert {"host", "tenant"} == template_fields("https://{host}/{tenant}/{host}")

    def test_a_value_is_not_a_template(self):
        """Braces in a value stay braces."""
        assert "https://{b}/" == render_template("https://{a}/", {"a": "{b}", "b": "c"})

    def test_a_field_that_there_is_not(self):
        """A template that names an unknown setting is an error with its name."""
        with pytest.raises(KeyError, match="tenant"):
            render_template("https://{tenant}/", {})

    @pytest.mark.parametrize(
        ("template", "value"),
        [
            ("https://{x}.example.com/token", "evil.example/y"),
            ("https://example.com{x}", "a/b"),
            ("https://example.com/token?tenant={x}", "a&grant_type=password"),
            ("https://example.com/token?tenant={x}", "a=b"),
            ("https://example.com/token?tenant={x}", "a+b"),
        ],
    )
    def test_a_value_does_not_end_its_part(self, template, value):
        """A careless pattern lets no value move the host or add a parameter."""
        with pytest.raises(ValueError, match="cannot be"):
            render_template(template, {"x": value})


class TestEndpoint:
    @pytest.mark.parametrize(
        "url",
        [
            "https://as.example.com/token",
            "https://as.example.com:8443/token?tenant=a",
            "https://as.example.com",
            "HTTPS://AS.example.com/t",
            "http://localhost:8080/token",
            "http://127.0.0.1/token",
            "http://127.9.9.9/token",
            "http://[::1]:8080/token",
            "https://[2001:db8::1]/token",
            "https://as.example.com/a@b",
        ],
    )
    def test_what_may_be_one(self, url):
        """https anywhere and http on loopback are taken, ports and queries too."""
        assert endpoint_problem(url) is None
        assert is_confidential(url)

    @pytest.mark.parametrize(
        ("url", "told"),
        [
            ("http://as.example.com/token", "only a loopback address"),
            ("http://localhost.example.com/", "only a loopback address"),
            ("http://127.0.0.1.example.com/", "only a loopback address"),
            ("http://0.0.0.0/", "only a loopback address"),
            ("http://2130706433/", "only a loopback address"),
            ("http://192.168.1.1/", "only a loopback address"),
            ("ftp://as.example.com/", "not an https URL"),
            ("file:///etc/passwd", "not a complete URL"),
            ("javascript:alert(1)", "not a complete URL"),
            ("//as.example.com/token", "not an https URL"),
            ("as.example.com/token", "not a complete URL"),
            ("https://", "not a complete URL"),
            ("https:///token", "not a complete URL"),
            ("https://:443/token", "not a complete URL"),
            ("https://as.example.com:port/", "not a complete URL"),
            ("https://as.example.com:99999/", "not a complete URL"),
            ("https://[::1/", "not a complete URL"),
            ("https://[::1].example.com/", "not a complete URL"),
            ("https://x[::1]/", "not a complete URL"),
            ("https://[v1.x]/", "not a complete URL"),
            ("https://[:]/", "not a complete URL"),
            ("https://<script>/", "not a complete URL"),
            ("https://a%2fb/", "not a complete URL"),
            ("https://a|b/", "not a complete URL"),
            ("https://as.example.com/#frag", "fragment"),
            ("https://as.example.com/#", "fragment"),
            ("https://as.example.com\\@evil.example/", "backslash"),
            ("https://as.example.com/ token", "visible ASCII"),
            ("https://as.example.com/tok\nen", "visible ASCII"),
            ("https://äs.example.com/", "visible ASCII"),
            ("", "visible ASCII"),
            (None, "visible ASCII"),
            (3, "visible ASCII"),
        ],
    )
    def test_what_may_not(self, url, told):
        """Everything else is a problem that says why."""
        assert told in str(endpoint_problem(url))

    @pytest.mark.parametrize(
        "url",
        [
            "https://user:pa55@as.example.com/",
            "http://user:pa55@as.example.com/",
            "ftp://user:pa55@as.example.com/",
            "https://user:pa55@/",
            "https://user:pa55@[::1/",
            "https://pa55@as.example.com/",
        ],
    )
    def test_credentials_are_refused_unshown(self, url):
        """A password in a URL is told without the password."""
        assert "holds a user name or password" == endpoint_problem(url)

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("https://user:pa55/word@as.example.com/", "https://********@"),
            ("https://user:pa55?w@as.example.com/x", "https://********@"),
            ("user:pa55#w@as.example.com", "********@"),
            ("ftp://host/pa55@x@y", "ftp://********@"),
        ],
    )
    def test_a_password_that_ends_the_host_is_not_shown(self, url, shown):
        """One with a slash makes no URL, and the message has it not."""
        problem = str(endpoint_problem(url))

        assert problem.startswith(repr(shown)[:-1])
        assert "pa55" not in problem


class TestOrigin:
    @pytest.mark.parametrize(
        ("url", "origin"),
        [
            ("https://A.example/x?y", "https://a.example:443"),
            ("https://a.example:443", "https://a.example:443"),
            ("http://a.example", "http://a.example:80"),
            ("https://[::1]:8443/", "https://[::1]:8443"),
        ],
    )
    def test_same_places_are_equal(self, url, origin):
        """Case, path and a default port do not matter."""
        assert origin == origin_of(url)

    @pytest.mark.parametrize(
        "url", ["a.example", "https://", "ws://a.example", "https://a:b/", ""]
    )
    def test_what_has_none(self, url):
        """What is no origin is an error, never a match."""
        with pytest.raises(ValueError):
            origin_of(url)

    @pytest.mark.parametrize(
        ("host", "here"),
        [
            ("localhost", True),
            ("127.0.0.1", True),
            ("::1", True),
            ("localhost.", False),
            ("", False),
            ("example.com", False),
            ("10.0.0.1", False),
        ],
    )
    def test_loopback(self, host, here):
        """Only this machine's own names and addresses are loopback."""
        assert here is is_loopback(host)
