"""The fake Runtime API for responses that are too long to keep, or answered before their end."""

import itertools
import select
import socket

from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import Answer, Head, RequestReader
from tests.support.recorded_request import RecordedRequest


class Latest(list[bytes]):
    """Keeps what came last, and the size of it all."""

    size = 0

    def append(self, chunk: bytes) -> None:
        self[:] = [chunk]
        self.size += len(chunk)


class StreamingRuntimeAPI(FakeRuntimeAPI):
    """`forgets` makes it keep only the latest chunk of each request."""

    forgets = False

    def __init__(self) -> None:
        super().__init__()
        self._early: list[int] = []

    def answer_early(self, answer: Answer, *, after: int) -> None:
        """Give the next response this answer as soon as `after` of its chunks have come.

        Where that closes the connection, the rest is read until the client closes it too, as RFC 9112 §9.6 has it. A
        reset leaves the rest unread; after an answer it comes when the client has had the time to read that, as a
        server in Go does it.
        """
        self.script("response", answer)
        self._early.append(after)

    def _begin(self, number: int, head: Head) -> RecordedRequest:
        request = super()._begin(number, head)
        if self.forgets:
            request.chunks = Latest()
        return request

    def _serve_one(self, number: int, connection: socket.socket, reader: RequestReader) -> str:
        then = super()._serve_one(number, connection, reader)
        request = self.requests[-1]
        if request.endpoint != "response":
            return then
        if then == "close":
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        elif then == "reset" and request.answer is not None and request.answer.raw:
            connection.shutdown(socket.SHUT_WR)
            poll = select.poll()
            poll.register(connection, select.POLLRDHUP)
            poll.poll(300)
        return then

    def _read_body(self, request: RecordedRequest, head: Head, reader: RequestReader) -> None:
        if request.endpoint != "response" or not self._early:
            super()._read_body(request, head, reader)
            return
        for chunk in itertools.islice(reader.chunks(), self._early.pop(0)):
            with self._changed:
                request.chunks.append(chunk)
                self._changed.notify_all()
