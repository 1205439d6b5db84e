"""Handlers that stream their result, and how that ends, in both colours."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import pytest

from lambda_http_adapter.errors import ResultError
from tests.support.handler_recorder import BYTES, Handler, Serve, colours, serve_async, serve_sync, shown


def parts(*steps: object) -> Iterator[object]:
    for step in steps:
        if isinstance(step, BaseException):
            raise step
        yield step


async def async_parts(*steps: object) -> AsyncIterator[object]:
    for step in parts(*steps):
        await asyncio.sleep(0)
        yield step


class Csv(io.BytesIO):
    content_type = "text/csv"


class Events:
    content_type = "text/event-stream"

    def __init__(self) -> None:
        self._parts = parts(b"data: 1\n\n", b"data: 2\n\n")

    def __iter__(self) -> Iterator[object]:
        return self

    def __next__(self) -> object:
        return next(self._parts)


STREAMS: list[tuple[Handler, list[object]]] = [
    (lambda: parts(b"a", b"b"), [BYTES, b"a", b"b", b""]),
    (lambda: parts(bytearray(b"a"), memoryview(b"b")), [BYTES, b"a", b"b", b""]),
    (lambda: parts(b"", b"a"), [BYTES, b"", b"a", b""]),
    (lambda: iter(()), [BYTES, b"", b""]),
    (lambda: iter([b"a"]), [BYTES, b"a", b""]),
    (lambda: io.BytesIO(b"a" * 70_000), [BYTES, b"a" * 65_536, b"a" * 4_464, b""]),
    (lambda: Csv(b"a;b\n"), ["text/csv", b"a;b\n", b""]),
    (lambda: iter(Events()), ["text/event-stream", b"data: 1\n\n", b"data: 2\n\n", b""]),
]


@colours
@pytest.mark.parametrize(("handler", "calls"), STREAMS)
def test_streams(serve: Serve, handler: Handler, calls: list[object]) -> None:
    assert serve(handler) == calls


def test_async_streams() -> None:
    async def generator(event: str) -> AsyncIterator[bytes]:
        yield event.encode()
        yield b"!"

    async def returned() -> AsyncIterator[object]:
        return async_parts(b"a", b"b")

    assert serve_async(generator, b"hi") == [BYTES, b"hi", b"!", b""]
    assert serve_async(returned) == [BYTES, b"a", b"b", b""]


def test_an_async_stream_of_a_sync_handler() -> None:
    with pytest.raises(ResultError, match=r"^The handler returned an async iterator: that needs an async handler\.$"):
        serve_sync(lambda: async_parts(b"a"))


class Case(NamedTuple):
    steps: list[object]
    raised: str
    calls: list[object]


ENDINGS = [
    Case([OSError("no disk")], "no disk", []),
    Case(["text"], "Expected bytes in a streamed result, got str.", []),
    Case([b"a", OSError("no disk")], "", [BYTES, b"a", "no disk"]),
    Case([b"a", 5], "", [BYTES, b"a", "Expected bytes in a streamed result, got int."]),
]


@pytest.mark.parametrize(("steps", "raised", "calls"), ENDINGS)
@pytest.mark.parametrize(
    ("serve", "make"), [(serve_sync, parts), (serve_async, parts), (serve_async, async_parts)], ids=["s", "as", "a"]
)
def test_streams_that_end_badly(
    serve: Serve, make: Handler, steps: list[object], raised: str, calls: list[object], caplog: pytest.LogCaptureFixture
) -> None:
    if raised:
        with pytest.raises((OSError, ResultError)) as error:
            serve(lambda: make(*steps))
        assert str(error.value) == raised
    else:
        assert list(map(shown, serve(lambda: make(*steps)))) == calls
        assert caplog.messages == ["The handler raised before its result was complete"]
        assert caplog.records[0].exc_info


@pytest.mark.parametrize(
    ("serve", "make"), [(serve_sync, parts), (serve_async, parts), (serve_async, async_parts)], ids=["s", "as", "a"]
)
def test_when_nobody_takes_the_rest(serve: Serve, make: Handler, caplog: pytest.LogCaptureFixture) -> None:
    assert serve(lambda: make(b"a", b"b", b"c"), gone_after=1) == [BYTES, b"a"]
    assert caplog.messages == []


@colours
@pytest.mark.parametrize("gone_after", [1, 99])
def test_a_stream_is_closed(serve: Serve, gone_after: int) -> None:
    file = Csv(b"a" * 70_000)
    serve(lambda: file, gone_after=gone_after)
    assert file.closed


def test_an_async_generator_is_closed() -> None:
    ended = []

    async def generator() -> AsyncIterator[bytes]:
        try:
            yield b"a"
            yield b"b"
        finally:
            ended.append(True)

    serve_async(generator, gone_after=0)
    assert ended == [True]


class Closable:
    def __init__(self) -> None:
        self.closed = False
        self._blocks = [b"part", b"rest"]

    def __aiter__(self) -> "Closable":
        return self

    async def __anext__(self) -> bytes:
        if not self._blocks:
            raise StopAsyncIteration
        return self._blocks.pop(0)

    async def aclose(self) -> None:
        self.closed = True


def test_an_async_iterator_is_closed_behind_its_end() -> None:
    stream = Closable()
    assert serve_async(lambda: stream)[1:] == [b"part", b"rest", b""]
    assert stream.closed
