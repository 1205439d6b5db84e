"""A Runtime API within this process: it answers each request by the next step of a script, and stalls at its end."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from lambda_http_adapter._runtime.async_connection import AsyncConnection, Wire
from lambda_http_adapter._runtime.sync_connection import SyncConnection, readable
from tests.support.http_bytes import BadRequestError, Head, RequestReader, framing, undeclared, violations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AUTHORITY = "127.0.0.1:9001"

End = Literal["keep", "half", "close", "reset"]  # half: it reads on, and writes no more


class Step(NamedTuple):
    """What follows a request, in pieces, and what becomes of the connection behind them.

    ``early``: the first bytes of the request will do. ``refuse``: the next connection.
    """

    pieces: Sequence[bytes] = ()
    end: End = "keep"
    early: bool = False
    refuse: bool = False


class Request(NamedTuple):
    connection: int
    endpoint: str
    request_id: str
    body: bytes
    headers: tuple[tuple[str, str], ...]


class StalledError(BaseException):
    """Nothing will ever come: past all that handles errors."""


class Peer:
    """``step`` is asked for what follows a request, None being nothing, for good."""

    def __init__(self, step: Callable[[str], Step | None]) -> None:
        self._step = step
        self._refusing = False
        self.connections = self.activity = 0
        self.requests: list[Request] = []
        self.answered_early: set[str] = set()
        self.begun: defaultdict[str, set[int]] = defaultdict(set)  # by request id: on which connections
        self.complaints: list[str] = []

    def connect(self) -> Line:
        if self._refusing:
            self._refusing = False
            raise ConnectionRefusedError(111, "as scripted")
        self.connections += 1
        return Line(self, self.connections)

    def answer_to(self, endpoint: str) -> Step | None:
        step = self._step(endpoint)
        if step is not None and step.refuse:
            self._refusing = True
        return step


class Line:
    """The peer's side of one connection: bytes in, steps out."""

    def __init__(self, peer: Peer, number: int) -> None:
        self._peer = peer
        self._number = number
        self._received = b""
        self._answered_early = self._ended = False

    def feed(self, data: bytes) -> list[Step]:
        """What follows the requests that ``data`` completes, or begins."""
        self._received += data
        self._peer.activity += 1
        steps: list[Step] = []
        while self._received and not self._ended:
            try:
                head, request = self._read()
            except EOFError:
                steps += self._early()
                break
            except BadRequestError as error:
                self._peer.complaints.append(f"not HTTP: {error}")
                self._ended = True
                break
            self._peer.complaints += violations(head, AUTHORITY)
            self._peer.requests.append(request)
            if self._answered_early:
                self._answered_early = False
                continue
            step = self._peer.answer_to(request.endpoint)
            if step is not None:
                steps.append(step)
                self._ended = step.end != "keep"
        return steps

    def count(self) -> None:
        """A piece has been read."""
        self._peer.activity += 1

    def _early(self) -> list[Step]:
        *_, name, endpoint = self._received.partition(b" HTTP/")[0].decode("latin-1").rsplit("/", 2)
        if endpoint not in ("response", "error"):
            return []
        self._peer.begun[name].add(self._number)
        if self._answered_early:
            return []
        step = self._peer.answer_to("early")
        if step is None or not step.early:
            return []
        self._answered_early = True
        self._peer.answered_early.add(name)
        self._ended = step.end != "keep"
        return [step]

    def _read(self) -> tuple[Head, Request]:
        reader = _Reader(cast("socket.socket", _Bytes(self._received)))
        head = reader.head()
        size = framing(head)
        if isinstance(size, int):
            body = reader.exactly(size)
        else:
            body = b"".join(reader.chunks())
            self._peer.complaints += [f"trailer {name} is not declared" for name in undeclared(head, reader.trailers())]
        self._received = reader.rest
        *_, request_id, endpoint = head.target.split("/")
        if endpoint != "next":
            self._peer.begun[request_id].add(self._number)
        return head, Request(self._number, endpoint, request_id, body, tuple(head.headers))


class _Reader(RequestReader):
    """An id that has come with any character of RFC 9110 §5.5 goes back with it."""

    _value = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class _Bytes:
    """All bytes that there are, then their end."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def recv(self, _: int) -> bytes:
        data, self._data = self._data, b""
        return data


# On a pair of sockets that keeps pieces apart


class PeerSocket(socket.socket):
    """Ours. A write of ours is followed by the peer's, a piece at a time; there is nobody to wait for."""

    line: Line
    other: socket.socket
    to_come: deque[bytes | End]

    def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]
        if self.other.fileno() < 0:
            raise BrokenPipeError(32, "as scripted")
        for step in self.line.feed(data):
            self.to_come += [*step.pieces, step.end]
        self._go_on()

    def recv(self, size: int, flags: int = 0) -> bytes:
        if not readable(self.fileno()):
            raise StalledError
        data = super().recv(size, flags)
        self._go_on()
        return data

    def _go_on(self) -> None:
        while self.to_come and not readable(self.fileno()):
            coming = self.to_come.popleft()
            if isinstance(coming, bytes):
                self.other.sendall(coming)
            elif coming == "half":
                self.other.shutdown(socket.SHUT_WR)
            elif coming != "keep":
                if coming == "reset":
                    super().sendall(b"unread")
                self.other.close()

    def close(self) -> None:
        self.other.close()
        super().close()


class PairedConnection(SyncConnection):
    def __init__(self, peer: Peer) -> None:
        super().__init__(AUTHORITY)
        self._peer = peer

    def _open(self) -> socket.socket:
        line = self._peer.connect()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sock = PeerSocket(fileno=ours.detach())
        sock.line, sock.other, sock.to_come = line, theirs, deque()
        return sock


# In an event loop


class PeerTransport(asyncio.Transport):
    """Each piece has a turn of the event loop."""

    def __init__(self, wire: Wire, line: Line) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._wire = wire
        self._line = line
        self._ours, self._theirs = socket.socketpair()
        self._ended = self._lost = False
        wire.connection_made(self)

    def get_extra_info(self, name: str, default: object = None) -> socket.socket:
        return self._ours

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._ended:
            return
        for step in self._line.feed(bytes(data)):
            for piece in step.pieces:
                self._loop.call_soon(self._deliver, piece)
            if step.end != "keep":
                self._ended = True
                self._loop.call_soon(self._lose, ConnectionResetError("as scripted") if step.end == "reset" else None)
                return

    def _deliver(self, piece: bytes) -> None:
        self._line.count()
        if not self._lost:
            self._wire.get_buffer(-1)[: len(piece)] = piece
            self._wire.buffer_updated(len(piece))

    def _lose(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = self._ended = True
            self._ours.close()
            self._theirs.close()
            self._wire.connection_lost(error)

    def abort(self) -> None:
        self._ended = True
        self._loop.call_soon(self._lose, None)


class TransportedConnection(AsyncConnection):
    def __init__(self, peer: Peer) -> None:
        super().__init__(AUTHORITY)
        self._peer = peer

    async def _connect(self) -> Wire:
        await asyncio.sleep(0)
        line = self._peer.connect()
        self._wire = Wire()
        PeerTransport(self._wire, line)
        return self._wire


def descriptors() -> int:
    return len(os.listdir("/dev/fd"))
