"""Access log: one line per answered request (option ``access_log``)."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from .._delivery import Head

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .._delivery import Part
    from ..origins._http_request import HTTPRequest

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


class _Line:
    """The line of one request, counted as its parts pass."""

    def __init__(self, request: HTTPRequest) -> None:
        self._request = request
        self._started = time.perf_counter()
        self._status = 0
        self._size = 0

    def count(self, parts: tuple[Part, ...]) -> None:
        for part in parts:
            if isinstance(part, Head):
                self._status = part.status
            elif isinstance(part, bytes):
                self._size += len(part)
            else:
                milliseconds = (time.perf_counter() - self._started) * 1000
                path = self._request.raw_path.decode("ascii")
                access(self._request.method, path, self._status, self._size, milliseconds)


def log_sync(send: Callable[..., None], request: HTTPRequest) -> Callable[..., None]:
    """``send`` of a sync reply, logged once the response to ``request`` has ended."""
    line = _Line(request)

    def send_and_count(*parts: Part) -> None:
        send(*parts)
        line.count(parts)

    return send_and_count


def log_async(send: Callable[..., Awaitable[None]], request: HTTPRequest) -> Callable[..., Awaitable[None]]:
    """The same for the ``send`` of an async reply."""
    line = _Line(request)

    async def send_and_count(*parts: Part) -> None:
        await send(*parts)
        line.count(parts)

    return send_and_count
