"""One HTTP exchange: the event recognised and decoded, and how its answer will be encoded."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, cast

from .._delivery.encoders import BufferedEncoder, StreamingEncoder
from .._values.codec import loads
from ..errors import EventError, MalformedEventError, UnknownOriginError
from ..origins import ORIGINS, Origin, detect, pass_through

if TYPE_CHECKING:
    from .._types import Encoder
    from .._values.config import Config
    from .._values.context import LambdaContext
    from .._values.request import Headers, HTTPRequest, LambdaEvent

_logger = logging.getLogger("lambda_http_adapter")


class Exchange:
    """``request`` is the problem itself where the origin is known but its event is malformed: that is a 400."""

    __slots__ = ("context", "encoder", "event", "origin", "request")

    def __init__(
        self,
        origin: Origin,
        event: LambdaEvent,
        context: LambdaContext | None,
        request: HTTPRequest | MalformedEventError,
        encoder: Encoder,
    ) -> None:
        self.origin = origin
        self.event = event
        self.context = context
        self.request = request
        self.encoder = encoder


def open_exchange(payload: object, context: LambdaContext | None, config: Config) -> Exchange:
    """Recognise ``payload``, bytes as the Runtime API sends them or an event decoded by AWS's runtime.

    Raises EventError where there is nobody to send an HTTP answer to.
    """
    event = _decoded(payload) if isinstance(payload, bytes) else payload
    origin = _recognise(event, config)
    event = cast("LambdaEvent", event)
    request: HTTPRequest | MalformedEventError
    try:
        request = origin.decode(event, config)
        method = request.method
        _trace(request.headers, getattr(context, "xray_trace_id", None))
    except MalformedEventError as error:
        request, method = error, "GET"
    return Exchange(origin, event, context, request, _encoder(origin, event, method, config))


def _trace(headers: Headers, trace_id: str | None) -> None:
    # The front door's own is the parent of Lambda's, which is what the app's calls have to follow.
    if trace_id:
        headers[:] = [field for field in headers if field[0] != b"x-amzn-trace-id"]
        headers.append((b"x-amzn-trace-id", trace_id.encode("latin-1", "replace")))


def _encoder(origin: Origin, event: LambdaEvent, method: str, config: Config) -> Encoder:
    if config.invoke_mode == "response_stream":
        if origin.prelude is not None and origin.streams(event):
            return StreamingEncoder(origin, method, config)
        _warn_of_buffering(origin.name)
    return BufferedEncoder(origin, event, method, config)


@cache
def _warn_of_buffering(origin: str) -> None:
    _logger.warning("This %s can't stream a response: its events are answered buffered", origin)


def _recognise(event: object, config: Config) -> Origin:
    try:
        return detect(event, cast("tuple[Origin, ...]", config.origins or ORIGINS))
    except UnknownOriginError:
        if config.pass_through_path is None:
            raise
        return pass_through.ORIGIN


def seconds_left(context: LambdaContext | None, config: Config) -> float | None:
    """How long the app may take, where the configuration ends it before Lambda does."""
    if config.deadline_margin_ms is None or context is None:
        return None
    return max(0, context.get_remaining_time_in_millis() - config.deadline_margin_ms) / 1000


def _decoded(payload: bytes) -> object:
    try:
        return loads(payload)
    except (ValueError, RecursionError) as error:
        raise EventError(f"The event is not JSON: {error}. Invoke this function with an HTTP event.") from error
