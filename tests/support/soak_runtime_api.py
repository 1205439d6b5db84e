"""A Runtime API that hands out events as fast as they are asked for, some of them with a fault, and keeps the books:
which event was answered how often, with what."""

import json
import random
import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self

from tests.support.http_bytes import Answer, BadRequestError, Head, RequestReader, Then, answer, framing
from tests.support.runtime_process import http

ACCEPTED = answer(202, {"status": "OK"})
CLOSED, RESET = Answer(b"", "close"), Answer(b"", "reset")


class Fault(NamedTuple):
    """What happens around one event, and that each of its `receipts` is asked for, no more and no less."""

    instead: Answer | None = None  # of the event, which comes with the next poll
    path: str = "/"
    event: bytes = b""
    deadline: str = "4102444800000"
    within: float = 0  # seconds until a deadline that comes at a random moment
    cut: int = 0
    then: Then = "keep"
    after: float = 0  # seconds between the event and the end of its connection
    endpoint: str = "response"
    early: int = 0  # chunks of a stream, behind which its receipt comes
    receipts: tuple[Answer, ...] = (ACCEPTED,)


NONE = Fault()

FAULTS = [
    Fault(instead=answer(204)),
    Fault(instead=CLOSED),
    Fault(then="close"),
    Fault(then="reset"),
    Fault(path="/raise"),
    Fault(event=b"not json", endpoint="error"),
    Fault(deadline="soon", endpoint="error"),
    Fault(receipts=(answer(410, {"errorType": "InvokeTimeout"}),)),
    Fault(receipts=(answer(413, {"errorType": "RequestEntityTooLarge"}),)),
    Fault(receipts=(CLOSED, ACCEPTED)),
    Fault(receipts=(RESET, answer(400, {"errorType": "InvalidRequestID"}))),
    Fault(event=b"{", endpoint="error", receipts=(CLOSED, ACCEPTED)),
]

# What ends the process where one invocation runs at a time.
GRAVE = [
    Fault(instead=answer(500)),
    Fault(instead=Answer(b"SSH-2.0-OpenSSH_9.6\r\n")),
    Fault(cut=1, then="close", receipts=()),
    Fault(receipts=(answer(500),)),
    Fault(receipts=(answer(403, {"errorType": "InvalidStateTransition"}),)),
    Fault(receipts=(CLOSED, RESET)),
    Fault(receipts=(Answer(ACCEPTED.raw[:20], "close"),)),
    Fault(receipts=(Answer(b"what?\r\n\r\n"),)),
]


class Soak:
    """`size` events, one in so many with the next of the `faults`. `asked` says how many have been handed out.

    An app that asks for `/ended/r-7` gets an answer when the connection that event 7 came on has ended.

    `pause_at` so many events it hands out none until `resume`.

    `headers` are added to each event, and `chunked` gives it the chunked transfer-coding: only httptools reads such.
    """

    headers: tuple[tuple[str, str], ...] = ()
    chunked = False
    pause_at: int | None = None

    def __init__(self, size: int, faults: list[Fault], one_in: int) -> None:
        self._size = size
        self._faults = faults
        self._one_in = one_in
        self._lock = threading.Condition()
        self._passed_over = -1
        self._open = 0
        self._waiting = 0
        self._ended: set[int] = set()
        self.asked = 0
        self.posts: list[list[str]] = [[] for _ in range(size)]
        self.complaints: list[str] = []
        self._closed = False
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self._listener.getsockname())

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            self._lock.notify_all()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        with suppress(OSError), socket.create_connection(self._listener.getsockname()):
            pass
        for thread in self._threads:
            thread.join()

    def fault(self, number: int) -> Fault:
        nth, place = divmod(number, self._one_in)
        return self._faults[nth % len(self._faults)] if place == self._one_in - 1 else NONE

    def wait(self, asked: int, timeout: float) -> None:
        """Until so many events have been handed out; all of them: until their answers are in, too."""
        with self._lock:
            done = self._lock.wait_for(lambda: self.asked >= asked and (asked < self._size or not self._open), timeout)
        assert done, f"{self.asked} of {self._size} handed out, {self._open} not answered after {timeout} s"

    def rest(self, pollers: int, timeout: float = 600) -> None:
        """Until all events up to the pause or the end have been answered, and so many pollers wait for another."""
        with self._lock:
            done = self._lock.wait_for(
                lambda: self.asked == self._last and not self._open and self._waiting == pollers, timeout
            )
        assert done, f"{self.asked} handed out, {self._open} not answered, {self._waiting} wait after {timeout} s"

    def resume(self) -> None:
        with self._lock:
            self.pause_at = None
            self._lock.notify_all()

    @property
    def _last(self) -> int:
        return self._size if self.pause_at is None else self.pause_at

    def unaccounted(self) -> dict[int, list[str]]:
        """The events that were not answered exactly as often as their fault has it."""
        expected = (self.fault(n) for n in range(self._size))
        return {
            n: posts
            for n, (posts, fault) in enumerate(zip(self.posts, expected, strict=True))
            if posts != [fault.endpoint] * len(fault.receipts)
        }

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with self._listener:
            while not self._closed:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = RequestReader(connection)
        number = -1
        with connection, suppress(OSError, EOFError):
            while True:
                head = self._head(reader)
                if head.target.startswith("/ended/"):
                    reply = self._when_ended(int(head.target.removeprefix("/ended/r-")))
                elif head.method == "GET":
                    number, reply = self._event()
                else:
                    reply = self._receipt(head, reader)
                reply.write(connection, fragment=False)
                if reply.then == "drain":
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):
                        pass
                if reply.then != "keep":
                    break
        with self._lock:
            self._ended.add(number)
            self._lock.notify_all()

    def _head(self, reader: RequestReader) -> Head:
        try:
            return reader.head()
        except BadRequestError as error:
            with self._lock:
                self.complaints.append(f"not HTTP: {error}")
            raise EOFError from error

    def _when_ended(self, number: int) -> Answer:
        with self._lock:
            self._lock.wait_for(lambda: number in self._ended or self._closed)
        return answer(200)

    def _event(self) -> tuple[int, Answer]:
        with self._lock:
            self._waiting += 1
            self._lock.notify_all()
            self._lock.wait_for(lambda: self.asked < self._last or self._closed)
            self._waiting -= 1
            if self._closed:
                raise EOFError
            number = self.asked
            fault = self.fault(number)
            if fault.instead is not None and self._passed_over != number:
                self._passed_over = number
                return number, fault.instead
            self.asked += 1
            self._open += len(fault.receipts)
            self._lock.notify_all()
        event = fault.event or http(f"{fault.path}?{number}")
        deadline = fault.deadline
        if fault.within:
            deadline = str(round((time.time() + random.uniform(0, fault.within)) * 1000))
        identity = [("Lambda-Runtime-Aws-Request-Id", f"r-{number}"), ("Lambda-Runtime-Deadline-Ms", deadline)]
        raw = answer(200, event, [*identity, *self.headers], chunked=self.chunked).raw
        return number, Answer(raw[: len(raw) - fault.cut], fault.then, fault.after)

    def _receipt(self, head: Head, reader: RequestReader) -> Answer:
        *_, request_id, endpoint = head.target.split("/")
        number = int(request_id.removeprefix("r-"))
        fault = self.fault(number)
        complaint = self._read(head, reader, request_id, fault)
        with self._lock:
            self.posts[number].append(endpoint)
            self._open -= 1
            self._lock.notify_all()
            if complaint:
                self.complaints.append(f"{request_id} was answered with {complaint}")
            if len(self.posts[number]) > len(fault.receipts):
                self.complaints.append(f"{request_id} was answered {len(self.posts[number])} times")
                return ACCEPTED
            return fault.receipts[len(self.posts[number]) - 1]

    def _read(self, head: Head, reader: RequestReader, request_id: str, fault: Fault) -> str:
        """Read what is posted, and say what is wrong with it."""
        size = framing(head)
        assert isinstance(size, int)
        content = json.loads(reader.exactly(size))
        named = content["requestId"] if head.target.endswith("/error") else content["headers"].get("x-request-id")
        return "" if named == request_id or fault.path == "/raise" else f"what is {named}'s"
