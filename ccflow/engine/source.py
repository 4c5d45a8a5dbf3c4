"""A source of tokens: one held token, one flight to replace it, many callers"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from typing import Any
from typing import Final

from ccflow.config.profile import Profile
from ccflow.engine.api_refusals import ApiRefusals
from ccflow.engine.arguments import Many
from ccflow.engine.arguments import as_audience
from ccflow.engine.arguments import as_profile
from ccflow.engine.arguments import as_resource
from ccflow.engine.arguments import as_scope
from ccflow.engine.fetch import Fetch
from ccflow.engine.fetch import Only
from ccflow.engine.flight import Flight
from ccflow.engine.flight import forget_locals
from ccflow.engine.freshness import Freshness
from ccflow.engine.freshness import Moment
from ccflow.engine.freshness import freshness_of
from ccflow.engine.freshness import renewal_pause
from ccflow.engine.lease import NOTHING
from ccflow.engine.lease import Lease
from ccflow.engine.listeners import Listeners
from ccflow.engine.refused_token import RefusedToken
from ccflow.engine.runtime import SYSTEM
from ccflow.engine.runtime import Runtime
from ccflow.engine.share import Fetched
from ccflow.engine.status import Status
from ccflow.engine.token import AccessToken
from ccflow.engine.token import make_token
from ccflow.errors import CcflowError
from ccflow.errors import TokenError
from ccflow.events import Callback
from ccflow.events import FetchFailed
from ccflow.events import FetchJoined
from ccflow.events import FetchStarted
from ccflow.events import FetchSucceeded
from ccflow.events import Replayed
from ccflow.events import ScopeShortfall
from ccflow.events import ServedStale
from ccflow.process import PROCESS
from ccflow.protocol.plan import Plan
from ccflow.protocol.response import TokenResponse
from ccflow.secret import Secret
from ccflow.store import TokenStore


if TYPE_CHECKING:
    import httpx


# What a flight gets beyond the profile's timeout before those who wait give up.
_GRACE: Final = 0.5


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

        store: Where tokens are shared; None for what the profile's ``cache`` names.

        runtime: Clocks, chance and sleep, for tests.

        fetch: What asks the server, for tests.

    Raises:
        ProfileError: The profile and the arguments cannot work together.

    .. versionadded:: 0.1.0
    """

    __slots__ = (
        "__weakref__",
        "_adopted",
        "_failures",
        "_failures_in_row",
        "_fetch",
        "_flight",
        "_joined",
        "_lease",
        "_now",
        "_plan",
        "_profile",
        "_refusals",
        "_refused",
        "_renew_after",
        "_replays",
        "_runtime",
        "_tell",
    )

    def __init__(
        self,
        profile: Profile,
        *,
        scope: Many = None,
        audience: str | None = None,
        resource: Many = None,
        store: TokenStore | None = None,
        runtime: Runtime = SYSTEM,
        fetch: Callable[[], TokenResponse] | None = None,
    ) -> None:
        provider, self._plan = as_profile(profile).plan(
            scope=as_scope(scope),
            audience=as_audience(audience),
            resource=as_resource(resource),
        )
        self._profile = profile
        self._runtime = runtime
        self._now = runtime.wall
        self._tell = Listeners()
        self._fetch: Fetch | Only
        if fetch is None:
            self._fetch = Fetch(
                profile, provider, self._plan, runtime, self._tell, store
            )
        else:
            self._fetch = Only(fetch, runtime)
        self._lease = NOTHING
        self._flight: Flight | None = None
        self._renew_after: Moment | None = None
        self._refused: RefusedToken | None = None
        self._refusals: ApiRefusals | None = None
        self._failures_in_row = 0
        self._failures = self._adopted = self._joined = self._replays = 0

    def __repr__(self) -> str:
        return f"TokenSource({self._profile.name!r}, provider={self._plan.provider!r})"

    def __reduce__(self) -> tuple[Callable[..., TokenSource], tuple[Any, ...]]:
        plan = self._plan
        return _restore, (self._profile, plan.scope, plan.audience, plan.resource)

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
        # In the shape that costs the interpreter least: this is the hot path.
        lease, clock = self._lease, self._now
        now = clock()
        if now < lease.until and lease.looked <= now:
            return lease.token  # type: ignore[return-value]

        while isinstance(found := self._look(inline=True), Flight):
            if (token := found.result()) is not None:
                return token
        return found

    async def atoken(self) -> AccessToken:
        """Return what `token` returns, awaited in asyncio or trio."""
        lease, clock = self._lease, self._now
        now = clock()
        if now < lease.until and lease.looked <= now:
            return lease.token  # type: ignore[return-value]

        while isinstance(found := self._look(inline=False), Flight):
            if (token := await found.wait()) is not None:
                return token
        return found

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
            held, freshness = self._lease.token, self._lease.freshness
            if token is None or held is None:
                token = held or token
            elif held.access_token != token.access_token:
                return
            if token is not None:
                # The one in a store is not another one, and none that was asked for
                # before is a better one.
                before = self._refused
                asked = before.asked if before is not None else None
                asked = freshness.asked if freshness is not None else asked
                self._refused = RefusedToken(Secret(token.access_token), asked)
            self._lease = NOTHING
            self._renew_after = None

    def status(self) -> Status:
        """Return how the source stands; nothing is fetched."""
        lease, flight = self._lease, self._flight
        freshness, renew_after = lease.freshness, self._renew_after
        now = self._runtime.moment()
        retry_at = self._fetch.retry_at
        if retry_at is None and renew_after is not None and renew_after.wall > now.wall:
            retry_at = renew_after.wall
        return Status(
            profile=self._profile.name,
            state=("empty" if freshness is None else freshness.state(now)),
            expires_at=lease.token.expires_at if lease.token is not None else None,
            refresh_at=(
                None
                if freshness is None
                else freshness.asked.wall + freshness.refresh_after
            ),
            retry_at=retry_at,
            fetching=flight is not None and flight.is_open,
            requests=self._fetch.requests,
            failures=self._failures,
            adopted=self._adopted,
            joined=self._joined,
            replays=self._replays,
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
        return self._tell.add(callback)

    def _look(self, *, inline: bool) -> AccessToken | Flight:
        """Return the held token while it may be used, and else the flight."""
        now = self._runtime.moment()
        started: Flight | None = None
        try:
            with PROCESS.lock:
                token, is_fresh = self._usable(now)
                flight = self._open_flight()
                due = not is_fresh and flight is None and self._is_due(now)
                if token is not None and not due:
                    return token
                if flight is None:
                    started = flight = self._flight = self._new_flight(token)
                else:
                    self._joined += 1
            inline = inline and token is None
            if started is not None and not started.take_off(inline=inline):
                self._failed(started, None)
        except BaseException:
            # What a signal handler raises may come anywhere.
            if started is not None:
                started.call_off()
            raise
        if started is None and self._tell.hear_all:
            self._tell(FetchJoined(**self._names))
        return flight if token is None else token

    def _usable(self, now: Moment) -> tuple[AccessToken | None, bool]:
        """
        Look at the held token, and remember until when nobody has to look again.

        Returns:
            The token unless it is over, and whether it is fresh.
        """
        lease = self._lease
        freshness = lease.freshness
        state = "expired" if freshness is None else freshness.state(now)
        token = None if state == "expired" else lease.token
        if token is not None and freshness is not None:
            until, due = freshness.next_look(now), self._renew_after
            if due is not None and now.wall < due.wall:
                until = min(until, due.wall)
            self._lease = Lease(token, freshness, now.wall, until)
        elif lease.until:
            # Or a wall clock that is set back would come through it again.
            self._lease = lease.to_look_at()
        return token, state == "fresh"

    def _open_flight(self) -> Flight | None:
        flight = self._flight
        return flight if flight is not None and flight.is_open else None

    def _is_due(self, now: Moment) -> bool:
        """Say whether the server may be asked for a renewal by now."""
        after = self._renew_after
        return after is None or now.seconds_since(after) >= 0

    def _new_flight(self, held: AccessToken | None) -> Flight:
        lease = self._lease

        def fly() -> AccessToken:
            return self._fly(flight, lease)

        seconds = self._profile.timeout + _GRACE
        names = (self._profile.name, self._plan.provider)
        flight = Flight(fly, seconds, *names, self._landed, is_renewal=held is not None)
        return flight

    def _landed(self, flight: Flight) -> None:
        if flight is self._flight:
            self._flight = None

    @property
    def _names(self) -> dict[str, str]:
        return {"profile": self._profile.name, "provider": self._plan.provider}

    def _fly(self, flight: Flight, lease: Lease) -> AccessToken:
        """Fetch a token on the flight's thread, and keep it."""
        began = self._runtime.moment()
        before = lease.freshness
        valid = before is not None and before.state(began) != "expired"
        self._tell(FetchStarted(background=valid, **self._names))
        fetched = self._outcome(before if valid else None)
        if isinstance(fetched, BaseException):
            self._tell_failure(flight, fetched, lease, began)
            try:
                raise fetched
            finally:
                del fetched
        token = self._keep(flight, fetched, before)
        seconds = self._runtime.moment().seconds_since(began)
        response = fetched.response
        self._tell(
            FetchSucceeded(
                seconds=seconds,
                expires_in=response.expires_in,
                adopted=fetched.adopted,
                **self._names,
            )
        )
        if response.shortfall(self._plan):
            granted = response.scope or ()
            requested = self._plan.scope
            self._tell(
                ScopeShortfall(requested=requested, granted=granted, **self._names)
            )
        return token

    def _outcome(self, held: Freshness | None) -> Fetched | BaseException:
        """Fetch a token, or return why there is none, without what its frames hold."""
        try:
            return self._fetch(held, self._refused)
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            # Before anybody hears of it, who may log it with its frames.
            forget_locals(error)
            return error

    def _keep(
        self, flight: Flight, fetched: Fetched, before: Freshness | None
    ) -> AccessToken:
        """Make the token and hold it, unless a newer one is held already."""
        token = make_token(fetched)
        response, asked = fetched.response, fetched.asked
        lifetime = response.expires_in or self._plan.default_expires_in
        freshness = freshness_of(
            asked,
            lifetime,
            PROCESS.jitter,
            hint=response.refresh_in,
            late=before is not None and before.ends_with(asked, lifetime),
        )
        now = self._runtime.moment()
        with PROCESS.lock:
            held = self._lease.freshness
            overtaken = (
                flight is not self._flight
                and held is not None
                and held.asked.steady >= asked.steady
            )
            if not overtaken and freshness.seconds_left(now) > 0:
                until = freshness.next_look(now)
                if freshness.state(now) != "fresh":
                    until = now.wall
                self._lease = Lease(token, freshness, now.wall, until)
            if self._refusals is not None:
                self._refusals.kept(token.access_token)
            if fetched.adopted:
                self._adopted += 1
            self._failures_in_row = 0
            self._renew_after = None
            if freshness.seconds_left(now) <= 0:
                # Past on arrival: asking again at once would bring the same.
                pause = renewal_pause(1, None, self._runtime.chance())
                self._renew_after = Moment(now.wall + pause, now.steady + pause)
        return token

    def _tell_failure(
        self, flight: Flight, error: BaseException, lease: Lease, began: Moment
    ) -> None:
        """Note a failure, and tell it to those who asked for events."""
        pause = self._failed(flight, error)
        now = self._runtime.moment()
        left = lease.freshness.seconds_left(now) if lease.freshness is not None else 0
        self._tell(
            FetchFailed(
                seconds=now.seconds_since(began),
                error=type(error).__name__,
                message=str(error) if isinstance(error, CcflowError) else "",
                background=left > 0,
                **self._names,
            )
        )
        if left > 0:
            self._tell(ServedStale(seconds_left=left, retry_in=pause, **self._names))

    def _failed(self, flight: Flight, error: BaseException | None) -> float:
        """Note a failure, and return how long to leave the server alone."""
        retry_after = error.retry_after if isinstance(error, TokenError) else None
        now = self._runtime.moment()
        with PROCESS.lock:
            self._failures += 1
            if flight is not self._flight:
                return 0.0
            self._failures_in_row += 1
            held = self._lease.freshness
            left = held.seconds_left(now) if held is not None else 0.0
            pause = renewal_pause(
                self._failures_in_row,
                retry_after,
                self._runtime.chance(),
                left if left > 0 else None,
            )
            self._renew_after = Moment(now.wall + pause, now.steady + pause)
            self._lease = self._lease.to_look_at()  # As soon as that time has come.
        return pause

    def refused(self, token: AccessToken) -> bool:
        """Take in that an API refused a token, and say whether another may help."""
        now = self._runtime.moment()
        with PROCESS.lock:
            held = self._lease.token
            if held is not None and held.access_token != token.access_token:
                return True  # Another one is there already.
            if self._refusals is None:
                self._refusals = ApiRefusals()
            if not self._refusals.may_replace(
                token.access_token, now, self._runtime.chance()
            ):
                return False
        self.invalidate(token)
        return True

    def accepted(self, token: AccessToken) -> None:
        """Take in that an API accepted a token."""
        if self._refusals is not None:
            self._refusals.accepted(token.access_token)

    def replayed(self, status_code: int) -> None:
        """Take in that a request was sent again, and how it ended."""
        with PROCESS.lock:
            self._replays += 1
        self._tell(Replayed(status_code=status_code, **self._names))


def _restore(
    profile: Profile,
    scope: tuple[str, ...] | None,
    audience: str | None,
    resource: tuple[str, ...] | None,
) -> TokenSource:
    return TokenSource(profile, scope=scope, audience=audience, resource=resource)
