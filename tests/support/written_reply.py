"""A function answers the bytes of an event as the loops let it, without sockets; and the reply as llhttp reads it."""

from __future__ import annotations

import asyncio
import atexit
import json
from collections.abc import Callable
from functools import cache
from typing import NamedTuple, cast

from httptools import HttpRequestParser

from lambda_http_adapter._apps import error_of
from lambda_http_adapter._runtime.async_connection import AsyncConnection
from lambda_http_adapter._runtime.async_loop import AsyncioReply
from lambda_http_adapter._runtime.client import Buffers, Invocation, RuntimeClient
from lambda_http_adapter._runtime.sync_connection import SyncConnection
from lambda_http_adapter._runtime.sync_loop import SocketReply
from lambda_http_adapter._types import AsyncFunction, SyncFunction

_AUTHORITY = "127.0.0.1:9001"
_FIELDS = {
    b"lambda-runtime-deadline-ms": b"4102444800000",
    b"lambda-runtime-invoked-function-arn": b"arn:aws:lambda:us-east-1:123456789012:function:f",
    b"lambda-runtime-trace-id": b"Root=1-5e1b4151-43a0913a12345678901234567",
}
_TRAILERS = [b"lambda-runtime-function-error-type", b"lambda-runtime-function-error-body"]
_COMMON = {b"host", b"user-agent", b"content-type"}
# What the head of each kind of request may have beside them.
_HEADS = {
    "response": {b"content-length"},
    "stream": {b"transfer-encoding", b"trailer", b"lambda-runtime-function-response-mode"},
    "error": {b"content-length", *(_TRAILERS[:1]), b"lambda-runtime-function-xray-error-cause"},
}


class Reply(NamedTuple):
    """``kind``: response, stream or error. ``failed``: trailers say that a stream broke off."""

    kind: str
    body: bytes
    failed: bool = False

    def json(self) -> object:
        return json.loads(self.body)


class _Connection:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written = bytearray()

    def send(self, request: Buffers) -> bool:
        self.written += b"".join(request)
        return True


class _Blocking(_Connection):
    def write(self, part: Buffers, last: bool) -> None:
        self.send(part)


class _Asyncio(_Connection):
    async def write(self, part: Buffers, last: bool, answered: Callable[[], None]) -> bool:
        return self.send(part)


def reply_to(function: SyncFunction, event: bytes) -> Reply:
    connection = _Blocking()
    invocation = Invocation("r-1", _FIELDS, event)
    reply = SocketReply(RuntimeClient(_AUTHORITY), invocation, cast("SyncConnection", connection))
    try:
        function(event, invocation.context(), reply)
        reply.require_end()
    except BaseException as raised:
        reply.fail(error_of(raised, alone=False))
    return read_reply(bytes(connection.written))


async def async_reply_to(function: AsyncFunction, event: bytes) -> Reply:
    connection = _Asyncio()
    invocation = Invocation("r-1", _FIELDS, event)
    reply = AsyncioReply(RuntimeClient(_AUTHORITY), invocation, cast("AsyncConnection", connection))
    try:
        await function(event, invocation.context(), reply)
        reply.require_end()
    except BaseException as raised:
        await reply.fail(error_of(raised, alone=False))
    await _end_tasks()
    return read_reply(bytes(connection.written))


async def _end_tasks() -> None:
    """Let what the app has left behind go on for a while, then end it: nothing may come of it."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for _ in range(4 if left else 0):
        await asyncio.sleep(0)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@cache
def event_loop() -> asyncio.AbstractEventLoop:
    """One for all: to make one takes longer than to answer an event."""
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


class _Reader:
    def __init__(self) -> None:
        self.url = self.body = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.trailers: list[bytes] = []
        self.complete = 0
        self._in_body = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_body:
            self.trailers.append(name.lower())
        else:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._in_body = True

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        self.complete += 1


def read_reply(written: bytes) -> Reply:
    """Raises AssertionError unless ``written`` is one whole request, with the headers of its kind and no others."""
    reader = _Reader()
    parser = HttpRequestParser(reader)
    parser.feed_data(written)
    assert reader.complete == 1, f"{reader.complete} replies: {written!r}"
    assert parser.get_method() == b"POST"
    headers = dict(reader.headers)
    assert len(headers) == len(reader.headers), f"a header twice: {written!r}"
    endpoint = reader.url.removeprefix(b"/2018-06-01/runtime/invocation/r-1/").decode()
    kind = "stream" if endpoint == "response" and b"transfer-encoding" in headers else endpoint
    assert headers.keys() == _COMMON | _HEADS[kind], written
    assert headers[b"host"] == _AUTHORITY.encode()
    if kind == "stream":
        assert reader.trailers in ([], _TRAILERS)
        # llhttp is lenient about what is behind the last chunk.
        assert written.endswith(b"\r\n\r\n")
        assert bool(reader.trailers) != written.endswith(b"\r\n0\r\n\r\n")
    else:
        head, _, body = written.partition(b"\r\n\r\n")
        assert not reader.trailers
        assert body == reader.body, f"bytes behind the reply: {written!r}"
        assert head.count(b"\r\n") == len(headers)
    return Reply(kind, reader.body, bool(reader.trailers))
