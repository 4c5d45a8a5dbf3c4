"""The body of an answer, up to a cap that no server can talk us out of."""

from __future__ import annotations

import re
import zlib
from typing import Final

import httpx


BODY_CAP: Final = 1024 * 1024


class BodyError(Exception):
    """A body that cannot be taken in; the message continues "it answered with"."""


_TOO_LONG: Final = f"more than {BODY_CAP // 1024} KiB"
_MISFIT: Final = "a body that its Content-Encoding does not fit"
_PACKED: Final = frozenset({"br", "zstd", "compress", "x-compress"})
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def read_body(response: httpx.Response) -> bytes:
    """
    Read a body up to the cap, before and after it is decompressed.

    Raises:
        BodyError: It is longer, or not what its encoding says.
    """
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > BODY_CAP:
            raise BodyError(_TOO_LONG)
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in {"gzip", "x-gzip", "deflate"} and body:
        return _unpack(bytes(body))
    # Any other one is told by its content: some servers call UTF-8 an encoding.
    names = [it.strip() for it in encoding.split(",")]
    packed = next((it for it in names if it in _PACKED), None)
    if packed is not None and not _is_text(body):
        raise BodyError(f"a body compressed as {packed}, which was not asked for")
    return bytes(body)


def _is_text(body: bytes | bytearray) -> bool:
    try:
        return not _CONTROL.search(body.decode())
    except UnicodeDecodeError:
        return False


def _unpack(body: bytes) -> bytes:
    """Decompress; not by httpx, which knows no limit: a kilobyte becomes a gigabyte."""
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        clear = unpack.decompress(body, BODY_CAP + 1)
    except zlib.error:
        clear = None
    if clear is not None and len(clear) > BODY_CAP:
        raise BodyError(_TOO_LONG)
    if clear is None or not unpack.eof:
        raise BodyError(_MISFIT)
    return clear
