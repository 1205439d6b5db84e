"""Records what becomes of one response, for functions of either colour.

This is the only module of the tests that implements what a function sends its response to. Tests compare the recorded
parts: a head, the pieces of the body as they were sent, and how the response ended.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

from lambda_http_adapter import _delivery
from lambda_http_adapter._delivery import Failure
from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.errors import AppError

if TYPE_CHECKING:
    from lambda_http_adapter._delivery import Encoder


class Head(NamedTuple):
    status: int
    headers: Headers


class Failed(NamedTuple):
    """The name of the class of the error."""

    error: str


END = "end"
Part = Head | bytes | Failed | str  # a text is END, or what a test has noted between the parts


class ResponseRecorder:
    """The reply that synchronous functions see; `AsyncResponseRecorder` is the other face.

    A response that `streams` has begun with its first part. The client is gone after `gone_after` pieces of the body.
    """

    def __init__(self, *, streams: bool = False, gone_after: int | None = None) -> None:
        self.parts: list[Part] = []
        self.content_type: str | None = None  # of the encoder, once there is one
        self.encoded: list[bytes] = []  # the parts of the response as the encoder made them
        self.error: Exception | None = None
        self.ended = threading.Event()
        self.closed = self.gone = False
        self._streams = streams
        self._gone_after = gone_after

    @property
    def asked(self) -> bool:
        """Whether the function has chosen an encoder."""
        return self.content_type is not None

    def encode_with(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.content_type = encoder.content_type

    @property
    def begun(self) -> bool:
        return self._streams and bool(self.parts)

    def send(self, *parts: _delivery.Part) -> None:
        for part in parts:
            self._record(part)

    def _record(self, part: _delivery.Part) -> None:
        if isinstance(part, Failure):
            self.error = part.error
            self.closed = True
            self.parts.append(Failed(type(part.error).__name__))
        elif isinstance(part, _delivery.Head):
            self.encoded = []  # a second head takes the place of what was not sent yet
            self._encode(part)
            self.parts.append(Head(part.status, part.headers))
        elif isinstance(part, bytes):
            if sum(isinstance(part, bytes) for part in self.parts) == self._gone_after:
                self.gone = True
                raise BrokenPipeError
            self._encode(part)
            self.parts.append(part)
        else:
            assert part is _delivery.END
            try:
                self._encode(part)
            except AppError as error:
                self.error = error  # as in the loops, this is the outcome of the invocation and nothing the app sees
            self.closed = True
            self.parts.append(END)
            self.ended.set()

    def _encode(self, part: _delivery.Head | bytes | _delivery.End) -> None:
        self.encoded += [b"".join(self._encoder.encode(part))]


class AsyncResponseRecorder:
    """The same for async functions.

    A client that `leaves` does so at once when the function asks to be told. `after_head` is awaited after each head.
    """

    def __init__(
        self,
        recorder: ResponseRecorder,
        *,
        leaves: bool = False,
        after_head: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._recorder = recorder
        self._leaves = leaves
        self._after_head = after_head
        self.encode_with = recorder.encode_with

    @property
    def begun(self) -> bool:
        return self._recorder.begun

    @property
    def closed(self) -> bool:
        return self._recorder.closed

    @property
    def gone(self) -> bool:
        return self._recorder.gone

    def on_gone(self, callback: Callable[[], None]) -> None:
        if self._leaves:
            self._recorder.gone = True
            callback()

    async def send(self, *parts: _delivery.Part) -> None:
        for part in parts:
            self._recorder.send(part)
            if isinstance(part, _delivery.Head) and self._after_head is not None:
                await self._after_head()


# Responses that several tests expect.

OK = Head(200, [(b"content-type", b"text/plain")])
ERROR: list[Part] = [Head(500, [(b"content-type", b"text/plain; charset=utf-8")]), b"Internal Server Error", END]
PARTED: list[Part] = [OK, b"part"]
WHOLE: list[Part] = [OK, b"rest", END]
