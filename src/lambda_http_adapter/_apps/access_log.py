"""Access log: one line per answered request (option ``access_log``)."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from .._delivery import Failure, Head

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Protocol

    from .._delivery import AsyncReply, Encoder, Part, ReplyState, SyncReply
    from ..origins._http_request import HTTPRequest

    class Counter(Protocol):
        """Looks at each part before it is sent. ``size``: bytes of a result that is sent whole."""

        size: int

        def count(self, parts: tuple[Part, ...]) -> None: ...


_logger = logging.getLogger("lambda_http_adapter.access")


def access(method: str, path: str, status: int, size: int, milliseconds: float) -> None:
    """One line for a request that was answered with ``size`` bytes. ``path`` as the client sent it, without query."""
    fields = {
        "method": method,
        "path": path,
        "status": status,
        "size": size,
        "milliseconds": round(milliseconds, 1),
    }
    _log(f"{method} {path} {status} {size} B {milliseconds:.1f} ms", fields)


def handled(handler: str, outcome: str, size: int, milliseconds: float) -> None:
    """One line for an invocation that returned ``size`` bytes. ``outcome`` is ``ok`` or the type of its error."""
    fields = {
        "handler": handler,
        "outcome": outcome,
        "size": size,
        "milliseconds": round(milliseconds, 1),
    }
    _log(f"{handler} {outcome} {size} B {milliseconds:.1f} ms", fields)


def _log(line: str, fields: dict[str, object]) -> None:
    if not line.isprintable():
        # A path may decode to control characters, and those to what looks like another record.
        line = line.encode("unicode_escape").decode("ascii")
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

    def write_behind(self, part: Part) -> None:
        """Write the line if ``part`` was the last."""
        if not isinstance(part, Head | bytes):
            milliseconds = (time.perf_counter() - self._started) * 1000
            path = self._request.raw_path.decode("ascii")
            access(self._request.method, path, self._status, self._size, milliseconds)


def log_sync(send: Callable[..., None], request: HTTPRequest) -> Callable[..., None]:
    """``send`` of a sync reply, logged once the response to ``request`` has ended."""
    line = _Line(request)

    def send_and_count(*parts: Part) -> None:
        line.count(parts)  # also what isn't sent: a status that fails the invocation, say
        send(*parts)
        line.write_behind(parts[-1])

    return send_and_count


def log_async(send: Callable[..., Awaitable[None]], request: HTTPRequest) -> Callable[..., Awaitable[None]]:
    """The same for the ``send`` of an async reply."""
    line = _Line(request)

    async def send_and_count(*parts: Part) -> None:
        line.count(parts)
        await send(*parts)
        line.write_behind(parts[-1])

    return send_and_count


class HandlerLine:
    """The line of one invocation of a handler, written when the ``with`` block ends, however it ends."""

    def __init__(self, handler: str) -> None:
        self._handler = handler
        self._outcome = "ok"
        self.size = 0
        """Bytes of the result."""

    def __enter__(self) -> HandlerLine:
        self._started = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        outcome = self._outcome if kind is None else kind.__name__
        handled(self._handler, outcome, self.size, (time.perf_counter() - self._started) * 1000)

    def count(self, parts: tuple[Part, ...]) -> None:
        for part in parts:
            if isinstance(part, bytes):
                self.size += len(part)
            elif isinstance(part, Failure):
                self._outcome = type(part.error).__name__


class _Counted:
    """A reply whose parts are counted in the line."""

    def __init__(self, reply: ReplyState, line: Counter) -> None:
        self._reply = reply
        self._line = line

    @property
    def begun(self) -> bool:
        return self._reply.begun

    @property
    def closed(self) -> bool:
        return self._reply.closed

    @property
    def gone(self) -> bool:
        return self._reply.gone

    def encode_with(self, encoder: Encoder) -> None:
        self._line.size = getattr(encoder, "size", 0)
        self._reply.encode_with(encoder)


class CountedReply(_Counted):
    """The reply of a sync function."""

    def __init__(self, reply: SyncReply, line: Counter) -> None:
        super().__init__(reply, line)
        self._send = reply.send

    def send(self, *parts: Part) -> None:
        self._line.count(parts)
        self._send(*parts)


class AsyncCountedReply(_Counted):
    """The reply of an async function."""

    def __init__(self, reply: AsyncReply, line: Counter) -> None:
        super().__init__(reply, line)
        self._send = reply.send
        self.on_gone = reply.on_gone

    async def send(self, *parts: Part) -> None:
        self._line.count(parts)
        await self._send(*parts)
