"""The colours: ASGI, WSGI, a function of a request, a plain handler. And how an app of any colour may end."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from ..errors import AppError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import CodeType, FrameType
    from typing import Protocol, TypeVar

    from .._delivery import Part, ReplyState
    from .._types import AsyncFunction, SyncFunction
    from .._values.config import Config
    from .._values.context import LambdaContext
    from .._values.request import Headers

    Result = TypeVar("Result")
    Otherwise = TypeVar("Otherwise")

    class Tracing(Protocol):
        """A function around a function, and what has to be done in it and after each reply."""

        def pass_on(self, headers: Headers) -> None:
            """Make the invocation's span the parent that the headers of its request name."""

        def traced(self, function: SyncFunction, config: Config, is_web: bool) -> SyncFunction: ...
        def traced_async(self, function: AsyncFunction, config: Config, is_web: bool) -> AsyncFunction: ...
        def flush(self) -> None: ...
        async def flush_async(self) -> None: ...


tracing: Tracing | None = None
"""Around all functions of this process; set by ``opentelemetry.instrument``."""

failure_watch: ContextVar[Callable[[Exception], None] | None] = ContextVar("lambda_http_adapter.failure", default=None)
"""Called with what an app of this invocation raises: a framework may have answered before it raises."""


def traced(function: SyncFunction, config: Config, is_web: bool = True) -> SyncFunction:
    """``function`` with a span around each call, where tracing is on. ``is_web``: an app, not a handler alone."""
    return function if tracing is None else tracing.traced(function, config, is_web)


def traced_async(function: AsyncFunction, config: Config, is_web: bool = True) -> AsyncFunction:
    return function if tracing is None else tracing.traced_async(function, config, is_web)


def has_hooks(config: Config) -> bool:
    """Whether something is to be called around each invocation: a hook of the options, or the export of its spans."""
    return config.has_hooks() or tracing is not None


class Interruption(BaseException):
    """Ends the app from outside. Not an Exception: no framework may make an error page of it."""


def attempt(read: Callable[[], Result], otherwise: Otherwise) -> Result | Otherwise:
    """What ``read`` returns, or ``otherwise`` where it raises: it may run the app's code on behalf of the loop."""
    try:
        return read()
    except Interruption:
        raise
    except BaseException:
        return otherwise


ON_END: set[Callable[[], None]] = set()
"""What to call when SIGTERM has come. A signal handler calls it, so it must neither block nor take a lock."""


def announce_end() -> None:
    for call in ON_END.copy():
        call()


END_HANDLERS: set[CodeType] = set()
"""Handlers of SIGTERM that no other signal's handler may end by an exception: the SIGTERM would be lost."""


def is_ending(frame: FrameType | None) -> bool:
    """Whether a signal has interrupted such a handler; ``frame`` is what its own handler is called with."""
    while frame is not None:
        if frame.f_code in END_HANDLERS:
            return True
        frame = frame.f_back
    return False


LEAVING = (SystemExit, KeyboardInterrupt)


def error_of(raised: BaseException, alone: bool = True) -> Exception:
    """The error to report for an app that has raised this; raises it again where it ends more than its invocation:

    an Interruption                       ends the loop, or the app by its deadline
    SystemExit, KeyboardInterrupt         end the process if ``alone``: no other invocation is in flight
    any other, and those two otherwise    is the error of this invocation alone

    asyncio's CancelledError is an error like any other: the app has awaited something cancelled.
    """
    if isinstance(raised, Exception):
        return raised
    if isinstance(raised, Interruption) or (alone and isinstance(raised, LEAVING)):
        raise raised
    error = AppError(f"The app ended with {attempt(lambda: repr(raised), type(raised).__name__)}")
    error.__cause__ = raised
    return error


def is_cancellation(raised: BaseException) -> bool:
    """Whether this is the end of the task that it runs in: a CancelledError may be of something else it awaits."""
    import asyncio

    if not isinstance(raised, asyncio.CancelledError):
        return False
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def send_last(reply: ReplyState, send: Callable[..., None], *parts: Part) -> None:
    """End the response of an app that has failed. If the Runtime API reads no more of it, the loop logs the reason."""
    try:
        send(*parts)
    except OSError:
        if not reply.gone:
            raise


async def send_last_async(reply: ReplyState, send: Callable[..., Awaitable[None]], *parts: Part) -> None:
    try:
        await send(*parts)
    except OSError:
        if not reply.gone:
            raise


def seconds_left(context: LambdaContext | None, margin_ms: int) -> float | None:
    """How long an app may take that shall end ``margin_ms`` before Lambda ends it; None without a context."""
    if context is None:
        return None
    return max(0, context.get_remaining_time_in_millis() - margin_ms) / 1000
