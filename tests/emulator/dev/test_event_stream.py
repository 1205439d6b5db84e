"""Event stream messages, read by botocore's own parser, which checks their checksums."""

import json

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from lambda_http_adapter._emulator.dev.event_stream import invoke_complete, payload_chunks


def parsed(data: bytes) -> list[tuple[str, str, bytes]]:
    """The type, the media type and the payload of each message."""
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    messages = list(buffer)
    assert {message.headers[":message-type"] for message in messages} <= {"event"}
    return [(message.headers[":event-type"], message.headers[":content-type"], message.payload) for message in messages]


@given(st.binary(max_size=300))
def test_data_becomes_a_message(data: bytes) -> None:
    expected = [("PayloadChunk", "application/octet-stream", data)] if data else []
    assert parsed(b"".join(payload_chunks(data))) == expected


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 6_000_000])
def test_a_large_chunk_becomes_several_messages(size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    payloads = [payload for _, _, payload in parsed(b"".join(payload_chunks(data)))]
    assert b"".join(payloads) == data
    assert len(payloads) == -(-size // 65_536)


@given(st.dictionaries(st.sampled_from(["ErrorCode", "ErrorDetails", "LogResult"]), st.text(max_size=50)))
def test_the_last_message_says_how_it_ended(fields: dict[str, str]) -> None:
    [(event_type, content_type, payload)] = parsed(invoke_complete(fields))
    assert (event_type, content_type) == ("InvokeComplete", "application/json")
    assert json.loads(payload) == fields
