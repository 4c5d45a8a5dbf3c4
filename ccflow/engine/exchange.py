"""One token request from beginning to end: secrets, signature, wire, answer."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Final

import attrs

from ccflow.config.profile import Profile
from ccflow.config.secrecy import key_of
from ccflow.config.secrecy import sources_of
from ccflow.engine.discovery import Discovery
from ccflow.engine.discovery import heed
from ccflow.engine.runtime import SYSTEM
from ccflow.engine.runtime import Runtime
from ccflow.engine.server_clock import ServerClock
from ccflow.errors import CcflowError
from ccflow.errors import ConfigError
from ccflow.errors import TokenRefusedError
from ccflow.fork_wait import fork_waits
from ccflow.protocol.answer import Answer
from ccflow.protocol.assertion import Signer
from ccflow.protocol.assertion import lasting_claims
from ccflow.protocol.assertion import make_assertion
from ccflow.protocol.client_auth import authenticate
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import Provider
from ccflow.protocol.request import TokenRequest
from ccflow.protocol.request import make_token_request
from ccflow.protocol.request import with_grant
from ccflow.protocol.response import TokenResponse
from ccflow.protocol.response import read_response
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret
from ccflow.secret import SecretSource
from ccflow.secrets import read_secret
from ccflow.secrets.survey import with_the_others
from ccflow.wire.fault import FaultError
from ccflow.wire.transport import StaleConnectionError
from ccflow.wire.transport import send
from ccflow.wire.trust import trust_of


def make_signer(
    plan: Plan,
    credential: Secret,
    password: Secret | None = None,
    certificate: str | None = None,
) -> Signer:
    """
    Make what signs the assertions of a plan.

    Args:
        plan: Whose method is one that signs.

        credential: The private key or the client secret.

        password: What the private key is encrypted with.

        certificate: The path of the certificate that the headers are made of.

    Raises:
        SecretError: The key cannot be read or does not fit the rest.
    """
    # joserfc and cryptography cost 80 ms to import; many profiles sign nothing.
    with fork_waits():
        from ccflow.keys.signer import client_secret_signer
        from ccflow.keys.signer import private_key_signer

    known = plan.quirks.assertion_algorithms
    algorithm = plan.signing_algorithm
    if plan.auth_method == "client_secret_jwt":
        able = [name for name in known if name.startswith("HS")]
        return client_secret_signer(credential, algorithm=algorithm, known=able)
    with fork_waits():
        return private_key_signer(
            credential,
            password,
            certificate=certificate,
            algorithm=algorithm,
            known=[name for name in known if not name.startswith("HS")],
        )


_SIGNED: Final = frozenset({"client_secret_jwt", "private_key_jwt"})
# A clock that is off by less than this is not what an assertion is refused for.
_CLOCK_TOLERANCE: Final = 5.0


def _nobody() -> None:
    """Hear of a request, and do nothing."""


@attrs.frozen
class Exchange:
    """
    Asks a server for a token, once.

    Args:
        profile: Whose credentials, and by which way.

        provider: Whose dialect.

        plan: What to ask for.

        runtime: The clocks.

        sending: Told of each token request that is sent.
    """

    profile: Profile
    provider: Provider
    plan: Plan
    runtime: Runtime = SYSTEM
    server_clock: ServerClock = attrs.field(factory=ServerClock, repr=False)
    sending: Callable[[], None] = attrs.field(default=_nobody, repr=False)

    @property
    def is_blank(self) -> bool:
        """Whether it learnt nothing of the server's clock that is worth keeping."""
        return self.server_clock.offset == 0

    def credentials(self) -> list[Secret]:
        """
        Read the credentials that the profile names now, the current one first.

        Raises:
            SecretError: One cannot be read.
        """
        with self._named():
            if self.plan.credential == "tls_certificate":
                trust = trust_of(self.profile, self.plan.token_endpoint)
                return [it.text() for it in (trust.certificate,) if it is not None]
            return [
                read_secret(source, key)
                for key, source in sources_of(self.profile)
                if key_of(key) == self.plan.credential
            ]

    def others(self) -> list[Secret]:
        """
        Read what is sent beside the credential: headers and extra parameters.

        Raises:
            SecretError: One cannot be read.
        """
        profile = self.profile
        with self._named(self.plan.credential):
            headers = _read_all(profile.headers, "headers")
            extra = _read_all(profile.extra_parameters, "extra_parameters")
        return [*headers.values(), *extra.values()]

    def claims(self, credential: Secret) -> Secret | None:
        """Return what lasts of a ready-made assertion; None for all else."""
        if self.plan.credential != "client_assertion":
            return None
        claims = lasting_claims(credential.reveal())
        return None if claims is None else Secret(claims)

    def attempt(self, credential: Secret, seconds: float) -> TokenResponse:
        """
        Send one token request and read the answer.

        A server whose clock turns out to be another one refuses a good assertion;
        it gets one more, made for its time.

        Args:
            credential: The secret, key or ready-made assertion.

            seconds: The time for everything together.

        Raises:
            SecretError: A secret or key cannot be read; nothing was sent.

            TokenError: No token came.
        """
        ends = self.runtime.steady() + seconds
        assumed = self.server_clock.offset
        try:
            return self.ask(credential, ends)
        except TokenRefusedError as refusal:
            moved = abs(self.server_clock.offset - assumed)
            if not self.signs or refusal.category != "client_auth":
                raise
            if moved <= _CLOCK_TOLERANCE:
                raise
        return self.ask(credential, ends)

    @property
    def signs(self) -> bool:
        """Whether an assertion is made here, by this machine's clock."""
        plan = self.plan
        return plan.auth_method in _SIGNED and plan.credential != "client_assertion"

    @contextmanager
    def _named(self, *known: str) -> Iterator[None]:
        """
        Put the names of profile and provider on every error.

        One about a secret tells of all others that cannot be read but the known.
        """
        try:
            try:
                yield
            except ConfigError as error:
                raise with_the_others(error, self.profile, known) from error.__cause__
        except CcflowError as error:
            error.profile = self.profile.name
            error.provider = self.provider.name
            raise

    def ask(
        self, credential: Secret, ends: float, *, fresh: bool = False
    ) -> TokenResponse:
        """
        Send one token request, whatever comes of it.

        Args:
            credential: The secret, key or ready-made assertion.

            ends: The time of the steady clock by which all must be over.

            fresh: Whether to open a connection, rather than use one that was kept:
                then there is one request for certain.

        Raises:
            SecretError: A secret or key cannot be read; nothing was sent.

            TokenError: No token came.
        """
        with self._named(self.plan.credential):
            plan = self.located(ends)
            try:
                request, sent, answer = self._send(plan, credential, ends, fresh=fresh)
            except StaleConnectionError:
                # Nobody answered, so it costs no attempt. But it is another request:
                # the server may know the assertion of the first one.
                request, sent, answer = self._send(plan, credential, ends, fresh=True)
        heed(plan, answer)
        now = self.runtime.wall()
        self.server_clock.learn(answer.headers.get("date"), sent, now)
        return read_response(
            self.provider,
            plan,
            answer,
            Scrubber([credential, *request.secrets()]),
            now=now,
            clock_offset=self.server_clock.offset if self.signs else 0.0,
        )

    def located(self, ends: float) -> Plan:
        """
        Return the plan with its endpoint, looked up where nobody names it.

        Args:
            ends: The time of the steady clock by which all must be over.

        Raises:
            SecretError: A header cannot be read.

            TokenError: It was not found.
        """
        plan, profile = self.plan, self.profile
        if not plan.metadata_urls:
            return plan
        trust = trust_of(profile, plan.metadata_urls[0])
        headers = _read_all(profile.headers, "headers")
        return Discovery(plan, trust, headers, self.runtime, ends).located()

    def _request(self, plan: Plan, credential: Secret) -> TokenRequest:
        """Build the request, with a fresh assertion."""
        profile = self.profile
        proof = self._assertion(plan, credential) if self.signs else credential
        request = make_token_request(plan, _read_all(profile.headers, "headers"))
        request = authenticate(request, plan, proof)
        extra = _read_all(profile.extra_parameters, "extra_parameters")
        return with_grant(request, plan, extra)

    def _assertion(self, plan: Plan, credential: Secret) -> Secret:
        password = self.profile.private_key_password
        signer = make_signer(
            plan,
            credential,
            None if password is None else read_secret(password, "private_key_password"),
            self.profile.certificate,
        )
        now = self.runtime.wall() + self.server_clock.offset
        return make_assertion(plan, signer, now=now, jti=str(uuid.uuid4()))

    def _send(
        self, plan: Plan, credential: Secret, ends: float, *, fresh: bool = False
    ) -> tuple[TokenRequest, float, Answer]:
        """Return the request, when it was sent, and the answer."""
        request = self._request(plan, credential)
        trust = trust_of(self.profile, plan.token_endpoint)
        sent = self.runtime.wall()
        self.sending()
        try:
            left = max(ends - self.runtime.steady(), 0.001)
            return request, sent, send(request, trust, left, fresh=fresh)
        except FaultError as error:
            failure = error.fault.error(self.provider.name)
        raise failure


def _read_all(table: Mapping[str, SecretSource], name: str) -> dict[str, Secret]:
    return {key: read_secret(source, f"{name}.{key}") for key, source in table.items()}
