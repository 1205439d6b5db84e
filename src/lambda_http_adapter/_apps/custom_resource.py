"""A CloudFormation custom resource: what its handler returns or raises is PUT to the event's ResponseURL.

CloudFormation waits an hour for an answer that doesn't come, so there is always one, a time-out included.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-responses.html
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from typing import TYPE_CHECKING, Any, cast

from .._delivery import END, Failure
from .._delivery.kept import AsyncKept, Kept, SyncKept
from .._delivery.results import WholeEncoder
from .._values.codec import loads
from ..errors import AppError, ResultError
from . import attempt, error_of, is_cancellation, seconds_left

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .._delivery import AsyncReply, Encoder, Part, SyncReply
    from .._types import SyncFunction
    from .._values.context import LambdaContext
    from .._values.request import LambdaEvent

    Function = Callable[[object, LambdaContext | None, AsyncReply], Awaitable[None]]

_logger = logging.getLogger("lambda_http_adapter")

_MARGIN_MS = 2000  # for the PUT, before Lambda ends the invocation
_FIELDS = frozenset({"PhysicalResourceId", "Data", "NoEcho"})
_LIMIT = 4096  # bytes of an answer
_REASON = 1000  # bytes of its reason
_IDENTIFIER = 1024  # bytes of the resource's
_PUT_TIMEOUT = 10  # seconds


class CustomResource:
    """The function of a handler for the key ``cloudformation``. A macro's event has no ResponseURL and is its own."""

    def __init__(self, function: SyncFunction) -> None:
        self._function = function

    def __call__(self, payload: object, context: LambdaContext | None, reply: SyncReply) -> None:
        """Raises AppError where the answer doesn't arrive: Lambda tries the event again."""
        event = _resource_event(payload)
        if event is None:
            self._function(payload, context, reply)
            return
        with _Answer(event, context) as answer:
            kept = _ResultReply()
            try:
                self._function(payload, context, kept)
            except BaseException as raised:
                answer.fail(error_of(raised, alone=False))
            else:
                answer.end(kept)
        reply.encode_with(WholeEncoder(None))
        reply.send(END)


class AsyncCustomResource:
    """The same on an event loop."""

    def __init__(self, function: Function) -> None:
        self._function = function

    async def __call__(self, payload: object, context: LambdaContext | None, reply: AsyncReply) -> None:
        event = _resource_event(payload)
        if event is None:
            await self._function(payload, context, reply)
            return
        with _Answer(event, context) as answer:
            kept = _AsyncResultReply()
            try:
                await self._function(payload, context, kept)
            except BaseException as raised:
                if is_cancellation(raised):
                    raise
                await asyncio.to_thread(answer.fail, error_of(raised, alone=False))
            else:
                await asyncio.to_thread(answer.end, kept)
        reply.encode_with(WholeEncoder(None))
        await reply.send(END)


def _resource_event(payload: object) -> LambdaEvent | None:
    event = loads(payload) if isinstance(payload, bytes) else payload
    return cast("LambdaEvent", event) if isinstance(event, dict) and "ResponseURL" in event else None


class _Answer:
    """The one answer to CloudFormation: the handler's, or that it took too long."""

    def __init__(self, event: LambdaEvent, context: LambdaContext | None) -> None:
        self._event = event
        self._context = context
        self._lock = threading.Lock()
        self._given = False
        self._timer: threading.Timer | None = None

    def __enter__(self) -> _Answer:
        seconds = seconds_left(self._context, _MARGIN_MS)
        if seconds is not None:
            # A thread of its own: the handler may neither return nor let anything else run.
            self._timer = threading.Timer(seconds, self._expire)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def end(self, kept: _Result) -> None:
        """What the handler has returned. Raises AppError if it doesn't arrive."""
        try:
            fields = kept.fields()
        except Exception as error:
            self.fail(error)
        else:
            self._give("SUCCESS", fields)

    def fail(self, error: Exception) -> None:
        """Raises AppError if it doesn't arrive."""
        _logger.error("The custom resource's handler failed", exc_info=error)
        text = attempt(lambda: str(error), "")
        self._give("FAILED", {"Reason": _shortened(f"{type(error).__name__}: {text}")})

    def _expire(self) -> None:
        _logger.error("The custom resource's handler takes too long: the invocation's deadline is near")
        try:
            self._give("FAILED", {"Reason": "The handler took too long: the invocation's deadline is near."})
        except AppError as error:
            _logger.critical("%s", error)

    def _give(self, status: str, fields: dict[str, Any]) -> None:
        with self._lock:
            if self._given:
                return
            body = self._body(status, fields)
            if len(body) > _LIMIT:
                reason = f"The handler's answer has {len(body)} bytes; CloudFormation takes {_LIMIT}."
                _logger.error("%s", reason)
                # The resource exists: CloudFormation's request to delete it has to name it.
                identifier = str(fields.get("PhysicalResourceId", ""))
                kept = identifier if len(json.dumps(identifier)) <= _IDENTIFIER else None
                body = self._body("FAILED", {"PhysicalResourceId": kept, "Reason": reason})
            _put(cast("str", self._event["ResponseURL"]), body)
            self._given = True  # behind what may raise: a handler that ends after its time may still get through

    def _body(self, status: str, fields: dict[str, Any]) -> bytes:
        event = self._event
        identifier = (
            fields.get("PhysicalResourceId")
            or event.get("PhysicalResourceId")
            or getattr(self._context, "log_stream_name", None)
            or event.get("RequestId")
        )
        answer = {
            "Status": status,
            "StackId": event.get("StackId"),
            "RequestId": event.get("RequestId"),
            "LogicalResourceId": event.get("LogicalResourceId"),
            **fields,
            "PhysicalResourceId": identifier,
        }
        return json.dumps(answer, separators=(",", ":")).encode()


def _shortened(reason: str) -> str:
    """A character can take twelve bytes in JSON."""
    reason = reason[:_REASON]
    while len(json.dumps(reason)) > _REASON + len('""'):
        reason = reason[: len(reason) * 3 // 4]
    return reason


def _put(url: str, body: bytes) -> None:
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    # The signature of the URL covers an empty Content-Type.
    request = Request(url, body, {"Content-Type": ""}, method="PUT")  # CloudFormation's own URL
    try:
        urlopen(request, timeout=_PUT_TIMEOUT).close()
    except (OSError, ValueError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise AppError(f"CloudFormation was not answered: {error}") from error


class _Result(Kept):
    """The result of the handler."""

    def __init__(self) -> None:
        self._encoder: Encoder | None = None
        self._data = b""

    def encode_with(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def keep(self, parts: tuple[Part, ...]) -> None:
        assert self._encoder is not None
        for part in parts:
            if isinstance(part, Failure):
                raise part.error
            self._data += b"".join(self._encoder.encode(part))

    def fields(self) -> dict[str, Any]:
        """Raises ResultError for what is not a part of an answer."""
        result = loads(self._data)
        if result is None:
            return {}
        if not isinstance(result, dict) or not result.keys() <= _FIELDS:
            raise ResultError(
                "The handler of a custom resource returns None, or a dict of PhysicalResourceId, Data and NoEcho; it "
                f"returned {self._data[:100].decode(errors='replace')}."
            )
        return result


class _ResultReply(_Result, SyncKept): ...


class _AsyncResultReply(_Result, AsyncKept): ...
