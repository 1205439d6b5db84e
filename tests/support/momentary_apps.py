"""Apps of each colour that say in a pipe how far they have come, and what has ended."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import lambda_http_adapter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

PIECE = "piece;"


class Momentary:
    """``struck``: whether the moment has come. Where it comes within the app, the app sends itself a SIGTERM."""

    def __init__(self, note: int) -> None:
        self._note = note
        self._calls = 0
        self._path = ""
        self.struck: Callable[[], bool] = bool
        self.has_sent_sigterm = False

    def run(self, driver: str, mode: str, margin: int | None) -> None:
        options: dict[str, Any] = {} if margin is None else {"deadline_margin_ms": margin}
        options["on_shutdown"] = lambda: self._say("end hook")
        if driver in ("sockets", "handler"):
            options["on_invocation_end"] = lambda _: self._end()
        else:
            options["on_invocation_end"] = lambda _: self._end_async()
        streams = mode == "response_stream"
        if driver == "sockets":
            lambda_http_adapter.run_wsgi(self.wsgi, **options)
        elif driver == "handler":
            lambda_http_adapter.run(self.stream if streams else self.handle, **options)
        elif driver == "async_handler":
            lambda_http_adapter.run(self.stream_async if streams else self.handle_async, **options)
        else:
            lambda_http_adapter.run_asgi(self.asgi, **options)

    def _say(self, text: str) -> None:
        os.write(self._note, text.encode() + b"\n")

    def _begin(self, path: str) -> None:
        self._say(f"app {self._calls}")
        self._calls += 1
        self._path = path
        if path == "/sigterm" or (path == "/stuck" and not self.struck()):
            self._send_sigterm()

    def _send_sigterm(self) -> None:
        self.has_sent_sigterm = True
        signal.raise_signal(signal.SIGTERM)

    def _end(self) -> None:
        if self._path == "/stuck_hook":
            if not self.struck():
                self._send_sigterm()
            _sleep()

    async def _end_async(self) -> None:
        if self._path == "/stuck_hook":
            if not self.struck():
                self._send_sigterm()
            await asyncio.sleep(60)

    # Sync

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterator[bytes]:
        self._begin(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self._pieces()

    def _pieces(self) -> Iterator[bytes]:
        if self._path == "/stuck":
            _sleep()
        yield PIECE.encode()
        if self._path == "/raise":
            raise ValueError("as asked")
        yield PIECE.encode()

    def handle(self, event: dict[str, Any], context: object) -> object:
        self._begin(event["rawPath"])
        return {"pieces": len(list(self._pieces()))}

    def stream(self, event: dict[str, Any], context: object) -> Iterator[bytes]:
        self._begin(event["rawPath"])
        return self._pieces()

    # Async

    async def asgi(self, scope: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> None:  # noqa: ANN401
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self._say("end lifespan")
            await send({"type": "lifespan.shutdown.complete"})
            return
        self._begin(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        async for piece in self._async_pieces():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})

    async def _async_pieces(self) -> AsyncIterator[bytes]:
        await asyncio.sleep(60 if self._path == "/stuck" else 0)
        for piece in self._pieces():
            yield piece
            await asyncio.sleep(0)

    async def handle_async(self, event: dict[str, Any], context: object) -> object:
        self._begin(event["rawPath"])
        return {"pieces": len([piece async for piece in self._async_pieces()])}

    async def stream_async(self, event: dict[str, Any], context: object) -> AsyncIterator[bytes]:
        self._begin(event["rawPath"])
        async for piece in self._async_pieces():
            yield piece


def _sleep() -> None:
    """In short steps: a signal between Python's last look and the system call doesn't interrupt that one."""
    while True:
        time.sleep(0.002)
