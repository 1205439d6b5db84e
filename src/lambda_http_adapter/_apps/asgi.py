"""One HTTP exchange through one ASGI app.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from .. import _apps
from .._delivery import END, Failure, Head
from .._delivery.encoders import require_valid
from .._values.context import current_scope
from ..errors import AppError, MalformedEventError, ProtocolError
from . import LEAVING, Interruption, error_of, is_cancellation, seconds_left, send_last_async
from .asgi_lifespan import Lifespan, NoLifespan
from .exchange import Exchange, WarmUpPing, arity, mounted_config, open_exchange

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import Literal

    from .._delivery import AsyncReply, Part
    from .._types import ASGIApp, AsyncFunction, Message, Scope, SingleCallable
    from .._values.config import Config
    from .._values.context import LambdaContext
    from .._values.request import Headers

    State = Literal["REQUEST", "RESPONSE", "COMPLETE"]
    Send = Callable[..., Awaitable[None]]

_logger = logging.getLogger("lambda_http_adapter")


def asgi_function(app: ASGIApp, config: Config) -> AsyncFunction:
    """``app``, and the handlers of ``on_event`` beside it. Raises ConfigurationError for what is neither."""
    if config.hook_paths():
        from .hook_paths import with_hook_origin

        config = with_hook_origin(config)
    function: AsyncFunction = ASGIFunction(app, config)
    if config.on_event is not None:
        from .handler import AsyncHandlerFunction, prepare
        from .on_event import AsyncEventRouter

        function = AsyncEventRouter(function, lambda handler: AsyncHandlerFunction(prepare(handler), config), config)
    return _apps.traced_async(function, config)


class ASGIFunction:
    """An ASGI app as a Lambda function: events in, responses out, one lifespan around them all."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app = single_callable(app)
        self._config = mounted_config(app, config)
        if config.hook_paths():
            from .hook_paths import GuardedASGI

            self._app = GuardedASGI(self._app, config.hook_paths())
        self._lifespan = NoLifespan() if config.lifespan == "off" else Lifespan(self._app, config.lifespan == "on")

    async def startup(self) -> None:
        await self._lifespan.startup()

    async def shutdown(self) -> None:
        await self._lifespan.shutdown()

    async def __call__(self, payload: object, context: LambdaContext | None, reply: AsyncReply) -> None:
        """Raises EventError where there is no front door to answer; any other error becomes a part of the reply."""
        try:
            exchange = open_exchange(payload, context, self._config, reply)
        except MalformedEventError as error:
            await reply.send(*_page(error.status, str(error)))
            return
        except WarmUpPing:
            await reply.send(Head(200, []), END)
            return
        send: Send = reply.send
        if self._config.access_log:
            from .access_log import log_async

            send = log_async(send, exchange.request)
        cycle = Cycle(exchange.request.body, reply, send, exchange.streams)
        scope = build_scope(exchange, self._lifespan.state.copy())
        current_scope.set(scope)
        margin = self._config.deadline_margin_ms
        if margin is None:
            await cycle.run(self._app, scope)
        else:
            await cycle.run_until(seconds_left(context, margin), self._app, scope)


def build_scope(exchange: Exchange, state: dict[str, object]) -> Scope:
    request = exchange.request
    event, context, origin = exchange.event, exchange.context, exchange.origin
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": request.http_version,
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path,
        "raw_path": request.raw_path,
        "query_string": request.query_string,
        "root_path": request.root_path,
        "headers": request.headers,
        "client": request.client,
        "server": request.server,
        "state": state,
        "extensions": {"aws.lambda": {"event": event, "context": context, "request_origin": origin}},
        "aws.event": event,
        "aws.context": context,
        "aws.request_origin": origin,
    }


# Where the app is in its response: no head yet, then the body, then nothing more.
_EXPECTED = {
    "REQUEST": "'http.response.start'",
    "RESPONSE": "'http.response.body'",
    "COMPLETE": "no message",
}

# How an app can end badly: by raising or by returning, in each state. What the client gets follows from whether a byte
# of the answer is out; the sentence is for the log.
_RAISED = {
    "REQUEST": "Exception in ASGI application before its response started",
    "RESPONSE": "Exception in ASGI application before its response was complete",
    "COMPLETE": "Exception in ASGI application after its response was complete",
}
_RETURNED = {
    "REQUEST": "The ASGI app returned without starting a response",
    "RESPONSE": "The ASGI app returned without completing its response",
}


# Seconds that a streamed head waits for the first bytes of the body. uvicorn doesn't wait at all.
_HEAD_PATIENCE = 0.05

_EXPIRED = "The app was cancelled: the invocation's deadline is near"

# Understood but not announced: a middleware that changes bodies and doesn't know them would break the response.
_PATHSEND = "http.response.pathsend"
_ZEROCOPYSEND = "http.response.zerocopysend"
# No front door has a place for them.
_IGNORED = ("http.response.trailers", "http.response.early_hint", "http.response.debug")


class Cycle:
    """The app's side of one request: its ``receive`` and ``send``, and what becomes of how it ends."""

    def __init__(self, body: bytes, reply: AsyncReply, send: Send, streams: bool) -> None:
        """``send`` is the reply's, or a function around it."""
        self._state: State = "REQUEST"
        self._body: bytes | None = body
        self._reply = reply
        self._reply_send = send
        self._streams = streams
        self._head: Head | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._early_head: asyncio.Task[None] | None = None
        self._completed: asyncio.Event | None = None
        self._expired = False

    async def run_until(self, seconds: float | None, app: SingleCallable, scope: Scope) -> None:
        """``run``, ended with a 504 after so many ``seconds``; None is as long as the app takes."""
        if seconds is None:
            await self.run(app, scope)
            return
        from .deadline_async import Deadline

        async with Deadline(seconds, self._expire_early) as deadline:
            await self.run(app, scope)
        if deadline.expired:
            await self._expire()

    async def run(self, app: SingleCallable, scope: Scope) -> None:
        try:
            await app(scope, self.receive, self.send)
        except asyncio.CancelledError as cancelled:
            if is_cancellation(cancelled):
                raise
            await self._fail(_RAISED[self._state], error_of(cancelled))
        except (*LEAVING, GeneratorExit, Interruption):
            raise  # whether they end the process is the loop's to say
        except BaseException as raised:
            await self._fail(_RAISED[self._state], error_of(raised))
        else:
            if self._state != "COMPLETE":
                await self._fail(_RETURNED[self._state], ProtocolError(_RETURNED[self._state]))

    async def receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        # Lambda doesn't say when a client leaves. An app that waits for that must not spin.
        if self._state != "COMPLETE" and not self._reply.gone:
            if self._completed is None:
                self._completed = asyncio.Event()
            self._reply.on_gone(self._completed.set)
            await self._completed.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if self._reply.gone:
            await asyncio.sleep(0)  # an app that goes on sending must let the loop go on as well
            raise BrokenPipeError("The Runtime API ended the response")
        kind = message["type"]
        if kind == "http.response.body" and self._state == "RESPONSE":
            data = message.get("body", b"")
            if not isinstance(data, bytes):
                data = _bytes(data, "body of 'http.response.body'")
            await self._send_body(data, bool(message.get("more_body")))
        elif kind == "http.response.start" and self._state == "REQUEST":
            self._head = _head(message)
            self._state = "RESPONSE"
            if self._streams:
                self._patience = asyncio.get_running_loop().call_later(_HEAD_PATIENCE, self._send_head_early)
        elif kind in (_PATHSEND, _ZEROCOPYSEND) and self._state == "RESPONSE":
            await self._send_file(message)
        elif kind in _IGNORED:
            _logger.debug("Ignored %r: no front door of Lambda has a place for it", kind)
        else:
            raise ProtocolError(f"Expected {_EXPECTED[self._state]} in state {self._state}, got {kind!r}.")

    async def _send_body(self, data: bytes, more: bool) -> None:
        parts: list[Part] = []
        # The spec holds the head back until the first body message: until then a crash can still be a clean 500.
        if self._head is not None:
            parts.append(self._head)
            self._head = None
        if data:
            parts.append(data)
        if not more:
            parts.append(END)
            self._state = "COMPLETE"
        if not parts:
            return
        try:
            await self._reply_send(*parts)
        except OSError:
            self._complete()  # the client is gone
            raise
        if not more:
            self._complete()  # not before the last bytes have left: until then nothing is to be cancelled

    def _send_head_early(self) -> None:
        """The app is silent: clients of an event stream wait for its head, some with a lock in their hands."""
        if self._head is not None:
            self._early_head = asyncio.create_task(self._send_alone())

    async def _send_alone(self) -> None:
        # Until this task has its turn the app may have sent a body, with the head in front of it.
        if self._head is not None and self._state == "RESPONSE":
            head, self._head = self._head, None
            try:
                await self._reply_send(head)
            except OSError:
                pass  # the app's next send() raises it

    async def _send_file(self, message: Message) -> None:
        from .asgi_files import file_blocks, path_blocks

        is_path = message["type"] == _PATHSEND
        for block in path_blocks(message) if is_path else file_blocks(message):
            await self._send_body(block, True)
        await self._send_body(b"", not is_path and bool(message.get("more_body")))

    async def _expire_early(self) -> None:
        """Lambda is about to end the invocation. The app may be sending its head, or a piece of a body, just now."""
        self._expired = True
        sending = self._head is None and self._state == "RESPONSE"
        if not self._reply.begun and not sending:
            await self._expire()

    async def _expire(self) -> None:
        """Lambda is about to end the invocation, and the app has been or will be cancelled."""
        if self._state != "COMPLETE":
            _logger.error("%s", _EXPIRED)
            await self._end(504, "Gateway Timeout", AppError(f"{_EXPIRED}."))

    async def _fail(self, sentence: str, error: Exception) -> None:
        if self._reply.gone:
            return  # the loop logs the reason; the app's error only follows from it
        if self._expired:
            _logger.debug("%s", sentence, exc_info=error)  # it follows from the deadline
            return
        if watch := _apps.failure_watch.get():
            watch(error)
        raised = None if isinstance(error, ProtocolError) and str(error) == sentence else error
        _logger.error("%s", sentence, exc_info=raised)
        if self._state != "COMPLETE":
            await self._end(500, "Internal Server Error", error)

    async def _end(self, status: int, text: str, error: Exception) -> None:
        self._complete()
        parts = (Failure(error),) if self._reply.begun else _page(status, text)
        await send_last_async(self._reply, self._reply_send, *parts)

    def _complete(self) -> None:
        self._state = "COMPLETE"
        if self._patience is not None:
            self._patience.cancel()  # it holds the event and the response
        if self._completed is not None:
            self._completed.set()


_HEADERS = "headers of 'http.response.start'"


def _head(message: Message) -> Head:
    status = message.get("status")
    if not isinstance(status, int) or isinstance(status, bool):
        raise ProtocolError(f"Expected an int as status of 'http.response.start', got {status!r}.")
    headers: Headers = []
    for name, value in cast("Iterable[tuple[object, object]]", message.get("headers", ())):
        if type(name) is bytes and type(value) is bytes:
            headers.append((name, value))
        else:
            headers.append((_bytes(name, _HEADERS), _bytes(value, _HEADERS)))
    return require_valid(int(status), headers)


def _bytes(value: object, place: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    raise ProtocolError(f"Expected bytes in the {place}, got {type(value).__name__}.")


def _page(status: int, text: str) -> tuple[Part, ...]:
    return Head(status, [(b"content-type", b"text/plain; charset=utf-8")]), text.encode(), END


def single_callable(app: ASGIApp) -> SingleCallable:
    """``app`` itself, or an ASGI 2 app (``app(scope)(receive, send)``) in the shape of ASGI 3.

    Raises ConfigurationError for what is neither.
    """
    if arity(app) == 3:
        return cast("SingleCallable", app)
    from .kind import require_app, required_parameters

    if required_parameters(app) != 1:
        require_app(app, 3, "an ASGI app, which is called with (scope, receive, send)")
        return cast("SingleCallable", app)
    try:
        from asgiref.compatibility import guarantee_single_callable
    except ModuleNotFoundError as error:
        from .left_out import left_out

        raise left_out("asgiref", "An ASGI 2 app needs") from error
    return cast("SingleCallable", guarantee_single_callable(app))  # type: ignore[no-untyped-call]
