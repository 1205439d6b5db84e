"""What the emulator reads of a function's process, in any pieces: the requests of its runtime, and its log."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from typing import cast

from fuzz.choices import Choices
from lambda_http_adapter._emulator.dev.records import shown_record
from lambda_http_adapter._emulator.sandbox.invocation import Invocation, InvocationError
from lambda_http_adapter._emulator.sandbox.runtime_api import RuntimeConnection
from lambda_http_adapter._emulator.sandbox.telemetry import FrameReader, LogRecord
from tests.support.bounds import bounded
from tests.support.written_reply import event_loop

_BODIES: tuple[bytes, ...] = (
    b"",
    b"text",
    b"{}",
    b'{"errorType":"X","errorMessage":5}',
    b"[" * 990 + b"]" * 990,
    b"[" * 20_000,
    b"\xff",
)
_BODIES += (b'{"level":"INFO","message":{"a":[1]},"x":NaN}', b'{"stackTrace":[5,null]}', b"9" * 5000, b"null")
_BODIES += tuple(
    b'{"message":"x","x":' + b"[" * depth + b"]" * depth + b"}" for depth in (940, 960, 970, 975, 980, 985)
)


def attempt(data: bytes) -> None:
    choices = Choices(data)
    with bounded():
        if choices.one_in(2):
            event_loop().run_until_complete(_serve_runtime(choices))
        else:
            _read_log(choices)


def _body(choices: Choices) -> bytes:
    return choices.bytes(choices.below(40)) if choices.one_in(4) else choices.of(_BODIES)


def _pieces(choices: Choices, data: bytes) -> list[bytes]:
    places = [choices.below(len(data)) for _ in range(choices.below(4))] if data else []
    return [data[start:end] for start, end in pairwise(sorted({0, len(data), *places}))]


# The log


_KINDS = (0xA55A0002, 0xA55A0003, 0xA55A000A, 0xA55A000B, 0xA55A0017, 0xA55A0022)


def _read_log(choices: Choices) -> None:
    data, count = b"", 1 + choices.below(3)
    for _ in range(count):
        body = _body(choices)
        data += choices.of(_KINDS).to_bytes(4) + len(body).to_bytes(4) + choices.bytes(8).ljust(8, b"\0") + body
    if choices.one_in(4):  # what isn't frames may be other records in other pieces
        place = choices.below(len(data))
        records = _records(_pieces(choices, data[:place] + choices.bytes(4) + data[place + choices.below(9) :]))
    else:
        records = _records(_pieces(choices, data))
        assert records == _records([data])
        assert len(records) == count
    for record in records:
        shown_record(record, ["r-1"]).message.encode(errors="replace")


def _records(pieces: list[bytes]) -> list[LogRecord]:
    reader = FrameReader()
    found = [record for piece in pieces for record in reader.feed(piece)]
    return [*found, *reader.rest()]


# The Runtime API


class _Sandbox:
    """What a runtime is told and tells."""

    def __init__(self) -> None:
        self.invocation = Invocation({}, 3, request_id="r-1")

    async def next(self) -> Invocation:
        return self.invocation

    def pending(self, request_id: str) -> Invocation | None:
        return self.invocation if request_id == "r-1" else None

    def init_failed(self, error: InvocationError) -> None:
        json.dumps(error.payload)

    def register_extension(self) -> dict[str, str]:
        return {}


class _Writer:
    """Where the Runtime API's answers go."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    async def drain(self) -> None:
        pass

    def close(self) -> None:
        pass


_REQUESTS = (
    b"POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    b"POST /2018-06-01/runtime/invocation/r-1/error HTTP/1.1\r\nLambda-Runtime-Function-Error-Type: \xe9\r\n",
    b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\n",
    b"POST /\xff HTTP/1.1\r\n",
    b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n",
    b"POST /2020-01-01/extension/register HTTP/1.1\r\n",
)
_CHUNKED = b"Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\r\n"
_TRAILERS = b"0\r\nLambda-Runtime-Function-Error-Type: X\r\nLambda-Runtime-Function-Error-Body: "


async def _serve_runtime(choices: Choices) -> None:
    data = b""
    for _ in range(1 + choices.below(3)):
        body = _body(choices)
        framed = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        if choices.one_in(2):
            framed = _CHUNKED + (b"%x\r\n%b\r\n" % (len(body), body) if body else b"")
            framed += choices.of((b"0\r\n\r\n", _TRAILERS + b"e30=\r\n\r\n", _TRAILERS + b"\xff\r\n\r\n", b"x"))
        data += choices.of(_REQUESTS) + framed
    reader, writer, sandbox = asyncio.StreamReader(), _Writer(), _Sandbox()
    for piece in _pieces(choices, data):
        reader.feed_data(piece)
    reader.feed_eof()
    await RuntimeConnection(sandbox, reader, cast("asyncio.StreamWriter", writer)).serve()
    sandbox.invocation.abandon()
    assert writer.written == b"" or writer.written.startswith(b"HTTP/1.1 ")
