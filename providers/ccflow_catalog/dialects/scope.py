"""What is granted of what is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ccflow_catalog.dialects.description import Scopes


def granted_scope(
    rules: Scopes, asked: str, registered: Iterable[str]
) -> tuple[str, ...] | str:
    """
    Return what is granted, or the mistake that it is to ask so.

    Args:
        rules: The server's.

        asked: The parameter, as it came.

        registered: Scopes of a test, besides those of the server.
    """
    # A comma may stand in a scope; where it separates, a space may not.
    named = asked.split(None if rules.separator == " " else rules.separator)
    scopes = tuple(dict.fromkeys(named)) or rules.default
    if rules.needed and not named:
        return "scope_missing"
    if not {*rules.required} <= {*scopes}:
        return "scope_missing"
    if {*rules.forbidden} & {*scopes}:
        return "scope_forbidden"
    if rules.most is not None and len(scopes) > rules.most:
        return "scope"
    if any(not re.fullmatch(rules.pattern or ".*", scope) for scope in scopes):
        return "scope"
    known = rules.known
    if known is not None and not {*scopes} <= {*known, *rules.default, *registered}:
        return "scope"
    return tuple(dict.fromkeys((*scopes, *rules.always)))
