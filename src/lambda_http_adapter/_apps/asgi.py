"""One HTTP exchange through one ASGI app.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from .._delivery.encoders import require_valid
from ..errors import AppError, MalformedEventError, ProtocolError
from .arity import arity
from .asgi_lifespan import Lifespan, NoLifespan
from .exchange import Exchange, open_exchange, seconds_left
from .interruption import error_of, is_cancellation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Literal

    from .._types import ASGIApp, Encoder, Message, Responder, Scope, SingleCallable
    from .._values.config import Config
    from .._values.context import LambdaContext
    from .._values.request import Headers, HTTPRequest
    from .handler import AsyncPlainFunction
    from .on_event import EventHandlers

    State = Literal["REQUEST", "RESPONSE", "COMPLETE"]

_logger = logging.getLogger("lambda_http_adapter")


class ASGIFunction:
    """An ASGI app as a Lambda function: events in, answers out, one lifespan around them all."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app = single_callable(app)
        self._config = config
        self._lifespan = NoLifespan() if config.lifespan == "off" else Lifespan(self._app, config.lifespan == "on")
        self._on_event = _event_handlers(config) if config.on_event is not None else None

    async def startup(self) -> None:
        await self._lifespan.startup()

    async def shutdown(self) -> None:
        await self._lifespan.shutdown()

    async def __call__(
        self, payload: object, context: LambdaContext | None, respond: Callable[[Encoder], Responder]
    ) -> None:
        """Raises EventError before ``respond`` is called; after that the answer is in the responder's hands."""
        if self._on_event is not None:
            event, function = self._on_event.route(payload)
            if function is not None:
                await function(payload, context, respond)
                return
            payload = event
        exchange = open_exchange(payload, context, self._config)
        responder = respond(exchange.encoder)
        if isinstance(exchange.request, MalformedEventError):
            _logger.warning("Answered 400: %s", exchange.request)
            await _answer(responder, 400, str(exchange.request))
            return
        if self._config.access_log:
            from .access_log import AccessResponder

            responder = AccessResponder(responder, exchange.request)
        cycle = Cycle(exchange.request.body, responder)
        scope = build_scope(exchange, exchange.request, self._lifespan.state.copy())
        seconds = seconds_left(context, self._config)
        if seconds is None:
            await cycle.run(self._app, scope)
            return
        from .deadline_async import Deadline

        async with Deadline(seconds, cycle.expire_early) as deadline:
            await cycle.run(self._app, scope)
        if deadline.expired:
            await cycle.expire()


def _event_handlers(config: Config) -> EventHandlers[AsyncPlainFunction]:
    from .handler import AsyncPlainFunction
    from .on_event import EventHandlers

    return EventHandlers(config, AsyncPlainFunction)


def build_scope(exchange: Exchange, request: HTTPRequest, state: dict[str, object]) -> Scope:
    origin = exchange.origin.name
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
        "extensions": {
            "aws.lambda": {"event": exchange.event, "context": exchange.context, "request_origin": origin},
        },
        "aws.event": exchange.event,
        "aws.context": exchange.context,
        "aws.request_origin": origin,
    }


# Where the app is in its answer: no head yet, then the body, then nothing more.
_EXPECTED = {
    "REQUEST": "'http.response.start'",
    "RESPONSE": "'http.response.body'",
    "COMPLETE": "no message",
}

# How an app can end badly: by raising or by returning, in each state. What the client gets follows from whether a byte
# of the answer is out; the sentence is for the log.
_RAISED = {
    "REQUEST": "The ASGI app raised before its response started",
    "RESPONSE": "The ASGI app raised before its response was complete",
    "COMPLETE": "The ASGI app raised after its response was complete",
}
_RETURNED = {
    "REQUEST": "The ASGI app returned without starting a response",
    "RESPONSE": "The ASGI app returned without completing its response",
}


_EXPIRED = "The app was cancelled: the invocation's deadline is near"

# Understood and not announced: a middleware that changes bodies and has never heard of them would break the response.
_PATHSEND = "http.response.pathsend"
_ZEROCOPYSEND = "http.response.zerocopysend"
# No front door has a place for them.
_IGNORED = ("http.response.trailers", "http.response.early_hint", "http.response.debug")


class Cycle:
    """The app's side of one request: its ``receive`` and ``send``, and what becomes of how it ends."""

    def __init__(self, body: bytes, responder: Responder) -> None:
        self._state: State = "REQUEST"
        self._body: bytes | None = body
        self._responder = responder
        self._head: tuple[int, Headers] | None = None
        self._completed: asyncio.Event | None = None

    async def run(self, app: SingleCallable, scope: Scope) -> None:
        try:
            await app(scope, self.receive, self.send)
        except asyncio.CancelledError as cancelled:
            if is_cancellation(cancelled):
                raise
            await self._fail(_RAISED[self._state], error_of(cancelled))
        except Exception as error:
            await self._fail(_RAISED[self._state], error)
        else:
            if self._state != "COMPLETE":
                await self._fail(_RETURNED[self._state], ProtocolError(_RETURNED[self._state]))

    async def receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        # The client can't be seen to leave; an app that waits for it must not spin.
        if self._state != "COMPLETE" and not self._responder.gone:
            self._completed = self._completed or asyncio.Event()
            self._responder.on_gone(self._completed.set)
            await self._completed.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if self._responder.gone:
            raise BrokenPipeError("The Runtime API ended the response")
        kind = message["type"]
        if kind == "http.response.start" and self._state == "REQUEST":
            self._head = _head(message)
            self._state = "RESPONSE"
        elif kind == "http.response.body" and self._state == "RESPONSE":
            data = _bytes(message.get("body", b""), "body of 'http.response.body'")
            await self._send_body(data, bool(message.get("more_body")))
        elif kind in (_PATHSEND, _ZEROCOPYSEND) and self._state == "RESPONSE":
            from .asgi_files import file_blocks, path_blocks

            for block in path_blocks(message) if kind == _PATHSEND else file_blocks(message):
                await self._send_body(block, True)
            await self._send_body(b"", kind != _PATHSEND and bool(message.get("more_body")))
        elif kind in _IGNORED:
            _logger.debug("Ignored %r: no front door of Lambda has a place for it", kind)
        else:
            raise ProtocolError(f"Expected {_EXPECTED[self._state]} in state {self._state}, got {kind!r}.")

    async def _send_body(self, data: bytes, more: bool) -> None:
        try:
            # The spec holds the head back until the first body message: until then a crash can still be a clean 500.
            if self._head is not None:
                head, self._head = self._head, None
                await self._responder.start(*head)
            if data:
                await self._responder.body(data)
            if not more:
                self._complete()
                await self._responder.end()
        except OSError:
            if self._responder.gone:
                self._complete()
            raise

    async def expire_early(self) -> None:
        """Lambda is about to end the invocation. The app may be sending its head, or a piece of a body, just now."""
        sending = self._head is None and self._state == "RESPONSE"
        if not self._responder.begun and not sending:
            await self.expire()

    async def expire(self) -> None:
        """Lambda is about to end the invocation, and the app has been or will be cancelled."""
        if self._state == "COMPLETE":
            return
        _logger.error("%s", _EXPIRED)
        await self._end(504, "Gateway Timeout", AppError(f"{_EXPIRED}."))

    async def _fail(self, sentence: str, error: Exception) -> None:
        if self._responder.gone:
            return  # what the loop has to say of that is the reason; the app's error only follows from it
        raised = None if isinstance(error, ProtocolError) and str(error) == sentence else error
        _logger.error("%s", sentence, exc_info=raised)
        await self._end(500, "Internal Server Error", error)

    async def _end(self, status: int, text: str, error: Exception) -> None:
        if self._state == "COMPLETE":
            return
        self._complete()
        if self._responder.begun:
            await self._responder.fail(error)
        else:
            await _answer(self._responder, status, text)

    def _complete(self) -> None:
        self._state = "COMPLETE"
        if self._completed is not None:
            self._completed.set()


_HEADERS = "headers of 'http.response.start'"


def _head(message: Message) -> tuple[int, Headers]:
    status = message.get("status")
    if not isinstance(status, int):
        raise ProtocolError(f"Expected an int as status of 'http.response.start', got {status!r}.")
    headers: Headers = []
    for name, value in cast("Iterable[tuple[object, object]]", message.get("headers", ())):
        headers.append((_bytes(name, _HEADERS), _bytes(value, _HEADERS)))
    return int(status), require_valid(headers)


def _bytes(value: object, place: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    raise ProtocolError(f"Expected bytes in the {place}, got {type(value).__name__}.")


async def _answer(responder: Responder, status: int, text: str) -> None:
    await responder.start(status, [(b"content-type", b"text/plain; charset=utf-8")])
    await responder.body(text.encode())
    await responder.end()


def single_callable(app: ASGIApp) -> SingleCallable:
    """``app`` itself, or an ASGI 2 app (``app(scope)(receive, send)``) in the shape of ASGI 3.

    Raises ConfigurationError for what is neither.
    """
    if arity(app) == 3:
        return cast("SingleCallable", app)
    from .importer import require_app, required_parameters

    if required_parameters(app) != 1:
        require_app(app, 3, "an ASGI app, which is called with (scope, receive, send)")
        return cast("SingleCallable", app)
    from asgiref.compatibility import guarantee_single_callable

    return cast("SingleCallable", guarantee_single_callable(app))  # type: ignore[no-untyped-call]
