"""A Lambda Runtime API that speaks bytes, for what AWS's emulator can't be made to do.

Answers are scripted per endpoint and used up in order. Without a script a poll blocks, as it does on Lambda, and a POST
is accepted. What arrives is recorded as it arrives, so that a test can look at a request that is still being sent.
"""

import socket
import threading
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self, TypeVar

from tests.support.http_bytes import (
    Answer,
    BadRequestError,
    Head,
    RequestReader,
    Then,
    answer,
    framing,
    undeclared,
    violations,
)
from tests.support.recorded_request import Endpoint, RecordedRequest

T = TypeVar("T")

_POLLS = ("next", "restore/next", "extension/event/next")

ACCEPTED = answer(202, {"status": "OK"}, [("Content-Type", "application/json")])
_DEFAULTS: dict[Endpoint, Answer] = {
    "extension/register": answer(
        200,
        {"functionName": "greeter", "functionVersion": "$LATEST", "handler": "app.handler"},
        [("Lambda-Extension-Identifier", "8c5a2c4e-6f0d-4f5b-9d53-5c0f2b7f9a11")],
    ),
    "unknown": answer(404),
}


class FakeRuntimeAPI:
    """`fragment` writes every answer one byte at a time, `chunked` gives events the chunked transfer-coding."""

    def __init__(self, *, strict: bool = True) -> None:
        self.strict = strict
        self.fragment = False
        self.chunked = False
        self.requests: list[RecordedRequest] = []
        self.ended = 0  # connections
        self.violations: list[str] = []
        self._invocation_ids: defaultdict[str, set[str | None]] = defaultdict(set)
        self._scripts: defaultdict[Endpoint, deque[Answer]] = defaultdict(deque)
        self._held: set[Endpoint] = set()
        self._arrived = 0
        self._closed = False
        self._changed = threading.Condition()
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        # What is on hold must fill the client's buffers, not the kernel's.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.address = "{}:{}".format(*self._listener.getsockname())

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self.strict and self.violations and error is None:
            raise AssertionError("The client broke the protocol:\n" + "\n".join(self.violations))

    def close(self) -> None:
        """Every connection ends and new ones are refused: for the client the environment is gone."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        # accept() isn't interrupted by close() on every platform; a connection wakes it everywhere.
        with suppress(OSError), socket.create_connection(self._listener.getsockname()):
            pass
        for thread in self._threads:
            thread.join()

    # What to answer

    def invoke(
        self,
        event: object,
        *,
        request_id: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        then: Then = "keep",
    ) -> "Delivery":
        """Queue one event; bytes go out as they are. `headers` replaces the usual ones by name, None leaves one out."""
        request_id = request_id or str(uuid.uuid4())
        fields: dict[str, str | None] = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + 60) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:greeter",
            "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
            "Lambda-Runtime-Invocation-Id": uuid.uuid4().hex,
        }
        fields |= headers or {}
        with self._changed:
            self._invocation_ids[request_id].add(fields["Lambda-Runtime-Invocation-Id"])
        sent = [(name, value) for name, value in fields.items() if value is not None]
        self.script("next", answer(200, event, sent, chunked=self.chunked, then=then))
        return Delivery(self, request_id, fields["Lambda-Runtime-Invocation-Id"])

    def next_raw(self, raw: bytes, then: Then = "keep") -> None:
        self.script("next", Answer(raw, then))

    def script(self, endpoint: Endpoint, *answers: Answer) -> None:
        with self._changed:
            self._scripts[endpoint].extend(answers)
            self._changed.notify_all()

    @contextmanager
    def hold(self, endpoint: Endpoint) -> Iterator[None]:
        """Bodies for this endpoint stay unread, so that a client that respects backpressure stops."""
        self._held.add(endpoint)
        yield
        with self._changed:
            self._held.remove(endpoint)
            self._changed.notify_all()

    @property
    def spent(self) -> bool:
        """Whether every scripted answer has been given."""
        return not any(self._scripts.values())

    # What has arrived

    def has_ended(self, connection: int) -> bool:
        """Whether it is closed on this side."""
        return self._connections[connection].fileno() < 0

    def received(self, endpoint: Endpoint) -> list[RecordedRequest]:
        return [request for request in self.requests if request.complete and request.endpoint == endpoint]

    def wait_for(self, predicate: Callable[[RecordedRequest], bool], timeout: float = 20) -> RecordedRequest:
        """The first complete request that the predicate accepts."""
        return self.wait_until(lambda: next((x for x in self.requests if x.complete and predicate(x)), None), timeout)

    def wait_until(self, look: Callable[[], T | None], timeout: float = 20) -> T:
        """What `look` finds, as soon as it finds something; it is asked again whenever something has arrived."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not (found := look()):
                if not self._changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"Not seen in {timeout} s, only:\n" + "\n".join(map(str, self.requests)))
            return found

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with self._listener:
            while True:
                connection, _ = self._listener.accept()
                with self._changed:
                    if self._closed:
                        connection.close()
                        return
                    self._connections.append(connection)
                self._start(self._serve, len(self._connections) - 1, connection)

    def _serve(self, number: int, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = RequestReader(connection)
        with connection, suppress(OSError, EOFError):
            try:
                while self._serve_one(number, connection, reader) == "keep":
                    pass
            except BadRequestError as error:
                self._violation(f"connection {number}: {error}")
                answer(400, then="close").write(connection, fragment=False)
        with self._changed:
            self.ended += 1
            self._changed.notify_all()

    def _serve_one(self, number: int, connection: socket.socket, reader: RequestReader) -> str:
        head = reader.head()
        request = self._begin(number, head)
        self._read_body(request, head, reader)
        reply = self._answer(request, connection)
        reply.write(connection, fragment=self.fragment)
        return reply.then

    def _begin(self, number: int, head: Head) -> RecordedRequest:
        request = RecordedRequest.of(number, head)
        for violation in (*violations(head, self.address), *self._breaches(request)):
            self._violation(f"{head.method} {head.target}: {violation}")
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
        return request

    def _breaches(self, request: RecordedRequest) -> Iterator[str]:
        """What the platform's state machine answers with 4xx, or quietly gets wrong."""
        nonce = request.header("lambda-runtime-invocation-id")
        mode = request.header("lambda-runtime-function-response-mode")
        if request.endpoint == "unknown":
            yield "no such endpoint"
        if mode not in (None, "streaming"):
            yield f"response mode {mode!r}"
        if request.request_id is None:
            return
        if nonce not in self._invocation_ids.get(request.request_id, {nonce}):
            yield f"invocation id {nonce!r} was not given with this request"
        for earlier in self.requests:
            same = earlier.request_id == request.request_id and earlier.header("lambda-runtime-invocation-id") == nonce
            if same and earlier.accepted:
                yield "the invocation was answered before"

    def _read_body(self, request: RecordedRequest, head: Head, reader: RequestReader) -> None:
        with self._changed:
            self._changed.wait_for(lambda: request.endpoint not in self._held or self._closed)
        match framing(head):
            case "chunked":
                for chunk in reader.chunks():
                    with self._changed:
                        request.chunks.append(chunk)
                        request.arrivals.append(self._arrived)
                        self._arrived += 1
                        self._changed.notify_all()
                request.trailers = reader.trailers()
                request.body = b"".join(request.chunks)
                for name in undeclared(head, request.trailers):
                    self._violation(f"{head.method} {head.target}: trailer {name} is not declared")
            case size:
                request.body = reader.exactly(size)
        with self._changed:
            request.complete = True
            self._changed.notify_all()

    def _answer(self, request: RecordedRequest, connection: socket.socket) -> Answer:
        script = self._scripts[request.endpoint]
        with self._changed:
            if request.endpoint in _POLLS:
                # An answer must not be lost to a client that has gone away since it asked.
                self._changed.wait_for(lambda: script or self._closed)
                if self._closed or _gone(connection):
                    raise EOFError
            request.answer = script.popleft() if script else _DEFAULTS.get(request.endpoint, ACCEPTED)
            self._changed.notify_all()
            return request.answer

    def _violation(self, sentence: str) -> None:
        with self._changed:
            self.violations.append(sentence)
            self._changed.notify_all()


class Delivery:
    """One event that was queued, and what the client makes of it."""

    def __init__(self, api: FakeRuntimeAPI, request_id: str, invocation_id: str | None) -> None:
        self._api = api
        self.request_id = request_id
        self.invocation_id = invocation_id

    def wait(self, timeout: float = 20) -> RecordedRequest:
        """The whole `/response` or `/error` that got an answer."""
        return self._api.wait_until(lambda: [x for x in self._posts() if x.answer and x.answer.raw], timeout)[0]

    def chunk(self, k: int, timeout: float = 20) -> bytes:
        """The k-th chunk, while the request may still be going on."""
        return self._api.wait_until(lambda: [x for x in self._posts() if len(x.chunks) > k], timeout)[0].chunks[k]

    def begun(self, timeout: float = 20) -> RecordedRequest:
        """The request as soon as its head is there."""
        return self._api.wait_until(self._posts, timeout)[0]

    def _posts(self) -> list[RecordedRequest]:
        return [request for request in self._api.requests if request.request_id == self.request_id]


def _gone(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
