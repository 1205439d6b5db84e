"""A function in this process as Lambda would run it, without a socket: an event in, what the client gets out."""

from __future__ import annotations

import contextvars
import threading
import time
import uuid
from collections import deque
from typing import TYPE_CHECKING, Protocol

from ..._delivery import Failure
from ..._runtime.logs import log_failure
from ..._values.codec import dumps
from ..._values.context import LambdaContext, enter_invocation
from ..doors.caller import ANONYMOUS, Caller
from ..doors.client import ClientResponse
from .client_view import ClientView, Piece

if TYPE_CHECKING:
    from ..._delivery import Part
    from ..._types import SyncFunction
    from ..._values.request import LambdaEvent
    from ..doors.door import Door

_TIMEOUT = 30  # in seconds, as the context tells it; nothing ends an invocation here
_ARN = "arn:aws:lambda:us-east-1:123456789012:function:local"


def new_context(caller: Caller = ANONYMOUS) -> LambdaContext:
    """The context of a new invocation. Raises ConfigurationError."""
    client_context, w3c = caller.client()
    return LambdaContext(
        str(uuid.uuid4()),
        int((time.time() + _TIMEOUT) * 1000),
        _ARN,
        client_context=client_context,
        tenant_id=caller.tenant_id,
        w3c=w3c,
    )


class LocalInvocation(Protocol):
    """One invocation, as its client sees it: ``head``, then ``read`` until there is None, and ``close`` in any case."""

    view: ClientView

    def head(self) -> ClientResponse: ...
    def read(self) -> bytes | None: ...
    def close(self) -> None: ...


class Runner(Protocol):
    """Runs a function, between ``start``, which may be called again, and ``stop``."""

    def start(self) -> None: ...
    def invoke(self, event: LambdaEvent, door: Door, context: LambdaContext) -> LocalInvocation: ...
    def stop(self) -> None: ...


class ThreadRunner:
    """Runs a function in the caller's own thread, or in one for each invocation where responses stream."""

    def __init__(self, function: SyncFunction, streams: bool) -> None:
        self._function = function
        self._streams = streams

    def start(self) -> None:
        pass

    def invoke(self, event: LambdaEvent, door: Door, context: LambdaContext) -> LocalInvocation:
        invocation = ThreadInvocation(self._function, ClientView(door, event, context, self._streams))
        invocation.start(self._streams)
        return invocation

    def stop(self) -> None:
        pass


class Pipe:
    """Hands over what one thread puts to another that gets. Where it is ``bounded``, the first waits for the second."""

    def __init__(self, bounded: bool) -> None:
        self._bounded = bounded
        self._pieces: deque[Piece | None] = deque()
        self._changed = threading.Condition()
        self.closed = False

    def put(self, piece: Piece) -> None:
        """Raises BrokenPipeError once the reader has hung up."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or not (self._bounded and self._pieces))
            if self.closed:
                raise BrokenPipeError("The client has hung up")
            self._add(piece)

    def end(self) -> None:
        with self._changed:
            self._add(None)

    def get(self) -> Piece | None:
        """None at the end, and where the reader itself has closed the pipe."""
        with self._changed:
            self._changed.wait_for(lambda: self._pieces or self.closed)
            self._changed.notify_all()
            return self._pieces.popleft() if self._pieces else None

    def close(self) -> None:
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _add(self, piece: Piece | None) -> None:
        self._pieces.append(piece)
        self._changed.notify_all()


class PipeReply:
    """Puts the reply of a sync function into a pipe."""

    def __init__(self, view: ClientView, pipe: Pipe) -> None:
        self._view = view
        self._pipe = pipe
        self.encode_with = view.encode_with

    @property
    def begun(self) -> bool:
        return self._view.begun

    @property
    def closed(self) -> bool:  # pragma: no cover  # asked for where an app is interrupted, which no thread is
        return self._view.closed

    @property
    def gone(self) -> bool:
        return self._pipe.closed

    def send(self, *parts: Part) -> None:
        for piece in self._view.pieces(*parts):
            self._pipe.put(piece)


class ThreadInvocation:
    """One invocation of a sync function."""

    def __init__(self, function: SyncFunction, view: ClientView) -> None:
        self.view = view
        self._function = function
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def start(self, own_thread: bool) -> None:
        self._pipe = Pipe(bounded=own_thread)
        run = contextvars.copy_context().run
        if own_thread:
            # A daemon: an app that waits for what never comes must not keep the process from ending.
            self._thread = threading.Thread(target=run, args=(self._run_quietly,), name="invocation", daemon=True)
            self._thread.start()
        else:
            run(self._run)
            self._pipe.end()

    def head(self) -> ClientResponse:
        head = self._get()
        assert isinstance(head, ClientResponse)
        return head

    def read(self) -> bytes | None:
        piece = self._get()
        assert not isinstance(piece, ClientResponse)
        return piece

    def close(self) -> None:
        """Waits until the app has noticed, which it does at its next chunk, but not for ever."""
        self._pipe.close()
        # The garbage collector may find a response in the thread of its own app.
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(self.view.context.get_remaining_time_in_millis() / 1000)

    def _get(self) -> Piece | None:
        piece = self._pipe.get()
        if piece is None and self._error is not None:
            raise self._error
        return piece

    def _run_quietly(self) -> None:
        try:
            self._run()
        except BaseException as error:
            self._error = error  # SystemExit and its like: the caller gets it instead of a response
        finally:
            self._pipe.end()

    def _run(self) -> None:
        context = self.view.context
        reply = PipeReply(self.view, self._pipe)
        enter_invocation(context, alone=False)
        try:
            self._function(dumps(self.view.event), context, reply)
            self.view.require_end()
        except Exception as error:
            if not reply.gone:
                log_failure(error, context.aws_request_id)
                reply.send(Failure(error))
