"""The loop on asyncio: as many copies of it as invocations may run at once, one connection each."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from contextvars import copy_context
from typing import TYPE_CHECKING, cast

from .._apps import LEAVING, announce_end, error_of
from .._delivery import Failure
from .._values.context import enter_invocation
from ..errors import RuntimeAPIError
from .async_connection import AsyncConnection
from .client import Invocation, Reply, RuntimeClient, keep_freed_memory
from .logs import log_failure
from .start import GRACE, Environment, before_first_poll

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from .._delivery import Part
    from .._types import AsyncFunction
    from .._values.config import Config
    from .client import APIAnswer
    from .hooks import AsyncHooks

_logger = logging.getLogger("lambda_http_adapter")


def run(environment: Environment, function: AsyncFunction, hooks: AsyncHooks | None, config: Config) -> None:
    """Serve invocations until the environment ends. Exits with 1 where it can't start or go on."""
    keep_freed_memory()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        if not environment.alone:
            from concurrent.futures import ThreadPoolExecutor

            # The default pool has a few threads per core: invocations that each wait for one would wait for each other.
            runner.get_loop().set_default_executor(ThreadPoolExecutor(environment.concurrency + 4))
        try:
            runner.run(function.startup())
        except Exception as error:
            environment.fail_start(error)
        held = before_first_poll(environment, config, function, runner.run)
        event_loop = runner.get_loop()
        pollers = [
            Poller(environment, function, hooks, event_loop, number) for number in range(environment.concurrency)
        ]
        pollers[0].asked_early = environment.take_early_answer()
        loop = Loop(pollers, event_loop, environment.several)
        try:
            loop.run()
        except RuntimeAPIError as error:
            _logger.critical("%s", error)
            sys.exit(1)
        finally:
            loop.end()
            runner.run(function.shutdown())
            if hooks is not None:
                runner.run(hooks.shutdown())
            del held
    loop.exit_on_interrupt()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        from uvloop import new_event_loop
    except ImportError:
        return None
    return new_event_loop


_ENDING = (signal.SIGTERM, signal.SIGINT)


class Loop:
    """All pollers, and the signal that ends them."""

    def __init__(self, pollers: list[Poller], event_loop: asyncio.AbstractEventLoop, several: bool) -> None:
        """``several``: other invocations may be in flight, as ``Environment`` has it."""
        self._pollers = pollers
        self._loop = event_loop
        self._several = several
        self._interrupted = False

    def run(self) -> None:
        """Raises RuntimeAPIError once no poller is left, and what ends the process."""
        pollers = self._loop.create_task(self._run())
        while True:
            try:
                self._loop.run_until_complete(pollers)
                return
            except LEAVING as left:
                # Raised in a task of the app's own, it comes out of the event loop and leaves everything as it was.
                if pollers.done() or not self._several:
                    raise
                _logger.error("A task of the app ended with %r; the other invocations go on", left)

    def exit_on_interrupt(self) -> None:
        """Ctrl-C ends a process as SIGTERM does, but for the exit code."""
        if self._interrupted:
            sys.exit(130)

    async def _run(self) -> None:
        """What ended pollers while others were left is logged."""
        for number in _ENDING:
            self._listen(number)
        self._overtime = self._loop.create_future()
        ended = asyncio.gather(*[poller.start() for poller in self._pollers], return_exceptions=True)
        await asyncio.wait([ended, self._overtime], return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            return  # an app has swallowed its cancellation, and the little time that is left belongs to the shutdown
        expected = asyncio.CancelledError if self._pollers[0].stopping else ()
        errors = [result for result in ended.result() if result is not None and not isinstance(result, expected)]
        for error in errors[:-1]:
            from .error_report import name_of, text_of

            _logger.error("A poller ended: %s", text_of(error) or name_of(error))
        if errors:
            raise errors[-1]

    def _listen(self, number: int) -> None:
        """Stop in the event loop, and announce the end even while the app blocks that loop."""
        self._loop.add_signal_handler(number, self._stop, number)
        of_loop = cast("Callable[..., object]", signal.getsignal(number))

        def handle(*arguments: object) -> None:
            announce_end()
            of_loop(*arguments)

        signal.signal(number, handle)
        signal.siginterrupt(number, False)

    def end(self) -> None:
        """No poller asks again, whatever it does just now, and no signal is listened to."""
        # asyncio leaves a signal that it gives up to the system, which would end the process by it.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        for number in _ENDING:
            self._loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        for poller in self._pollers:
            poller.stopping = True
            poller.cancel()

    def _stop(self, number: int) -> None:
        if self._pollers[0].stopping:
            return  # a second signal says nothing new
        self._interrupted = number == signal.SIGINT
        for poller in self._pollers:
            poller.stopping = True
            if poller.idle:
                poller.cancel()
            else:
                self._loop.call_later(GRACE, poller.cancel)
        self._loop.call_later(GRACE + 0.05, self._overtime.cancel)


class Poller:
    """One copy of the loop."""

    def __init__(
        self,
        environment: Environment,
        function: AsyncFunction,
        hooks: AsyncHooks | None,
        event_loop: asyncio.AbstractEventLoop,
        number: int,
    ) -> None:
        """``number``: counts the pollers of this process."""
        self._alone = environment.alone
        self._several = environment.several
        self._turn = self._wait = 0.0
        if environment.share is not None:
            self._turn = environment.share.turn(number)
            self._wait = environment.share.turn(environment.concurrency) - self._turn
        self._client = RuntimeClient(environment.authority, not self._several)
        self._connection = AsyncConnection(environment.authority)
        self._function = function
        self._hooks = hooks
        self._task: asyncio.Task[None] | None = None
        self._loop = event_loop
        self._context = copy_context()
        self._ended = event_loop.create_future()
        self._ended.add_done_callback(lambda _: self._connection.close())
        self.asked_early: Future[APIAnswer] | None = None
        self.idle = True
        self.stopping = False

    def start(self) -> asyncio.Future[None]:
        """Returns what is done once this poller has ended, with the exception that ended it."""
        self._loop.call_later(self._turn, self._begin)
        return self._ended

    def cancel(self) -> None:
        """Cancel the invocation in flight, or the wait for one."""
        if self._task is not None:
            self._task.cancel()
        if self.idle:
            self._ended.cancel()  # a task that is cancelled before its first turn runs none of its code

    def _begin(self) -> None:
        """Ask for an invocation, and have it served by a task of its own, in a context of its own.

        What an app puts in a ContextVar, or cancels, ends with its invocation, as it does with a server's request.
        """
        if self._ended.done():
            return
        if self.asked_early is None:
            self._ask()
        self._task = self._context.run(self._loop.create_task, self._serve_next())

    def _ask(self) -> None:
        self.idle = True
        self._connection.send(self._client.next)

    async def _next(self) -> Invocation:
        """The invocation that was asked for; asks again after a failure and where there was none.

        Raises RuntimeAPIError.
        """
        while True:
            try:
                early, self.asked_early = self.asked_early, None
                answer = self._connection.answer() if early is None else asyncio.wrap_future(early)
                invocation = self._client.invocation(await answer)
            except RuntimeAPIError as error:
                await asyncio.sleep(self._client.wait_after_failure(error))
            else:
                if invocation is not None:
                    self.idle = False
                    return invocation
                await asyncio.sleep(self._client.wait_after_nothing())
            self._ask()

    async def _serve_next(self) -> None:
        """Serve one invocation and begin the next: a task that awaited all of them would cost a turn of the event loop
        for each. Before the next task has its turn, its invocation may be here.

        One coroutine for all of it: a GeneratorExit that an app awaits closes those that the task's own one awaits.
        """
        try:
            invocation = await self._next()
            if self._wait:
                # An app that blocks the event loop would keep the pollers that haven't polled yet from their turn.
                await asyncio.sleep(self._wait)
                self._wait = 0
            reply = AsyncioReply(self._client, invocation, self._connection)
            context = None
            try:
                context = invocation.begin(self._alone)
                if self._hooks is not None:
                    await self._hooks.start(context)
                await self._function(invocation.event, context, reply)
                reply.require_end()
            except BaseException as raised:
                await self._fail(raised, invocation, reply)
            await self._settle()
            if context is not None and self._hooks is not None:
                try:
                    await self._hooks.end(context)
                except asyncio.CancelledError:
                    self._go_on()
            enter_invocation(None, self._alone)
            if self.stopping:
                self._ended.set_result(None)
            else:
                self._begin()
        except asyncio.CancelledError:
            self._ended.cancel()
            raise
        except BaseException as error:
            if self._is_closed():
                raise
            if not self._ended.done():
                self._ended.set_exception(error)  # raised here, it would come out of the event loop twice

    async def _fail(self, raised: BaseException, invocation: Invocation, reply: AsyncioReply) -> None:
        """Fail the invocation whose app has raised; raises it again where it ends more than that."""
        if self.stopping and isinstance(raised, asyncio.CancelledError):
            raise raised
        if isinstance(raised, GeneratorExit) and self._is_closed():
            raise raised
        if isinstance(raised, LEAVING) and not self._several:
            raise raised
        error = error_of(raised, alone=False)
        log_failure(error, invocation.request_id)
        try:
            await reply.fail(error)
        except asyncio.CancelledError:
            self._go_on()

    async def _settle(self) -> None:
        """Read the receipt of the reply."""
        while True:
            try:
                self._client.settle(await self._connection.answer(), self._connection.resent)
            except RuntimeAPIError as error:
                self._client.lost_reply(error)
            except asyncio.CancelledError:
                self._go_on()
                continue
            return

    def _go_on(self) -> None:
        """Called where a step behind the app's is cancelled; raises CancelledError if the poller is to stop.

        Otherwise an app has cancelled its own task, of which that step is a part, and that ends nothing but the app.
        """
        if self.stopping:
            raise asyncio.CancelledError
        task = asyncio.current_task()
        while task is not None and task.cancelling():
            task.uncancel()

    def _is_closed(self) -> bool:
        """Whether the event loop has thrown this coroutine away: then no code of the app's is what raised."""
        try:
            return asyncio.current_task() is not self._task
        except RuntimeError:
            return True


class AsyncioReply(Reply):
    """A reply that is written as the app makes it. Its receipt is the loop's to read, not the app's."""

    def __init__(self, client: RuntimeClient, invocation: Invocation, connection: AsyncConnection) -> None:
        super().__init__(client, invocation)
        self._connection = connection
        self._leaving = False
        self._on_gone: Callable[[], None] | None = None

    def on_gone(self, callback: Callable[[], None]) -> None:
        """``callback`` learns of an answer, or of a lost connection, that comes before the end of a stream."""
        self._on_gone = callback

    async def send(self, *parts: Part) -> None:
        """Raises OSError once the Runtime API reads no more of it."""
        buffers = self.buffers(*parts)
        if not buffers:
            return
        try:
            if self.begun:
                sent = await self._connection.write(buffers, self.closed, self._answered)
                # An app that only ever sends must let the loop look, and then read: the answer may come before its end.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            else:
                sent = self._connection.send(buffers)
            if not sent:
                self._leaving = True
                await self._connection.drain()
                self._leaving = False
                if self.gone:
                    raise BrokenPipeError("The Runtime API ended the response")
        except OSError:
            self.gone = True
            if isinstance(parts[-1], Failure):
                return  # the loop reports it; the app's error has nowhere to go
            raise
        if self.refused:
            self.gone = True
            raise BrokenPipeError("The response can't be delivered")

    async def fail(self, error: Exception) -> None:
        """End the reply for a function that has raised, unless it has ended."""
        if not (self.closed or self.gone):
            await self.send(Failure(error))

    def _answered(self) -> None:
        if not self.closed or self._leaving:  # else it is the receipt
            self.gone = True
            if self._on_gone is not None:
                self._on_gone()
