"""Profiles: what is written reads back, and what is wrong is a problem."""

from __future__ import annotations

import os
import pickle
import tomllib

import pytest
import tomli_w
from hypothesis import HealthCheck
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ccflow.config.load import load_profile
from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.protocol.provider import CORE_KEYS
from ccflow.testing.values import anything
from ccflow.testing.values import identifiers
from ccflow.testing.values import scopes
from ccflow.testing.values import uris
from tests.strategies import references
from tests.strategies import toml_values
from tests.unit.protocol.wire import MAPPINGS


words = st.from_regex(r"[a-zA-Z][a-zA-Z0-9-]{0,8}", fullmatch=True)
header_names = words.filter(
    lambda name: name.lower() not in {"host", "connection", "authorization"}
)
numbers = st.one_of(
    st.integers(1, 86_400),
    st.floats(0.001, 86_400, allow_nan=False),
)

# A profile that works, of any shape that a person may write.
working = st.fixed_dictionaries(
    {
        "token_endpoint": st.sampled_from(
            ["https://as.example.com/token", "http://localhost:8080/t?a=b"]
        ),
        "client_id": identifiers,
        "client_secret": references,
    },
    optional={
        "issuer": anything,
        "scope": st.one_of(scopes, scopes.map(" ".join)),
        "require_scope": st.booleans(),
        "default_scope": st.booleans(),
        "audience": identifiers,
        "resource": st.one_of(uris, st.lists(uris, max_size=3)),
        "key_id": identifiers,
        "assertion_audience": identifiers,
        "token_endpoint_auth_method": st.sampled_from(
            ["client_secret_basic", "client_secret_post", "client_secret_jwt"]
        ),
        "extra_parameters": st.dictionaries(
            words.map("x-{}".format), references, max_size=2
        ),
        "headers": st.dictionaries(header_names.map("X-{}".format), references),
        "timeout": numbers,
        "default_expires_in": numbers,
        "api_origins": st.lists(
            words.map(lambda word: f"https://{word}.example".lower()), max_size=2
        ),
        "ca_file": words,
        "quirks": st.fixed_dictionaries(
            {},
            optional={
                "scope_echoed": st.booleans(),
                "assertion_lifetime": st.integers(1, 3600),
                "error_members": st.lists(words, min_size=1, max_size=2),
                "request_headers": st.dictionaries(
                    words.map("X-{}".format), words, max_size=2
                ),
            },
        ),
    },
).filter(lambda values: values.get("assertion_audience") != "issuer")

# What may stand there instead: any key with any value.
keys = st.one_of(
    st.sampled_from(sorted(CORE_KEYS)),
    st.sampled_from(["domain", "host", "token_path", "authorization_server"]),
    st.text(max_size=12),
)


def outcome(function):
    """Call a function; a `ProfileError` is returned, any other error is not."""
    try:
        return function()
    except ProfileError as error:
        return error


class TestRoundTrip:
    @settings(suppress_health_check=[HealthCheck.too_slow])
    @given(working)
    def test_what_tomli_w_writes_reads_back_equal(self, values):
        """A profile that ``add`` or ``show`` writes is the profile that loads."""
        profile = Profile.from_mapping(values, "billing")
        again = tomllib.loads(tomli_w.dumps({"profiles": {"billing": values}}))

        assert profile == Profile.from_mapping(again["profiles"]["billing"], "billing")
        assert profile == pickle.loads(pickle.dumps(profile))

    @settings(
        max_examples=min(100, settings().max_examples),
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
        ],
    )
    @given(values=working)
    def test_a_file_gives_what_a_mapping_gives(self, tmp_path, monkeypatch, values):
        """The same keys mean the same, read from a file or given in Python."""
        monkeypatch.chdir(tmp_path)
        file = tmp_path / "own.toml"
        file.write_text(tomli_w.dumps({"profiles": {"billing": values}}), "utf-8")

        assert Profile.from_mapping(values, "billing") == load_profile("billing", file)

    @settings(suppress_health_check=[HealthCheck.too_slow])
    @given(values=working)
    def test_it_plans(self, values):
        """A profile that loads can be planned, and asks for what it says."""
        _, plan = Profile.from_mapping(values).plan()
        scope = values.get("scope", ())
        wanted = scope.split() if isinstance(scope, str) else scope

        assert tuple(dict.fromkeys(wanted)) == plan.scope
        assert values["client_id"] == plan.client_id
        assert values["token_endpoint"] == plan.token_endpoint


class TestAnything:
    @settings(max_examples=max(200, settings().max_examples))
    @given(
        base=st.sampled_from(sorted(MAPPINGS)),
        changes=st.dictionaries(keys, toml_values, max_size=4),
        removed=st.lists(keys, max_size=2),
    )
    @example("generic", {"quirks": {"default_expires_in": 10**400}}, [])
    @example("okta", {"domain": "a\ud800"}, [])
    def test_any_values_make_a_profile_or_a_profile_error(self, base, changes, removed):
        """
        Whatever stands in a file, loading gives a profile that plans, or one error
        whose problems all name their key.
        """
        values = {**MAPPINGS[base], **changes}
        for key in removed:
            values.pop(key, None)
        found = outcome(lambda: Profile.from_mapping(values))
        if isinstance(found, Profile):
            planned = outcome(found.plan)
            if isinstance(planned, ProfileError):
                # A scope may still come with the call.
                assert {"scope"} == {problem.key for problem in planned.problems}
            return

        assert found.problems
        assert all(problem.key for problem in found.problems)
        assert len({str(it) for it in found.problems}) == len(found.problems)
        assert str(found) == str(pickle.loads(pickle.dumps(found)))

    @settings(max_examples=max(200, settings().max_examples))
    @given(
        variables=st.dictionaries(
            st.one_of(
                st.sampled_from(sorted(CORE_KEYS)).map(str.upper),
                st.sampled_from(["DOMAIN", "CLIENT_SECRET_FILE", "PRIVATE_KEY_FILE"]),
                st.from_regex(r"[A-Z0-9_]{1,8}", fullmatch=True),
            ),
            st.one_of(
                toml_values.map(
                    lambda value: tomli_w.dumps({"v": value}).partition("=")[2]
                ),
                st.text(),
                st.sampled_from(["okta", "acme.okta.com", "https://as.example/"]),
                st.binary().map(os.fsdecode),
            ).filter(lambda text: "\0" not in text),
            max_size=4,
        )
    )
    def test_any_variables_make_a_profile_or_a_profile_error(self, variables):
        """Whatever the environment holds, loading ends in the same two ways."""
        full = {f"CCFLOW_BILLING__{name}": value for name, value in variables.items()}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in full.items():
                patch.setenv(name, value)
            found = outcome(lambda: load_profile("billing"))

        assert isinstance(found, Profile) or found.problems
