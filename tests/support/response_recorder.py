"""Records what becomes of one response, for functions of either colour.

This is the only module of the tests that implements what a function sends its response to. Tests compare the recorded
parts: a head, the pieces of the body as they were sent, and how the response ended.
"""

import threading
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Self

from lambda_http_adapter._types import Encoder
from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.errors import AppError


class Head(NamedTuple):
    status: int
    headers: Headers


class Failed(NamedTuple):
    """The name of the class of the error."""

    error: str


END = "end"
Part = Head | bytes | Failed | str  # a text is END, or what a test has noted between the parts


class ResponseRecorder:
    """The face that synchronous functions see; `respond_async` returns the other one.

    A response that `streams` has begun with its first part. The client is gone after `gone_after` pieces of the body.
    A client that `leaves` does so at once when the function asks to be told. `after_head` is awaited after each head.
    """

    def __init__(
        self,
        *,
        streams: bool = False,
        gone_after: int | None = None,
        leaves: bool = False,
        after_head: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.parts: list[Part] = []
        self.content_type: str | None = None  # of the encoder, once there is one
        self.encoded: list[bytes] = []  # the parts of the response as the encoder made them
        self.error: Exception | None = None
        self.ended = threading.Event()
        self.gone = False
        self.leaves = leaves
        self.after_head = after_head
        self._streams = streams
        self._gone_after = gone_after

    @property
    def asked(self) -> bool:
        """Whether the function has asked where to send a response."""
        return self.content_type is not None

    def respond(self, encoder: Encoder) -> Self:
        self._encoder = encoder
        self.content_type = encoder.content_type
        return self

    def respond_async(self, encoder: Encoder) -> "_AsyncFace":
        return _AsyncFace(self.respond(encoder))

    @property
    def begun(self) -> bool:
        return self._streams and bool(self.parts)

    def start(self, status: int, headers: Headers) -> None:
        self.encoded = [self._encoder.start(status, headers)]  # a second head takes the place of what was not sent yet
        self.parts.append(Head(status, headers))

    def body(self, data: bytes) -> None:
        if sum(isinstance(part, bytes) for part in self.parts) == self._gone_after:
            self.gone = True
            raise BrokenPipeError
        self.encoded.append(self._encoder.body(data))
        self.parts.append(data)

    def end(self) -> None:
        try:
            self.encoded.append(b"".join(self._encoder.end()))
        except AppError as error:
            self.error = error  # as in the loops, this is the outcome of the invocation and nothing that the app sees
        self.parts.append(END)
        self.ended.set()

    def fail(self, error: Exception) -> None:
        self.error = error
        self.parts.append(Failed(type(error).__name__))


class _AsyncFace:
    def __init__(self, recorder: ResponseRecorder) -> None:
        self._recorder = recorder

    @property
    def begun(self) -> bool:
        return self._recorder.begun

    @property
    def gone(self) -> bool:
        return self._recorder.gone

    def on_gone(self, callback: Callable[[], None]) -> None:
        if self._recorder.leaves:
            self._recorder.gone = True
            callback()

    async def start(self, status: int, headers: Headers) -> None:
        self._recorder.start(status, headers)
        if self._recorder.after_head is not None:
            await self._recorder.after_head()

    async def body(self, data: bytes) -> None:
        self._recorder.body(data)

    async def end(self) -> None:
        self._recorder.end()

    async def fail(self, error: Exception) -> None:
        self._recorder.fail(error)


# Responses that several tests expect.

OK = Head(200, [(b"content-type", b"text/plain")])
ERROR: list[Part] = [Head(500, [(b"content-type", b"text/plain; charset=utf-8")]), b"Internal Server Error", END]
PARTED: list[Part] = [OK, b"part"]
WHOLE: list[Part] = [OK, b"rest", END]
