"""What a flight does: adopts a token that another process left, or asks for one."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping

import attrs

from ccflow.config.profile import Profile
from ccflow.engine.conversation import Conversation
from ccflow.engine.freshness import Moment
from ccflow.engine.guard import Guard
from ccflow.engine.runtime import Runtime
from ccflow.engine.share import Fetched
from ccflow.engine.share import Share
from ccflow.errors import ConfigError
from ccflow.events import Event
from ccflow.events import StoreDegraded
from ccflow.fork_wait import fork_waits
from ccflow.protocol.cache_key import make_cache_key
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import Provider
from ccflow.protocol.response import TokenResponse
from ccflow.secret import Secret
from ccflow.secret import SecretSource
from ccflow.secrets import read_secret
from ccflow.store import TokenStore


@attrs.define(weakref_slot=False)
class Fetch:
    """
    Fetches the tokens of one source.

    What it is made of is made on the first flight: httpx costs 50 ms to import,
    and a source may be made long before it is used.

    Args:
        profile: The client and its server.

        provider: The server's dialect.

        plan: What to ask for.

        runtime: Clocks, chance and sleep.

        emit: Takes events.

        store: Where tokens are shared; None for the one that the profile names.
    """

    profile: Profile
    provider: Provider
    plan: Plan
    runtime: Runtime
    emit: Callable[[Event], None]
    store: TokenStore | None = None
    requests: int = attrs.field(default=0, init=False)
    _conversation: Conversation | None = None
    _share: Share | None = None
    # Why there is no share, as it was told last.
    _told: str = ""

    def __call__(self, held: Moment | None, refused: Secret | None) -> Fetched:
        """
        Return a token.

        Args:
            held: When the held token was asked for; only a younger one will do.

            refused: A token that an API refused, which will not do.

        Raises:
            SecretError: A secret or key cannot be read.

            TokenError: No token came.
        """
        conversation = self._conversation = self._conversation or self._begin()
        # Waiting for another process takes from the same time.
        ends = self.runtime.steady() + self.profile.timeout
        try:
            if self._share is not None:
                return self._share.fetch(conversation, ends, held, refused)
            return conversation(ends)
        finally:
            # Of ten thousand sources, most have nothing to remember.
            if conversation.is_blank:
                self._conversation = None

    @property
    def retry_at(self) -> float | None:
        """Epoch seconds until which a refusal is remembered, or None."""
        begun = self._conversation
        return begun.guard.retry_at if begun is not None else None

    def share(self) -> Share | None:
        """
        Return the view of the store, or None where the token stays in memory.

        Raises:
            SecretError: The encryption key cannot be read.
        """
        return self._make_share(self._names)

    @property
    def _names(self) -> dict[str, str]:
        return {"profile": self.profile.name, "provider": self.provider.name}

    def _begin(self) -> Conversation:
        with fork_waits():
            from ccflow.engine.exchange import Exchange

        names = self._names
        if self._share is None:
            try:
                self._share = self._make_share(names)
            except ConfigError as error:
                # Of the store's own key: it costs the sharing, until it is there.
                if str(error) != self._told:
                    self._told = str(error)
                    self.emit(StoreDegraded(reason=self._told, **names))
        shared = self._share.gates() if self._share is not None else None
        return Conversation(
            exchange=Exchange(self.profile, self.provider, self.plan, self.runtime),
            runtime=self.runtime,
            guard=Guard(names, self.runtime, self.emit, shared),
            sending=self._sending,
        )

    def _sending(self) -> None:
        self.requests += 1

    def _make_share(self, names: dict[str, str]) -> Share | None:
        store = self.store if self.store is not None else store_of(self.profile)
        key = self._cache_key() if store is not None else None
        if store is None or key is None:
            return None
        return Share(
            store=store,
            key=key,
            names=names,
            timeout=self.profile.timeout,
            default_expires_in=self.plan.default_expires_in,
            runtime=self.runtime,
            emit=self.emit,
        )

    def _cache_key(self) -> str | None:
        profile, cache = self.profile, self.profile.cache
        key = cache.encryption_key if cache is not None else None
        if not profile.literal_secrets():
            key = None  # A look-up reads no secret that it does not need.
        return make_cache_key(
            self.plan,
            self._secrets(),
            {
                "ca_file": profile.ca_file,
                "certificate": profile.certificate,
                "issuer": profile.issuer,
                "tls_certificate": profile.tls_certificate,
                "tls_private_key": profile.tls_private_key,
            },
            read_secret(key, "encryption_key") if key is not None else None,
        )

    def _secrets(self) -> Mapping[str, SecretSource | tuple[SecretSource, ...]]:
        """Return everything secret that changes a token, by key."""
        profile, credential = self.profile, self.plan.credential
        is_secret = credential != "tls_certificate"  # That is a path.
        named = {
            credential: getattr(profile, credential) if is_secret else None,
            "private_key_password": profile.private_key_password,
            "proxy": profile.proxy,
            **{f"headers.{name}": value for name, value in profile.headers.items()},
            **{
                f"extra_parameters.{name}": value
                for name, value in profile.extra_parameters.items()
            },
        }
        return {key: source for key, source in named.items() if source is not None}


def store_of(profile: Profile) -> TokenStore | None:
    """Return the store that a profile names; None where that is memory."""
    if profile.cache is None:
        return None
    with fork_waits():
        from ccflow.stores import store_for

    return store_for(profile.cache)


@attrs.define
class Only:
    """
    A fetch that only asks.

    Args:
        ask: Asks the server.

        runtime: The clocks.
    """

    ask: Callable[[], TokenResponse]
    runtime: Runtime
    requests: int = 0
    retry_at: float | None = None

    def __call__(self, held: Moment | None, refused: Secret | None) -> Fetched:
        """Return a token."""
        self.requests += 1
        asked = self.runtime.moment()
        return Fetched(self.ask(), asked)
