"""
A process that asks for tokens when it is told to.

What it hears is one thing to do, and what it says is what came of it.
"""

from __future__ import annotations

import os
import time

import httpx  # noqa: F401 - here, so that all begin at the same moment
import redis  # noqa: F401

import ccflow
import ccflow.engine.exchange
import ccflow.engine.source
import ccflow.stores.encrypted
import ccflow.stores.file
import ccflow.stores.redis


def outcome(source):
    """Return the token, or what was raised."""
    try:
        return {"token": source.token().access_token}
    except ccflow.CcflowError as error:
        return {
            "error": type(error).__name__,
            "retry_at": getattr(error, "retry_at", None),
            "message": str(error),
        }


def work(pipe, environment, profile):
    """
    Do what is said at the other end of a pipe, until it is closed.

    Args:
        pipe: Where it is said, and answered.

        environment: What the process has in its environment.

        profile: The keys of the profile.
    """
    os.environ.clear()
    os.environ.update(environment)
    source = ccflow.TokenSource(ccflow.Profile.from_mapping(profile, name="billing"))
    pipe.send("ready")
    while True:
        try:
            words = pipe.recv()
        except EOFError:
            return
        match words:
            case ["token"]:
                said = outcome(source)
            case ["at", moment]:
                time.sleep(max(float(moment) - time.time(), 0))
                said = outcome(source)
            case ["another-at", moment]:
                source.invalidate()  # as after a 401
                time.sleep(max(float(moment) - time.time(), 0))
                said = outcome(source)
            case ["status"]:
                status = source.status()
                said = {"requests": status.requests, "adopted": status.adopted}
            case ["secret", value]:
                os.environ["LIFE_SECRET"] = value
                said = None
        pipe.send(said)
