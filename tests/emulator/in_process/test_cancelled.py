"""A client that is cancelled: the app is cancelled with it, and has ended before the client's call ends."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator

import anyio
import httpx
import pytest

from lambda_http_adapter._types import Environ, Receive, Scope, Send, SingleCallable, StartResponse
from lambda_http_adapter.testing import AsyncLambdaTransport
from tests.support.in_process_clients import BASE
from tests.support.small_apps import PART, REST, START

Client = Callable[[], Coroutine[object, object, None]]
Ask = Callable[[httpx.AsyncClient], Awaitable[None]]
Transport = Callable[[SingleCallable], httpx.AsyncBaseTransport]


class App:
    """Stops at ``stage`` of its response until it is cancelled, and takes many steps of the loop to clean up."""

    def __init__(self, stage: str) -> None:
        self.happened: list[str] = []
        self.reached = asyncio.Event()
        self._stage = stage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._stop_at("before the head")
            await send(START)
            await send(PART)
            await self._stop_at("in the body")
            await send(REST)
            await self._stop_at("behind the answer")
        finally:
            with anyio.CancelScope(shield=True):
                await self._clean_up()

    async def _stop_at(self, stage: str) -> None:
        if stage == self._stage:
            self.reached.set()
            await asyncio.Event().wait()

    async def _clean_up(self) -> None:
        await self._stop_at("in the cleanup")
        for _ in range(20):
            await asyncio.sleep(0)
        self.happened.append("cleaned up")


# How a client is cancelled


async def cancel_scope(client: Client, reached: asyncio.Event) -> None:
    """anyio cancels a task at each of its steps, until it has left the scope."""
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(cancel_at, scope.cancel, reached)
            await client()
    assert scope.cancelled_caught


async def cancel_task(client: Client, reached: asyncio.Event) -> None:
    task = asyncio.create_task(client())
    await cancel_at(task.cancel, reached)
    with pytest.raises(asyncio.CancelledError):
        await task


async def time_out(client: Client, reached: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(None) as timeout, asyncio.TaskGroup() as group:
            group.create_task(cancel_at(lambda: timeout.reschedule(0), reached))
            await client()
    assert timeout.expired()


async def cancel_at(cancel: Callable[[], object], reached: asyncio.Event) -> None:
    await reached.wait()
    cancel()


every_way = pytest.mark.parametrize("cancelled", [cancel_scope, cancel_task, time_out])


# What it was doing


async def get(client: httpx.AsyncClient) -> None:
    await client.get("/")


async def stream(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/") as response:
        async for _ in response.aiter_raw():
            pass


def buffered(app: SingleCallable) -> httpx.AsyncBaseTransport:
    return AsyncLambdaTransport(app, lifespan="off")


def streamed(app: SingleCallable) -> httpx.AsyncBaseTransport:
    return AsyncLambdaTransport(app, invoke_mode="response_stream", lifespan="off")


def httpx_s_own(app: SingleCallable) -> httpx.AsyncBaseTransport:
    """Calls the app in the client's task: the oracle."""
    return httpx.ASGITransport(app)  # type: ignore[arg-type]


@every_way
@pytest.mark.parametrize(
    ("transport", "ask", "stage"),
    [
        *((transport, get, "before the head") for transport in (httpx_s_own, buffered, streamed)),
        *((transport, get, "in the body") for transport in (httpx_s_own, buffered, streamed)),
        *((transport, get, "behind the answer") for transport in (httpx_s_own, buffered, streamed)),
        (streamed, stream, "in the body"),
        (streamed, stream, "behind the answer"),
    ],
)
def test_the_app_has_cleaned_up_before_a_cancelled_request_ends(
    cancelled: Callable[[Client, asyncio.Event], Awaitable[None]], transport: Transport, ask: Ask, stage: str
) -> None:
    async def run() -> None:
        app = App(stage)

        async def request() -> None:
            async with httpx.AsyncClient(transport=transport(app), base_url=BASE) as client:
                try:
                    await ask(client)
                finally:
                    app.happened.append("ended")

        await cancelled(request, app.reached)
        assert app.happened == ["cleaned up", "ended"]

    asyncio.run(run())


def test_a_client_that_is_cancelled_while_it_leaves() -> None:
    async def run() -> None:
        app = App("in the body")

        async def request() -> None:
            client = httpx.AsyncClient(transport=streamed(app), base_url=BASE)
            async with client, client.stream("GET", "/") as response:
                await anext(response.aiter_raw())
                asyncio.get_running_loop().call_soon(task.cancel)

        task = asyncio.create_task(request())
        with pytest.raises(asyncio.CancelledError):
            await task
        assert app.happened == ["cleaned up"]

    asyncio.run(run())


@pytest.mark.parametrize("transport", [httpx_s_own, buffered, streamed])
def test_a_client_that_is_cancelled_twice_cancels_the_app_twice(transport: Transport) -> None:
    happened: list[str] = []
    waiting = asyncio.Event()

    async def wait(word: str) -> None:
        waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            happened.append(f"{word} cancelled")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await wait("request")
        finally:
            await wait("cleanup")

    async def request() -> None:
        async with httpx.AsyncClient(transport=transport(app), base_url=BASE) as client:
            try:
                await client.get("/")
            finally:
                happened.append("ended")

    async def run() -> None:
        task = asyncio.create_task(request())
        for _ in range(2):
            await waiting.wait()
            waiting.clear()
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert happened == ["request cancelled", "cleanup cancelled", "ended"]


def test_a_wsgi_app_has_ended_before_a_cancelled_request_ends() -> None:
    happened: list[str] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [])
        try:
            while True:
                yield b"part"
        finally:
            time.sleep(0.1)
            happened.append("cleaned up")

    async def run() -> None:
        transport = AsyncLambdaTransport(app, invoke_mode="response_stream")
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            with anyio.CancelScope() as scope:
                async with client.stream("GET", "/") as response:
                    await anext(response.aiter_raw())
                    scope.cancel()
            happened.append("ended")

    asyncio.run(run())
    assert happened == ["cleaned up", "ended"]


@pytest.mark.parametrize("steps", range(8))
def test_no_thread_is_left_of_a_wsgi_app_wherever_its_request_is_cancelled(steps: int) -> None:
    """The request is cancelled after so many steps of the event loop, its thread being started among them."""

    def app(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [])
        while True:
            yield b"part"

    async def run() -> None:
        before = threads_of_invocations()
        transport = AsyncLambdaTransport(app, invoke_mode="response_stream")
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            for _ in range(5):
                request = asyncio.create_task(client.get("/"))
                for _ in range(steps):
                    await asyncio.sleep(0)
                request.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await request
            for thread in threads_of_invocations() - before:
                while thread.ident is None:  # noqa: ASYNC110  # being started, of which nobody is told
                    await asyncio.sleep(0.001)
                await asyncio.to_thread(thread.join, 10)
                assert not thread.is_alive()

    asyncio.run(run())


def threads_of_invocations() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "invocation"}


def test_an_app_that_leaves_after_its_request_was_cancelled_ends_no_event_loop() -> None:
    started, released, left = threading.Event(), threading.Event(), threading.Event()

    def app(environ: Environ, start_response: StartResponse) -> list[bytes]:
        started.set()
        released.wait(10)
        left.set()
        raise SystemExit(3)

    async def run() -> None:
        async with httpx.AsyncClient(transport=AsyncLambdaTransport(app), base_url=BASE) as client:
            request = asyncio.create_task(client.get("/"))
            assert await asyncio.to_thread(started.wait, 10)
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            released.set()
            assert await asyncio.to_thread(left.wait, 10)

    asyncio.run(run())


def test_the_lifespan_has_ended_before_a_cancelled_client_ends() -> None:
    happened: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for _ in range(20):
            await asyncio.sleep(0)
        happened.append("shut down")
        await send({"type": "lifespan.shutdown.complete"})

    async def run() -> None:
        with anyio.CancelScope() as scope:
            async with httpx.AsyncClient(transport=AsyncLambdaTransport(app), base_url=BASE):
                scope.cancel()
                await anyio.sleep_forever()
        happened.append("ended")

    asyncio.run(run())
    assert happened == ["shut down", "ended"]
