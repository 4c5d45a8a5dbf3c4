"""A source of tokens: one held token, one flight to replace it, many callers"""

from __future__ import annotations

import logging
from collections.abc import Callable
from collections.abc import Iterable
from typing import TYPE_CHECKING
from typing import Any
from typing import Final
from typing import Literal

import attrs

from ccflow.config.profile import Profile
from ccflow.engine.flight import Flight
from ccflow.engine.freshness import Freshness
from ccflow.engine.freshness import Moment
from ccflow.engine.freshness import freshness_of
from ccflow.engine.freshness import renewal_pause
from ccflow.engine.process import PROCESS
from ccflow.engine.process import SYSTEM
from ccflow.engine.process import Runtime
from ccflow.engine.token import AccessToken
from ccflow.errors import TokenError
from ccflow.events import Callback
from ccflow.events import Event
from ccflow.events import FetchFailed
from ccflow.events import FetchStarted
from ccflow.events import FetchSucceeded
from ccflow.events import ScopeShortfall
from ccflow.protocol.plan import Plan
from ccflow.protocol.response import TokenResponse


if TYPE_CHECKING:
    import httpx


_LOG: Final = logging.getLogger("ccflow")
# What a flight gets beyond the profile's timeout before those who wait give up.
_GRACE: Final = 0.5

Fetch = Callable[[], TokenResponse]
Many = str | Iterable[str] | None


def as_scope(value: Many) -> tuple[str, ...] | None:
    """Return a scope as a tuple; None stays None, which keeps the profile's."""
    parts = value.split() if isinstance(value, str) else value
    return None if parts is None else tuple(parts)


def as_resource(value: Many) -> tuple[str, ...] | None:
    """Return resources as a tuple; None stays None, which keeps the profile's."""
    parts = [value] if isinstance(value, str) else value
    return None if parts is None else tuple(parts)


class _Lease:
    """
    The held token with the bounds within which no closer look is needed.

    Never changed, only replaced as a whole, so that readers take no lock.
    """

    __slots__ = ("freshness", "looked", "token", "until")

    def __init__(
        self,
        token: AccessToken | None,
        freshness: Freshness | None,
        looked: float,
        until: float,
    ) -> None:
        self.token = token
        self.freshness = freshness
        self.looked = looked
        self.until = until


_NOTHING: Final = _Lease(None, None, 0.0, 0.0)


@attrs.frozen(kw_only=True)
class Status:
    """
    How a source stands.

    Args:
        profile: The name of the profile.

        state: ``empty``, ``fresh``, ``stale`` or ``expired``.

        expires_at: Epoch seconds, as the server said; None where unknown.

        refresh_at: Epoch seconds from which it is renewed; None without a token.

        fetching: Whether a token request is under way.

        requests: How many token requests were made.

        failures: How many of them brought no token.

    .. versionadded:: 0.1.0
    """

    profile: str
    state: Literal["empty", "fresh", "stale", "expired"]
    expires_at: float | None
    refresh_at: float | None
    fetching: bool
    requests: int
    failures: int


class TokenSource:
    """
    Gives the token of one profile, and keeps it fresh.

    Any mix of threads and of asyncio and trio tasks may share one. It pickles as
    its profile and arguments, without the token.

    Args:
        profile: The client and its server.

        scope: Replaces the profile's scope; None keeps it, ``()`` sends none.

        audience: Replaces the profile's audience; None keeps it.

        resource: Replaces the profile's resources; None keeps them.

        runtime: Clocks and chance, for tests.

        fetch: What asks the server, for tests.

    Raises:
        ProfileError: The profile and the arguments cannot work together.

    .. versionadded:: 0.1.0
    """

    __slots__ = (
        "__weakref__",
        "_arguments",
        "_callbacks",
        "_failures",
        "_failures_in_row",
        "_fetch",
        "_flight",
        "_lease",
        "_now",
        "_plan",
        "_probation",
        "_profile",
        "_renew_after",
        "_replace_after",
        "_replaced_in_vain",
        "_requests",
        "_runtime",
    )

    def __init__(
        self,
        profile: Profile,
        *,
        scope: Many = None,
        audience: str | None = None,
        resource: Many = None,
        runtime: Runtime = SYSTEM,
        fetch: Fetch | None = None,
    ) -> None:
        arguments: dict[str, Any] = {
            "scope": as_scope(scope),
            "audience": audience,
            "resource": as_resource(resource),
        }
        provider, plan = profile.plan(**arguments)
        if fetch is None:
            # httpx costs 50 ms to import, and a source may be made long before use.
            def fetch() -> TokenResponse:
                from ccflow.engine.exchange import Exchange

                return Exchange(profile, provider, plan)()

        self._profile = profile
        self._arguments = arguments
        self._plan = plan
        self._fetch = fetch
        self._runtime = runtime
        self._now = runtime.wall
        self._lease = _NOTHING
        self._flight: Flight | None = None
        self._renew_after: Moment | None = None
        self._failures_in_row = 0
        self._requests = 0
        self._failures = 0
        self._probation: AccessToken | None = None
        self._replaced_in_vain = 0
        self._replace_after: Moment | None = None
        self._callbacks: tuple[Callback, ...] = ()

    def __repr__(self) -> str:
        return f"TokenSource({self._profile.name!r}, provider={self._plan.provider!r})"

    def __reduce__(self) -> tuple[Callable[..., TokenSource], tuple[Any, ...]]:
        return _restore, (self._profile, self._arguments)

    @property
    def profile(self) -> Profile:
        """The profile that it serves."""
        return self._profile

    @property
    def plan(self) -> Plan:
        """What it asks for; no secret is in it."""
        return self._plan

    def token(self) -> AccessToken:
        """
        Return a token that is valid now, and wait for one only if there is none.

        Raises:
            SecretError: A secret or key cannot be read.

            TokenRefusedError: The server said no.

            TokenUnavailableError: It did not answer, or cannot now.

            TokenResponseError: What answered is no token.
        """
        lease = self._lease
        if lease.looked <= self._now() < lease.until:
            return lease.token  # type: ignore[return-value]

        found = self._look(inline=True)
        return found.result() if isinstance(found, Flight) else found

    async def atoken(self) -> AccessToken:
        """Return what `token` returns, awaited in asyncio or trio."""
        lease = self._lease
        if lease.looked <= self._now() < lease.until:
            return lease.token  # type: ignore[return-value]

        found = self._look(inline=False)
        return await found.wait() if isinstance(found, Flight) else found

    def auth(self) -> httpx.Auth:
        """Return an ``httpx.Auth`` that puts the token on each request."""
        from ccflow.integrations.httpx import make_auth

        return make_auth(self)

    def invalidate(self, token: AccessToken | None = None) -> None:
        """
        Forget a token, so that the next caller gets another one.

        Args:
            token: The token that was refused; if another one is held by now,
                nothing happens. None forgets whatever is held.
        """
        with PROCESS.lock:
            held = self._lease.token
            if held is None or token is None or held.access_token == token.access_token:
                self._lease = _NOTHING
                self._renew_after = None

    def status(self) -> Status:
        """Return how the source stands; nothing is fetched."""
        lease, flight = self._lease, self._flight
        freshness = lease.freshness
        return Status(
            profile=self._profile.name,
            state=(
                "empty"
                if freshness is None
                else freshness.state(self._runtime.moment())
            ),
            expires_at=lease.token.expires_at if lease.token is not None else None,
            refresh_at=(
                None
                if freshness is None
                else freshness.asked.wall + freshness.refresh_after
            ),
            fetching=flight is not None and flight.is_open,
            requests=self._requests,
            failures=self._failures,
        )

    def on_event(self, callback: Callback) -> Callable[[], None]:
        """
        Have a function called with each event.

        Args:
            callback: Called on the thread that made the event, so it must not
                block; what it raises is logged.

        Returns:
            A function that removes it again.
        """

        def tell(event: Event) -> None:  # one of its own for each time it is added
            callback(event)

        with PROCESS.lock:
            self._callbacks = (*self._callbacks, tell)

        def remove() -> None:
            with PROCESS.lock:
                self._callbacks = tuple(
                    kept for kept in self._callbacks if kept is not tell
                )

        return remove

    def emit(self, event: Event) -> None:
        """Tell an event to those who asked."""
        _LOG.debug("%s", event)
        for callback in self._callbacks:
            try:
                callback(event)
            except Exception:  # noqa: BLE001 - a callback must not fail a fetch
                _LOG.exception("an event callback of %r failed", self)

    def _look(self, *, inline: bool) -> AccessToken | Flight:
        """Return the held token while it may be used, and else the flight."""
        now = self._runtime.moment()
        with PROCESS.lock:
            lease = self._lease
            freshness = lease.freshness
            state = "expired" if freshness is None else freshness.state(now)
            token = None if state == "expired" else lease.token
            flight, started = self._flight, False
            if token is not None and freshness is not None:
                until = freshness.next_look(now)
                self._lease = _Lease(token, freshness, now.wall, until)
            if state == "fresh" and token is not None:
                return token
            if flight is None or self._may_fetch(flight, state, now):
                flight = self._flight = self._new_flight(token, now)
                started = True
        if started and not flight.take_off(inline=inline and token is None):
            self._failed(flight, None, now)
        return flight if token is None else token

    def _may_fetch(self, flight: Flight, state: str, now: Moment) -> bool:
        if flight.is_open:
            return False
        after = self._renew_after
        return state == "expired" or after is None or now.seconds_since(after) >= 0

    def _new_flight(self, held: AccessToken | None, asked: Moment) -> Flight:
        background = held is not None

        def fly() -> AccessToken:
            return self._fly(flight, asked, background=background)

        seconds = self._profile.timeout + _GRACE
        flight = Flight(fly, seconds, self._profile.name, self._plan.provider)
        self._requests += 1
        return flight

    def _fly(self, flight: Flight, asked: Moment, *, background: bool) -> AccessToken:
        """Fetch a token on the flight's thread, and keep it."""
        names = {"profile": self._profile.name, "provider": self._plan.provider}
        self.emit(FetchStarted(background=background, **names))
        try:
            response = self._fetch()
        except BaseException as error:
            now = self._runtime.moment()
            self._failed(flight, error, now)
            self.emit(
                FetchFailed(
                    seconds=now.seconds_since(asked),
                    error=type(error).__name__,
                    message=str(error),
                    background=background,
                    **names,
                )
            )
            raise
        token = self._keep(flight, response, asked)
        seconds = self._runtime.moment().seconds_since(asked)
        self.emit(
            FetchSucceeded(seconds=seconds, expires_in=response.expires_in, **names)
        )
        if response.shortfall(self._plan):
            self.emit(
                ScopeShortfall(
                    requested=self._plan.scope, granted=response.scope or (), **names
                )
            )
        return token

    def _keep(
        self, flight: Flight, response: TokenResponse, asked: Moment
    ) -> AccessToken:
        """Make the token and hold it, unless a newer one is held already."""
        lifetime = response.expires_in
        token = AccessToken(
            access_token=response.access_token.reveal(),
            token_type=response.token_type,
            expires_at=None if lifetime is None else asked.wall + lifetime,
            scope=response.scope,
            extra=response.extra,
        )
        kept_for = self._plan.default_expires_in if lifetime is None else lifetime
        freshness = freshness_of(asked, kept_for, PROCESS.jitter)
        now = self._runtime.moment()
        with PROCESS.lock:
            held = self._lease.freshness
            late = (
                flight is not self._flight
                and held is not None
                and held.asked.steady >= asked.steady
            )
            if not late and freshness.seconds_left(now) > 0:
                until = freshness.next_look(now)
                if freshness.state(now) != "fresh":
                    until = now.wall
                self._lease = _Lease(token, freshness, now.wall, until)
            self._failures_in_row = 0
            self._renew_after = None
        return token

    def _failed(self, flight: Flight, error: BaseException | None, now: Moment) -> None:
        """Note a failure, and leave the server alone for a while."""
        retry_after = error.retry_after if isinstance(error, TokenError) else None
        with PROCESS.lock:
            self._failures += 1
            if flight is self._flight:
                self._failures_in_row += 1
                pause = renewal_pause(
                    self._failures_in_row, retry_after, self._runtime.chance()
                )
                self._renew_after = Moment(now.wall + pause, now.steady + pause)

    def refused(self, token: AccessToken) -> bool:
        """
        Take in that an API refused a token, and say whether another one may help.

        A token that replaced a refused one and was refused as well tells that the
        tokens are not what is wrong: it is kept until its time is over, so that
        such an API does not cost a fetch for each call. Where another part of the
        API accepts it, it may be replaced again after a pause that grows.
        """
        now = self._runtime.moment()
        with PROCESS.lock:
            held, probation = self._lease.token, self._probation
            if held is not None and held.access_token != token.access_token:
                return True  # Another one is there already.
            if probation is not None and probation.access_token == token.access_token:
                return False
            after = self._replace_after
            if after is not None and now.seconds_since(after) < 0:
                return False
        self.invalidate(token)
        return True

    def replaced(self, token: AccessToken) -> None:
        """Put the token that replaced a refused one on probation."""
        with PROCESS.lock:
            self._probation = token

    def replaced_in_vain(self) -> None:
        """Take in that the token that replaced a refused one was refused as well."""
        now = self._runtime.moment()
        with PROCESS.lock:
            self._replaced_in_vain += 1
            pause = renewal_pause(self._replaced_in_vain, None, self._runtime.chance())
            self._replace_after = Moment(now.wall + pause, now.steady + pause)

    def healed(self) -> None:
        """Take in that the token that replaced a refused one was accepted."""
        with PROCESS.lock:
            self._probation = None
            self._replaced_in_vain = 0
            self._replace_after = None

    def accepted(self, token: AccessToken) -> None:
        """Take in that an API accepted a token."""
        if self._probation is token:
            self._probation = None


def _restore(profile: Profile, arguments: dict[str, Any]) -> TokenSource:
    return TokenSource(profile, **arguments)
