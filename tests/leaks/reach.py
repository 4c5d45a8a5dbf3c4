"""What can be reached from an object, by whoever has it in hand."""

from __future__ import annotations

import gc
import ssl
import types
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpcore
import httpx

import ccflow
from ccflow.engine.flight import Flight
from ccflow.keys.load import LoadedKey
from ccflow.keys.signer import JoseSigner
from ccflow.protocol.answer import Answer
from ccflow.protocol.metadata_request import MetadataRequest
from ccflow.protocol.request import TokenRequest
from ccflow.protocol.response import TokenResponse
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret
from ccflow.wire.client_certificate import ClientCertificate


FORBIDDEN = (
    Secret,
    TokenRequest,
    MetadataRequest,
    TokenResponse,
    Answer,
    Scrubber,
    LoadedKey,
    JoseSigner,
    ClientCertificate,
    httpx.Client,
    httpx.Request,
    httpx.Response,
    httpx.Headers,
    httpcore.ConnectionPool,
    httpcore.Request,
    httpcore.Response,
    ssl.SSLContext,
    ssl.SSLObject,
    ssl.MemoryBIO,
)
"""What no error holds."""

# The caller has these in hand, and its own frames have them in `self`.
_CALLERS = (ccflow.TokenSource, ccflow.Profile, Flight)
_DEAD_ENDS = (types.ModuleType, type, types.CodeType, types.BuiltinFunctionType)
_CCFLOW = str(Path(ccflow.__file__).parent)


def is_of_ccflow(frame: types.FrameType) -> bool:
    """Say whether a frame is one of ccflow's, and none that drives a user's client."""
    file = frame.f_code.co_filename
    return file.startswith(_CCFLOW) and "integrations" not in file


def reached(
    start: object, frames: Callable[[types.FrameType], bool] = is_of_ccflow
) -> Iterator[Any]:
    """
    Give everything that an object leads to.

    Args:
        start: Where from.

        frames: Which frames' locals count.
    """
    seen: set[int] = set()
    todo: list[Any] = [start]
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, _DEAD_ENDS + _CALLERS):
            continue
        seen.add(id(thing))
        yield thing
        todo += _behind(thing, frames)


def _behind(thing: Any, frames: Callable[[types.FrameType], bool]) -> list[Any]:
    if isinstance(thing, types.FrameType):
        # Not its globals: they are every module's.
        return list(thing.f_locals.values()) if frames(thing) else []
    if isinstance(thing, types.TracebackType):
        return [thing.tb_frame, thing.tb_next]
    if isinstance(thing, types.FunctionType):
        return [thing.__closure__, thing.__defaults__, thing.__kwdefaults__]
    return gc.get_referents(thing)
