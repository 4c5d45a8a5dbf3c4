"""Which files are read, and which of them is trusted with what."""

from __future__ import annotations

import os
import traceback

import pytest

from ccflow.config import permissions
from ccflow.config.files import user_file
from ccflow.config.load import list_profiles
from ccflow.config.load import load_profile
from ccflow.errors import ProfileError
from tests.unit.config.conftest import GOOD


def named(name, client="a-client"):
    return GOOD.replace("billing", name).replace("a-client", client)


class TestSearch:
    def test_here_and_the_users_directory(self, workspace):
        """Without a named file, both places are searched."""
        workspace.write(named("here"))
        workspace.write_user(named("there"))

        assert ["here", "there"] == list_profiles()
        assert "here" == load_profile("here").name
        assert "there" == load_profile("there").name

    def test_no_parent_directory(self, workspace, monkeypatch):
        """A file further up is not found by accident."""
        workspace.write(GOOD)
        (workspace.here / "below").mkdir()
        monkeypatch.chdir(workspace.here / "below")

        assert [] == list_profiles()

    @pytest.mark.parametrize("way", ["argument", "path", "variable"])
    def test_a_named_file_is_the_only_one(self, workspace, monkeypatch, way):
        """A file that is named hides the ones that would be found."""
        workspace.write(named("here"))
        workspace.write_user(named("there"))
        file = workspace.write(named("named"), "conf/own.toml")
        if way == "variable":
            monkeypatch.setenv("CCFLOW_CONFIG", str(file))
        config = {"argument": str(file), "path": file, "variable": None}[way]

        assert ["named"] == list_profiles(config)
        assert "named" == load_profile("named", config).name
        assert "there is no profile 'here'" in workspace.told("here", config)

    def test_the_argument_wins_over_the_variable(self, workspace, monkeypatch):
        """``config=`` is the last word."""
        file = workspace.write(named("argument"), "a.toml")
        monkeypatch.setenv(
            "CCFLOW_CONFIG", str(workspace.write(named("other"), "b.toml"))
        )

        assert ["argument"] == list_profiles(file)

    def test_an_empty_variable_names_nothing(self, workspace, monkeypatch):
        """``CCFLOW_CONFIG=`` is as if it were not set."""
        workspace.write(named("here"))
        monkeypatch.setenv("CCFLOW_CONFIG", "")

        assert ["here"] == list_profiles()

    def test_a_named_file_that_is_not_there(self, workspace):
        """A slip in the path is told, and nothing else is read instead."""
        workspace.write(GOOD)

        (problem,) = workspace.problems(config="nowhere.toml")

        assert str(workspace.here / "nowhere.toml") == problem.file
        assert "does not exist" == problem.message

    def test_the_home_directory_can_be_written_short(self, workspace, monkeypatch):
        """``~`` in a named path is the user's home."""
        monkeypatch.setenv("HOME", str(workspace.here))
        workspace.write(named("home"), "own.toml")

        assert ["home"] == list_profiles("~/own.toml")

    def test_a_directory_that_may_not_be_looked_into(self, workspace, monkeypatch):
        """A home directory of somebody else, as in containers, is no traceback."""
        from pathlib import Path

        workspace.write(named("here"))
        real = Path.is_file

        def is_file(self):
            if self == user_file():
                raise PermissionError(13, "Permission denied")
            return real(self)

        monkeypatch.setattr(Path, "is_file", is_file)

        assert ["here"] == list_profiles()

    def test_no_file_at_all(self, workspace):
        """A newcomer without a file learns where to write one."""
        told = workspace.told()

        assert "no file with profiles was found" in told
        assert "write one to ccflow.toml" in told

    def test_a_name_that_is_not_there(self, workspace):
        """A slip in the name is answered by the nearest one and the files."""
        file = workspace.write(GOOD)
        (problem,) = workspace.problems("biling")

        assert (str(file), "profiles.biling") == (problem.file, problem.key)
        assert "did you mean 'billing'?" == problem.hint
        assert str(problem) == workspace.told("biling")

    def test_a_name_that_is_in_neither_file(self, workspace):
        """Where two files were read, both are named."""
        one, two = workspace.write(named("one")), workspace.write_user(named("two"))
        (problem,) = workspace.problems("three")

        assert f"there is no profile 'three' in {one} and {two}" == problem.message

    def test_a_name_that_is_like_none(self, workspace):
        """Without a near name, all of them are told."""
        workspace.write(named("one") + named("two"))

        assert "there are one, two" in workspace.told("zzz")


class TestNames:
    def test_a_name_in_both_files(self, workspace):
        """The same name in two files is an error that names both."""
        one, two = workspace.write(GOOD), workspace.write_user(GOOD)
        told = workspace.told()

        assert str(one) in told
        assert str(two) in told
        with pytest.raises(ProfileError):
            list_profiles()

    @pytest.mark.parametrize("same_file", [True, False])
    def test_names_that_differ_in_a_dash(self, workspace, same_file):
        """Two names that share their variables cannot stand together."""
        one, two = named("billing-eu"), named("billing_eu")
        if same_file:
            workspace.write(one + two)
        else:
            workspace.write(one)
            workspace.write_user(two)
        told = workspace.told("billing-eu")

        assert "almost the name 'billing-eu'" in told
        assert "profiles.billing_eu" in told

    @pytest.mark.parametrize(
        "name", ["Billing", "-a", "a-", "a--b", "a__b", "a-_b", "ä", "a b", ""]
    )
    def test_what_is_no_name(self, workspace, name):
        """A name that no variable could speak of is told."""
        workspace.write(GOOD + f'[profiles."{name}"]\n')

        assert "is not a name for a profile" in workspace.told()

    @pytest.mark.parametrize("name", ["a", "0", "billing-eu", "billing_eu2", "a-b_c"])
    def test_what_is_a_name(self, workspace, name):
        """Small letters, digits, and single dashes or underscores between them."""
        workspace.write(named(name))

        assert [name] == list_profiles()

    def test_the_twin_of_a_name_is_not_made_of_variables(self, workspace, monkeypatch):
        """A variable for ``billing-eu`` does not make up a ``billing_eu``."""
        workspace.write(named("billing-eu"))
        monkeypatch.setenv("CCFLOW_BILLING_EU__CLIENT_ID", "x")

        assert "did you mean 'billing-eu'?" in workspace.told("billing_eu")

    def test_capitals_are_not_made_of_variables(self, workspace, monkeypatch):
        """A name that is none stays unknown, whatever variables there are."""
        monkeypatch.setenv("CCFLOW_BILLING__CLIENT_ID", "x")

        assert "there is no profile 'Billing'" in workspace.told("Billing")


class TestSections:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("[profile.billing]", "profile: unknown key; did you mean 'profiles'?"),
            ("[zzz]", "zzz: unknown key; a profile is [profiles.NAME]"),
            ("profiles = 3", "profiles: expected a table, got a whole number"),
            ("defaults = []", "defaults: expected a table, got an array"),
            ("providers = 3", "providers: expected a table, got a whole number"),
            ("[profiles]\nbilling = 3", "profiles.billing: expected a table, got"),
        ],
    )
    def test_what_is_no_section(self, workspace, text, told):
        """A misspelt or wrong section is told with the file."""
        file = workspace.write(text)

        assert f"{file}: {told}" in workspace.told()

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"[profiles", "is not TOML: Expected"),
            (b"a = \xff", "is not TOML: it is not UTF-8"),
            (b"a = " + b"[" * 5000, "is not TOML"),
        ],
    )
    def test_what_is_no_toml(self, workspace, content, told):
        """A file that cannot be parsed is told with its path."""
        file = workspace.here / "ccflow.toml"
        file.write_bytes(content)

        assert f"{file}: {told}" in workspace.told()

    def test_a_byte_order_mark(self, workspace):
        """A file that an editor began with a mark is read."""
        file = workspace.write(GOOD)
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())

        assert "billing" == load_profile("billing").name

    def test_a_directory_of_that_name(self, workspace):
        """A directory called ``ccflow.toml`` is told, not skipped."""
        place = workspace.here / "ccflow.toml"
        place.mkdir()
        with pytest.raises(ProfileError) as caught:
            list_profiles()

        assert f"{place}: is no file; rename it" == str(caught.value)
        assert str(caught.value) in workspace.told()


class TestNothingIsHidden:
    """What is wrong with a file hides nothing of the profile that was asked for."""

    BAD = """
        [profile.other]
        [cache]
        stor = "file"
        [profiles.Bad]
        [profiles.a-b]
        [profiles.a_b]
        [profiles.billing]
        scop = 1
    """

    def test_the_file_and_the_profile(self, workspace):
        """Sections, names and keys are told together, each with the file."""
        file = workspace.write(self.BAD)
        problems = workspace.problems()

        assert {str(file)} == {problem.file for problem in problems}
        assert {
            "profile",
            "cache.stor",
            "profiles.Bad",
            "profiles.a_b",
            "profiles.billing.scop",
            "profiles.billing.client_id",
            "profiles.billing.client_secret",
            "profiles.billing.token_endpoint",
        } == {problem.key for problem in problems}

    def test_a_file_that_nobody_can_read(self, workspace):
        """A broken file of the user does not hide what is wrong with the one here."""
        here = workspace.write(GOOD + "    scop = 1")
        there = workspace.write_user("[profiles")
        (broken, unknown) = workspace.problems()

        assert (str(there), None) == (broken.file, broken.key)
        assert (str(here), "profiles.billing.scop") == (unknown.file, unknown.key)

    def test_a_profile_that_may_be_in_a_broken_file(self, workspace):
        """A profile is not called unknown while a file is not known."""
        workspace.write(GOOD)
        workspace.write_user("[profiles")
        (problem,) = workspace.problems("other")

        assert "is not TOML" in problem.message

    def test_an_unknown_name_beside_a_bad_file(self, workspace):
        """A slip in the name is told along with what is wrong with the file."""
        workspace.write(GOOD + "[zzz]")

        assert ["zzz", "profiles.biling"] == [
            problem.key for problem in workspace.problems("biling")
        ]

    def test_listing_tells_all_of_it(self, workspace):
        """Who lists the profiles learns of everything that is wrong with the files."""
        workspace.write(self.BAD)
        workspace.write_user("[profiles")
        with pytest.raises(ProfileError) as caught:
            list_profiles()

        assert 4 == len(caught.value.problems)
        assert str(caught.value).startswith("the profiles cannot be listed:\n")


class TestTrust:
    def test_a_file_that_others_can_write(self, workspace):
        """A file that anybody could have changed is not used by accident."""
        file = workspace.write(GOOD)
        file.chmod(0o646)
        told = workspace.told()

        assert "others can write it" in told
        assert f"export CCFLOW_CONFIG={file}" in told

    def test_a_file_of_somebody_else(self, workspace, monkeypatch):
        """A file that another user put there is not used by accident."""
        file = workspace.write(GOOD)
        if os.getuid() == 0:
            os.chown(file, 4242, 4242)
        else:
            monkeypatch.setattr(os, "getuid", lambda: file.stat().st_uid + 1)
        told = workspace.told()

        assert "it belongs to another user" in told
        assert f"export CCFLOW_CONFIG={file}" in told

    def test_a_group_that_is_not_ours(self, workspace, monkeypatch):
        """A file that a foreign group can write is not used either."""
        workspace.write(GOOD).chmod(0o664)
        monkeypatch.setattr(permissions, "_is_private", lambda group, user: True)
        assert "billing" == load_profile("billing").name

        monkeypatch.setattr(permissions, "_is_private", lambda group, user: False)
        assert "others can write it" in workspace.told()

    @pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
    @pytest.mark.parametrize("mine", ["ccflow.toml", "between"])
    def test_a_link_of_somebody_else(self, workspace, mine):
        """A link that another user may turn elsewhere is not followed by accident."""
        workspace.write(GOOD, "own.toml")
        (workspace.here / "between").symlink_to("own.toml")
        (workspace.here / "ccflow.toml").symlink_to("between")
        assert "billing" == load_profile("billing").name

        os.lchown(workspace.here / mine, 4242, 4242)
        assert "it is a link that belongs to another user" in workspace.told()

    def test_what_is_looked_at_is_what_is_read(self, workspace, monkeypatch):
        """A file that is put in the place of a good one is not the one that is read."""
        good, bad = workspace.write(GOOD), workspace.write("[profiles]", "bad.toml")
        real = os.fstat

        def swapped(descriptor):
            if bad.exists():
                bad.replace(good)
            return real(descriptor)

        monkeypatch.setattr(os, "fstat", swapped)

        assert "billing" == load_profile("billing").name
        assert "[profiles]" == good.read_text()

    def test_a_named_file_is_trusted(self, workspace, monkeypatch):
        """The line that the error gives works as it stands."""
        file = workspace.write(GOOD)
        file.chmod(0o646)
        monkeypatch.setenv("CCFLOW_CONFIG", str(file))

        assert "billing" == load_profile("billing").name


class TestReferencesOfFoundFiles:
    @pytest.mark.parametrize(
        "reference",
        [
            '{ env = "S" }',
            '{ file = "secret" }',
            '{ file = "below/secret" }',
            '{ file = "below/../secret" }',
            '"literal"',
        ],
    )
    def test_what_it_may_use(self, workspace, reference):
        """A file that was only found reads variables and its own directory."""
        workspace.write(GOOD.replace('{ env = "BILLING_SECRET" }', reference))

        assert load_profile("billing").client_secret is not None

    @pytest.mark.parametrize(
        ("reference", "what"),
        [
            ('{ command = ["op", "read", "x"] }', "a command reference"),
            ('{ file = "../secret" }', "a file outside its own directory"),
            ('{ file = "/etc/hostname" }', "a file outside its own directory"),
            ('{ file = "~/secret" }', "a file outside its own directory"),
            ('{ file = "link/secret" }', "a file outside its own directory"),
            ('{ file = "linked" }', "a file outside its own directory"),
        ],
    )
    def test_what_needs_the_file_to_be_named(
        self, workspace, monkeypatch, reference, what
    ):
        """Everything else is refused with the line to type, which then works."""
        outside = workspace.here.parent / "outside"
        outside.mkdir()
        (workspace.here / "link").symlink_to(outside)
        (workspace.here / "linked").symlink_to(outside / "secret")
        file = workspace.write(GOOD.replace('{ env = "BILLING_SECRET" }', reference))
        (problem,) = workspace.problems()

        assert (str(file), "profiles.billing.client_secret") == (
            problem.file,
            problem.key,
        )
        assert f"may not use {what}; to trust it: export CCFLOW_CONFIG={file}" in (
            problem.message
        )

        monkeypatch.setenv("CCFLOW_CONFIG", str(file))
        assert load_profile("billing").client_secret is not None

    def test_the_users_own_file_may(self, workspace):
        """The file in the user's own directory is no found file."""
        workspace.write_user(
            GOOD.replace('{ env = "BILLING_SECRET" }', '{ command = ["pass"] }')
        )

        assert "command" == load_profile("billing").client_secret.reader

    def test_what_it_inherits_is_its_own(self, workspace):
        """A command in ``[defaults]`` of a found file is refused at its place."""
        workspace.write('[defaults]\nclient_secret = { command = ["pass"] }' + GOOD)
        assert "env" == load_profile("billing").client_secret.reader

        text = GOOD.replace('client_secret = { env = "BILLING_SECRET" }', "")
        workspace.write('[defaults]\nclient_secret = { command = ["pass"] }' + text)
        assert ["defaults.client_secret"] == [it.key for it in workspace.problems()]


class TestNothingLeaks:
    @pytest.mark.parametrize(
        "text",
        [
            'client_secret = "{0}"\nscop = 1',
            'client_secret = ["{0}", "{0}"]',
            'private_key = "{0}"\ntimeout = "x"',
            'proxy = "{0}"\nclient_id = 3',
            'headers = {{ X-Key = "{0}" }}\nclient_id = 3',
            'extra_parameters = {{ x = "{0}" }}\nclient_id = 3',
            'cache = {{ encryption_key = "{0}", zzz = 1 }}',
            'client_assertion = "{0}"\nclient_secret = 1',
            'private_key_password = "{0}"',
        ],
    )
    @pytest.mark.parametrize("place", ["profiles.billing", "defaults"])
    def test_a_traceback_with_locals_shows_no_literal(self, workspace, text, place):
        """A service that logs the locals of every frame logs no secret."""
        secret = "l1teral-s3cret"
        text = text.format(secret)
        base = '[profiles.billing]\ntoken_endpoint = "http://x.example/"\n'
        workspace.write(
            f"{base}{text}\n" if place != "defaults" else f"[defaults]\n{text}\n{base}"
        )
        with pytest.raises(ProfileError) as caught:
            load_profile("billing")
        shown = "".join(
            traceback.TracebackException.from_exception(
                caught.value, capture_locals=True
            ).format()
        )
        # The frames from the load on; this test knows the secret itself.
        frames = shown[shown.index("load_profile") :]

        assert secret not in frames.partition("in load_profile")[2]
        assert secret not in repr(caught.value.problems)
