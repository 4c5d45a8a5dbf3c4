"""Nobody has to come twice: mistakes of all layers at once are all told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import attrs
import pytest
import tomli_w
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ccflow.config.load import load_profile
from ccflow.config.structure import LATER
from ccflow.errors import ProfileError


Change = dict[str, Any]

OKTA = {
    "provider": "okta",
    "domain": "acme.okta.com",
    # Said, so that it is known where what the profile extends is not.
    "authorization_server": "default",
    "scope": ["a"],
}
ORACLE = {
    "provider": "oracle-idcs",
    "domain": "idcs-0123.identity.oraclecloud.com",
    "scope": ["urn:opc:idm:__myscopes__"],
}
GENERIC = {"token_endpoint": "https://as.example.com/token", "scope": ["a"]}
BASES = {"okta": OKTA, "oracle-idcs": ORACLE, "generic": GENERIC}
EVERY = tuple(sorted(BASES))
SECRET = {"env": "BILLING_SECRET"}


@attrs.frozen(kw_only=True)
class World:
    """A file as tables, and the variables."""

    top: dict[str, Any]
    variables: dict[str, str]

    @property
    def profiles(self) -> dict[str, Any]:
        return self.top["profiles"]

    @property
    def billing(self) -> dict[str, Any]:
        return self.profiles["billing"]


@attrs.frozen
class Mistake:
    """
    One mistake.

    Args:
        slots: What it is about; of two mistakes about one thing only one is made.

        make: Makes it.

        keys: The key that it is told with, or one of some.

        bases: The profiles in which it is one.

        file: Where it is told, if not in the TOML file.
    """

    slots: str
    make: Callable[[World], object]
    keys: tuple[str, ...]
    bases: tuple[str, ...] = EVERY
    file: str | None = None


def of_profile(
    slot: str, change: Change, *keys: str, bases: tuple[str, ...] = EVERY
) -> Mistake:
    """Make a mistake of some keys of the profile."""
    return Mistake(
        slot,
        lambda world: world.billing.update(change),
        tuple(f"profiles.billing.{key}" for key in keys or change),
        bases,
    )


def of_file(slot: str, change: Change, key: str) -> Mistake:
    """Make a mistake of the sections of the file."""
    return Mistake(slot, lambda world: world.top.update(change), (key,))


def of_names(slot: str, change: Change, key: str) -> Mistake:
    """Make a mistake of the profiles beside it."""
    return Mistake(slot, lambda world: world.profiles.update(change), (key,))


def of_variable(slot: str, key: str, value: str) -> Mistake:
    """Make a mistake of a variable."""
    name = f"CCFLOW_BILLING__{key}"

    def make(world: World) -> None:
        world.variables[name] = value

    return Mistake(slot, make, (f"{name}: {key.lower()}", name), file="environment")


def take_out(*keys: str) -> Callable[[World], object]:
    return lambda world: [world.billing.pop(key, None) for key in keys]


def circle(world: World) -> None:
    world.profiles["base"] = {"extends": "billing"}
    world.billing["extends"] = "base"


METHOD = "token_endpoint_auth_method"
ALGORITHM = "token_endpoint_auth_signing_alg"
CREDENTIALS = ("client_secret", "private_key", METHOD)

MISTAKES = {
    # The file.
    "unknown section": of_file("section", {"profile": {}}, "profile"),
    "a section of another type": of_file("cache", {"cache": 3}, "cache"),
    "defaults of another type": of_file("defaults", {"defaults": []}, "defaults"),
    "an unknown key of defaults": of_file(
        "defaults", {"defaults": {"audence": "x"}}, "defaults.audence"
    ),
    # The names.
    "a bad name": of_names("name", {"Bad": {}}, "profiles.Bad"),
    "two names": of_names("twin", {"a-b": {}, "a_b": {}}, "profiles.a_b"),
    # What a profile extends.
    "a circle": Mistake("extends", circle, ("profiles.billing.extends",)),
    "a missing base": of_profile("extends", {"extends": "nowhere"}),
    "two bases": of_profile("extends", {"extends": ["a", "b"]}),
    # What is missing; nobody knows while a base is missing.
    "no client": Mistake(
        "extends", take_out("client_id"), ("profiles.billing.client_id",)
    ),
    "a password of nothing": of_profile(
        "extends credential", {"private_key_password": {"env": "P"}}
    ),
    # Keys and their types.
    "an unknown key": of_profile("unknown", {"requre_scope": True}),
    "a key of later": of_profile("later", dict.fromkeys(sorted(LATER)[:1], "x")),
    "a wrong type": of_profile("timeout", {"timeout": "soon"}),
    "not above zero": of_profile("timeout", {"timeout": 0}),
    "a wrong boolean": of_profile("default_scope", {"default_scope": "yes"}),
    # The provider; what it asks for is not known without it.
    "an unknown provider": of_profile(
        "provider", {"provider": "okat"}, bases=("generic",)
    ),
    # Where it goes.
    "plain http": of_profile("endpoint", {"token_endpoint": "http://as.example.com/"}),
    "a wrong setting": of_profile(
        "endpoint", {"domain": "https://acme.example/"}, bases=("okta", "oracle-idcs")
    ),
    "a setting of another type": of_profile(
        "endpoint", {"domain": 3}, bases=("okta", "oracle-idcs")
    ),
    # Who asks.
    "no such method": of_profile("method", {METHOD: "basic"}),
    "a misspelt method": of_profile("method", {METHOD: "client_secret_bsic"}),
    "a method of another type": of_profile("method", {METHOD: 3}),
    "a method that it does not take": of_profile(
        "method", {METHOD: "client_secret_jwt"}, bases=("oracle-idcs",)
    ),
    "a method for another credential": of_profile(
        "method", {METHOD: "private_key_jwt"}, *CREDENTIALS
    ),
    "two credentials": of_profile(
        "credential", {"private_key": {"file": "k.pem"}}, *CREDENTIALS
    ),
    "a bad reference": of_profile("credential", {"client_secret": {"envv": "X"}}),
    "no algorithm": of_profile("algorithm", {ALGORITHM: "none"}),
    "another algorithm": of_profile("algorithm", {ALGORITHM: "RS265"}),
    # What is asked for.
    "no scope": of_profile("scope", {"scope": ['a"b']}),
    "a forbidden scope": of_profile("scope", {"scope": ["openid"]}, bases=("okta",)),
    "a scope that a provider's rule refuses": of_profile(
        "scope", {"scope": ["okta.users.read"]}, bases=("okta",)
    ),
    "scopes of two audiences": of_profile(
        "scope",
        {"scope": ["https://a.example/x", "https://b.example/x"]},
        bases=("oracle-idcs",),
    ),
    "an empty audience": of_profile("audience", {"audience": ""}),
    "a relative resource": of_profile("resource", {"resource": ["/api"]}),
    "a resource with a fragment": of_profile("resource", {"resource": "https://a/#b"}),
    # What else is sent.
    "a header of ours": of_profile(
        "header", {"headers": {"Host": "x"}}, "headers.Host"
    ),
    "a header of nothing": of_profile(
        "header", {"headers": {"X": {}, "Y": {"env": "Y"}}}, "headers.X"
    ),
    "a parameter of ours": of_profile(
        "parameter", {"extra_parameters": {"scope": "x"}}, "extra_parameters.scope"
    ),
    "a proxy in two": of_profile("proxy", {"proxy": ["a", "b"]}),
    "an API without a scheme": of_profile(
        "api_origins", {"api_origins": ["a.example"]}
    ),
    # The quirks.
    "no quirk": of_profile(
        "quirk", {"quirks": {"basic_encodin": "raw"}}, "quirks.basic_encodin"
    ),
    "a quirk of another type": of_profile(
        "quirk", {"quirks": {"scope_echoed": 3}}, "quirks.scope_echoed"
    ),
    # The store.
    "no such store": of_profile("store", {"cache": {"store": "fil"}}, "cache.store"),
    "a store without its address": of_profile(
        "store", {"cache": {"store": "redis"}}, "cache.url"
    ),
    # The variables.
    "an unknown variable": of_variable("variable", "SCOP", "x"),
    "a table in a variable": of_variable("variable", "HEADERS", "x"),
}


@st.composite
def drawn_mistakes(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Draw a profile, and mistakes that are about different things."""
    kinds = st.sampled_from(sorted(MISTAKES))
    base = draw(st.sampled_from(EVERY))
    chosen: list[str] = []
    taken: set[str] = set()
    names = draw(st.lists(kinds, unique=True, min_size=3))
    for name in names:
        slots = {*MISTAKES[name].slots.split()}
        if base in MISTAKES[name].bases and taken.isdisjoint(slots):
            chosen.append(name)
            taken |= slots
    return base, chosen


def problems_of(path, base, names):
    """Make some mistakes in a profile, load it, and return what is told."""
    profile = {**BASES[base], "client_id": "c", "client_secret": SECRET}
    world = World(top={"profiles": {"billing": profile}}, variables={})
    for name in names:
        MISTAKES[name].make(world)
    path.write_text(tomli_w.dumps(world.top))
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in world.variables.items():
            patch.setenv(variable, value)
        try:
            load_profile("billing", path)
        except ProfileError as error:
            return error.problems
    return ()


def untold(path, names, problems):
    """Return the mistakes that no problem is about."""
    places = {(problem.file, problem.key) for problem in problems}
    return [
        name
        for name in names
        for it in [MISTAKES[name]]
        if places.isdisjoint((it.file or str(path), key) for key in it.keys)
    ]


class TestMistakes:
    def test_a_profile_without_any(self, tmp_path):
        """What the mistakes are made in loads as it is."""
        for base in BASES:
            assert () == problems_of(tmp_path / "own.toml", base, [])

    @pytest.mark.parametrize("name", MISTAKES)
    def test_each_alone(self, tmp_path, name):
        """One mistake is told, with file and key, and nothing that follows from it."""
        path = tmp_path / "own.toml"
        for base in MISTAKES[name].bases:
            problems = problems_of(path, base, [name])

            assert [] == untold(path, [name], problems)
            assert 1 == len(problems)

    def test_any_together(self, tmp_path):
        """Whatever is wrong together, each mistake is told with its file and key."""
        path, reached = tmp_path / "own.toml", Counter()

        @settings(max_examples=max(300, settings().max_examples))
        @given(drawn_mistakes())
        def check(drawn):
            base, names = drawn
            problems = problems_of(path, base, names)
            reached.update(names)

            assert [] == untold(path, names, problems)
            assert len({str(it) for it in problems}) == len(problems)

        check()
        assert MISTAKES.keys() == reached.keys()
        assert 40 <= len(MISTAKES)
