"""
What a file says of a server, as values.

Texts may hold fields, which are filled when the server answers: see `rendering`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Literal

from ccflow_catalog.dialects.mistake import Answer


@dataclass(frozen=True, kw_only=True)
class Scopes:
    """
    What may be asked for.

    Args:
        known: The scopes that are registered, besides those of a test; any where
            None.

        default: Granted where none is asked for.

        always: Granted whatever is asked for.

        needed: Whether a request without scopes is refused.

        required: Scopes that every request must name.

        forbidden: Scopes that are refused whatever is registered.

        pattern: What the whole of each scope matches; any where None.

        most: How many a request may name; any number where None.

        separator: What stands between two of them, in requests and answers.
    """

    known: tuple[str, ...] | None = None
    default: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    needed: bool = False
    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    pattern: str | None = None
    most: int | None = None
    separator: str = " "


@dataclass(frozen=True, kw_only=True)
class Assertions:
    """
    What is taken of a client assertion.

    Args:
        algorithms: The values of ``alg``.

        audiences: The values of ``aud``, of which one must be there.

        skew: By how many seconds the client's clock may be off.

        longest_life: How many seconds ahead ``exp`` may be; None for any number.

        jti_once: Whether an identifier may be used once only.

        key_named: Whether the header must name the key.

        client_id: Whether ``client_id`` must come beside it.
    """

    algorithms: tuple[str, ...] = ("RS256",)
    audiences: tuple[str, ...] = ("{token_endpoint}",)
    skew: int = 0
    longest_life: int | None = None
    jti_once: bool = False
    key_named: bool = False
    client_id: bool = False


@dataclass(frozen=True, kw_only=True)
class Registered:
    """
    One client, and the profile for it.

    Args:
        method: The method that it is registered for.

        profile: The name of the profile; made of the name of the provider and the
            method where None.

        settings: More keys of the profile, over those of the description.

        scope: What the profile asks for.

        key: The kind of private key.

        key_id: What the server calls that key.

        certificate: Whether the profile names the key by its certificate instead.
    """

    method: str
    profile: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    scope: tuple[str, ...] = ()
    key: Literal["RSA", "EC"] = "RSA"
    key_id: str | None = None
    certificate: bool = False


@dataclass(frozen=True, kw_only=True)
class Description:
    """
    How one kind of server speaks.

    Args:
        token_path: The path of the token endpoint.

        issuer: How it names itself.

        samples: What is registered; the first is by the provider's default method.

        success: The members of an answer with a token, in the server's order.

        omit_empty: Those of them that are left out where they would be empty.

        host_setting: The key of a profile that takes host and port, or
            ``token_endpoint`` where a profile can only name the whole address.

        settings: More keys of every profile.

        client_id: What an identifier looks like.

        secret: What a secret looks like.

        token: What a token looks like.

        lifetime: Seconds.

        grant_type: What this server calls the grant.

        methods: The methods that it takes; those of the samples where empty.

        basic: Whether a Basic header is form-decoded: ``raw`` takes it as it is,
            ``form`` decodes it, ``either`` takes both, for servers of which nobody
            wrote it down.

        decoding_header: A header without which a Basic header is taken as it is,
            whatever `basic` says.

        parameters: Parameters that a request must have.

        scopes: What may be asked for.

        assertions: What is taken of a client assertion.

        error_body: The members of an answer without a token.

        answers: What it says to which mistake.

        metadata: The paths of its metadata.
    """

    token_path: str
    issuer: str
    samples: tuple[Registered, ...]
    success: Mapping[str, Any]
    omit_empty: tuple[str, ...] = ()
    host_setting: str = "token_endpoint"
    settings: Mapping[str, Any] = field(default_factory=dict)
    client_id: str = "{profile}"
    secret: str = "{random}"
    token: str = "{random}"
    lifetime: int = 3600
    grant_type: str = "client_credentials"
    methods: tuple[str, ...] = ()
    basic: Literal["raw", "form", "either"] = "either"
    decoding_header: str | None = None
    parameters: tuple[str, ...] = ()
    scopes: Scopes = field(default_factory=Scopes)
    assertions: Assertions = field(default_factory=Assertions)
    error_body: Mapping[str, Any] = field(
        default_factory=lambda: {"error": "{error}", "error_description": "{text}"}
    )
    answers: Mapping[str, Answer] = field(default_factory=dict)
    metadata: tuple[str, ...] = ()

    def taken_methods(self) -> frozenset[str]:
        """Return the methods that it takes."""
        return frozenset(self.methods or (it.method for it in self.samples))
