"""One HTTP exchange: the event recognised and decoded, and how its answer will be encoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from ._json import loads
from ._response import BufferedEncoder
from .errors import EventError, MalformedEventError, UnknownOriginError
from .origins import ORIGINS, Origin, detect, pass_through

if TYPE_CHECKING:
    from ._config import Config
    from ._context import LambdaContext
    from ._request import HTTPRequest
    from ._types import Encoder, LambdaEvent


class Exchange(NamedTuple):
    """``request`` is the problem itself where the origin is known but its event is malformed: that is a 400."""

    origin: Origin
    event: LambdaEvent
    context: LambdaContext | None
    request: HTTPRequest | MalformedEventError
    encoder: Encoder


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
    except MalformedEventError as error:
        request, method = error, "GET"
    return Exchange(origin, event, context, request, BufferedEncoder(origin, event, method, config))


def _recognise(event: object, config: Config) -> Origin:
    try:
        return detect(event, cast("tuple[Origin, ...]", config.origins or ORIGINS))
    except UnknownOriginError:
        if config.pass_through_path is None:
            raise
        return pass_through.ORIGIN


def _decoded(payload: bytes) -> object:
    try:
        return loads(payload)
    except (ValueError, RecursionError) as error:
        raise EventError(f"The event is not JSON: {error}. Invoke this function with an HTTP event.") from error
