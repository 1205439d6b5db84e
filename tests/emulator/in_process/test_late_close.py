"""A response that is closed in an odd place: by the garbage collector in its app's thread, or behind its client."""

import asyncio
import gc
import threading
from collections.abc import Iterator

import httpx
import pytest

from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter.testing import LambdaTransport
from tests.emulator.in_process.test_hang_up import ends
from tests.support.in_process_clients import BASE
from tests.support.small_apps import PART, START
from tests.support.stepped_app import in_both_colours


class Collector:
    """An app of either colour that drops, in the middle of its response, what a test has put into ``garbage``."""

    def __init__(self) -> None:
        self.garbage: list[object] = []
        self.filled = threading.Event()
        self.ended = threading.Event()

    async def asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        try:
            await send(PART)
            await asyncio.to_thread(self.filled.wait)
            self.garbage.clear()
            while True:
                await send(PART)
        finally:
            self.ended.set()

    def wsgi(self, environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [])
        try:
            yield b"part"
            self.filled.wait()
            self.garbage.clear()
            while True:
                yield b"part"
        finally:
            self.ended.set()


def stream(client: httpx.Client) -> Iterator[bytes]:
    """A body. To drop it closes the response, as newer versions of httpx2 do for any body."""
    with client.stream("GET", "/") as response:
        yield from response.iter_raw()


@in_both_colours
def test_a_response_that_is_collected_in_the_thread_of_its_app(colour: str) -> None:
    app = Collector()
    transport = LambdaTransport(getattr(app, colour), invoke_mode="response_stream", lifespan="off")

    def drop() -> None:
        with httpx.Client(transport=transport, base_url=BASE) as client:
            chunks = stream(client)
            assert next(chunks) == b"part"
            app.garbage.append(chunks)
            del chunks
            app.filled.set()
            app.ended.wait()

    assert ends(drop)


@pytest.mark.parametrize("use", ["close", "get", "enter"])
def test_an_app_that_uses_its_own_client_in_its_event_loop_has_an_error(
    use: str, recwarn: pytest.WarningsRecorder
) -> None:
    """Instead of a thread that waits for itself."""
    errors: list[str] = []
    ended: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            ended.append("lifespan")
            await send({"type": "lifespan.shutdown.complete"})
            return
        try:
            {"close": transport.close, "get": lambda: client.get("/again"), "enter": transport.__enter__}[use]()
        except RuntimeError as error:
            errors.append(str(error))
        await send(START)
        await send({"type": "http.response.body", "body": b""})

    transport = LambdaTransport(app)
    client = httpx.Client(transport=transport, base_url=BASE)

    def ask() -> None:
        with client:
            client.get("/")

    assert ends(ask)
    (error,) = errors
    assert error.startswith("LambdaTransport is used in the event loop of its own app, and would block it forever.")
    assert ended == ["lifespan"]
    gc.collect()
    assert list(recwarn) == []


@in_both_colours
def test_a_response_that_is_closed_behind_its_client(colour: str, recwarn: pytest.WarningsRecorder) -> None:
    app = Collector()
    transport = LambdaTransport(getattr(app, colour), invoke_mode="response_stream", lifespan="off")
    with httpx.Client(transport=transport, base_url=BASE) as client:
        response = client.send(client.build_request("GET", "/"), stream=True)
        app.filled.set()
    response.close()
    gc.collect()
    assert app.ended.is_set()
    assert list(recwarn) == []
