"""The server of ``dev``: uvicorn, which an extra installs; nothing else of ``dev`` imports it."""

from __future__ import annotations

import asyncio
import signal
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from .front_door import FrontDoor


class Server(uvicorn.Server):
    """Signals only end the server, so that the sandboxes end after it; uvicorn would raise the signal once more.

    ``tls``: the context for serving HTTPS.
    """

    def __init__(self, front_door: FrontDoor, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                front_door,
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level=60,  # uvicorn would report every response that the front door breaks off on purpose
                access_log=False,
                server_header=False,
                date_header=False,  # the function may send one, and a response must not have two
                timeout_graceful_shutdown=0,
            )
        )
        # uvicorn would make a context from files.
        self.config.load()
        self.config.ssl = tls

    def stop_on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop)

    def _stop(self) -> None:
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
