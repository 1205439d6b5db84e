"""The same for functions that want an event loop, and functions of either colour for callers of the other."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Protocol, TypeVar

from ..._delivery import Failure
from ..._runtime.logs import log_failure
from ..._values.codec import dumps
from ..._values.context import enter_invocation
from ..doors.client import ClientResponse
from .delivery import Delivery, Piece
from .sync import LocalInvocation, Runner, new_context

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ..._delivery import Part
    from ..._types import AsyncFunction
    from ..._values.request import LambdaEvent
    from ..doors.door import Door

Result = TypeVar("Result")


class AsyncLocalInvocation(Protocol):
    """``LocalInvocation`` for a caller with an event loop."""

    delivery: Delivery

    async def head(self) -> ClientResponse: ...
    async def read(self) -> bytes | None: ...
    async def close(self) -> None: ...


class AsyncRunner(Protocol):
    """``Runner`` for a caller with an event loop."""

    async def start(self) -> None: ...
    async def invoke(self, event: LambdaEvent, door: Door) -> AsyncLocalInvocation: ...
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

    async def invoke(self, event: LambdaEvent, door: Door) -> AsyncLocalInvocation:
        return TaskInvocation(self._function, Delivery(door, event, new_context(), self._streams))

    async def stop(self) -> None:
        if self._started:
            self._started = False
            await self._function.shutdown()


class QueueReply:
    """Puts the reply of an async function into a queue."""

    def __init__(self, delivery: Delivery) -> None:
        # Bounded: a client that reads slowly slows the app down.
        self.queue: asyncio.Queue[Piece | None] = asyncio.Queue(1)
        self.gone = False
        self._delivery = delivery
        self.encode_with = delivery.encode_with

    @property
    def begun(self) -> bool:
        return self._delivery.begun

    @property
    def closed(self) -> bool:
        return self._delivery.closed

    def on_gone(self, callback: Callable[[], None]) -> None:
        pass  # a client that hangs up cancels the app itself

    async def send(self, *parts: Part) -> None:
        for piece in self._delivery.pieces(*parts):
            if self.gone:
                raise BrokenPipeError("The client has hung up")
            await self.queue.put(piece)


class TaskInvocation:
    """One invocation of an async function."""

    def __init__(self, function: AsyncFunction, delivery: Delivery) -> None:
        self.delivery = delivery
        self._function = function
        self._reply = QueueReply(delivery)
        self._task = asyncio.create_task(self._run(), name="invocation")

    async def head(self) -> ClientResponse:
        head = await self._get()
        assert isinstance(head, ClientResponse)
        return head

    async def read(self) -> bytes | None:
        piece = await self._get()
        assert not isinstance(piece, ClientResponse)
        return piece

    async def close(self) -> None:
        """What runs on behind a whole answer may end; before that, the app is cancelled."""
        self._reply.gone = True
        if not self.delivery.closed:
            self._task.cancel()
        while not self._reply.queue.empty():
            self._reply.queue.get_nowait()
        await asyncio.wait([self._task])

    async def _get(self) -> Piece | None:
        piece = await self._reply.queue.get()
        if piece is None:
            await self._task
        return piece

    async def _run(self) -> None:
        context = self.delivery.context
        reply = self._reply
        enter_invocation(context, alone=False)
        try:
            await self._function(dumps(self.delivery.event), context, reply)
            self.delivery.require_end()
        except Exception as error:
            if not reply.gone:
                log_failure(error, context.aws_request_id)
                await reply.send(Failure(error))
        finally:
            await reply.queue.put(None)


# Callers of the other colour


class LoopRunner:
    """Runs the function of an async runner in a thread that has an event loop."""

    def __init__(self, runner: AsyncRunner) -> None:
        self._runner = runner
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

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

    def invoke(self, event: LambdaEvent, door: Door) -> LocalInvocation:
        return LoopInvocation(self.wait_for(self._runner.invoke(event, door)), self)

    def stop(self) -> None:
        if self._thread is not None:
            self.wait_for(self._runner.stop())
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()
            self._thread = None

    def wait_for(self, coroutine: Coroutine[object, object, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        ready.set()
        await self._stopped.wait()


class LoopInvocation:
    """One invocation of an async function, for a caller without an event loop."""

    def __init__(self, invocation: AsyncLocalInvocation, runner: LoopRunner) -> None:
        self.delivery = invocation.delivery
        self._invocation = invocation
        self._runner = runner

    def head(self) -> ClientResponse:
        return self._runner.wait_for(self._invocation.head())

    def read(self) -> bytes | None:
        return self._runner.wait_for(self._invocation.read())

    def close(self) -> None:
        self._runner.wait_for(self._invocation.close())


class AwaitedRunner:
    """Runs the function of a sync runner, each wait for it in a thread of asyncio's."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def start(self) -> None:
        await asyncio.to_thread(self._runner.start)

    async def invoke(self, event: LambdaEvent, door: Door) -> AsyncLocalInvocation:
        return AwaitedInvocation(await asyncio.to_thread(self._runner.invoke, event, door))

    async def stop(self) -> None:
        await asyncio.to_thread(self._runner.stop)


class AwaitedInvocation:
    """One invocation of a sync function, for a caller with an event loop."""

    def __init__(self, invocation: LocalInvocation) -> None:
        self.delivery = invocation.delivery
        self._invocation = invocation

    async def head(self) -> ClientResponse:
        return await asyncio.to_thread(self._invocation.head)

    async def read(self) -> bytes | None:
        return await asyncio.to_thread(self._invocation.read)

    async def close(self) -> None:
        await asyncio.to_thread(self._invocation.close)
