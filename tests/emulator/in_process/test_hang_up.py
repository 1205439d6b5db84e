"""A client that has seen enough, or waits no longer: the app is told, and the next invocation is not disturbed."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from lambda_http_adapter._emulator.in_process import sync
from lambda_http_adapter._types import ASGIApp, Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter.testing import AsyncLambdaTransport, LambdaTransport
from tests.support.in_process_clients import BASE
from tests.support.small_apps import PART, START
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


# Apps that send from a task of their own


async def pump(send: Send) -> None:
    for _ in range(5):
        await send(PART)
    await send({"type": "http.response.body"})


async def task_group(scope: Scope, receive: Receive, send: Send) -> None:
    await send(START)
    async with asyncio.TaskGroup() as group:
        group.create_task(pump(send))


async def several_tasks(scope: Scope, receive: Receive, send: Send) -> None:
    await send(START)
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(send(PART))  # type: ignore[arg-type]
    await send({"type": "http.response.body"})


async def anyio_group(scope: Scope, receive: Receive, send: Send) -> None:
    """As sse-starlette has it: the first that ends cancels the others."""
    async with anyio.create_task_group() as group:

        async def run(function: Callable[[], object]) -> None:
            await function()  # type: ignore[misc]
            group.cancel_scope.cancel()

        await send(START)
        group.start_soon(run, lambda: pump(send))
        await receive()
        await run(receive)


async def shielded(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends something more behind its cancellation."""
    await send(START)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(pump(send))
    finally:
        await asyncio.shield(end(send))


async def end(send: Send) -> None:
    with contextlib.suppress(OSError):
        await send({"type": "http.response.body"})


async def detached(scope: Scope, receive: Receive, send: Send) -> None:
    await send(START)
    task = asyncio.create_task(pump(send))
    try:
        await asyncio.Event().wait()
    finally:
        with pytest.raises(OSError, match="hung up"):
            await task


async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends for ever, whatever it is told."""
    await send(START)
    while True:
        try:
            await send(PART)
        except OSError:
            pass


async def ticks(request: Request) -> StreamingResponse:
    async def body() -> AsyncIterator[str]:
        for number in range(50):
            yield f"data: {number}\n\n"

    return StreamingResponse(body(), media_type="text/event-stream")


class Plain(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        return await call_next(request)


def starlette(*middleware: type[BaseHTTPMiddleware]) -> Starlette:
    return Starlette(routes=[Route("/", ticks)], middleware=[Middleware(kind) for kind in middleware])


CHILDREN: dict[str, ASGIApp] = {
    "TaskGroup": task_group,
    "several tasks": several_tasks,
    "anyio": anyio_group,
    "behind the cancellation": shielded,
    "a task that nobody cancels": detached,
    "without an end": stubborn,
    "Starlette": starlette(),
    "Starlette's middleware": starlette(Plain),
    "Starlette's middleware twice": starlette(Plain, Plain),
}


def leave(app: object, chunks: int) -> None:
    transport = LambdaTransport(app, invoke_mode="response_stream", lifespan="off")  # type: ignore[arg-type]
    with httpx.Client(transport=transport, base_url=BASE) as client:
        for _ in range(2):
            with client.stream("GET", "/") as response:
                pieces = response.iter_raw()
                for _ in range(chunks):
                    next(pieces)


def leave_async(app: object, chunks: int) -> None:
    async def ask() -> None:
        transport = AsyncLambdaTransport(app, invoke_mode="response_stream", lifespan="off")  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            for _ in range(2):
                async with client.stream("GET", "/") as response:
                    pieces = response.aiter_raw()
                    for _ in range(chunks):
                        await anext(pieces)
                    await asyncio.sleep(0)

    asyncio.run(ask())


either_client = pytest.mark.parametrize("leave", [leave, leave_async], ids=["Client", "AsyncClient"])


def ends(function: Callable[[], None]) -> bool:
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    thread.join(10)
    return not thread.is_alive()


@either_client
@pytest.mark.parametrize("chunks", [0, 1, 2])
@pytest.mark.parametrize("app", CHILDREN.values(), ids=CHILDREN)
def test_leaving_an_app_that_sends_from_a_task_of_its_own(
    leave: Callable[[object, int], None], app: ASGIApp, chunks: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert ends(lambda: leave(app, chunks))
    assert caplog.records == []


@either_client
@pytest.mark.parametrize("turns", [1, 10, 50])
def test_a_client_that_leaves_with_the_last_event(leave: Callable[[object, int], None], turns: int) -> None:
    happened = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(PART)
        try:
            for _ in range(turns):  # as many as its tasks need
                await asyncio.sleep(0)
            await send({"type": "http.response.body"})
            happened.append("ended")
        except asyncio.CancelledError:
            happened.append("cancelled")
            raise

    leave(app, 1)
    assert happened == ["ended"] * 2


# Apps that don't end


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Lets the apps end that don't by themselves. An invocation takes a fifth of a second at most."""
    monkeypatch.setattr(sync, "_TIMEOUT", 0.2)
    release = threading.Event()
    yield release
    release.set()


@either_client
def test_leaving_an_app_that_ignores_its_cancellation(
    leave: Callable[[object, int], None], release: threading.Event
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(PART)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.5)

    assert ends(lambda: leave(app, 1))


@either_client
def test_leaving_a_wsgi_app_that_goes_on(leave: Callable[[object, int], None], release: threading.Event) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"part"
        release.wait()

    assert ends(lambda: leave(app, 1))


def test_a_client_that_does_not_wait_for_a_wsgi_app(release: threading.Event) -> None:
    def app(environ: Environ, start_response: StartResponse) -> list[bytes]:
        release.wait()
        start_response("200 OK", [])
        return [b"late"]

    async def ask() -> None:
        transport = AsyncLambdaTransport(app, invoke_mode="response_stream")
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.get("/"), 0.1)

    assert ends(lambda: asyncio.run(ask()))
