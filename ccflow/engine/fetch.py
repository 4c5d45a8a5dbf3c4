"""What a flight does: adopts a token that another process left, or asks for one."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from ccflow.config.profile import Profile
from ccflow.engine.conversation import Conversation
from ccflow.engine.deadline import LEAST_PATIENCE
from ccflow.engine.deadline import Deadline
from ccflow.engine.deadline import patience_after
from ccflow.engine.freshness import Freshness
from ccflow.engine.guard import Guard
from ccflow.engine.refused_token import RefusedToken
from ccflow.engine.runtime import Runtime
from ccflow.engine.share import Fetched
from ccflow.engine.share import Share
from ccflow.engine.shared_key import encryption_key_of
from ccflow.engine.shared_key import literal_keys
from ccflow.engine.shared_key import make_shared_key
from ccflow.engine.shared_key import why_none
from ccflow.engine.visit import STORE_SHARE
from ccflow.engine.visit import Visit
from ccflow.engine.visit import visiting
from ccflow.errors import ConfigError
from ccflow.events import Event
from ccflow.events import StoreDegraded
from ccflow.fork_wait import fork_waits
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import Provider
from ccflow.protocol.response import TokenResponse
from ccflow.store import StoreError
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
    _patience: float = LEAST_PATIENCE
    _conversation: Conversation | None = None
    _share: Share | None = None
    # Why there is no share, as it was told last.
    _told: str = ""

    def __call__(self, held: Freshness | None, refused: RefusedToken | None) -> Fetched:
        """
        Return a token.

        Args:
            held: The life of the token that is served meanwhile; only a younger one
                will do. None where callers wait.

            refused: A token that an API refused; it and older ones will not do.

        Raises:
            SecretError: A secret or key cannot be read.

            TokenError: No token came.
        """
        deadline = self._deadline(held)
        conversation = self._conversation = self._conversation or self._begin()
        try:
            if self._share is None:
                fetched = conversation(deadline)
            else:
                asked = held.asked if held is not None else None
                fetched = self._share.fetch(conversation, deadline, asked, refused)
            if not fetched.adopted:
                taken = self.runtime.steady() - fetched.asked.steady
                self._patience = patience_after(taken)
            return fetched
        finally:
            # Of ten thousand sources, most have nothing to remember.
            if conversation.is_blank:
                self._conversation = None

    def _deadline(self, held: Freshness | None) -> Deadline:
        """Return the time for store and server together."""
        now = self.runtime.moment()
        ends = now.steady + self.profile.timeout
        if held is None:
            return Deadline(ends)
        return Deadline(ends, now.steady + held.seconds_left(now), self._patience)

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
        return self._make_share()

    @property
    def _names(self) -> dict[str, str]:
        return {"profile": self.profile.name, "provider": self.provider.name}

    def _begin(self) -> Conversation:
        with fork_waits():
            from ccflow.engine.exchange import Exchange

        names = self._names
        if self._share is None:
            why_alone = self._find_share()
            if why_alone is not None and why_alone != self._told:
                self._told = why_alone
                self.emit(StoreDegraded(reason=why_alone, **names))
        shared = self._share.gates() if self._share is not None else None
        return Conversation(
            exchange=Exchange(
                self.profile,
                self.provider,
                self.plan,
                self.runtime,
                sending=self._sending,
            ),
            runtime=self.runtime,
            guard=Guard(names, self.runtime, self.emit, shared),
        )

    def _sending(self) -> None:
        self.requests += 1

    def _find_share(self) -> str | None:
        """Look for the store that is named, and return why it cannot be used."""

        def find() -> None:
            self._share = self._make_share()  # Also when it comes too late.

        profile = self.profile
        store = self.store if self.store is not None else store_of(profile)
        literal = literal_keys(profile, self.plan) if store is not None else []
        key = encryption_key_of(profile)
        if literal and key is None:
            return why_none(literal)
        try:
            if not literal:
                find()
                return None
            # Reading the key may take as long as a command does that prints it.
            steady, seconds = self.runtime.steady, profile.timeout
            visit = Visit(key, seconds * STORE_SHARE, steady() + seconds, steady)
            with visiting(visit):
                visit.do(find)
        except (ConfigError, StoreError) as error:
            return str(error)
        return None

    def _make_share(self) -> Share | None:
        store = self.store if self.store is not None else store_of(self.profile)
        key = make_shared_key(self.profile, self.plan) if store is not None else None
        if store is None or key is None:
            return None
        return Share(
            store=store,
            key=key,
            names=self._names,
            timeout=self.profile.timeout,
            default_expires_in=self.plan.default_expires_in,
            runtime=self.runtime,
            emit=self.emit,
        )


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

    def __call__(self, held: Freshness | None, refused: RefusedToken | None) -> Fetched:
        """Return a token."""
        self.requests += 1
        asked = self.runtime.moment()
        return Fetched(self.ask(), asked)
