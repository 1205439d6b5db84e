"""One invocation on its way through a sandbox: what goes in, and what comes out as it comes."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncGenerator
from typing import NamedTuple


class Head(NamedTuple):
    """How an answer begins. ``streamed``: it follows as the runtime sends it, else in one piece."""

    content_type: str
    streamed: bool


class InvocationError(Exception):
    """The invocation ended without an answer, or its answer broke off. ``payload`` is what an invoker is told."""

    def __init__(self, error_type: str, payload: dict[str, object]) -> None:
        super().__init__(f"{error_type}: {payload.get('errorMessage', '')}")
        self.error_type = error_type
        self.payload = payload


def failed(error_type: str, message: str) -> InvocationError:
    return InvocationError(error_type, {"errorType": error_type, "errorMessage": message})


class Invocation:
    """``event`` waits for a sandbox; its answer arrives as a head, then bytes, then the end or an InvocationError."""

    def __init__(self, event: object, timeout: float) -> None:
        self.request_id = str(uuid.uuid4())
        self.event = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
        self.timeout = timeout
        self.deadline_ms = 0
        self.head: asyncio.Future[Head] = asyncio.get_running_loop().create_future()
        self.answered_bytes = 0
        self.error: InvocationError | None = None
        self.done = asyncio.Event()
        self._pieces: asyncio.Queue[bytes | InvocationError | None] = asyncio.Queue()
        # Whoever reads slowly slows the runtime down, which slows the app down.
        self._room = asyncio.Semaphore(8)
        self._unread = False

    def start(self) -> None:
        """A sandbox has taken it: the clock runs."""
        self.deadline_ms = int((time.time() + self.timeout) * 1000)

    def begin(self, head: Head) -> None:
        if not self.head.done():
            self.head.set_result(head)

    async def put(self, piece: bytes) -> None:
        self.answered_bytes += len(piece)
        if not self._unread:
            await self._room.acquire()
            self._pieces.put_nowait(piece)

    def finish(self) -> None:
        if not self.done.is_set():
            self.done.set()
            self._pieces.put_nowait(None)

    def fail(self, error: InvocationError) -> None:
        if self.done.is_set():
            return
        self.error = error
        self.done.set()
        if not self.head.done():
            self.head.set_exception(error)
            self.head.exception()  # whoever asked may have gone
        self._pieces.put_nowait(error)

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body behind the head; raises InvocationError where it broke off. To be closed, or used up."""
        try:
            while (piece := await self._pieces.get()) is not None:
                if isinstance(piece, InvocationError):
                    raise piece
                self._room.release()
                yield piece
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Nobody reads any more: what comes is dropped, and the function runs on, as on AWS."""
        self._unread = True
        self._room.release()
