"""Apps whose chunks wait for the test: one in this process, and the test's side of one in another process."""

import asyncio
import os
import select
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from tests.support.behaviours import TEXT


class SteppedApp:
    """An app of either colour that makes one chunk for each step it is allowed. It counts them and notes its end."""

    def __init__(self, chunks: int) -> None:
        self.chunks = chunks
        self.made = 0
        self.ended = threading.Event()
        self._steps = threading.Semaphore(0)

    def allow(self, steps: int = 1) -> None:
        self._steps.release(steps)

    def step(self) -> bytes:
        if not self._steps.acquire(timeout=10):
            return b"the test has not allowed this"
        self.made += 1
        return b"%d" % self.made

    async def asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        await send({"type": "http.response.start", "status": 200, "headers": [TEXT]})
        try:
            for _ in range(self.chunks):
                chunk = await asyncio.to_thread(self.step)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body"})
        finally:
            self.ended.set()

    def wsgi(self, environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [("content-type", "text/plain")])
        try:
            for _ in range(self.chunks):
                yield self.step()
        finally:
            self.ended.set()


def app_of(stepped_app: SteppedApp, colour: str) -> object:
    return getattr(stepped_app, colour)


in_both_colours = pytest.mark.parametrize("colour", ["asgi", "wsgi"])


class SteppedProcess:
    """Lets an app in another process make its steps one by one, and counts those that it has made.

    They speak through two pipes in the directory of the process: `steps` and `taken`, which `streaming_apps` open.
    """

    def __init__(self, directory: Path) -> None:
        for name in ("steps", "taken"):
            os.mkfifo(directory / name)
        # For reading and writing, so that open() doesn't wait for the other end.
        self._steps, self._taken = (os.open(directory / name, os.O_RDWR) for name in ("steps", "taken"))
        self.taken = 0

    def allow(self, count: int = 1) -> None:
        os.write(self._steps, bytes(count))

    def until_one_is_taken(self) -> None:
        self.taken += len(os.read(self._taken, 65536))

    def until_none_is_taken(self, seconds: float = 0.3) -> int:
        while select.select([self._taken], [], [], seconds)[0]:
            self.taken += len(os.read(self._taken, 65536))
        return self.taken

    def close(self) -> None:
        self.allow(4096)  # an app that still waits may end
        os.close(self._steps)
        os.close(self._taken)
