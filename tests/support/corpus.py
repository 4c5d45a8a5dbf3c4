"""Loads the shapes of tests/corpus; its README says what stands where."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from typing import Final

import attrs

from ccflow.protocol.answer import Answer
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import Provider
from tests.unit.protocol.wire import a_plan
from tests.unit.protocol.wire import an_answer


FOLDER: Final = Path(__file__).resolve().parent.parent / "corpus"
_COMMON: Final = {"name", "source", "status", "headers", "quirks"}
_KEYS: Final = {
    *_COMMON,
    *{"body", "hex", "times", "scope", "require_scope", "token", "error"},
}


@attrs.frozen(kw_only=True)
class Shape:
    """An answer of somebody, and what it means."""

    file: str
    vendor: str
    provider: str
    name: str
    source: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    quirks: Mapping[str, Any]
    scope: str | None
    require_scope: bool | None
    token: Mapping[str, Any] | None
    error: Mapping[str, Any] | None

    @property
    def id(self) -> str:
        """Its name, for a person who reads a failure."""
        return f"{self.file}: {self.name}"

    def answer(self) -> Answer:
        """Return the answer."""
        return an_answer(self.status, self.body, self.headers)

    def changes(self) -> dict[str, Any]:
        """Return what the profile says beside its usual keys."""
        asked = {"scope": self.scope, "require_scope": self.require_scope}
        given = {key: value for key, value in asked.items() if value is not None}
        return {**given, "quirks": dict(self.quirks)}

    def plan(self) -> tuple[Provider, Plan]:
        """Return the plan of a profile that knows the quirks, whatever its method."""
        provider, plan = a_plan(self.provider, **self.changes())
        return provider, attrs.evolve(plan, auth_method="")


def _read(file: str, head: Mapping[str, Any], entry: Mapping[str, Any]) -> Shape:
    unknown = entry.keys() - _KEYS
    assert not unknown, f"{file}: {sorted(unknown)}"
    body = bytes.fromhex(entry["hex"]) if "hex" in entry else entry["body"].encode()
    return Shape(
        file=file,
        vendor=head["vendor"],
        provider=head["provider"],
        name=entry["name"],
        source=entry["source"],
        status=entry["status"],
        headers=entry.get("headers", {}),
        body=body * entry.get("times", 1),
        quirks={**head.get("quirks", {}), **entry.get("quirks", {})},
        scope=entry.get("scope"),
        require_scope=entry.get("require_scope"),
        token=entry.get("token"),
        error=entry.get("error"),
    )


@cache
def all_shapes() -> tuple[Shape, ...]:
    """Return all of them, in the order of the files' names."""
    shapes = []
    for path in sorted(FOLDER.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        shapes += [_read(path.stem, table, entry) for entry in table["shape"]]
    return tuple(shapes)
