"""Where a token may be sent, and the reason that is told where it may not."""

from __future__ import annotations

import pytest

from ccflow.engine.api_target import check_target
from ccflow.errors import ProfileError
from tests.support.worlds import make_profile


class TestCheckTarget:
    @pytest.mark.parametrize(
        ("url", "told"),
        [
            ("http://api.example.com/x", "plain http is only for a loopback address"),
            ("ws://api.example.com/x", "to a ws:// URL: a token goes over https"),
            ("wss://api.example.com:1/x", "to a wss:// URL: a token goes over https"),
            ("/invoices", "the request has no complete URL; begin it with https://"),
            ("https://", "the request has no complete URL"),
        ],
    )
    def test_the_reason(self, url, told):
        """It is the one that holds."""
        with pytest.raises(ProfileError, match="was not sent") as caught:
            check_target(make_profile(), url)

        assert told in str(caught.value)

    @pytest.mark.parametrize(
        ("origins", "told"),
        [
            ([], "api_origins is empty; add it if"),
            (["https://a.example"], "api_origins has only https://a.example; add it"),
        ],
    )
    def test_an_origin_that_is_not_allowed(self, origins, told):
        """What is allowed is told, and that nothing is."""
        with pytest.raises(ProfileError) as caught:
            check_target(make_profile(api_origins=origins), "https://b.example/x")

        assert told in str(caught.value)

    @pytest.mark.parametrize(
        "url", ["https://a.example:443/x", "HTTPS://a.example", "http://localhost:80/x"]
    )
    def test_one_that_is_allowed(self, url):
        """The default port and the case of the scheme are no difference."""
        origins = ["https://a.example", "http://localhost"]

        check_target(make_profile(api_origins=origins), url)
