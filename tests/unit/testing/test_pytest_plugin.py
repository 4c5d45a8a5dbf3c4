"""The fixtures that users have, in our own tests and in tests of theirs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from importlib.metadata import entry_points
from pathlib import Path

import httpx
import pytest

import ccflow
from ccflow.emulator import faults


ROOT = Path(ccflow.__file__).parents[1]


def service(address):
    """A service as anybody has one: it knows a name, and nothing of tests."""
    with ccflow.client("billing", base_url=address) as api:
        return api.get("/invoices").json()


class TestServer:
    def test_it_is_okta(self, ccflow_server):
        """Where nobody says which one."""
        assert "okta" == ccflow_server.provider

    @pytest.mark.ccflow("curity")
    def test_a_marker_names_another(self, ccflow_server):
        """The marker's first word is what is emulated."""
        assert "curity" == ccflow_server.provider

    @pytest.mark.parametrize("ccflow_server", ["curity", "okta"], indirect=True)
    def test_a_parameter_names_several(self, request, ccflow_server, ccflow_profile):
        """One test for all kinds of servers."""
        named = request.node.callspec.params["ccflow_server"]
        assert named == ccflow_server.provider == ccflow_profile
        assert ccflow.token(ccflow_profile)
        ccflow_server.journal.assert_token_requests(1)

    def test_it_misbehaves(self, ccflow_server, ccflow_profile):
        """It is a server like those of `emulate`."""
        ccflow_server.next(faults.Html())

        with pytest.raises(ccflow.TokenResponseError):
            ccflow.token(ccflow_profile)

    def test_each_test_has_its_own(self, ccflow_server, ccflow_profile):
        """No token of a test before this is there, though the name is the same."""
        assert ccflow.token(ccflow_profile)
        ccflow_server.journal.assert_token_requests(1)


class TestProfile:
    @pytest.mark.ccflow("okta", profile="billing")
    def test_a_service_is_tested_with_one_line(self, ccflow_server, ccflow_profile):
        """The profile has the name that the service knows."""
        answer = service(ccflow_server.api)

        assert "/api/invoices" == answer["path"]
        assert "billing" == ccflow_profile

    @pytest.mark.ccflow("okta", profile="billing", sample="okta-private-key-jwt")
    def test_it_is_like_one_of_the_emulators(self, ccflow_server, ccflow_profile):
        """The method of another sample, under the name of the service."""
        assert ccflow.token("billing")
        (request,) = ccflow_server.journal.entries("token")
        assert "client_assertion" in request.form

    @pytest.mark.ccflow(sample="okta-org")
    def test_a_sample_by_its_own_name(self, ccflow_profile):
        """It need not be renamed."""
        assert "okta-org" == ccflow_profile
        assert ccflow.token(ccflow_profile)

    @pytest.mark.parametrize(
        "how",
        [
            pytest.param(it, marks=pytest.mark.ccflow(profile="billing-eu", scope=it))
            for it in ("orders.read orders.write", ("orders.read", "orders.write"))
        ],
    )
    def test_scopes_of_the_service(self, ccflow_profile, how):
        """They are registered at the server, and asked for."""
        token = ccflow.token(ccflow_profile)

        assert ("orders.read", "orders.write") == token.scope

    @pytest.mark.ccflow(scope=["orders.read"])
    def test_other_scopes_are_refused(self, ccflow_profile):
        """What is not registered is what a typing mistake is."""
        with pytest.raises(ccflow.TokenRefusedError, match="invalid_scope"):
            ccflow.token(ccflow_profile, scope="order.read")

    @pytest.fixture
    def of_this_machine(self, monkeypatch):
        """What a developer's environment may say of the same profile."""
        monkeypatch.setenv("CCFLOW_BILLING_EU__CLIENT_ID", "of the real one")
        monkeypatch.setenv("CCFLOW_BILLING__CLIENT_ID", "another profile's")
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "intra.example")

    @pytest.mark.ccflow(profile="billing-eu")
    def test_the_environment(self, of_this_machine, ccflow_server, ccflow_profile):
        """The profile is that of the test, and clients reach and trust the server."""
        assert ccflow.token(ccflow_profile)
        assert "another profile's" == os.environ["CCFLOW_BILLING__CLIENT_ID"]
        assert {"localhost", "intra.example"} == {*os.environ["NO_PROXY"].split(",")}
        with httpx.Client() as client:
            assert 401 == client.get(f"{ccflow_server.api}/x").status_code
        with pytest.raises(urllib.request.HTTPError, match="401"):
            urllib.request.urlopen(f"{ccflow_server.api}/x")


PAGE = """
import os
import sys

import pytest


def test_nothing_is_imported():
    assert not {"httpx", "cryptography", "attrs", "ccflow.emulator"} & {*sys.modules}


BEFORE = dict(os.environ)


@pytest.mark.ccflow("curity", profile="billing", scope="orders.read")
def test_profile(ccflow_profile):
    assert {"CCFLOW_CONFIG", "CCFLOW_BILLING__SCOPE"} <= {*os.environ} - {*BEFORE}


def test_afterwards():
    own = {"PYTEST_CURRENT_TEST": None}
    assert BEFORE | own == os.environ | own


@pytest.mark.ccflow("okta", profil="billing")
def test_option(ccflow_server): ...


@pytest.mark.ccflow("okta", "billing")
def test_two_words(ccflow_server): ...


@pytest.mark.ccflow("okta", provider="okta")
def test_twice(ccflow_server): ...


@pytest.mark.ccflow("okt")
def test_name(ccflow_server): ...


@pytest.mark.ccflow("curity", sample="curity-basics")
def test_sample(ccflow_server): ...


@pytest.mark.ccflow("curity")
def test_count(ccflow_server):
    ccflow_server.journal.assert_token_requests(1)


@pytest.fixture
def without_trustme(monkeypatch):
    monkeypatch.setitem(sys.modules, "trustme", None)


def test_without_trustme(without_trustme, ccflow_server): ...
"""


def run_pytest(directory, page, *options, **environment):
    """Run pytest as somebody else would, in a directory with nothing of ours."""
    (directory / "test_page.py").write_text(page)
    clean = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTEST", "CCFLOW"))
    }
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("--strict-markers", "-W", "error", "--tb=short", "-rA"),
            *("-c", os.devnull, "--rootdir", str(directory), *options, "test_page.py"),
        ],
        cwd=directory,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What pytest says of a page full of mistakes."""
    directory = tmp_path_factory.mktemp("elsewhere")
    # No other plugin, which may import anything; ours as its entry point has it.
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = run_pytest(directory, PAGE, "-p", "ccflow", **alone)
    return done.stdout + done.stderr


class TestElsewhere:
    def test_loading_it_imports_nothing(self, told):
        """Who has ccflow installed and does not use it pays for nothing."""
        assert "PASSED test_page.py::test_nothing_is_imported" in told

    def test_the_environment_is_put_back(self, told):
        """What a test needed is gone after it."""
        assert "PASSED test_page.py::test_profile" in told
        assert "PASSED test_page.py::test_afterwards" in told

    @pytest.mark.parametrize(
        "message",
        [
            "@pytest.mark.ccflow has no 'profil'; did you mean 'profile'?",
            "@pytest.mark.ccflow takes one name, of what to emulate",
            "@pytest.mark.ccflow names what to emulate twice",
            "there is no emulator 'okt'; did you mean 'okta'?",
            "has a profile 'curity-basics'; did you mean 'curity-basic'?",
            'run: pip install "ccflow-oauth[demo]"',
            "expected exactly 1 token request, not 0",
        ],
    )
    def test_a_mistake_is_told_once(self, told, message):
        """In a line, and not at the end of a traceback."""
        body = told.partition("short test summary")[0]

        assert 1 == body.count(message)
        assert "pytest_plugin.py" not in body
        assert "journal.py" not in body

    def test_it_can_be_left_out(self, tmp_path):
        """As any plugin, by the name of its entry point."""
        page = "def test_one(ccflow_server): ..."
        # So are all others, because some take seconds to load.
        left_out = (f"-pno:{point.name}" for point in entry_points(group="pytest11"))
        done = run_pytest(tmp_path, page, *left_out)

        assert "fixture 'ccflow_server' not found" in done.stdout

    def test_it_costs_little(self):
        """Beside pytest itself it loads what ccflow's own root needs, and no more."""
        program = (
            "import json, sys, pytest; before = {*sys.modules};"
            "import ccflow.testing.pytest_plugin;"
            "print(json.dumps(sorted({*sys.modules} - before)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )

        assert {
            "ccflow",
            "ccflow._version",
            "ccflow.testing",
            "ccflow.testing.pytest_plugin",
        } == {*json.loads(done.stdout)}
