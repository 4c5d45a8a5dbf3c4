"""
A plan: what will be sent, where to, and how the answer will be read.

It is made of a provider, a profile and the arguments of a call, and it holds no
secret: the credential is only named. Whatever can be known to fail is found here,
all of it at once, before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Final
from typing import Protocol

import attrs

from ccflow.errors import Problem
from ccflow.protocol.provider import AUTH_METHODS
from ccflow.protocol.provider import Provider
from ccflow.protocol.provider import UrlRule
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.template import render_template
from ccflow.protocol.template import setting_problem
from ccflow.protocol.url import endpoint_problem


_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_SECRET_METHODS: Final = frozenset(
    {"client_secret_basic", "client_secret_post", "client_secret_jwt"}
)
_SIGNED_METHODS: Final = frozenset({"client_secret_jwt", "private_key_jwt"})
_CREDENTIALS: Final = ("client_assertion", "private_key", "client_secret")
_ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448"),
    *("HS256", "HS384", "HS512"),
)
# RFC 9110 section 5.1.
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

RESERVED_PARAMETERS: Final = frozenset(
    {
        "audience",
        "client_assertion",
        "client_assertion_type",
        "client_id",
        "client_secret",
        "grant_type",
        "resource",
        "scope",
    }
)
"""Parameters that have keys of their own, so that nothing sends them twice."""

RESERVED_HEADERS: Final = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
    }
)
"""Headers that the request itself decides."""


class Registration(Protocol):
    """What a plan needs to know of a profile: one client at one server."""

    @property
    def name(self) -> str: ...
    @property
    def settings(self) -> Mapping[str, str]: ...
    @property
    def token_endpoint(self) -> str | None: ...
    @property
    def issuer(self) -> str | None: ...
    @property
    def client_id(self) -> str | None: ...
    @property
    def credentials(self) -> Collection[str]: ...
    @property
    def key_id(self) -> str | None: ...
    @property
    def token_endpoint_auth_method(self) -> str | None: ...
    @property
    def token_endpoint_auth_signing_alg(self) -> str | None: ...
    @property
    def assertion_audience(self) -> str | None: ...
    @property
    def scope(self) -> tuple[str, ...] | None: ...
    @property
    def require_scope(self) -> bool: ...
    @property
    def default_scope(self) -> bool: ...
    @property
    def audience(self) -> str | None: ...
    @property
    def resource(self) -> tuple[str, ...]: ...
    @property
    def extra_parameters(self) -> Mapping[str, object]: ...
    @property
    def headers(self) -> Mapping[str, object]: ...
    @property
    def default_expires_in(self) -> float | None: ...


@attrs.frozen(kw_only=True)
class Plan:
    """
    One token request, with its secrets left out.

    Args:
        profile: The name of the profile.

        provider: The name of the provider.

        token_endpoint: Where the request goes.

        client_id: The client, or None where only an assertion names it.

        auth_method: The ``token_endpoint_auth_method``.

        credential: The profile key that holds the credential.

        signing_algorithm: The ``alg`` of an assertion; None means the first one
            that the key and the server share.

        assertion_audience: The ``aud`` of an assertion.

        key_id: The ``kid`` of an assertion.

        scope: What is asked for; empty sends no ``scope``.

        audience: The ``audience`` parameter.

        resource: The ``resource`` parameters (RFC 8707).

        require_scope: Whether getting less than was asked for is an error.

        quirks: The provider's, with the profile's own put over them.

        default_expires_in: Seconds to keep a token of unknown lifetime.
    """

    profile: str
    provider: str
    token_endpoint: str
    client_id: str | None
    auth_method: str
    credential: str
    signing_algorithm: str | None
    assertion_audience: str
    key_id: str | None
    scope: tuple[str, ...]
    audience: str | None
    resource: tuple[str, ...]
    require_scope: bool
    quirks: Quirks
    default_expires_in: float


@attrs.define
class _Planner:
    """Collects the problems of one plan while its parts are decided."""

    provider: Provider
    registration: Registration
    quirks: Quirks
    broken: Collection[str] = ()
    problems: list[Problem] = attrs.field(factory=list)

    def problem(self, key: str | None, message: str, hint: str | None = None) -> None:
        """Note a problem, unless the key is known to be broken already."""
        if key is None or key.split(".", 1)[0] not in self.broken:
            self.problems.append(Problem(message, key=key, hint=hint))

    def settings(self) -> dict[str, str] | None:
        """Return the checked settings, or None where some are wrong."""
        values: dict[str, str] = {}
        for name, setting in self.provider.settings.items():
            value = self.registration.settings.get(name, setting.default)
            if value is None:
                if self.registration.token_endpoint is None:
                    self.problem(name, "is missing", f"expected {setting.help}")
            elif fault := setting_problem(setting, value):
                self.problem(name, fault)
            else:
                values[name] = value
        return values if values.keys() == self.provider.settings.keys() else None

    def url(
        self, key: str, given: str | None, rule: UrlRule | None, settings: object
    ) -> str | None:
        """Return the URL that the profile gives, else the one of the rule."""
        url = given
        if url is None:
            if rule is None or not isinstance(settings, Mapping):
                return None
            try:
                url = rule(settings) if callable(rule) else render(rule, settings)
            except Exception as error:  # noqa: BLE001 - a plugin's function
                self.problem(key, f"the template cannot be rendered: {error!r}")
                return None
        if fault := endpoint_problem(url):
            self.problem(key, fault)
            return None
        return url

    def method(self) -> str | None:
        """Return the authentication method that is named, or that follows."""
        given = self.registration.token_endpoint_auth_method
        offered = self.provider.token_endpoint_auth_methods
        key = "token_endpoint_auth_method"
        present = [key for key in _CREDENTIALS if key in self.registration.credentials]
        if given is None:
            return self._implied_method(present)
        if given not in AUTH_METHODS:
            self.problem(key, f"{given!r} is not implemented", _one_of(AUTH_METHODS))
        elif given not in offered:
            self.problem(
                key,
                f"{self.provider.name} does not take {given!r}",
                _one_of(offered),
            )
        elif {*_CREDENTIALS}.isdisjoint(self.broken) and (
            fault := _credential_fault(given, present)
        ):
            self.problem(*fault)
        else:
            return given
        return None

    def _implied_method(self, present: list[str]) -> str | None:
        match present:
            case []:
                if not {*_CREDENTIALS} & {*self.broken}:
                    self.problem(
                        "client_secret",
                        "there is no credential",
                        "set client_secret, private_key or client_assertion",
                    )
                return None
            case ["client_secret"]:
                methods = [
                    method
                    for method in self.provider.token_endpoint_auth_methods
                    if method in _SECRET_METHODS
                ]
            case [_]:
                methods = ["private_key_jwt"]
            case [*_]:
                self.problem(
                    "token_endpoint_auth_method",
                    f"{' and '.join(present)} are both set",
                    "keep one of them",
                )
                return None
        if not {*methods} & {*self.provider.token_endpoint_auth_methods}:
            self.problem(
                present[0],
                f"{self.provider.name} has no authentication method for it",
                _one_of(self.provider.token_endpoint_auth_methods),
            )
            return None
        return methods[0]

    def algorithm(self, method: str | None) -> str | None:
        """Return the signing algorithm that the profile names, checked."""
        given = self.registration.token_endpoint_auth_signing_alg
        known = self.quirks.assertion_algorithms or _ALGORITHMS
        key = "token_endpoint_auth_signing_alg"
        if given is None or method is None:
            return given
        symmetric = given.startswith("HS")
        if method == "client_secret_jwt" and not symmetric:
            self.problem(key, f"client_secret_jwt cannot use {given!r}", "use HS256")
        elif method == "private_key_jwt" and symmetric:
            self.problem(key, f"private_key_jwt cannot use {given!r}", "use RS256")
        elif given not in known:
            self.problem(
                key, f"{self.provider.name} does not take {given!r}", _one_of(known)
            )
        return given

    def audience_of_assertion(
        self, token_endpoint: str | None, issuer: str | None, method: str | None
    ) -> str:
        """Return the ``aud`` of an assertion."""
        rule = self.registration.assertion_audience or self.quirks.assertion_audience
        match rule:
            case "token_endpoint":
                return token_endpoint or ""
            case "issuer":
                made_here = "client_assertion" not in self.registration.credentials
                told = {problem.key for problem in self.problems}
                if (
                    issuer is None
                    and method in _SIGNED_METHODS
                    and made_here
                    and told.isdisjoint({"issuer", *self.provider.settings})
                ):
                    self.problem(
                        "assertion_audience", '"issuer" needs an issuer', "set issuer"
                    )
                return issuer or ""
            case _:
                return rule

    def client(self, method: str | None) -> None:
        """Check that the request says which client asks."""
        client_id = self.registration.client_id
        assertion = {*self.registration.credentials, *self.broken}
        if not client_id:
            if "client_assertion" not in assertion:
                self.problem("client_id", "is missing", "set the client's identifier")
        elif (
            ":" in client_id
            and method == "client_secret_basic"
            and self.quirks.basic_encoding == "raw"
        ):
            self.problem(
                "client_id",
                'holds a colon, which basic_encoding = "raw" cannot carry',
                'use client_secret_post, or quirks.basic_encoding = "form"',
            )

    def scope(self, given: tuple[str, ...] | None) -> tuple[str, ...]:
        """Return the scope to ask for, checked against the provider's rules."""
        scope = self.registration.scope if given is None else given
        scope = tuple(dict.fromkeys(scope or ()))
        for value in scope:
            if not _SCOPE.fullmatch(value):
                self.problem("scope", f"{value!r} is not a scope")
            elif value in self.quirks.forbidden_scopes:
                self.problem(
                    "scope",
                    f"{self.provider.name} refuses {value!r} here: it asks for a "
                    "user, and the client credentials grant has none",
                    "take it out",
                )
            elif value in self.quirks.exclusive_scopes and len(scope) > 1:
                self.problem("scope", f"{value!r} must be the only scope of a request")
        if not scope and self.quirks.scope_required:
            if not self.registration.default_scope:
                self.problem(
                    "scope",
                    f"{self.provider.name} needs a scope",
                    "set scope, or say default_scope = true if the server has "
                    "default scopes",
                )
        return scope

    def names(self) -> None:
        """Check the names of the extra parameters and headers."""
        for name in self.registration.extra_parameters:
            if name in RESERVED_PARAMETERS:
                self.problem(
                    f"extra_parameters.{name}",
                    "ccflow sets this parameter itself",
                    f"use the key {name}"
                    if name in {"audience", "resource", "scope"}
                    else None,
                )
        own = {f"headers.{name}": name for name in self.registration.headers}
        quirks = {
            f"quirks.request_headers.{name}": name
            for name in self.quirks.request_headers
        }
        for key, name in {**own, **quirks}.items():
            if name.lower() in RESERVED_HEADERS:
                self.problem(key, "ccflow sets this header itself")
            elif not _HEADER_NAME.fullmatch(name):
                self.problem(key, "is not the name of a header")

    def request_rules(
        self,
        settings: dict[str, str] | None,
        method: str | None,
        scope: tuple[str, ...],
    ) -> None:
        """Ask the provider what else cannot work."""
        rule = self.provider.check_request
        if rule is None or settings is None or method is None:
            return
        try:
            found = [
                (str(key), str(text)) for key, text in rule(settings, method, scope)
            ]
        except Exception as error:  # noqa: BLE001 - a plugin's function
            found = [("provider", f"its check_request is broken: {error!r}")]
        for key, message in found:
            self.problem(key, message)


def render(template: str, settings: Mapping[str, str]) -> str:
    """Render a template; a name of its own in the error of a missing setting."""
    try:
        return render_template(template, settings)
    except KeyError as error:
        raise LookupError(f"it names a setting {error} that there is not") from None


def _one_of(values: Iterable[str]) -> str:
    return f"use one of {', '.join(values)}"


def _credential_fault(method: str, present: list[str]) -> tuple[str, str, str] | None:
    """Compare the credentials that are there with those that a method uses."""
    used = (
        {"client_secret"}
        if method in _SECRET_METHODS
        else {"private_key", "client_assertion"}
    )
    for key in present:
        if key not in used:
            return key, f"{method} does not use it", "take it out"
    match present:
        case []:
            keys = " or ".join(sorted(used, reverse=True))
            return max(used), f"{method} needs {keys}", f"set {keys}"
        case [_]:
            return None
        case [*_]:
            return present[0], f"{' and '.join(present)} are both set", "keep one"


def make_plan(
    provider: Provider,
    registration: Registration,
    quirks: Quirks,
    *,
    scope: tuple[str, ...] | None = None,
    audience: str | None = None,
    resource: tuple[str, ...] | None = None,
    broken: Collection[str] = (),
    scope_rules: bool = True,
) -> tuple[Plan | None, tuple[Problem, ...]]:
    """
    Decide what will be sent, and find everything that cannot work.

    Args:
        provider: The kind of server.

        registration: The profile.

        quirks: The provider's, with the profile's own put over them.

        scope: Replaces the profile's scope; None keeps it, ``()`` sends none.

        audience: Replaces the profile's audience; None keeps it.

        resource: Replaces the profile's resources; None keeps them.

        broken: Profile keys that are known to be wrong, so that what follows
            from them is not reported again.

        scope_rules: Whether the scope is final; when a profile is loaded, a
            call may still bring one.

    Returns:
        The plan, or None where there are problems; and the problems, whose keys
        are relative to the profile.
    """
    planner = _Planner(provider, registration, quirks, broken)
    settings = planner.settings()
    token_endpoint = planner.url(
        "token_endpoint", registration.token_endpoint, provider.token_endpoint, settings
    )
    if (
        token_endpoint is None
        and registration.token_endpoint is None
        and provider.token_endpoint is None
    ):
        planner.problem(
            "token_endpoint",
            "is missing",
            "set it, or name a provider that knows it",
        )
    # A profile's own issuer is an identifier, compared and never fetched here.
    issuer = registration.issuer or planner.url(
        "issuer", None, provider.issuer, settings
    )
    method = planner.method()
    present = [key for key in _CREDENTIALS if key in registration.credentials]
    planner.client(method)
    algorithm = planner.algorithm(method)
    aud = planner.audience_of_assertion(token_endpoint, issuer, method)
    wanted = planner.scope(scope) if scope_rules or registration.scope else ()
    planner.names()
    planner.request_rules(settings, method, wanted)
    problems = tuple(planner.problems)
    if problems or broken or token_endpoint is None or method is None:
        return None, problems
    return (
        Plan(
            profile=registration.name,
            provider=provider.name,
            token_endpoint=token_endpoint,
            client_id=registration.client_id,
            auth_method=method,
            credential=present[0],
            signing_algorithm=algorithm,
            assertion_audience=aud,
            key_id=registration.key_id,
            scope=wanted,
            audience=registration.audience if audience is None else audience,
            resource=registration.resource if resource is None else resource,
            require_scope=registration.require_scope,
            quirks=quirks,
            default_expires_in=(
                registration.default_expires_in or quirks.default_expires_in
            ),
        ),
        (),
    )
