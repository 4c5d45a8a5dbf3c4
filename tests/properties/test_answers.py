"""Any bytes at all end in a token or in one of three errors."""

from __future__ import annotations

import copy
import json
import math
import pickle
import re
from collections import Counter

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.explanation import find_hint
from ccflow.protocol.page import explain_page
from ccflow.protocol.response import TokenResponse
from ccflow.protocol.success import read_lifetime
from ccflow.protocol.success import read_scope
from ccflow.protocol.wait import read_retry_after
from ccflow.testing.answers import answers
from ccflow.testing.answers import objects
from ccflow.testing.answers import statuses
from ccflow.testing.answers import waits
from ccflow.testing.values import json_values
from ccflow.testing.values import texts
from tests.strategies import secrets
from tests.unit.protocol.wire import MAPPINGS
from tests.unit.protocol.wire import a_plan
from tests.unit.protocol.wire import an_answer
from tests.unit.protocol.wire import outcome_of


PLANS = {
    **{name: a_plan(name) for name in MAPPINGS},
    "strict": a_plan("okta", require_scope=True, scope="a b"),
    "described": a_plan(
        quirks={
            "access_token_members": [
                "access_token",
                "accessToken",
                "data.access_token",
            ],
            "expires_in_members": ["expires_in", "data.expires_in"],
            "expires_in_unit": "milliseconds",
            "scope_members": ["scope", "scopes", "data.scope"],
            "rate_limit_headers": ["X-Okta-Request-Id"],
        }
    ),
}
CATEGORIES = {
    TokenRefusedError: {"client_auth", "scope", "request"},
    TokenUnavailableError: {"rate_limit", "server", "intermediary"},
    TokenResponseError: {"intermediary", "malformed"},
}
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]")

exchanges = st.tuples(
    st.sampled_from([*sorted(PLANS), "described"]),
    answers.map(lambda drawn: an_answer(drawn[0], drawn[2], drawn[1])),
)


def read(exchange):
    """Read an answer as a provider does."""
    name, answer = exchange
    provider, plan = PLANS[name]
    return outcome_of(answer, provider, plan=plan)


def regions(exchange):
    """Say where in the contract an exchange ended."""
    found = read(exchange)
    members = exchange[1].members
    if isinstance(found, TokenResponse):
        by_end = found.expires_in is not None and "expires_in" not in members
        return [
            ("token", "lifetime", found.expires_in is not None),
            ("token", "scope", found.scope is not None),
            ("token", "bearer", found.token_type.lower() == "bearer"),
            *[("token", "by its end")] * by_end,
            *[("token", "elsewhere")] * ("access_token" not in members),
        ]
    under = f"{found.status_code // 100}xx"
    if found.error is None:
        unknown = "bearer_token_types" in (found.hint or "")
        page = exchange[1].shape == "html" and explain_page(exchange[1].text)
        return [
            (type(found), found.category, under),
            *[("a type that is not known",)] * unknown,
            *[("a known page",)] * bool(page),
        ]
    return [
        (type(found), found.category),
        ("code", under),
        *[("code", "in the header")] * (not members),
        *[("code", "below")] * (bool(members) and not {*members} & CODES),
    ]


CODES = {"error", "errorCode", "ErrorCode", "error_code"}
REFUSED, DOWN, NO_TOKEN = TokenRefusedError, TokenUnavailableError, TokenResponseError
REGIONS = {
    ("token", "lifetime", True),
    ("token", "lifetime", False),
    ("token", "scope", True),
    ("token", "scope", False),
    ("token", "bearer", True),
    ("token", "bearer", False),
    ("token", "by its end"),
    ("token", "elsewhere"),
    ("a type that is not known",),
    ("a known page",),
    ("code", "in the header"),
    ("code", "below"),
    (REFUSED, "client_auth"),
    (REFUSED, "scope"),
    (REFUSED, "request"),
    (DOWN, "rate_limit"),
    (DOWN, "server"),
    ("code", "2xx"),
    ("code", "3xx"),
    ("code", "4xx"),
    ("code", "5xx"),
    (REFUSED, "client_auth", "4xx"),
    (REFUSED, "request", "4xx"),
    (REFUSED, "scope", "2xx"),
    (DOWN, "rate_limit", "4xx"),
    (DOWN, "server", "5xx"),
    (DOWN, "intermediary", "5xx"),
    (NO_TOKEN, "intermediary", "2xx"),
    (NO_TOKEN, "intermediary", "3xx"),
    (NO_TOKEN, "intermediary", "4xx"),
    (NO_TOKEN, "malformed", "2xx"),
}


class TestAnyAnswer:
    @settings(max_examples=max(300, settings().max_examples))
    @given(exchanges)
    # Deep nesting, a number of many digits, and an object where a code belongs.
    @example(("okta", an_answer(200, b'{"a":' * 10_000)))
    @example(("okta", an_answer(401, b'{"errorCode": 1' + b"0" * 5000 + b"}")))
    @example(("generic", an_answer(400, b'{"error": {"code": {"code": 1}}}')))
    def test_it_is_a_token_or_one_of_three_errors(self, exchange):
        """Whatever a server sends, callers get a token or an error they know."""
        found = read(exchange)

        if isinstance(found, TokenResponse):
            assert 200 <= exchange[1].status_code < 300
            assert found.access_token.reveal().isascii()
            assert found.access_token.reveal().isprintable()
            assert found.expires_in is None or 0 < found.expires_in < 10**10
            assert found.scope is None or all(found.scope)
            assert not {"refresh_token", "id_token"} & found.extra.keys()
        else:
            assert found.category in CATEGORIES[type(found)]
            assert found.retryable is isinstance(found, TokenUnavailableError)
            assert exchange[1].status_code == found.status_code
            assert found.profile == "billing"

    @given(exchanges)
    def test_an_error_can_be_shown_and_sent(self, exchange):
        """An error is one short line for any terminal, and it travels."""
        found = read(exchange)
        if not isinstance(found, TokenError):
            return

        text = str(found)
        assert not UNPRINTABLE.search(text)
        assert len(text.encode()) < 4000
        for part in (found.error, found.error_description, found.correlation_id):
            assert part is None or (len(part) <= 300 and not UNPRINTABLE.search(part))
        wait = found.retry_after
        assert wait is None or (math.isfinite(wait) and 0 <= wait <= 366 * 86400)
        for other in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
            assert vars(found) == vars(other)
            assert text == str(other)

    def test_every_region_is_reached(self):
        """The two properties above see every corner of the contract, often."""
        seen: Counter[object] = Counter()

        # Not the same each time, so that drawing again may go elsewhere.
        @settings(max_examples=400, database=None, derandomize=False)
        @given(exchanges)
        def count(exchange):
            seen.update(regions(exchange))

        for _ in range(12):
            count()
            if REGIONS <= seen.keys():
                return

        pytest.fail(f"never reached: {sorted(REGIONS - seen.keys())}")


class TestEchoes:
    @given(
        secret=secrets,
        status=statuses,
        shape=st.sampled_from(
            [
                '{{"error": "invalid_client", "error_description": {0}}}',
                '{{"error": {0}}}',
                '{{"errorCode": "invalid_client", "errorSummary": {0}}}',
                '{{"errorCode": {0}, "errorId": {0}}}',
                '{{"error": {{"code": {0}, "message": {0}}}}}',
                '{{"message": {0}, "trace_id": {0}, "ecid": {0}}}',
                "<html><title>{0}</title>",
                "{0}",
            ]
        ),
        before=texts,
        name=st.sampled_from(sorted(PLANS)),
    )
    # A redirect was cut at the secret's own question mark.
    @example("Zq7-1-?~7qZ", 302, "{0}", "", "curity")
    # The body was cut in the middle of the secret.
    @example(f"Zq7-1-{'-x' * 500}~7qZ", 400, f"{'{0}' * 9}", "", "generic")
    def test_no_echo_of_the_secret_is_passed_on(
        self, secret, status, shape, before, name
    ):
        """Wherever a server puts what it received, the error does not repeat it."""
        provider, plan = PLANS[name]
        body = shape.format(json.dumps(f"{before[:50]} {secret}"))
        answer = an_answer(status, body, {"location": f"https://a.example/{secret}"})
        found = outcome_of(answer, provider, plan=plan, secrets=(secret,))
        shown = (
            f"{found} {found!r} {vars(found) if isinstance(found, TokenError) else ''}"
        )

        assert secret not in shown
        assert "Zq7-" not in shown


class TestParts:
    @given(json_values)
    def test_a_lifetime_is_positive_or_unknown(self, value):
        """No value makes a lifetime that is negative, endless or not a number."""
        lifetime = read_lifetime(value)

        assert lifetime is None or 0 < lifetime < 10**10

    @given(json_values)
    def test_a_scope_is_words_or_nothing(self, value):
        """No value makes an empty scope or an empty word in one."""
        scope = read_scope(value)

        assert scope is None or (scope and all(isinstance(it, str) for it in scope))
        assert scope is None or all(it == it.strip() and it for it in scope)

    @given(retry=waits, date=waits, reset=waits)
    def test_a_wait_is_bounded(self, retry, date, reset):
        """No header makes a wait that is negative, endless or not a number."""
        answer = an_answer(
            429,
            b"",
            {"Retry-After": retry, "Date": date, "X-Rate-Limit-Reset": reset},
        )
        wait = read_retry_after(PLANS["okta"][1], answer, 1_800_000_000.0)

        assert wait is None or 0 <= wait <= 366 * 86400

    @given(
        name=st.sampled_from(sorted(MAPPINGS)),
        code=st.one_of(st.none(), texts),
        description=st.one_of(st.none(), texts),
        status=st.one_of(st.none(), statuses),
    )
    def test_a_hint_is_text(self, name, code, description, status):
        """Any code and text find a hint or none, and never a traceback."""
        provider, _ = PLANS[name]
        hint = find_hint(provider.explanations, code, description, status)

        assert hint is None or hint.isprintable()

    @given(objects)
    def test_a_body_with_a_token_and_a_code_is_a_refusal(self, members):
        """A code that can be read wins over a token beside it."""
        members = {**members, "access_token": "t", "error": "invalid_scope"}
        found = outcome_of(an_answer(200, json.dumps(members)))

        assert isinstance(found, TokenRefusedError)
