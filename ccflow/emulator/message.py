"""What goes over the wire, as values: requests, responses, refusals."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping
from typing import Any
from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class Request:
    """
    One request, as it arrived.

    Args:
        method: In upper case.

        path: Without the query, not decoded.

        query: What follows the question mark, not decoded.

        headers: Names in lower case; repeated ones are joined by commas.

        body: The content, transfer encodings removed.
    """

    method: str
    path: str
    query: str = attrs.field(default="", repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)

    @property
    def form(self) -> dict[str, str]:
        """The form parameters; of repeated ones the last. Empty ones count as sent."""
        return dict(_read_form(self.body.decode(errors="replace")))

    @property
    def query_form(self) -> dict[str, str]:
        """The query parameters."""
        return dict(_read_form(self.query))

    @property
    def repeated(self) -> frozenset[str]:
        """The names of form parameters that came more than once."""
        names = [name for name, _ in _read_form(self.body.decode(errors="replace"))]
        return frozenset(name for name in names if names.count(name) > 1)

    @property
    def media_type(self) -> str:
        """The type of the content, without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def _read_form(text: str) -> list[tuple[str, str]]:
    return urllib.parse.parse_qsl(text, keep_blank_values=True)


@attrs.frozen(kw_only=True)
class Delivery:
    """
    How an answer goes over the wire; whole and at once, unless a fault says else.

    Args:
        most: How many bytes of head and body are sent; None for all.

        pause: Seconds between two bytes; 0 sends them together.

        end: What becomes of the connection then: it serves on (``keep``), is held
            open in silence until the client gives up (``hang``), or is broken off
            (``reset``).

    .. versionadded:: 0.1.0
    """

    most: int | None = None
    pause: float = 0.0
    end: Literal["keep", "hang", "reset"] = "keep"


@attrs.frozen(kw_only=True)
class Response:
    """What a dialect answers; ``Date`` and ``Content-Length`` are added later."""

    status: int
    body: bytes = attrs.field(default=b"", repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    delivery: Delivery = Delivery()

    @classmethod
    def json(
        cls, status: int, value: object, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Answer JSON that no cache may keep (RFC 6749 section 5.1)."""
        return cls(
            status=status,
            body=json.dumps(value).encode(),
            headers={
                "Content-Type": "application/json",
                "Cache-Control": "no-store",
                "Pragma": "no-cache",
                **(headers or {}),
            },
        )

    @classmethod
    def html(cls, status: int, text: str) -> Response:
        """Answer a page for people."""
        return cls(
            status=status,
            body=text.encode(),
            headers={"Content-Type": "text/html;charset=utf-8"},
        )

    def with_headers(self, headers: Mapping[str, str]) -> Response:
        """Return the same answer with more headers."""
        return attrs.evolve(self, headers={**self.headers, **headers})

    @property
    def members(self) -> dict[str, Any]:
        """The members of the JSON object that is the body; none if it is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def with_members(self, members: Mapping[str, object]) -> Response:
        """Return the same JSON object with other members."""
        body = json.dumps({**self.members, **members}).encode()
        return attrs.evolve(self, body=body)


class Refusal(Exception):  # noqa: N818 - an answer, not a mistake of the emulator
    """Raised by a dialect to answer at once, from however deep it is."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"answered {response.status}")
        self.response = response
