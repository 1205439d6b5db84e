"""Any callable as a Lambda function: its event decoded, its result sent.

https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

from __future__ import annotations

import inspect
import itertools
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, cast

from .._delivery import END, Failure
from .._delivery.results import Stream, StreamEncoder, WholeEncoder, async_blocks, blocks, content_type_of, is_stream
from .._values.codec import dumps
from ..errors import AppError, ConfigurationError, EventError, ResultError
from . import seconds_left
from .annotations import is_data_class, payload_decoder
from .signature import Role, Signature, is_async, name_of, signature_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._delivery import AsyncReply, SyncReply
    from .._types import Layer
    from .._values.config import Config
    from .._values.context import LambdaContext

Call = Callable[[object, "LambdaContext | None"], object]


_logger = logging.getLogger("lambda_http_adapter")

_RAISED_LATE = "The handler raised before its result was complete"
_EXPIRED = "The handler was ended: the invocation's deadline is near"


class PreparedHandler(NamedTuple):
    """``call(decode(payload), context)`` returns the handler's result, or an awaitable of it."""

    call: Call
    decode: Callable[[bytes], object]
    is_async: bool
    name: str


def prepare(handler: object, layers: Sequence[Layer] = ()) -> PreparedHandler:
    """How to call ``handler``, a function or an object with ``invoke``. The first of ``layers`` is the outermost.

    Raises ConfigurationError if it can't be called with an event, or its event can't be decoded as it asks for.
    """
    if isinstance(handler, type):
        raise ConfigurationError(f"{handler.__qualname__} is a class; a handler is an instance of it, or a function.")
    function = handler if callable(handler) else getattr(handler, "invoke", None)
    if not callable(function):
        raise ConfigurationError(f"Expected a function, or an object with invoke(payload, context), got {handler!r}.")
    signature = _DURABLE if _is_durable(function) else signature_of(function)
    decode = _decoder(function, signature, has_invoke=function is not handler)
    call = _called_with(function, signature.roles)
    for layer in reversed(layers):
        call = cast("Callable[[Call], Call]", layer)(call)
        if is_async(call) and not signature.is_async:
            raise ConfigurationError(
                f"The layer {name_of(layer)} is async, and the handler {name_of(function)} is not."
            )
    return PreparedHandler(call, decode, signature.is_async, name_of(function).removesuffix("()"))


# https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
_DURABLE = Signature(("event", "context"), None, is_async=False)
_DURABLE_SDK = "aws_durable_execution_sdk_python."


def _is_durable(function: Callable[..., object]) -> bool:
    """Whether AWS's Durable Execution SDK decorates the handler. The event is the state of the execution then; what
    the decorated function's annotation is about is somewhere in it."""
    try:
        return _is_of_durable_sdk(inspect.unwrap(function, stop=_is_of_durable_sdk))
    except ValueError:  # it wraps itself
        return False


def _is_of_durable_sdk(function: object) -> bool:
    # Not by its __module__, which functools.wraps replaces.
    return inspect.isfunction(function) and f"{function.__globals__.get('__name__')}.".startswith(_DURABLE_SDK)


def _called_with(function: Callable[..., object], roles: tuple[Role, ...]) -> Call:
    """``function`` with the arguments (event, context), of which it gets those of ``roles``."""
    match roles:
        case ("event", "context"):
            return function
        case ("context", "event"):
            return lambda event, context: function(context, event)
        case ("event",):
            return lambda event, context: function(event)
        case ("context",):
            return lambda event, context: function(context)
    return lambda event, context: function()


def _decoder(function: object, signature: Signature, has_invoke: bool) -> Callable[[bytes], object]:
    """What decodes the event.

    without an event       nothing: any payload is accepted
    invoke(payload, …)     bytes, unless it is annotated
    any other handler      the annotated type, or JSON
    decorated              JSON for a data class of Powertools, and for a type that JSON can't become
    """
    if "event" not in signature.roles:
        return _ignore
    if has_invoke and signature.event is None:
        return payload_decoder(bytes)
    # A decorator may take the event as JSON and convert it to the annotated type itself, as Powertools' do.
    is_decorated = hasattr(function, "__wrapped__")
    if is_decorated and is_data_class(signature.event):
        return payload_decoder(None)
    try:
        return payload_decoder(signature.event)
    except ConfigurationError:
        if is_decorated:
            return payload_decoder(None)
        raise


def _ignore(payload: bytes) -> object:
    return None


def prepare_sync(handler: object) -> PreparedHandler:
    """``prepare`` for a handler of ``on_event`` beside a WSGI app. Raises ConfigurationError for an async one too."""
    prepared = prepare(handler)
    if prepared.is_async:
        raise ConfigurationError(
            "A handler of on_event is async, and a WSGI app has no event loop: make it a plain `def`."
        )
    return prepared


class HandlerFunction:
    """A handler without an event loop."""

    def __init__(self, handler: PreparedHandler, config: Config) -> None:
        self._handler = handler
        self._config = config

    def __call__(self, payload: object, context: LambdaContext | None, reply: SyncReply) -> None:
        """Raises what the handler raises until its result has begun."""
        if not self._config.access_log:
            self._serve(payload, context, reply)
            return
        from .access_log import CountedReply, HandlerLine

        with HandlerLine(self._handler.name) as line:
            self._serve(payload, context, CountedReply(reply, line))

    def _serve(self, payload: object, context: LambdaContext | None, reply: SyncReply) -> None:
        margin = self._config.deadline_margin_ms
        seconds = None if margin is None else seconds_left(context, margin)
        # Only the main thread can be interrupted. The late reply of another is refused, and that is all.
        if seconds is None or threading.current_thread() is not threading.main_thread():
            self._run(payload, context, reply, reply.send)
            return
        from .deadline_sync import Deadline, Expired

        deadline = Deadline(seconds)
        try:
            with deadline:
                self._run(payload, context, reply, deadline.after(reply.send))
        except Expired:
            if reply.begun:
                reply.send(Failure(AppError(f"{_EXPIRED}.")))
            elif not reply.closed:
                raise AppError(f"{_EXPIRED}.") from None

    def _run(self, payload: object, context: LambdaContext | None, reply: SyncReply, send: Callable[..., None]) -> None:
        result = self._handler.call(self._handler.decode(_bytes(payload)), context)
        if inspect.isawaitable(result):
            raise ResultError(
                "The handler returned an awaitable, and there is no event loop: make it `async def`, and "
                "what is wrapped around it as well."
            )
        if is_stream(result):
            _send(result, reply, send)
        else:
            reply.encode_with(WholeEncoder(result))
            send(END)


def _send(stream: Stream, reply: SyncReply, send: Callable[..., None]) -> None:
    chunks = blocks(stream)
    try:
        first = next(chunks, b"")  # what fails before there is a byte is an error like any other
        reply.encode_with(StreamEncoder(content_type_of(stream)))
        try:
            for chunk in itertools.chain((first,), chunks):
                send(chunk)
            send(END)
        except Exception as error:
            if not reply.gone:
                _logger.error(_RAISED_LATE, exc_info=error)
                send(Failure(error))
    finally:
        if hasattr(stream, "close"):
            stream.close()


class AsyncHandlerFunction:
    """A handler on an event loop. A sync one will do, and the loop waits for it."""

    def __init__(self, handler: PreparedHandler, config: Config) -> None:
        self._handler = handler
        self._config = config

    async def startup(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def __call__(self, payload: object, context: LambdaContext | None, reply: AsyncReply) -> None:
        """Raises what the handler raises until its result has begun."""
        if not self._config.access_log:
            await self._serve(payload, context, reply)
            return
        from .access_log import AsyncCountedReply, HandlerLine

        with HandlerLine(self._handler.name) as line:
            await self._serve(payload, context, AsyncCountedReply(reply, line))

    async def _serve(self, payload: object, context: LambdaContext | None, reply: AsyncReply) -> None:
        margin = self._config.deadline_margin_ms
        seconds = None if margin is None else seconds_left(context, margin)
        if seconds is None:
            await self._run(payload, context, reply)
            return
        import asyncio

        timeout = asyncio.timeout(seconds)
        try:
            async with timeout:
                await self._run(payload, context, reply)
        except TimeoutError:
            if not timeout.expired():
                raise
            if reply.begun:
                await reply.send(Failure(AppError(f"{_EXPIRED}.")))
            elif not reply.closed:
                raise AppError(f"{_EXPIRED}.") from None

    async def _run(self, payload: object, context: LambdaContext | None, reply: AsyncReply) -> None:
        result = self._handler.call(self._handler.decode(_bytes(payload)), context)
        if inspect.isawaitable(result):
            result = await result
        if is_stream(result):
            await _send_async(result, reply)
        else:
            reply.encode_with(WholeEncoder(result))
            await reply.send(END)


async def _send_async(stream: Stream, reply: AsyncReply) -> None:
    chunks = async_blocks(stream)
    try:
        first = await anext(chunks, b"")
        reply.encode_with(StreamEncoder(content_type_of(stream)))
        try:
            await reply.send(first)
            async for chunk in chunks:
                await reply.send(chunk)
            await reply.send(END)
        except Exception as error:
            if not reply.gone:
                _logger.error(_RAISED_LATE, exc_info=error)
                await reply.send(Failure(error))
    finally:
        if hasattr(stream, "aclose"):
            await stream.aclose()
        elif hasattr(stream, "close"):
            stream.close()


def _bytes(payload: object) -> bytes:
    """An event that AWS's runtime has decoded is encoded once more: the annotation may ask for bytes."""
    if isinstance(payload, bytes):
        return payload
    try:
        return dumps(payload)
    except (RecursionError, TypeError, ValueError) as error:
        raise EventError(f"The event can't be encoded as JSON: {error}.") from error
