"""What is wrong before anything is sent: secrets, keys, profiles."""

from __future__ import annotations

import stat

from tests.leaks.failure import CONFIG
from tests.leaks.failure import Cell
from tests.leaks.failure import Change
from tests.leaks.failure import Failure
from tests.leaks.failure import Keys
from tests.leaks.methods import Method
from tests.leaks.secrets import ACCOUNT
from tests.leaks.secrets import API_KEY
from tests.leaks.secrets import CLIENT_SECRET
from tests.leaks.secrets import KEY_PASSWORD
from tests.leaks.secrets import PROXY_PASSWORD


_NOISY = """#!/bin/sh
cat {secret}; cat {secret} >&2; {then}
"""


def _secret_of(cell: Cell) -> str:
    """Return what the credential of a method is."""
    match cell.method.credential:
        case "private_key":
            keys = cell.world.keys
            return keys.pem if cell.method.key == "pem" else keys.jwk
        case "client_assertion":
            return cell.world.assertion
        case "private_key_password":
            return KEY_PASSWORD
        case _:
            return CLIENT_SECRET


def _instead(reference: dict[str, object]) -> Change:
    """Refer to a credential that is not there."""

    def change(cell: Cell, keys: Keys) -> None:
        keys[cell.method.credential] = reference

    return change


def _in_file(mode: int = 0o600, behind: bytes = b"") -> Change:
    """Keep it in a file that cannot be used."""

    def change(cell: Cell, keys: Keys) -> None:
        content = _secret_of(cell).encode() + behind
        path = cell.world.secret(f"bad-{cell.number}", content, mode)
        keys[cell.method.credential] = {"file": str(path)}

    return change


def _by_command(then: str) -> Change:
    """Have it printed by a program that fails."""

    def change(cell: Cell, keys: Keys) -> None:
        secret = cell.world.secret(f"said-{cell.number}", _secret_of(cell))
        script = _NOISY.format(secret=secret, then=then)
        path = cell.world.secret(f"command-{cell.number}", script, stat.S_IRWXU)
        keys[cell.method.credential] = {"command": [str(path)]}

    return change


def _wrong_password(cell: Cell, keys: Keys) -> None:
    keys["private_key_password"] = KEY_PASSWORD[::-1]


def _no_password(cell: Cell, keys: Keys) -> None:
    del keys["private_key_password"]


def _broken_key(cell: Cell, keys: Keys) -> None:
    if not cell.method.is_tls:
        text = _secret_of(cell)
        keys["private_key"] = text[: len(text) // 2] + "!!" + text[len(text) // 2 :]
        return
    text = cell.world.keys.tls.read_text()
    broken = text[: len(text) // 2] + "!!" + text[len(text) // 2 :]
    path = cell.world.secret(f"broken-{cell.number}", broken)
    keys["tls_private_key"] = str(path)


def _open_key(cell: Cell, keys: Keys) -> None:
    content = cell.world.keys.tls.read_bytes()
    path = cell.world.secret(f"open-{cell.number}", content, 0o666)
    keys["tls_private_key"] = str(path)


def _short_secret(cell: Cell, keys: Keys) -> None:
    keys["client_secret"] = CLIENT_SECRET[:20]


def _other_algorithm(cell: Cell, keys: Keys) -> None:
    keys["token_endpoint_auth_signing_alg"] = "ES512"


def _signs_with_key(method: Method) -> bool:
    return method.credential == "private_key"


def _has_locked_key(method: Method) -> bool:
    return method.key in {"pem", "tls"}


def _has_key(method: Method) -> bool:
    return method.key is not None


SECRETS = (
    Failure("unset-variable", CONFIG, change=_instead({"env": "LEAKS_NOT_SET"})),
    Failure("no-file", CONFIG, change=_instead({"file": "not-there"})),
    Failure("file-of-all", CONFIG, change=_in_file(0o666)),
    Failure("file-of-no-text", CONFIG, change=_in_file(behind=b"\xff\xfe")),
    Failure("failing-command", CONFIG, change=_by_command("exit 3")),
    Failure("command-of-no-text", CONFIG, change=_by_command("printf '\\377'")),
    Failure("no-command", CONFIG, change=_instead({"command": ["/not/there"]})),
    Failure(
        "failing-keyring",
        CONFIG,
        change=_instead({"keyring": "leaks", "username": "me"}),
    ),
    Failure("failing-reader", CONFIG, change=_instead({"leaks-vault": "it"})),
)

KEYS = (
    Failure("wrong-password", CONFIG, change=_wrong_password, fits=_has_locked_key),
    Failure("no-password", CONFIG, change=_no_password, fits=_has_locked_key),
    Failure("broken-key", CONFIG, change=_broken_key, fits=_has_key),
    Failure("key-of-all", CONFIG, change=_open_key, fits=lambda it: it.is_tls),
    Failure(
        "short-secret",
        CONFIG,
        change=_short_secret,
        fits=lambda it: it.name == "client_secret_jwt",
    ),
    Failure("other-algorithm", CONFIG, change=_other_algorithm, fits=_signs_with_key),
)


def _user_in_endpoint(cell: Cell, keys: Keys) -> None:
    keys["token_endpoint"] = f"https://me:{PROXY_PASSWORD}@localhost/token"
    keys["issuer"] = f"https://me:{PROXY_PASSWORD}@localhost"
    keys["api_origins"] = [f"https://me:{PROXY_PASSWORD}@localhost"]
    keys["resource"] = [f"https://me:{PROXY_PASSWORD}@local host"]


def _misspelt(cell: Cell, keys: Keys) -> None:
    keys["client_secrt"] = CLIENT_SECRET
    keys["private_kee"] = cell.world.keys.pem
    keys["header"] = {"X-Api-Key": API_KEY}


def _wrong_kinds(cell: Cell, keys: Keys) -> None:
    keys["client_secret"] = {"value": CLIENT_SECRET}
    keys["private_key"] = [cell.world.keys.jwk]
    keys["private_key_password"] = {"env": [KEY_PASSWORD]}
    keys["client_assertion"] = {"file": {"text": cell.world.assertion}}
    keys["headers"] = {"X-Api-Key": {"secret": API_KEY}, "X": [API_KEY]}
    keys["extra_parameters"] = {"account": [ACCOUNT], "client_secret": CLIENT_SECRET}
    keys["proxy"] = {"url": f"http://joe:{PROXY_PASSWORD}@localhost"}


def _line_break(cell: Cell, keys: Keys) -> None:
    keys["headers"] = {"X-Api-Key": f"{API_KEY}\r\n{API_KEY}"}


def _odd_proxy(cell: Cell, keys: Keys) -> None:
    keys["proxy"] = f"http://joe:{PROXY_PASSWORD}@[:::1"


def _odd_proxy_port(cell: Cell, keys: Keys) -> None:
    keys["proxy"] = f"http://joe:{PROXY_PASSWORD}/x@localhost:3128"


def _odd_store(cell: Cell, keys: Keys) -> None:
    url = f"redis://joe:{PROXY_PASSWORD}@localhost:port"
    keys["cache"] = {"store": "redis", "url": {"url": url}, "encryption_key": [API_KEY]}


PROFILES = (
    Failure("user-in-endpoint", CONFIG, change=_user_in_endpoint),
    Failure("misspelt-keys", CONFIG, change=_misspelt),
    Failure("wrong-kinds", CONFIG, change=_wrong_kinds),
    Failure("line-break-in-a-header", CONFIG, change=_line_break),
    Failure("odd-proxy", CONFIG, change=_odd_proxy),
    Failure("odd-proxy-port", CONFIG, change=_odd_proxy_port),
    Failure("odd-store", CONFIG, change=_odd_store),
)

MISTAKES = (*SECRETS, *KEYS, *PROFILES)
