"""What may come out of an app and is no error of its own."""

from __future__ import annotations

from ..errors import AppError


class Interruption(BaseException):
    """Ends the app from outside. Not an Exception: no framework may make an error page of it."""


def error_of(raised: BaseException, alone: bool = True) -> Exception:
    """What an app that has raised this is reported for; raises it again where it isn't the app's to be reported.

    ``alone``, an app that leaves ends its environment. One of several would end the invocations of the others.

    asyncio's CancelledError is an error like any other: the app has awaited what was cancelled.
    """
    if isinstance(raised, Exception):
        return raised
    if isinstance(raised, Interruption | KeyboardInterrupt | GeneratorExit):
        raise raised
    if alone and isinstance(raised, SystemExit):
        raise raised
    error = AppError(f"The app left with {raised!r}")
    error.__cause__ = raised
    return error


def is_cancellation(raised: BaseException) -> bool:
    """Whether this is the end of the task that it runs in: a CancelledError may be of something else it awaits."""
    import asyncio

    if not isinstance(raised, asyncio.CancelledError):
        return False
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
