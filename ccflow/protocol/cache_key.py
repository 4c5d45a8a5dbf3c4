"""The name under which a token may be shared: a hash over all that changes it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import attrs

from ccflow.protocol.plan import Plan
from ccflow.secret import Secret
from ccflow.secret import SecretSource


def _canonical(source: SecretSource, encryption_key: Secret | None) -> object:
    """
    Return what stands for a secret in a key: its reference, never its value.

    So a look-up reads no secret. A literal has no reference; it enters as an HMAC
    under a key that others do not have.

    Raises:
        LookupError: It is a literal, and there is no such key.
    """
    if not isinstance(source, Secret):
        # A variable, or a password of the system, is the same one everywhere.
        base = "" if source.reader in ("env", "keyring") else source.base_directory
        return [source.reader, dict(source.table), base]
    if encryption_key is None:
        raise LookupError("a literal secret without an encryption key")
    return hmac.new(
        encryption_key.reveal().encode(errors="surrogatepass"),
        source.reveal().encode(errors="surrogatepass"),
        hashlib.sha256,
    ).hexdigest()


def make_cache_key(
    plan: Plan,
    secrets: Mapping[str, SecretSource | tuple[SecretSource, ...]],
    others: Mapping[str, str | None],
    encryption_key: Secret | None = None,
) -> str | None:
    """
    Return the key of a token, or None where it must stay in memory.

    Args:
        plan: What is asked for. Its profile's name does not matter, and neither
            does the order of its scopes.

        secrets: The credential and whatever else is secret, by profile key.

        others: What else decides about the token and its way, by profile key.

        encryption_key: What literal secrets are hashed under.
    """
    asked: dict[str, Any] = {
        field.name: getattr(plan, field.name) for field in attrs.fields(Plan)
    }
    del asked["profile"]
    asked["scope"] = sorted(set(plan.scope))
    asked["resource"] = sorted(set(plan.resource))
    asked["quirks"] = attrs.asdict(plan.quirks)
    try:
        asked["secrets"] = {
            name: [
                _canonical(part, encryption_key)
                for part in (source if isinstance(source, tuple) else (source,))
            ]
            for name, source in secrets.items()
        }
    except LookupError:
        return None
    asked["others"] = dict(others)
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), default=list)
    return hashlib.sha256(text.encode()).hexdigest()
