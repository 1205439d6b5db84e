"""An answer of the Runtime API, in any pieces: read without httptools as with it."""

from __future__ import annotations

from lambda_http_adapter._runtime.careful_parser import CarefulParser
from lambda_http_adapter._runtime.client import AnswerParser, APIAnswer
from lambda_http_adapter.errors import RuntimeAPIError

_BEFORE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: r-1\r\n"
    b'Lambda-Runtime-Deadline-Ms: 1767225600000\r\nContent-Length: 7\r\n\r\n{"a":1}',
    b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
)


def attempt(data: bytes) -> None:
    """The first byte says how long the pieces are, the rest is the answer."""
    size, raw = data[:1], data[1:]
    expected = _read(CarefulParser(), [raw])
    known = AnswerParser()
    for answer in _BEFORE:
        known.feed(answer)
    assert _read(AnswerParser(), [raw]) == expected, raw
    assert _read(known, [raw]) == expected, f"after other answers: {raw!r}"
    if size and expected not in (None, "refused"):  # others are refused as soon as they are wrong
        pieces = [raw[start : start + size[0] + 1] for start in range(0, len(raw), size[0] + 1)]
        assert _read(AnswerParser(), pieces) == expected, f"in pieces of {size[0] + 1}: {raw!r}"


def _read(parser: AnswerParser | CarefulParser, pieces: list[bytes]) -> object:
    answer: object = None
    for piece in pieces:
        try:
            read = parser.feed(piece)
        except RuntimeAPIError:
            return "refused"
        if read is not None:
            answer = (read.status, read.headers, read.body, read.keep_alive) if isinstance(read, APIAnswer) else read
    return answer
