"""AWS's event stream encoding: the messages that a streaming invocation is answered with.

https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from zlib import crc32

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_CHUNK_LIMIT = 64 * 1024  # bytes in a message: clients refuse messages of many megabytes
_STRING = 7  # the type of a header's value


def payload_chunks(data: bytes) -> Iterator[bytes]:
    """``data`` of the response as messages."""
    for start in range(0, len(data), _CHUNK_LIMIT):
        yield _message("PayloadChunk", "application/octet-stream", data[start : start + _CHUNK_LIMIT])


def invoke_complete(fields: Mapping[str, str]) -> bytes:
    """The last message; ``fields`` are those of InvokeWithResponseStreamCompleteEvent."""
    return _message("InvokeComplete", "application/json", json.dumps(fields).encode())


def _message(event_type: str, content_type: str, payload: bytes) -> bytes:
    """Length, length of the headers, their checksum; headers; payload; the checksum of all that."""
    headers = b"".join(
        (_header(":event-type", event_type), _header(":content-type", content_type), _header(":message-type", "event"))
    )
    lengths = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    message = lengths + struct.pack("!I", crc32(lengths)) + headers + payload
    return message + struct.pack("!I", crc32(message))


def _header(name: str, value: str) -> bytes:
    return struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", _STRING, len(value)) + value.encode()
