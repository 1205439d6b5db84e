"""One lifespan for each transport: from the first request, or its `with`, until it is closed."""

import asyncio
import gc
from typing import cast

import httpx
import pytest

from lambda_http_adapter._types import Receive, Scope, Send
from lambda_http_adapter.errors import LifespanError
from lambda_http_adapter.testing import AsyncLambdaTransport, LambdaTransport
from tests.support.in_process_clients import BASE, Ask, every_client
from tests.support.small_apps import broken_startup


class WithLifespan:
    """Writes down what happens to it, and says in each answer what it has in its state."""

    def __init__(self) -> None:
        self.happened: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            cast("dict[str, object]", scope["state"])["pool"] = "open"
            for word in ("startup", "shutdown"):
                assert (await receive())["type"] == f"lifespan.{word}"
                self.happened.append(word)
                await send({"type": f"lifespan.{word}.complete"})
            return
        pool = cast("dict[str, str]", scope["state"])["pool"]
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": pool.encode()})
        self.happened.append("after the answer")


REQUESTED = ["startup", "after the answer", "after the answer", "shutdown"]


def test_one_lifespan_around_all_requests() -> None:
    app = WithLifespan()
    client = httpx.Client(transport=LambdaTransport(app), base_url=BASE)
    assert app.happened == []
    assert [client.get("/").text for _ in range(2)] == ["open", "open"]
    client.close()
    assert app.happened == REQUESTED


def test_one_lifespan_around_all_requests_of_an_async_client() -> None:
    app = WithLifespan()

    async def ask_twice() -> list[str]:
        client = httpx.AsyncClient(transport=AsyncLambdaTransport(app), base_url=BASE)
        texts = [response.text for response in await asyncio.gather(client.get("/"), client.get("/"))]
        await client.aclose()
        return texts

    assert asyncio.run(ask_twice()) == ["open", "open"]
    assert app.happened == REQUESTED


def test_a_lifespan_without_requests() -> None:
    app = WithLifespan()
    with LambdaTransport(app):
        assert app.happened == ["startup"]
    assert app.happened == ["startup", "shutdown"]


def test_neither_requests_nor_a_lifespan() -> None:
    app = WithLifespan()
    LambdaTransport(app).close()
    asyncio.run(AsyncLambdaTransport(app).aclose())
    assert app.happened == []


@every_client
def test_a_startup_that_fails(ask: Ask) -> None:
    with pytest.raises(LifespanError, match="no database"):
        ask(broken_startup)


def test_a_transport_that_is_never_closed(recwarn: pytest.WarningsRecorder) -> None:
    client = httpx.Client(transport=LambdaTransport(WithLifespan()), base_url=BASE)
    assert client.get("/").text == "open"
    del client
    gc.collect()
    assert list(recwarn) == []
