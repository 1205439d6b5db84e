"""Every behaviour of an app, in either colour, run in every way, behind every front door: the client sees the same."""

import asyncio
import json
from collections.abc import Callable
from functools import cache
from typing import Self

import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._asgi import ASGIFunction
from lambda_http_adapter._config import Config
from lambda_http_adapter._request import Headers
from lambda_http_adapter._types import Encoder, LambdaEvent
from lambda_http_adapter._wsgi import WSGIFunction
from lambda_http_adapter.emulator import ClientResponse
from lambda_http_adapter.errors import AppError
from lambda_http_adapter.origins import RequestOrigin
from tests.behaviours import ANSWERS, REQUESTS, Behaviour, View, asgi, wsgi
from tests.collector import CONTEXT
from tests.emulator_events import DOORS, HTTP_DOORS, Door

# The ways to run an app: one event in, one result out.


class Post:
    """What a loop would post to the Runtime API: the encoder's bytes, of which a buffered delivery has one piece."""

    begun = gone = False

    def encode_with(self, encoder: Encoder) -> Self:
        self._encoder, self._data = encoder, b""
        return self

    def start(self, status: int, headers: Headers) -> None:
        self._data = self._encoder.start(status, headers)

    def body(self, data: bytes) -> None:
        self._data += self._encoder.body(data)

    def end(self) -> None:
        pass

    def fail(self, error: Exception) -> None:
        raise error

    def result(self) -> object:
        return json.loads(self._data + self._encoder.end())


class AsyncPost:
    begun = gone = False

    def __init__(self, post: Post) -> None:
        self._post = post

    def on_gone(self, callback: Callable[[], None]) -> None:
        pass

    async def start(self, status: int, headers: Headers) -> None:
        self._post.start(status, headers)

    async def body(self, data: bytes) -> None:
        self._post.body(data)

    async def end(self) -> None:
        pass

    async def fail(self, error: Exception) -> None:
        raise error


def asgi_function(view: View, event: LambdaEvent) -> object:
    post = Post()

    async def run() -> None:
        function = ASGIFunction(asgi(view), Config())
        await function.startup()
        payload = json.dumps(event).encode()
        await function(payload, CONTEXT, lambda encoder: AsyncPost(post.encode_with(encoder)))
        await function.shutdown()

    asyncio.run(run())
    return post.result()


def wsgi_function(view: View, event: LambdaEvent) -> object:
    post = Post()
    WSGIFunction(wsgi(view), Config())(json.dumps(event).encode(), CONTEXT, post.encode_with)
    return post.result()


# Kept, because the loop that a handler holds is never closed.
@cache
def handler_of(kind: str, view: View) -> Callable[[object, object], object]:
    return asgi_handler(asgi(view)) if kind == "asgi" else wsgi_handler(wsgi(view))


def through_json(result: object) -> object:
    return json.loads(json.dumps(result))


# By colour and delivery. A streamed delivery is another row here, with a reader of what it posts.
RUNS: dict[tuple[str, str], Callable[[View, LambdaEvent], object]] = {
    ("ASGI function", "buffered"): asgi_function,
    ("WSGI function", "buffered"): wsgi_function,
    ("asgi_handler", "buffered"): lambda view, event: through_json(handler_of("asgi", view)(event, CONTEXT)),
    ("wsgi_handler", "buffered"): lambda view, event: through_json(handler_of("wsgi", view)(event, CONTEXT)),
}
every_run = pytest.mark.parametrize("run", RUNS.values(), ids=[", ".join(names) for names in RUNS])
every_answer = pytest.mark.parametrize("behaviour", ANSWERS.values(), ids=ANSWERS)
Run = Callable[[View, LambdaEvent], object]


def exchange(door: Door, run: Run, behaviour: Behaviour) -> ClientResponse:
    event = door.event(behaviour.request)
    try:
        result, failed = run(behaviour.view, event), False
    except AppError as error:
        result, failed = {"errorType": type(error).__name__}, True
    return door.response(result, event, failed)


def comparable(response: ClientResponse) -> tuple[int, Headers, bytes]:
    """Without what the order of names and the case of their letters say, which is nothing."""
    return response.status, sorted((name.lower(), value) for name, value in response.headers), response.body


# HTTP, where the differences are few.

ONE_VALUE_PER_NAME = (
    "HTTP API, payload 2.0",
    "Function URL",
    "ALB",
    "VPC Lattice, version 1",
    "VPC Lattice, version 2",
)
MISSING_TYPE = {
    "REST API": b"application/json",
    "HTTP API, payload 1.0": b"text/plain; charset=utf-8",
    "HTTP API, payload 2.0": b"text/plain; charset=utf-8",
    "Function URL": b"application/json",
}
WITH_BINARY = {name: door for name, door in HTTP_DOORS.items() if name != "REST API, text only"}


def expected_at(name: str, response: ClientResponse, method: str) -> ClientResponse:
    status, headers, body = response
    fields: dict[bytes, list[bytes]] = {}
    for key, value in headers:
        fields.setdefault(key, []).append(value)
    if name in MISSING_TYPE:
        fields.setdefault(b"content-type", [MISSING_TYPE[name]])
    if name in ONE_VALUE_PER_NAME:
        fields = {key: values if key == b"set-cookie" else [b", ".join(values)] for key, values in fields.items()}
    if method != "HEAD" and status not in (204, 304):
        fields[b"content-length"] = [b"%d" % len(body)]
    return ClientResponse(status, [(key, value) for key, values in fields.items() for value in values], body)


@every_run
@pytest.mark.parametrize("behaviour", [*ANSWERS.values(), *REQUESTS.values()], ids=[*ANSWERS, *REQUESTS])
@pytest.mark.parametrize("name", WITH_BINARY)
def test_http(name: str, behaviour: Behaviour, run: Run) -> None:
    expected = expected_at(name, behaviour.expected, behaviour.request.method)
    assert comparable(exchange(DOORS[name], run, behaviour)) == comparable(expected)


# Not HTTP: the same apps are asked, and what the answer means is another matter.


@every_run
@every_answer
def test_websocket_handshake(behaviour: Behaviour, run: Run) -> None:
    status = behaviour.expected.status
    seen = exchange(DOORS["WebSocket, handshake"], run, behaviour)
    assert seen.status == (101 if 200 <= status < 300 else status)
    assert seen.body == b""


@every_run
@every_answer
def test_websocket_message(behaviour: Behaviour, run: Run) -> None:
    """Asked by POST, so there is a body even where HEAD has none."""
    behaviour = behaviour._replace(request=behaviour.request._replace(body=b"ping"))
    seen = exchange(DOORS["WebSocket, message"], run, behaviour)
    assert seen.status == behaviour.expected.status
    assert seen.body == behaviour.expected.body or behaviour.request.method == "HEAD"


INVOCATIONS: dict[str, object] = {
    "json": {"λ": ["☕", None]},
    "no content": None,
    "not modified": None,
    "empty": None,
    "hop by hop": None,
    "not found": {"detail": "Not Found"},
}


@every_run
@pytest.mark.parametrize("name", ANSWERS)
def test_invocation(name: str, run: Run) -> None:
    """JSON or nothing is the result, and what else is said there is nobody to read: it fails the invocation."""
    behaviour = ANSWERS[name]._replace(request=ANSWERS[name].request._replace(body=b'{"id":"7"}'))
    seen = exchange(DOORS["Invoke"], run, behaviour)
    failed = (b"x-amz-function-error", b"Unhandled") in seen.headers
    result = json.loads(seen.body)
    if name in INVOCATIONS:
        assert (failed, result) == (False, INVOCATIONS[name])
    else:
        assert (failed, result) == (True, {"errorType": "FailedStatusError"})


def test_every_origin_is_in_the_matrix() -> None:
    elsewhere = {"REST API, text only", "WebSocket, handshake", "WebSocket, message", "Invoke"}
    assert set(DOORS) == {*WITH_BINARY, *elsewhere}
    assert {door.origin for door in DOORS.values()} == set(RequestOrigin)
