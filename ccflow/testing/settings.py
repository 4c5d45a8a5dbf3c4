"""Settings of a provider to draw: such as fit, and such as try to get out of place."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from ccflow.protocol.provider import Provider
from ccflow.protocol.template import HOST
from ccflow.protocol.template import NAME
from ccflow.protocol.template import PATH
from ccflow.protocol.template import Setting
from ccflow.protocol.template import setting_problem
from ccflow.testing.values import often


hosts: st.SearchStrategy[str] = st.one_of(
    st.from_regex(r"[a-z][a-z0-9]{0,7}(-[a-z0-9]{1,4})?\.example", fullmatch=True),
    st.from_regex(
        r"[A-Za-z0-9]{1,4}\.[a-z]{1,3}\.test:[1-9][0-9]{0,3}", fullmatch=True
    ),
    st.sampled_from(["localhost", "127.0.0.1:8443", "[::1]:8443", "a_b.example"]),
)
"""Host names and addresses, some with a port."""

names: st.SearchStrategy[str] = st.from_regex(
    r"[A-Za-z0-9][A-Za-z0-9._~-]{0,9}", fullmatch=True
)
"""Segments of a path."""

paths: st.SearchStrategy[str] = st.lists(names, min_size=1, max_size=3).map("/".join)

_KNOWN: Final = {HOST: hosts, NAME: names, PATH: paths}

hostile_values: st.SearchStrategy[str] = st.one_of(
    st.from_regex(HOST, fullmatch=True).filter(lambda value: len(value) < 60),
    st.from_regex(NAME, fullmatch=True),
    st.from_regex(PATH, fullmatch=True),
    st.text(max_size=12),
    st.sampled_from(
        [
            "evil.example/x",
            "evil.example#",
            "evil.example?a=b",
            "a@evil.example",
            "a:b@evil.example",
            "evil.example\\",
            "..",
            "a/../b",
            "%2e%2e",
            "a&b=c",
            "x:99999",
            "[::1]",
            "org",
        ]
    ),
    st.lists(st.sampled_from([*"ab.:/?#@%\\&=[]", "..", "//"]), max_size=8).map(
        "".join
    ),
)
"""What may fit a setting, and would rather reach another host, path or query."""


def fitting_values(setting: Setting) -> st.SearchStrategy[str]:
    """Draw what a setting takes."""
    if setting.choices:
        drawn: st.SearchStrategy[str] = st.sampled_from(sorted(setting.choices))
    elif setting.pattern in _KNOWN:
        drawn = _KNOWN[setting.pattern]
    else:
        visible = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
        drawn = st.from_regex(setting.pattern, fullmatch=True, alphabet=visible)
    return drawn.filter(lambda value: setting_problem(setting, value) is None)


def fitting_settings(provider: Provider) -> st.SearchStrategy[dict[str, str]]:
    """Draw the settings of a profile; one with a default may be missing."""
    given = {name: fitting_values(it) for name, it in provider.settings.items()}
    optional = {name for name, it in provider.settings.items() if it.default}
    return st.fixed_dictionaries(
        {name: values for name, values in given.items() if name not in optional},
        optional={name: values for name, values in given.items() if name in optional},
    )


def any_settings(provider: Provider) -> st.SearchStrategy[dict[str, str]]:
    """Draw settings that mostly fit."""
    return st.fixed_dictionaries(
        {
            name: often(fitting_values(setting), hostile_values)
            for name, setting in provider.settings.items()
        }
    )
