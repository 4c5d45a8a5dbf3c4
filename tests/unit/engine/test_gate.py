"""The lockout guard as a value."""

from __future__ import annotations

import pytest

from ccflow.engine.gate import LONGEST_PAUSE
from ccflow.engine.gate import Refused
from ccflow.engine.gate import gate_from_bytes
from ccflow.engine.gate import open_gate
from ccflow.engine.gate import opens_gate
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError
from ccflow.secret import Secret


BAD = Refused(Secret("wrong-wrong-wrong"))
NOW = 1_800_000_000.0


def refusal(**details):
    given = {"category": "client_auth", "error": "invalid_client", **details}
    return TokenRefusedError("no such client", profile="p", provider="okta", **given)


def gate(before=None, chance=0.5, **details):
    return open_gate(refusal(**details), BAD, before, now=NOW, chance=chance)


class TestOpensGate:
    @pytest.mark.parametrize("category", ["client_auth", "scope", "request"])
    def test_refusals(self, category):
        """A refusal of any kind will be met again."""
        assert opens_gate(refusal(category=category))

    def test_rate_limit_with_an_end(self):
        """A server that says when to come back is not asked before."""
        limited = TokenUnavailableError(
            "slow", category="rate_limit", retryable=True, retry_after=9.0
        )

        assert opens_gate(limited)

    @pytest.mark.parametrize(
        "failure",
        [
            TokenUnavailableError("slow", category="rate_limit", retryable=True),
            TokenUnavailableError("down", category="network", retryable=True),
            TokenResponseError("page", category="intermediary"),
        ],
    )
    def test_what_may_pass_is_not_remembered(self, failure):
        """Callers who come later ask for themselves."""
        assert not opens_gate(failure)


class TestGate:
    def test_first_pause_is_a_few_seconds(self):
        """A person who corrects a mistake does not wait long."""
        assert gate().until - NOW == 5.0

    def test_pause_grows_up_to_some_minutes(self):
        """A service that nobody looks at is quiet, and heals by itself."""
        pauses = []
        last = None
        for _ in range(10):
            last = gate(last)
            pauses.append(last.until - NOW)

        assert pauses == sorted(pauses)
        assert pauses[1] == 10.0
        assert pauses[-1] == LONGEST_PAUSE

    def test_pause_is_jittered(self):
        """Workers that were refused together do not come back together."""
        assert gate(chance=0.0).until < gate(chance=0.5).until < gate(chance=1.0).until

    def test_server_may_ask_for_more(self):
        """A Retry-After on a refusal is honoured."""
        assert gate(retry_after=60.0).until - NOW == 60.0

    def test_stops_the_refused_credential_only(self):
        """Another secret goes through at once."""
        made = gate()

        assert made.stops(BAD)
        assert not made.stops(Refused(Secret("corrected")))

    def test_remembered_refusal_says_until_when(self):
        """Callers learn from the error when the server will be asked again."""
        made = gate(status_code=401, hint="look there")

        remembered = made.remembered(made.until, 5.0)

        assert remembered.retry_at == made.until
        assert (remembered.error, remembered.hint) == ("invalid_client", "look there")
        assert str(remembered).startswith("no such client (from memory: ")
        assert "asked again in 5 s" in str(remembered)
        assert str(made.failure) == "no such client"

    def test_survives_a_store(self):
        """Another process reads the same gate."""
        made = gate(status_code=401, error_description="bad", correlation_id="7")

        read = gate_from_bytes(made.to_bytes())

        assert read is not None
        assert read.until == made.until
        assert read.pauses == made.pauses
        assert read.stops(BAD)
        assert read.remembered(NOW, 5.0).correlation_id == "7"

    def test_record_does_not_tell_the_credential(self):
        """Whoever reads the store learns no secret, and no fast hash of one."""
        value = gate().to_bytes()

        assert BAD.value.reveal().encode() not in value
        assert BAD.value.reveal() not in repr(gate())

    @pytest.mark.parametrize(
        "value", [b"", b"{}", b"[1]", b"\xff", b'{"class": "os.system"}', b"null"]
    )
    def test_foreign_record_counts_as_none(self, value):
        """Nonsense in a store opens and closes nothing."""
        assert gate_from_bytes(value) is None
