"""Asks a server what it says of itself, wherever it may say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from ccflow.doctor.check import Patient
from ccflow.doctor.clock import HeardClock
from ccflow.doctor.document import STEP
from ccflow.doctor.document import Document
from ccflow.doctor.document import compare
from ccflow.doctor.finding import Finding
from ccflow.engine.runtime import Runtime
from ccflow.errors import SecretError
from ccflow.protocol.answer import Answer
from ccflow.protocol.metadata import document_members
from ccflow.protocol.metadata_location import metadata_urls
from ccflow.protocol.metadata_request import MetadataRequest
from ccflow.protocol.plan import Plan
from ccflow.protocol.plan import make_plan
from ccflow.protocol.request import merged_headers
from ccflow.protocol.scrub import Scrubber
from ccflow.protocol.url import origin_of
from ccflow.wire.fault import FaultError
from ccflow.wire.transport import StaleConnectionError
from ccflow.wire.transport import send
from ccflow.wire.trust import trust_of


# Seconds for an answer that nothing depends on.
_LONGEST: Final = 10.0


def check_metadata(
    patient: Patient, plan: Plan, clock: HeardClock, runtime: Runtime
) -> Iterator[Finding]:
    """
    Ask the server what it says of itself, and compare; nothing depends on it.

    Args:
        patient: The profile.

        plan: Its plan, with the endpoint.

        clock: Takes in the time of the answers.

        runtime: The clocks.
    """
    said = []
    for url in _places(patient, plan):
        try:
            found = _ask(patient, plan, url, clock, runtime)
        except FaultError as error:
            said.append(f"{url}: {error.fault.cause}")
            break  # The others are at the same server.
        except SecretError as error:
            said.append(str(error))
            break
        if isinstance(found, Document):
            yield from compare(patient, plan, found)
            return
        said.append(f"{url} (HTTP {found})")
    text = f"the server does not say what it is: {', '.join(said)}"
    yield Finding(STEP, "note", text)


def _places(patient: Patient, plan: Plan) -> tuple[str, ...]:
    """Return where the token endpoint would be looked up, if nobody knew it."""
    if plan.metadata_urls:
        return plan.metadata_urls
    blind, _ = make_plan(
        attrs.evolve(patient.provider, token_endpoint=None),
        attrs.evolve(patient.profile, token_endpoint=None),
        plan.quirks,
        scope=plan.scope,
    )
    if blind is not None:
        return blind.metadata_urls
    return metadata_urls(origin_of(plan.token_endpoint), plan.quirks.metadata_locations)


def _ask(
    patient: Patient, plan: Plan, url: str, clock: HeardClock, runtime: Runtime
) -> Document | int:
    """Return the document at an address, or the status that there is instead."""
    same = origin_of(url) == origin_of(plan.token_endpoint)
    # What is secret in headers is for the server that gets the token request.
    own = {
        name: secret
        for key, secret in patient.secrets.items()
        if (name := key.removeprefix("headers.")) != key and same
    }
    request = MetadataRequest(url=url, headers=merged_headers(plan, own))
    sent = runtime.wall()
    answer = _send(patient, request)
    if same:
        clock.learn_from(answer, sent, runtime.wall())
    members = document_members(plan, answer)
    if answer.is_success and {"issuer", "token_endpoint"} & members.keys():
        return Document(url, members, Scrubber(request.secrets()))
    return answer.status_code


def _send(patient: Patient, request: MetadataRequest) -> Answer:
    trust = trust_of(patient.profile, request.url)
    seconds = min(patient.profile.timeout, _LONGEST)
    try:
        return send(request, trust, seconds)
    except StaleConnectionError:
        return send(request, trust, seconds, fresh=True)
