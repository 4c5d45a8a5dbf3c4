"""
A process that asks for tokens when it is told to; run as a program by the tests.

Each line of its input is one thing to do, each line of its output what came of it.
"""

from __future__ import annotations

import json
import os
import sys
import time


def outcome(source):
    """Return the token, or what was raised."""
    import ccflow

    try:
        return {"token": source.token().access_token}
    except ccflow.CcflowError as error:
        return {
            "error": type(error).__name__,
            "retry_at": getattr(error, "retry_at", None),
            "message": str(error),
        }


def main():
    import httpx  # noqa: F401 - so that all begin at the same moment

    import ccflow

    profile = ccflow.Profile.from_mapping(json.loads(sys.argv[1]), name="billing")
    source = ccflow.TokenSource(profile)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        match line.split():
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
            case ["leave"]:
                # The interpreter ends while a flight is under way.
                import threading

                threading.Thread(target=outcome, args=(source,), daemon=True).start()
                sys.stdin.readline()
                return
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
