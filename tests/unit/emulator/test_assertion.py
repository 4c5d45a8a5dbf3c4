"""`ccflow.emulator.assertion` where the dialects do not reach."""

from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from ccflow.emulator.assertion import Rules
from ccflow.emulator.assertion import judge
from ccflow.emulator.dialect import Client
from ccflow.emulator.tenant import Tenant


NOW = 1_000_000
KEY = rsa.generate_private_key(65537, 2048)
CLIENT = Client(
    client_id="me",
    token_endpoint_auth_method="private_key_jwt",
    public_key=KEY.public_key(),
    key_id="1",
)
RULES = Rules(algorithms=frozenset({"RS256"}), audiences=frozenset({"here"}))


def judged(rules=RULES, **changes):
    tenant = Tenant(
        url="https://localhost",
        clock=lambda: NOW,
        signing_key=KEY,
        clients={"me": CLIENT},
    )
    claims = {"iss": "me", "sub": "me", "aud": "here", "exp": NOW + 60, **changes}
    return judge(jwt.encode(claims, KEY, "RS256"), rules, tenant)


class TestJudge:
    def test_good(self):
        """The client is known, and nothing is wrong."""
        assert judged() == (CLIENT, None)

    @pytest.mark.parametrize(
        ("changes", "flaw"),
        [
            ({"exp": True}, "no_expiry"),
            ({"exp": float("nan")}, "no_expiry"),
            ({"exp": float("inf")}, "no_expiry"),
            ({"exp": [NOW]}, "no_expiry"),
            ({"iat": "yesterday"}, "issued_in_future"),
            ({"nbf": NOW + 1}, "issued_in_future"),
            ({"aud": {"here": 1}}, "audience"),
            ({"aud": []}, "audience"),
            ({"aud": [None, 1]}, "audience"),
            ({"aud": "her"}, "audience"),
            ({"aud": None}, "audience"),
            ({"sub": None}, "subject"),
        ],
    )
    def test_odd_claims(self, changes, flaw):
        """Claims of any type at all end in a flaw."""
        assert (CLIENT, flaw) == judged(**changes)

    def test_identifier_of_any_type(self):
        """A number is no identifier, and is not remembered."""
        rules = Rules(
            algorithms=RULES.algorithms, audiences=RULES.audiences, jti_once=True
        )

        assert [judged(rules, jti=1)[1] for _ in range(2)] == [None, None]
