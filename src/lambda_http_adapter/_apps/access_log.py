"""One line for each request that was answered, for who wants them: ``access_log``."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._types import Responder, SyncResponder
    from .._values.request import Headers, HTTPRequest

_logger = logging.getLogger("lambda_http_adapter.access")


def access(method: str, path: str, status: int, size: int, milliseconds: float) -> None:
    """One line for a request that was answered with ``size`` bytes. ``path`` as the client sent it, without query."""
    line = f"{method} {path} {status} {size} B {milliseconds:.1f} ms"
    if not line.isprintable():
        # A path may decode to control characters, and those to what looks like another record.
        line = line.encode("unicode_escape").decode("ascii")
    fields = {
        "method": method,
        "path": path,
        "status": status,
        "size": size,
        "milliseconds": round(milliseconds, 1),
    }
    _logger.info("%s", line, extra=fields)


class _Tally:
    """What the line says; the answer to one request."""

    def __init__(self, request: HTTPRequest) -> None:
        self._request = request
        self._started = time.perf_counter()
        self.status = 0
        self.size = 0

    def log(self) -> None:
        milliseconds = (time.perf_counter() - self._started) * 1000
        access(self._request.method, self._request.raw_path.decode("ascii"), self.status, self.size, milliseconds)


class AccessResponder:
    """Counts what passes through to ``responder``, for async colours."""

    def __init__(self, responder: Responder, request: HTTPRequest) -> None:
        self._responder = responder
        self._tally = _Tally(request)

    @property
    def begun(self) -> bool:
        return self._responder.begun

    @property
    def gone(self) -> bool:
        return self._responder.gone

    def on_gone(self, callback: Callable[[], None]) -> None:
        self._responder.on_gone(callback)

    async def start(self, status: int, headers: Headers) -> None:
        self._tally.status = status
        await self._responder.start(status, headers)

    async def body(self, data: bytes) -> None:
        self._tally.size += len(data)
        await self._responder.body(data)

    async def end(self) -> None:
        await self._responder.end()
        self._tally.log()

    async def fail(self, error: Exception) -> None:
        await self._responder.fail(error)
        self._tally.log()


class SyncAccessResponder:
    """The same for sync ones."""

    def __init__(self, responder: SyncResponder, request: HTTPRequest) -> None:
        self._responder = responder
        self._tally = _Tally(request)

    @property
    def begun(self) -> bool:
        return self._responder.begun

    @property
    def gone(self) -> bool:
        return self._responder.gone

    def start(self, status: int, headers: Headers) -> None:
        self._tally.status = status
        self._responder.start(status, headers)

    def body(self, data: bytes) -> None:
        self._tally.size += len(data)
        self._responder.body(data)

    def end(self) -> None:
        self._responder.end()
        self._tally.log()

    def fail(self, error: Exception) -> None:
        self._responder.fail(error)
        self._tally.log()
