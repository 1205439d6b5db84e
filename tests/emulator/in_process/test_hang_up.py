"""A client that has seen enough, or waits no longer: the app is told, and the next invocation is not disturbed."""

import asyncio

import httpx
import pytest

from lambda_http_adapter._types import Receive, Scope, Send
from lambda_http_adapter.testing import AsyncLambdaTransport, LambdaTransport
from tests.support.in_process_clients import BASE
from tests.support.small_apps import PART
from tests.support.stepped_app import SteppedApp, app_of, in_both_colours


@in_both_colours
def test_a_client_that_hangs_up(colour: str) -> None:
    stepped_app = SteppedApp(1_000_000)
    stepped_app.allow(1_000_000)
    transport = LambdaTransport(app_of(stepped_app, colour), invoke_mode="response_stream")  # type: ignore[arg-type]
    with httpx.Client(transport=transport, base_url=BASE) as client:
        with client.stream("GET", "/") as response:
            chunks = response.iter_raw()
            assert [next(chunks), next(chunks)] == [b"1", b"2"]
        # The app is told no later than at its next chunk, and has made few that nobody took.
        assert stepped_app.ended.is_set()
        assert stepped_app.made <= 5
        stepped_app.chunks = 3
        assert client.get("/").content  # the next invocation is not disturbed


@in_both_colours
def test_an_async_client_that_hangs_up(colour: str) -> None:
    stepped_app = SteppedApp(1_000_000)
    stepped_app.allow(1_000_000)

    async def ask() -> None:
        transport = AsyncLambdaTransport(app_of(stepped_app, colour), invoke_mode="response_stream")  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            async with client.stream("GET", "/") as response:
                chunks = response.aiter_raw()
                assert [await anext(chunks), await anext(chunks)] == [b"1", b"2"]
            assert stepped_app.ended.is_set()
            assert stepped_app.made <= 5
            stepped_app.chunks = 3
            assert (await client.get("/")).content

    asyncio.run(ask())


def test_an_app_that_waits_is_cancelled_when_the_client_hangs_up() -> None:
    cancelled = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        try:
            await receive()
            await receive()  # which comes when there is a client no more
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    transport = LambdaTransport(app, invoke_mode="response_stream", lifespan="off")
    with httpx.Client(transport=transport, base_url=BASE) as client, client.stream("GET", "/") as response:
        assert next(response.iter_raw()) == b"one"
    assert cancelled == [True]


def test_a_client_that_does_not_wait() -> None:
    happened = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        happened.append("asked")
        try:
            await asyncio.Event().wait()
        finally:
            happened.append("cancelled")

    async def ask() -> None:
        transport = AsyncLambdaTransport(app, lifespan="off")
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.get("/"), 0.1)
            assert happened == ["asked", "cancelled"]

    asyncio.run(ask())


def test_an_app_that_goes_on_when_the_client_has_hung_up(caplog: pytest.LogCaptureFixture) -> None:
    refused = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send(PART)
        try:
            await receive()
            await receive()
        except asyncio.CancelledError:
            try:
                await send(PART)
            except OSError as error:
                refused.append(type(error))
                raise

    transport = LambdaTransport(app, invoke_mode="response_stream", lifespan="off")
    with httpx.Client(transport=transport, base_url=BASE) as client, client.stream("GET", "/"):
        pass
    assert refused == [BrokenPipeError]
    assert caplog.records == []
