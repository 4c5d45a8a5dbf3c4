"""A profile: one client at one authorization server."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs

from ccflow.config.cache import Cache
from ccflow.config.origin import Origin
from ccflow.config.secrecy import key_of
from ccflow.config.secrecy import sources_of
from ccflow.config.secrecy import wrap_literals
from ccflow.config.words import NAME
from ccflow.config.words import NAME_HINT
from ccflow.errors import ConfigError
from ccflow.errors import Problem
from ccflow.errors import ProfileError
from ccflow.plugin.registry import find_provider
from ccflow.protocol.plan import Plan
from ccflow.protocol.plan import make_plan
from ccflow.protocol.provider import Provider
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.quirks import changed_quirks
from ccflow.secret import Secret
from ccflow.secret import SecretSource
from ccflow.secret import as_source


SYSTEM_STORE: Final = "system"
"""The value of ``ca_file`` that means what this machine itself trusts."""

_Literal = SecretSource | str


def _one(value: _Literal | None) -> SecretSource | None:
    """Wrap a literal, however the profile is made."""
    return None if value is None else as_source(value)


def _some(
    value: _Literal | tuple[_Literal, ...] | list[_Literal] | None,
) -> SecretSource | tuple[SecretSource, ...] | None:
    if isinstance(value, tuple | list):
        return tuple(map(as_source, value))
    return _one(value)


def _wrapped(values: Mapping[str, _Literal]) -> dict[str, SecretSource]:
    return {name: as_source(value) for name, value in values.items()}


def _table() -> Mapping[str, SecretSource]:
    """Make a field of secrets; checkers see its type, and not its converter."""
    made: Mapping[str, SecretSource] = attrs.field(factory=dict, converter=_wrapped)
    return made


@attrs.frozen(kw_only=True)
class Profile:
    """
    One client at one authorization server, as its TOML table says it.

    It holds references to secrets, not secrets: a profile prints, compares and
    pickles. One with a literal secret prints masked and refuses to pickle.
    The keys are explained in docs/reference/profile.md.

    ``own_provider`` is the provider where the profile's own file describes it, and
    None where it is found by its name.

    .. versionadded:: 0.1.0
    """

    name: str
    provider: str = "generic"
    settings: Mapping[str, str] = attrs.field(factory=dict)
    token_endpoint: str | None = None
    issuer: str | None = None
    client_id: str | None = None
    client_secret: SecretSource | tuple[SecretSource, ...] | None = attrs.field(
        default=None, converter=_some
    )
    private_key: SecretSource | None = attrs.field(default=None, converter=_one)
    private_key_password: SecretSource | None = attrs.field(
        default=None, converter=_one
    )
    client_assertion: SecretSource | None = attrs.field(default=None, converter=_one)
    key_id: str | None = None
    certificate: str | None = None
    token_endpoint_auth_method: str | None = None
    token_endpoint_auth_signing_alg: str | None = None
    assertion_audience: str | None = None
    scope: tuple[str, ...] | None = None
    require_scope: bool = False
    default_scope: bool = False
    audience: str | None = None
    resource: tuple[str, ...] = ()
    extra_parameters: Mapping[str, SecretSource] = _table()
    headers: Mapping[str, SecretSource] = _table()
    tls_certificate: str | None = None
    tls_private_key: str | None = None
    ca_file: str | None = None
    proxy: SecretSource | None = attrs.field(default=None, converter=_one)
    timeout: float = 30.0
    default_expires_in: float | None = None
    api_origins: tuple[str, ...] | None = None
    quirks: Mapping[str, Any] = attrs.field(factory=dict)
    cache: Cache | None = None
    own_provider: Provider | None = attrs.field(default=None, repr=False)
    origins: Mapping[str, Origin] = attrs.field(factory=dict, eq=False, repr=False)

    def __hash__(self) -> int:
        return hash((self.name, self.provider, self.client_id, self.token_endpoint))

    def __reduce__(self) -> tuple[Callable[..., Profile], tuple[dict[str, Any]]]:
        literal = self.literal_secrets()
        if literal:
            raise TypeError(
                f"the profile {self.name!r} holds a literal {' and '.join(literal)} "
                'and does not pickle; use a reference, for example { env = "NAME" } or '
                '{ file = "path" }'
            )
        return _restore, (attrs.asdict(self, recurse=False),)

    def __copy__(self) -> Profile:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Profile:
        return self

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], name: str = "inline") -> Profile:
        """
        Make a profile of the same keys that a TOML table has; no file is read.

        Args:
            values: The keys and values.

            name: What errors and ``status`` call it.

        Raises:
            ProfileError: Some of it cannot work; all of the problems at once.
        """
        from ccflow.config.draft import make_draft

        if not _is_table(values):
            raise ProfileError("a profile is made of a mapping whose keys are text")
        values = wrap_literals(values)
        problems = []
        if not NAME.fullmatch(name):
            text = f"{name!r} is not a name for a profile"
            problems.append(Problem(text, key="name", hint=NAME_HINT))
        if "extends" in values:
            text = "only a profile in a file can extend another one"
            problems.append(Problem(text, key="extends"))
        broken = [problem.key or "" for problem in problems]
        try:
            return make_draft(name, values, {}, Origin(), problems, broken).checked()
        except ConfigError as error:
            # A misspelt key hides a literal secret from those who wrap them.
            del values
            traceback.clear_frames(error.__traceback__)
            raise

    @property
    def credentials(self) -> Collection[str]:
        """The names of the credentials that it has."""
        names = ("client_assertion", "private_key", "client_secret")
        return [name for name in names if getattr(self, name) is not None]

    def literal_secrets(self) -> list[str]:
        """Return the keys whose secret stands in the profile itself."""
        literal = [key for key, it in sources_of(self) if isinstance(it, Secret)]
        return list(dict.fromkeys(map(key_of, literal)))

    def origin(self, key: str) -> Origin:
        """Return where a key came from, or where it would stand."""
        own = self.origins.get(key) or self.origins.get(key.split(".", 1)[0])
        return own or self.origins.get("", Origin())

    @property
    def provider_origin(self) -> Origin | None:
        """Where its provider is described; None where it is found by its name."""
        if self.own_provider is None:
            return None
        return attrs.evolve(self.origin(""), prefix=f"providers.{self.provider}.")

    def find_problems(
        self,
        provider: Provider,
        broken: Collection[str] = (),
        *,
        incomplete: bool = False,
        alone: bool = True,
    ) -> tuple[Problem, ...]:
        """
        Return what cannot work whatever a call asks for.

        A missing scope may still come with a call; it is told only along with
        other problems, so that nobody has to come twice.

        Args:
            provider: Its provider.

            broken: Keys that are there and cannot be read.

            incomplete: Whether it lacks what it extends.

            alone: Whether nothing else is wrong.
        """

        def found(*, scope_rules: bool) -> tuple[Problem, ...]:
            _, problems = make_plan(
                provider,
                self,
                self._quirks(provider),
                broken=broken,
                incomplete=incomplete,
                scope_rules=scope_rules,
            )
            return problems

        problems = found(scope_rules=False)
        if problems or not alone:
            problems = found(scope_rules=True)
        return self._placed(problems)

    def plan(
        self,
        *,
        scope: tuple[str, ...] | None = None,
        audience: str | None = None,
        resource: tuple[str, ...] | None = None,
    ) -> tuple[Provider, Plan]:
        """
        Decide what will be sent for a call.

        Raises:
            ProfileError: It cannot work; all of the problems at once.

            ProviderError: The provider cannot be used.
        """
        provider = self.own_provider or find_provider(self.provider)
        plan, problems = make_plan(
            provider,
            self,
            self._quirks(provider),
            scope=scope,
            audience=audience,
            resource=resource,
        )
        if plan is None:
            raise profile_error(self.name, self.provider, self._placed(problems))
        return provider, plan

    def _quirks(self, provider: Provider) -> Quirks:
        """Return the provider's quirks with its own over them; one for all plans."""
        if not self.quirks:
            return provider.quirks
        return changed_quirks(provider.quirks, self.quirks)

    def _placed(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        return tuple(
            self.origin(problem.key or "").problem(
                problem.key, problem.message, problem.hint
            )
            for problem in problems
        )


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


def profile_error(
    name: str, provider: str | None, problems: Iterable[Problem]
) -> ProfileError:
    """Make the one error of all the problems of a profile."""
    return ProfileError(
        f"the profile {name!r} cannot be used:",
        problems,
        profile=name,
        provider=provider,
    )


def _restore(values: dict[str, Any]) -> Profile:
    return Profile(**values)
