"""Any callable as a Lambda function: its event decoded, its result sent.

https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

from __future__ import annotations

import inspect
import itertools
import logging
import threading
from typing import TYPE_CHECKING

from .._delivery.results import Stream, StreamEncoder, WholeEncoder, async_blocks, blocks, content_type_of, is_stream
from .._values.codec import dumps
from ..errors import AppError, ResultError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._types import Encoder, Responder, SyncResponder
    from .._values.config import Config
    from .._values.context import LambdaContext
    from .plan import Plan

    Respond = Callable[[Encoder], SyncResponder]
    AsyncRespond = Callable[[Encoder], Responder]

_logger = logging.getLogger("lambda_http_adapter")

_RAISED_LATE = "The handler raised before its result was complete"
_EXPIRED = "The handler was ended: the invocation's deadline is near"


class PlainFunction:
    """A handler without an event loop."""

    def __init__(self, plan: Plan, config: Config) -> None:
        self._plan = plan
        self._config = config

    def __call__(self, payload: object, context: LambdaContext | None, respond: Respond) -> None:
        """Raises what the handler raises; once its answer has begun, that is in the responder's hands."""
        seconds = _seconds_left(context, self._config)
        # Only the main thread can be interrupted. The late answer of another will be refused, and that is all.
        if seconds is None or threading.current_thread() is not threading.main_thread():
            self._run(payload, context, respond)
        else:
            self._run_with_alarm(payload, context, respond, seconds)

    def _run_with_alarm(self, payload: object, context: LambdaContext | None, respond: Respond, seconds: float) -> None:
        from .deadline_sync import Alarm, AlarmProofResponder, alarm

        responder: SyncResponder | None = None

        def respond_undisturbed(encoder: Encoder) -> SyncResponder:
            nonlocal responder
            responder = AlarmProofResponder(respond(encoder))
            return responder

        try:
            with alarm(seconds):
                self._run(payload, context, respond_undisturbed)
        except Alarm:
            if responder is None:
                raise AppError(f"{_EXPIRED}.") from None
            responder.fail(AppError(f"{_EXPIRED}."))

    def _run(self, payload: object, context: LambdaContext | None, respond: Respond) -> None:
        result = self._plan.call(self._plan.decode(_bytes(payload)), context)
        if inspect.isawaitable(result):
            raise ResultError(
                "The handler returned an awaitable, and there is no event loop: make it `async def`, and "
                "what is wrapped around it as well."
            )
        if is_stream(result):
            _send(result, respond)
            return
        responder = respond(WholeEncoder(result))
        responder.start(200, [])
        responder.end()


def _send(stream: Stream, respond: Respond) -> None:
    chunks = blocks(stream)
    try:
        first = next(chunks, b"")  # what fails before there is a byte is an error like any other
        responder = respond(StreamEncoder(content_type_of(stream)))
        responder.start(200, [])
        try:
            for chunk in itertools.chain((first,), chunks):
                responder.body(chunk)
            responder.end()
        except Exception as error:
            if not responder.gone:
                _logger.error(_RAISED_LATE, exc_info=error)
                responder.fail(error)
    finally:
        if hasattr(stream, "close"):
            stream.close()


class AsyncPlainFunction:
    """A handler on an event loop. A sync one will do, and the loop waits for it."""

    def __init__(self, plan: Plan, config: Config) -> None:
        self._plan = plan
        self._config = config

    async def startup(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def __call__(self, payload: object, context: LambdaContext | None, respond: AsyncRespond) -> None:
        """Raises what the handler raises; once its answer has begun, that is in the responder's hands."""
        seconds = _seconds_left(context, self._config)
        if seconds is None:
            await self._run(payload, context, respond)
        else:
            await self._run_with_timeout(payload, context, respond, seconds)

    async def _run_with_timeout(
        self, payload: object, context: LambdaContext | None, respond: AsyncRespond, seconds: float
    ) -> None:
        import asyncio

        responder: Responder | None = None

        def respond_and_remember(encoder: Encoder) -> Responder:
            nonlocal responder
            responder = respond(encoder)
            return responder

        timeout = asyncio.timeout(seconds)
        try:
            async with timeout:
                await self._run(payload, context, respond_and_remember)
        except TimeoutError:
            if not timeout.expired():
                raise
            if responder is None:
                raise AppError(f"{_EXPIRED}.") from None
            await responder.fail(AppError(f"{_EXPIRED}."))

    async def _run(self, payload: object, context: LambdaContext | None, respond: AsyncRespond) -> None:
        result = self._plan.call(self._plan.decode(_bytes(payload)), context)
        if inspect.isawaitable(result):
            result = await result
        if is_stream(result):
            await _send_async(result, respond)
            return
        responder = respond(WholeEncoder(result))
        await responder.start(200, [])
        await responder.end()


async def _send_async(stream: Stream, respond: AsyncRespond) -> None:
    chunks = async_blocks(stream)
    try:
        first = await anext(chunks, b"")
        responder = respond(StreamEncoder(content_type_of(stream)))
        await responder.start(200, [])
        try:
            await responder.body(first)
            async for chunk in chunks:
                await responder.body(chunk)
            await responder.end()
        except Exception as error:
            if not responder.gone:
                _logger.error(_RAISED_LATE, exc_info=error)
                await responder.fail(error)
    finally:
        if hasattr(stream, "aclose"):
            await stream.aclose()
        elif hasattr(stream, "close"):
            stream.close()


def _bytes(payload: object) -> bytes:
    """An event that AWS's runtime has decoded is encoded once more: the annotation may ask for bytes."""
    return payload if isinstance(payload, bytes) else dumps(payload)


def _seconds_left(context: LambdaContext | None, config: Config) -> float | None:
    if config.deadline_margin_ms is None:
        return None
    from .exchange import seconds_left  # which brings the front doors along

    return seconds_left(context, config)
