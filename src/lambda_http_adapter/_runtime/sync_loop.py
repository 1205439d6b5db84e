"""The loop on blocking sockets, for what needs no event loop: in the main thread, or in as many threads as invocations
may run at once, one connection each."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from contextvars import copy_context
from typing import TYPE_CHECKING

from .._apps.interruption import Interruption, error_of
from .._values.context import enter_invocation
from ..errors import ProtocolError, RuntimeAPIError
from . import extension
from .client import Buffers, Reply, RuntimeClient, keep_freed_memory
from .environment import ATTEMPTS, backoff, export_trace, pause
from .hooks import Hooks, call
from .logs import log_failure
from .sync_connection import Connection

if TYPE_CHECKING:
    import queue
    import signal
    from collections.abc import Callable

    from .._types import Encoder, SyncResponder
    from .._values.context import LambdaContext
    from .._values.request import Headers
    from .environment import Environment
    from .invocation import Invocation

    SyncFunction = Callable[[object, LambdaContext | None, Callable[[Encoder], SyncResponder]], None]

else:
    # What the module signal wraps in enumerations: to make those takes 0.4 ms, a twentieth of this package's start.
    import _signal as signal

_logger = logging.getLogger("lambda_http_adapter")


class Stop(Interruption):
    """SIGTERM has come."""


def run(environment: Environment, function: SyncFunction, hooks: Hooks, graceful: bool) -> None:
    """Serve invocations until the environment ends. Exits with 1 where it can't go on."""
    keep_freed_memory()
    held = extension.announce(environment.authority) if graceful else None
    if environment.snap_start:
        from .snapstart import snapshot

        snapshot(environment.authority)
        held = held and held.renewed()
    pollers = [Poller(environment, function, hooks) for _ in range(environment.concurrency)]
    signal.signal(signal.SIGTERM, lambda *_: _stop(pollers))
    try:
        with contextlib.suppress(Stop):
            pollers[0].run() if len(pollers) == 1 else _run_threads(pollers)
    except RuntimeAPIError as error:
        _logger.critical("%s", error)
        sys.exit(1)
    finally:
        # What is left of the time belongs to the shutdown.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0)
        call(hooks.on_shutdown)


def _stop(pollers: list[Poller]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one says nothing new
    for poller in pollers:
        poller.stopping = True
    if pollers[0].idle or len(pollers) > 1:
        raise Stop
    # The invocation in flight has this long. The alarm clock is free: nobody ends the app before Lambda any more.
    signal.signal(signal.SIGALRM, _raise_stop)
    signal.setitimer(signal.ITIMER_REAL, extension.GRACE)


def _raise_stop(*_: object) -> None:
    raise Stop


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
        deadline = time.monotonic() + extension.GRACE
        for poller, thread in zip(pollers, threads, strict=True):
            if not poller.idle:
                thread.join(max(0, deadline - time.monotonic()))
        raise
    raise RuntimeAPIError("No poller is left")


class Poller:
    """One copy of the loop."""

    def __init__(self, environment: Environment, function: SyncFunction, hooks: Hooks) -> None:
        self._client = RuntimeClient(environment.authority)
        self._connection = Connection(environment.authority)
        self._concurrent = environment.concurrent
        self._function = function
        self._hooks = hooks
        self.idle = True
        self.stopping = False

    def run(self) -> None:
        try:
            while not self.stopping:
                self.idle = True
                invocation = self._next()
                self.idle = False
                # In a context of its own: what the app puts in a ContextVar must not be there for the next client.
                copy_context().run(self._invoke, invocation)
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
        empty = failures = 0
        while True:
            try:
                self._connection.send(self._client.next())
                invocation = self._client.invocation(self._connection.answer())
            except RuntimeAPIError as error:
                failures += 1
                # The only poller has nothing to wait for: Lambda starts a new environment sooner than this recovers.
                if not self._concurrent or failures == ATTEMPTS:
                    raise
                _logger.warning("%s. Asking again", error)
                time.sleep(backoff(failures))
            else:
                if invocation is not None:
                    return invocation
                empty += 1
                time.sleep(pause(empty))

    def _invoke(self, invocation: Invocation) -> None:
        responder: ReplyResponder | None = None

        def respond(encoder: Encoder) -> SyncResponder:
            nonlocal responder
            responder = ReplyResponder(self._connection, self._client.reply(invocation, encoder))
            return responder

        context = None
        try:
            context = invocation.context()
            enter_invocation(context, alone=not self._concurrent)
            if not self._concurrent:
                export_trace(invocation.trace_id)
            call(self._hooks.on_invocation_start, context)
            self._function(invocation.event, context, respond)
            if responder is None or not responder.ended:
                raise ProtocolError("The function returned without an answer.")
        except BaseException as raised:
            error = error_of(raised, alone=not self._concurrent)
            log_failure(error, invocation.request_id)
            if responder is not None:
                responder.fail(error)
            else:
                self._connection.send(self._client.error(invocation, error))
        self._settle()
        if context is not None:
            call(self._hooks.on_invocation_end, context)
        enter_invocation(None, alone=not self._concurrent)

    def _settle(self) -> None:
        try:
            self._client.settle(self._connection.answer(), self._connection.resent)
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
        self.gone = False

    @property
    def begun(self) -> bool:
        return self._reply.begun

    @property
    def ended(self) -> bool:
        return self._reply.closed or self.gone

    def start(self, status: int, headers: Headers) -> None:
        self._write(self._reply.start(status, headers))
        if self._reply.closed:
            self.gone = True
            raise BrokenPipeError("The response can't be delivered")

    def body(self, data: bytes) -> None:
        self._write(self._reply.body(data))

    def end(self) -> None:
        self._write(self._reply.end())

    def fail(self, error: Exception) -> None:
        if not self.ended:
            try:
                self._write(self._reply.fail(error))
            except OSError:
                pass  # nobody takes the trailers either

    def _write(self, buffers: Buffers) -> None:
        if not buffers:
            return
        try:
            if self._reply.begun:
                self._connection.write(buffers, self._reply.closed)
            else:
                self._connection.send(buffers)
        except OSError:
            self.gone = True
            raise
