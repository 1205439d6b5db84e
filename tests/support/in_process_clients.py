"""Both ways to ask an app through a front door in this process, as one function."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import httpx
import pytest

from lambda_http_adapter.testing import AsyncLambdaTransport, LambdaTransport
from tests.support.behaviours import View, asgi, wsgi

BASE = "https://testserver"
GET = httpx.Request("GET", BASE)


class Ask(Protocol):
    """The response to one request, by a client that lives as long as that."""

    def __call__(
        self, app: object, origin: str = "function-url", request: httpx.Request = GET, **options: object
    ) -> httpx.Response: ...


def ask_client(
    app: object, origin: str = "function-url", request: httpx.Request = GET, **options: object
) -> httpx.Response:
    transport = LambdaTransport(app, origin, **options)  # type: ignore[arg-type]
    with httpx.Client(transport=transport) as client:
        return client.send(request)


def ask_async_client(
    app: object, origin: str = "function-url", request: httpx.Request = GET, **options: object
) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = AsyncLambdaTransport(app, origin, **options)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.send(request)

    return asyncio.run(ask())


Colour = Callable[[View], object]
every_client = pytest.mark.parametrize("ask", [ask_client, ask_async_client], ids=["Client", "AsyncClient"])
every_colour = pytest.mark.parametrize("colour", [asgi, wsgi], ids=["asgi", "wsgi"])
