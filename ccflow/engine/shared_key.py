"""Under which key a source shares its token, and what keeps it from having one."""

from __future__ import annotations

from collections.abc import Mapping

from ccflow.config.profile import Profile
from ccflow.protocol.cache_key import make_cache_key
from ccflow.protocol.plan import Plan
from ccflow.secret import Secret
from ccflow.secret import SecretSource
from ccflow.secrets import read_secret


def make_shared_key(profile: Profile, plan: Plan) -> str | None:
    """
    Return the key, or None where the token must stay in memory.

    Reads the ``encryption_key`` of the store if there is a literal secret, which is
    hashed under it; else a look-up reads no secret.

    Raises:
        ConfigError: The encryption key cannot be read.
    """
    key = encryption_key_of(profile) if literal_keys(profile, plan) else None
    return make_cache_key(
        plan,
        _secrets(profile, plan),
        {
            "ca_file": profile.ca_file,
            "certificate": profile.certificate,
            "issuer": profile.issuer,
            "tls_certificate": profile.tls_certificate,
            "tls_private_key": profile.tls_private_key,
        },
        read_secret(key, "encryption_key") if key is not None else None,
    )


def encryption_key_of(profile: Profile) -> SecretSource | None:
    """Return what the records of its store are encrypted with, or None."""
    return profile.cache.encryption_key if profile.cache is not None else None


def literal_keys(profile: Profile, plan: Plan) -> list[str]:
    """Return the keys of the profile whose secret is literal and changes a token."""
    return [
        key
        for key, source in _secrets(profile, plan).items()
        if any(isinstance(it, Secret) for it in _parts(source))
    ]


def why_none(literal: list[str]) -> str:
    """Say why there is no key, for these literal secrets, and what to do."""
    verb = "is" if len(literal) == 1 else "are"
    return (
        f"{' and '.join(literal)} {verb} literal in the profile, and without a key "
        "nothing of that may lie in a store; use references, or set encryption_key "
        "in [cache]"
    )


def _parts(source: SecretSource | tuple[SecretSource, ...]) -> tuple[SecretSource, ...]:
    return source if isinstance(source, tuple) else (source,)


def _secrets(
    profile: Profile, plan: Plan
) -> Mapping[str, SecretSource | tuple[SecretSource, ...]]:
    """Return everything secret that changes a token, by key."""
    credential = plan.credential
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
