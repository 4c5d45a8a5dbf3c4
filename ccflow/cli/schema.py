"""The JSON Schemas that an editor reads beside a file; they come with the package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final


FOLDER: Final = Path(__file__).parent / "schemas"

SCHEMAS: Final[Mapping[str, str]] = {
    "profile": "ccflow.schema.json",
    "provider": "provider.schema.json",
}
"""The files, by what they are of: a file with profiles, or a provider alone."""


def read_schema(kind: str) -> str:
    """Return the text of a schema."""
    return (FOLDER / SCHEMAS[kind]).read_text(encoding="utf-8")
