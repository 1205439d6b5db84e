"""One invocation in a sandbox: the event on its way in, and the runtime's reply as it arrives."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import NamedTuple

# How many chunks of a reply may be unread before the runtime has to wait.
_UNREAD_CHUNKS = 8


class ReplyHead(NamedTuple):
    """The beginning of a reply. ``streamed``: its body follows in chunks as the runtime sends them, else in one."""

    content_type: str
    streamed: bool


class InvocationError(Exception):
    """The invocation ended without a reply, or its reply broke off. ``payload`` is the error as its invoker gets it."""

    def __init__(self, error_type: str, payload: dict[str, object]) -> None:
        super().__init__(f"{error_type}: {payload.get('errorMessage', '')}")
        self.error_type = error_type
        self.payload = payload


def invocation_error(error_type: str, message: str) -> InvocationError:
    return InvocationError(error_type, {"errorType": error_type, "errorMessage": message})


def decoded_result(body: bytes) -> object:
    """The JSON of a reply, or the text of what isn't JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")


class Invocation:
    """An event that waits for a sandbox, then for the reply: a head, chunks, and the end or an InvocationError.

    ``event`` is JSON as bytes, or what becomes JSON. ``headers`` are those of the Runtime API that tell the runtime
    about the invoker. ``timeout`` is in seconds, and so is ``started_at``, on the monotonic clock.
    """

    def __init__(
        self, event: object, timeout: float, headers: Mapping[str, str] | None = None, request_id: str = ""
    ) -> None:
        self.request_id = request_id or str(uuid.uuid4())
        self.event = event if isinstance(event, bytes) else _encoded(event)
        self.headers = headers or {}
        self.timeout = timeout
        self.started_at = 0.0
        self.deadline_ms = 0
        self.head: asyncio.Future[ReplyHead] = asyncio.get_running_loop().create_future()
        self.error: InvocationError | None = None
        self.done = asyncio.Event()
        self.reported = asyncio.Event()  # set after its REPORT line
        self._chunks: asyncio.Queue[bytes | InvocationError | None] = asyncio.Queue()
        # Backpressure: a client that reads slowly slows the runtime down, and that the app.
        self._room = asyncio.Semaphore(_UNREAD_CHUNKS)
        self._abandoned = False

    def start(self) -> None:
        """A runtime has taken the event: its time runs from now."""
        self.started_at = time.monotonic()
        self.deadline_ms = int((time.time() + self.timeout) * 1000)

    # The runtime's side

    def begin(self, head: ReplyHead) -> None:
        if not self.head.done():
            self.head.set_result(head)

    async def put(self, chunk: bytes) -> None:
        if not self._abandoned:
            await self._room.acquire()
            self._chunks.put_nowait(chunk)

    def finish(self) -> None:
        if not self.done.is_set():
            self.done.set()
            self._chunks.put_nowait(None)

    def fail(self, error: InvocationError) -> None:
        if self.done.is_set():
            return
        self.error = error
        self.done.set()
        if not self.head.done():
            self.head.set_exception(error)
            self.head.exception()  # marks it as retrieved: the invoker may be gone
        self._chunks.put_nowait(error)

    # The invoker's side

    async def whole_reply(self) -> tuple[ReplyHead, bytes]:
        """Raises InvocationError."""
        head = await self.head
        async with aclosing(self.chunks()) as chunks:
            return head, b"".join([chunk async for chunk in chunks])

    async def chunks(self, idle_timeout: float | None = None) -> AsyncGenerator[bytes, None]:
        """The body after the head. Use it up or close it.

        Raises InvocationError if it breaks off, TimeoutError if a chunk takes longer than so many seconds.
        """
        try:
            while True:
                async with asyncio.timeout(idle_timeout):
                    chunk = await self._chunks.get()
                if chunk is None:
                    return
                if isinstance(chunk, InvocationError):
                    raise chunk
                self._room.release()
                yield chunk
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Drop the rest of the reply. As on AWS, the function keeps running."""
        self._abandoned = True
        self._room.release()


def _encoded(event: object) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
