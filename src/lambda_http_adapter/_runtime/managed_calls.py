"""A function called by AWS's managed Python runtime: one event in, the result out, hooks around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from .._apps import error_of
from .._delivery import End, Failure
from .._delivery.kept import AsyncKept, Kept, SyncKept
from ..errors import ConfigurationError

if TYPE_CHECKING:
    from .._delivery import Encoder, Part
    from .._delivery.encoders import BufferedEncoder
    from .._types import AsyncFunction, SyncFunction
    from .._values.context import LambdaContext
    from .hooks import AsyncHooks, SyncHooks
    from .snapstart import Hook


class ServedInLoop:
    """An async function in an event loop of its own, which all its calls share."""

    def __init__(self, function: AsyncFunction, hooks: AsyncHooks | None) -> None:
        import asyncio
        from threading import Lock

        self._function = function
        self._hooks = hooks
        self._runner = asyncio.Runner()
        self._lock = Lock()
        self._started = False

    def start(self) -> None:
        """Run the app's startup now, and its shutdown when the process ends. Raises LifespanError."""
        import atexit

        _refuse_running_loop()
        self._runner.run(self._function.startup())
        atexit.register(self._stop)
        self._started = True

    def call(self, event: object, context: object) -> object:
        import asyncio

        _refuse_running_loop()
        reply = AsyncKeptReply()
        with self._lock:
            if not self._started:
                self.start()
            # Not runner.run(): for every call that would exchange the handler of SIGINT twice.
            loop = self._runner.get_loop()
            try:
                # Each call is a task: what it puts into a ContextVar ends with it.
                loop.run_until_complete(self._serve(event, cast("LambdaContext", context), reply))
            except asyncio.CancelledError as cancelled:  # the app has cancelled its own task
                if not reply.closed:
                    raise error_of(cancelled) from cancelled
        return reply.result()

    def call_hook(self, hook: Hook) -> None:
        """A hook of SnapStart, in the app's event loop."""
        from .snapstart import call_hook_async

        with self._lock:
            if not self._started:
                self.start()
            self._runner.run(call_hook_async(self._function, hook))

    async def _serve(self, event: object, context: LambdaContext, reply: AsyncKeptReply) -> None:
        if self._hooks is None:
            await self._function(event, context, reply)
            return
        await self._hooks.start(context)
        try:
            await self._function(event, context, reply)
        finally:
            await self._hooks.end(context)

    def _stop(self) -> None:
        try:
            self._runner.run(self._function.shutdown())
            if self._hooks is not None:
                self._runner.run(self._hooks.shutdown())
        finally:
            try:
                self._runner.close()
            except RuntimeError:
                pass  # from Python 3.12 on it starts a thread to wait for the loop's own, for which it is too late here


def _refuse_running_loop() -> None:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise ConfigurationError(
        "This handler runs an event loop of its own, and there is one running in this thread already. Call it from "
        "synchronous code, or from a coroutine with `await asyncio.to_thread(handler, event, context)`."
    )


class ServedInCaller:
    """A sync function in the thread of its caller."""

    def __init__(self, function: SyncFunction, hooks: SyncHooks | None) -> None:
        self._function = function
        self._hooks = hooks
        if hooks is not None:
            import atexit

            atexit.register(hooks.shutdown)

    def call(self, event: object, context: LambdaContext) -> object:
        reply = KeptReply()
        if self._hooks is None:
            self._function(event, context, reply)
            return reply.result()
        self._hooks.start(context)
        try:
            self._function(event, context, reply)
            return reply.result()
        finally:
            self._hooks.end(context)

    def call_hook(self, hook: Hook) -> None:
        """A hook of SnapStart."""
        from .snapstart import call_hook

        call_hook(self._function, hook)


class _Response(Kept):
    """Keeps a response instead of writing it."""

    def encode_with(self, encoder: Encoder) -> None:
        self._encoder = cast("BufferedEncoder", encoder)

    def keep(self, parts: tuple[Part, ...]) -> None:
        for part in parts:
            if isinstance(part, Failure):
                raise part.error
            if isinstance(part, End):
                self.closed = True
            else:
                self._encoder.encode(part)

    def result(self) -> object:
        """What the handler returns; raises AppError where that must be a failed invocation."""
        return self._encoder.result()


class KeptReply(_Response, SyncKept):
    """The reply of a sync app."""


class AsyncKeptReply(_Response, AsyncKept):
    """The reply of an async app."""
