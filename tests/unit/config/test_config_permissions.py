"""Who can write a file beside its owner, as far as numbers and names tell."""

from __future__ import annotations

import os
import stat
from types import SimpleNamespace

import pytest

from ccflow.config.permissions import other_writers


pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs file modes")

ME, ROOT, OTHER, STRANGER = 1000, 0, 2000, 4242
# name, number, own group
USERS = {ROOT: ("root", 0), ME: ("ann", 1000), OTHER: ("bob", 100)}
# name, members beside those whose own group it is
GROUPS = {
    0: ("root", []),
    1000: ("ann", []),
    100: ("users", []),
    3000: ("deploy", ["ann", "bob"]),
    3001: ("ann", []),  # not the group of hers
}


@pytest.fixture
def told(monkeypatch):
    """Ask about a file of some owner, group and mode; the process is `ME`."""

    def user(number):
        name, group = USERS[number]
        return SimpleNamespace(pw_name=name, pw_gid=group)

    def group(number):
        name, members = GROUPS[number]
        return SimpleNamespace(gr_name=name, gr_gid=number, gr_mem=members)

    def told(mode, owner=ME, its_group=1000):
        values = (stat.S_IFREG | mode, 1, 1, 1, owner, its_group, 0, 0, 0, 0)
        return other_writers(os.stat_result(values))

    monkeypatch.setattr(os, "geteuid", lambda: ME)
    monkeypatch.setattr(os, "getegid", lambda: 1000)
    monkeypatch.setattr("pwd.getpwuid", user)
    monkeypatch.setattr("grp.getgrgid", group)
    return told


class TestOtherWriters:
    @pytest.mark.parametrize(
        ("mode", "writers"),
        [(0o600, ""), (0o644, ""), (0o602, "o"), (0o620, "g"), (0o666, "go")],
    )
    def test_modes(self, told, mode, writers):
        """What a mode lets others do is said in the letters that take it back."""
        assert writers == told(mode, its_group=3000)

    @pytest.mark.parametrize(
        ("owner", "group"),
        [
            (ME, 1000),  # as umask 002 makes it
            (ROOT, 0),
            (ROOT, 1000),  # handed over by root
            (STRANGER, STRANGER),  # of a user that a container does not know
            (STRANGER, 1000),
        ],
    )
    def test_a_group_of_one(self, told, owner, group):
        """Where each user has a group alone, what the group can write is the user's."""
        assert "" == told(0o664, owner, group)

    @pytest.mark.parametrize(
        ("owner", "group"),
        [
            (ME, 3000),
            (ME, 100),
            (OTHER, 100),  # their own group, and everybody's
            (ME, 0),
            (ME, 3001),
            (ME, STRANGER),
            (STRANGER, 3000),
        ],
    )
    def test_a_group_of_several(self, told, owner, group):
        """A group that somebody else is in is others."""
        assert "g" == told(0o664, owner, group)

    def test_a_member_beside_the_owner(self, told, monkeypatch):
        """A group that bears the user's name may have got another member since."""
        monkeypatch.setitem(GROUPS, 1000, ("ann", ["ann", "bob"]))

        assert "g" == told(0o664)

    def test_a_process_that_nobody_knows(self, told, monkeypatch):
        """A container may run under a number without a name, in the group of root."""
        monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
        monkeypatch.setattr(os, "getegid", lambda: 0)

        assert "" == told(0o664, STRANGER, 0)
        assert "g" == told(0o664, STRANGER, 3000)
