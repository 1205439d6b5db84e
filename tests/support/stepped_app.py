"""An app whose chunks wait for the test."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from tests.support.behaviours import TEXT


class Steps:
    """An app of either colour that makes one chunk for each step it is allowed; counts them, and notes its end."""

    def __init__(self, chunks: int) -> None:
        self.chunks = chunks
        self.made = 0
        self.ended = threading.Event()
        self._steps = threading.Semaphore(0)

    def allow(self, steps: int = 1) -> None:
        self._steps.release(steps)

    def step(self) -> bytes:
        if not self._steps.acquire(timeout=10):
            return b"nobody has allowed this"
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


def app_of(steps: Steps, colour: str) -> object:
    return getattr(steps, colour)


in_both_colours = pytest.mark.parametrize("colour", ["asgi", "wsgi"])
