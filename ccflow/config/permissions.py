"""Who can write a file beside its owner."""

from __future__ import annotations

import os
import stat


def other_writers(status: os.stat_result) -> str:
    """
    Return who else can write a file, in the letters of ``chmod``; "" for nobody.

    Where a person makes files that the group can write (umask 002), that group is
    the person's alone, and its members are nobody else.
    """
    if os.name != "posix":
        return ""
    writers = ""
    if status.st_mode & stat.S_IWGRP:
        owners = {status.st_uid, os.geteuid()}
        if not any(_is_private(status.st_gid, owner) for owner in owners):
            writers += "g"
    if status.st_mode & stat.S_IWOTH:
        writers += "o"
    return writers


def _is_private(group: int, user: int) -> bool:
    """Say whether a user is the only member of a group, which bears the user's name."""
    import grp
    import pwd

    try:
        member, its_group = pwd.getpwuid(user), grp.getgrgid(group)
    except KeyError:
        # No such user here, as in a container: all that is left are the numbers.
        return group == user or (user == os.geteuid() and group == os.getegid())
    return (
        its_group.gr_gid == member.pw_gid
        and its_group.gr_name == member.pw_name
        and {member.pw_name}.issuperset(its_group.gr_mem)
    )
