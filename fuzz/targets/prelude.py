"""The beginning of a streamed response, as the emulator reads it: the same however the stream is cut, and a head that
can be sent, or an error.

Of the input 0xFE stands for the delimiter, 0xFD for lists in lists, 0xFC for many digits.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fuzz.choices import Choices
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._emulator.doors.prelude import INTEGRATION, PreludeError, StreamStart, read_prelude
from tests.support.bounds import bounded
from tests.support.doors import HTTP_DOORS
from tests.support.written_reply import event_loop

_DELIMITER = bytes(8)
_LIMIT = 16 * 1024
_DEPTHS = (980, 20_000, 900, 960)
_CONTENT = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")
_DOORS = [(name, HTTP_DOORS[name], HTTP_DOORS[name].event(ClientRequest())) for name in ("Function URL", "REST API")]


def attempt(data: bytes) -> None:
    choices = Choices(data)
    name, door, event = choices.of(_DOORS)
    size = 1 + choices.below(256)
    depth = choices.of(_DEPTHS)
    padding = _LIMIT - choices.below(64) if choices.one_in(4) else 0
    raw = data[6:].replace(b"\xfe", _DELIMITER).replace(b"\xfd", b"[" * depth + b"]" * depth)
    stream = b" " * padding + raw.replace(b"\xfc", b"9" * 5000)
    is_rest = name == "REST API"
    with bounded():
        start = _read([stream], is_rest)
        pieces = [stream[place : place + size] for place in range(0, len(stream), size)]
        assert _read(pieces, is_rest) == start, f"in pieces of {size}"
        if isinstance(start, PreludeError):
            return
        assert start.metadata is not None
        response = door.response(start.metadata, event, streamed=True)
        _require_first(stream, start, is_rest)
    assert 200 <= response.status <= 599
    for key, value in response.headers:
        assert re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+", key)
        assert _CONTENT.fullmatch(value)
    json.dumps(start.metadata)


def _require_first(stream: bytes, start: StreamStart, is_rest: bool) -> None:
    """The first delimiter is the one that counts."""
    prelude, _, body = stream.partition(_DELIMITER)
    assert start.body == body
    metadata = json.loads(prelude)
    assert start.metadata is not None
    if not is_rest:
        assert repr(start.metadata) == repr({**metadata, "statusCode": metadata.get("statusCode", 200)})


def _read(pieces: list[bytes], is_rest: bool) -> StreamStart | PreludeError:
    try:
        return event_loop().run_until_complete(_start(pieces, is_rest))
    except PreludeError as error:
        return _RefusedError(str(error))


class _RefusedError(PreludeError):
    """Equals another for the same reason."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _RefusedError) and str(other) == str(self)

    def __hash__(self) -> int:
        return hash(str(self))


async def _start(pieces: list[bytes], is_rest: bool) -> StreamStart:
    """With all that is behind the delimiter as the body."""

    async def chunks() -> AsyncGenerator[bytes, None]:
        for piece in pieces:
            yield piece

    async with aclosing(chunks()) as stream:
        start = await read_prelude(INTEGRATION, stream, is_rest)
        return start._replace(body=start.body + b"".join([chunk async for chunk in stream]))
