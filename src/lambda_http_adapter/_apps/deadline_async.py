"""Ends an app on an event loop shortly before Lambda would."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Self


class Deadline:
    """Cancels the block inside once ``seconds`` are over, which then ends without an exception; ``expired`` tells.

    ``expire`` is awaited first: an app that waits for a thread can't be cancelled, and its client needn't wait as well.
    """

    def __init__(self, seconds: float, expire: Callable[[], Awaitable[None]]) -> None:
        self._seconds = seconds
        self._expire = expire
        self._strike: asyncio.Task[None] | None = None
        self._over = False

    @property
    def expired(self) -> bool:
        return self._strike is not None

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._start)
        return self

    def _start(self) -> None:
        self._strike = asyncio.create_task(self._end())

    async def _end(self) -> None:
        try:
            await self._expire()
        finally:
            if not self._over:
                self._task.cancel()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._timer.cancel()
        self._over = True
        if self._strike is None:
            return False
        cancelled = isinstance(error, asyncio.CancelledError)
        if cancelled and not self._strike.done():
            self._strike.cancel()  # somebody else has cancelled the block
            return False
        await self._strike
        return cancelled and self._task.uncancel() == 0
