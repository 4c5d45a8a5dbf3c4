"""A plugin, with all that an author may fill in."""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import Generator
from collections.abc import Iterable
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any
from typing import assert_type

from ccflow.plugin import HOST
from ccflow.plugin import NAME
from ccflow.plugin import PATH
from ccflow.plugin import ErrorBody
from ccflow.plugin import Explanation
from ccflow.plugin import Provider
from ccflow.plugin import Quirks
from ccflow.plugin import Record
from ccflow.plugin import Secret
from ccflow.plugin import SecretReader
from ccflow.plugin import Setting
from ccflow.plugin import StoreError
from ccflow.plugin import StoreSetting
from ccflow.plugin import TokenStore
from ccflow.plugin import TokenStoreFactory
from ccflow.plugin import hookimpl
from ccflow.plugin import rfc6749_error


def token_endpoint(settings: Mapping[str, str]) -> str:
    return f"https://{settings['host']}/{settings['path']}"


def read_error(body: Mapping[str, Any]) -> ErrorBody | None:
    if isinstance(code := body.get("fault"), str):
        return ErrorBody(code)
    found = rfc6749_error(body)
    assert_type(found, ErrorBody | None)
    return found


def read_success(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    data: Mapping[str, Any] | None = body.get("data")
    return data


def check_request(
    settings: Mapping[str, str], method: str, scope: tuple[str, ...]
) -> Iterable[tuple[str, str]]:
    if not scope:
        yield "scope", "Acme wants one"


ACME = Provider(
    name="acme",
    token_endpoint=token_endpoint,
    settings={
        "host": Setting(help="for example id.acme.example", pattern=HOST),
        "path": Setting(help="the path", default="token", pattern=PATH),
        "tenant": Setting(help="the tenant", pattern=NAME, corrections={"^-": "no"}),
    },
    token_endpoint_auth_methods=["client_secret_post", "private_key_jwt"],
    issuer="https://{host}",
    quirks=Quirks(
        basic_encoding="raw",
        request_headers={"X-Acme": "1"},
        assertion_algorithms=("ES256",),
    ),
    read_success=read_success,
    read_error=read_error,
    explanations=[Explanation(error="E42", hint="ask for a new secret")],
    documentation=["https://acme.example/docs"],
    check_request=check_request,
)
assert_type(ACME.token_endpoint_auth_methods, tuple[str, ...])
assert_type(ACME.explanations, tuple[Explanation, ...])
assert_type(ACME.quirks, Quirks)


def read_vault(reference: Mapping[str, Any], base_directory: str) -> str:
    return f"{base_directory}/{reference['vault']}"


class Shelf:
    def get(self, key: str) -> Record | None:
        raise StoreError("the shelf is away", reread_secrets=True)

    def put(self, key: str, record: Record | None, expected: Record | None) -> bool:
        return record is not None and expected is None

    @contextmanager
    def lock(self, key: str, timeout: float) -> Generator[bool]:
        yield True


def make(settings: Mapping[str, str], secrets: Mapping[str, Secret]) -> TokenStore:
    assert_type(settings["room"], str)
    assert_type(secrets["code"].reveal(), str)
    return Shelf()


SHELF = TokenStoreFactory(
    "shelf",
    make,
    settings={
        "room": StoreSetting(help="for example hall", default="", pattern="[a-z]*"),
        "code": StoreSetting("the code", kind="secret"),
    },
)


@hookimpl
def ccflow_token_stores() -> Iterable[TokenStoreFactory]:
    return [SHELF]


@hookimpl
def ccflow_providers() -> Iterable[Provider]:
    return [ACME]


@hookimpl
def ccflow_secret_readers() -> Iterable[SecretReader]:
    return [SecretReader("vault", read_vault)]


assert_type(ccflow_providers(), Iterable[Provider])


def mistakes() -> None:
    Quirks(basic_encoding="rot13")  # type: ignore[arg-type]
    Quirks(basic="raw")  # type: ignore[call-arg]
    SecretReader("vault", len)  # type: ignore[arg-type]
    ACME.name = "okta"  # type: ignore[misc]
    StoreSetting("the code", kind="number")  # type: ignore[arg-type]
    TokenStoreFactory("shelf", lambda settings, secrets: 3)  # type: ignore[arg-type, return-value]
    SHELF.name = "file"  # type: ignore[misc]
    Provider(name="acme")  # type: ignore[call-arg]
