"""The Runtime API's side of all connections, without a thread or a wait: what has come, and what is answered, when the
model says so."""

import selectors
import socket
import struct
from collections import Counter
from contextlib import suppress

import h11

from tests.support.http_bytes import Answer


class Posted:
    """One request as far as it has come. `parts` are chunks, or the one body. `request_id` is empty for a poll."""

    def __init__(self, request: h11.Request) -> None:
        *_, self.request_id, self.endpoint = ("/" + request.target.decode()).split("/")
        if self.endpoint == "next":
            self.request_id = ""
        self.headers = {name.decode(): value.decode() for name, value in request.headers}
        self.parts: list[bytes] = []
        self.trailers: dict[str, str] = {}
        self.is_whole = False

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)


class Line:
    """One connection. `posted` is the request that waits for its answer, or is on its way."""

    def __init__(self, sock: socket.socket, whole: Counter[str]) -> None:
        self.socket = sock
        self._whole = whole
        self._http = h11.Connection(h11.SERVER)
        self._in_chunk = False
        self.posted: Posted | None = None
        self.requests = 0
        self.is_stalled = False
        self.is_open = True
        self.is_last = False  # the answer was the last one on this connection

    def read(self) -> None:
        """What has come. Raises AssertionError for what must not come, h11's error for what isn't HTTP."""
        while self.is_open and not self.is_stalled:
            try:
                data = self.socket.recv(1 << 18)
            except BlockingIOError:
                return
            except ConnectionError:
                data = b""
            if not data:
                self.close()
                return
            assert not self.is_last, f"{data!r} after the last answer"
            self._http.receive_data(data)
            self._next_events()

    def _next_events(self) -> None:
        while True:
            event = self._http.next_event()
            match event:
                case h11.Request():
                    assert self.posted is None, f"{event.target!r} before the answer to another request"
                    self.posted = Posted(event)
                    self.requests += 1
                case h11.Data():
                    assert self.posted is not None
                    if self._in_chunk:
                        self.posted.parts[-1] += bytes(event.data)
                    else:
                        self.posted.parts.append(bytes(event.data))
                    self._in_chunk = not event.chunk_end
                case h11.EndOfMessage():
                    assert self.posted is not None
                    self.posted.is_whole, self._in_chunk = True, False
                    self._whole[self.posted.request_id] += 1
                    self.posted.trailers = {name.decode(): value.decode() for name, value in event.headers}
                case h11.PAUSED:
                    raise AssertionError("a request before the answer to another one")
                case _:
                    return

    def answer(self, answer: Answer) -> None:
        """Write all of an answer, or what there is of one, and do with the connection what it says."""
        self.write(answer.raw)
        self.posted = None
        if answer.then != "keep":
            self.close(resets=answer.then == "reset")
        elif self._http.their_state is h11.DONE:
            self._http = h11.Connection(h11.SERVER)

    def write(self, raw: bytes) -> None:
        self.socket.setblocking(True)
        self.socket.sendall(raw)
        self.socket.setblocking(False)

    def close(self, resets: bool = False) -> None:
        if resets:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.is_open = False
        self.socket.close()


class Peer:
    """Listens, and has all lines that were ever connected."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self._listener.setblocking(False)
        self._woken, self.waker = socket.socketpair()
        self._woken.setblocking(False)
        self.waker.setblocking(False)
        self.address = "{}:{}".format(*self._listener.getsockname())
        self.lines: list[Line] = []
        self.whole: Counter[str] = Counter()  # requests, by the id that they name

    def turn(self) -> None:
        """Take all that has come."""
        with suppress(BlockingIOError):
            while True:
                sock, _ = self._listener.accept()
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.lines.append(Line(sock, self.whole))
        for line in self.lines:
            line.read()

    def wake(self) -> None:
        """Called by any thread that has done something."""
        with suppress(OSError):
            self.waker.send(b".")

    def wait(self, seconds: float) -> None:
        """Until something has come, or something was done."""
        with selectors.DefaultSelector() as ready:
            for sock in (
                self._listener,
                self._woken,
                *(x.socket for x in self.lines if x.is_open and not x.is_stalled),
            ):
                ready.register(sock, selectors.EVENT_READ)
            ready.select(seconds)
        with suppress(BlockingIOError):
            while self._woken.recv(4096):
                pass

    def close(self) -> None:
        for line in self.lines:
            line.close()
        for sock in (self._listener, self._woken, self.waker):
            sock.close()
