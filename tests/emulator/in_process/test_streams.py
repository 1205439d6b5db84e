"""A response that streams reaches the client chunk by chunk, in step with the app."""

import asyncio
from collections.abc import Callable, Iterator
from typing import cast

import httpx
import pytest

from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter.testing import AsyncLambdaTransport, LambdaTransport
from tests.support.behaviours import TEXT, answers
from tests.support.in_process_clients import BASE, GET, Ask, Colour, every_client, every_colour
from tests.support.small_apps import plays
from tests.support.stepped_app import SteppedApp, app_of, in_both_colours

STREAMING = ("function-url", "rest")
every_streaming_door = pytest.mark.parametrize("origin", STREAMING)


@in_both_colours
@every_streaming_door
def test_in_step(origin: str, colour: str) -> None:
    stepped_app = SteppedApp(3)
    transport = LambdaTransport(app_of(stepped_app, colour), origin, invoke_mode="response_stream")  # type: ignore[arg-type]
    stepped_app.allow()
    with httpx.Client(transport=transport, base_url=BASE) as client, client.stream("GET", "/") as response:
        assert (response.status_code, response.headers["content-type"]) == (200, "text/plain")
        assert "content-length" not in response.headers
        seen = []
        for chunk in response.iter_raw():
            seen.append(chunk)
            stepped_app.allow()
    assert seen == [b"1", b"2", b"3"]


@in_both_colours
@every_streaming_door
def test_in_step_with_an_async_client(origin: str, colour: str) -> None:
    stepped_app = SteppedApp(3)

    async def ask() -> list[bytes]:
        transport = AsyncLambdaTransport(app_of(stepped_app, colour), origin, invoke_mode="response_stream")  # type: ignore[arg-type]
        stepped_app.allow()
        seen = []
        async with (
            httpx.AsyncClient(transport=transport, base_url=BASE) as client,
            client.stream("GET", "/") as response,
        ):
            assert (response.status_code, response.headers["content-type"]) == (200, "text/plain")
            async for chunk in response.aiter_raw():
                seen.append(chunk)
                stepped_app.allow()
        return seen

    assert asyncio.run(ask()) == [b"1", b"2", b"3"]


class Breaks:
    """Raises behind its first chunk."""

    async def asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise LookupError("the other half")

    def wsgi(self, environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"half"
        raise LookupError("the other half")


def broken(app: object, origin: str) -> bytes:
    """What comes before the end that HTTP has for a response that breaks off."""
    transport = LambdaTransport(app, origin, invoke_mode="response_stream")  # type: ignore[arg-type]
    with httpx.Client(transport=transport) as client, client.stream("GET", BASE) as response:
        assert response.status_code == 200
        pieces = response.iter_raw()
        first = next(pieces)
        with pytest.raises(httpx.RemoteProtocolError, match="broke off"):
            next(pieces)
    return first


def broken_async(app: object, origin: str) -> bytes:
    async def ask() -> bytes:
        transport = AsyncLambdaTransport(app, origin, invoke_mode="response_stream")  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport) as client, client.stream("GET", BASE) as response:
            assert response.status_code == 200
            pieces = response.aiter_raw()
            first = await anext(pieces)
            with pytest.raises(httpx.RemoteProtocolError, match="broke off"):
                await anext(pieces)
        return first

    return asyncio.run(ask())


@pytest.mark.parametrize("broken", [broken, broken_async], ids=["Client", "AsyncClient"])
@in_both_colours
@every_streaming_door
def test_an_app_that_breaks_off(
    origin: str, colour: str, broken: Callable[[object, str], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    assert broken(getattr(Breaks(), colour), origin) == b"half"
    (record,) = caplog.records
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], LookupError)


@every_client
@every_colour
@every_streaming_door
@pytest.mark.parametrize(
    ("method", "status", "body", "seen"),
    [("GET", 200, [], b""), ("GET", 204, [], b""), ("HEAD", 200, [b"x"], b""), ("GET", 307, [], b"")],
)
def test_an_empty_body(
    origin: str, colour: Colour, ask: Ask, method: str, status: int, body: list[bytes], seen: bytes
) -> None:
    app = colour(answers(status, TEXT, (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), body=body))
    response = ask(app, origin, httpx.Request(method, BASE), invoke_mode="response_stream")
    assert (response.status_code, response.content) == (status, seen)
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


@every_client
@every_colour
@every_streaming_door
@pytest.mark.parametrize(
    ("method", "status", "body"),
    [("GET", 302, b"\n"), ("POST", 200, b"\n"), ("HEAD", 200, b""), ("GET", 204, b""), ("GET", 304, b"")],
)
def test_an_empty_body_that_gets_one_byte(
    method: str, status: int, body: bytes, origin: str, colour: Colour, ask: Ask
) -> None:
    app = colour(answers(status, (b"content-length", b"0")))
    request = httpx.Request(method, BASE)
    answer = ask(app, origin, request, invoke_mode="response_stream", stream_empty_body="newline")
    assert (answer.status_code, answer.content) == (status, body)
    assert "content-length" not in answer.headers


@every_client
@every_colour
def test_a_front_door_that_does_not_stream(colour: Colour, ask: Ask) -> None:
    response = ask(colour(answers(200, TEXT, body=[b"1", b"2"])), "alb", GET, invoke_mode="response_stream")
    assert (response.content, response.headers["content-length"]) == (b"12", "2")


@every_client
@every_streaming_door
def test_an_app_that_raises_when_its_answer_has_been_refused(origin: str, ask: Ask) -> None:
    long: dict[str, object] = {"type": "http.response.body", "body": b"x" * 2048, "more_body": True}
    app = plays({"type": "http.response.start", "status": 503}, long, LookupError("too late"))
    response = ask(app, origin, GET, invoke_mode="response_stream", fail_on_status="503", lifespan="off")
    assert response.status_code == 502


def lines(event: object, context: object) -> Iterator[bytes]:
    yield b"one"
    yield b"two"


async def later_lines(event: object, context: object) -> object:
    return lines(event, context)


@every_client
@pytest.mark.parametrize("handler", [lines, later_lines])
def test_a_handler_that_streams(handler: object, ask: Ask) -> None:
    response = ask(handler, "function-url", GET, invoke_mode="response_stream")
    assert (response.status_code, response.content) == (200, b"onetwo")
    assert response.headers["content-type"] == "application/octet-stream"


class Closes(Iterator[bytes]):
    """A stream of nothing that can't be closed."""

    def __next__(self) -> bytes:
        raise StopIteration

    def close(self) -> None:
        raise OSError("never opened")


async def close_later(event: object, context: object) -> object:
    return Closes()


@every_client
@pytest.mark.parametrize("handler", [lambda event: Closes(), close_later], ids=["sync", "async"])
def test_a_handler_that_raises_behind_its_answer(handler: object, ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    response = ask(handler, "function-url", GET, invoke_mode="response_stream")
    assert response.status_code == 200
    assert [record.getMessage() for record in caplog.records] == ["never opened"]


@every_client
def test_a_handler_whose_result_is_no_json(ask: Ask) -> None:
    response = ask(lambda event: b"na\xefve", "function-url")
    assert response.text == "na\ufffdve"


def test_an_app_that_runs_on_behind_its_answer() -> None:
    """It may, and the client's next request finds it done."""
    done = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"x"})
        await asyncio.sleep(0)
        done.append(cast("str", scope["path"]))

    with httpx.Client(transport=LambdaTransport(app), base_url=BASE) as client:
        with client.stream("GET", "/unread"):
            pass
        client.get("/read")
    assert done == ["/unread", "/read"]
