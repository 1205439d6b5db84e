"""The loop on blocking sockets, for what needs no event loop: in the main thread, or in as many threads as invocations
may run at once, one connection each."""

from __future__ import annotations

import logging
import sys
import threading
import time
from contextvars import copy_context
from typing import TYPE_CHECKING

from .._apps import END_HANDLERS, Interruption, announce_end, error_of
from .._delivery import Failure
from .._values.context import enter_invocation
from ..errors import RuntimeAPIError
from .client import Invocation, Reply, RuntimeClient, keep_freed_memory
from .logs import log_failure
from .start import GRACE, Environment, before_first_poll
from .sync_connection import SyncConnection

if TYPE_CHECKING:
    import queue
    import signal
    from concurrent.futures import Future

    from .._delivery import Part
    from .._types import SyncFunction
    from .._values.config import Config
    from .client import APIAnswer
    from .hooks import SyncHooks

else:
    # What the module signal wraps in enumerations: to make those takes 0.4 ms, a twentieth of this package's start.
    import _signal as signal

_logger = logging.getLogger("lambda_http_adapter")


class Stop(Interruption):
    """SIGTERM has come."""


def run(environment: Environment, function: SyncFunction, hooks: SyncHooks | None, config: Config) -> None:
    """Serve invocations until the environment ends. Exits with 1 where it can't go on."""
    keep_freed_memory()
    held = before_first_poll(environment, config, function, None)
    pollers = [Poller(environment, function, hooks, number) for number in range(environment.concurrency)]
    pollers[0].asked_early = environment.take_early_answer()
    signals = Signals(pollers)
    try:
        _serve(environment, pollers, signals)
    except Stop:
        signals.ignore()  # it may have come before the signals were ignored
    finally:
        if hooks is not None:
            hooks.shutdown()
        del held
    if signals.interrupted:
        sys.exit(130)


def _serve(environment: Environment, pollers: list[Poller], signals: Signals) -> None:
    """Raises Stop: a signal may come while something else ends the loop, too."""
    try:
        signals.listen()
        if environment.alone:
            pollers[0].run()
        else:
            _run_threads(pollers)
    except RuntimeAPIError as error:
        _logger.critical("%s", error)
        sys.exit(1)
    finally:
        signals.ignore()  # the shutdown hook gets all the time that is left


class Signals:
    """What SIGTERM does, and Ctrl-C: an idle poller stops at once, the invocation in flight has GRACE seconds."""

    def __init__(self, pollers: list[Poller]) -> None:
        self._pollers = pollers
        self.interrupted = False
        """By Ctrl-C: the exit code says so."""

    def listen(self) -> None:
        """From now on a signal raises Stop, and may do so in here."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)

    def ignore(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _stop(self, number: int, frame: object) -> None:
        for poller in self._pollers:
            poller.stopping = True
            poller.abandoned = poller.idle
        self.interrupted = number == signal.SIGINT
        # A second one says nothing new. It may be on its way already: Python complains of one that is ignored by then.
        signal.signal(signal.SIGTERM, _heard)
        signal.signal(signal.SIGINT, _heard)
        signal.setitimer(signal.ITIMER_REAL, 0)
        announce_end()
        if self._pollers[0].idle or len(self._pollers) > 1:
            raise Stop
        # The timer is free: Lambda's own end comes before any deadline.
        signal.signal(signal.SIGALRM, _raise_stop)
        signal.setitimer(signal.ITIMER_REAL, GRACE)


END_HANDLERS.add(Signals._stop.__code__)


def _raise_stop(*_: object) -> None:
    raise Stop


def _heard(*_: object) -> None:
    """A handler for what says nothing new."""


def _run_threads(pollers: list[Poller]) -> None:
    """Raises RuntimeAPIError once no poller is left."""
    # Not join(): a thread that a signal interrupts in it counts as ended ever after.
    import queue

    ended: queue.SimpleQueue[None] = queue.SimpleQueue()
    threads = [threading.Thread(target=poller.run_quietly, args=[ended], daemon=True) for poller in pollers]
    try:
        for thread in threads:
            thread.start()
        for _ in threads:
            ended.get()
    except Stop:
        deadline = time.monotonic() + GRACE
        for poller, thread in zip(pollers, threads, strict=True):
            if not poller.idle:
                thread.join(max(0, deadline - time.monotonic()))
        raise
    raise RuntimeAPIError("No poller is left")


class Poller:
    """One copy of the loop."""

    def __init__(self, environment: Environment, function: SyncFunction, hooks: SyncHooks | None, number: int) -> None:
        """``number``: counts the pollers of this process."""
        self._alone = environment.alone
        self._several = environment.several
        self._turn = environment.share.turn(number) if environment.share is not None else 0
        self._client = RuntimeClient(environment.authority, not self._several)
        self._connection = SyncConnection(environment.authority)
        self._function = function
        self._hooks = hooks
        self.asked_early: Future[APIAnswer] | None = None
        self.idle = True
        self.stopping = False
        self.abandoned = False
        """It waited when the signal came: what it is handed now is not begun, because nobody waits for its end."""

    def run(self) -> None:
        try:
            if self._turn:
                time.sleep(self._turn)
            while not self.stopping:
                invocation = self._next()
                self.idle = False
                if self.abandoned:
                    break
                # In a context of its own: what the app puts in a ContextVar must not be there for the next client.
                copy_context().run(self._serve, invocation)
                self.idle = True  # before the look at `stopping`: from here on a signal raises Stop
        finally:
            self._connection.close()

    def run_quietly(self, ended: queue.SimpleQueue[None]) -> None:
        """``run`` for a thread: what ends it is logged, and the others go on."""
        try:
            self.run()
        except RuntimeAPIError as error:
            _logger.error("A poller ended: %s", error)
        finally:
            ended.put(None)

    def _next(self) -> Invocation:
        """Ask for an invocation, again after a failure and where there was none. Raises RuntimeAPIError."""
        while True:
            try:
                early, self.asked_early = self.asked_early, None
                if early is None:
                    self._connection.send(self._client.next)
                    answer = self._connection.answer()
                else:
                    answer = early.result()
                invocation = self._client.invocation(answer)
            except RuntimeAPIError as error:
                time.sleep(self._client.wait_after_failure(error))
            else:
                if invocation is not None:
                    return invocation
                time.sleep(self._client.wait_after_nothing())

    def _serve(self, invocation: Invocation) -> None:
        reply = SocketReply(self._client, invocation, self._connection)
        context = None
        try:
            context = invocation.begin(self._alone)
            if self._hooks is not None:
                self._hooks.start(context)
            self._function(invocation.event, context, reply)
            reply.require_end()
        except BaseException as raised:
            error = error_of(raised, not self._several)
            log_failure(error, invocation.request_id)
            reply.fail(error)
        try:
            self._client.settle(self._connection.answer(), self._connection.resent)
        except RuntimeAPIError as error:
            self._client.lost_reply(error)
        if context is not None and self._hooks is not None:
            self._hooks.end(context)
        enter_invocation(None, self._alone)


class SocketReply(Reply):
    """A reply that is written as the app makes it. Its receipt is the loop's to read, not the app's."""

    def __init__(self, client: RuntimeClient, invocation: Invocation, connection: SyncConnection) -> None:
        super().__init__(client, invocation)
        self._connection = connection

    def send(self, *parts: Part) -> None:
        """Raises OSError once the Runtime API reads no more of it."""
        buffers = self.buffers(*parts)
        if not buffers:
            return
        try:
            if self.begun:
                self._connection.write(buffers, self.closed)
            else:
                self._connection.send(buffers)
        except OSError:
            self.gone = True
            if isinstance(parts[-1], Failure):
                return  # the loop reports it; the app's error has nowhere to go
            raise
        if self.refused:
            self.gone = True
            raise BrokenPipeError("The response can't be delivered")

    def fail(self, error: Exception) -> None:
        """End the reply for a function that has raised, unless it has ended."""
        if not (self.closed or self.gone):
            self.send(Failure(error))
