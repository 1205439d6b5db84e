"""The ASGI lifespan: startup once per execution environment, shutdown when it ends.

https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from ..errors import LifespanError, ProtocolError
from . import attempt, is_cancellation

if TYPE_CHECKING:
    from typing import Literal

    from .._types import Message, Scope, SingleCallable

    State = Literal["STARTING", "RUNNING", "STOPPING", "ENDED"]

_logger = logging.getLogger("lambda_http_adapter")


class NoLifespan:
    """For ``lifespan="off"``: nothing happens."""

    def __init__(self) -> None:
        self.state: dict[str, object] = {}

    async def startup(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass


# What the app may say, by where it is in its life. Anything else is its error, and raised in it.
_ANSWERS = {
    "STARTING": ("lifespan.startup.complete", "lifespan.startup.failed"),
    "RUNNING": (),
    "STOPPING": ("lifespan.shutdown.complete", "lifespan.shutdown.failed"),
    "ENDED": (),
}

_RAISED = "Exception in 'lifespan' protocol"


class Lifespan:
    """One task that holds the app's lifespan scope open between ``startup`` and ``shutdown``.

    ``state`` is what the app put there during startup; each request gets a copy.
    """

    def __init__(self, app: SingleCallable, required: bool) -> None:
        self.state: dict[str, object] = {}
        self._app = app
        self._required = required
        self._state: State = "ENDED"
        self._asked = False  # the app has taken lifespan.startup out of receive(): it knows the lifespan
        self._error: BaseException | None = None

    async def startup(self) -> None:
        """Raises LifespanError if the app says that it failed, leaves with a BaseException, or knows no lifespan
        although one is required."""
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        task = self._task = asyncio.create_task(self._run(), name="lifespan")
        try:
            answer = await self._answer_in("STARTING", "lifespan.startup")
        except asyncio.CancelledError:
            task.cancel()
            raise
        if answer is None:
            task.cancel()  # the app may go on although it has been refused
            self._never_started(self._error)
        elif answer["type"] == "lifespan.startup.failed":
            raise LifespanError(f"The app's startup failed: {answer.get('message') or 'it gave no message'}")
        elif self._error is not None:
            raise LifespanError(f"The app's startup failed: {self._error}") from self._error

    def _never_started(self, error: BaseException | None) -> None:
        if error is None or (isinstance(error, Exception) and not self._asked):
            # The spec's way to say "unsupported" is to raise.
            if self._required:
                raise LifespanError('The app has no lifespan, and lifespan="on" requires one') from error
            _logger.debug("The app has no lifespan: %r", error)
            return
        _logger.error(_RAISED, exc_info=error)
        if not isinstance(error, Exception):
            raise LifespanError(f"The app ended its lifespan with {_shown(error)}") from error
        if self._required:
            raise LifespanError(f"The app's startup failed: {_shown(error)}") from error

    async def shutdown(self) -> None:
        """Failure is logged, not raised: the environment ends either way."""
        if self._state != "RUNNING":
            return
        answer = await self._answer_in("STOPPING", "lifespan.shutdown")
        if answer is None:
            reason = "it returned without a response" if self._error is None else _shown(self._error)
            _logger.error("The app's shutdown failed: %s", reason, exc_info=self._error)
        elif answer["type"] == "lifespan.shutdown.failed":
            _logger.error("The app's shutdown failed: %s", answer.get("message"))

    async def _answer_in(self, state: State, message: str) -> Message | None:
        """What the app says to the message; None where it has ended, or said something else."""
        self._state = state
        self._answer: asyncio.Future[Message | None] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait({"type": message})
        return await self._answer

    async def _run(self) -> None:
        scope: Scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._app(scope, self._receive, self._send)
        except asyncio.CancelledError as cancelled:
            if self._state == "RUNNING" and is_cancellation(cancelled):
                raise
            # An app that awaits what it has cancelled ends so, and who waits for its answer must learn of that.
            self._end(LifespanError("it awaited something cancelled"))
        except BaseException as error:
            self._end(error)
        else:
            self._end(None)

    def _end(self, error: BaseException | None) -> None:
        """The app has returned or raised."""
        if _ANSWERS[self._state]:
            self._error = error
            self._settle(None)
        elif self._state == "RUNNING" and error is not None:
            _logger.error(_RAISED, exc_info=error)
        self._state = "ENDED"

    async def _receive(self) -> Message:
        message = await self._inbox.get()
        self._asked = True
        return message

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if kind in _ANSWERS[self._state]:
            self._settle(message)
            return
        expected = " or ".join(map(repr, _ANSWERS[self._state])) or "no message"
        error = ProtocolError(f"Expected {expected} in state {self._state} of the lifespan, got {kind!r}.")
        is_lifespan = str(kind).startswith("lifespan.")
        if self._state == "ENDED":
            await asyncio.sleep(0)  # an app that goes on, whatever it is told, must let the loop go on as well
        elif _ANSWERS[self._state]:
            self._error = error
            # Many an app of one function doesn't look at the scope's type: it has no startup that could have failed.
            self._asked = self._asked and is_lifespan
            self._settle(None)
        elif is_lifespan:
            self._error = error
        raise error

    def _settle(self, answer: Message | None) -> None:
        """``startup`` or ``shutdown`` goes on."""
        started = answer is not None and answer["type"] == "lifespan.startup.complete"
        self._state = "RUNNING" if started else "ENDED"
        if not self._answer.done():  # the one that waits may have been cancelled
            self._answer.set_result(answer)


def _shown(error: BaseException) -> str:
    return attempt(lambda: repr(error), type(error).__name__)
