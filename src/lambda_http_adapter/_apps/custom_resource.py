"""A CloudFormation custom resource: what its handler returns or raises is PUT to the event's ResponseURL.

CloudFormation waits an hour for an answer that doesn't come, so there is always one: also when the handler takes too
long, and when Lambda ends the environment.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-responses.html
"""

from __future__ import annotations

import asyncio
import json
import logging
import queue
import threading
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from .._delivery import END, Failure
from .._delivery.kept import AsyncKept, Kept, SyncKept
from .._delivery.results import WholeEncoder
from .._values.codec import loads
from ..errors import AppError, ResultError
from . import ON_END, attempt, error_of, is_cancellation, seconds_left

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .._delivery import AsyncReply, Encoder, Part, SyncReply
    from .._types import SyncFunction
    from .._values.context import LambdaContext
    from .._values.request import LambdaEvent

    Function = Callable[[object, LambdaContext | None, AsyncReply], Awaitable[None]]

_logger = logging.getLogger("lambda_http_adapter")

_MARGIN = 2  # seconds for the PUT, before Lambda ends the invocation; half of the time where there isn't twice as much
_FIELDS: dict[str, type] = {"PhysicalResourceId": str, "Data": dict, "NoEcho": bool}
_LIMIT = 4096  # bytes of an answer
_REASON = 1000  # bytes of its reason
_IDENTIFIER = 1024  # bytes of the resource's
_PUT_TIMEOUT = 10  # seconds
_LAST_MOMENT = 0.1  # seconds from SIGTERM to the PUT, which has to be done within the grace period of 0.3


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
                arrived = answer.fail(error_of(raised, alone=False))
            else:
                arrived = answer.end(kept)
            arrived.result()
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
                arrived = answer.fail(error_of(raised, alone=False))
            else:
                arrived = answer.end(kept)
            await asyncio.wrap_future(arrived)
        reply.encode_with(WholeEncoder(None))
        await reply.send(END)


def _resource_event(payload: object) -> LambdaEvent | None:
    event = loads(payload) if isinstance(payload, bytes) else payload
    return cast("LambdaEvent", event) if isinstance(event, dict) and "ResponseURL" in event else None


class _Outcome(NamedTuple):
    """What CloudFormation is told."""

    status: str
    fields: dict[str, Any]


_EXPIRED = _Outcome("FAILED", {"Reason": "The handler took too long: the invocation's deadline is near."})
_ENDING = _Outcome("FAILED", {"Reason": "Lambda ended the execution environment before the handler had finished."})


class _Answer:
    """The one answer to CloudFormation.

    the handler ends            what it returned or raised
    the deadline is near        FAILED; if that doesn't arrive, the handler's own answer is sent later
    the environment ends        FAILED, unless the handler ends within ``_LAST_MOMENT``
    the invocation is cancelled FAILED

    A thread of its own makes the PUT, because handlers may block the event loop and occupy every thread of asyncio's
    pool. Python waits for this thread before it exits.
    """

    def __init__(self, event: LambdaEvent, context: LambdaContext | None) -> None:
        self._event = event
        self._context = context
        # Its put() is reentrant: a signal handler may interrupt one with another.
        self._outcomes: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()
        self._arrived: Future[None] = Future()
        self._arrived.set_running_or_notify_cancel()  # or a cancelled task that waits for it would cancel it

    def __enter__(self) -> _Answer:
        seconds = seconds_left(self._context, 0)
        if seconds is not None:
            seconds -= min(_MARGIN, seconds / 2)
        run = copy_context().run  # log records name the invocation
        # A thread of a daemon's is one too unless it says otherwise, and Python waits for none of those.
        threading.Thread(target=run, args=(self._deliver, seconds), name="custom resource", daemon=False).start()
        ON_END.add(self._leave)
        return self

    def __exit__(self, *_: object) -> None:
        ON_END.discard(self._leave)
        self._leave()

    def _leave(self) -> None:
        self._outcomes.put(_ENDING)

    def end(self, kept: _Result) -> Future[None]:
        """The handler has returned. The future raises AppError if the answer doesn't arrive."""
        try:
            fields = kept.fields()
        except Exception as error:
            return self.fail(error, kept.identifier)
        return self._give("SUCCESS", fields)

    def fail(self, error: Exception, identifier: str | None = None) -> Future[None]:
        """The handler has raised ``error``, or has returned what can't be an answer, with this ``identifier`` of the
        resource. The future raises AppError if the answer doesn't arrive.
        """
        _logger.error("The custom resource's handler failed", exc_info=error)
        text = attempt(lambda: str(error), "")
        reason = _shortened(f"{type(error).__name__}: {text}")
        return self._give("FAILED", {"PhysicalResourceId": identifier, "Reason": reason})

    def _give(self, status: str, fields: dict[str, Any]) -> Future[None]:
        self._outcomes.put(_Outcome(status, fields))
        return self._arrived

    def _deliver(self, seconds: float | None) -> None:
        """``seconds``: until the deadline is near."""
        import urllib.request  # noqa: F401  # while the handler works: an environment that ends has no time for it

        outcome = self._outcome(seconds)
        while True:
            if outcome in (_EXPIRED, _ENDING):
                _logger.error("The custom resource is answered with FAILED: %s", outcome.fields["Reason"])
            try:
                _put(cast("str", self._event["ResponseURL"]), self._fitting(outcome))
            except Exception as error:
                if outcome in (_EXPIRED, _ENDING):
                    _logger.critical("%s", error)
                if outcome is not _EXPIRED:
                    self._arrived.set_exception(error)
                    return
                outcome = self._outcome(None)
            else:
                self._arrived.set_result(None)
                return

    def _outcome(self, seconds: float | None) -> _Outcome:
        """The next outcome, or ``_EXPIRED`` if none comes for so many ``seconds``."""
        try:
            outcome = self._outcomes.get(timeout=seconds)
        except queue.Empty:
            return _EXPIRED
        if outcome is _ENDING:
            with suppress(queue.Empty):
                outcome = self._outcomes.get(timeout=_LAST_MOMENT)
        return outcome

    def _fitting(self, outcome: _Outcome) -> bytes:
        body = self._body(*outcome)
        if len(body) <= _LIMIT:
            return body
        reason = f"The handler's answer has {len(body)} bytes; CloudFormation takes {_LIMIT}."
        _logger.error("%s", reason)
        return self._body("FAILED", {"PhysicalResourceId": outcome.fields.get("PhysicalResourceId"), "Reason": reason})

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

    if not str(url).startswith(("https://", "http://")):  # urllib takes a file for an answer
        raise AppError(f"CloudFormation was not answered: the event's ResponseURL {url!r} is not an HTTP URL.")
    try:
        # The signature of the URL covers an empty Content-Type.
        request = Request(url, body, {"Content-Type": ""}, method="PUT")  # CloudFormation's own URL
        urlopen(request, timeout=_PUT_TIMEOUT).close()
    except (OSError, ValueError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise AppError(f"CloudFormation was not answered: {error}") from error


class _Result(Kept):
    """The result of the handler."""

    identifier: str | None = None
    """The one that the handler gave: also if the rest is no answer, because CloudFormation asks to delete it then."""

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
        result = attempt(lambda: loads(self._data), self._data)  # bytes need not be JSON
        if result is None:
            return {}
        fields: dict[str, Any] = result if isinstance(result, dict) else {"": result}
        identifier = fields.get("PhysicalResourceId")
        if identifier is not None and _is_field("PhysicalResourceId", identifier):
            self.identifier = identifier
        if not all(_is_field(name, value) for name, value in fields.items()):
            raise ResultError(
                f"The handler of a custom resource returns None, or a dict of PhysicalResourceId (up to {_IDENTIFIER} "
                f"bytes), Data (a dict) and NoEcho (a bool); it returned {self._data[:100].decode(errors='replace')}."
            )
        return {name: value for name, value in fields.items() if value is not None}


def _is_field(name: str, value: object) -> bool:
    """Whether CloudFormation can read ``value`` as the field ``name`` of an answer."""
    if name not in _FIELDS or not isinstance(value, (_FIELDS[name], NoneType)):
        return False
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        return False
    return name != "PhysicalResourceId" or len(text.encode(errors="surrogatepass")) <= _IDENTIFIER + len('""')


class _ResultReply(_Result, SyncKept): ...


class _AsyncResultReply(_Result, AsyncKept): ...
