"""An answer in XML: what it is called, and the error that it tells."""

from __future__ import annotations

import re
from typing import Final

from ccflow.protocol.answer import Answer
from ccflow.protocol.error_body import is_standard
from ccflow.protocol.provider import ErrorBody


_BEGINNING: Final = 4096
_PROLOG: Final = re.compile(r"<!--.*?-->|<[?!][^>]*>", re.DOTALL)
_ROOT: Final = re.compile(r"<([A-Za-z_][\w.:-]{0,60})")
_CODE: Final = re.compile(
    r"<(?:[\w.-]+:)?(?:error|code|error_?code)(?:\s[^<>]*)?>([^<]*)</", re.IGNORECASE
)
_DESCRIPTION: Final = re.compile(
    r"<(?:[\w.-]+:)?(?:error_?description|description|message)(?:\s[^<>]*)?>([^<]*)</",
    re.IGNORECASE,
)


def is_answered_in_xml(answer: Answer) -> bool:
    """Say whether it is a document, and not one that a proxy puts below a redirect."""
    status = answer.status_code
    return answer.shape == "xml" and not 300 <= status < 400 and status != 407


def read_root(document: str) -> str | None:
    """Return the name of the outermost element, or None."""
    found = _ROOT.search(_PROLOG.sub(" ", document[:_BEGINNING]))
    return found[1] if found else None


def read_xml_error(answer: Answer) -> ErrorBody | None:
    """Return the error in its elements, where the code is one of the standards."""
    if not is_answered_in_xml(answer):
        return None
    document = answer.text[:_BEGINNING]
    codes = map(str.strip, _CODE.findall(document))
    code = next(filter(is_standard, codes), None)
    if code is None:
        return None
    # Of a 2xx nothing is quoted.
    told = None if answer.is_success else _DESCRIPTION.search(document)
    return ErrorBody(code, told[1].strip() if told else None)
