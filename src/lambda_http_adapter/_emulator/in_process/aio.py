"""The same for functions that want an event loop, and functions of either colour for callers of the other."""

from __future__ import annotations

import asyncio
import contextvars
import math
import threading
from collections import deque
from typing import TYPE_CHECKING, Protocol, TypeVar

import anyio  # httpx and httpx2 depend on it

from ..._delivery import Failure
from ..._runtime.logs import log_failure
from ..._values.codec import dumps
from ..._values.context import enter_invocation
from ..doors.client import ClientResponse
from .client_view import ClientView, Piece
from .sync import LocalInvocation, Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ..._delivery import Part
    from ..._types import AsyncFunction
    from ..._values.context import LambdaContext
    from ..._values.request import LambdaEvent
    from ..doors.door import Door

Result = TypeVar("Result")

_TURNS_TO_END = 100


class AsyncLocalInvocation(Protocol):
    """``LocalInvocation`` for a caller with an event loop."""

    view: ClientView

    async def head(self) -> ClientResponse: ...
    async def read(self) -> bytes | None: ...
    async def close(self) -> None: ...


class AsyncRunner(Protocol):
    """``Runner`` for a caller with an event loop."""

    async def start(self) -> None: ...
    async def invoke(self, event: LambdaEvent, door: Door, context: LambdaContext) -> AsyncLocalInvocation: ...
    async def stop(self) -> None: ...


class TaskRunner:
    """Runs a function in the caller's event loop: one lifespan, and each invocation as a task."""

    def __init__(self, function: AsyncFunction, streams: bool) -> None:
        self._function = function
        self._streams = streams
        self._starting = asyncio.Lock()
        self._started = False

    async def start(self) -> None:
        """Raises LifespanError."""
        async with self._starting:
            if not self._started:
                await self._function.startup()
                self._started = True

    async def invoke(self, event: LambdaEvent, door: Door, context: LambdaContext) -> AsyncLocalInvocation:
        return TaskInvocation(self._function, ClientView(door, event, context, self._streams))

    async def stop(self) -> None:
        """The app ends its shutdown even if the client is cancelled."""
        if self._started:
            self._started = False
            with anyio.CancelScope(shield=True):
                await self._function.shutdown()


class AsyncPipe:
    """``Pipe`` between tasks, and bounded: a client that reads slowly slows the app down."""

    def __init__(self) -> None:
        self._pieces: deque[Piece | None] = deque()
        self._changed = asyncio.Event()
        self.closed = False

    async def put(self, piece: Piece) -> None:
        """Raises BrokenPipeError where nobody will get it."""
        while self._pieces and not self.closed:
            await self._change()
        if self.closed:
            raise BrokenPipeError("The client has hung up")
        self._add(piece)

    def end(self) -> None:
        self._add(None)

    async def get(self) -> Piece | None:
        """None at the end."""
        while not self._pieces:
            await self._change()
        piece = self._pieces.popleft()
        self._changed.set()
        return piece

    def close(self) -> None:
        self.closed = True
        self._changed.set()

    def _add(self, piece: Piece | None) -> None:
        self._pieces.append(piece)
        self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


class AsyncPipeReply:
    """Puts the reply of an async function into a pipe."""

    def __init__(self, view: ClientView, pipe: AsyncPipe) -> None:
        self._view = view
        self._pipe = pipe
        self.encode_with = view.encode_with

    @property
    def begun(self) -> bool:
        return self._view.begun

    @property
    def closed(self) -> bool:
        return self._view.closed

    @property
    def gone(self) -> bool:
        return self._pipe.closed

    def on_gone(self, callback: Callable[[], None]) -> None:
        pass  # a client that hangs up cancels the app itself

    async def send(self, *parts: Part) -> None:
        for piece in self._view.pieces(*parts):
            await self._pipe.put(piece)


class TaskInvocation:
    """One invocation of an async function."""

    def __init__(self, function: AsyncFunction, view: ClientView) -> None:
        self.view = view
        self._function = function
        self._pipe = AsyncPipe()
        self._scope = anyio.CancelScope()
        self._task = asyncio.create_task(self._run(), name="invocation")
        self._cancelled = False

    async def head(self) -> ClientResponse:
        head = await self._get()
        assert isinstance(head, ClientResponse)
        return head

    async def read(self) -> bytes | None:
        piece = await self._get()
        assert not isinstance(piece, ClientResponse)
        return piece

    async def close(self) -> None:
        """What runs on behind a whole answer may end; before that, or if the client is cancelled, the app is cancelled.

        Waits until it has ended, but no longer than the invocation may take.
        """
        cancelled: asyncio.CancelledError | None = None
        try:
            await self._let_end()
        except asyncio.CancelledError as error:
            cancelled = error
        self._pipe.close()
        if cancelled is not None or not (self.view.closed or self._cancelled):
            self._cancel()
        while not self._task.done() and (milliseconds := self.view.context.get_remaining_time_in_millis()):
            try:
                # anyio cancels a task at each of its steps, until it has left the cancelled scope.
                with anyio.CancelScope(shield=self._cancelled):
                    await asyncio.wait([self._task], timeout=milliseconds / 1000)
            except asyncio.CancelledError as error:
                self._cancel()
                cancelled = error
        if cancelled is not None:
            raise cancelled

    async def _let_end(self) -> None:
        """Clients of an event stream leave with the last event: the app isn't cancelled if it is just about to end.

        Turns of the event loop instead of a time: a busy machine needs as many.
        """
        turns = _TURNS_TO_END
        while turns and not (self.view.closed or self._cancelled or self._task.done()):
            await asyncio.sleep(0)
            turns -= 1

    async def _get(self) -> Piece | None:
        try:
            piece = await self._pipe.get()
        except asyncio.CancelledError:
            self._cancel()
            raise
        if piece is None:
            await self._task
        return piece

    def _cancel(self) -> None:
        """As the client is cancelled: a cancelled scope of anyio leaves the app's shields alone."""
        self._cancelled = True
        if anyio.current_effective_deadline() == -math.inf:
            self._scope.cancel()
        else:
            self._task.cancel()

    async def _run(self) -> None:
        context = self.view.context
        reply = AsyncPipeReply(self.view, self._pipe)
        enter_invocation(context, alone=False)
        try:
            with self._scope:
                await self._function(dumps(self.view.event), context, reply)
                self.view.require_end()
        except Exception as error:
            if not reply.gone:
                log_failure(error, context.aws_request_id)
                await reply.send(Failure(error))
        finally:
            self._pipe.end()


# Callers of the other colour


class LoopRunner:
    """Runs the function of an async runner in a thread that has an event loop."""

    def __init__(self, runner: AsyncRunner) -> None:
        self._runner = runner
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        with self._starting:
            if self._thread is None:
                ready = threading.Event()
                # A daemon: who forgets to stop it can end all the same.
                self._thread = threading.Thread(
                    target=asyncio.run, args=(self._serve(ready),), name="event loop", daemon=True
                )
                self._thread.start()
                ready.wait()
        self.wait_for(self._runner.start())

    def invoke(self, event: LambdaEvent, door: Door, context: LambdaContext) -> LocalInvocation:
        return LoopInvocation(self.wait_for(self._runner.invoke(event, door, context)), self)

    def stop(self) -> None:
        if self._thread is not None:
            self.wait_for(self._runner.stop())
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()
            self._thread = None

    def close(self, invocation: AsyncLocalInvocation) -> None:
        """Waits until ``invocation`` has ended, unless its end needs this thread or it ended with the event loop."""
        if self._thread is None:
            return
        if self._thread is threading.current_thread():  # where the garbage collector may find a response
            closing = self._loop.create_task(invocation.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        else:
            self.wait_for(invocation.close())

    def wait_for(self, coroutine: Coroutine[object, object, Result]) -> Result:
        """Raises RuntimeError in the event loop's own thread, which would wait for itself."""
        if self._thread is threading.current_thread():
            coroutine.close()
            raise RuntimeError(
                "LambdaTransport is used in the event loop of its own app, and would block it forever. Use it in "
                "another thread (asyncio.to_thread), or use AsyncLambdaTransport."
            )
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        ready.set()
        await self._stopped.wait()


class LoopInvocation:
    """One invocation of an async function, for a caller without an event loop."""

    def __init__(self, invocation: AsyncLocalInvocation, runner: LoopRunner) -> None:
        self.view = invocation.view
        self._invocation = invocation
        self._runner = runner

    def head(self) -> ClientResponse:
        return self._runner.wait_for(self._invocation.head())

    def read(self) -> bytes | None:
        return self._runner.wait_for(self._invocation.read())

    def close(self) -> None:
        self._runner.close(self._invocation)


class AwaitedRunner:
    """Runs the function of a sync runner, each wait for it in a thread of asyncio's."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._closing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        await asyncio.to_thread(self._runner.start)

    async def invoke(self, event: LambdaEvent, door: Door, context: LambdaContext) -> AsyncLocalInvocation:
        run = contextvars.copy_context().run
        # Not to_thread() in a task: SystemExit, which an app may raise, would end the event loop.
        starting = asyncio.get_running_loop().run_in_executor(None, run, self._runner.invoke, event, door, context)
        try:
            return AwaitedInvocation(await asyncio.shield(starting))
        except asyncio.CancelledError:
            # The thread of a stream would wait for its reader for ever.
            closing = asyncio.create_task(_close_started(starting))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            raise

    async def stop(self) -> None:
        await asyncio.to_thread(self._runner.stop)


class AwaitedInvocation:
    """One invocation of a sync function, for a caller with an event loop."""

    def __init__(self, invocation: LocalInvocation) -> None:
        self.view = invocation.view
        self._invocation = invocation

    async def head(self) -> ClientResponse:
        return await asyncio.to_thread(self._invocation.head)

    async def read(self) -> bytes | None:
        return await asyncio.to_thread(self._invocation.read)

    async def close(self) -> None:
        with anyio.CancelScope(shield=True):
            await asyncio.to_thread(self._invocation.close)


async def _close_started(starting: asyncio.Future[LocalInvocation]) -> None:
    await asyncio.wait([starting])
    if not starting.cancelled() and starting.exception() is None:
        await AwaitedInvocation(starting.result()).close()
