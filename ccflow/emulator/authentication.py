"""
Authenticates clients, for dialects that say no more than "no".

Okta, which words every failure, has its own.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from ccflow.emulator.assertion import Rules
from ccflow.emulator.assertion import judge
from ccflow.emulator.credentials import ASSERTION_TYPE
from ccflow.emulator.credentials import SECRET_METHODS
from ccflow.emulator.credentials import both_readings
from ccflow.emulator.credentials import find_by_secret
from ccflow.emulator.credentials import read_basic
from ccflow.emulator.dialect import Client
from ccflow.emulator.message import Refusal
from ccflow.emulator.message import Request
from ccflow.emulator.tenant import Tenant


@attrs.frozen(kw_only=True)
class Authentication:
    """
    How a server takes credentials.

    Args:
        rules: What it accepts of an assertion.

        refuse_client: Refuses a client that is not whom it says.

        refuse_request: Refuses a request with more than one kind of credentials.

        decodes_basic: Whether form-decoded credentials are right, too.

        wants_client_id: Whether an assertion must come with a ``client_id``.

        takes_raw_basic: Whether they are right as they are; a server that always
            decodes says no.
    """

    rules: Rules
    refuse_client: Callable[[Request], Refusal]
    refuse_request: Callable[[str], Refusal]
    decodes_basic: bool = False
    wants_client_id: bool = False
    takes_raw_basic: bool = True

    def identify(self, request: Request, tenant: Tenant) -> Client:
        """
        Return who sent a request.

        Raises:
            Refusal: Nobody known, or not by the method it is registered for.
        """
        form, header = request.form, request.headers.get("authorization")
        has_post, has_assertion = "client_secret" in form, "client_assertion" in form
        if (header is not None) + has_post + has_assertion > 1:
            raise self.refuse_request("More than one client authentication")
        client = (
            self._read_assertion(request, tenant)
            if has_assertion
            else self._read_secret(request, tenant)
        )
        if client is None:
            raise self.refuse_client(request)
        return client

    def _read_secret(self, request: Request, tenant: Tenant) -> Client | None:
        form, header = request.form, request.headers.get("authorization")
        readings: list[tuple[str, str]] = []
        if header is None:
            if "client_secret" in form:
                readings = [(form.get("client_id", ""), form["client_secret"])]
        elif pair := read_basic(header):
            raw, decoded = both_readings(pair)
            readings += [raw] if self.takes_raw_basic else []
            readings += [decoded] if self.decodes_basic else []
        client, is_right = find_by_secret(tenant.clients, readings)
        # Basic and form post are one method: no server here tells them apart.
        if client is None or client.token_endpoint_auth_method not in SECRET_METHODS:
            return None
        return client if is_right else None

    def _read_assertion(self, request: Request, tenant: Tenant) -> Client | None:
        form = request.form
        client, flaw = judge(form["client_assertion"], self.rules, tenant)
        if client is None or flaw is not None:
            return None
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            return None
        named = form.get(
            "client_id", None if self.wants_client_id else client.client_id
        )
        return client if named == client.client_id else None
