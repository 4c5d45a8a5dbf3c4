"""The whole of it: what can be known without asking, then the way, then a token."""

from __future__ import annotations

from collections.abc import Generator
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Final
from typing import TypeVar

import attrs

from ccflow.config.cache import Cache
from ccflow.config.load import Config
from ccflow.doctor.api import Api
from ccflow.doctor.api import check_api
from ccflow.doctor.check import Patient
from ccflow.doctor.check import look_over
from ccflow.doctor.clock import HeardClock
from ccflow.doctor.clock import check_clock
from ccflow.doctor.connection import check_connection
from ccflow.doctor.finding import Finding
from ccflow.doctor.finding import failure_of
from ccflow.doctor.grant import check_lifetime
from ccflow.doctor.grant import check_scope
from ccflow.doctor.login import Login
from ccflow.doctor.metadata import check_metadata
from ccflow.doctor.registration import Asked
from ccflow.doctor.route import Route
from ccflow.doctor.trust import target_of
from ccflow.engine.exchange import Exchange
from ccflow.engine.runtime import SYSTEM
from ccflow.engine.runtime import Runtime
from ccflow.errors import CcflowError
from ccflow.errors import SecretError
from ccflow.protocol.plan import Plan
from ccflow.protocol.url import origin_of
from ccflow.wire.trust import trust_of


T = TypeVar("T")

STEPS: Final = (
    *("dns", "tcp", "proxy", "tls"),
    *("metadata", "clock", "token", "encoding", "lifetime", "scope", "api"),
)
"""The steps that need the server, in their order; some only if they are wanted."""

# A token comes without it, and is only not kept for others.
_HARMLESS: Final = frozenset({"store"})


@attrs.frozen(kw_only=True)
class Order:
    """
    What an examination is to try.

    Args:
        asked: What is asked for instead of the profile's.

        api: Where to try the token; None for nowhere.

        try_encodings: Whether a secret that is refused is sent once more, written
            the other way.
    """

    asked: Asked = attrs.field(factory=Asked)
    api: Api | None = None
    try_encodings: bool = False

    def wants(self, step: str) -> bool:
        """Say whether a step is to be tried."""
        wanted = {"api": self.api is not None, "encoding": self.try_encodings}
        return wanted.get(step, True)


@attrs.define
class _Course:
    """Which steps there were, and which of them crossed the way of the others."""

    seen: set[str] = attrs.field(factory=set)
    crossed: list[str] = attrs.field(factory=list)

    def note(
        self, findings: Generator[Finding, None, T]
    ) -> Generator[Finding, None, T]:
        while True:
            try:
                finding = next(findings)
            except StopIteration as end:
                found: T = end.value
                return found
            self.seen.add(finding.step)
            if finding.level == "error" and finding.step not in _HARMLESS:
                self.crossed.append(finding.step)
            yield finding

    def rest(self, steps: Iterable[str]) -> Iterator[Finding]:
        why = f"not tried, since {self.crossed[0]} failed" if self.crossed else ""
        for step in steps:
            if step not in self.seen:
                yield Finding(step, "skipped", why)


def examine(
    name: str,
    config: Config = None,
    *,
    order: Order,
    default_cache: Cache | None = None,
    runtime: Runtime = SYSTEM,
) -> Iterator[Finding]:
    """
    Look a profile over, go to its server, and ask for one token.

    What depends on a step that failed is skipped, and says so.

    Args:
        name: The name of the profile.

        config: The only file to read; None searches.

        order: What to try.

        default_cache: What is used where the profile names no store.

        runtime: The clocks.
    """
    course = _Course()
    patient = yield from course.note(
        look_over(
            name,
            config,
            clock=runtime.wall,
            default_cache=default_cache,
            asked=order.asked,
        )
    )
    if patient is not None and not course.crossed:
        yield from course.note(_visit(patient, order, runtime))
    yield from course.rest([step for step in STEPS if order.wants(step)])


def _visit(
    patient: Patient, order: Order, runtime: Runtime
) -> Generator[Finding, None, None]:
    """Go to the server, until a step fails."""
    clock = HeardClock()
    exchange = Exchange(patient.profile, patient.provider, patient.plan, runtime, clock)
    plan = yield from _find_endpoint(patient, exchange)
    if plan is None:
        return
    yield from check_metadata(patient, plan, clock, runtime)
    told = clock.heard
    if told:
        yield from check_clock(clock, signs=exchange.signs)
    login = Login(patient, exchange, runtime, clock, order.try_encodings)
    response = yield from login.check()
    if not told:
        yield from check_clock(clock, signs=exchange.signs)
    if response is None:
        return
    yield from check_lifetime(response, plan)
    yield from check_scope(response, plan)
    if order.api is not None:
        yield from check_api(patient.profile, response, order.api)


def _find_endpoint(
    patient: Patient, exchange: Exchange
) -> Generator[Finding, None, Plan | None]:
    """Go to the token endpoint, and return the plan with it."""
    plan, url = patient.plan, target_of(patient.plan)
    named = "issuer" if plan.metadata_urls else "token_endpoint"
    if not (yield from _reach(patient, url, named, exchange.runtime)):
        return None
    if not plan.metadata_urls:
        return plan
    ends = exchange.runtime.steady() + patient.profile.timeout
    try:
        plan = exchange.located(ends)
    except CcflowError as error:
        yield from failure_of("metadata", error)
        return None
    yield Finding("metadata", "ok", f"the token endpoint is {plan.token_endpoint}")
    if origin_of(plan.token_endpoint) != origin_of(url):
        endpoint = plan.token_endpoint
        if not (
            yield from _reach(patient, endpoint, "token_endpoint", exchange.runtime)
        ):
            return None
    return plan


def _reach(
    patient: Patient, url: str, named: str, runtime: Runtime
) -> Generator[Finding, None, bool]:
    profile = patient.profile
    try:
        trust = trust_of(profile, url)
        route = Route(url=url, trust=trust, seconds=profile.timeout, named=named)
        return (yield from check_connection(route, runtime.wall()))
    except SecretError as error:
        yield from failure_of("tcp", error)
        return False
