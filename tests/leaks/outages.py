"""Where no answer comes from, and what is between: networks, proxies, stores."""

from __future__ import annotations

from urllib.parse import quote

import ccflow
from tests.leaks.echoes import of_json
from tests.leaks.echoes import plain
from tests.leaks.failure import RESPONSE
from tests.leaks.failure import UNAVAILABLE
from tests.leaks.failure import Cell
from tests.leaks.failure import Change
from tests.leaks.failure import Failure
from tests.leaks.failure import Keys
from tests.leaks.failure import Say
from tests.leaks.secrets import PROXY_PASSWORD
from tests.leaks.secrets import STORE_PASSWORD
from tests.leaks.secrets import TOKEN
from tests.support.hostile import one_after_another
from tests.support.hostile import reset
from tests.support.hostile import silence


def _at(where: str) -> Change:
    """Send the request to another server of those that run, or to no server."""

    def change(cell: Cell, keys: Keys) -> None:
        path = keys["token_endpoint"].partition("//")[2].partition("/")[2]
        server = getattr(cell.servers, where, None)
        base = server.url if server is not None else where
        base = base.replace("http:", "https:").format(nobody=cell.servers.nobody)
        keys["token_endpoint"] = f"{base}/{path}"

    return change


def _trusts_others(cell: Cell, keys: Keys) -> None:
    keys["ca_file"] = cell.world.other_ca_file


NETWORK = (
    Failure("reset", UNAVAILABLE, "network", lambda told: reset),
    Failure("hung-up", UNAVAILABLE, "network", lambda told: one_after_another([b""])),
    Failure("silence", UNAVAILABLE, "network", lambda told: silence, waits=True),
    Failure("plain-http", UNAVAILABLE, "network", None, _at("no_tls")),
    Failure("old-tls", UNAVAILABLE, "network", None, _at("old_tls")),
    Failure("no-handshake", UNAVAILABLE, "network", None, _at("silent"), waits=True),
    Failure("unknown-authority", UNAVAILABLE, "network", None, _trusts_others),
    Failure("wrong-host", UNAVAILABLE, "network", None, _at("other_host")),
    Failure("expired", UNAVAILABLE, "network", None, _at("expired")),
    Failure(
        "nobody-listens",
        UNAVAILABLE,
        "network",
        None,
        _at("https://localhost:{nobody}"),
    ),
    Failure("no-such-name", UNAVAILABLE, "network", None, _at("https://id.invalid")),
)


def _through(name: str) -> Change:
    """Go through the proxy, which is told what to say by its user."""

    def change(cell: Cell, keys: Keys) -> None:
        user = f"{name}.{cell.encoding}.{cell.number}"
        where = f"127.0.0.1:{cell.servers.proxy.port}"
        keys["proxy"] = f"http://{user}:{quote(PROXY_PASSWORD, safe='')}@{where}"

    return change


def _through_nobody(cell: Cell, keys: Keys) -> None:
    password = quote(PROXY_PASSWORD, safe="")
    keys["proxy"] = f"http://joe:{password}@127.0.0.1:{cell.servers.nobody}"


def _proxy(name: str, error: type, category: str, say: Say) -> Failure:
    return Failure(name, error, category, say, _through(name))


PROXIES = (
    _proxy(
        "proxy-407",
        RESPONSE,
        "intermediary",
        lambda told: plain(
            407, told, reason=told, Proxy_Authenticate=f'Basic realm="{told}"'
        ),
    ),
    _proxy(
        "proxy-403",
        RESPONSE,
        "intermediary",
        lambda told: plain(403, f"<html><title>{told}</title>", reason=told),
    ),
    _proxy(
        "proxy-502", UNAVAILABLE, "intermediary", lambda told: plain(502, reason=told)
    ),
    _proxy(
        "proxy-of-no-http",
        UNAVAILABLE,
        "network",
        lambda told: one_after_another([f"{told}\r\n\r\n".encode()]),
    ),
    Failure("no-proxy", UNAVAILABLE, "network", None, _through_nobody),
)


def _looked_up(name: str, say: Say, error: type, category: str) -> Failure:
    def change(cell: Cell, keys: Keys) -> None:
        keys["issuer"] = keys.pop("token_endpoint")
        keys["assertion_audience"] = "issuer"

    return Failure(name, error, category, say, change)


METADATA = (
    _looked_up(
        "metadata-404",
        lambda told: plain(404, told, reason=told),
        RESPONSE,
        "malformed",
    ),
    _looked_up(
        "metadata-page",
        lambda told: plain(200, f"<html><title>{told}</title>{told}"),
        RESPONSE,
        "intermediary",
    ),
    _looked_up(
        "metadata-of-another",
        lambda told: of_json(
            200, {"issuer": told, "token_endpoint": f"https://x.example/{told}"}
        ),
        RESPONSE,
        "malformed",
    ),
    _looked_up(
        "metadata-500",
        lambda told: plain(500, told, reason=told),
        UNAVAILABLE,
        "server",
    ),
)


_OF_VARIABLES = ("basic, form", "client_secret_jwt")
# With it those share their tokens, too, whose secret is literal.
_SEALED = {"encryption_key": {"env": "LEAKS_STORE_KEY"}}


def _cache(**members: object) -> Change:
    def change(cell: Cell, keys: Keys) -> None:
        keys["cache"] = members

    return change


def _redis(cell: Cell, keys: Keys) -> None:
    password = quote(STORE_PASSWORD, safe="")
    url = f"redis://worker:{password}@127.0.0.1:{cell.servers.redis.port}/0"
    keys["cache"] = {"store": "redis", "url": url, **_SEALED}


def _other_key(cell: Cell, keys: Keys) -> None:
    """Find a token that somebody with another key has stored."""
    keys["cache"] = {
        "store": "file",
        "directory": str(cell.world.directory / "sealed" / f"{cell.number}"),
        "encryption_key": {"env": "LEAKS_OTHER_KEY"},
    }
    ccflow.TokenSource(ccflow.Profile.from_mapping(keys)).token()
    keys["cache"] |= _SEALED


def _open_to_all(cell: Cell, keys: Keys) -> None:
    directory = cell.world.directory / "sealed" / f"{cell.number}"
    directory.mkdir()
    directory.chmod(0o777)
    keys["cache"] = {"store": "file", "directory": str(directory), **_SEALED}


def _granted(told: str) -> bytes:
    return of_json(
        200, {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}
    )


STORES = (
    Failure("redis-password", None, None, _granted, _redis),
    Failure(
        "store-key",
        None,
        None,
        _granted,
        _other_key,
        # A literal secret is known by the key, so another key means another record;
        # and a file by where it is named, so a command finds that of no other caller.
        fits=lambda method: method.is_tls or method.name in _OF_VARIABLES,
    ),
    Failure(
        "store-without-its-key",
        None,
        None,
        _granted,
        _cache(store="file", encryption_key={"env": "LEAKS_NOT_SET"}),
    ),
    Failure("open-store", None, None, _granted, _open_to_all),
)

OUTAGES = (*NETWORK, *PROXIES, *METADATA, *STORES)
