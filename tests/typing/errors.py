"""A program that knows what to do about each error."""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from typing import Literal
from typing import assert_type

import ccflow
from ccflow.errors import Category


def exit_code() -> int:
    try:
        ccflow.token("billing")
    except ccflow.ConfigError as error:
        assert_type(error.problems, tuple[ccflow.Problem, ...])
        for problem in error.problems:
            assert_type(problem.file, str | None)
            assert_type(problem.key, str | None)
            assert_type(problem.hint, str | None)
        return 2
    except ccflow.TokenRefusedError as error:
        assert_type(error.error, str | None)
        assert_type(error.error_description, str | None)
        assert_type(error.status_code, int | None)
        assert_type(error.hint, str | None)
        assert_type(error.correlation_id, str | None)
        return 3
    except ccflow.TokenUnavailableError as error:
        assert_type(error.retry_after, float | None)
        assert_type(error.retry_at, float | None)
        return 4
    except ccflow.TokenResponseError as error:
        assert_type(error.content_type, str | None)
        return 5
    return 0


def describe(error: ccflow.CcflowError) -> str:
    assert_type(error.profile, str | None)
    assert_type(error.provider, str | None)
    assert_type(error.retryable, bool)
    match error.category:
        case "config":
            return "fix a file"
        case "client_auth" | "scope" | "request":
            return "ask the administrator"
        case "rate_limit" | "server" | "network":
            return "wait"
        case "intermediary" | "malformed":
            return "look at what answered"


def tree() -> tuple[type[ccflow.CcflowError], ...]:
    config: tuple[type[ccflow.ConfigError], ...] = (
        ccflow.ProfileError,
        ccflow.ProviderError,
        ccflow.SecretError,
    )
    token: tuple[type[ccflow.TokenError], ...] = (
        ccflow.TokenRefusedError,
        ccflow.TokenUnavailableError,
        ccflow.TokenResponseError,
    )
    return (*config, *token)


NETWORK: Category = "network"
NEVER: Literal["netwrok"] = NETWORK  # type: ignore[assignment]
