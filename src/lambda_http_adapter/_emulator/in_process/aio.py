"""The same for functions that want an event loop, and functions of either colour for callers of the other."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Protocol, TypeVar

from ..._runtime.logs import log_failure
from ..._values.codec import dumps
from ..._values.context import enter_invocation
from ..doors.client import ClientResponse
from .delivery import Delivery, Piece
from .sync import Exchange, Host, new_context

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from ..._runtime.async_loop import AsyncFunction
    from ..._types import Encoder
    from ..._values.request import Headers, LambdaEvent
    from ..doors.door import Door

Result = TypeVar("Result")


class AsyncExchange(Protocol):
    """``Exchange`` for a caller with an event loop."""

    delivery: Delivery

    async def head(self) -> ClientResponse: ...
    async def read(self) -> bytes | None: ...
    async def close(self) -> None: ...


class AsyncHost(Protocol):
    """``Host`` for a caller with an event loop."""

    async def start(self) -> None: ...
    async def invoke(self, event: LambdaEvent, door: Door) -> AsyncExchange: ...
    async def stop(self) -> None: ...


class TaskHost:
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

    async def invoke(self, event: LambdaEvent, door: Door) -> AsyncExchange:
        return TaskExchange(self._function, Delivery(door, event, new_context(), self._streams))

    async def stop(self) -> None:
        if self._started:
            self._started = False
            await self._function.shutdown()


class QueueResponder:
    """Puts the answer of an async function into a queue."""

    def __init__(self, delivery: Delivery) -> None:
        # Bounded: whoever reads slowly slows the app down.
        self.queue: asyncio.Queue[Piece | None] = asyncio.Queue(1)
        self.gone = False
        self._delivery = delivery

    @property
    def begun(self) -> bool:
        return self._delivery.begun

    def encode_with(self, encoder: Encoder) -> QueueResponder:
        self._delivery.encode_with(encoder)
        return self

    def on_gone(self, callback: Callable[[], None]) -> None:
        pass  # whoever hangs up here ends the app itself

    async def start(self, status: int, headers: Headers) -> None:
        await self._put(self._delivery.start(status, headers))

    async def body(self, data: bytes) -> None:
        await self._put(self._delivery.body(data))

    async def end(self) -> None:
        await self._put(self._delivery.end())

    async def fail(self, error: Exception) -> None:
        if not (self._delivery.closed or self.gone):
            await self._put(self._delivery.fail(error))

    async def _put(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            if self.gone:
                raise BrokenPipeError("The client has hung up")
            await self.queue.put(piece)


class TaskExchange:
    """One invocation of an async function."""

    def __init__(self, function: AsyncFunction, delivery: Delivery) -> None:
        self.delivery = delivery
        self._function = function
        self._responder = QueueResponder(delivery)
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
        self._responder.gone = True
        if not self.delivery.closed:
            self._task.cancel()
        while not self._responder.queue.empty():
            self._responder.queue.get_nowait()
        await asyncio.wait([self._task])

    async def _get(self) -> Piece | None:
        piece = await self._responder.queue.get()
        if piece is None:
            await self._task
        return piece

    async def _run(self) -> None:
        context = self.delivery.context
        responder = self._responder
        enter_invocation(context, alone=False)
        try:
            await self._function(dumps(self.delivery.event), context, responder.encode_with)
            self.delivery.require_answer()
        except Exception as error:
            if not responder.gone:
                log_failure(error, context.aws_request_id)
                await responder.fail(error)
        finally:
            await responder.queue.put(None)


# Callers of the other colour


class LoopHost:
    """Runs the function of an async host in a thread that has an event loop."""

    def __init__(self, host: AsyncHost) -> None:
        self._host = host
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
        self.wait_for(self._host.start())

    def invoke(self, event: LambdaEvent, door: Door) -> Exchange:
        return LoopExchange(self.wait_for(self._host.invoke(event, door)), self)

    def stop(self) -> None:
        if self._thread is not None:
            self.wait_for(self._host.stop())
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


class LoopExchange:
    """One invocation of an async function, for a caller without an event loop."""

    def __init__(self, exchange: AsyncExchange, host: LoopHost) -> None:
        self.delivery = exchange.delivery
        self._exchange = exchange
        self._host = host

    def head(self) -> ClientResponse:
        return self._host.wait_for(self._exchange.head())

    def read(self) -> bytes | None:
        return self._host.wait_for(self._exchange.read())

    def close(self) -> None:
        self._host.wait_for(self._exchange.close())


class AwaitedHost:
    """Runs the function of a sync host, each wait for it in a thread of asyncio's."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def start(self) -> None:
        await asyncio.to_thread(self._host.start)

    async def invoke(self, event: LambdaEvent, door: Door) -> AsyncExchange:
        return AwaitedExchange(await asyncio.to_thread(self._host.invoke, event, door))

    async def stop(self) -> None:
        await asyncio.to_thread(self._host.stop)


class AwaitedExchange:
    """One invocation of a sync function, for a caller with an event loop."""

    def __init__(self, exchange: Exchange) -> None:
        self.delivery = exchange.delivery
        self._exchange = exchange

    async def head(self) -> ClientResponse:
        return await asyncio.to_thread(self._exchange.head)

    async def read(self) -> bytes | None:
        return await asyncio.to_thread(self._exchange.read)

    async def close(self) -> None:
        await asyncio.to_thread(self._exchange.close)
