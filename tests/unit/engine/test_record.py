"""A token as a record, and what is none."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st

from ccflow.engine.freshness import Moment
from ccflow.engine.record import from_record
from ccflow.engine.record import to_record
from ccflow.protocol.response import TokenResponse
from ccflow.secret import Secret
from ccflow.store import Record
from tests.support.worlds import a_response


NOW = 1_800_000_000.0

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)
visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)
lifetimes = st.none() | st.floats(min_value=0.001, max_value=1e9)
responses = st.builds(
    TokenResponse,
    access_token=visible.map(Secret),
    token_type=st.text(min_size=1),
    expires_in=lifetimes,
    scope=st.none() | st.lists(st.text(min_size=1)).map(tuple),
    extra=st.dictionaries(st.text(), anything, max_size=4),
    refresh_in=lifetimes,
)

MEMBERS = json.loads(to_record(a_response(), NOW, 100).value)


def record_of(**changes) -> Record:
    return Record(json.dumps({**MEMBERS, **changes}).encode(), NOW + 100)


class TestRoundTrip:
    @given(response=responses, asked=st.floats(0, 1e11), kept_for=st.floats(0, 1e9))
    @example(attrs.evolve(a_response(), extra={"\ud800": "\udfff"}), NOW, 1.0)
    def test_any_token(self, response, asked, kept_for):
        """Another process reads what this one was told, to the last member."""
        record = to_record(response, asked, kept_for)
        stored = from_record(Record(record.value, 0.0, "some version"))

        assert (response, asked) == (stored.response, stored.asked)
        assert asked + kept_for == record.expires_at

    def test_prints_no_token(self):
        """Neither a record nor what was read from it shows the token."""
        record = to_record(a_response("tok-secret"), NOW, 100)

        assert "tok-secret" not in repr(record) + repr(from_record(record))


class TestNoRecord:
    @given(value=anything.map(lambda it: json.dumps(it).encode()) | st.binary())
    @example(b"[" * 100_000)
    @example(b"null")
    @example(b'{"token": 1}')
    def test_anything(self, value):
        """Bytes that nobody wrote as a token are none."""
        assert from_record(Record(value, NOW)) is None

    @given(length=st.integers(0, 400))
    def test_cut_short(self, length):
        """A record of which the end is missing is none."""
        record = to_record(a_response(), NOW, 100)

        assert from_record(Record(record.value[:length][:-1], NOW)) is None

    @pytest.mark.parametrize("name", sorted(MEMBERS))
    def test_missing_member(self, name):
        """All members are there, or it is none."""
        members = {key: value for key, value in MEMBERS.items() if key != name}

        assert from_record(Record(json.dumps(members).encode(), NOW)) is None

    @given(name=st.sampled_from(sorted(MEMBERS)), value=anything)
    def test_a_member_that_is_anything(self, name, value):
        """What is read is of the right types, whatever stands there."""
        stored = from_record(record_of(**{name: value}))

        if stored is not None:
            response = stored.response
            assert response.access_token.reveal().isascii()
            assert isinstance(response.token_type, str)
            assert isinstance(response.extra, dict)
            assert isinstance(response.scope, tuple | None)
            assert isinstance(response.expires_in, float | None)
            moment = stored.moment(Moment(NOW, 1.0))
            assert moment.wall <= NOW

    @pytest.mark.parametrize(
        "changes",
        [
            {"token": 2},
            {"access_token": None},
            {"access_token": ""},
            {"access_token": "two\r\nlines"},
            {"access_token": ["tok"]},
            {"token_type": 1},
            {"scope": "read write"},
            {"scope": [1]},
            {"extra": [["a", 1]]},
            {"asked": float("nan")},
            {"asked": float("inf")},
            {"asked": 10**400},
            {"asked": "now"},
            {"asked": None},
            {"expires_in": float("nan")},
            {"expires_in": -1},
            {"expires_in": "soon"},
        ],
        ids=str,
    )
    def test_of_a_wrong_kind(self, changes):
        """None of these may become a token."""
        assert from_record(record_of(**changes)) is None

    @pytest.mark.parametrize("value", [None, 7, "text", [], object], ids=repr)
    def test_not_even_a_record(self, value):
        """A store of somebody else may return anything."""
        assert from_record(value) is None


class TestMoment:
    @given(age=st.floats(0, 1e8), steady=st.floats(0, 1e8))
    def test_age_on_both_clocks(self, age, steady):
        """It is as old here as it is there."""
        now = Moment(NOW, steady)
        stored = from_record(to_record(a_response(), NOW - age, 100))

        assert now.seconds_since(stored.moment(now)) == pytest.approx(age, abs=1e-5)

    def test_from_the_future(self):
        """It is not younger than now."""
        now = Moment(NOW, 50.0)

        assert now == from_record(to_record(a_response(), NOW + 3, 1)).moment(now)
