"""HTTP/1.1 as bytes on a blocking socket: strict about what a client sends, free in what a server answers."""

import json
import re
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Literal, NamedTuple

Headers = list[tuple[str, str]]
Then = Literal["keep", "close", "reset", "drain"]  # drain: closed for writing, and read until the client closes it

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
_DIGITS = re.compile(r"[0-9]+")


class Answer(NamedTuple):
    """Bytes to write, whole or cut short, and what becomes of the connection so many seconds after them."""

    raw: bytes
    then: Then = "keep"
    after: float = 0

    def write(self, connection: socket.socket, *, fragment: bool) -> None:
        for piece in (self.raw[i : i + 1] for i in range(len(self.raw))) if fragment else (self.raw,):
            connection.sendall(piece)
        if self.after:
            time.sleep(self.after)
        if self.then == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def answer(
    status: int,
    body: object = b"",
    headers: Iterable[tuple[str, str]] = (),
    *,
    chunked: bool = False,
    then: Then = "keep",
) -> Answer:
    """A well-formed answer; a body that is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += ["Transfer-Encoding: chunked"] if chunked else [f"Content-Length: {len(content)}"] if status != 204 else []
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return Answer(head + (_chunks(content) if chunked else content), then)


def _chunks(content: bytes) -> bytes:
    size = max(7, len(content) // 3)
    pieces = [content[i : i + size] for i in range(0, len(content), size)]
    return b"".join(b"%X\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])


class Head(NamedTuple):
    method: str
    target: str
    version: str
    headers: Headers

    def values(self, name: str) -> list[str]:
        return [value for field, value in self.headers if field == name]


class BadRequestError(Exception):
    """The bytes are not an HTTP/1.1 message; the connection can't be read any further."""


class RequestReader:
    """Reads requests off one connection. EOFError or OSError when the client goes away."""

    _value = _VALUE

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()

    @property
    def rest(self) -> bytes:
        """What has been received and not read."""
        return bytes(self._buffer)

    def head(self) -> Head:
        match self._line().split(" "):
            case [method, target, version]:
                return Head(method, target, version, self._fields())
            case words:
                raise BadRequestError(f"request line {' '.join(words)!r}")

    def exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._fill()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def chunks(self) -> Iterator[bytes]:
        """Chunks as the client framed them, each as soon as it is whole; what follows the last one are trailers."""
        while size := self._chunk_size():
            data = self.exactly(size)
            if self.exactly(2) != b"\r\n":
                raise BadRequestError(f"a chunk of {size} bytes does not end in CRLF")
            yield data

    def trailers(self) -> Headers:
        return self._fields()

    def _chunk_size(self) -> int:
        line = self._line().encode("latin-1")
        if not _CHUNK_SIZE.fullmatch(line):
            raise BadRequestError(f"chunk size {line!r}")
        return int(line, 16)

    def _fields(self) -> Headers:
        fields: Headers = []
        while line := self._line():
            name, colon, value = line.partition(":")
            value = value.strip(" \t")
            if not colon or not _TOKEN.fullmatch(name) or not self._value.fullmatch(value):
                raise BadRequestError(f"field {line!r}")
            fields.append((name.lower(), value))
        return fields

    def _line(self) -> str:
        while (end := self._buffer.find(b"\n")) < 0:
            self._fill()
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        if not line.endswith(b"\r\n"):
            raise BadRequestError(f"line {line!r} does not end in CRLF")
        return line[:-2].decode("latin-1")

    def _fill(self) -> None:
        data = self._connection.recv(65536)
        if not data:
            raise EOFError
        self._buffer += data


def framing(head: Head) -> int | Literal["chunked"]:
    """How long the body is, by RFC 9112 §6.3 for requests."""
    if head.values("transfer-encoding"):
        return "chunked"
    lengths = head.values("content-length")
    if lengths and not _DIGITS.fullmatch(lengths[0]):
        raise BadRequestError(f"content-length {lengths[0]!r}")
    return int(lengths[0]) if lengths else 0


def violations(head: Head, host: str) -> Iterator[str]:
    """What RFC 9110 or 9112 forbids in a request, or what a Runtime API client has no reason to send."""
    framings = [*head.values("content-length"), *head.values("transfer-encoding")]
    if head.version != "HTTP/1.1":
        yield f"version {head.version!r}"
    if head.values("host") != [host]:
        yield f"host is {head.values('host')}, not {host!r}"
    if head.values("expect"):
        yield "Expect is sent, and the Runtime API never answers 100"
    if head.method == "POST" and len(framings) != 1:
        yield f"{len(framings)} framings instead of one content-length or transfer-encoding"
    if head.method == "GET" and framings not in ([], ["0"]):
        yield "GET with a body"
    if any(coding != "chunked" for coding in head.values("transfer-encoding")):
        yield f"transfer-encoding {head.values('transfer-encoding')}"


def undeclared(head: Head, trailers: Sequence[tuple[str, str]]) -> list[str]:
    """Trailers that `Trailer` did not announce: the platform ignores them."""
    declared = {name.strip().lower() for value in head.values("trailer") for name in value.split(",")}
    return [name for name, _ in trailers if name not in declared]
