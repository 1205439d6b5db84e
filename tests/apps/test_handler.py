"""Any callable as a Lambda function: what it is given, how it fails and what ends it, in both colours."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lambda_http_adapter._apps.handler import prepare
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.context import LambdaContext
from lambda_http_adapter.errors import AppError, ConfigurationError, EventError, PayloadError, ResultError
from tests.support.handler_recorder import BYTES, JSON, Handler, Serve, colours, serve_async, serve_sync, shown
from tests.support.invocation import CONTEXT


@colours
def test_the_event_and_the_context(serve: Serve) -> None:
    def handler(context: LambdaContext, order: dict[str, int]) -> object:
        return [context.aws_request_id, order]

    assert serve(handler, b'{"id":1}') == [JSON, b'["8476a536-e9f4-11e8-9739-2dfe598c3fcd",{"id":1}]']


@colours
@pytest.mark.parametrize("annotation", [object, dict, bytes])
def test_an_event_that_aws_s_runtime_has_decoded(serve: Serve, annotation: object) -> None:
    def handler(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return json.loads(event) if annotation is bytes else event

    handler.__annotations__["event"] = annotation
    assert serve(handler, {"id": 1}) == [JSON, b'{"id":1}']


def encoded(event: bytes) -> bytes:
    return event


@colours
def test_an_event_that_json_cannot_hold(serve: Serve) -> None:
    with pytest.raises(EventError, match=r"^The event can't be encoded as JSON: "):
        serve(encoded, {"id": {1}})


@colours
def test_what_the_handler_raises_is_the_loop_s(serve: Serve) -> None:
    with pytest.raises(ZeroDivisionError):
        serve(lambda: 1 // 0)


@colours
def test_an_event_that_does_not_fit_never_reaches_the_handler(serve: Serve) -> None:
    def handler(order: list[int]) -> None:
        raise AssertionError

    with pytest.raises(PayloadError, match=r"^The event doesn't fit list\[int\]: it is an object, not an array\.$"):
        serve(handler)


@colours
@pytest.mark.parametrize("leaving", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_who_leaves_leaves(serve: Serve, leaving: type[BaseException]) -> None:
    def handler() -> None:
        raise leaving

    def stream() -> Iterator[bytes]:
        yield b"part"
        raise leaving

    for each in (handler, stream):
        with pytest.raises(leaving):
            serve(each)


async def coroutine(event: int) -> int:
    await asyncio.sleep(0)
    return event + 1


def test_a_coroutine() -> None:
    assert serve_async(coroutine, b"1") == [JSON, b"2"]


def test_a_coroutine_that_nobody_waits_for() -> None:
    async def never() -> None: ...

    waiting = never()
    with pytest.raises(
        ResultError, match=r"^The handler returned an awaitable, .+ `async def`, and what is wrapped around it"
    ):
        serve_sync(lambda: waiting)
    waiting.close()


# The deadline

SOON = SimpleNamespace(get_remaining_time_in_millis=lambda: 1_050)
MARGIN = Config(deadline_margin_ms=1_000)
EXPIRED = "The handler was ended: the invocation's deadline is near."


def busy() -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        pass


def busy_stream() -> Iterator[bytes]:
    yield b"part"
    busy()


async def waiting() -> None:
    await asyncio.Event().wait()


async def waiting_stream() -> AsyncIterator[bytes]:
    yield b"part"
    await waiting()


@pytest.mark.parametrize(("serve", "handler"), [(serve_sync, busy), (serve_async, waiting)], ids=["sync", "async"])
def test_a_handler_that_takes_too_long(serve: Serve, handler: Handler) -> None:
    with pytest.raises(AppError) as raised:
        serve(handler, config=MARGIN, context=SOON)
    assert str(raised.value) == EXPIRED


@pytest.mark.parametrize(
    ("serve", "handler"), [(serve_sync, busy_stream), (serve_async, waiting_stream)], ids=["sync", "async"]
)
def test_a_stream_that_takes_too_long(serve: Serve, handler: Handler) -> None:
    assert list(map(shown, serve(handler, config=MARGIN, context=SOON))) == [BYTES, b"part", EXPIRED]


@pytest.mark.parametrize(
    ("serve", "handler"), [(serve_sync, busy_stream), (serve_async, waiting_stream)], ids=["sync", "async"]
)
def test_the_access_log_does_not_hide_that_a_stream_has_begun(serve: Serve, handler: Handler) -> None:
    config = Config(deadline_margin_ms=1_000, access_log=True)
    assert list(map(shown, serve(handler, config=config, context=SOON))) == [BYTES, b"part", EXPIRED]


@colours
@pytest.mark.parametrize("context", [SOON, None])
def test_a_handler_in_time(serve: Serve, context: object) -> None:
    assert serve(lambda: 1, config=MARGIN, context=context) == [JSON, b"1"]


@colours
def test_a_time_out_of_the_handler_s_own(serve: Serve) -> None:
    def handler() -> None:
        raise TimeoutError("the database")

    with pytest.raises(TimeoutError, match=r"^the database$"):
        serve(handler, config=MARGIN, context=SOON)


def test_a_thread_is_not_interrupted() -> None:
    with ThreadPoolExecutor() as threads:
        calls = threads.submit(serve_sync, lambda: 1, config=MARGIN, context=SOON)
    assert calls.result() == [JSON, b"1"]


def test_nothing_is_logged_of_what_goes_well(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "lambda_http_adapter"):
        serve_sync(lambda: iter([b"a"]))
        serve_async(coroutine, b"1")
    assert [message for message in caplog.messages if "selector" not in message] == []


class SlowToClose:
    """An iterator of either colour whose bytes are all there before the deadline, and whose close() isn't."""

    def __init__(self) -> None:
        self._parts = [b"part"]

    def __next__(self) -> bytes:
        if not self._parts:
            raise StopIteration
        return self._parts.pop()

    async def __anext__(self) -> bytes:
        if not self._parts:
            raise StopAsyncIteration
        return self._parts.pop()


class SlowIterator(SlowToClose):
    def __iter__(self) -> Iterator[bytes]:
        return self

    def close(self) -> None:
        busy()


class SlowAsyncIterator(SlowToClose):
    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def aclose(self) -> None:
        await waiting()


@pytest.mark.parametrize("logs", [False, True])
@pytest.mark.parametrize(
    ("serve", "stream"), [(serve_sync, SlowIterator), (serve_async, SlowAsyncIterator)], ids=["sync", "async"]
)
def test_what_takes_long_behind_the_whole_result_does_not_spoil_it(
    serve: Serve, stream: type[SlowToClose], logs: bool
) -> None:
    config = Config(deadline_margin_ms=1_000, access_log=logs)
    assert serve(partial(stream), config=config, context=SOON, streams=False) == [BYTES, b"part", b""]


@colours
@pytest.mark.parametrize(
    ("handler", "result"),
    [
        (lambda event, context: [event, context is CONTEXT], b"[7,true]"),
        (lambda context, event: {"reversed": [event, context is CONTEXT]}, b'{"reversed":[7,true]}'),
        (lambda event: [event], b"[7]"),
        (lambda context: [context is CONTEXT], b"[true]"),
        (lambda: ["none"], b'["none"]'),
    ],
)
def test_a_handler_gets_what_its_parameters_name(serve: Serve, handler: object, result: bytes) -> None:
    assert serve(handler, b"7") == [JSON, result]


@colours
def test_the_access_log_leaves_the_event_as_it_is(serve: Serve) -> None:
    assert serve(lambda event: event, b'{"a":1}', Config(access_log=True)) == [JSON, b'{"a":1}']


def test_a_layer_that_is_async_is_named() -> None:
    def handler(event: object) -> object:
        return event

    def layer(call: object) -> object:
        async def inner(event: object, context: object) -> object:
            return event

        return inner

    with pytest.raises(ConfigurationError) as raised:
        prepare(handler, [cast("Any", layer)])
    assert str(raised.value).startswith("The layer ")
    assert "layer() is async, and the handler " in str(raised.value)
    assert str(raised.value).endswith("handler() is not.")
