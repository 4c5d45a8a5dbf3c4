"""Everything about the secrets of a profile that cannot work, in one error."""

from __future__ import annotations

from collections.abc import Collection

from ccflow.config.profile import Profile
from ccflow.config.secrecy import key_of
from ccflow.config.secrecy import sources_of
from ccflow.errors import ConfigError
from ccflow.errors import Problem
from ccflow.secret import SecretSource
from ccflow.secrets import read_secret


def with_the_others(
    error: ConfigError, profile: Profile, known: Collection[str] = ()
) -> ConfigError:
    """
    Return an error with the problems of all other references of a profile.

    Each one that nobody has tried is tried, as the fetch would have done, so that
    nobody has to come twice. Those of a cache cost no more than the sharing, and
    are left out.

    Args:
        error: What failed first.

        profile: Whose secrets.

        known: The keys that could be read.
    """
    told = {problem.key for problem in error.problems}
    problems = [*error.problems]
    for key, source in sources_of(profile):
        if (
            key not in told
            and key_of(key) not in known
            and not key.startswith("cache.")
        ):
            problems += _problems_of(key, source)
    placed = [_placed(profile, problem) for problem in problems]
    many = f"the profile {profile.name!r} cannot be used:"
    return type(error)(many if len(placed) > 1 else "", placed)


def _problems_of(key: str, source: SecretSource) -> tuple[Problem, ...]:
    try:
        read_secret(source, key)
    except ConfigError as error:
        return error.problems
    return ()


def _placed(profile: Profile, problem: Problem) -> Problem:
    """Say in which file a key stands."""
    if problem.key is None or problem.file is not None:
        return problem
    origin = profile.origin(key_of(problem.key))
    return origin.problem(problem.key, problem.message, problem.hint)
