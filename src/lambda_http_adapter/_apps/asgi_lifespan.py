"""The ASGI lifespan: startup once per execution environment, shutdown when it ends.

https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from ..errors import LifespanError

if TYPE_CHECKING:
    from .._types import Message, Scope, SingleCallable

_logger = logging.getLogger("lambda_http_adapter")


class NoLifespan:
    """For ``lifespan="off"``: nothing happens."""

    def __init__(self) -> None:
        self.state: dict[str, object] = {}

    async def startup(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass


class Lifespan:
    """One task that holds the app's lifespan scope open between ``startup`` and ``shutdown``.

    ``state`` is what the app put there during startup; each request gets a copy.
    """

    def __init__(self, app: SingleCallable, required: bool) -> None:
        self.state: dict[str, object] = {}
        self._app = app
        self._required = required
        self._task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Raises LifespanError if the app says that it failed, or knows no lifespan although one is required."""
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._outbox: asyncio.Queue[Message | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(), name="lifespan")
        self._inbox.put_nowait({"type": "lifespan.startup"})
        answer = await self._outbox.get()
        if answer is not None and answer["type"] == "lifespan.startup.failed":
            raise LifespanError(f"The app's startup failed: {answer.get('message') or 'it gave no message'}")
        if answer is None:
            # The spec's way to say "unsupported" is to raise; only a traceback tells that from a mistake.
            if self._required:
                raise LifespanError('The app has no lifespan, and lifespan="on" asks for one') from self._error
            _logger.debug("The app has no lifespan: %r", self._error)

    async def shutdown(self) -> None:
        """Failure is logged, not raised: the environment ends either way."""
        if self._task is None or self._task.done():
            return
        self._inbox.put_nowait({"type": "lifespan.shutdown"})
        answer = await self._outbox.get()
        if answer is None or answer["type"] == "lifespan.shutdown.failed":
            _logger.error("The app's shutdown failed: %s", answer.get("message") if answer else self._error)

    async def _run(self) -> None:
        self._error: Exception | None = None
        scope: Scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._app(scope, self._inbox.get, self._send)
        except asyncio.CancelledError:
            # An app that awaits what it has cancelled ends so, and who waits for its answer must learn of that.
            self._error = LifespanError("it awaited something cancelled")
        except Exception as error:
            self._error = error
        self._outbox.put_nowait(None)

    async def _send(self, message: Message) -> None:
        self._outbox.put_nowait(message)
