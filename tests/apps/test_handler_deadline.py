"""A handler whose time is over: its invocation fails, and a stream that has begun ends with the error."""

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.context import LambdaContext
from lambda_http_adapter.errors import AppError
from tests.support.handler_recorder import BYTES, JSON, Serve, colours, serve_async, serve_sync
from tests.support.invocation import CONTEXT

EXPIRED = "The handler was ended: the invocation's deadline is near."
# CONTEXT's own deadline is long over.
AT_ONCE = Config(deadline_margin_ms=0)
IN_AN_HOUR = LambdaContext("r-1", int(time.time() * 1000) + 3_600_000, "arn")


def waits(event: object) -> object:
    threading.Event().wait(20)
    return "late"


async def async_waits(event: object) -> object:
    await asyncio.sleep(20)
    return "late"


@pytest.mark.parametrize(("serve", "handler"), [(serve_sync, waits), (serve_async, async_waits)])
def test_a_handler_fails_at_its_deadline(serve: Serve, handler: object) -> None:
    with pytest.raises(AppError) as raised:
        serve(handler, config=AT_ONCE)
    assert str(raised.value) == EXPIRED


def streams(event: object) -> Iterator[bytes]:
    yield b"part"
    signal.raise_signal(signal.SIGALRM)  # now it is due
    yield b"late"


async def async_streams(event: object) -> AsyncIterator[bytes]:
    yield b"part"
    await asyncio.sleep(20)
    yield b"late"


def test_a_stream_that_has_begun_ends_at_its_deadline() -> None:
    *before, error = serve_sync(streams, config=AT_ONCE, context=IN_AN_HOUR)
    assert before == [BYTES, b"part"]
    assert isinstance(error, AppError)
    assert str(error) == EXPIRED


def test_a_stream_on_an_event_loop_ends_at_its_deadline() -> None:
    *before, error = serve_async(async_streams, config=AT_ONCE)
    assert before == [BYTES, b"part"]
    assert isinstance(error, AppError)
    assert str(error) == EXPIRED


@colours
@pytest.mark.parametrize(
    ("config", "context"), [(AT_ONCE, IN_AN_HOUR), (AT_ONCE, None), (Config(), CONTEXT)], ids=["in time", "none", "off"]
)
def test_a_handler_that_is_in_time_returns(serve: Serve, config: Config, context: object) -> None:
    assert serve(lambda event, context: [event, context is None], b'{"a":1}', config, context) == [
        JSON,
        b'[{"a":1},%s]' % (b"true" if context is None else b"false"),
    ]


def test_another_thread_is_not_interrupted() -> None:
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.extend(serve_sync(lambda event: event, b"1", AT_ONCE)))
    thread.start()
    thread.join()
    assert results == [JSON, b"1"]


@colours
def test_a_time_out_of_the_handlers_own_is_its_error(serve: Serve) -> None:
    def handler(event: object) -> object:
        raise TimeoutError("the database")

    with pytest.raises(TimeoutError, match="the database"):
        serve(handler, config=AT_ONCE, context=IN_AN_HOUR)
