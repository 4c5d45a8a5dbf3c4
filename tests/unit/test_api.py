"""The public functions: which source they share, and which profile they read."""

from __future__ import annotations

import asyncio
import inspect
import threading
from pathlib import Path

import pytest
import trio

import ccflow
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.worlds import make_profile


PROFILE = """
[profiles.billing]
token_endpoint = "{endpoint}"
client_id = "{client_id}"
client_secret = "s3cr3t"
scope = ["a", "b"]
audience = "x"
resource = ["https://r"]
"""

FUNCTIONS = (
    ccflow.token,
    ccflow.atoken,
    ccflow.auth,
    ccflow.client,
    ccflow.async_client,
    ccflow.source,
)


@pytest.fixture(autouse=True)
def own_sources(tmp_path, monkeypatch):
    """Each test begins with nothing read, in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    ccflow.reload()
    yield
    ccflow.reload()


def write(
    path: Path, client_id: str = "me", endpoint: str = "https://id.example/token"
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PROFILE.format(client_id=client_id, endpoint=endpoint))
    path.chmod(0o600)
    return path


class TestSharing:
    def test_same_request_same_source(self, tmp_path):
        """The same name and arguments share one source, and with it one token."""
        write(tmp_path / "ccflow.toml")

        assert ccflow.source("billing") is ccflow.source("billing")
        assert ccflow.source("billing", scope=["a"]) is ccflow.source(
            "billing", scope="a"
        )

    def test_equal_profiles(self):
        """Two profiles that say the same are one."""
        assert ccflow.source(make_profile()) is ccflow.source(make_profile())
        assert ccflow.source(make_profile()) is not ccflow.source(
            make_profile(client_secret="other")
        )

    def test_order_of_scopes(self):
        """A scope is a set: its order and repetitions ask for nothing else."""
        profile = make_profile()

        assert ccflow.source(profile, scope=["a", "b"]) is ccflow.source(
            profile, scope="b a a"
        )

    @pytest.mark.parametrize(
        "arguments",
        [
            {"scope": "a"},
            {"scope": ()},
            {"audience": "y"},
            {"resource": "https://s"},
            {"resource": ()},
        ],
    )
    def test_other_request_other_source(self, arguments):
        """What asks for something else has a token of its own."""
        profile = make_profile(scope=["a", "b"], audience="x", resource=["https://r"])

        assert ccflow.source(profile) is not ccflow.source(profile, **arguments)

    def test_arguments_that_change_nothing(self):
        """Saying what the profile says anyway asks for the same token."""
        profile = make_profile(scope=["a", "b"], audience="x", resource=["https://r"])
        source = ccflow.source(profile)

        assert ccflow.source(profile, scope="b a") is source
        assert ccflow.source(profile, audience="x") is source
        assert ccflow.source(profile, resource="https://r") is source
        assert ccflow.source(make_profile(), scope=()) is ccflow.source(make_profile())

    def test_of_all_functions(self, tmp_path):
        """Whatever function asks, the process makes one request."""
        with HostileServer(a_token()) as server:
            write(tmp_path / "ccflow.toml", endpoint=f"{server.url}/token")
            token = ccflow.token("billing")

            assert asyncio.run(ccflow.atoken("billing")) is token
            assert trio.run(ccflow.atoken, "billing") is token
            assert ccflow.auth("billing")._source is ccflow.source("billing")
            with ccflow.client("billing") as client:
                assert client.auth._source is ccflow.source("billing")
            assert ccflow.async_client("billing").auth._source is ccflow.source(
                "billing"
            )
        assert len(server.journal) == 1
        assert server.journal[0].form["scope"] == "a b"

    def test_between_threads(self):
        """Threads that ask first at the same time get one source."""
        profile = make_profile()
        barrier = threading.Barrier(20)
        found: list[object] = []

        def ask() -> None:
            barrier.wait(10)
            found.append(ccflow.source(profile))

        threads = [threading.Thread(target=ask) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len({id(source) for source in found}) == 1

    def test_not_with_one_of_ones_own(self):
        """TokenSource makes one that nobody shares."""
        profile = make_profile()

        assert ccflow.TokenSource(profile) is not ccflow.source(profile)


class TestArguments:
    def test_replace_keep_and_send_none(self):
        """Arguments replace the profile's values, None keeps them, () sends none."""
        profile = make_profile(scope=["a", "b"], audience="x", resource=["https://r"])
        kept = ccflow.source(profile, scope=None, audience=None, resource=None).plan
        none = ccflow.source(profile, scope=(), resource=()).plan
        other = ccflow.source(
            profile, scope={"c"}, audience="y", resource=["https://s", "https://t"]
        ).plan

        assert (kept.scope, kept.audience) == (("a", "b"), "x")
        assert kept.resource == ("https://r",)
        assert (none.scope, none.resource) == ((), ())
        assert (other.scope, other.audience) == (("c",), "y")
        assert other.resource == ("https://s", "https://t")

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_are_the_same_everywhere(self, function):
        """Every function takes the same arguments, by keyword."""
        parameters = inspect.signature(function).parameters
        names = [name for name in parameters if name != "httpx_options"]

        assert names == ["profile", "scope", "audience", "resource", "config"]
        assert parameters["scope"].kind is inspect.Parameter.KEYWORD_ONLY
        assert {parameters[name].default for name in names[1:]} == {None}

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_config_goes_with_a_name(self, function, tmp_path):
        """A file together with a profile is a mistake, and told as one."""

        def call() -> None:
            result = function(make_profile(), config=tmp_path / "other.toml")
            if inspect.iscoroutine(result):
                asyncio.run(result)

        with pytest.raises(TypeError, match="config"):
            call()

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            ({"profile": None}, r"its name, too\), got None"),
            ({"profile": 5}, r"a ccflow\.Profile \(.*got a value of type int"),
            ({"scope": 5}, "scope is text or texts, not a value of type int"),
            ({"scope": ["a", None]}, "scope is text or texts, not None"),
            ({"scope": b"a"}, "scope is text or texts, not a value of type int"),
            ({"resource": 5}, "resource is text or texts, not a value of type int"),
            ({"audience": ["a"]}, "audience is text, not a value of type list"),
        ],
    )
    @pytest.mark.parametrize("make", [ccflow.source, ccflow.TokenSource])
    def test_of_another_type(self, make, arguments, told):
        """A sentence names the argument, and what came."""
        profile = arguments.get("profile", make_profile())
        others = {key: it for key, it in arguments.items() if key != "profile"}

        with pytest.raises(TypeError, match=told):
            make(profile, **others)

    def test_name_of_another_type(self):
        """A name is text."""
        with pytest.raises(TypeError, match="name of a profile is text, not NoneType"):
            ccflow.load_profile(None)

    def test_callback_of_another_type(self):
        """What cannot be called is told at once, not at the first event."""
        with pytest.raises(TypeError, match="a function of an event, got int"):
            ccflow.source(make_profile()).on_event(5)

    def test_that_cannot_work(self):
        """A request that cannot work is refused, and not shared either."""
        for _ in range(2):
            with pytest.raises(ccflow.ProfileError):
                ccflow.source(make_profile(), scope='no"scope')


class TestNames:
    def test_are_resolved_once(self, tmp_path):
        """A name means the same for the life of the process, until reload."""
        path = write(tmp_path / "ccflow.toml", "first")
        first = ccflow.source("billing")
        write(path, "second")

        assert ccflow.source("billing") is first
        assert ccflow.source("billing", scope="c").plan.client_id == "first"
        ccflow.reload()
        second = ccflow.source("billing")
        assert second is not first
        assert second.plan.client_id == "second"
        assert first.plan.client_id == "first"

    def test_load_profile_always_reads(self, tmp_path):
        """load_profile says what the file says now."""
        path = write(tmp_path / "ccflow.toml", "first")
        ccflow.source("billing")
        write(path, "second")

        assert ccflow.load_profile("billing").client_id == "second"
        assert ccflow.source("billing").plan.client_id == "first"

    def test_missing_one_may_come(self, tmp_path):
        """A name that was not there is looked for again."""
        with pytest.raises(ccflow.ProfileError, match="billing"):
            ccflow.source("billing")
        write(tmp_path / "ccflow.toml")

        assert ccflow.source("billing").plan.client_id == "me"

    def test_in_the_file_that_is_named(self, tmp_path):
        """config names the only file to read, as text or as a path."""
        write(tmp_path / "ccflow.toml", "found")
        path = write(tmp_path / "sub" / "other.toml", "named")

        assert ccflow.source("billing").plan.client_id == "found"
        assert ccflow.source("billing", config=path).plan.client_id == "named"
        assert ccflow.source("billing", config=path) is ccflow.source(
            "billing", config=str(path)
        )

    def test_in_the_file_of_the_environment(self, tmp_path, monkeypatch):
        """CCFLOW_CONFIG names it too, and config wins over it."""
        write(tmp_path / "ccflow.toml", "found")
        path = write(tmp_path / "sub" / "other.toml", "named")
        third = write(tmp_path / "sub" / "third.toml", "third")
        assert ccflow.source("billing").plan.client_id == "found"
        monkeypatch.setenv("CCFLOW_CONFIG", str(path))

        assert ccflow.source("billing").plan.client_id == "named"
        assert ccflow.source("billing", config=third).plan.client_id == "third"
        monkeypatch.delenv("CCFLOW_CONFIG")
        assert ccflow.source("billing").plan.client_id == "found"

    def test_in_the_directory_of_now(self, tmp_path, monkeypatch):
        """After a change of directory a name means what it means there."""
        for name in ("here", "there"):
            write(tmp_path / name / "ccflow.toml", name)
        for name in ("here", "there", "here"):
            monkeypatch.chdir(tmp_path / name)
            assert ccflow.source("billing").plan.client_id == name

    @pytest.mark.parametrize(
        "named",
        ["config", "CCFLOW_CONFIG"],
    )
    def test_in_a_relative_file(self, named, tmp_path, monkeypatch):
        """So does a relative path."""
        for name in ("here", "there"):
            write(tmp_path / name / "own.toml", name)
        if named == "CCFLOW_CONFIG":
            monkeypatch.setenv("CCFLOW_CONFIG", "own.toml")
        config = "own.toml" if named == "config" else None
        for name in ("here", "there"):
            monkeypatch.chdir(tmp_path / name)
            source = ccflow.source("billing", config=config)
            assert source.plan.client_id == name

    def test_are_listed(self, tmp_path):
        """profiles lists the names that there are."""
        path = write(tmp_path / "ccflow.toml")

        assert ccflow.profiles() == ["billing"]
        assert ccflow.profiles(path) == ["billing"]


class TestModule:
    def test_names_are_there(self):
        """Each public name can be had, and no other one."""
        for name in ccflow.__all__:
            assert getattr(ccflow, name) is not None
        assert set(ccflow.__all__) <= set(dir(ccflow))
        with pytest.raises(AttributeError, match="tokens"):
            ccflow.tokens  # noqa: B018
