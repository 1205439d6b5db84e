"""A Runtime API in one loop with little work: its answers are made beforehand, and it skips what it receives.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import gc
import select
import socket
import time
from array import array
from collections.abc import Callable, Generator
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

from .sample import NotMeasuredError

T = TypeVar("T")

# Names and order as in Go's net/http, which the real Runtime API uses.
_NEXT = (
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
    "Lambda-Runtime-Deadline-Ms: {deadline}\r\n"
    "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:123456789012:function:greeter\r\n"
    "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n"
    "Date: Sat, 31 Jan 2026 12:00:00 GMT\r\n"
)
# net/http sends a Content-Length if the body fits its buffer. It sends a larger event as one chunk.
_BUFFER = 2048
ACCEPTED = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nDate: Sat, 31 Jan 2026 12:00:00 GMT\r\n"
    b'Content-Length: 16\r\n\r\n{"status":"OK"}\n'
)
_REGISTERED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Sat, 31 Jan 2026 12:00:00 GMT\r\n"
    b"Lambda-Extension-Identifier: 8c5a2c4e-6f0d-4f5b-9d53-5c0f2b7f9a11\r\nContent-Length: 2\r\n\r\n{}"
)
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_STALLED = 60.0
_RECEIVE = 256 * 1024


def with_event(event: bytes) -> bytes:
    """The answer to ``/next`` that brings ``event``."""
    deadline = int((time.time() + 900) * 1000)
    return _NEXT.format(deadline=deadline).encode() + (
        b"Content-Length: %d\r\n\r\n%b" % (len(event), event)
        if len(event) <= _BUFFER
        else b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(event), event)
    )


class StalledError(NotMeasuredError):
    """Too few pollers asked for an invocation, or one stopped asking."""


class FailedError(NotMeasuredError):
    """The runtime reported an error."""


class Request(NamedTuple):
    """``body`` is empty if it isn't kept; ``size`` is the number of bytes that arrived."""

    endpoint: str
    body: bytes
    size: int


class RuntimeAPI:
    """Answers every ``/next`` with the same event. ``answer`` is the first response, with its body if ``keep``.

    ``times``: the seconds that each counted invocation took, if there is one poller.
    """

    def __init__(self, event: bytes, keep: bool = True) -> None:
        self._keep = keep
        self._next = with_event(event)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._connections: dict[int, tuple[socket.socket, Parser]] = {}
        self.address = "{}:{}".format(*self._listener.getsockname())
        self.answer: Request | None = None
        self.times: array[float] = array("d")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection, _ in self._connections.values():
            connection.close()
        self._listener.close()

    def serve(
        self,
        mark: Callable[[], T],
        check: Callable[[], None],
        *,
        pollers: int = 1,
        warmup: int = 0,
        count: int = 0,
        sleep: bool = False,
    ) -> tuple[T, T]:
        """The values of ``mark`` after ``warmup`` invocations, and after ``count`` more.

        Nothing is sent before ``pollers`` connections have asked. An invocation is complete when its poller asks for
        the next. ``check`` is called while nothing arrives, and raises if waiting is pointless. ``sleep``: while
        nothing arrives, leave the core to the function.
        """
        gc.disable()
        try:
            return self._serve(mark, check, pollers, warmup, count, sleep)
        finally:
            gc.enable()

    def _serve(
        self, mark: Callable[[], T], check: Callable[[], None], pollers: int, warmup: int, count: int, sleep: bool
    ) -> tuple[T, T]:
        waiting: list[socket.socket] = []
        complete = -pollers
        start: T | None = None
        self.times = array("d", bytes(8 * count if pollers == 1 else 0))  # made now: nothing grows while it measures
        sent = 0.0

        def idle(seconds: float) -> None:
            check()
            if seconds > _STALLED:
                raise StalledError(f"{min(pollers, pollers + complete)} of {pollers} asked for an invocation")

        # Don't sleep while measuring: waking up takes longer than answering. A starting process needs the machine.
        for connection, request in self.requests(idle, timeout=0 if count and not sleep else 1):
            if request.endpoint != "invocation/next":
                self._take(connection, request)
                continue
            now = time.perf_counter()
            waiting.append(connection)
            complete += 1
            if self.times and complete > warmup:
                self.times[complete - warmup - 1] = now - sent
            if complete == warmup:
                start = mark()
            if complete == warmup + count:
                break
            if complete >= 0:
                sent = time.perf_counter()
                for poller in waiting:
                    poller.sendall(self._next)
                waiting.clear()
        assert start is not None
        return start, mark()

    def requests(
        self, idle: Callable[[float], None], timeout: float
    ) -> Generator[tuple[socket.socket, Request], None, None]:
        """Each request that arrives. While none does, ``idle`` is called once a second with the seconds of silence."""
        heard = told = time.monotonic()
        with select.epoll() as ready:
            ready.register(self._listener, select.EPOLLIN)
            while True:
                events = ready.poll(timeout)
                now = time.monotonic()
                if events:
                    heard = now
                elif now - told > 1:
                    told = now
                    idle(now - heard)
                for descriptor, _ in events:
                    if descriptor == self._listener.fileno():
                        ready.register(self._accept(), select.EPOLLIN)
                        continue
                    connection, parser = self._connections[descriptor]
                    data = connection.recv(_RECEIVE)
                    if not data:
                        ready.unregister(descriptor)
                        connection.close()
                    while request := parser.feed(data):
                        yield connection, request
                        data = b""

    def _accept(self) -> int:
        connection, _ = self._listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections[connection.fileno()] = connection, Parser(self.keeps)
        return connection.fileno()

    def keeps(self) -> bool:
        """Whether to keep the body of the response that begins now."""
        return self._keep and self.answer is None

    def _take(self, connection: socket.socket, request: Request) -> None:
        match request.endpoint:
            case "response":
                self.answer = self.answer or request
                connection.sendall(ACCEPTED)
            case "register":
                connection.sendall(_REGISTERED)
            case "event/next":
                pass  # an extension gets no events
            case "error":
                raise FailedError(request.body.decode(errors="replace")[:500])
            case _:
                connection.sendall(_NOT_FOUND)  # another program on this machine may try a port that was its own


class Parser:
    """Bytes of one connection in, requests out. ``keep``: whether to keep the body of the next response."""

    def __init__(self, keep: Callable[[], bool]) -> None:
        self._keep = keep
        self._data = b""
        self._at = 0
        self._steps = self._requests()
        next(self._steps)

    def feed(self, data: bytes) -> Request | None:
        """The request that ``data`` completes; with ``b""``, the next one in the bytes fed before."""
        return self._steps.send(data)

    def _requests(self) -> Generator[Request | None, bytes, None]:
        self._data = yield None
        while True:
            head = yield from self._until(b"\r\n\r\n")
            method, target, _ = head.split(b" ", 2)
            *_, parent, name = target.decode().split("/")
            endpoint = f"{parent}/{name}" if name == "next" else name
            kept: list[bytes] | None = [] if endpoint != "response" or self._keep() else None
            length = 0 if method == b"GET" else _content_length(head)
            if length is None:
                length = yield from self._chunks(kept)
            else:
                yield from self._exactly(length, kept)
            self._data, self._at = self._data[self._at :], 0
            self._data += yield Request(endpoint, b"".join(kept or ()), length)

    def _until(self, mark: bytes) -> Generator[None, bytes, bytes]:
        while (end := self._data.find(mark, self._at)) < 0:
            more = yield
            self._data, self._at = self._data[self._at :] + more, 0
        found = self._data[self._at : end]
        self._at = end + len(mark)
        return found

    def _exactly(self, size: int, kept: list[bytes] | None) -> Generator[None, bytes, None]:
        while True:
            part = min(size, len(self._data) - self._at)
            if kept is not None:
                kept.append(self._data[self._at : self._at + part])
            self._at += part
            size -= part
            if not size:
                return
            self._data, self._at = (yield), 0

    def _chunks(self, kept: list[bytes] | None) -> Generator[None, bytes, int]:
        total = 0
        while size := int((yield from self._until(b"\r\n")), 16):
            yield from self._exactly(size, kept)
            yield from self._until(b"\r\n")
            total += size
        while (yield from self._until(b"\r\n")):
            pass  # a trailer
        return total


def _content_length(head: bytes) -> int | None:
    """The length of the body; None if it is chunked."""
    lines = head.lower()
    place = lines.find(b"\r\ncontent-length:")
    if place < 0:
        assert b"\r\ntransfer-encoding: chunked" in lines, head
        return None
    return int(lines[place + 17 :].partition(b"\r\n")[0])
