"""Faults as a person writes them."""

from __future__ import annotations

import pytest

from ccflow.emulator import faults
from ccflow.emulator.fault_text import FAULTS
from ccflow.emulator.fault_text import read_faults


@pytest.mark.parametrize(
    ("text", "fault", "times"),
    [
        ("status=503", faults.Status(503), 1),
        ("status,status=503", faults.Status(503), 1),
        (" html ", faults.Html(), 1),
        ("html=403,times=3", faults.Html(403), 3),
        ("html,times=always", faults.Html(), None),
        ("redirect", faults.Redirect(), 1),
        (
            "redirect=https://x.example/?a=1,2,status=302",
            faults.Redirect("https://x.example/?a=1,2", status=302),
            1,
        ),
        ("rate-limit", faults.RateLimit(), 1),
        ("rate-limit=2", faults.RateLimit(2), 1),
        ("rate-limit=2,as-date=no", faults.RateLimit(2, as_date=False), 1),
        ("hang", faults.Hang(), 1),
        ("hang=20", faults.Hang(after=20), 1),
        ("drip=0.5", faults.Drip(0.5), 1),
        ("reset,after=20", faults.Reset(after=20), 1),
        ("string-lifetime", faults.StringLifetime(), 1),
        ("same-token,times=always", faults.SameToken(), None),
        ("dpop-nonce", faults.DpopNonce(), 1),
        ("jti-once", faults.JtiOnce(), 1),
        ("clock-offset=+300", faults.ClockOffset(300), 1),
        ("clock-offset=-0.5", faults.ClockOffset(-0.5), 1),
        ("new-signing-key", faults.NewSigningKey(), 1),
        ("new-secret=no", faults.NewSecret(told=False), 1),
        ("new-secret,told=yes", faults.NewSecret(), 1),
        ("ok", None, 1),
        ("ok,times=2", None, 2),
    ],
)
def test_what_can_be_said(text, fault, times):
    """Each fault, its options, and how often."""
    assert [(fault, times)] == read_faults([text])


def test_every_fault_can_be_said():
    """A fault that is added is one that the command line knows."""
    assert {it.__name__ for it in FAULTS.values()} == set(faults.__all__)
    assert "new-signing-key" in FAULTS


def test_the_order_is_kept():
    """Several are a sequence."""
    assert [
        (faults.Status(503), 2),
        (None, 1),
        (faults.Hang(), None),
    ] == read_faults(["status=503,times=2", "ok", "hang,times=always"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no fault ''; there are clock-offset, dpop-nonce, .*, ok$"),
        ("stauts=503", "there is no fault 'stauts'; did you mean 'status'\\?"),
        ("okay", "there is no fault 'okay'; did you mean 'ok'\\?"),
        ("rate_limit", "did you mean 'rate-limit'\\?"),
        ("status", "status needs a value: status=STATUS"),
        ("clock-offset", "clock-offset needs a value: clock-offset=SECONDS"),
        ("status=", "status is a whole number, not ''"),
        ("status=abc", "status is a whole number, not 'abc'"),
        ("status=\u0665\u0660\u0663", "status is a whole number"),
        ("status=200", "status is from 400 to 599, not 200"),
        ("status=503,tims=3", "status has no option 'tims'; did you mean 'times'\\?"),
        ("html,colour=red", "html has no option 'colour'; there are status, times"),
        ("string-lifetime=3", "string-lifetime takes no value"),
        ("ok=3", "ok takes no value"),
        ("ok,after=3", "ok has no option 'after'; there are times"),
        ("rate-limit=2,as-date=maybe", "as-date is yes or no, not 'maybe'"),
        ("drip=slow", "pause is a number, not 'slow'"),
        ("drip=0", "pause is from 0.001 to 86400, not 0"),
        ("html,times=0", "times is 1 or more, or 'always', not '0'"),
        ("html,times=often", "times is 1 or more, or 'always', not 'often'"),
    ],
)
def test_what_cannot_be_said(text, message):
    """The message names what is wrong, and what there is instead."""
    with pytest.raises(ValueError, match=message):
        read_faults([text])


def test_what_would_never_come():
    """Nothing follows a fault that is for all requests."""
    with pytest.raises(ValueError, match="'status=503' never comes"):
        read_faults(["html,times=always", "status=503"])
