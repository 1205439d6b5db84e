"""An answer of the Runtime API as its parsers read it: AnswerParser, quickly if it is plain, and CarefulParser by
httptools. Nobody must be able to tell which has read it.
"""

from collections.abc import Iterable

from lambda_http_adapter._runtime.careful_parser import CarefulParser
from lambda_http_adapter._runtime.client import AnswerParser, APIAnswer
from lambda_http_adapter.errors import RuntimeAPIError

PLAIN = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: r-1\r\n"
    b'Lambda-Runtime-Deadline-Ms: 1767225600000\r\nContent-Length: 7\r\n\r\n{"a":1}',
    b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
)


def by_httptools(raw: bytes) -> object:
    return _read(CarefulParser(), [raw])


def by_both(pieces: Iterable[bytes], before: Iterable[bytes] = ()) -> object:
    """On a connection on which the answers ``before`` have come."""
    parser = AnswerParser()
    for answer in before:
        parser.feed(answer)
    return _read(parser, pieces)


def _read(parser: AnswerParser | CarefulParser, pieces: Iterable[bytes]) -> object:
    """Status, headers, body and whether the connection stays open, None if it isn't whole, or "refused"."""
    answer: object = None
    for piece in pieces:
        try:
            read = parser.feed(piece)
        except RuntimeAPIError:
            return "refused"
        if read is not None:
            answer = (read.status, read.headers, read.body, read.keep_alive) if isinstance(read, APIAnswer) else read
    return answer
