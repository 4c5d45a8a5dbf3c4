"""A program that calls APIs."""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from typing import Any
from typing import assert_type

import httpx

import ccflow


def with_client() -> Any:
    with ccflow.client("billing", base_url="https://api.example.com") as api:
        assert_type(api, httpx.Client)
        return api.get("/invoices").json()


async def with_async_client() -> Any:
    async with ccflow.async_client("billing", timeout=5) as api:
        assert_type(api, httpx.AsyncClient)
        return (await api.get("https://api.example.com/invoices")).json()


def with_client_of_my_own() -> None:
    auth = ccflow.auth("billing", scope="invoices.read")
    assert_type(auth, httpx.Auth)
    assert_type(ccflow.source("billing").auth(), httpx.Auth)

    with httpx.Client(auth=auth, http2=False) as client:
        client.post("https://api.example.com/invoices", json={})
    httpx.get("https://api.example.com/invoices", auth=auth)


async def with_async_client_of_my_own(auth: httpx.Auth) -> None:
    async with httpx.AsyncClient(auth=auth) as client:
        await client.get("https://api.example.com/invoices")
