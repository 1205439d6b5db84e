"""The loop on asyncio: as many copies of it as invocations may run at once, one connection each."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import TYPE_CHECKING, Protocol

from .._apps.interruption import error_of
from .._values.context import enter_invocation
from ..errors import ProtocolError, RuntimeAPIError
from . import extension
from .async_connection import Connection
from .client import Buffers, Reply, RuntimeClient, keep_freed_memory
from .environment import ATTEMPTS, backoff, export_trace, pause
from .hooks import Hooks, call_async
from .logs import log_failure
from .start import fail_init

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._types import Encoder, Responder
    from .._values.context import LambdaContext
    from .._values.request import Headers
    from .environment import Environment
    from .invocation import Invocation

_logger = logging.getLogger("lambda_http_adapter")


class AsyncFunction(Protocol):
    """What the loop drives."""

    async def startup(self) -> None: ...
    async def shutdown(self) -> None: ...
    async def __call__(
        self, payload: object, context: LambdaContext | None, respond: Callable[[Encoder], Responder]
    ) -> None: ...


def run(environment: Environment, function: AsyncFunction, hooks: Hooks, graceful: bool) -> None:
    """Serve invocations until the environment ends. Exits with 1 where it can't start or go on."""
    keep_freed_memory()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        if environment.concurrent:
            from concurrent.futures import ThreadPoolExecutor

            # The default pool has a few threads per core: invocations that each wait for one would wait for each other.
            runner.get_loop().set_default_executor(ThreadPoolExecutor(environment.concurrency + 4))
        try:
            runner.run(function.startup())
        except Exception as error:
            fail_init(environment.authority, error)
        held = extension.announce(environment.authority) if graceful else None
        if environment.snap_start:
            from .snapstart import snapshot

            snapshot(environment.authority)
            held = held and held.renewed()
        loop = Loop(environment, function, hooks)
        try:
            runner.run(loop.run())
        except RuntimeAPIError as error:
            _logger.critical("%s", error)
            sys.exit(1)
        finally:
            # A SystemExit in a task of the app's own comes out of the event loop, and leaves everything as it was.
            loop.end()
            runner.run(function.shutdown())
            runner.run(call_async(hooks.on_shutdown))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        from uvloop import new_event_loop
    except ImportError:
        return None
    return new_event_loop


class Loop:
    """All pollers, and the signal that ends them."""

    def __init__(self, environment: Environment, function: AsyncFunction, hooks: Hooks) -> None:
        self._pollers = [Poller(environment, function, hooks) for _ in range(environment.concurrency)]
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Raises RuntimeAPIError once no poller is left; what ended the others before is logged."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGTERM, self._stop)
        self._overtime = self._loop.create_future()
        self._tasks = [asyncio.create_task(poller.run()) for poller in self._pollers]
        ended = asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.wait([ended, self._overtime], return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            return  # an app has swallowed its cancellation, and the little time that is left belongs to the shutdown
        expected = asyncio.CancelledError if self._pollers[0].stopping else ()
        errors = [result for result in ended.result() if result is not None and not isinstance(result, expected)]
        for error in errors[:-1]:
            _logger.error("A poller ended: %s", str(error) or repr(error))
        if errors:
            raise errors[-1]

    def end(self) -> None:
        """No poller asks again, whatever it does just now."""
        for poller, task in zip(self._pollers, self._tasks, strict=False):
            poller.stopping = True
            task.cancel()

    def _stop(self) -> None:
        for poller, task in zip(self._pollers, self._tasks, strict=True):
            poller.stopping = True
            if poller.idle:
                task.cancel()
            else:
                self._loop.call_later(extension.GRACE, task.cancel)
        self._loop.call_later(extension.GRACE + 0.05, self._overtime.cancel)


class Poller:
    """One copy of the loop."""

    def __init__(self, environment: Environment, function: AsyncFunction, hooks: Hooks) -> None:
        self._client = RuntimeClient(environment.authority)
        self._connection = Connection(environment.authority)
        self._concurrent = environment.concurrent
        self._function = function
        self._hooks = hooks
        self.idle = True
        self.stopping = False

    async def run(self) -> None:
        self._ask()
        try:
            while not self.stopping:
                # A task of its own, as servers have it: what the app puts in a ContextVar, or cancels, ends with it.
                left = await asyncio.create_task(self._serve())
                if left is not None:
                    raise left
        finally:
            self._connection.close()

    def _ask(self) -> None:
        self.idle = True
        self._connection.send(self._client.next())

    async def _next(self) -> Invocation:
        """The invocation that was asked for; asks again after a failure, and where there was none."""
        empty = failures = 0
        while True:
            try:
                invocation = self._client.invocation(await self._connection.answer())
            except RuntimeAPIError as error:
                failures += 1
                # The only poller has nothing to wait for: Lambda starts a new environment sooner than this recovers.
                if not self._concurrent or failures == ATTEMPTS:
                    raise
                _logger.warning("%s. Asking again", error)
                await asyncio.sleep(backoff(failures))
            else:
                if invocation is not None:
                    self.idle = False
                    return invocation
                empty += 1
                await asyncio.sleep(pause(empty))
            self._ask()

    async def _serve(self) -> SystemExit | None:
        """Serve one invocation and ask for another: before the next task has its turn, that one may be here.

        Gives back what ends the process: raised in a task, it would come out of the event loop twice.
        """
        invocation = await self._next()
        responder: ReplyResponder | None = None

        def respond(encoder: Encoder) -> Responder:
            nonlocal responder
            responder = ReplyResponder(self._connection, self._client.reply(invocation, encoder))
            return responder

        context = None
        try:
            context = invocation.context()
            enter_invocation(context, alone=not self._concurrent)
            if not self._concurrent:
                export_trace(invocation.trace_id)
            await call_async(self._hooks.on_invocation_start, context)
            await self._function(invocation.event, context, respond)
            if responder is None or not responder.ended:
                raise ProtocolError("The function returned without an answer.")
        except BaseException as raised:
            if self.stopping and isinstance(raised, asyncio.CancelledError):
                raise
            if isinstance(raised, SystemExit) and not self._concurrent:
                return raised
            error = error_of(raised, alone=False)
            log_failure(error, invocation.request_id)
            if responder is not None:
                await responder.fail(error)
            else:
                self._connection.send(self._client.error(invocation, error))
        await self._settle()
        if context is not None:
            await call_async(self._hooks.on_invocation_end, context)
        enter_invocation(None, alone=not self._concurrent)
        if not self.stopping:
            self._ask()
        return None

    async def _settle(self) -> None:
        try:
            self._client.settle(await self._connection.answer(), self._connection.resent)
        except RuntimeAPIError as error:
            # Alone, the next poll would bring the same event again. One of several loses this answer and nothing else.
            if not self._concurrent:
                raise
            _logger.error("%s", error)


class ReplyResponder:
    """Writes a Reply to the connection as the app makes it. What becomes of it is the loop's to read, not the app's."""

    def __init__(self, connection: Connection, reply: Reply) -> None:
        self._connection = connection
        self._reply = reply
        self._on_gone: Callable[[], None] | None = None
        self.gone = False

    def on_gone(self, callback: Callable[[], None]) -> None:
        """``callback`` learns of an answer, or of a lost connection, that comes before the end of a stream."""
        self._on_gone = callback

    @property
    def begun(self) -> bool:
        return self._reply.begun

    @property
    def ended(self) -> bool:
        return self._reply.closed or self.gone

    async def start(self, status: int, headers: Headers) -> None:
        if self._connection.lost:
            await self._reconnect()
        if part := self._reply.start(status, headers):
            await self._write(part)
        if self._reply.closed:
            self.gone = True
            raise BrokenPipeError("The response can't be delivered")

    async def body(self, data: bytes) -> None:
        if part := self._reply.body(data):
            await self._write(part)

    async def end(self) -> None:
        await self._write(self._reply.end())

    async def fail(self, error: Exception) -> None:
        if not self.ended:
            try:
                await self._write(self._reply.fail(error))
            except OSError:
                pass  # nobody takes the trailers either

    async def _reconnect(self) -> None:
        """Before the first byte: what has begun can't be sent again on another connection."""
        try:
            await self._connection.renew()
        except OSError:
            self.gone = True
            raise

    async def _write(self, buffers: Buffers) -> None:
        if not buffers:
            return
        try:
            if self._reply.begun:
                await self._connection.write(buffers, self._reply.closed, self._answered)
                # An app that only ever sends must let the loop look, and then read: the answer may come before its end.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            else:
                self._connection.send(buffers)
            await self._connection.drain()
        except OSError:
            self.gone = True
            raise

    def _answered(self) -> None:
        if not self._reply.closed:
            self.gone = True
            if self._on_gone is not None:
                self._on_gone()
