"""Any document ends in metadata that were checked, or in one of two errors."""

from __future__ import annotations

import copy
import json
import pickle
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ccflow.errors import TokenError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.metadata import Metadata
from ccflow.protocol.metadata import read_metadata
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret
from ccflow.testing.answers import answers
from ccflow.testing.answers import statuses
from ccflow.testing.values import json_values
from ccflow.testing.values import texts
from tests.unit.protocol.lookups import ISSUER
from tests.unit.protocol.lookups import planned
from tests.unit.protocol.wire import NOW
from tests.unit.protocol.wire import an_answer


KEY = "gateway-key-0815"
PLAN = planned(
    quirks={
        "endpoint_origins": ["https://mtls.example", "http://127.0.0.1:8080"],
        "metadata_members": ["openid-configuration"],
    }
)
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]")
# As another reader splits an address: none of it is ours.
ALLOWED = re.compile(
    r"(https://(id|mtls)\.example(:(443)?)?|http://127\.0\.0\.1:8080)"
    r"(?![^/?])[!-~]*",
    re.IGNORECASE,
)


def mostly(usual, other):
    """Draw the usual shape eight times out of ten, however the other is made."""
    return st.integers(0, 9).flatmap(lambda number: usual if number < 8 else other)


issuers = mostly(
    st.just(ISSUER), st.one_of(st.just(f"{ISSUER}/"), st.just(KEY), texts, json_values)
)
odd_endpoints = mostly(
    st.builds(
        "{}://{}{}{}{}".format,
        st.sampled_from(["https", "https", "http", "HTTPS", "ftp"]),
        st.sampled_from(["", "", "", f"joe:{KEY}@", "id.example@"]),
        st.sampled_from(
            [
                "id.example",
                "id.example",
                "ID.example",
                "mtls.example",
                "127.0.0.1:8080",
                "evil.example",
                "id.example.evil.example",
                "localhost",
                "[::1]",
                "",
            ]
        ),
        st.sampled_from(["", "", ":443", ":8443", ":", ":x"]),
        st.sampled_from(["/token", "/token?a=b", "", "/t#x", "\\@evil.example", " /"]),
    ),
    st.one_of(texts, json_values),
)
endpoints = st.one_of(st.just("https://id.example/token"), odd_endpoints)
documents = st.fixed_dictionaries(
    {"issuer": issuers, "token_endpoint": endpoints},
    optional={
        "mtls_endpoint_aliases": mostly(
            st.fixed_dictionaries({"token_endpoint": endpoints}), json_values
        ),
        "scopes_supported": st.one_of(st.lists(json_values), json_values),
        "error": texts,
    },
)
wrapped = st.one_of(
    documents,
    documents,
    documents.map(lambda document: {"openid-configuration": document}),
)
drawn_answers = st.one_of(
    wrapped.map(lambda document: an_answer(200, json.dumps(document))),
    wrapped.map(lambda document: an_answer(200, json.dumps(document))),
    st.builds(
        lambda status, document: an_answer(status, json.dumps(document)),
        statuses,
        wrapped,
    ),
    answers.map(lambda drawn: an_answer(drawn[0], drawn[2], drawn[1])),
)


def read(answer, *, mtls):
    scrubber = Scrubber([Secret(KEY)])
    url = PLAN.metadata_urls[0]
    try:
        return read_metadata(PLAN, url, answer, scrubber, now=NOW, mtls=mtls)
    except TokenError as error:
        return error


def region(found):
    match found:
        case None:
            return "not here"
        case Metadata():
            return "alias" if found.mtls_token_endpoint else "metadata"
        case _:
            what = re.search(
                r"another origin|names no \w+|was expected|redirect|page", str(found)
            )
            return what[0] if what else type(found).__name__


class TestAnyDocument:
    @given(answer=drawn_answers, mtls=st.booleans())
    def test_endpoint_is_one_of_ours(self, answer, mtls):
        """Whatever a document says, a secret goes only where it was to go."""
        found = read(answer, mtls=mtls)

        if isinstance(found, Metadata):
            assert ALLOWED.fullmatch(found.endpoint(mtls=mtls))
            assert ISSUER == found.issuer
            members = answer.members.get("openid-configuration", answer.members)
            aliases = members.get("mtls_endpoint_aliases") if mtls else None
            aliases = aliases if isinstance(aliases, dict) else {}
            alias = aliases.get("token_endpoint")
            assert found.endpoint(mtls=mtls) == (alias or members["token_endpoint"])

    @given(answer=drawn_answers, mtls=st.booleans())
    def test_error_tells_and_hides(self, answer, mtls):
        """An error names the address and the next step, and nothing of the request."""
        error = read(answer, mtls=mtls)

        if isinstance(error, TokenError):
            assert type(error) in {TokenResponseError, TokenUnavailableError}
            assert error.retryable is isinstance(error, TokenUnavailableError)
            assert PLAN.metadata_urls[0] in str(error)
            assert str(error).endswith(f"; {error.hint}")
            assert KEY not in f"{error} {vars(error)}"
            assert not UNPRINTABLE.search(str(error))
            assert len(str(error)) < 2000
            assert str(error) == str(pickle.loads(pickle.dumps(error)))
            assert vars(error) == vars(copy.copy(error))

    def test_regions_are_reached(self):
        """The documents that are drawn end everywhere that one can end."""
        reached = Counter()

        # Not the same each time, so that drawing again may go elsewhere.
        @settings(max_examples=300, derandomize=False, database=None)
        @given(answer=drawn_answers, mtls=st.booleans())
        def collect(answer, mtls):
            reached[region(read(answer, mtls=mtls))] += 1

        names = {
            "metadata",
            "alias",
            "not here",
            "another origin",
            "was expected",
            "names no issuer",
            "names no token_endpoint",
            "redirect",
            "page",
            "TokenUnavailableError",
        }
        for _ in range(10):
            collect()
            if names <= reached.keys():
                return

        pytest.fail(f"never reached: {sorted(names - reached.keys())}")
