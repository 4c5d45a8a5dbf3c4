"""
A record as bytes, for stores that keep bytes.

The digest covers everything, the key included: what is torn, cut short, or put under
another key is not a record.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from typing import Final

from ccflow.store import Record


MAGIC: Final = b"ccflow record 1 "
LIMIT: Final = 1 << 20  # A record is a token or a gate, and both are small.

_HEADER: Final = re.compile(
    re.escape(MAGIC) + rb"([0-9a-f]{64}) ([0-9a-f]{16} [0-9.e+-]{1,32})\n"
)


def _digest(key: str, details: bytes, value: bytes) -> str:
    return hashlib.sha256(b"\n".join((key.encode(), details, value))).hexdigest()


def pack(key: str, record: Record, nonce: bytes | None = None) -> bytes:
    """
    Return the bytes of a record.

    Args:
        key: What it stands under.

        record: The record; its version is ignored.

        nonce: Eight bytes that tell this writing from another of the same
            content; random where None.
    """
    unique = os.urandom(8) if nonce is None else nonce
    expires_at = min(max(record.expires_at, 0.0), 1e18)
    details = f"{unique.hex()} {float(expires_at)!r}".encode()
    digest = _digest(key, details, record.value).encode()
    return b"%b%b %b\n%b" % (MAGIC, digest, details, record.value)


def unpack(key: str, content: object) -> Record | None:
    """Return the record of some bytes, or None where they are none of this key's."""
    if not isinstance(content, bytes) or not (header := _HEADER.match(content)):
        return None
    value = content[header.end() :]
    digest = header[1].decode()
    if _digest(key, header[2], value) != digest:
        return None
    try:
        expires_at = float(header[2].split()[1])
    except ValueError:
        return None
    return Record(value, expires_at, digest) if math.isfinite(expires_at) else None


def is_live(record: Record | None, now: float) -> bool:
    """Tell whether there is a record, and it counts at this time."""
    return record is not None and now < record.expires_at
