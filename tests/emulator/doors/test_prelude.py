"""The head of a stream, wherever the network has cut it."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from lambda_http_adapter._emulator.doors.prelude import INTEGRATION, PreludeError, StreamStart, read_prelude
from lambda_http_adapter._emulator.sandbox.invocation import ReplyHead

HEAD = ReplyHead(INTEGRATION, True)
NULS = bytes(8)


def split(head: ReplyHead, pieces: list[bytes], rest: bool) -> tuple[StreamStart, list[bytes]]:
    async def arriving() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def run() -> tuple[StreamStart, list[bytes]]:
        stream = arriving()
        return await read_prelude(head.content_type, stream, rest), [piece async for piece in stream]

    return asyncio.run(run())


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_every_cut_gives_the_same(size: int) -> None:
    data = b'{"statusCode":201,"headers":{"a":"b"}}' + NULS + b"body\0" + NULS
    start, later = split(HEAD, [data[at : at + size] for at in range(0, len(data), size)], rest=False)
    assert start.metadata == {"statusCode": 201, "headers": {"a": "b"}}
    assert b"".join([start.body, *later]) == b"body\0" + NULS


def test_a_rest_api_joins_both_kinds_of_header() -> None:
    prelude = b'{"headers":{"A":"1","B":"2"},"multiValueHeaders":{"a":["3","4"]},"cookies":["c=1"]}'
    start, _ = split(HEAD, [prelude + NULS], rest=True)
    assert start.metadata == {
        "statusCode": 200,
        "headers": {"B": "2"},
        "multiValueHeaders": {"a": ["3", "4"], "set-cookie": ["c=1"]},
    }


def test_another_content_type_is_the_client_s() -> None:
    assert split(ReplyHead("text/plain", True), [b"{}"], rest=False) == (StreamStart(None, b""), [b"{}"])


@pytest.mark.parametrize(
    ("head", "data", "rest", "reason"),
    [
        (ReplyHead("text/plain", True), b"{}" + NULS, True, "content type"),
        (HEAD, b"{}", False, "without a delimiter"),
        (HEAD, b"{" + NULS, False, "is not JSON"),
        (HEAD, b"[" * 20_000 + NULS, False, "is not JSON"),
        (HEAD, b"[]" + NULS, False, "is not a JSON object"),
        (HEAD, b'{"body":""}' + NULS, True, "doesn't accept body in front of a stream"),
        (HEAD, b" " * 16385, True, "16 KB"),
        (HEAD, b"{}".rjust(16 * 1024 - 7) + NULS, True, "16 KB"),
        (HEAD, b'{"multiValueHeaders":["a"]}' + NULS, True, "has the wrong type"),
        (HEAD, b'{"headers":"a"}' + NULS, True, "has the wrong type"),
        (HEAD, b'{"cookies":"a=1"}' + NULS, True, "has the wrong type"),
        (HEAD, b'{"multiValueHeaders":{"a":"b"}}' + NULS, True, "is not a list"),
    ],
)
def test_what_no_front_door_can_read(head: ReplyHead, data: bytes, rest: bool, reason: str) -> None:
    for pieces in ([data], [data[:-1], data[-1:]]):
        with pytest.raises(PreludeError, match=reason):
            split(head, pieces, rest)


def test_the_delimiter_is_within_the_first_16_kilobytes_of_a_rest_api() -> None:
    data = b"{}".rjust(16 * 1024 - 8) + NULS + b"body"
    for cut in (16 * 1024 - 9, 16 * 1024 - 1, 16 * 1024, len(data)):
        start, later = split(HEAD, [data[:cut], data[cut:]], rest=True)
        assert b"".join([start.body, *later]) == b"body"


def test_a_stream_without_a_delimiter_is_read_once() -> None:
    """It would take minutes to look at all of it for each piece."""
    piece = b" " * 1000
    start = time.process_time()
    with pytest.raises(PreludeError, match="without a delimiter"):
        split(HEAD, [piece] * 20_000, rest=False)
    assert time.process_time() - start < 5
