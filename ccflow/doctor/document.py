"""A document of a server about itself, against what the profile makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs

from ccflow.doctor.check import Patient
from ccflow.doctor.finding import Finding
from ccflow.engine.exchange import Exchange
from ccflow.engine.exchange import make_signer
from ccflow.protocol.member import find_member
from ccflow.protocol.plan import Plan
from ccflow.protocol.scrub import Scrubber


STEP: Final = "metadata"

_SET_IT: Final = "if requests are refused, set {} to what the server says"


@attrs.frozen
class Document:
    """
    What a server says of itself.

    Args:
        url: Where it says so.

        members: What it says.

        scrubber: Takes out what was secret in the question.
    """

    url: str
    members: Mapping[str, Any]
    scrubber: Scrubber

    def text(self, name: str) -> str | None:
        """Return a member, or None where there is no text."""
        found = find_member(self.members, name)
        return found if isinstance(found, str) else None

    def texts(self, name: str) -> list[str] | None:
        """Return the texts of a list, or None where there is no list."""
        found = self.members.get(name)
        if not isinstance(found, list):
            return None
        return [it for it in found if isinstance(it, str)]


def compare(patient: Patient, plan: Plan, document: Document) -> Iterator[Finding]:
    """Tell where the two differ, and at the end where they agree."""
    agreed = []
    for name, finding in _differences(patient, plan, document):
        if finding is None:
            agreed.append(name)
        else:
            yield finding
    text = f"{document.url} is its document"
    if agreed:
        text = f"{document.url} agrees on {', '.join(agreed)}"
    yield Finding(STEP, "ok", text)


def _differences(
    patient: Patient, plan: Plan, document: Document
) -> Iterator[tuple[str, Finding | None]]:
    """Give what can be compared, and where the two differ what they say."""
    if plan.issuer is not None:
        yield "issuer", _other_text(document, "issuer", "issuer", plan.issuer)
    name = "token_endpoint"
    alias = "mtls_endpoint_aliases.token_endpoint"
    if patient.profile.tls_certificate is not None and document.text(alias):
        name = alias
    yield (
        "token endpoint",
        _other_text(document, name, "token_endpoint", plan.token_endpoint),
    )
    lists = (
        ("method", "token_endpoint_auth_methods_supported", [plan.auth_method]),
        (
            "algorithm",
            "token_endpoint_auth_signing_alg_values_supported",
            _algorithms(patient, plan),
        ),
        ("grant", "grant_types_supported", [plan.quirks.grant_type]),
        ("scope", "scopes_supported", list(plan.scope)),
    )
    for what, member, used in lists:
        listed = document.texts(member)
        if listed is not None and used:
            yield what, _not_listed(document, what, member, used, listed)


def _other_text(document: Document, name: str, key: str, used: str) -> Finding | None:
    told = document.text(name)
    if told == used:
        return None
    text = f"{document.url} names no {key}"
    if told is not None:
        shown = document.scrubber.text(told, 200)
        text = f"{document.url} says that {key} is {shown}; here it is {used}"
    return Finding(STEP, "warning", text, _SET_IT.format(key))


def _not_listed(
    document: Document, what: str, member: str, used: list[str], listed: list[str]
) -> Finding | None:
    missing = [it for it in used if it not in listed]
    if not missing:
        return None
    shown = document.scrubber.text(", ".join(listed), 200) or "nothing"
    text = f"{document.url} does not list the {what} {', '.join(missing)}; {member}: "
    # Not every scope has to be told to everybody (RFC 8414 section 2).
    is_scope = member == "scopes_supported"
    return Finding(
        STEP,
        "note" if is_scope else "warning",
        f"{text}{shown}",
        None if is_scope else "if requests are refused, use one of these",
    )


def _algorithms(patient: Patient, plan: Plan) -> list[str]:
    """Return what assertions are signed with; empty where none are made."""
    if not Exchange(patient.profile, patient.provider, plan).signs:
        return []
    signer = make_signer(
        plan,
        patient.secrets[plan.credential],
        patient.secrets.get("private_key_password"),
        patient.profile.certificate,
    )
    return [signer.algorithm]
