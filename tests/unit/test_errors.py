"""The errors: their tree, their attributes, and that they travel."""

from __future__ import annotations

import copy
import pickle

import pytest

import ccflow
from ccflow import errors
from ccflow.errors import CcflowError
from ccflow.errors import ConfigError
from ccflow.errors import Problem
from ccflow.errors import ProfileError
from ccflow.errors import ProviderError
from ccflow.errors import SecretError
from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError


CONFIG = [ConfigError, ProfileError, ProviderError, SecretError]
TOKEN = [TokenError, TokenRefusedError, TokenUnavailableError, TokenResponseError]

DETAILS = {
    "category": "rate_limit",
    "retryable": True,
    "error": "slow_down",
    "error_description": "not so fast",
    "status_code": 429,
    "hint": "wait",
    "correlation_id": "c-1",
    "retry_after": 3.5,
    "retry_at": 1_800_000_003.5,
    "profile": "billing",
    "provider": "okta",
}
PROBLEMS = (Problem("is wrong", "ccflow.toml", "profiles.a.scope", "mend it"),)


def every_error():
    for kind in CONFIG:
        yield kind("text", PROBLEMS, profile="billing", provider="okta")
    for kind in TOKEN:
        yield kind("text", **DETAILS)
    yield TokenResponseError("text", content_type="text/html", **DETAILS)


class TestTree:
    def test_it_is_the_contract(self):
        """Each class has the parent that callers catch."""
        parents = {
            name: kind.__bases__[0].__name__
            for name, kind in vars(errors).items()
            if isinstance(kind, type) and issubclass(kind, CcflowError)
        }

        assert {
            "CcflowError": "Exception",
            "ConfigError": "CcflowError",
            "ProfileError": "ConfigError",
            "ProviderError": "ConfigError",
            "SecretError": "ConfigError",
            "TokenError": "CcflowError",
            "TokenRefusedError": "TokenError",
            "TokenUnavailableError": "TokenError",
            "TokenResponseError": "TokenError",
        } == parents

    def test_all_are_public(self):
        """Each class can be caught by its name in ``ccflow``."""
        for kind in (CcflowError, *CONFIG, *TOKEN):
            assert kind is getattr(ccflow, kind.__name__)

    def test_none_is_an_error_of_httpx(self):
        """Code that catches httpx's errors does not swallow ours."""
        import httpx

        for kind in (CcflowError, *CONFIG, *TOKEN):
            assert not issubclass(kind, httpx.HTTPError | OSError | ValueError)


class TestAttributes:
    @pytest.mark.parametrize("kind", TOKEN)
    def test_a_bare_token_error_has_all_of_them(self, kind):
        """A handler can read every attribute of the contract without asking."""
        error = kind("text", category="network")

        assert {
            "category": "network",
            "correlation_id": None,
            "error": None,
            "error_description": None,
            "hint": None,
            "profile": None,
            "provider": None,
            "retry_after": None,
            "retry_at": None,
            "retryable": False,
            "status_code": None,
            **({"content_type": None} if kind is TokenResponseError else {}),
        } == vars(error)

    @pytest.mark.parametrize("kind", CONFIG)
    def test_a_bare_config_error_has_all_of_them(self, kind):
        """A mistake in the configuration is never worth a retry."""
        error = kind("text")

        assert ("config", False, None, None) == (
            error.category,
            error.retryable,
            error.profile,
            error.provider,
        )
        assert (Problem("text"),) == error.problems

    @pytest.mark.parametrize("kind", CONFIG)
    def test_every_problem_is_in_the_text(self, kind):
        """The text lists all problems, each with file, key and what to do."""
        other = Problem("is missing", key="profiles.a.client_id")
        error = kind("it cannot be used:", [*PROBLEMS, other])

        assert (
            "it cannot be used:\n"
            "  ccflow.toml: profiles.a.scope: is wrong; mend it\n"
            "  profiles.a.client_id: is missing"
        ) == str(error)
        assert (*PROBLEMS, other) == error.problems


class TestTravel:
    @pytest.mark.parametrize(
        "error", list(every_error()), ids=lambda it: type(it).__name__
    )
    @pytest.mark.parametrize(
        "way",
        [
            *(
                lambda error, protocol=protocol: pickle.loads(
                    pickle.dumps(error, protocol)
                )
                for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
            ),
            copy.copy,
            copy.deepcopy,
        ],
    )
    def test_nothing_is_lost(self, error, way):
        """An error that comes back from another process is the same."""
        other = way(error)

        assert type(error) is type(other)
        assert error is not other
        assert str(error) == str(other)
        assert error.args == other.args
        assert vars(error) == vars(other)

    def test_notes_travel_as_well(self):
        """What a caller added to an error stays with it."""
        error = TokenRefusedError("text", category="scope")
        error.add_note("while billing")

        assert ["while billing"] == pickle.loads(pickle.dumps(error)).__notes__

    def test_a_class_of_somebody_else_travels(self):
        """A subclass with an initialiser of its own is rebuilt too."""
        error = OwnError(7)

        assert "own 7" == str(pickle.loads(pickle.dumps(error)))
        assert 7 == copy.copy(error).number


class OwnError(TokenRefusedError):
    """A subclass with another signature."""

    def __init__(self, number):
        super().__init__(f"own {number}", category="request")
        self.number = number


class TestProblem:
    @pytest.mark.parametrize(
        ("problem", "text"),
        [
            (Problem("m"), "m"),
            (Problem("m", "f"), "f: m"),
            (Problem("m", None, "k"), "k: m"),
            (Problem("m", "f", "k", "h"), "f: k: m; h"),
        ],
    )
    def test_it_reads_as_a_line(self, problem, text):
        """A problem is one line: where, what, and what to do."""
        assert text == str(problem)
