"""Looks the token endpoint of a plan up, in the metadata of its server."""

from __future__ import annotations

from collections.abc import Hashable
from collections.abc import Mapping
from typing import Final

import attrs

from ccflow.engine.known_metadata import find_metadata
from ccflow.engine.known_metadata import forget_metadata
from ccflow.engine.runtime import Runtime
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.answer import Answer
from ccflow.protocol.metadata import Metadata
from ccflow.protocol.metadata import read_metadata
from ccflow.protocol.metadata_error import no_metadata
from ccflow.protocol.metadata_error import not_found
from ccflow.protocol.metadata_request import MetadataRequest
from ccflow.protocol.plan import Plan
from ccflow.protocol.request import merged_headers
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret
from ccflow.wire.fault import FaultError
from ccflow.wire.transport import StaleConnectionError
from ccflow.wire.transport import send
from ccflow.wire.trust import Trust


# What is answered where a token endpoint was, and is no longer.
_MOVED: Final = frozenset({301, 302, 303, 307, 308, 404, 405, 410})


@attrs.frozen
class Discovery:
    """
    Finds the token endpoint of a plan.

    Args:
        plan: What to ask for, and where its endpoint is looked up.

        trust: Through which proxy, trusting whom, known by what.

        headers: Those of the profile.

        runtime: The clocks.

        ends: The time of the steady clock by which all must be over.
    """

    plan: Plan
    trust: Trust
    headers: Mapping[str, Secret]
    runtime: Runtime
    ends: float

    def located(self) -> Plan:
        """
        Return the plan with its endpoint.

        Raises:
            SecretError: A file, or the proxy, of the configuration cannot be used.

            TokenUnavailableError: The server cannot say now.

            TokenResponseError: What answered is not what is looked for.
        """
        now = self.runtime.steady()
        try:
            metadata = find_metadata(self._key, self._ask, self._left, now)
        except TimeoutError:
            metadata = None
        if metadata is None:
            raise self._waited_too_long()
        return self.plan.at(metadata.endpoint(mtls=self._mtls))

    @property
    def _key(self) -> Hashable:
        """All that an answer, or what is made of it, depends on."""
        plan = self.plan
        return (
            plan.provider,
            plan.metadata_urls,
            plan.issuer,
            plan.quirks.metadata_members,
            plan.quirks.endpoint_origins,
            tuple(merged_headers(plan, self.headers).items()),
            self.trust,
        )

    @property
    def _left(self) -> float:
        return max(self.ends - self.runtime.steady(), 0.001)

    @property
    def _mtls(self) -> bool:
        return self.trust.certificate is not None

    def _ask(self) -> Metadata:
        """Ask one address after the other, until one of them has a document."""
        said = []
        for url in self.plan.metadata_urls:
            headers = merged_headers(self.plan, self.headers)
            request = MetadataRequest(url=url, headers=headers)
            answer = self._send(request)
            found = read_metadata(
                self.plan,
                url,
                answer,
                Scrubber(request.secrets()),
                now=self.runtime.wall(),
                mtls=self._mtls,
            )
            if found is not None:
                return found
            said.append((url, answer.status_code))
        raise no_metadata(self.plan, said)

    def _send(self, request: MetadataRequest) -> Answer:
        try:
            try:
                return send(request, self.trust, self._left)
            except StaleConnectionError:
                return send(request, self.trust, self._left, fresh=True)
        except FaultError as error:
            fault = error.fault
        cause = f"{fault.cause}, when its token endpoint was looked up at {request.url}"
        raise attrs.evolve(fault, cause=cause).error(self.plan.provider)

    def _waited_too_long(self) -> TokenUnavailableError:
        """Somebody else asks the same, and has more time than this one."""
        hint = "try again later, or raise timeout"
        return TokenUnavailableError(
            not_found(self.plan, f"whoever asks for it gets no answer in time; {hint}"),
            category="network",
            retryable=True,
            hint=hint,
        )


def heed(plan: Plan, answer: Answer) -> None:
    """Have the endpoint looked up again next time, where its answer says so."""
    if plan.metadata_urls and answer.status_code in _MOVED:
        forget_metadata(plan.token_endpoint)
