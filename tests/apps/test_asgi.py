"""An ASGI app that does what it should: its scope, its messages and what becomes of them."""

import asyncio
import json
import logging
from pathlib import Path
from typing import cast

import pytest
from starlette.responses import FileResponse

from lambda_http_adapter._apps.asgi import ASGIFunction
from lambda_http_adapter._types import ASGIApp, Message, Receive, Scope, Send
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import EventError, UnknownOriginError
from tests.support.asgi_recorder import run, serve
from tests.support.invocation import CONTEXT, EVENT
from tests.support.response_recorder import END, OK, PARTED, AsyncResponseRecorder, Head, Part, ResponseRecorder
from tests.support.small_apps import PART, REST, START, hello, plays


def test_scope() -> None:
    scopes: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        await hello(scope, receive, send)

    serve(app)
    event = json.loads(EVENT)
    assert scopes == [
        {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "https",
            "path": "/capture/space value",
            "raw_path": b"/capture/space%20value",
            "query_string": b"repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb"
            b"&literalPlus=a+b&encodedPlus=a%2Bb&empty=",
            "root_path": "",
            "headers": [
                (b"accept", b"*/*"),
                (b"content-length", b"66"),
                (b"content-type", b"application/json"),
                (b"cookie", b"session=abc123; theme=dark"),
                (b"host", b"2cxn22odiwguak4feg4jtt7cwm0ziblr.lambda-url.us-west-2.on.aws"),
                (b"user-agent", b"curl/8.7.1"),
                (b"x-amzn-tls-cipher-suite", b"TLS_AES_128_GCM_SHA256"),
                (b"x-amzn-tls-version", b"TLSv1.3"),
                (b"x-amzn-trace-id", b"Root=1-6a5145aa-290a323a5de9a2e0636377d4"),
                (b"x-forwarded-for", b"198.51.100.18"),
                (b"x-forwarded-port", b"443"),
                (b"x-forwarded-proto", b"https"),
                (b"x-voker-probe", b"first,second"),
            ],
            "client": ("198.51.100.18", 0),
            "server": ("2cxn22odiwguak4feg4jtt7cwm0ziblr.lambda-url.us-west-2.on.aws", 443),
            "state": {},
            "extensions": {
                "aws.lambda": {"event": event, "context": CONTEXT, "request_origin": "function_url"},
            },
            "aws.event": event,
            "aws.context": CONTEXT,
            "aws.request_origin": "function_url",
        }
    ]


async def asgi2_instance(receive: Receive, send: Send) -> None:
    await send(START)
    await send(REST)


class ASGI2:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, receive: Receive, send: Send) -> None:
        await asgi2_instance(receive, send)


GOOD: list[tuple[str, ASGIApp, list[Part]]] = [
    ("one body message", hello, [OK, b"hello", END]),
    ("two body messages", plays(START, PART, REST), [OK, b"part", b"rest", END]),
    ("an empty last one", plays(START, PART, {"type": "http.response.body"}), [OK, b"part", END]),
    ("no body", plays(START, {"type": "http.response.body"}), [OK, END]),
    (
        "no headers",
        plays({"type": "http.response.start", "status": 204}, {"type": "http.response.body"}),
        [Head(204, []), END],
    ),
    (
        "headers are any iterables of any bytes",
        plays({**START, "headers": ([bytearray(b"content-type"), memoryview(b"text/plain")],)}, REST),
        [OK, b"rest", END],
    ),
    ("a body of other bytes", plays(START, {**REST, "body": memoryview(b"rest")}), [OK, b"rest", END]),
    ("ASGI 2, a class", ASGI2, [OK, b"rest", END]),  # type: ignore[list-item]  # as asgiref's types have it
    ("ASGI 2, a function", lambda scope: asgi2_instance, [OK, b"rest", END]),  # type: ignore[list-item,misc]
]


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(("app", "answer"), [row[1:] for row in GOOD], ids=[row[0] for row in GOOD])
def test_answers(app: ASGIApp, answer: list[Part], streams: bool, caplog: pytest.LogCaptureFixture) -> None:
    assert serve(app, streams=streams) == answer
    assert caplog.messages == []


def test_the_head_is_held_until_the_first_body_message() -> None:
    recorder = ResponseRecorder()
    seen: list[list[Part]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in (START, PART, REST):
            await send(message)
            seen.append(recorder.parts.copy())

    run(app, recorder)
    assert seen == [[], PARTED, [*PARTED, b"rest", END]]


BODY = '{"message":"hello from the public internet","unicode":"lambda-λ"}'.encode()


def test_receive_gives_the_body_then_waits_for_the_end() -> None:
    received: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        received.append(await receive())
        waiters = [asyncio.ensure_future(receive()) for _ in range(2)]
        await send(START)
        await send(PART)
        await asyncio.sleep(0)  # the turn of the others
        assert not any(waiter.done() for waiter in waiters)
        await send(REST)
        received.extend([await waiter for waiter in waiters])
        received.append(await receive())

    assert serve(app) == [*PARTED, b"rest", END]
    assert received == [
        {"type": "http.request", "body": BODY, "more_body": False},
        {"type": "http.disconnect"},
        {"type": "http.disconnect"},
        {"type": "http.disconnect"},
    ]


def test_an_app_that_first_waits_after_its_answer_is_told_at_once() -> None:
    received: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await hello(scope, receive, send)
        received.append(await asyncio.wait_for(receive(), 5))

    assert serve(app) == [OK, b"hello", END]
    assert received == [{"type": "http.disconnect"}]


def test_an_event_without_a_body() -> None:
    received: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        received.append(await receive())
        await hello(scope, receive, send)

    serve(app, json.loads(EVENT) | {"body": None})
    assert received == [{"type": "http.request", "body": b"", "more_body": False}]


def test_background_work_comes_after_the_answer() -> None:
    recorder = ResponseRecorder()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await hello(scope, receive, send)
        recorder.parts.append("background work")

    run(app, recorder)
    assert recorder.parts == [OK, b"hello", END, "background work"]


def test_each_request_gets_its_own_copy_of_the_state() -> None:
    states: list[object] = []
    pool = object()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        state = scope["state"]
        assert isinstance(state, dict)
        if scope["type"] == "lifespan":
            await receive()
            state["pool"] = pool
            await send({"type": "lifespan.startup.complete"})
            return
        states.append(state.copy())
        state["pool"] = state["user"] = "ann"
        await hello(scope, receive, send)

    async def invoke_twice() -> None:
        function = ASGIFunction(app, Config())
        await function.startup()
        await function(EVENT, CONTEXT, AsyncResponseRecorder(ResponseRecorder()))
        await function(EVENT, CONTEXT, AsyncResponseRecorder(ResponseRecorder()))

    asyncio.run(invoke_twice())
    assert states == [{"pool": pool}, {"pool": pool}]


async def unreachable(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("The app was called.")


def test_a_malformed_event_is_answered_400(caplog: pytest.LogCaptureFixture) -> None:
    event = json.loads(EVENT)
    event["requestContext"]["http"]["method"] = 5
    sentence = "Malformed function_url event: requestContext.http.method is int, not a string."
    assert serve(unreachable, event) == [
        Head(400, [(b"content-type", b"text/plain; charset=utf-8")]),
        sentence.encode(),
        END,
    ]
    assert caplog.record_tuples == [("lambda_http_adapter", logging.WARNING, f"Answered 400: {sentence}")]


def test_a_warm_up_ping_is_answered_without_the_app() -> None:
    assert serve(unreachable, {}) == [Head(200, []), END]


def test_a_streamed_head_does_not_wait_for_a_body_that_does_not_come() -> None:
    recorder = ResponseRecorder(streams=True)
    sent = asyncio.Event()

    async def note() -> None:
        sent.set()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await asyncio.wait_for(sent.wait(), 10)
        await send(REST)

    config = Config(lifespan="off", invoke_mode="response_stream")
    run(app, recorder, config=config, reply=AsyncResponseRecorder(recorder, after_head=note))
    assert recorder.parts == [OK, b"rest", END]


# Nobody can be answered in HTTP.
UNSERVED: list[tuple[object, type[EventError], str]] = [
    (b"{", EventError, r"^The event is not JSON: .+ Invoke this function with an HTTP event\.$"),
    (b"[" * 100_000, EventError, r"^The event is not JSON: .+ Invoke this function with an HTTP event\.$"),
    (b"[]", UnknownOriginError, r"; it got a JSON list\. "),
    (b"null", UnknownOriginError, r"; it got a JSON NoneType\. "),
    ({}, UnknownOriginError, r"; it got an empty object\. "),
    (
        {"version": "0", "detail-type": "Scheduled Event"},
        UnknownOriginError,
        r"; it got an object with the keys 'version', 'detail-type'\. ",
    ),
]


@pytest.mark.parametrize(("payload", "error", "message"), UNSERVED)
def test_events_that_are_not_http(payload: object, error: type[EventError], message: str) -> None:
    recorder = ResponseRecorder()
    with pytest.raises(error, match=message) as raised:
        run(unreachable, recorder, payload, Config(lifespan="off", pass_through_path=None))
    assert type(raised.value) is error
    assert not recorder.asked


def test_files_pass_through_middleware_that_changes_bodies() -> None:
    """It holds the head back for the first body message, and has never heard of ``http.response.pathsend``."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []

        async def send_in_capitals(message: Message) -> None:
            if message["type"] != "http.response.body":
                held.append(message)
                return
            for start in held:
                await send(start)
            held.clear()
            await send({**message, "body": cast("bytes", message["body"]).upper()})

        await FileResponse(__file__, headers={"content-type": "text/plain"})(scope, receive, send_in_capitals)

    head, *pieces = serve(app)
    assert isinstance(head, Head)
    assert head.status == 200
    body = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    assert body == Path(__file__).read_bytes().upper()
