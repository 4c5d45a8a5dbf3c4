"""
Authorization servers to try and to test against, on this machine.

`emulate` runs real HTTPS servers on loopback that behave as Okta, Curity and
Oracle IDCS are documented to behave at the token endpoint, each with a protected
API, and writes the configuration to use them. They share no code with what they
test: they read requests, check assertions and make tokens on their own.

Importing this package is cheap; a name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING
from typing import Final


if TYPE_CHECKING:
    from ccflow.emulator.dialect import Client
    from ccflow.emulator.dialect import Dialect
    from ccflow.emulator.dialect import Sample
    from ccflow.emulator.emulated_server import EmulatedServer
    from ccflow.emulator.emulation import emulate
    from ccflow.emulator.fault import Fault
    from ccflow.emulator.fault import Occasion
    from ccflow.emulator.hookspecs import hookimpl
    from ccflow.emulator.hookspecs import load_dialect
    from ccflow.emulator.journal import Entry
    from ccflow.emulator.journal import Journal
    from ccflow.emulator.message import Delivery
    from ccflow.emulator.message import Refusal
    from ccflow.emulator.message import Request
    from ccflow.emulator.message import Response
    from ccflow.emulator.tenant import Tenant

__all__ = [
    "Client",
    "Delivery",
    "Dialect",
    "EmulatedServer",
    "Entry",
    "Fault",
    "Journal",
    "Occasion",
    "Refusal",
    "Request",
    "Response",
    "Sample",
    "Tenant",
    "emulate",
    "hookimpl",
    "load_dialect",
]

_MODULES: Final = {
    "Client": "dialect",
    "Delivery": "message",
    "Dialect": "dialect",
    "EmulatedServer": "emulated_server",
    "Entry": "journal",
    "Fault": "fault",
    "Journal": "journal",
    "Occasion": "fault",
    "Refusal": "message",
    "Request": "message",
    "Response": "message",
    "Sample": "dialect",
    "Tenant": "tenant",
    "emulate": "emulation",
    "hookimpl": "hookspecs",
    "load_dialect": "hookspecs",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULES[name]}")
    value: object = getattr(module, name)
    globals()[name] = value  # so that this function is asked once a name
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
