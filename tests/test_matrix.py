"""Every behaviour of an app, in either colour, run in every way, behind every front door: the client sees the same."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable
from functools import cache

import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._apps.asgi import ASGIFunction
from lambda_http_adapter._apps.wsgi import WSGIFunction
from lambda_http_adapter._emulator.doors.client import ClientResponse
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers, LambdaEvent
from lambda_http_adapter.errors import AppError
from lambda_http_adapter.origins import RequestOrigin
from tests.support.behaviours import ANSWERS, REQUESTS, Behaviour, View, asgi, wsgi
from tests.support.doors import DOORS, HTTP_DOORS, Door
from tests.support.invocation import CONTEXT
from tests.support.response_recorder import AsyncResponseRecorder, ResponseRecorder

# The ways to run an app: one event in, one result out.


def result_of(recorder: ResponseRecorder) -> object:
    """What the front door reads of what a loop would post to the Runtime API."""
    if recorder.error is not None:
        raise recorder.error
    data = b"".join(recorder.encoded)
    return streamed(data) if streams(recorder) else json.loads(data)


def streams(recorder: ResponseRecorder) -> bool:
    return recorder.content_type == "application/vnd.awslambda.http-integration-response"


def streamed(data: bytes) -> object:
    """The same answer as a buffered one: a stream differs from it in where the body stands, and in having all bytes."""
    prelude, delimiter, body = data.partition(bytes(8))
    assert delimiter
    return {**json.loads(prelude), "body": b64encode(body).decode(), "isBase64Encoded": True}


BUFFERED, STREAMED = Config(), Config(invoke_mode="response_stream")


def asgi_function(view: View, event: LambdaEvent, config: Config) -> ResponseRecorder:
    recorder = ResponseRecorder()

    async def run() -> None:
        function = ASGIFunction(asgi(view), config)
        await function.startup()
        await function(json.dumps(event).encode(), CONTEXT, AsyncResponseRecorder(recorder))
        await function.shutdown()

    asyncio.run(run())
    return recorder


def wsgi_function(view: View, event: LambdaEvent, config: Config) -> ResponseRecorder:
    recorder = ResponseRecorder()
    WSGIFunction(wsgi(view), config)(json.dumps(event).encode(), CONTEXT, recorder)
    return recorder


# Kept, because the loop that a handler holds is never closed.
@cache
def handler_of(kind: str, view: View) -> Callable[[object, object], object]:
    return asgi_handler(asgi(view)) if kind == "asgi" else wsgi_handler(wsgi(view))


def through_json(result: object) -> object:
    return json.loads(json.dumps(result))


# By colour and delivery. Behind a front door that can't stream, the streamed ones are answered buffered.
RUNS: dict[tuple[str, str], Callable[[View, LambdaEvent], object]] = {
    ("ASGI function", "buffered"): lambda view, event: result_of(asgi_function(view, event, BUFFERED)),
    ("WSGI function", "buffered"): lambda view, event: result_of(wsgi_function(view, event, BUFFERED)),
    ("ASGI function", "streamed"): lambda view, event: result_of(asgi_function(view, event, STREAMED)),
    ("WSGI function", "streamed"): lambda view, event: result_of(wsgi_function(view, event, STREAMED)),
    ("asgi_handler", "buffered"): lambda view, event: through_json(handler_of("asgi", view)(event, CONTEXT)),
    ("wsgi_handler", "buffered"): lambda view, event: through_json(handler_of("wsgi", view)(event, CONTEXT)),
}
every_run = pytest.mark.parametrize("run", RUNS.values(), ids=[", ".join(names) for names in RUNS])
every_answer = pytest.mark.parametrize("behaviour", ANSWERS.values(), ids=ANSWERS)
Run = Callable[[View, LambdaEvent], object]


def response_of(door: Door, run: Run, behaviour: Behaviour) -> ClientResponse:
    event = door.event(behaviour.request)
    try:
        result, failed = run(behaviour.view, event), False
    except AppError as error:
        result, failed = {"errorType": type(error).__name__}, True
    return door.response(result, event, failed)


def comparable(response: ClientResponse) -> tuple[int, Headers, bytes]:
    """Without what the order of names and the case of their letters say, which is nothing."""
    return response.status, sorted((name.lower(), value) for name, value in response.headers), response.body


@pytest.mark.parametrize("function", [asgi_function, wsgi_function])
@pytest.mark.parametrize("name", HTTP_DOORS)
def test_what_streams(name: str, function: Callable[[View, LambdaEvent, Config], ResponseRecorder]) -> None:
    behaviour = ANSWERS["stream"]
    recorder = function(behaviour.view, HTTP_DOORS[name].event(behaviour.request), STREAMED)
    assert streams(recorder) == (name in ("REST API", "REST API, text only", "Function URL"))


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
    assert comparable(response_of(DOORS[name], run, behaviour)) == comparable(expected)


# Not HTTP: the same apps are asked, and what the answer means is another matter.


@every_run
@every_answer
def test_websocket_handshake(behaviour: Behaviour, run: Run) -> None:
    status = behaviour.expected.status
    seen = response_of(DOORS["WebSocket, handshake"], run, behaviour)
    assert seen.status == (101 if 200 <= status < 300 else status)
    assert seen.body == b""


@every_run
@every_answer
def test_websocket_message(behaviour: Behaviour, run: Run) -> None:
    """Asked by POST, so there is a body even where HEAD has none."""
    behaviour = behaviour._replace(request=behaviour.request._replace(body=b"ping"))
    seen = response_of(DOORS["WebSocket, message"], run, behaviour)
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
    seen = response_of(DOORS["Invoke"], run, behaviour)
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
