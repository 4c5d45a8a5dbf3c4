"""One token request from beginning to end: secrets, signature, wire, answer."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Final

import attrs

from ccflow.config.profile import Profile
from ccflow.engine.process import SYSTEM
from ccflow.engine.process import Runtime
from ccflow.engine.server_clock import ServerClock
from ccflow.engine.transport import NoAnswerError
from ccflow.engine.transport import Trust
from ccflow.engine.transport import UnreadableAnswerError
from ccflow.engine.transport import client_for
from ccflow.engine.transport import environment_proxy
from ccflow.engine.transport import send
from ccflow.errors import CcflowError
from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.answer import Answer
from ccflow.protocol.assertion import Signer
from ccflow.protocol.assertion import lasting_claims
from ccflow.protocol.assertion import make_assertion
from ccflow.protocol.client_auth import authenticate
from ccflow.protocol.explanation import GENERAL
from ccflow.protocol.explanation import find_hint
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
    from ccflow.keys.signer import client_secret_signer
    from ccflow.keys.signer import private_key_signer

    known = plan.quirks.assertion_algorithms
    algorithm = plan.signing_algorithm
    if plan.auth_method == "client_secret_jwt":
        able = [name for name in known if name.startswith("HS")]
        return client_secret_signer(credential, algorithm=algorithm, known=able)
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


@attrs.frozen
class Exchange:
    """
    Asks a server for a token, once.

    Args:
        profile: Whose credentials, and by which way.

        provider: Whose dialect.

        plan: What to ask for.

        runtime: The clocks.
    """

    profile: Profile
    provider: Provider
    plan: Plan
    runtime: Runtime = SYSTEM
    server_clock: ServerClock = attrs.field(factory=ServerClock, repr=False)

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
        key = self.plan.credential
        source: SecretSource | tuple[SecretSource, ...] = getattr(self.profile, key)
        with self._named():
            sources = source if isinstance(source, tuple) else (source,)
            return [read_secret(each, key) for each in sources]

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
            return self._ask(credential, ends)
        except TokenRefusedError as refusal:
            moved = abs(self.server_clock.offset - assumed)
            if not self._signs or refusal.category != "client_auth":
                raise
            if moved <= _CLOCK_TOLERANCE:
                raise
        return self._ask(credential, ends)

    @property
    def _signs(self) -> bool:
        """Whether an assertion is made here, by this machine's clock."""
        plan = self.plan
        return plan.auth_method in _SIGNED and plan.credential != "client_assertion"

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Put the names of profile and provider on every error."""
        try:
            yield
        except CcflowError as error:
            error.profile = self.profile.name
            error.provider = self.provider.name
            raise

    def _ask(self, credential: Secret, ends: float) -> TokenResponse:
        with self._named():
            request = self._request(credential)
            trust = self._trust()
            sent = self.runtime.wall()
            answer = self._send(request, trust, ends)
        now = self.runtime.wall()
        self.server_clock.learn(answer.headers.get("date"), sent, now)
        return read_response(
            self.provider,
            self.plan,
            answer,
            Scrubber([credential, *request.secrets()]),
            now=now,
            clock_offset=self.server_clock.offset if self._signs else 0.0,
        )

    def _request(self, credential: Secret) -> TokenRequest:
        """Build the request, with a fresh assertion."""
        profile, plan = self.profile, self.plan
        proof = self._assertion(credential) if self._signs else credential
        request = make_token_request(plan, _read_all(profile.headers, "headers"))
        request = authenticate(request, plan, proof)
        extra = _read_all(profile.extra_parameters, "extra_parameters")
        return with_grant(request, plan, extra)

    def _assertion(self, credential: Secret) -> Secret:
        password = self.profile.private_key_password
        signer = make_signer(
            self.plan,
            credential,
            None if password is None else read_secret(password, "private_key_password"),
            self.profile.certificate,
        )
        now = self.runtime.wall() + self.server_clock.offset
        return make_assertion(self.plan, signer, now=now, jti=str(uuid.uuid4()))

    def _trust(self) -> Trust:
        profile = self.profile
        proxy = (
            environment_proxy(self.plan.token_endpoint)
            if profile.proxy is None
            else read_secret(profile.proxy, "proxy")
        )
        return Trust(profile.ca_file, proxy)

    def _send(self, request: TokenRequest, trust: Trust, ends: float) -> Answer:
        client = client_for(trust)
        failure: TokenError
        try:
            left = max(ends - self.runtime.steady(), 0.001)
            return send(client, request, left, proxied=trust.proxy is not None)
        except NoAnswerError as error:
            failure = TokenUnavailableError(
                f"{self.provider.name} did not answer: {error}",
                category="network",
                retryable=True,
            )
        except UnreadableAnswerError as error:
            proxy = error.status_code == 407
            hint = find_hint(GENERAL, None, None, 407) if proxy else None
            failure = TokenResponseError(
                f"{self.provider.name} {error} (HTTP {error.status_code}); "
                + (hint or "check that token_endpoint is the token endpoint"),
                category="intermediary" if proxy else "malformed",
                status_code=error.status_code,
                content_type=error.content_type,
                hint=hint,
            )
        raise failure


def _read_all(table: Mapping[str, SecretSource], name: str) -> dict[str, Secret]:
    return {key: read_secret(source, f"{name}.{key}") for key, source in table.items()}
