"""Who sent a request to a described server."""

from __future__ import annotations

from ccflow.emulator.assertion import Rules
from ccflow.emulator.authentication import Authentication
from ccflow.emulator.credentials import both_readings
from ccflow.emulator.credentials import read_basic
from ccflow.emulator.dialect import Client
from ccflow.emulator.message import Refusal
from ccflow.emulator.message import Request
from ccflow.emulator.tenant import Tenant
from ccflow_catalog.dialects.rendering import render_text
from ccflow_catalog.dialects.speech import Speech


def identify(request: Request, tenant: Tenant, speech: Speech) -> Client:
    """
    Return who asks, by a method that this server takes.

    Raises:
        Refusal: Nobody does, or nobody that it knows.
    """
    form, taken = request.form, speech.description.taken_methods()
    if "authorization" in request.headers:
        sent = {"client_secret_basic"}
    elif "client_assertion" in form:
        sent = {"client_secret_jwt", "private_key_jwt"}
    elif "client_secret" in form:
        sent = {"client_secret_post"}
    else:
        raise speech.refusal("no_client", tenant)
    if not sent & taken:
        raise speech.refusal("client", tenant)
    return _authentication(request, tenant, speech).identify(request, tenant)


def _authentication(request: Request, tenant: Tenant, speech: Speech) -> Authentication:
    basic, assertions = speech.description.basic, speech.description.assertions
    switch = speech.description.decoding_header
    if switch is not None and switch.lower() not in request.headers:
        basic = "raw"
    facts = speech.facts(tenant)
    rules = Rules(
        algorithms=frozenset(assertions.algorithms),
        audiences=frozenset(render_text(it, facts) for it in assertions.audiences),
        skew=assertions.skew,
        longest_life=assertions.longest_life,
        jti_once=assertions.jti_once,
        key_named=assertions.key_named,
    )
    return Authentication(
        rules=rules,
        refuse_client=lambda request: _refuse_client(request, tenant, speech),
        refuse_request=lambda text: speech.refusal("request", tenant, text=text),
        decodes_basic=basic != "raw",
        takes_raw_basic=basic != "form",
        wants_client_id=assertions.client_id,
    )


def _refuse_client(request: Request, tenant: Tenant, speech: Speech) -> Refusal:
    pair = read_basic(request.headers.get("authorization", ""))
    named = [it for it, _ in both_readings(pair)] if pair is not None else []
    named += [request.form["client_id"]] if "client_id" in request.form else []
    unknown = bool(named) and not {*named} & tenant.clients.keys()
    return speech.refusal("unknown_client" if unknown else "client", tenant)
